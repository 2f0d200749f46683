//! Catalogues: the items that events refer to, as they are now.
//!
//! - Reads: entries of items, in order of position.
//! - Decides: nothing. An item that is gone keeps what was last said of it, and may come back.
//! - Writes: a row for each item, and for each catalogue how many there are and of what type its columns are.

use super::keys::row_key;
use super::kv::{self, Space};
use super::project::Projector;
use super::{Store, internal};
use crate::error::Result;
use kith_core::entry::ItemsEntry;
use kith_core::id::{Position, SourceName};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// One item of a catalogue, as last seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// By which events refer to it.
    #[serde(skip)]
    pub id: String,
    /// Its columns.
    pub row: Map<String, Value>,
    /// The position of the entry that made it so.
    pub position: Position,
    /// When Kith learned it, milliseconds since 1970 UTC.
    pub changed_at_ms: i64,
    /// True once the catalogue has it no longer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gone: bool,
}

/// A catalogue as a whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Items {
    /// How many items it has.
    pub items: u64,
    /// How many it had.
    pub gone: u64,
    /// The columns that any item has or had.
    pub columns: BTreeMap<String, ColumnKind>,
    /// The position of the entry that changed it last.
    pub position: Position,
    /// When that was, milliseconds since 1970 UTC.
    pub changed_at_ms: i64,
}

/// Of what type all values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// There was no value yet.
    Nothing,
    /// True or false.
    Truth,
    /// Whole numbers of 64 bits.
    Whole,
    /// Numbers.
    Number,
    /// Texts, lists, or values of several types.
    Text,
}

impl ColumnKind {
    fn of(value: &Value) -> ColumnKind {
        match value {
            Value::Null => ColumnKind::Nothing,
            Value::Bool(_) => ColumnKind::Truth,
            Value::Number(number) if number.is_i64() => ColumnKind::Whole,
            Value::Number(_) => ColumnKind::Number,
            Value::String(_) | Value::Array(_) | Value::Object(_) => ColumnKind::Text,
        }
    }

    fn with(self, other: ColumnKind) -> ColumnKind {
        use ColumnKind::*;
        match (self.min(other), self.max(other)) {
            (Nothing, kind) => kind,
            (one, same) if one == same => one,
            (Whole, Number) => Number,
            _ => Text,
        }
    }
}

/// Takes in what changed.
pub(super) fn items(projector: &mut Projector, position: Position, entry: &ItemsEntry) -> Result<()> {
    let name = entry.catalog.as_str().as_bytes().to_vec();
    let mut whole: Items = match projector.get(Space::Catalog, &name)? {
        Some(bytes) => read(&bytes)?,
        None => Items::default(),
    };
    for item in &entry.items {
        let key = row_key(&entry.catalog, &item.id);
        match known(projector, &key)? {
            Some(known) if known.gone => (whole.gone, whole.items) = (whole.gone - 1, whole.items + 1),
            Some(_) => {}
            None => whole.items += 1,
        }
        for (column, value) in &item.row {
            let kind = ColumnKind::of(value);
            let known = whole.columns.entry(column.clone()).or_insert(kind);
            *known = known.with(kind);
        }
        let (id, row) = (item.id.clone(), item.row.clone());
        let item = Item { id, row, position, changed_at_ms: entry.received_at_ms, gone: false };
        projector.json(Space::Item, key, &item)?;
    }
    for id in &entry.gone {
        let key = row_key(&entry.catalog, id);
        let Some(item) = known(projector, &key)?.filter(|item| !item.gone) else { continue };
        (whole.gone, whole.items) = (whole.gone + 1, whole.items - 1);
        let item = Item { position, changed_at_ms: entry.received_at_ms, gone: true, ..item };
        projector.json(Space::Item, key, &item)?;
    }
    (whole.position, whole.changed_at_ms) = (position, entry.received_at_ms);
    projector.json(Space::Catalog, name, &whole)
}

fn known(projector: &Projector, key: &[u8]) -> Result<Option<Item>> {
    projector.get(Space::Item, key)?.map(|bytes| read(&bytes)).transpose()
}

fn read<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    serde_json::from_slice(bytes).map_err(|e| internal(e.to_string()))
}

impl Store {
    pub(crate) fn catalog(&self, catalog: &SourceName) -> Result<Option<Items>> {
        self.json(Space::Catalog, catalog.as_str().as_bytes())
    }

    pub(crate) fn item(&self, catalog: &SourceName, id: &str) -> Result<Option<Item>> {
        let item: Option<Item> = self.json(Space::Item, &row_key(catalog, id))?;
        Ok(item.map(|item| Item { id: id.into(), ..item }))
    }

    pub(crate) fn items(&self, catalog: &SourceName) -> impl Iterator<Item = Result<Item>> + Send + use<> {
        let prefix = row_key(catalog, "");
        let skip = prefix.len();
        kv::prefix(self.kv.as_ref(), Space::Item, &prefix).map(move |pair| {
            let (key, value) = pair?;
            let id = String::from_utf8_lossy(key.get(skip..).unwrap_or_default()).into_owned();
            Ok(Item { id, ..read(&value)? })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_column_is_what_all_its_values_are() {
        for (values, kind) in [
            (json!([null]), ColumnKind::Nothing),
            (json!([null, true]), ColumnKind::Truth),
            (json!([1, null, -2]), ColumnKind::Whole),
            (json!([1, 0.5]), ColumnKind::Number),
            (json!([0.5, 1]), ColumnKind::Number),
            (json!([18446744073709551615u64]), ColumnKind::Number),
            (json!([1, true]), ColumnKind::Text),
            (json!([1, "a"]), ColumnKind::Text),
            (json!([["a"]]), ColumnKind::Text),
        ] {
            let all = values.as_array().unwrap().iter().map(ColumnKind::of);
            assert_eq!(all.fold(ColumnKind::Nothing, ColumnKind::with), kind, "{values}");
        }
    }
}
