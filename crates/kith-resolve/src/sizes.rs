//! How likely a merge is before its evidence, given how large entities are.
//!
//! The prior of a pair says how often two records taken at random match. When clusters of a and b records come to be
//! merged, the question is another: of all pairs of clusters so large, how many are one entity cut in two? About as
//! many as there are entities of a + b, out of all pairs of an entity of a and one of b. Where everybody has about ten
//! records a single one belongs somewhere; where most have one, two single ones rarely belong together.

use crate::calibrate::{Curve, TEMPERATURE};
use crate::candidates::probability;
use crate::cluster::{MergeTree, root};
use crate::trial::{Seen, evidence};

/// So many bits of the prior may come from sizes.
const BITS_MAX: f64 = 4.0;

/// Each merge's evidence, how likely it is with sizes in mind, and how many pairs it joins.
pub(crate) fn joined(tree: &MergeTree, worth: &Curve, prior: f64) -> Vec<Seen> {
    let merges = sized(tree);
    let confident = |bits: f32| worth.worth(bits) >= 0.0;
    let mut entities = vec![0f64; tree.len + 1];
    entities[1] = tree.len as f64;
    for (bits, a, b) in &merges {
        if confident(*bits) {
            entities[*a] -= 1.0;
            entities[*b] -= 1.0;
            entities[a + b] += 1.0;
        }
    }
    let entities = smooth(&entities);
    let shift = |a: usize, b: usize| {
        let odds = entities[a + b] / (entities[a] * entities[b]);
        (odds / prior).log2().clamp(-BITS_MAX, BITS_MAX)
    };
    merges
        .iter()
        .map(|(bits, a, b)| Seen {
            bits: f64::from(*bits),
            share: probability(TEMPERATURE * (f64::from(*bits) + shift(*a, *b))),
            pairs: (a * b) as f64,
        })
        .collect()
}

/// Each merge's evidence and the sizes of what it joins.
fn sized(tree: &MergeTree) -> Vec<(f32, usize, usize)> {
    let mut parent: Vec<u32> = (0..tree.len as u32).collect();
    let mut size = vec![1usize; tree.len];
    let mut out = Vec::with_capacity(tree.merges.len());
    for merge in &tree.merges {
        let (a, b) = (root(&mut parent, merge.a), root(&mut parent, merge.b));
        out.push((evidence(merge.confidence), size[a as usize], size[b as usize]));
        parent[b as usize] = a;
        size[a as usize] += size[b as usize];
    }
    out
}

/// Counts of entities by size, with those of about the same size averaged, and none of them zero.
fn smooth(entities: &[f64]) -> Vec<f64> {
    (0..entities.len())
        .map(|size| {
            let reach = size / 4;
            let near = &entities[size - reach..=(size + reach).min(entities.len() - 1)];
            near.iter().sum::<f64>() / near.len() as f64 + 0.5 / near.len() as f64
        })
        .collect()
}
