//! What a cut of the tree is expected to be worth: precision and recall over pairs, from the stated confidences alone.
//!
//! A confidence is a promise about one merge: every merge above a cut is at least that sure, most are far surer. What a
//! user gets from a cut is the mean over all its pairs.

use crate::cluster::MergeTree;
use serde::Serialize;

/// What is expected of the clusters at a confidence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Expected {
    /// Pairs of records that share a cluster.
    pub pairs: u64,
    /// How many of them are expected to be one entity, 0..1; 1 where there are none.
    pub precision: f64,
    /// The share of the true pairs that they hold, of those that any confidence would find; pairs that share no
    /// blocking rule and no component are not known of.
    pub recall: f64,
}

/// What is expected of the clusters at a confidence.
pub fn at(tree: &MergeTree, confidence: f64) -> Expected {
    let (mut pairs, mut right, mut missed) = (0u64, 0f64, 0f64);
    for (merge, a, b) in tree.joins() {
        let (joined, stated) = (a as u64 * b as u64, f64::from(merge.confidence));
        if stated >= confidence {
            pairs += joined;
            right += joined as f64 * stated;
        } else {
            missed += joined as f64 * stated;
        }
    }
    let share = |part: f64, of: f64| if of > 0.0 { part / of } else { 1.0 };
    Expected { pairs, precision: share(right, pairs as f64), recall: share(right, right + missed) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Merge;

    #[test]
    fn the_mean_over_the_pairs_that_are_joined() {
        let merge = |a, b, confidence| Merge { a, b, confidence };
        let tree = MergeTree {
            len: 6,
            merges: vec![merge(0, 1, 1.0), merge(2, 3, 0.75), merge(0, 2, 0.5), merge(4, 5, 0.25)],
        };
        let expected = |pairs, precision, recall| Expected { pairs, precision, recall };
        assert_eq!(at(&tree, 0.75), expected(2, 0.875, 1.75 / 4.0));
        assert_eq!(at(&tree, 0.5), expected(6, 3.75 / 6.0, 3.75 / 4.0));
        assert_eq!(at(&tree, 0.0), expected(7, 4.0 / 7.0, 1.0));
        assert_eq!(at(&MergeTree { len: 3, merges: Vec::new() }, 0.5), expected(0, 1.0, 1.0));
    }
}
