//! What is shown of events.

mod context;

use super::came::Came;
pub use super::shape_refused::*;
use crate::catalog::shape::ItemName;
use crate::profile::SeenId;
pub use context::{ContextCount, ContextDetail, ContextPage, ContextStep, ContextView};
use kith_core::event::Counted;
use kith_core::event::derive::Derived;
use kith_core::id::SourceName;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// What somebody did, over all their identities.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Activity {
    /// Up to which position of the log of events.
    pub position: u64,
    /// How many events.
    pub events: u64,
    /// When the first one happened, RFC 3339.
    pub first_at: Option<String>,
    /// When the last one happened, RFC 3339.
    pub last_at: Option<String>,
    /// Events by call and name, the most frequent first.
    pub by_name: Vec<NameCount>,
    /// Declared traits of `kith.toml`, by name.
    #[schema(value_type = Object)]
    pub traits: Map<String, Value>,
    /// What was said of them, by the name of the trait: the last word.
    #[schema(value_type = Object)]
    pub said: Map<String, Value>,
    /// Their orders, tickets, subscriptions …: the ten that changed last, newest first.
    pub contexts: Vec<ContextView>,
    /// How many of each kind they have.
    pub context_counts: Vec<ContextCount>,
    /// The groups that they belong to.
    pub groups: Vec<String>,
    /// Other ids that were seen with them: `ios.push_token:…`.
    pub ids: Vec<String>,
    #[serde(skip)]
    pub(crate) seen_ids: Vec<SeenId>,
    /// The identities that their events hang on.
    pub identities: Vec<Identity>,
    /// How they come.
    #[serde(flatten)]
    pub came: Came,
}

/// Events of one call and name.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NameCount {
    /// Call and name: `track Order Completed`.
    pub name: String,
    /// How many.
    pub count: u64,
    /// When first, RFC 3339.
    pub first_at: String,
    /// When last, RFC 3339.
    pub last_at: String,
}

/// An identity that events hang on.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Identity {
    /// The source.
    #[schema(value_type = String)]
    pub source: SourceName,
    /// `user_id:u1` or `anonymous_id:a1`.
    pub id: String,
    /// How many events hang on it.
    pub events: u64,
}

/// One event.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EventView {
    /// Its position in the log of events.
    pub position: u64,
    /// Which source sent it.
    #[schema(value_type = String)]
    pub source: SourceName,
    /// Its call: track, identify, page, screen, group or alias.
    pub call: String,
    /// What was done, or the name of the page or screen.
    pub name: String,
    /// The client's id of it.
    pub message_id: String,
    /// The user.
    pub user_id: Option<String>,
    /// The visitor.
    pub anonymous_id: Option<String>,
    /// When it happened, corrected for the client's clock, RFC 3339.
    pub timestamp: String,
    /// When Kith received it, RFC 3339.
    pub received_at: String,
    /// What is derived from it: device, bot, bot_reason, channel, campaign, message, geo, as far as they can be told.
    #[schema(value_type = Object)]
    pub derived: Derived,
    /// The items of catalogues that it names (`refers` of a `[[catalog]]`), with their names of now.
    pub items: Vec<ItemName>,
    /// What is not as the tracking plan of its source has it now; empty = nothing, or there is no plan.
    pub violations: Vec<ViolationView>,
    /// The event as it was sent.
    #[schema(value_type = Object)]
    pub body: Box<RawValue>,
}

/// A page of events, newest first.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct EventPage {
    /// The events.
    pub events: Vec<EventView>,
    /// Give this as `before` for the next page; `null` = this is the last one.
    pub next: Option<String>,
}

/// Events of everybody, in order of arrival.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct Arrivals {
    /// The events.
    pub events: Vec<EventView>,
    /// Give this as `after` for what comes next.
    pub next: u64,
}

/// How a source's events were counted: `received = accepted + duplicate + refused`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SourceCounts {
    /// The source.
    #[schema(value_type = String)]
    pub source: SourceName,
    /// All that came.
    pub received: u64,
    /// Kept, and in the profiles.
    pub accepted: u64,
    /// Had been accepted before.
    pub duplicate: u64,
    /// Kept aside, with the reason, and not replayed.
    pub refused: u64,
    /// Those of the refused that somebody gave up.
    pub discarded: u64,
}

impl SourceCounts {
    pub(crate) fn of(source: SourceName, counted: Counted, discarded: u64) -> SourceCounts {
        let Counted { received, accepted, duplicate, refused } = counted;
        SourceCounts { source, received, accepted, duplicate, refused, discarded }
    }
}

/// How all events were counted.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct EventCounts {
    /// The last position of the log of events.
    pub position: u64,
    /// Up to where they are in the profiles.
    pub applied: u64,
    /// By source.
    pub sources: Vec<SourceCounts>,
    /// Refused events by cause.
    pub refused: Vec<Cause>,
}
