//! Probabilistic record linkage (Fellegi and Sunter 1969): columns in, clusters with a confidence out. Pure: no I/O, no
//! clock, no randomness, and the same result on any number of threads and for any order of the records.
//!
//! ```
//! use kith_resolve::{Column, Kind, Linker, Options, Records, resolve, train};
//!
//! let given = ["ada", "ada", "grace", "alan", "grace", "edsger"].map(Some);
//! let family = ["lovelace", "lovlace", "hopper", "turing", "hopper", "dijkstra"].map(Some);
//! let born = [Some("1815-12-10"), Some("1815-12-10"), Some("1906-12-09"), None, Some("1906-12-09"), None];
//! let columns = vec![
//!     Column::from_values("given", Kind::GivenName, given.into_iter()),
//!     Column::from_values("family", Kind::FamilyName, family.into_iter()),
//!     Column::from_values("born", Kind::Date, born.into_iter()),
//! ];
//! let options = Options::default();
//! let linker = Linker::new(Records { columns, len: 6, ..Records::default() }, &options)?;
//! let model = train(&linker, &options)?;
//! let found = resolve(&linker, &model, &options)?;
//! let clusters = found.tree.clusters(0.5);
//! assert_eq!((clusters[0], clusters[2]), (clusters[1], clusters[4]));
//! # Ok::<(), kith_resolve::Error>(())
//! ```
//!
//! | step | module | decides |
//! |---|---|---|
//! | encode | [`records`], [`prepare`], [`feature`], [`linker`] | one code per distinct value; what is known of each value |
//! | block | [`block`], [`candidates`] | which pairs are looked at |
//! | compare | [`compare`], [`text`], [`nickname`] | how far two values agree: a level |
//! | train | [`sample`], [`mod@train`], [`model`] | m, u, household sharing, prior, blocking rules, without labels |
//! | score | [`score`] | the match weight of a pair, bits |
//! | cluster | [`linkage`], [`cluster`] | the merge tree, to be cut at any confidence |
//! | households | [`household`] | which entities live together |
//! | calibrate | [`calibrate`], [`worth`], [`sizes`], [`trial`], [`expected`] | what summed evidence is worth, without labels |
//! | learn | [`labels`], [`mod@propose`] | what people's answers change, and what to ask them |
//! | sources | [`sources`] | which sources hold no entity twice |
//! | stay | [`frequency`], [`resident`] | the same for one record at a time, equal to a batch over all |
//! | spread | [`shard`] | the same for some of the records at a time, on many machines |
//! | explain | [`mod@explain`], [`evaluate`] | why; and how good it is against a truth |

pub mod records;
pub mod error;
pub mod text;
pub mod nickname;
mod sketch;
mod street;
pub mod prepare;
pub mod frequency;
pub mod feature;
mod cache;
mod level;
pub mod compare;
pub mod block;
mod groups;
mod blocks;
pub mod model;
mod view;
pub mod linker;
pub mod sample;
pub mod refine;
mod usual;
pub mod train;
mod choose;
pub mod calibrate;
mod weights;
mod screen;
pub mod score;
pub mod candidates;
pub mod linkage;
pub mod cluster;
mod agglomerate;
pub mod resident;
pub mod shard;
pub mod path;
pub mod household;
pub mod sizes;
pub mod worth;
pub mod sources;
pub mod trial;
pub mod labels;
pub mod propose;
pub mod explain;
pub mod expected;
pub mod evaluate;

pub use candidates::Edge;
pub use cluster::{Constraints, Joined, Merge, MergeTree};
pub use error::Error;
pub use explain::{Explanation, FieldWeight, explain};
pub use frequency::Frequencies;
pub use household::{Household, Tie, households};
pub use labels::recalibrate;
pub use linker::{Linker, Options};
pub use model::Model;
pub use propose::propose;
pub use records::{Column, Kind, Records};
pub use resident::{Resident, Settled};
pub use shard::{Kernel, Shard};

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
    resolve_with(linker, model, &Constraints::default(), options)
}

/// The pairs worth keeping, by the caller's numbers and in their order, without clustering.
pub fn edges(linker: &Linker, model: &Model, options: &Options) -> Result<Vec<Edge>, Error> {
    let scorer = linker.scorer(model)?;
    let (mut edges, _) = candidates::score_candidates(linker.view(), model, &scorer, options);
    linker.name_outside(&mut edges);
    Ok(edges)
}

/// The same with what people and rules have said; they name records by the caller's numbers.
pub fn resolve_with(
    linker: &Linker,
    model: &Model,
    constraints: &Constraints,
    options: &Options,
) -> Result<Resolution, Error> {
    let constraints = linker.inside_constraints(constraints)?;
    let scorer = linker.scorer(model)?;
    let (mut edges, rules) = candidates::score_candidates(linker.view(), model, &scorer, options);
    let mut tree = cluster::cluster(linker.view(), &scorer, &edges, &constraints, options);
    let outside = |a: u32, b: u32| {
        let (a, b) = (linker.outside(a), linker.outside(b));
        (a.min(b), a.max(b))
    };
    linker.name_outside(&mut edges);
    tree.merges.iter_mut().for_each(|m| (m.a, m.b) = outside(m.a, m.b));
    Ok(Resolution { edges, tree, rules })
}

pub use train::train;

/// The README's example is compiled with the tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
