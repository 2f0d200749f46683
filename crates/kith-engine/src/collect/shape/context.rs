//! What is shown of orders, tickets, subscriptions.

use kith_core::id::SourceName;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// One order, ticket, subscription …: what its events come to.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ContextView {
    /// What kind: the name of a `[[context]]`.
    pub name: String,
    /// Its id; empty where each person has one.
    pub id: String,
    /// Its state; `null` = no event has named one.
    pub state: Option<String>,
    /// True until it comes into a state in which it is over.
    pub open: bool,
    /// Its worth: what was set and what was added, and 0 in a state that is void; `null` = no event has named one.
    #[schema(value_type = Option<f64>)]
    pub value: Option<Value>,
    /// The worth that was set last.
    #[schema(value_type = Option<f64>)]
    pub set: Option<Value>,
    /// What was added to that, less what was subtracted.
    #[schema(value_type = Option<f64>)]
    pub added: Option<Value>,
    /// The currency of its worth.
    pub currency: Option<String>,
    /// Its plan, tier, category or subject.
    pub label: Option<String>,
    /// When its first event happened, RFC 3339.
    pub opened_at: String,
    /// When its last event happened, RFC 3339.
    pub changed_at: String,
    /// When it was over, RFC 3339; `null` = it is open.
    pub closed_at: Option<String>,
    /// How long it took, whole seconds; `null` = it is open.
    pub duration_seconds: Option<i64>,
    /// How many events it has.
    pub events: u64,
    /// The sources that they came from.
    #[schema(value_type = Vec<String>)]
    pub sources: Vec<SourceName>,
}

/// How many objects of a kind somebody has.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ContextCount {
    /// The name of a `[[context]]`.
    pub name: String,
    /// How many; `null` = more than a person has, so that none is kept.
    pub count: Option<u64>,
    /// How many of them are open.
    pub open: Option<u64>,
}

/// One event of an object, and how it stood then.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ContextStep {
    /// When it happened, RFC 3339.
    pub at: String,
    /// What was done.
    pub event: String,
    /// The worth that it set.
    #[schema(value_type = Option<f64>)]
    pub set: Option<Value>,
    /// What it added, or subtracted.
    #[schema(value_type = Option<f64>)]
    pub added: Option<Value>,
    /// The state afterwards.
    pub state: Option<String>,
    /// Whether it was open afterwards.
    pub open: bool,
    /// The worth afterwards.
    #[schema(value_type = Option<f64>)]
    pub value: Option<Value>,
    /// The label afterwards.
    pub label: Option<String>,
}

/// An object with its history.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ContextDetail {
    /// How it stands.
    #[serde(flatten)]
    pub context: ContextView,
    /// Its events, oldest first: the last 64.
    pub history: Vec<ContextStep>,
}

/// Objects of somebody, those that changed last first.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct ContextPage {
    /// Up to which position of the log of events.
    pub position: u64,
    /// As of which time, RFC 3339; `null` = now.
    pub as_of: Option<String>,
    /// How many were found; `limit` of them are shown.
    pub total: u64,
    /// The objects.
    pub contexts: Vec<ContextDetail>,
    /// How many of each kind there are, whatever was asked for.
    pub counts: Vec<ContextCount>,
    /// The declared traits over contexts, as of that time.
    #[schema(value_type = Object)]
    pub traits: Map<String, Value>,
}
