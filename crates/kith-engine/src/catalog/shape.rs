//! What is shown of catalogues.

use crate::story::stream::Refused;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A catalogue.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CatalogView {
    /// Its name.
    pub name: String,
    /// Where its items come from: `csv`, `postgres`, `push` …
    pub kind: String,
    /// How many items it has.
    pub items: u64,
    /// How many it had: they are kept as they last were.
    pub gone: u64,
    /// The columns of its items.
    pub columns: Vec<CatalogColumn>,
    /// Where events name an item.
    pub refers: Vec<String>,
    /// Declared traits that are read through it.
    pub traits: Vec<String>,
    /// When an item last changed, RFC 3339; `null` = it never had one.
    pub changed_at: Option<String>,
    /// When it was last read or sent to, RFC 3339; `null` = never.
    pub last_pulled_at: Option<String>,
}

/// A column of a catalogue.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CatalogColumn {
    /// Its name.
    pub name: String,
    /// What all its values are: nothing, truth, whole, number or text.
    #[serde(rename = "type")]
    pub kind: String,
}

/// An item of a catalogue.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ItemView {
    /// The catalogue.
    pub catalog: String,
    /// By which events refer to it.
    pub id: String,
    /// What is shown beside the id.
    pub name: Option<String>,
    /// True once the catalogue has it no longer: the rest is as it last was.
    pub gone: bool,
    /// When that was last learned, RFC 3339.
    pub changed_at: String,
    /// Its columns; nested objects are flattened to dotted paths.
    #[schema(value_type = Object)]
    pub row: Map<String, Value>,
}

/// An item that an event names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ItemName {
    /// The catalogue.
    pub catalog: String,
    /// The id, as the event has it.
    pub id: String,
    /// The item's name now; `null` = it has none.
    pub name: Option<String>,
    /// True where the catalogue has it no longer.
    pub gone: bool,
}

/// What became of items that were sent.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct ItemsTaken {
    /// The log position behind them: they are on the disk.
    pub position: u64,
    /// Items that came.
    pub received: u64,
    /// New, or other than before.
    pub landed: u64,
    /// As they were.
    pub unchanged: u64,
    /// Refused; `kith rejects` shows them too.
    pub rejected: u64,
    /// Taken out.
    pub removed: u64,
    /// What was refused: the first hundred.
    pub rejects: Vec<Refused>,
}
