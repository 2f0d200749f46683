//! Affinity by what items are: counts by the id of an item become counts by its category, its author, its brand.
//!
//! - Reads: how often each id came, as a carrier has counted it; what the catalogue says of each id *now*.
//! - Decides: the trait's value. An id that the catalogue has never had is left out; an item that is gone keeps counting as
//!   what it was; an item with several values (tags) counts for each of them.
//! - Writes: nothing, so a catalogue that changes changes every profile at once, and nothing is counted again.
//! - Fails: only where the catalogue can not be read.

use super::measure::{Aggregate, text};
use crate::id::SourceName;
use serde_json::Value;
use std::collections::BTreeMap;

/// Through which column of which catalogue a trait is read. Text form `products.category`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Through {
    /// The catalogue.
    pub catalog: SourceName,
    /// The column, or dotted path.
    pub column: String,
}

/// True for an aggregate that can be read through a catalogue: it is of ids, not of numbers.
pub fn translates(aggregate: Aggregate) -> bool {
    use Aggregate::*;
    matches!(aggregate, Top | Set | Distinct | First | Last)
}

/// A trait's value from how often each id came; `of` gives the column of an item, `None` = there is no such item.
pub fn counted<E>(
    aggregate: Aggregate,
    ids: BTreeMap<String, u64>,
    mut of: impl FnMut(&str) -> Result<Option<Value>, E>,
) -> Result<Option<Value>, E> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for (id, count) in ids {
        for value in texts(of(&id)?) {
            *counts.entry(value).or_default() += count;
        }
    }
    Ok(match aggregate {
        Aggregate::Distinct => Some(counts.len().into()),
        _ if counts.is_empty() => None,
        Aggregate::Set => Some(counts.into_keys().collect()),
        // The most frequent; among equals the one that sorts first.
        _ => {
            let top = counts.into_iter().max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(&a.0)));
            top.map(|(value, _)| value.into())
        }
    })
}

/// The value of a trait that is one id: that of its item.
pub fn one<E>(
    id: Option<Value>,
    mut of: impl FnMut(&str) -> Result<Option<Value>, E>,
) -> Result<Option<Value>, E> {
    match id {
        Some(id) => Ok(of(&text(&id))?.filter(|value| !value.is_null())),
        None => Ok(None),
    }
}

fn texts(value: Option<Value>) -> Vec<String> {
    match value {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(all)) => all.iter().filter(|value| !value.is_null()).map(text).collect(),
        Some(value) => vec![text(&value)],
    }
}

#[cfg(test)]
#[path = "through/tests.rs"]
mod tests;
