//! Scores clusters against a truth: pairwise and B-cubed precision, recall and F1, by counting a contingency table.

use rustc_hash::FxHashMap;
use serde::Serialize;

/// Precision, recall and their harmonic mean, 0..1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Prf {
    /// Share of what was claimed that is true.
    pub precision: f64,
    /// Share of what is true that was claimed.
    pub recall: f64,
    /// Harmonic mean.
    pub f1: f64,
}

impl Prf {
    fn new(precision: f64, recall: f64) -> Prf {
        let sum = precision + recall;
        Prf { precision, recall, f1: if sum > 0.0 { 2.0 * precision * recall / sum } else { 0.0 } }
    }
}

/// All scores of one clustering.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// Over pairs of records.
    pub pairwise: Prf,
    /// Over records (Bagga and Baldwin 1998).
    pub bcubed: Prf,
    /// True pairs.
    pub true_pairs: u64,
    /// Claimed pairs.
    pub claimed_pairs: u64,
    /// Records in the largest cluster.
    pub largest_cluster: u64,
}

/// Scores `clusters` against `truth`, one label per record each. With `source`, only pairs from different sources
/// count pairwise.
pub fn evaluate(clusters: &[u32], truth: &[u32], source: Option<&[u16]>) -> Evaluation {
    let mut cells: FxHashMap<(u32, u32), u64> = FxHashMap::default();
    let mut by_cluster: FxHashMap<u32, u64> = FxHashMap::default();
    let mut by_truth: FxHashMap<u32, u64> = FxHashMap::default();
    for (c, t) in clusters.iter().zip(truth) {
        *cells.entry((*c, *t)).or_insert(0) += 1;
        *by_cluster.entry(*c).or_insert(0) += 1;
        *by_truth.entry(*t).or_insert(0) += 1;
    }
    let pairs = |n: &u64| n * (n - 1) / 2;
    let mut both: u64 = cells.values().map(pairs).sum();
    let mut claimed: u64 = by_cluster.values().map(pairs).sum();
    let mut actual: u64 = by_truth.values().map(pairs).sum();
    if let Some(source) = source {
        both -= within_source(source, |r| (clusters[r], truth[r]));
        claimed -= within_source(source, |r| (clusters[r], 0));
        actual -= within_source(source, |r| (0, truth[r]));
    }
    let records = clusters.len().max(1) as f64;
    let sum = |total: &dyn Fn(&(u32, u32)) -> u64| {
        cells.iter().map(|(cell, n)| (*n as f64).powi(2) / total(cell) as f64).sum::<f64>() / records
    };
    let share = |part: u64, of: u64| if of == 0 { 1.0 } else { part as f64 / of as f64 };
    Evaluation {
        pairwise: Prf::new(share(both, claimed), share(both, actual)),
        bcubed: Prf::new(sum(&|cell| by_cluster[&cell.0]), sum(&|cell| by_truth[&cell.1])),
        true_pairs: actual,
        claimed_pairs: claimed,
        largest_cluster: by_cluster.values().copied().max().unwrap_or(0),
    }
}

fn within_source(source: &[u16], label: impl Fn(usize) -> (u32, u32)) -> u64 {
    let mut counts: FxHashMap<(u16, (u32, u32)), u64> = FxHashMap::default();
    for (record, source) in source.iter().enumerate() {
        *counts.entry((*source, label(record))).or_insert(0) += 1;
    }
    counts.values().map(|n| n * (n - 1) / 2).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_agree_with_a_list_of_all_pairs() {
        let clusters = [0, 0, 0, 3, 3, 5, 6, 6];
        let truth = [1, 1, 2, 2, 2, 5, 6, 7];
        let source = [0u16, 1, 0, 1, 1, 0, 1, 0];
        for with_source in [None, Some(&source[..])] {
            let (mut tp, mut claimed, mut actual) = (0.0, 0.0, 0.0);
            for i in 0..8 {
                for j in 0..i {
                    if with_source.is_some_and(|s| s[i] == s[j]) {
                        continue;
                    }
                    let (c, t) = (clusters[i] == clusters[j], truth[i] == truth[j]);
                    tp += f64::from(c && t);
                    claimed += f64::from(c);
                    actual += f64::from(t);
                }
            }
            let found = evaluate(&clusters, &truth, with_source).pairwise;
            assert!(
                (found.precision - tp / claimed).abs() < 1e-12 && (found.recall - tp / actual).abs() < 1e-12
            );
        }
    }
}
