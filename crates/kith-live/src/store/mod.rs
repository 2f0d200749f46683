//! The node store: what the log says, arranged to be asked.
//!
//! It is a projection: its position is written in the same durable batch as the rows, it may lag behind the log, it
//! is never ahead of it, and it can be dropped at any time. One directory per tenant.

pub(crate) mod keys;
pub(crate) mod kv;
pub(crate) mod project;
mod behind;
mod catalog;
mod component;
mod decision;
mod fjall;
mod household;
mod tree;

pub use behind::Behind;
pub use catalog::{ColumnKind, Item, Items};
pub use decision::Decided;
pub(crate) use project::Projector;
pub use project::row_hash;

use crate::error::Result;
use crate::identity::ProfileRow;
use keys::{KeyRow, NodeRow};
use kith_core::entry::{IdentityChange, ModelEntry, PulledEntry, RejectedEntry, ResolvedEntry};
use kith_core::field::FieldValue;
use kith_core::id::{NodeId, Position, ProfileId, SourceName};
use kv::{Home, KeyValue, Pairs, Space};
pub(crate) use project::internal;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::path::Path;
use std::sync::{Arc, RwLock};

/// One source record, as last seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its id, for ever.
    pub id: NodeId,
    /// Whose record.
    pub source: SourceName,
    /// Its key there.
    pub key: String,
    /// The row as it came.
    pub row: Map<String, Value>,
    /// What standardisation made of it.
    pub values: Vec<FieldValue>,
    /// Position of the entry that made it so.
    pub version: Position,
    /// When the source changed it, milliseconds since 1970 UTC.
    pub updated_at_ms: Option<i64>,
    /// When Kith read it, milliseconds since 1970 UTC.
    pub received_at_ms: i64,
    /// False once it is gone from its source.
    pub alive: bool,
}

/// The store of one tenant.
pub(crate) struct Store {
    pub(crate) kv: Arc<dyn KeyValue>,
    log_id: u64,
    /// Held while the trees are replaced, so that nobody reads half of them.
    trees: RwLock<()>,
}

impl Store {
    /// Where the store in `path` stands: (log id, position).
    pub(crate) fn open(path: &Path) -> Result<(Arc<dyn KeyValue>, (u64, Position))> {
        let kv = kv::open(path, &Home::RECORDS)?;
        let at = kv.get(Space::Meta, keys::POSITION)?;
        let at = at.and_then(|b| Some((keys::number_at(&b, 0)?, Position(keys::number_at(&b, 1)?))));
        Ok((Arc::new(kv), at.unwrap_or_default()))
    }

    pub(crate) fn new(kv: Arc<dyn KeyValue>, log_id: u64) -> Self {
        Store { kv, log_id, trees: RwLock::new(()) }
    }

