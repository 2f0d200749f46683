//! From entries to the store: what each kind of entry changes.
//!
//! - Reads: entries in order of position, and the store as it is.
//! - Decides: nothing beyond what the entry says; a replay gives the same store.
//! - Writes: one batch with the position inside, so that the store always is the log up to exactly that position.
//! - Fails: if the store can not be read or written; then it lags, and opening catches up.

use super::keys::{self, KeyRow, NodeRow};
use super::kv::{Changes, KeyValue, Space};
use super::{behind, catalog, decision};
use crate::error::{LiveError, Result};
use crate::identity::{self, ProfileRow, Profiles};
use kith_core::entry::{Entry, RecordEntry, RemovedEntry};
use kith_core::field::Field;
use kith_core::id::{NodeId, Position, ProfileId, SourceName};
use serde_json::{Map, Value};

/// A batch is committed at this size: an fsync of some milliseconds per 8 MB costs less than the writing itself.
const BATCH_BYTES: usize = 8 << 20;

/// A hash of a row's content, whatever the order of its columns: equal rows need no new entry. The same on every
/// machine and in every release.
pub fn row_hash(row: &Map<String, Value>) -> u64 {
    let mut cells: Vec<(&String, &Value)> = row.iter().collect();
    cells.sort_unstable_by_key(|(name, _)| *name);
    let mut bytes = Vec::with_capacity(256);
    for (name, value) in cells {
        bytes.extend_from_slice(name.as_bytes());
        bytes.push(0);
        // Writing a Value into memory can not fail.
        let _ = serde_json::to_writer(&mut bytes, value);
        bytes.push(0);
    }
    kith_core::mix::bytes(0, &bytes)
}

/// Collects changes and commits them in batches.
pub(crate) struct Projector<'a> {
    kv: &'a dyn KeyValue,
    log_id: u64,
    pub(super) changes: Changes,
    position: Position,
}

impl<'a> Projector<'a> {
    pub(crate) fn new(kv: &'a dyn KeyValue, log_id: u64) -> Self {
        Projector { kv, log_id, changes: Changes::default(), position: Position(0) }
    }

    /// Applies one entry; commits when enough has come together.
    pub(crate) fn apply(&mut self, position: Position, entry: &Entry) -> Result<()> {
        match entry {
            Entry::Record(record) => self.record(position, record)?,
            Entry::Removed(removed) => self.removed(position, removed)?,
            Entry::Rejected(rejected) => self.json(Space::Reject, keys::number(position.0), rejected)?,
            Entry::Pulled(pulled) => {
                self.json(Space::Cursor, pulled.source.as_str().as_bytes().to_vec(), &(position, pulled))?;
            }
            Entry::Model(model) => self.json(Space::Meta, keys::MODEL.to_vec(), &(position, model))?,
            Entry::Resolved(resolved) => {
                self.json(Space::Meta, keys::RESOLVED.to_vec(), &(position, resolved))?;
            }
            Entry::Decision(entry) => decision::decided(self, position, entry)?,
            Entry::Withdrawn(entry) => decision::withdrawn(self, position, entry)?,
            Entry::Items(entry) => catalog::items(self, position, entry)?,
            // They have a log and a store of their own: see `events`.
            Entry::Event(_) | Entry::RefusedEvent(_) | Entry::Duplicates(_) | Entry::Settled(_) => {}
            Entry::Identity(change) => {
                self.json(Space::Change, keys::number(position.0), change)?;
                identity::apply(self, position, change)?;
            }
        }
        self.position = position;
        if self.changes.bytes >= BATCH_BYTES { self.commit() } else { Ok(()) }
    }

    /// Marks what an entry that was just applied makes differ from the lake, where nobody resolves beside it: what it does to
    /// the trees is then not known, and only the next resolution shows it.
    pub(crate) fn mark_behind(&mut self, position: Position, entry: &Entry) -> Result<()> {
        let of_row = |source: &SourceName, key: &str| -> Result<Vec<NodeId>> {
            let row = self.get(Space::Key, &keys::row_key(source, key))?;
            Ok(row.and_then(|bytes| KeyRow::decode(&bytes)).map(|row| row.node).into_iter().collect())
        };
        let nodes = match entry {
            Entry::Record(record) => of_row(&record.source, &record.key)?,
            Entry::Removed(removed) => of_row(&removed.source, &removed.key)?,
            Entry::Identity(change) => change.nodes().to_vec(),
            _ => Vec::new(),
        };
        behind::mark_nodes(&mut self.changes, &nodes, position);
        Ok(())
    }

    /// What is left, to be committed with more.
    pub(crate) fn into_changes(mut self) -> Changes {
        self.take_changes()
    }

    fn take_changes(&mut self) -> Changes {
        let mut changes = std::mem::take(&mut self.changes);
        changes.put(Space::Meta, keys::POSITION.to_vec(), keys::pair(self.log_id, self.position.0));
        changes
    }

    /// Writes what is left.
    pub(crate) fn commit(&mut self) -> Result<()> {
        if self.position.0 == 0 {
            return Ok(());
        }
        let changes = self.take_changes();
        self.kv.commit(changes)
    }

