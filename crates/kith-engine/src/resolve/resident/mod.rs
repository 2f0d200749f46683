//! Resolution of one record at a time: true after a call: the log holds the records *and* what they did to identity,
//! and that is what a whole run over all records would have given.
//!
//! Reads:  entries that are about to be appended; the live store, once, when it is loaded.
//! Decides: nothing itself: `kith_resolve::Resident` matches and clusters, `kith_live` issues ids.
//! Writes: the entries, their `Identity` changes, a `Resolved` entry and the touched merge trees, as one group.
//! Fails:  as the log does. Then nothing was kept, and the resolver must be loaded again: it has gone ahead.
//!
//! 1. Node ids are known before the entries are written: a new row's is the position that its entry will have.
//! 2. Each record is replaced in the resident set; a vendor's record that has only the hash of an e-mail address
//!    follows when the address appears or goes ([`hashes`]); what people and rules say follows their records
//!    ([`said`]).
//! 3. The touched components come back resolved. Cut at the project's confidence they give the clusters.

mod pass;
mod group;
mod hashes;
mod said;

use super::components::{parts, stored_edges};
use super::encode::{cells, source_number, tie};
use super::ground::{Blocked, ground};
use super::{Task, frequencies, model, rules};
use crate::error::Result;
use group::Group;
use hashes::EmailBook;
use kith_core::decision::RecordRef;
use kith_core::entry::{Entry, IdentityChange, ResolvedEntry};
use kith_core::field::FieldValue;
use kith_core::id::{NodeId, Position};
use kith_live::{Assigned, Live};
use kith_resolve::{Explanation, Model, Resident, Settled};
use rustc_hash::{FxHashMap, FxHashSet};
use said::Statements;

/// The resident records of a project with all that resolution knows beside them.
pub(crate) struct Resolver {
    resident: Resident,
    model: Model,
    /// The resident set's number of each column.
    columns: FxHashMap<String, usize>,
    /// The sources by the resident set's number.
    sources: Vec<String>,
    blocked: Blocked,
    hashes: EmailBook,
    statements: Statements,
    confidence: f64,
    rules: String,
    profiles: u64,
    largest: u64,
    /// So many records make what it compares by outdated.
    outgrown_at: u64,
    /// Up to where it has followed the log.
    position: Position,
}

/// What a group of entries did.
pub(crate) struct Applied {
    /// The last position.
    pub position: Position,
    /// What changed in identity.
    pub changes: Vec<IdentityChange>,
    /// Everything that was appended, with the position of the first.
    pub entries: (Position, Vec<Entry>),
}

impl Resolver {
    /// Loads all live records. The last resolution must be of the present, as [`super::run`] leaves it.
    pub(crate) fn load(task: &Task) -> Result<Resolver> {
        let (model, frequencies) = match task.live.model()? {
            Some((_, entry)) => {
                let model = model::parse(task.model_file, &entry.toml)?;
                let frequencies = frequencies::load(task.model_file, &model)?.ok_or_else(model::none)?;
                (model, frequencies)
            }
            None => model::by_ids(),
        };
        let closure = task.live.decided()?;
        let mut ground = ground(task.live, &closure, task.rules)?;
        let keys = ground.records.keys.clone().unwrap_or_default();
        let records = std::mem::take(&mut ground.records);
        let options = ground.options(Some(&model));
        let linker = kith_resolve::Linker::with_frequencies(records, &frequencies, &options);
        let linker = linker.map_err(model::does_not_fit)?;
        // The last resolution has scored all pairs already.
        let edges = stored_edges(task.live, &ground.nodes)?;
        let ids: Vec<u64> = ground.nodes.iter().map(|node| node.0).collect();
        let resident = Resident::new(linker, &model, (&ids, &keys), &edges, &options);
        let resident = resident.map_err(model::does_not_fit)?;
        let blocked = Blocked::of(&closure);
        let mut statements = Statements::of(&closure, task.rules);
        let mut hashes = EmailBook::default();
        for node in task.live.nodes() {
            let node = node?;
            hashes.learn(node.id, &node.values);
            let record = RecordRef { source: node.source, key: node.key };
            statements.put(node.id, &record, &node.values, &blocked);
        }
        let columns = frequencies.columns.iter().map(|(name, _)| name);
        let columns = columns.filter_map(|name| Some((name.clone(), resident.column(name)?))).collect();
        let last = task.live.resolved()?.map(|(_, last)| last);
        let outgrown_at = model::outgrown_at(&model, ids.len() as u64);
        let mut resolver = Resolver {
            resident,
            model,
            columns,
            sources: options.sources,
            blocked,
            hashes,
            statements,
            confidence: task.confidence,
            rules: rules::fingerprint(task.rules),
            profiles: last.as_ref().map_or(0, |last| last.profiles),
            largest: last.map_or(0, |last| last.largest),
            outgrown_at,
            position: task.live.position(),
        };
        // What people and rules say is in the last resolution already.
        resolver.settle();
        Ok(resolver)
    }

