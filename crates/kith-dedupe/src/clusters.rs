//! The answer at one confidence.

use kith_resolve::MergeTree;

/// Which records are one entity.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Clusters {
    /// For each record the first record of its entity.
    pub first: Vec<u32>,
    /// For each record the number of its entity, from 1, in the order of their first records.
    pub numbers: Vec<u32>,
    /// For each record how sure it is that it belongs to its entity, 0..1.
    pub certainty: Vec<f32>,
    /// How many entities there are.
    pub count: usize,
}

impl Clusters {
    /// Cuts a merge tree.
    pub fn cut(tree: &MergeTree, confidence: f64) -> Clusters {
        let first = tree.clusters(confidence);
        let mut certainty = tree.certainty(confidence);
        certainty.resize(first.len(), 1.0);
        let mut numbers = vec![0u32; first.len()];
        let mut count = 0;
        for (record, leader) in first.iter().enumerate() {
            // A record's leader is itself or stands before it, so it has its number already.
            if *leader as usize == record {
                count += 1;
                numbers[record] = count;
            } else {
                numbers[record] = numbers[*leader as usize];
            }
        }
        Clusters { first, numbers, certainty, count: count as usize }
    }
}
