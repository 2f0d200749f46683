//! Records of equal keys, found without sorting those whose key nobody else has.

/// The records whose key occurs more than once, in order of key and number. Key 0 is none.
///
/// Most keys of a good blocking rule are of one record only. Two bits for each of eight times as many places as there
/// are records tell nearly all of them apart in a cache's size; what is left is sorted.
pub(crate) fn repeated(keys: &[u64]) -> Vec<(u64, u32)> {
    let bits = (keys.len().max(64) * 8).next_power_of_two();
    let shift = 64 - bits.ilog2();
    let (mut once, mut twice) = (vec![0u64; bits / 64], vec![0u64; bits / 64]);
    let place = |key: u64| ((key >> shift) as usize / 64, (key >> shift) % 64);
    for key in keys.iter().filter(|key| **key != 0) {
        let (word, bit) = place(*key);
        twice[word] |= once[word] & 1 << bit;
        once[word] |= 1 << bit;
    }
    let again = |key: &u64| {
        let (word, bit) = place(*key);
        *key != 0 && twice[word] >> bit & 1 == 1
    };
    let mut found: Vec<(u64, u32)> = Vec::with_capacity(keys.len() / 2);
    found.extend(keys.iter().copied().zip(0..).filter(|(key, _)| again(key)));
    // One wide number is compared without a jump.
    found.sort_unstable_by_key(|(key, record)| u128::from(*key) << 32 | u128::from(*record));
    found
}

/// A set of records.
#[derive(Default)]
pub(crate) struct Marks(Vec<u64>);

impl Marks {
    /// Adds a record out of `all`.
    pub(crate) fn add(&mut self, record: u32, all: usize) {
        if self.0.is_empty() {
            self.0 = vec![0; all.div_ceil(64)];
        }
        self.0[record as usize / 64] |= 1 << (record % 64);
    }

    /// True if a record is in the set.
    pub(crate) fn has(&self, record: u32) -> bool {
        self.0.get(record as usize / 64).is_some_and(|word| word >> (record % 64) & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::mix;

    #[test]
    fn every_key_that_comes_again_is_found() {
        let keys: Vec<u64> =
            (0..50_000u64).map(|i| mix(i * i % 40_000)).map(|k| if k % 7 == 0 { 0 } else { k }).collect();
        let mut counts = std::collections::BTreeMap::new();
        keys.iter().filter(|k| **k != 0).for_each(|k| *counts.entry(*k).or_insert(0) += 1);
        let found = repeated(&keys);
        assert!(found.is_sorted() && found.iter().all(|(key, at)| keys[*at as usize] == *key && *key != 0));
        let often: usize = counts.values().filter(|c| **c > 1).sum();
        let kept = found.iter().filter(|(key, _)| counts[key] > 1).count();
        assert_eq!(kept, often);
        assert!(found.len() - kept < 2_000, "{} of {} are single", found.len() - kept, keys.len());
        assert!(repeated(&[]).is_empty());
    }
}
