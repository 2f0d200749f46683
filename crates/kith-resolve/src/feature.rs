//! What comparison and blocking need to know of each distinct value, worked out once per value.

use crate::frequency::{ColumnFrequencies, Tally, text_hash};
use crate::nickname::Nicknames;
use crate::prepare::frequencies;
use crate::records::{Column, Kind};
use crate::sketch::Sketch;
use crate::street::Lines;
use std::sync::Arc;

/// A column with its features. Codes index all the tables; entry 0 is "missing".
#[derive(Debug)]
pub struct Feature {
    /// The column.
    pub column: Column,
    /// The frequencies that weights are computed from; those of a model are shared by all that work under it.
    pub frequencies: Arc<ColumnFrequencies>,
    /// What the agreement of each value says more than that of an average one, bits.
    pub rarity: Vec<f32>,
    /// What each value looks like; where it is not asked for, empty.
    sketches: Vec<Sketch>,
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
    /// What stands before the @.
    Email(Vec<LocalPart>),
    /// House numbers and words of street lines.
    Street(Lines),
    /// The distinct words of each value, by their hash, with their weight: ln(records / records with it)².
    Words(Vec<Box<[(u64, f32)]>>),
    /// The number, NaN if it is not one.
    Number(Vec<f64>),
}

/// The local part of an e-mail address.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LocalPart {
    /// Its hash, 0 = none.
    pub hash: u64,
    /// Its length in bytes, at most 255.
    pub length: u8,
    /// Its sketch.
    pub sketch: Sketch,
    /// What its agreement says more than an average one's, bits.
    pub rarity: f32,
}

impl Feature {
    /// Works the features out; frequencies are counted, unless those of a model are given.
    pub fn new(
        mut column: Column,
        nicknames: &Nicknames,
        frozen: Option<&Arc<ColumnFrequencies>>,
    ) -> Feature {
        let counts = frequencies(&column);
        let known = frozen.cloned().unwrap_or_else(|| Arc::new(count(&column, &counts)));
        let dict = std::mem::take(&mut column.dict);
        let mut feature = Feature::empty(column, known);
        for (value, count) in dict.into_iter().zip(&counts[1..]) {
            match frozen {
                None => feature.push_counted(value, *count, nicknames),
                Some(_) => feature.push(value, nicknames),
            };
        }
        feature
    }

    /// A column whose values are still to come.
    pub(crate) fn empty(column: Column, frequencies: Arc<ColumnFrequencies>) -> Feature {
        let extra = match column.kind {
            Kind::GivenName => Extra::Given(vec![[0; 3]]),
            Kind::Date => Extra::Date(vec![0]),
            Kind::Email => Extra::Email(vec![LocalPart::default()]),
            Kind::Street => Extra::Street(Lines::default()),
            Kind::Text | Kind::Company | Kind::Category => Extra::Words(vec![[].into()]),
            Kind::Number => Extra::Number(vec![f64::NAN]),
            _ => Extra::None,
        };
        Feature { column, frequencies, rarity: vec![0.0], sketches: Vec::new(), extra }
    }

    /// Adds a distinct value; its code is the number of values then.
    pub(crate) fn push(&mut self, value: String, nicknames: &Nicknames) -> u32 {
        let count = self.frequencies.values.count(text_hash(&value));
        self.push_counted(value, count, nicknames)
    }

    fn push_counted(&mut self, value: String, count: u32, nicknames: &Nicknames) -> u32 {
        let text = value.as_str();
        let ColumnFrequencies { values, pieces, .. } = &*self.frequencies;
        self.rarity.push(values.rarity_bits(count));
        match &mut self.extra {
            Extra::None => {}
            Extra::Given(all) => all.push(groups(text, nicknames)),
            Extra::Date(all) => all.push(packed_date(text)),
            Extra::Email(all) => all.push(local_part(text, pieces)),
            Extra::Street(all) => all.push(text),
            Extra::Words(all) => {
                let weight = |word: u64| {
                    let share = values.total() as f32 / pieces.count(word) as f32;
                    (word, share.ln().max(0.05).powi(2))
                };
                all.push(words(text).into_iter().map(weight).collect());
            }
            Extra::Number(all) => all.push(text.parse().unwrap_or(f64::NAN)),
        }
        if sketched(self.column.kind) {
            self.sketches.resize(self.column.dict.len() + 1, Sketch::default());
            self.sketches.push(Sketch::of(text));
        }
        self.column.dict.push(value);
        self.column.dict.len() as u32
    }

    /// What a value looks like.
    pub(crate) fn sketch(&self, code: u32) -> Sketch {
        self.sketches.get(code as usize).copied().unwrap_or_else(|| Sketch::of(self.text(code)))
    }

    /// The text of a code; empty for missing.
    pub fn text(&self, code: u32) -> &str {
        (code as usize).checked_sub(1).and_then(|i| self.column.dict.get(i)).map_or("", String::as_str)
    }
}

/// Kinds whose values are compared letter by letter.
fn sketched(kind: Kind) -> bool {
    !matches!(kind, Kind::Gender | Kind::NameSuffix | Kind::Region | Kind::Street | Kind::Text | Kind::Number)
}

/// Counts a column's pieces, from how often each of its values occurs.
fn count(column: &Column, counts: &[u32]) -> ColumnFrequencies {
    let each = || column.dict.iter().zip(counts.iter().skip(1).copied());
    let hashes: Vec<u64> = column.dict.iter().map(|value| text_hash(value)).collect();
    let values = Tally::of(hashes.into_iter().zip(counts.iter().skip(1).copied()));
    let mut pieces: Vec<(u64, u32)> = match column.kind {
        Kind::Email => {
            each().filter_map(|(value, count)| Some((text_hash(before_at(value)?), count))).collect()
        }
        Kind::Text | Kind::Company | Kind::Category => each()
            .flat_map(|(value, count)| words(value).into_iter().map(move |word| (word, count)))
            .collect(),
        _ => Vec::new(),
    };
    pieces.sort_unstable();
    pieces.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        kept.1 += if same { next.1 } else { 0 };
        same
    });
    ColumnFrequencies { kind: column.kind, values, pieces: Tally::of(pieces.into_iter()) }
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

fn before_at(email: &str) -> Option<&str> {
    email.split('@').next().filter(|local| !local.is_empty())
}

fn local_part(email: &str, counts: &Tally) -> LocalPart {
    let length = email.find('@').unwrap_or(email.len()).min(255) as u8;
    let Some(local) = before_at(email) else {
        return LocalPart { length, ..LocalPart::default() };
    };
    let hash = text_hash(local);
    let sketch = Sketch::of(local);
    LocalPart { hash, length, sketch, rarity: counts.rarity_bits(counts.count(hash)) }
}

/// The hashes of the distinct words of a text, ascending.
fn words(text: &str) -> Vec<u64> {
    let tokens = text.split(|c: char| !c.is_alphanumeric()).filter(|t| !t.is_empty());
    let mut found: Vec<u64> = tokens.map(text_hash).collect();
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_packed_or_zero() {
        assert_eq!(packed_date("1975-09-13"), 19750913);
        assert_eq!(packed_date("19750913"), 19750913);
        assert_eq!(packed_date("1975"), 0);
    }
}
