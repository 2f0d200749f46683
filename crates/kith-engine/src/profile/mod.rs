//! Answers about one customer: the profile, a search, an explanation, the history of a value.
//!
//! Reads:  the live store at its present position; `model.toml` for explanations.
//! Decides: which nodes belong together at the asked confidence (the merge tree), and their golden values.
//! Writes: nothing.
//! Fails:  `K-LOOKUP-…` if what was asked for is not there.

mod explain;
mod history;
mod household;
mod identifiers;
mod lookup;
mod names;
mod read;
mod search;
pub mod shape;

pub use lookup::Lookup;

pub(crate) use explain::{Encoded, Kept, changed_since, explain};
pub(crate) use history::history;
pub(crate) use identifiers::SeenId;
pub(crate) use names::{compared, model_fields, model_level, record_name};
pub(crate) use read::{checked, find_nodes, label, profile, records};
pub(crate) use search::search;

use crate::collect::Collector;
use crate::unify::Rules;
use jiff::Timestamp;
use kith_core::config::Config;
use kith_core::id::NodeId;
use kith_live::{Component, Live, Node};
use std::sync::Arc;

/// What all answers are computed from.
pub(crate) struct Reader<'a> {
    pub live: &'a Live,
    pub collector: Option<&'a Collector>,
    pub config: Arc<Config>,
    pub rules: Rules,
}

impl<'a> Reader<'a> {
    /// Over a store, with the project's configuration.
    pub(crate) fn new(live: &'a Live, collector: Option<&'a Collector>, config: Arc<Config>) -> Reader<'a> {
        Reader { live, collector, rules: Rules::of(&config), config }
    }
}

/// How sure we are that these nodes are one person: the lowest merge that holds them together; 1 for one node.
pub(crate) fn certainty(component: Option<&Component>, nodes: &[NodeId], confidence: f64) -> f64 {
    component.filter(|_| nodes.len() > 1).map_or(1.0, |c| c.certainty(nodes, confidence))
}

/// An instant as RFC 3339 text, UTC. A time beyond the year 9999 is shown as its number.
pub(crate) fn instant(ms: i64) -> String {
    Timestamp::from_millisecond(ms).map_or_else(|_| ms.to_string(), |at| at.to_string())
}

/// A node as the answers show it.
pub(crate) fn record(node: Node) -> shape::Record {
    shape::Record {
        node_id: node.id,
        source: node.source,
        key: node.key,
        updated_at: node.updated_at_ms.map(instant),
        received_at: instant(node.received_at_ms),
        row: node.row,
        values: node.values,
    }
}
