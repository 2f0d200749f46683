//! How often values occur, frozen when a model is trained: so a pair has one weight under a model, whatever other
//! records come and go. A value that training did not see counts as seen once.

use crate::block::mix;
use crate::error::Error;
use crate::records::Kind;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// How far rarity may move a weight, bits either way.
const RARITY_BITS_MAX: f64 = 10.0;

/// What the file begins with.
const MAGIC: &[u8; 8] = b"kithfrq1";

/// A hash of a text that is the same on every machine and in every version: frequencies are stored by it, and ties
/// are broken by it.
pub fn text_hash(text: &str) -> u64 {
    let mut hash = text.len() as u64;
    for chunk in text.as_bytes().chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        hash = mix(hash.rotate_left(23) ^ u64::from_le_bytes(word));
    }
    hash.max(1)
}

/// How often each text of a kind occurs. Those that occur once are counted, not kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    total: u64,
    /// Sum of the squared shares: the probability that two texts taken at random are equal.
    concentration: f64,
    often: FxHashMap<u64, u32>,
}

impl Tally {
    /// Counts texts, given by their hashes, each once.
    pub fn of(counts: impl Iterator<Item = (u64, u32)> + Clone) -> Tally {
        let total: u64 = counts.clone().map(|(_, count)| u64::from(count)).sum();
        // In whole numbers, so that the order of the texts does not show.
        let squares: u128 = counts.clone().map(|(_, count)| u128::from(count).pow(2)).sum();
        let again = counts.filter(|(_, count)| *count > 1);
        let mut often = FxHashMap::default();
        often.reserve(again.clone().count());
        often.extend(again);
        Tally { total, concentration: squares as f64 / (total.max(1) as f64).powi(2), often }
    }

    /// The probability that two of them, taken at random without putting back, are equal.
    pub fn chance_equal(&self) -> f64 {
        let pairs: u128 = self.often.values().map(|c| u128::from(*c) * u128::from(c - 1)).sum();
        let all = self.total as f64 * (self.total as f64 - 1.0);
        pairs as f64 / all.max(1.0)
    }

    /// How many texts were counted, with repetitions.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// How often a text occurs; at least once.
    pub fn count(&self, hash: u64) -> u32 {
        self.often.get(&hash).copied().unwrap_or(1)
    }

    /// log2(average share / share of a text that occurs so often): what its agreement says more than an average one's.
    pub fn rarity_bits(&self, count: u32) -> f32 {
        let share = f64::from(count.max(1)) / self.total.max(1) as f64;
        let bits = (self.concentration.max(1e-12) / share).log2();
        bits.clamp(-RARITY_BITS_MAX, RARITY_BITS_MAX) as f32
    }
}

/// The frequencies of one column.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnFrequencies {
    /// What the column is about.
    pub kind: Kind,
    /// Of whole values.
    pub values: Tally,
    /// Of pieces: local parts of e-mail addresses, words of texts.
    pub pieces: Tally,
}

/// The frequencies of a data set: part of a model, beside its readable file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frequencies {
    /// Each column by its name, in order of the names.
    pub columns: Vec<(String, Arc<ColumnFrequencies>)>,
}

impl Frequencies {
    /// The frequencies of a column.
    pub fn column(&self, name: &str) -> Option<&Arc<ColumnFrequencies>> {
        self.columns.iter().find(|(n, _)| n == name).map(|(_, column)| column)
    }

    /// The file: hashes and counts, little-endian, in order, so that equal frequencies give equal bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend((self.columns.len() as u32).to_le_bytes());
        for (name, column) in &self.columns {
            out.extend((name.len() as u32).to_le_bytes());
            out.extend(name.as_bytes());
            out.push(Kind::ALL.iter().position(|k| *k == column.kind).unwrap_or_default() as u8);
            for tally in [&column.values, &column.pieces] {
                out.extend(tally.total.to_le_bytes());
                out.extend(tally.concentration.to_le_bytes());
                out.extend((tally.often.len() as u64).to_le_bytes());
                let mut often: Vec<(u64, u32)> = tally.often.iter().map(|(h, c)| (*h, *c)).collect();
                often.sort_unstable();
                for (hash, count) in often {
                    out.extend(hash.to_le_bytes());
                    out.extend(count.to_le_bytes());
                }
            }
        }
        out
    }

    /// Reads the file back.
    pub fn from_bytes(bytes: &[u8]) -> Result<Frequencies, Error> {
        let mut rest = Rest(bytes);
        let read = (|| {
            (rest.take(8)? == MAGIC).then_some(())?;
            let mut columns = Vec::new();
            for _ in 0..rest.u32()? {
                let length = rest.u32()? as usize;
                let name = String::from_utf8(rest.take(length)?.to_vec()).ok()?;
                let kind = *Kind::ALL.get(usize::from(*rest.take(1)?.first()?))?;
                let column = ColumnFrequencies { kind, values: rest.tally()?, pieces: rest.tally()? };
                columns.push((name, Arc::new(column)));
            }
            rest.0.is_empty().then_some(Frequencies { columns })
        })();
        read.ok_or_else(|| Error::Model {
            message: "the file of frequencies is cut off or of another kind".into(),
        })
    }
}

struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(head)
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    fn tally(&mut self) -> Option<Tally> {
        let total = self.u64()?;
        let concentration = f64::from_bits(self.u64()?);
        let length = usize::try_from(self.u64()?).ok().filter(|l| *l <= self.0.len() / 12)?;
        let mut often = FxHashMap::default();
        often.reserve(length);
        for _ in 0..length {
            let hash = self.u64()?;
            often.insert(hash, self.u32()?);
        }
        concentration.is_finite().then_some(Tally { total, concentration, often })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Frequencies {
        let values = Tally::of([(text_hash("smith"), 3), (text_hash("jones"), 1)].into_iter());
        let column = ColumnFrequencies { kind: Kind::FamilyName, values, pieces: Tally::default() };
        Frequencies { columns: vec![("family_name".into(), Arc::new(column))] }
    }

    #[test]
    fn frequencies_survive_their_file() {
        let bytes = sample().to_bytes();
        assert_eq!(Frequencies::from_bytes(&bytes).ok(), Some(sample()));
        for length in 0..bytes.len() {
            assert!(Frequencies::from_bytes(&bytes[..length]).is_err());
        }
        assert!(Frequencies::from_bytes(&[bytes, vec![0]].concat()).is_err());
    }

    #[test]
    fn what_is_rare_says_more_and_what_is_new_is_rare() {
        let column = sample();
        let tally = &column.columns[0].1.values;
        assert_eq!((tally.count(text_hash("smith")), tally.count(text_hash("nobody"))), (3, 1));
        assert!(tally.rarity_bits(1) > tally.rarity_bits(3));
    }
}
