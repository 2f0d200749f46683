//! Known answers to measure against: a file with `record_id` and `entity_id`.

use super::Ids;
use crate::error::{Error, Result};
use crate::tabular;
use rustc_hash::FxHashMap;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// How well the clusters agree with the truth.
#[derive(Clone, Debug, Serialize)]
pub struct Evaluation {
    /// Over pairs of records.
    pub pairwise: Scores,
    /// B-cubed: per record, then averaged.
    pub bcubed: Scores,
    /// Pairs that are one entity.
    pub true_pairs: u64,
    /// Pairs that were said to be.
    pub claimed_pairs: u64,
    /// Records in the largest cluster.
    pub largest_cluster: u64,
}

/// Precision, recall and their harmonic mean.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Scores {
    /// Of what was claimed, how much is true.
    pub precision: f64,
    /// Of what is true, how much was claimed.
    pub recall: f64,
    /// The harmonic mean of both.
    pub f1: f64,
}

/// Reads the truth and compares. Every record must have an answer.
pub(super) fn measure(
    file: &Path,
    ids: &Ids,
    clusters: &[u32],
    source: Option<&[u16]>,
) -> Result<Evaluation> {
    let paths: Vec<PathBuf> = vec![file.into()];
    let frame = tabular::read_columns(&paths)?;
    let column = |name: &str| {
        let help = "The truth needs the columns record_id and entity_id.";
        let missing =
            || Error::input("K-DEDUPE-TRUTH", format!("{} has no column {name}", file.display()), help);
        frame.column(name).ok_or_else(missing)
    };
    let (records, entities) = (column("record_id")?, column("entity_id")?);
    let mut entity_of: FxHashMap<&str, u32> = FxHashMap::default();
    for row in 0..frame.rows {
        if let Some(id) = records.get(row) {
            entity_of.insert(id, entities.codes[row]);
        }
    }
    let mut truth = Vec::with_capacity(clusters.len());
    for record in 0..clusters.len() {
        let id = ids.get(record);
        let Some(entity) = entity_of.get(id.as_ref()) else {
            let help = "Give the truth of every record, and name the right key with --id.";
            return Err(Error::input("K-DEDUPE-TRUTH", format!("the truth knows no record {id:?}"), help));
        };
        truth.push(*entity);
    }
    let found = kith_resolve::evaluate::evaluate(clusters, &truth, source);
    let scores =
        |p: kith_resolve::evaluate::Prf| Scores { precision: p.precision, recall: p.recall, f1: p.f1 };
    Ok(Evaluation {
        pairwise: scores(found.pairwise),
        bcubed: scores(found.bcubed),
        true_pairs: found.true_pairs,
        claimed_pairs: found.claimed_pairs,
        largest_cluster: found.largest_cluster,
    })
}