    /// Up to where it has followed the log.
    pub(crate) fn position(&self) -> Position {
        self.position
    }

    /// Why two records match, or do not; `None` if one of them is not there.
    pub(crate) fn explain(&self, a: NodeId, b: NodeId) -> Option<Explanation> {
        self.resident.explain(&self.model, a.0, b.0)
    }

    /// True if a whole run would learn anew what to compare by.
    pub(crate) fn is_outgrown(&self) -> bool {
        self.resident.len() as u64 >= self.outgrown_at
    }

    /// True if it stands where the log does, under these settings: nobody else has written since.
    pub(crate) fn is_current(&self, task: &Task) -> bool {
        self.position == task.live.position()
            && self.confidence == task.confidence
            && self.rules == rules::fingerprint(task.rules)
    }

    /// Appends entries with what they do to identity. Decisions are not among them: see [`Resolver::decide`].
    pub(crate) fn apply(&mut self, live: &Live, mut entries: Vec<Entry>) -> Result<Applied> {
        let first = Position(self.position.0 + 1);
        let mut group = Group::new(live);
        let mut waiting: FxHashSet<NodeId> = FxHashSet::default();
        for (entry, position) in entries.iter().zip(first.0..) {
            match entry {
                Entry::Record(record) => {
                    let name = RecordRef { source: record.source.clone(), key: record.key.clone() };
                    let node = group.node_of(&name)?.unwrap_or(NodeId(position));
                    waiting.extend(self.put(node, &name, &record.values));
                    group.now.insert(node, Some(record));
                    group.named.insert(name, node);
                }
                Entry::Removed(removed) => {
                    let name = RecordRef { source: removed.source.clone(), key: removed.key.clone() };
                    if let Some(node) = group.node_of(&name)? {
                        waiting.extend(self.take(node, &name));
                        group.now.insert(node, None);
                    }
                }
                _ => {}
            }
        }
        self.follow(&group, waiting)?;
        let mut gone: Vec<NodeId> = group.gone().collect();
        gone.sort_unstable();
        let up_to = Position(self.position.0 + entries.len() as u64);
        self.finish(live, &mut entries, gone, up_to)
    }

    /// Follows decisions that are in the log already: `closure` is what is in force now. False if the values that link
    /// nobody have changed: then everything has to be loaded again.
    pub(crate) fn decide(
        &mut self,
        live: &Live,
        closure: &kith_core::decision::Closure,
    ) -> Result<Option<Applied>> {
        if Blocked::of(closure) != self.blocked {
            return Ok(None);
        }
        self.position = live.position();
        self.statements.decide(closure);
        for record in self.statements.missing() {
            if let Some(node) = live.node_of(&record.source, &record.key)?
                && live.node(node)?.is_some_and(|n| n.alive)
            {
                self.statements.name(record, node);
            }
        }
        let up_to = self.position;
        self.finish(live, &mut Vec::new(), Vec::new(), up_to).map(Some)
    }

