//! At which confidence two records of a merge tree come together.

use crate::cluster::MergeTree;

const NONE: u32 = u32::MAX;

/// The merge tree as a forest: records, then merges in their order; each knows the merge above it.
pub struct Paths {
    above: Vec<u32>,
    confidence: Vec<f32>,
    records: usize,
}

impl Paths {
    /// Builds the forest.
    pub fn new(tree: &MergeTree) -> Paths {
        let mut above = vec![NONE; tree.len + tree.merges.len()];
        let mut top: Vec<u32> = (0..tree.len as u32).collect();
        for (merge, at) in tree.merges.iter().zip(tree.len as u32..) {
            for record in [merge.a, merge.b] {
                let mut node = top[record as usize];
                while above[node as usize] != NONE {
                    node = above[node as usize];
                }
                above[node as usize] = at;
                top[record as usize] = at;
            }
        }
        Paths { above, confidence: tree.merges.iter().map(|m| m.confidence).collect(), records: tree.len }
    }

    /// The confidence of the merge that brings two records together, if one does.
    pub fn confidence(&self, a: u32, b: u32) -> Option<f32> {
        let (mut a, mut b) = (a, b);
        // Merges stand in their order, so the lower of two nodes can not be above the other.
        while a != b {
            let lower = if a < b { &mut a } else { &mut b };
            *lower = *self.above.get(*lower as usize)?;
        }
        (a as usize).checked_sub(self.records).and_then(|at| self.confidence.get(at)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Merge;

    #[test]
    fn two_records_come_together_in_the_lowest_merge_above_both() {
        let merge = |a, b, confidence| Merge { a, b, confidence };
        let merges = vec![merge(0, 1, 0.9), merge(3, 4, 0.8), merge(1, 4, 0.6), merge(0, 2, 0.5)];
        let paths = Paths::new(&MergeTree { len: 6, merges });
        let found =
            [(0, 1), (3, 4), (0, 3), (1, 2), (2, 4), (0, 5), (3, 3)].map(|(a, b)| paths.confidence(a, b));
        assert_eq!(found, [Some(0.9), Some(0.8), Some(0.6), Some(0.5), Some(0.5), None, None]);
    }
}
