//! What comparison and blocking need to know of each distinct value, worked out once per value.

use crate::nickname::Nicknames;
use crate::prepare::{frequencies, map_codes};
use crate::records::{Column, Kind};
use rustc_hash::FxHashMap;

/// A column with its features. Codes index all the tables; entry 0 is "missing".
#[derive(Debug)]
pub struct Feature {
    /// The column.
    pub column: Column,
    /// How many records hold each code.
    pub count: Vec<u32>,
    /// Records that hold a value.
    pub present: u64,
    /// What else is known, by kind.
    pub extra: Extra,
}

/// Features by kind.
#[derive(Debug)]
pub enum Extra {
    /// Nothing beyond the text.
    None,
    /// Nickname groups of the first token, as up to three group numbers + 1.
    Given(Vec<[u16; 3]>),
    /// Year, month and day as `y * 10000 + m * 100 + d`; 0 if it is not a date.
    Date(Vec<u32>),
    /// The local part: its code (0 = none), its length, and how many records hold each local part.
    Email {
        /// Code of the local part of each value.
        local: Vec<u32>,
        /// Its length in bytes.
        local_len: Vec<u8>,
        /// Records per local code.
        local_count: Vec<u32>,
    },
    /// A street line: house number and the words without number and unit.
    Street {
        /// First number of the line, 0 = none.
        number: Vec<u32>,
        /// The words.
        words: Vec<Box<str>>,
    },
    /// Words with their inverse document frequency.
    Words {
        /// Distinct word codes of each value, ascending.
        words: Vec<Box<[u32]>>,
        /// Weight of each word, squared: ln(records / records with it)².
        weight: Vec<f32>,
        /// Records with each word.
        count: Vec<u32>,
    },
    /// The number, NaN if it is not one.
    Number(Vec<f64>),
}

impl Feature {
    /// Works the features out.
    pub fn new(column: Column, nicknames: &Nicknames) -> Feature {
        let count = frequencies(&column);
        let present = count.iter().skip(1).map(|c| u64::from(*c)).sum();
        let extra = match column.kind {
            Kind::GivenName => Extra::Given(per_value(&column.dict, [0; 3], |v| groups(v, nicknames))),
            Kind::Date => Extra::Date(per_value(&column.dict, 0, packed_date)),
            Kind::Email => email(&column, &count),
            Kind::Street => Extra::Street {
                number: per_value(&column.dict, 0, |v| street(v).0),
                words: per_value(&column.dict, Box::from(""), |v| street(v).1.into()),
            },
            Kind::Text | Kind::Company | Kind::Category => words(&column, &count, present),
            Kind::Number => {
                Extra::Number(per_value(&column.dict, f64::NAN, |v| v.parse().unwrap_or(f64::NAN)))
            }
            _ => Extra::None,
        };
        Feature { column, count, present, extra }
    }

    /// The text of a code; empty for missing.
    pub fn text(&self, code: u32) -> &str {
        (code as usize).checked_sub(1).and_then(|i| self.column.dict.get(i)).map_or("", String::as_str)
    }

    /// The share of the present values that are this one.
    pub fn share(&self, code: u32) -> f64 {
        f64::from(self.count[code as usize]) / self.present.max(1) as f64
    }
}

fn per_value<T: Clone>(dict: &[String], missing: T, of: impl Fn(&str) -> T) -> Vec<T> {
    std::iter::once(missing).chain(dict.iter().map(|v| of(v))).collect()
}

fn groups(name: &str, nicknames: &Nicknames) -> [u16; 3] {
    let mut out = [0u16; 3];
    let first = name.split([' ', '-']).next().unwrap_or("");
    for (slot, group) in out.iter_mut().zip(nicknames.of(first)) {
        *slot = group + 1;
    }
    out
}

/// `YYYY-MM-DD` or `YYYYMMDD` as one number; 0 if it is neither.
pub fn packed_date(text: &str) -> u32 {
    let digits: String = text.chars().take(10).filter(char::is_ascii_digit).collect();
    if digits.len() == 8 { digits.parse().unwrap_or(0) } else { 0 }
}

fn email(column: &Column, count: &[u32]) -> Extra {
    let local = |v: &str| v.split('@').next().filter(|l| !l.is_empty()).map(str::to_string);
    let codes = map_codes(&column.dict, local);
    let most = codes.iter().copied().max().unwrap_or(0) as usize;
    let mut local_count = vec![0u32; most + 1];
    for (code, records) in codes.iter().zip(count) {
        local_count[*code as usize] += records;
    }
    let local_len = per_value(&column.dict, 0, |v| v.find('@').unwrap_or(v.len()).min(255) as u8);
    Extra::Email { local: codes, local_len, local_count }
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

fn words(column: &Column, count: &[u32], present: u64) -> Extra {
    let mut codes: FxHashMap<&str, u32> = FxHashMap::default();
    let mut word_count: Vec<u32> = Vec::new();
    let mut per: Vec<Box<[u32]>> = vec![Box::from([])];
    for (i, value) in column.dict.iter().enumerate() {
        let tokens = value.split(|c: char| !c.is_alphanumeric()).filter(|t| !t.is_empty());
        let mut found: Vec<u32> = tokens
            .map(|t| {
                let next = codes.len() as u32;
                *codes.entry(t).or_insert(next)
            })
            .collect();
        found.sort_unstable();
        found.dedup();
        word_count.resize(codes.len(), 0);
        for word in &found {
            word_count[*word as usize] += count[i + 1];
        }
        per.push(found.into());
    }
    let weight = word_count.iter().map(|c| (present as f32 / *c as f32).ln().max(0.05).powi(2)).collect();
    Extra::Words { words: per, weight, count: word_count }
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

    #[test]
    fn dates_are_packed_or_zero() {
        assert_eq!(packed_date("1975-09-13"), 19750913);
        assert_eq!(packed_date("19750913"), 19750913);
        assert_eq!(packed_date("1975"), 0);
    }
}