    pub(crate) fn projector(&self) -> Projector<'_> {
        Projector::new(self.kv.as_ref(), self.log_id)
    }

    pub(crate) fn position(&self) -> Result<Position> {
        let bytes = self.kv.get(Space::Meta, keys::POSITION)?;
        Ok(Position(bytes.and_then(|b| keys::number_at(&b, 1)).unwrap_or(0)))
    }

    /// Empties the store; the position goes first, so that an interruption is seen as an empty store.
    pub(crate) fn clear(&self) -> Result<()> {
        Home::RECORDS.into_iter().try_for_each(|home| self.kv.clear(home))
    }

    pub(crate) fn node(&self, id: NodeId) -> Result<Option<Node>> {
        let bytes = self.kv.get(Space::Node, &keys::number(id.0))?;
        bytes.map(|b| node(id, &b)).transpose()
    }

    pub(crate) fn nodes(&self) -> impl Iterator<Item = Result<Node>> + Send + use<> {
        let pairs = self.kv.range(Space::Node, &[], None);
        pairs.filter_map(|pair| match pair {
            Ok((_, value)) if !NodeRow::alive(&value) => None,
            Ok((key, value)) => Some(node(NodeId(keys::number_at(&key, 0).unwrap_or(0)), &value)),
            Err(e) => Some(Err(e)),
        })
    }

    pub(crate) fn key_row(&self, source: &SourceName, key: &str) -> Result<Option<KeyRow>> {
        Ok(self.kv.get(Space::Key, &keys::row_key(source, key))?.and_then(|b| KeyRow::decode(&b)))
    }

    pub(crate) fn keys(
        &self,
        source: &SourceName,
    ) -> impl Iterator<Item = Result<(String, NodeId)>> + Send + use<> {
        let skip = source.as_str().len() + 1;
        let pairs = kv::prefix(self.kv.as_ref(), Space::Key, &keys::row_key(source, ""));
        pairs.filter_map(move |pair| match pair {
            Err(e) => Some(Err(e)),
            Ok((key, value)) => {
                let row = KeyRow::decode(&value).filter(|row| row.alive)?;
                Some(Ok((String::from_utf8_lossy(key.get(skip..)?).into_owned(), row.node)))
            }
        })
    }

    pub(crate) fn sources(&self) -> Result<Vec<(SourceName, u64)>> {
        let mut sources = Vec::new();
        for pair in self.kv.range(Space::Source, &[], None) {
            let (key, value) = pair?;
            let name = SourceName::try_from(String::from_utf8_lossy(&key).into_owned());
            sources
                .push((name.map_err(|e| internal(e.to_string()))?, keys::number_at(&value, 0).unwrap_or(0)));
        }
        Ok(sources)
    }

    pub(crate) fn alive(&self) -> Result<u64> {
        Ok(self.kv.get(Space::Meta, keys::LIVE)?.and_then(|b| keys::number_at(&b, 0)).unwrap_or(0))
    }

    pub(crate) fn cursor(&self, source: &SourceName) -> Result<Option<(Position, PulledEntry)>> {
        self.json(Space::Cursor, source.as_str().as_bytes())
    }

    pub(crate) fn model(&self) -> Result<Option<(Position, ModelEntry)>> {
        self.json(Space::Meta, keys::MODEL)
    }

    pub(crate) fn resolved(&self) -> Result<Option<(Position, ResolvedEntry)>> {
        self.json(Space::Meta, keys::RESOLVED)
    }

    pub(crate) fn rejects(
        &self,
        source: Option<&SourceName>,
        limit: usize,
    ) -> Result<Vec<(Position, RejectedEntry)>> {
        let all = entries::<RejectedEntry>(self.kv.range(Space::Reject, &[], None).rev());
        let wanted = |item: &Result<(Position, RejectedEntry)>| {
            item.as_ref().map_or(true, |(_, r)| source.is_none_or(|s| *s == r.source))
        };
        all.filter(wanted).take(limit).collect()
    }

    pub(crate) fn changes_since(
        &self,
        since: Position,
        limit: usize,
    ) -> Result<Vec<(Position, IdentityChange)>> {
        let from = keys::number(since.0.saturating_add(1));
        entries(self.kv.range(Space::Change, &from, None)).take(limit).collect()
    }

    pub(crate) fn nodes_by_identifier(&self, field: &str, value: &str) -> Result<Vec<NodeId>> {
        let prefix = keys::identifier_prefix(field, value);
        let mut nodes = Vec::new();
        for pair in kv::prefix(self.kv.as_ref(), Space::Identifier, &prefix) {
            let (key, _) = pair?;
            // A value with a zero byte inside begins like a shorter one; its key is longer.
            if let Some(rest) = key.get(prefix.len()..).filter(|rest| rest.len() == 8) {
                nodes.extend(keys::number_at(rest, 0).map(NodeId));
            }
        }
        if let Ok(source) = SourceName::try_from(field)
            && let Some(row) = self.key_row(&source, value)?.filter(|row| row.alive)
        {
            nodes.push(row.node);
        }
        nodes.sort_unstable();
        nodes.dedup();
        Ok(nodes)
    }

    pub(crate) fn versions(&self, node: NodeId) -> Result<Vec<Position>> {
        let pairs = kv::prefix(self.kv.as_ref(), Space::Version, &keys::number(node.0));
        pairs.map(|pair| Ok(Position(keys::number_at(&pair?.0, 1).unwrap_or(0)))).collect()
    }

    pub(crate) fn profile_of(&self, node: NodeId) -> Result<Option<ProfileId>> {
        Ok(self.kv.get(Space::ProfileOf, &keys::number(node.0))?.and_then(|b| keys::profile_id(&b)))
    }

    pub(crate) fn profile_row(&self, id: ProfileId) -> Result<Option<ProfileRow>> {
        let bytes = self.kv.get(Space::Profile, &keys::number(id.0))?;
        bytes.map(|b| keys::decode_profile(&b).map_err(internal)).transpose()
    }

    pub(crate) fn profile_rows(
        &self,
    ) -> impl Iterator<Item = Result<(ProfileId, ProfileRow)>> + Send + use<> {
        self.kv.range(Space::Profile, &[], None).map(|pair| {
            let (key, value) = pair?;
            let id = keys::profile_id(&key).unwrap_or(ProfileId(0));
            Ok((id, keys::decode_profile(&value).map_err(internal)?))
        })
    }

    pub(crate) fn redirect(&self, id: ProfileId) -> Result<Option<ProfileId>> {
        Ok(self.kv.get(Space::Redirect, &keys::number(id.0))?.and_then(|b| keys::profile_id(&b)))
    }

    /// Every id that leads here, over any number of steps, ascending.
    pub(crate) fn redirected_from(&self, id: ProfileId) -> Result<Vec<ProfileId>> {
        let (mut found, mut todo) = (Vec::new(), vec![id]);
        while let Some(next) = todo.pop() {
            for pair in kv::prefix(self.kv.as_ref(), Space::RedirectedFrom, &keys::number(next.0)) {
                let from = ProfileId(keys::number_at(&pair?.0, 1).unwrap_or(0));
                found.push(from);
                todo.push(from);
            }
        }
        found.sort_unstable();
        Ok(found)
    }

    fn json<T: DeserializeOwned>(&self, space: Space, key: &[u8]) -> Result<Option<T>> {
        let bytes = self.kv.get(space, key)?;
        bytes.map(|b| serde_json::from_slice(&b).map_err(|e| internal(e.to_string()))).transpose()
    }
}

fn node(id: NodeId, bytes: &[u8]) -> Result<Node> {
    let NodeRow { version, alive, record } = NodeRow::decode(bytes).map_err(internal)?;
    let kith_core::entry::RecordEntry { source, key, row, values, updated_at_ms, received_at_ms } = record;
    Ok(Node { id, source, key, row, values, version, updated_at_ms, received_at_ms, alive })
}

fn entries<T: DeserializeOwned>(
    pairs: impl Iterator<Item = Result<kv::Pair>>,
) -> impl Iterator<Item = Result<(Position, T)>> {
    pairs.map(|pair| {
        let (key, value) = pair?;
        let entry = serde_json::from_slice(&value).map_err(|e| internal(e.to_string()))?;
        Ok((Position(keys::number_at(&key, 0).unwrap_or(0)), entry))
    })
}

/// How many pairs a space has and what they add up to, whatever the order.
pub(crate) fn digest(pairs: Pairs) -> Result<(u64, u64)> {
    let (mut count, mut sum) = (0u64, 0u64);
    for pair in pairs {
        let (key, value) = pair?;
        count += 1;
        sum = sum.wrapping_add(kith_core::mix::bytes(kith_core::mix::bytes(0, &key), &value));
    }
    Ok((count, sum))
}
