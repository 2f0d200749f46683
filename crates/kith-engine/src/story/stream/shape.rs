//! What a sending is, and what it did.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// Records that another system sends.
#[derive(Clone, Debug, Default)]
pub struct Sending {
    /// The source of `kith.toml` whose rows they are.
    pub source: String,
    /// Rows, new or changed, with the source's own columns.
    pub records: Vec<Map<String, Value>>,
    /// Keys of rows that are gone.
    pub remove: Vec<String>,
}

/// What a sending did. `received = landed + unchanged + rejected`.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct Received {
    /// The last position of the log that it has part in; on disk.
    pub position: u64,
    /// Records that were sent.
    pub received: u64,
    /// Of these, new or changed.
    pub landed: u64,
    /// Of these, as they were.
    pub unchanged: u64,
    /// Of these, refused; see `rejects`.
    pub rejected: u64,
    /// Rows that were taken out.
    pub removed: u64,
    /// Where each landed record is now, in the order in which they were sent.
    pub records: Vec<Placed>,
    /// The refused ones.
    pub rejects: Vec<Refused>,
}

/// Where a record is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Placed {
    /// Its key in its source.
    pub key: String,
    /// Its node.
    pub node: u64,
    /// Its profile, at the project's confidence.
    pub profile: Option<String>,
}

/// A record that was refused. It is kept: `kith rejects` shows it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Refused {
    /// Which one: `record 3` is the third of the sending.
    pub place: String,
    /// A stable code.
    pub code: String,
    /// Why, and how to mend it.
    pub reason: String,
}
