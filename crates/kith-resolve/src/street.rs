//! Street lines: house number and words. Many lines share their words, which are kept and looked at once.

use crate::sketch::Sketch;
use rustc_hash::FxHashMap;

/// One street line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// The house number, 0 = none.
    pub number: u32,
    /// The number of its words; 0 = it has none.
    pub words: u32,
}

/// The lines of a column, by code, and their words.
#[derive(Debug)]
pub struct Lines {
    lines: Vec<Line>,
    words: Vec<(Box<str>, Sketch)>,
    known: FxHashMap<Box<str>, u32>,
}

impl Default for Lines {
    fn default() -> Self {
        let none = ("".into(), Sketch::default());
        Lines { lines: vec![Line::default()], words: vec![none], known: FxHashMap::default() }
    }
}

impl Lines {
    /// Adds a line; its code is the number of lines before it.
    pub fn push(&mut self, line: &str) {
        let (number, words) = street(line);
        let words = match words.as_str() {
            "" => 0,
            text => self.known.get(text).copied().unwrap_or_else(|| self.add(text)),
        };
        self.lines.push(Line { number, words });
    }

    fn add(&mut self, text: &str) -> u32 {
        let number = self.words.len() as u32;
        self.words.push((text.into(), Sketch::of(text)));
        self.known.insert(text.into(), number);
        number
    }

    /// The line of a code.
    pub fn of(&self, code: u32) -> Line {
        self.lines.get(code as usize).copied().unwrap_or_default()
    }

    /// A line's words without number and unit.
    pub fn words(&self, line: Line) -> &str {
        &self.words[line.words as usize].0
    }

    /// What they look like.
    pub(crate) fn sketch(&self, line: Line) -> Sketch {
        self.words[line.words as usize].1
    }
}

/// House number and words of a street line; the unit ("apt 4", "unit 12") belongs to neither.
pub fn street(line: &str) -> (u32, String) {
    let mut number = 0;
    let mut words = String::new();
    let mut tokens = line.split(|c: char| c.is_ascii_whitespace() || c == ',').filter(|t| !t.is_empty());
    while let Some(token) = tokens.next() {
        if matches!(token, "unit" | "apt" | "apartment" | "flat" | "suite" | "ste" | "#") {
            tokens.next();
            continue;
        }
        let digits = token.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        match digits.parse::<u32>() {
            Ok(n) if number == 0 && token.len() - digits.len() <= 1 => number = n,
            _ => {
                if !words.is_empty() {
                    words.push(' ');
                }
                words.push_str(token);
            }
        }
    }
    (number, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_street_line_gives_number_and_words_without_the_unit() {
        assert_eq!(street("5541 summit st unit 106"), (5541, "summit st".into()));
        assert_eq!(street("flat 3, 12b high street"), (12, "high street".into()));
        assert_eq!(street("wisteria cottage"), (0, "wisteria cottage".into()));
    }
}
