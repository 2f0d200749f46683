//! Asking for nodes, sources, pulls and the history of a value.

use super::Live;
use crate::error::Result;
use crate::store::Node;
use kith_core::entry::{Entry, ModelEntry, PulledEntry, RejectedEntry, ResolvedEntry};
use kith_core::field::{Field, FieldValue};
use kith_core::id::{NodeId, Position, SourceName};
use serde::Serialize;

/// One step in the history of a value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ValueVersion {
    /// Where in the log.
    pub position: Position,
    /// When Kith read it, milliseconds since 1970 UTC.
    pub received_at_ms: i64,
    /// When the source changed it, milliseconds since 1970 UTC, where it says so.
    pub updated_at_ms: Option<i64>,
    /// The values of the field from then on; none = it was removed, or the record was.
    pub values: Vec<FieldValue>,
    /// What happened: `landed`, `changed`, `removed`.
    pub event: &'static str,
}

impl Live {
    /// A node, alive or gone.
    pub fn node(&self, id: NodeId) -> Result<Option<Node>> {
        self.0.store.node(id)
    }

    /// Those of some nodes that are alive, in the same order.
    pub fn alive(&self, ids: &[NodeId]) -> Result<Vec<Node>> {
        let mut nodes = Vec::with_capacity(ids.len());
        for id in ids {
            nodes.extend(self.node(*id)?.filter(|node| node.alive));
        }
        Ok(nodes)
    }

    /// The node of a source's row, alive or gone.
    pub fn node_of(&self, source: &SourceName, key: &str) -> Result<Option<NodeId>> {
        Ok(self.0.store.key_row(source, key)?.map(|row| row.node))
    }

    /// Nodes that are alive, ascending, one at a time; a consistent view of the moment of the call.
    pub fn nodes(&self) -> impl Iterator<Item = Result<Node>> + Send + use<> {
        self.0.store.nodes()
    }

    /// How many nodes are alive.
    pub fn node_count(&self) -> Result<u64> {
        self.0.store.alive()
    }

    /// Sources that ever had a row, and how many are alive.
    pub fn sources(&self) -> Result<Vec<(SourceName, u64)>> {
        self.0.store.sources()
    }

    /// The keys of a source's live rows, ascending, with their nodes: what a whole pull is compared with.
    pub fn keys(&self, source: &SourceName) -> impl Iterator<Item = Result<(String, NodeId)>> + Send + use<> {
        self.0.store.keys(source)
    }

    /// The hash ([`crate::row_hash`]) of a source's row as last seen; `None` if it has none or it is gone.
    pub fn row_hash(&self, source: &SourceName, key: &str) -> Result<Option<u64>> {
        Ok(self.0.store.key_row(source, key)?.filter(|row| row.alive).map(|row| row.hash))
    }

    /// The last pull of a source: its cursor, its counts.
    pub fn cursor(&self, source: &SourceName) -> Result<Option<PulledEntry>> {
        Ok(self.0.store.cursor(source)?.map(|(_, pulled)| pulled))
    }

    /// The matching model in force.
    pub fn model(&self) -> Result<Option<(Position, ModelEntry)>> {
        self.0.store.model()
    }

    /// The last resolution.
    pub fn resolved(&self) -> Result<Option<(Position, ResolvedEntry)>> {
        self.0.store.resolved()
    }

    /// Rejected rows, the newest first.
    pub fn rejects(
        &self,
        source: Option<&SourceName>,
        limit: usize,
    ) -> Result<Vec<(Position, RejectedEntry)>> {
        self.0.store.rejects(source, limit)
    }

    /// Each version of a field on a node, the oldest first: entries in which its values changed.
    pub fn value_history(&self, node: NodeId, field: Field) -> Result<Vec<ValueVersion>> {
        let mut history: Vec<ValueVersion> = Vec::new();
        for position in self.0.store.versions(node)? {
            let Some(entry) = self.0.log.entry(position)? else { continue };
            let before = history.last().map(|v| v.values.as_slice()).unwrap_or_default();
            let (values, received_at_ms, updated_at_ms) = match entry {
                Entry::Record(r) => {
                    let values = r.values.into_iter().filter(|v| v.field == field).collect::<Vec<_>>();
                    (values, r.received_at_ms, r.updated_at_ms)
                }
                Entry::Removed(r) => (Vec::new(), r.received_at_ms, None),
                _ => continue,
            };
            if values == before {
                continue;
            }
            let event = match (before.is_empty(), values.is_empty()) {
                (_, true) => "removed",
                (true, false) => "landed",
                (false, false) => "changed",
            };
            history.push(ValueVersion { position, received_at_ms, updated_at_ms, values, event });
        }
        Ok(history)
    }
}
