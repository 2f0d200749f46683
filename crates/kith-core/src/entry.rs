//! What the log holds. Everything that enters Kith is one of these; every other store is computed from them.

mod identity;
mod items;

pub use identity::IdentityChange;
pub use items::{ItemRow, ItemsEntry};

use crate::decision::Decision;
use crate::event::{Event, RefusedEvent};
use crate::field::FieldValue;
use crate::id::{Position, SourceName};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One entry of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Entry {
    /// A row of a source, new or changed.
    Record(RecordEntry),
    /// A row that its source no longer has.
    Removed(RemovedEntry),
    /// A row that could not be landed; nothing is lost.
    Rejected(RejectedEntry),
    /// A pull of a source has ended; the next one begins at its cursor.
    Pulled(PulledEntry),
    /// The matching model was set; the readable file's whole text.
    Model(ModelEntry),
    /// The identity of nodes changed.
    Identity(IdentityChange),
    /// Resolution has seen everything up to a position, with a model and a base confidence.
    Resolved(ResolvedEntry),
    /// A person decided who is who, or that a value links nobody. The entry's position names the decision.
    Decision(DecisionEntry),
    /// A decision was taken back.
    Withdrawn(WithdrawnEntry),
    /// Somebody did something. In the log of events only, as the three below.
    Event(Event),
    /// Something that was sent as an event can not be taken; nothing is lost.
    RefusedEvent(RefusedEvent),
    /// Events came that had been accepted before: they are counted, and nothing else.
    Duplicates(DuplicatesEntry),
    /// A refused event is refused no longer, or for good.
    Settled(SettledEntry),
    /// Items of a catalogue are new, other or gone.
    Items(ItemsEntry),
}

impl Entry {
    /// When it came, milliseconds since 1970 UTC; `None` where an entry of its kind does not say.
    pub fn came_at_ms(&self) -> Option<i64> {
        match self {
            Entry::Record(entry) => Some(entry.received_at_ms),
            Entry::Removed(entry) => Some(entry.received_at_ms),
            Entry::Rejected(entry) => Some(entry.received_at_ms),
            Entry::Pulled(entry) => Some(entry.ended_at_ms),
            Entry::Decision(entry) => Some(entry.decided_at_ms),
            Entry::Withdrawn(entry) => Some(entry.withdrawn_at_ms),
            Entry::Resolved(entry) => entry.resolved_at_ms,
            Entry::Event(event) => Some(event.received_at_ms),
            Entry::RefusedEvent(event) => Some(event.received_at_ms),
            Entry::Settled(entry) => Some(entry.settled_at_ms),
            Entry::Items(entry) => Some(entry.received_at_ms),
            _ => None,
        }
    }
}

/// What became of a refused event. Where it was accepted after all, the event stands right before this entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettledEntry {
    /// Who had sent it.
    pub source: SourceName,
    /// The position of the refused event.
    pub refused: Position,
    /// What became of it.
    pub outcome: Settlement,
    /// Why it was discarded; empty otherwise.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Who did it.
    pub author: String,
    /// When, milliseconds since 1970 UTC.
    pub settled_at_ms: i64,
}

/// What can become of a refused event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settlement {
    /// It was sent again in here, and accepted.
    Accepted,
    /// It was sent again in here, and had been accepted before.
    Duplicate,
    /// Somebody gave it up, with a reason. It stays refused, and is not shown any more.
    Discarded,
}

/// Events that had been accepted before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DuplicatesEntry {
    /// Who sent them again.
    pub source: SourceName,
    /// How many.
    pub count: u64,
}

/// A row of a source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordEntry {
    /// Whose row.
    pub source: SourceName,
    /// Its key in that source.
    pub key: String,
    /// The row as it came; nested objects are flattened to dotted paths (`requester.email`).
    pub row: Map<String, Value>,
    /// What standardisation made of it under the mapping of the time.
    pub values: Vec<FieldValue>,
    /// When the source says the row last changed, milliseconds since 1970 UTC; `None` = it does not say.
    pub updated_at_ms: Option<i64>,
    /// When Kith read it, milliseconds since 1970 UTC.
    pub received_at_ms: i64,
}

/// A row that is gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RemovedEntry {
    /// Whose row.
    pub source: SourceName,
    /// Its key.
    pub key: String,
    /// When Kith noticed, milliseconds since 1970 UTC.
    pub received_at_ms: i64,
}

/// A row that could not be landed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RejectedEntry {
    /// Whose row.
    pub source: SourceName,
    /// Where in the source: `line 17`, `row 3`.
    pub place: String,
    /// A stable code of the error registry, such as `K-LAND-ENCODING`.
    pub code: String,
    /// What is wrong and how to mend it.
    pub reason: String,
    /// The original bytes, hexadecimal, at most [`RejectedEntry::ORIGINAL_MAX_BYTES`] of them.
    pub original_hex: String,
    /// How long the original was, bytes.
    pub original_bytes: u64,
    /// When Kith read it, milliseconds since 1970 UTC.
    pub received_at_ms: i64,
}

impl RejectedEntry {
    /// A cell of 100 MB must not make a log entry of 200 MB; a longer original is cut here, and its length is kept.
    pub const ORIGINAL_MAX_BYTES: usize = 65_536;
}

/// The end of a pull. `read = landed + unchanged + rejected`, always.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PulledEntry {
    /// Which source.
    pub source: SourceName,
    /// Where the next pull begins, in the connector's own words.
    pub cursor: Value,
    /// Rows read.
    pub read: u64,
    /// Rows new or changed.
    pub landed: u64,
    /// Rows as they were.
    pub unchanged: u64,
    /// Rows refused.
    pub rejected: u64,
    /// Rows that are gone from the source (not among those read).
    pub removed: u64,
    /// When the pull ended, milliseconds since 1970 UTC.
    pub ended_at_ms: i64,
}

/// The matching model from here on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelEntry {
    /// The model file's text (TOML).
    pub toml: String,
}

/// What a person decided, with why and who: every later resolution respects it until it is taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionEntry {
    /// What holds from here on.
    #[serde(flatten)]
    pub decision: Decision,
    /// Why; never empty.
    pub reason: String,
    /// Who; never empty.
    pub author: String,
    /// When, milliseconds since 1970 UTC.
    pub decided_at_ms: i64,
}

/// A decision holds no longer. It stays in the log, and can be decided again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithdrawnEntry {
    /// The position of the decision.
    pub decision: Position,
    /// Why; never empty.
    pub reason: String,
    /// Who; never empty.
    pub author: String,
    /// When, milliseconds since 1970 UTC.
    pub withdrawn_at_ms: i64,
}

/// Resolution is complete up to a position.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResolvedEntry {
    /// The last position that was looked at.
    pub up_to: Position,
    /// The confidence at which profile ids are issued.
    pub confidence: f64,
    /// Live record nodes seen.
    pub nodes: u64,
    /// Profiles at that confidence.
    pub profiles: u64,
    /// Records of the largest profile; 0 = not counted then.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub largest: u64,
    /// A hash of the rules of `kith.toml` that were respected; empty = none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub rules: String,
    /// When, milliseconds since 1970 UTC; `None` = not said then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_at_ms: Option<i64>,
}

fn is_zero(n: &u64) -> bool {
    *n == 0
}