    /// Settles, and appends entries with the changes of identity behind them.
    fn finish(
        &mut self,
        live: &Live,
        entries: &mut Vec<Entry>,
        gone: Vec<NodeId>,
        up_to: Position,
    ) -> Result<Applied> {
        let first = Position(self.position.0 + 1);
        let settled = self.settle();
        let touched = live.touched(gone, settled.iter().flat_map(parts).collect())?;
        let next = Position(first.0 + entries.len() as u64);
        let Assigned { changes, profiles, largest } = live.assign_touched(&touched, self.confidence, next)?;
        self.profiles = self.profiles.saturating_add_signed(profiles);
        self.largest = self.largest.max(largest as u64);
        entries.extend(changes.iter().cloned().map(Entry::Identity));
        entries.push(Entry::Resolved(ResolvedEntry {
            up_to,
            confidence: self.confidence,
            nodes: self.resident.len() as u64,
            profiles: self.profiles,
            largest: self.largest,
            rules: self.rules.clone(),
            resolved_at_ms: Some(live.now_ms()),
        }));
        self.position = live.append_resolved(entries, touched)?;
        Ok(Applied { position: self.position, changes, entries: (first, std::mem::take(entries)) })
    }

    /// The touched components, with unique keys kept apart.
    fn settle(&mut self) -> Vec<Settled> {
        self.statements.tell(&mut self.resident);
        let mut all: FxHashMap<u64, Settled> = FxHashMap::default();
        loop {
            let settled = self.resident.settle();
            let mut apart = false;
            for component in settled {
                apart |= self.statements.keep_apart(&component.records);
                component.records.iter().for_each(|id| _ = all.remove(id));
                if let Some(id) = component.records.iter().min() {
                    all.insert(*id, component);
                }
            }
            if !apart {
                break;
            }
            self.statements.tell(&mut self.resident);
        }
        let mut all: Vec<(u64, Settled)> = all.into_iter().collect();
        all.sort_unstable_by_key(|(id, _)| *id);
        all.into_iter().map(|(_, settled)| settled).collect()
    }

    /// Replaces a record; returns those that wait for one of its e-mail addresses.
    fn put(&mut self, node: NodeId, name: &RecordRef, values: &[FieldValue]) -> Vec<NodeId> {
        self.statements.put(node, name, values, &self.blocked);
        let waiting = self.hashes.replace(node, values);
        self.upsert(node, name, values);
        waiting
    }

    fn take(&mut self, node: NodeId, name: &RecordRef) -> Vec<NodeId> {
        self.statements.take(node, name);
        self.resident.remove(node.0);
        self.hashes.replace(node, &[])
    }

    /// Records with only the hash of an address that has appeared, or has gone: as the group leaves them, else as they
    /// are stored.
    fn follow(&mut self, group: &Group, waiting: FxHashSet<NodeId>) -> Result<()> {
        for node in waiting {
            match group.now.get(&node) {
                Some(None) => {}
                Some(Some(record)) => {
                    let name = RecordRef { source: record.source.clone(), key: record.key.clone() };
                    self.upsert(node, &name, &record.values);
                }
                None => {
                    if let Some(node) = group.live.node(node)?.filter(|n| n.alive) {
                        let name = RecordRef { source: node.source, key: node.key };
                        self.upsert(node.id, &name, &node.values);
                    }
                }
            }
        }
        Ok(())
    }

    fn upsert(&mut self, node: NodeId, name: &RecordRef, values: &[FieldValue]) {
        let cells = cells(values, &self.blocked, |hash| self.hashes.address(hash));
        let cells: Vec<(usize, String)> = cells
            .filter_map(|(column, _, value)| Some((*self.columns.get(column.as_ref())?, value.into_owned())))
            .collect();
        let key = tie(name.source.as_str(), &name.key);
        // The model says nothing of a source that is new.
        let source = source_number(&mut self.sources, name.source.as_str());
        self.resident.upsert((node.0, key), source, cells.iter().map(|(at, value)| (*at, value.as_str())));
    }
}