    fn record(&mut self, position: Position, record: &RecordEntry) -> Result<()> {
        let key = keys::row_key(&record.source, &record.key);
        let known = self.get(Space::Key, &key)?.and_then(|bytes| KeyRow::decode(&bytes));
        let node = known.map_or(NodeId(position.0), |row| row.node);
        if let Some(row) = known
            && row.alive
        {
            self.forget_identifiers(node)?;
        } else {
            self.count(&record.source, 1)?;
        }
        for value in record.values.iter().filter(|v| Field::IDENTIFIERS.contains(&v.field)) {
            let key = keys::identifier(value.field.name(), &value.normal, node);
            self.changes.put(Space::Identifier, key, Vec::new());
        }
        let row = KeyRow { node, hash: row_hash(&record.row), alive: true };
        self.changes.put(Space::Key, key, row.encode());
        self.put_node(node, position, true, record)
    }

    fn removed(&mut self, position: Position, removed: &RemovedEntry) -> Result<()> {
        let key = keys::row_key(&removed.source, &removed.key);
        let known = self.get(Space::Key, &key)?.and_then(|bytes| KeyRow::decode(&bytes));
        let Some(row) = known.filter(|row| row.alive) else { return Ok(()) };
        self.forget_identifiers(row.node)?;
        self.count(&removed.source, -1)?;
        self.changes.put(Space::Key, key, KeyRow { alive: false, ..row }.encode());
        match self.node(row.node)? {
            Some(old) => self.put_node(row.node, position, false, &old.record),
            None => Ok(()),
        }
    }

    fn put_node(&mut self, node: NodeId, version: Position, alive: bool, record: &RecordEntry) -> Result<()> {
        let bytes = NodeRow::encode(version, alive, record).map_err(internal)?;
        self.changes.put(Space::Node, keys::number(node.0), bytes);
        self.changes.put(Space::Version, keys::pair(node.0, version.0), Vec::new());
        Ok(())
    }

    fn forget_identifiers(&mut self, node: NodeId) -> Result<()> {
        let Some(old) = self.node(node)? else { return Ok(()) };
        for value in old.record.values.iter().filter(|v| Field::IDENTIFIERS.contains(&v.field)) {
            self.changes.remove(Space::Identifier, keys::identifier(value.field.name(), &value.normal, node));
        }
        Ok(())
    }

    fn node(&self, node: NodeId) -> Result<Option<NodeRow>> {
        let bytes = self.get(Space::Node, &keys::number(node.0))?;
        bytes.map(|b| NodeRow::decode(&b).map_err(internal)).transpose()
    }

    /// Counts nodes alive, in all and of the source.
    fn count(&mut self, source: &SourceName, by: i64) -> Result<()> {
        for (space, key) in [(Space::Meta, keys::LIVE), (Space::Source, source.as_str().as_bytes())] {
            let now = self.get(space, key)?.and_then(|b| keys::number_at(&b, 0)).unwrap_or(0);
            self.changes.put(space, key.to_vec(), keys::number(now.saturating_add_signed(by)));
        }
        Ok(())
    }

    pub(super) fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>> {
        self.changes.get(self.kv, space, key)
    }

    pub(super) fn json(&mut self, space: Space, key: Vec<u8>, value: &impl serde::Serialize) -> Result<()> {
        let bytes = serde_json::to_vec(value).map_err(|e| internal(e.to_string()))?;
        self.changes.put(space, key, bytes);
        Ok(())
    }
}

impl Profiles for Projector<'_> {
    type Error = LiveError;

    fn profile(&self, id: ProfileId) -> Result<Option<ProfileRow>> {
        let bytes = self.get(Space::Profile, &keys::number(id.0))?;
        bytes.map(|b| keys::decode_profile(&b).map_err(internal)).transpose()
    }
    fn set_profile(&mut self, id: ProfileId, row: ProfileRow) -> Result<()> {
        self.changes.put(Space::Profile, keys::number(id.0), keys::encode_profile(&row));
        Ok(())
    }
    fn profile_of(&self, node: NodeId) -> Result<Option<ProfileId>> {
        Ok(self.get(Space::ProfileOf, &keys::number(node.0))?.and_then(|b| keys::profile_id(&b)))
    }
    fn set_profile_of(&mut self, node: NodeId, id: Option<ProfileId>) -> Result<()> {
        let key = keys::number(node.0);
        match id {
            Some(id) => self.changes.put(Space::ProfileOf, key, keys::number(id.0)),
            None => self.changes.remove(Space::ProfileOf, key),
        }
        Ok(())
    }
    fn redirect(&mut self, from: ProfileId, into: ProfileId) -> Result<()> {
        self.changes.put(Space::Redirect, keys::number(from.0), keys::number(into.0));
        self.changes.put(Space::RedirectedFrom, keys::pair(into.0, from.0), Vec::new());
        Ok(())
    }
}

pub(crate) fn internal(what: String) -> LiveError {
    LiveError::Store { path: Default::default(), what: format!("a stored row can not be read: {what}") }
}
