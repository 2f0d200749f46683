//! What records, and the parts of the model, are called where people read.

use super::Reader;
use super::read::label;
use super::shape::{ModelField, ModelLevel, RecordName};
use crate::error::Result;
use crate::unify::display_name;
use kith_core::id::NodeId;
use kith_resolve::Model;
use kith_resolve::compare::Aspect;
use kith_resolve::model::Comparison;

/// A record by name; `None` if it never was.
pub(crate) fn record_name(reader: &Reader, id: NodeId) -> Result<Option<RecordName>> {
    Ok(reader.live.node(id)?.map(|node| {
        let (source, key) = (node.source.as_str().to_string(), node.key.clone());
        let name = display_name(&reader.rules.golden(&[node]));
        RecordName { node_id: id, source, key, name }
    }))
}

/// The columns that a comparison is about. Names look at each other's column for swaps; that is not shown.
pub(crate) fn compared(comparison: &Comparison) -> String {
    let own = match comparison.aspect {
        Aspect::GivenName | Aspect::FamilyName => 1,
        _ => comparison.columns.len(),
    };
    let named = comparison.columns.iter().take(own).map(String::as_str).filter(|c| !c.is_empty());
    named.collect::<Vec<_>>().join(" + ")
}

/// A level with its weight.
pub(crate) fn model_level(level: &kith_resolve::model::Level) -> ModelLevel {
    let weight_bits = (level.m.max(1e-12) / level.u.max(1e-12)).log2();
    ModelLevel { level: level.level.clone(), m: level.m, u: level.u, weight_bits }
}

/// The model as rows for people.
pub(crate) fn model_fields(model: &Model) -> Vec<ModelField> {
    model
        .comparisons
        .iter()
        .map(|c| ModelField {
            field: label(&compared(c)),
            levels: c.levels.iter().map(model_level).collect(),
        })
        .collect()
}
