//! Probabilistic record linkage: columns in, clusters with a confidence out. Pure: no I/O, no clock, and the same
//! result on any number of threads.

pub mod records;
pub mod error;
pub mod text;
pub mod nickname;
pub mod prepare;
pub mod feature;
pub mod compare;
pub mod block;
pub mod model;
pub mod linker;
pub mod sample;
pub mod train;
pub mod score;
pub mod candidates;
pub mod linkage;
pub mod cluster;
pub mod explain;
pub mod evaluate;

pub use candidates::Edge;
pub use cluster::{Merge, MergeTree};
pub use error::Error;
pub use explain::{Explanation, FieldWeight, explain};
pub use linker::{Linker, Options};
pub use model::Model;
pub use records::{Column, Kind, Records};

/// What resolution found.
#[derive(Clone, Debug)]
pub struct Resolution {
    /// Pairs that may be one entity, in order of their records.
    pub edges: Vec<Edge>,
    /// How records merge, at any confidence.
    pub tree: MergeTree,
    /// What each blocking rule did.
    pub rules: Vec<candidates::RuleReport>,
}

/// Scores the candidates under a model and clusters them.
pub fn resolve(linker: &Linker, model: &Model, options: &Options) -> Result<Resolution, Error> {
    let scorer = score::Scorer::new(linker.features(), model)?;
    let (mut edges, rules) = candidates::score_candidates(linker, model, &scorer, options);
    let mut tree = cluster::cluster(linker, &scorer, &edges, options);
    let outside = |a: u32, b: u32| {
        let (a, b) = (linker.outside(a), linker.outside(b));
        (a.min(b), a.max(b))
    };
    edges.iter_mut().for_each(|e| (e.a, e.b) = outside(e.a, e.b));
    edges.sort_unstable_by_key(|e| (e.a, e.b));
    tree.merges.iter_mut().for_each(|m| (m.a, m.b) = outside(m.a, m.b));
    Ok(Resolution { edges, tree, rules })
}

pub use train::train;
