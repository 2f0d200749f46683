//! What the log holds of catalogues.

use crate::id::SourceName;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What a catalogue says from here on of some of its items.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ItemsEntry {
    /// The catalogue.
    pub catalog: SourceName,
    /// Items that are new, or other than before.
    pub items: Vec<ItemRow>,
    /// Items that the catalogue has no longer; what it last said of them is kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<String>,
    /// When Kith learned it, milliseconds since 1970 UTC.
    pub received_at_ms: i64,
}

/// One item of a catalogue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ItemRow {
    /// By which events refer to it.
    pub id: String,
    /// Its columns; nested objects are flattened to dotted paths.
    pub row: Map<String, Value>,
}
