//! Blocking: which pairs are looked at at all.
//!
//! 1. Each column offers keys (the whole value, its sound, its year …); a rule is one to three keys of different
//!    columns. A record's code for a rule is one number; 0 means "in no block".
//! 2. Blocks over a size limit say little and cost much: their records are not in the rule. Other rules reach them.
//! 3. A pair that an earlier rule has made is skipped by comparing the two records' codes for that rule, so there
//!    is no list of pairs to de-duplicate.

use crate::feature::{Extra, Feature};
use crate::frequency::text_hash;
use crate::records::Kind;
use crate::street::Line;
use crate::text::sound;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Which part of a value is the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The whole value.
    Whole,
    /// A rough sound of the first word.
    Sound,
    /// The first three letters.
    Start,
    /// The nickname group of the first word, or the word.
    Nickname,
    /// The year of a date.
    Year,
    /// Month and day of a date, in any order.
    MonthDay,
    /// The local part of an e-mail address.
    LocalPart,
    /// The last seven digits.
    LastSeven,
    /// House number and sound of the street.
    HouseAndStreet,
    /// The area of a postcode.
    Area,
}

/// A column and the part of it that is a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// The column's name.
    pub column: String,
    /// Which part of its values.
    pub part: Part,
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.part {
            Part::Whole => f.write_str(&self.column),
            part => write!(f, "{}:{}", self.column, format!("{part:?}").to_lowercase()),
        }
    }
}

/// The parts that a kind of column offers as keys, the strictest first.
pub fn parts(kind: Kind) -> &'static [Part] {
    match kind {
        Kind::GivenName => &[Part::Whole, Part::Nickname, Part::Start],
        Kind::FamilyName => &[Part::Whole, Part::Sound, Part::Start],
        Kind::Date => &[Part::Whole, Part::MonthDay, Part::Year],
        Kind::Email => &[Part::Whole, Part::LocalPart],
        Kind::Phone => &[Part::Whole, Part::LastSeven],
        Kind::Street => &[Part::Whole, Part::HouseAndStreet],
        Kind::Postcode => &[Part::Whole, Part::Area],
        Kind::City | Kind::MiddleName | Kind::Identifier | Kind::Category | Kind::Number => &[Part::Whole],
        Kind::Company | Kind::Text => &[Part::Whole, Part::Start],
        Kind::Gender | Kind::Region | Kind::NameSuffix | Kind::FullName | Kind::FormerName => &[],
    }
}

/// The hash of the part of one value; 0 = it has none.
pub(crate) fn part_hash(feature: &Feature, part: Part, code: u32) -> u64 {
    if code == 0 {
        return 0;
    }
    let (value, at) = (feature.text(code), code as usize);
    let number = |n: u32| if n == 0 { 0 } else { mix(u64::from(n)) };
    match (part, &feature.extra) {
        (Part::Whole, _) => text_hash(value),
        (Part::Sound, _) => match sound(value.as_bytes()) {
            s if s > 255 => mix(s),
            _ => 0,
        },
        (Part::Start, _) => value.get(..3).map_or(0, text_hash),
        (Part::Nickname, Extra::Given(groups)) => match groups[at][0] {
            0 => Some(value.split([' ', '-']).next().unwrap_or(""))
                .filter(|f| f.len() > 1)
                .map_or(0, text_hash),
            group => number(group.into()),
        },
        (Part::Year, Extra::Date(dates)) => number(dates[at] / 10000),
        (Part::MonthDay, Extra::Date(dates)) => match (dates[at] / 100 % 100, dates[at] % 100) {
            (1, 1) => 0,
            (m, d) => number(m.min(d) * 100 + m.max(d)),
        },
        (Part::LocalPart, Extra::Email(local)) => local[at].hash,
        (Part::LastSeven, _) => value.len().checked_sub(7).and_then(|k| value.get(k..)).map_or(0, text_hash),
        (Part::HouseAndStreet, Extra::Street(lines)) => match lines.of(code) {
            Line { number: 0, .. } => 0,
            line => mix(mix(u64::from(line.number)) ^ sound(lines.words(line).as_bytes())),
        },
        (Part::Area, _) => text_hash(crate::level::area(value)),
        _ => 0,
    }
}

/// For each code of a column, the code of a part; empty where the part is the whole value.
pub struct Codes(Vec<u32>);

impl Codes {
    /// The code of the part of a value; 0 = none.
    pub fn of(&self, code: u32) -> u32 {
        self.0.get(code as usize).copied().unwrap_or(code)
    }
}

/// The codes of a part.
pub fn part_codes(feature: &Feature, part: Part) -> Codes {
    if part == Part::Whole {
        return Codes(Vec::new());
    }
    let codes = 0..=feature.column.dict.len() as u32;
    let mut seen = rustc_hash::FxHashMap::default();
    let codes = codes
        .map(|code| match part_hash(feature, part, code) {
            0 => 0,
            hash => {
                let next = seen.len() as u32 + 1;
                *seen.entry(hash).or_insert(next)
            }
        })
        .collect();
    Codes(codes)
}

/// A mixing step (SplitMix64's finaliser), so that equal keys of different columns do not collide by chance.
pub fn mix(value: u64) -> u64 {
    let value = (value ^ value >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ value >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ value >> 31
}

/// A rule's key from the codes of its parts; 0 if one is missing.
pub fn rule_key(parts: impl Iterator<Item = u64>) -> u64 {
    let mut key = 0x51_7C_C1_B7u64;
    for part in parts {
        if part == 0 {
            return 0;
        }
        key = mix(key.rotate_left(17) ^ part);
    }
    key.max(1)
}

/// One rule's key of every record, from the parts' slots and codes.
pub fn rule_keys(rows: &[u32], width: usize, keys: &[(usize, &Codes)]) -> Vec<u64> {
    rows.par_chunks_exact(width)
        .map(|row| rule_key(keys.iter().map(|(slot, codes)| codes.of(row[*slot]).into())))
        .collect()
}
