//! Known answers to measure against: a table with `record_id` and `entity_id`.

use crate::error::{Error, Result};
use crate::prepare::Ids;
use crate::table::Table;
use kith_resolve::evaluate::{Evaluation, evaluate};
use rustc_hash::FxHashMap;

/// Compares `clusters`, the first record of each record's entity, with the truth; `name` is what the truth is called in
/// messages. Every record must have an answer. With `source`, only pairs from different sources count pairwise.
pub fn measure(
    truth: &Table,
    name: &str,
    ids: &Ids,
    clusters: &[u32],
    source: Option<&[u16]>,
) -> Result<Evaluation> {
    let column = |wanted: &str| {
        let help = "The truth needs the columns record_id and entity_id.";
        let missing = || Error::input("K-DEDUPE-TRUTH", format!("{name} has no column {wanted}"), help);
        truth.column(wanted).ok_or_else(missing)
    };
    let (records, entities) = (column("record_id")?, column("entity_id")?);
    let mut entity_of: FxHashMap<&str, u32> = FxHashMap::default();
    for row in 0..truth.rows {
        if let Some(id) = records.get(row) {
            entity_of.insert(id, entities.codes[row]);
        }
    }
    let mut known = Vec::with_capacity(clusters.len());
    for record in 0..clusters.len() {
        let id = ids.get(record);
        let Some(entity) = entity_of.get(id.as_ref()) else {
            let help = "Give the truth of every record, and name the right key with --id.";
            return Err(Error::input("K-DEDUPE-TRUTH", format!("the truth knows no record {id:?}"), help));
        };
        known.push(*entity);
    }
    Ok(evaluate(clusters, &known, source))
}
