//! How well profiles agree with the truth: pairwise and B-cubed precision, recall and F1.
//!
//! Nothing enumerates pairs: `kith_resolve::evaluate` counts records by (profile, person), in time linear in the records.

use super::{Error, truth};
pub use kith_resolve::evaluate::Prf;
use serde::Serialize;
use std::collections::HashMap;
use std::hash::Hash;
use std::path::Path;

/// Profiles against the truth.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DemoScore {
    /// By pairs of records.
    pub pairwise: Prf,
    /// By records: how pure and how complete the profile of a record is, on average.
    pub bcubed: Prf,
    /// Records that the truth knows.
    pub records: u64,
    /// Those of them that are in no profile; each counts as a profile of its own.
    pub missing: u64,
    /// People with at least one record.
    pub people: u64,
    /// Profiles that hold at least one of these records, the missing not counted.
    pub profiles: u64,
    /// Pairs that belong together.
    pub true_pairs: u64,
    /// Pairs that were joined.
    pub joined_pairs: u64,
}

/// Compares profiles, given as (source, key, profile), with a truth file. Records that the truth does not know are left
/// out.
pub fn score<C: Hash + Eq>(
    truth: &Path,
    profiles: impl Iterator<Item = (String, String, C)>,
) -> Result<DemoScore, Error> {
    let truth = truth::read(truth)?;
    let mut numbers = Numbers::default();
    let profile_of: HashMap<(String, String), u32> =
        profiles.map(|(source, key, profile)| ((source, key), numbers.of(profile))).collect();
    let mut lonely = numbers.0.len() as u32;
    let mut persons = Numbers::default();
    let mut missing = 0;
    let (mut found, mut wanted) = (Vec::with_capacity(truth.len()), Vec::with_capacity(truth.len()));
    let mut met = Numbers::default();
    for (source, key, person, _) in truth {
        wanted.push(persons.of(person));
        found.push(match profile_of.get(&(source, key)) {
            Some(profile) => {
                met.of(*profile);
                *profile
            }
            None => {
                missing += 1;
                lonely += 1;
                lonely - 1
            }
        });
    }
    let told = kith_resolve::evaluate::evaluate(&found, &wanted, None);
    Ok(DemoScore {
        pairwise: told.pairwise,
        bcubed: told.bcubed,
        records: wanted.len() as u64,
        missing,
        people: persons.0.len() as u64,
        profiles: met.0.len() as u64,
        true_pairs: told.true_pairs,
        joined_pairs: told.claimed_pairs,
    })
}

/// Numbers from 0 for any labels, in order of appearance.
struct Numbers<T>(HashMap<T, u32>);

impl<T> Default for Numbers<T> {
    fn default() -> Self {
        Numbers(HashMap::new())
    }
}

impl<T: Hash + Eq> Numbers<T> {
    fn of(&mut self, label: T) -> u32 {
        let next = self.0.len() as u32;
        *self.0.entry(label).or_insert(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_split_person_and_a_missing_record_cost_recall() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("truth.csv");
        let text = "source,key,person_id,household_id\ncrm,1,A,H\nshop,1,A,H\nshop,2,A,H\ncrm,2,B,H\n";
        std::fs::write(&path, text).unwrap();
        let row = |source: &str, key: &str, profile| (source.to_string(), key.to_string(), profile);
        // Person A: crm 1 and shop 1 together, shop 2 missing. A row that the truth does not know changes nothing.
        let profiles = [row("crm", "1", 7), row("shop", "1", 7), row("crm", "2", 9), row("till", "x", 7)];
        let score = score(&path, profiles.into_iter()).unwrap();
        assert_eq!((score.records, score.missing, score.people, score.profiles), (4, 1, 2, 2));
        assert_eq!((score.true_pairs, score.joined_pairs), (3, 1));
        assert_eq!(score.pairwise.precision, 1.0);
        assert!((score.pairwise.recall - 1.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn a_truth_that_is_none_is_an_error_with_its_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("truth.csv");
        std::fs::write(&path, "source,key,person_id,household_id\ncrm,1\n").unwrap();
        let error = score(&path, std::iter::empty::<(String, String, u32)>()).unwrap_err().to_string();
        assert!(error.contains("K-DEMO-TRUTH") && error.contains("line 2"), "{error}");
    }
}
