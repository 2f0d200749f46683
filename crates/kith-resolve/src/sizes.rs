//! How large entities are, counted in a merge tree.
//!
//! The prior of a pair says how often two records taken at random match. When clusters of a and b records come to be
//! merged, the question is another: of all pairs of clusters so large, how many are one entity cut in two? About as
//! many as there are entities of a + b, out of all pairs of an entity of a and one of b. Where everybody has about ten
//! records a single one belongs somewhere; where most have one, two single ones rarely belong together.

use crate::cluster::{MergeTree, root};

/// Larger entities are taken together.
const SIZE_MAX: usize = 256;

/// How many entities there are of 1, 2, 3 … records, if the tree holds this share of all. None are zero.
pub(crate) fn entities(tree: &MergeTree, share: f64) -> Vec<f64> {
    let mut parent: Vec<u32> = (0..tree.len as u32).collect();
    let mut size = vec![1usize; tree.len];
    for merge in tree.merges.iter().filter(|m| m.confidence >= 0.5) {
        let (a, b) = (root(&mut parent, merge.a) as usize, root(&mut parent, merge.b) as usize);
        parent[b] = a as u32;
        size[a] += size[b];
    }
    let largest = size.iter().copied().max().unwrap_or(1).min(SIZE_MAX);
    let mut entities = vec![0f64; 2 * largest];
    for record in (0..tree.len).filter(|r| parent[*r] as usize == *r) {
        entities[size[record].min(largest) - 1] += 1.0;
    }
    smooth(&entities).into_iter().map(|n| three_digits(n / share)).collect()
}

/// Counts of entities by size, with those of about the same size averaged, and none of them zero.
fn smooth(entities: &[f64]) -> Vec<f64> {
    (1..=entities.len())
        .map(|size| {
            let reach = size / 4;
            let near = &entities[size - reach - 1..(size + reach).min(entities.len())];
            near.iter().sum::<f64>() / near.len() as f64 + 0.5 / near.len() as f64
        })
        .collect()
}

/// More would only pretend to be known.
fn three_digits(number: f64) -> f64 {
    let unit = 10f64.powf(number.log10().floor() - 2.0);
    (number / unit).round() * unit
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Merge;

    #[test]
    fn entities_are_counted_by_size() {
        let merge = |a, b, confidence| Merge { a, b, confidence };
        let tree = MergeTree {
            len: 9,
            merges: vec![merge(0, 1, 0.9), merge(0, 2, 0.8), merge(3, 4, 0.6), merge(0, 3, 0.4)],
        };
        assert_eq!(entities(&tree, 1.0)[..3], [4.5, 1.5, 1.5]);
        assert_eq!(entities(&tree, 0.5)[..3], [9.0, 3.0, 3.0]);
    }
}
