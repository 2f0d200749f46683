//! What a command prints: to standard output, as text for people or JSON for programs. Messages and progress go to
//! standard error, so that a pipe carries the answer alone.
//!
//! `println!` panics when the reader has gone (`kith sql … | head`); these return the error instead, and the command
//! then ends quietly.

use super::failure::Failure;
use serde::Serialize;
use std::io::{IsTerminal, Write};

/// How and where a command answers.
pub struct Output {
    /// One JSON document instead of text.
    pub json: bool,
    /// Colours and weights are allowed.
    pub colour: bool,
    out: std::io::BufWriter<std::io::Stdout>,
}

impl Output {
    /// Standard output, with colours when it is a terminal that did not refuse them.
    pub fn new(json: bool) -> Self {
        let stdout = std::io::stdout();
        let refused = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
        let colour = stdout.is_terminal() && !refused && !json;
        Output { json, colour, out: std::io::BufWriter::new(stdout) }
    }

    /// Prints text and the end of the line.
    pub fn line(&mut self, text: impl AsRef<str>) -> Result<(), Failure> {
        writeln!(self.out, "{}", text.as_ref()).map_err(Failure::from)
    }

    /// Prints a value as JSON, indented: one document per command.
    pub fn document(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        serde_json::to_writer_pretty(&mut self.out, value)
            .map_err(|e| Failure::from(std::io::Error::from(e)))?;
        self.line("")
    }

    /// The writer itself, for long answers.
    pub fn writer(&mut self) -> &mut impl Write {
        &mut self.out
    }

    /// Makes sure that everything is out.
    pub fn flush(&mut self) -> Result<(), Failure> {
        self.out.flush().map_err(Failure::from)
    }

    /// Bold, where colours are allowed.
    pub fn bold(&self, text: &str) -> String {
        self.paint("1", text)
    }

    /// Faint, where colours are allowed.
    pub fn faint(&self, text: &str) -> String {
        self.paint("2", text)
    }

    /// Green: evidence for, good news.
    pub fn green(&self, text: &str) -> String {
        self.paint("32", text)
    }

    /// Red: evidence against, bad news.
    pub fn red(&self, text: &str) -> String {
        self.paint("31", text)
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_string() }
    }
}

/// Says something beside the answer, on standard error. When nobody hears it, the answer still stands.
pub fn note(text: impl AsRef<str>) {
    let _ = writeln!(std::io::stderr(), "{}", text.as_ref());
}

/// Text that came from a source, made safe for a terminal: control characters could move the cursor or set its title.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// `12,345`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let shown: Vec<_> = [0, 999, 1_000, 1_234_567].into_iter().map(grouped).collect();
        assert_eq!(shown, ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn a_source_can_not_steer_the_terminal() {
        assert_eq!(printable("a\u{1b}]0;x\u{7}b"), "a\u{fffd}]0;x\u{fffd}b");
    }
}
