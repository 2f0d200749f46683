//! Different values and how often each came: all of them while they are few, a fair sample of them beyond that.
//!
//! Beyond [`Values::MOST`] different values those with the smallest hashes are kept (a *bottom-k sample*: Cohen and Kaplan,
//! "Summarizing data using bottom-k sketches", PODC 2007). Which these are depends on the set of values alone, so the
//! sample is the same in any order and grouping, and the count of a value that is kept is exact: once its hash was too
//! large for a place it always is. How many different values there were is estimated from the hashes with a standard error
//! of 1 / sqrt(MOST − 1), 2.2 %; the most frequent value and the set are then those of the sample.

use crate::event::tallies::room_for_one;
use crate::mix;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A text longer than this is kept by its beginning and its hash.
const TEXT_BYTES_MAX: usize = 256;

/// Values with counts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Values {
    /// By value.
    counts: Vec<(Box<str>, u64)>,
    /// The smallest hash that found no place; `None` = every value has one.
    beyond: Option<u64>,
}

impl Values {
    /// So many different values are kept.
    pub const MOST: usize = 2_048;

    /// One value, once.
    pub fn one(value: &Value) -> Values {
        Values { counts: vec![(short(super::text(value)).into(), 1)], beyond: None }
    }

    /// The values of a path, each with how often it came: those of a list where the path goes through one (`products[].id`).
    pub fn each(path: &str, value: &Value) -> Values {
        let mut all = Values::default();
        match value {
            Value::Array(list) if path.contains("[]") => {
                list.iter().for_each(|value| all.merge(Values::one(value)))
            }
            value => all = Values::one(value),
        }
        all
    }

    /// Takes in everything that another one has.
    pub fn merge(&mut self, other: Values) {
        if let Some(beyond) = other.beyond {
            self.beyond = Some(self.beyond.map_or(beyond, |known| known.min(beyond)));
            self.counts.retain(|(value, _)| hash(value) < beyond);
        }
        for (value, count) in other.counts {
            match self.counts.binary_search_by(|(known, _)| known.cmp(&value)) {
                Ok(at) => self.counts[at].1 += count,
                Err(at) if self.beyond.is_none_or(|beyond| hash(&value) < beyond) => {
                    room_for_one(&mut self.counts);
                    self.counts.insert(at, (value, count));
                    self.trim();
                }
                Err(_) => {}
            }
        }
    }

    fn trim(&mut self) {
        if self.counts.len() > Values::MOST {
            let hashes = self.counts.iter().map(|(value, _)| hash(value));
            if let Some((at, largest)) = hashes.enumerate().max_by_key(|(_, hash)| *hash) {
                self.counts.remove(at);
                self.beyond = Some(largest);
            }
        }
    }

    /// How many different values there were: exact while all are kept, else an estimate.
    pub fn different(&self) -> u64 {
        let kept = self.counts.len() as u64;
        match self.beyond {
            None => kept,
            // So many of 2^64 places were filled up to here.
            Some(beyond) => (kept as f64 / (beyond as f64 / 2f64.powi(64))).round() as u64,
        }
    }

    /// The most frequent value; among equals the first one.
    pub fn top(self) -> Option<String> {
        let top = self.counts.into_iter().max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(&a.0)));
        top.map(|(value, _)| value.into())
    }

    /// The values that are kept with their counts, by value.
    pub fn all(self) -> impl Iterator<Item = (String, u64)> {
        self.counts.into_iter().map(|(value, count)| (value.into(), count))
    }
}

fn hash(value: &str) -> u64 {
    mix::bytes(0x6b69_7468, value.as_bytes())
}

fn short(text: String) -> String {
    if text.len() <= TEXT_BYTES_MAX {
        return text;
    }
    let end = text.floor_char_boundary(TEXT_BYTES_MAX - 20);
    format!("{}…{:016x}", &text[..end], hash(&text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(numbers: impl Iterator<Item = u64>) -> Values {
        numbers.fold(Values::default(), |mut all, number| {
            all.merge(Values::one(&number.into()));
            all
        })
    }

    #[test]
    fn many_values_are_estimated() {
        assert_eq!(of(0..2_048).different(), 2_048, "exact while there is room");
        for many in [5_000u64, 50_000] {
            let values = of((0..many).chain(0..many));
            let estimated = values.different() as f64;
            assert!((estimated / many as f64 - 1.0).abs() < 0.07, "{many}: {estimated}");
            assert_eq!(values.counts.len(), Values::MOST);
            assert!(values.all().all(|(_, count)| count == 2), "counts of what is kept are exact");
        }
    }

    #[test]
    fn a_long_text_is_shortened_and_stays_itself() {
        let long = |end: &str| Value::from("ä".repeat(1_000) + end);
        let mut values = Values::one(&long("a"));
        values.merge(Values::one(&long("b")));
        assert_eq!(values.different(), 2);
        assert!(values.all().all(|(value, _)| value.len() <= TEXT_BYTES_MAX + 4));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn the_sample_depends_on_the_set_alone(numbers in prop::collection::vec(0u64..6_000, 0..6_000), cut in 0usize..6_000) {
            let whole = of(numbers.iter().copied());
            let cut = cut.min(numbers.len());
            let mut parts = of(numbers[cut..].iter().rev().copied());
            parts.merge(of(numbers[..cut].iter().copied()));
            prop_assert_eq!(parts, whole);
        }
    }
}
