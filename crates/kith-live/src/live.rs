//! One tenant's memory: log, store and search behind one handle.

use crate::error::{LiveError, Result};
use crate::identity::{self, Previous};
use crate::log::{Log, Reader, Recovery};
use crate::seams::{Lock, Seams, append_all, read_full};
use crate::search::Search;
use crate::store::{Node, Store};
use crate::tree::Component;
use crate::verify::{self, VerifyReport};
use kith_core::entry::{Entry, IdentityChange, ModelEntry, PulledEntry, RejectedEntry, ResolvedEntry};
use kith_core::field::{Field, FieldValue};
use kith_core::id::{NodeId, Position, ProfileId, SourceName, Tenant};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The newest data directory that this Kith reads, and the one it makes.
pub const FORMAT: u32 = 1;

/// One tenant's log, store and search index. Cheap to clone; any thread may use it.
#[derive(Clone)]
pub struct Live(Arc<Inner>);

struct Inner {
    // Dropped in this order: the directory is free only when everything in it is closed.
    search: Search,
    store: Store,
    log: Log,
    tenant: Tenant,
    dir: PathBuf,
    seams: Seams,
    /// One writer at a time: positions reach the store in order.
    writing: Mutex<()>,
    _lock: Box<dyn Lock>,
}

/// A profile as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProfileState {
    /// Its id: not the one asked for, if that one redirects here.
    pub id: ProfileId,
    /// The id that was asked for, where it is another one.
    pub asked: Option<ProfileId>,
    /// Its nodes, ascending; none = closed.
    pub nodes: Vec<NodeId>,
    /// Every id that leads here.
    pub redirected_from: Vec<ProfileId>,
    /// Position of the change that issued it.
    pub born: Position,
}

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
    /// Opens a tenant's memory in a data directory (`.kith`), made if missing.
    ///
    /// 1. Takes the directory's lock; refuses a newer format.
    /// 2. Recovers the log (see [`Live::recovery`]).
    /// 3. Brings the store up to the log's position; a store of another log is emptied first.
    pub fn open(data_dir: &Path, tenant: &Tenant, seams: Seams) -> Result<Live> {
        seams.disk.create_dir_all(data_dir).map_err(LiveError::disk("create", data_dir))?;
        let lock_path = data_dir.join("LOCK");
        let lock = seams.disk.lock(&lock_path).map_err(|e| match e.kind() {
            ErrorKind::WouldBlock => LiveError::Busy { path: data_dir.into() },
            _ => LiveError::disk("lock", &lock_path)(e),
        })?;
        check_format(data_dir, &seams)?;
        let store_dir = data_dir.join("store").join(tenant.as_str());
        let (kv, stored) = Store::open(&store_dir)?;
        let log_dir = data_dir.join("log").join(tenant.as_str());
        let log = Log::open(&log_dir, seams.disk.clone(), seams.random.as_ref(), stored)?;
        let store = Store::new(kv, log.id());
        let search = Search::open(&data_dir.join("search").join(tenant.as_str()))?;
        if stored.0 != log.id() || stored.1 > log.position() {
            store.clear()?;
        }
        let (tenant, dir, writing) = (tenant.clone(), data_dir.to_path_buf(), Mutex::new(()));
        let live = Live(Arc::new(Inner { search, store, log, tenant, dir, seams, writing, _lock: lock }));
        live.catch_up()?;
        Ok(live)
    }

    /// What opening found in the log: a torn tail, damage.
    pub fn recovery(&self) -> &Recovery {
        self.0.log.recovery()
    }

    /// Whose memory it is.
    pub fn tenant(&self) -> &Tenant {
        &self.0.tenant
    }

    /// Appends entries as one group and applies them to the store. When it returns, they are on the disk; the result
    /// is the position of the last one, and the first one's is `last - len + 1`.
    ///
    /// An error of the log means that nothing was kept. An error of the store ([`LiveError::Store`]) means that the
    /// entries are kept, and the store catches up when it is opened again.
    pub fn append(&self, entries: &[Entry]) -> Result<Position> {
        let _writing = self.0.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.0.log.position();
        let last = self.0.log.append(entries)?;
        if self.0.store.position()? != before {
            self.catch_up()?;
            return Ok(last);
        }
        let mut projector = self.0.store.projector();
        for (entry, position) in entries.iter().zip(before.0 + 1..) {
            projector.apply(Position(position), entry)?;
        }
        projector.commit()?;
        Ok(last)
    }

    /// The last position.
    pub fn position(&self) -> Position {
        self.0.log.position()
    }

    /// The log from a position on, up to the end as it is now. An error item names damage found since opening; what
    /// comes behind it follows.
    pub fn log_from(&self, from: Position) -> Reader {
        self.0.log.read(from)
    }

    /// Bytes of the log on disk.
    pub fn log_bytes(&self) -> u64 {
        self.0.log.bytes()
    }

    /// A node, alive or gone.
    pub fn node(&self, id: NodeId) -> Result<Option<Node>> {
        self.0.store.node(id)
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

    /// Replaces the merge trees and edges, complete up to a position. A projection, not truth: after a rebuild there
    /// are none until resolution has run.
    pub fn set_tree(&self, up_to: Position, components: Vec<Component>) -> Result<()> {
        let _writing = self.0.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.store.set_tree(up_to, components)
    }

    /// The position up to which the trees are complete; 0 = there are none.
    pub fn tree_position(&self) -> Result<Position> {
        self.0.store.tree_position()
    }

    /// The component of a node; a live node without evidence is one by itself.
    pub fn component_of(&self, node: NodeId) -> Result<Option<Component>> {
        self.0.store.component_of(node)
    }

    /// The nodes that are one person with this one at a confidence, ascending; empty for a node that is not alive.
    pub fn cluster(&self, node: NodeId, confidence: f64) -> Result<Vec<NodeId>> {
        Ok(self.component_of(node)?.map(|c| c.cluster(node, confidence)).unwrap_or_default())
    }

    /// The profile of a node.
    pub fn profile_of(&self, node: NodeId) -> Result<Option<ProfileId>> {
        self.0.store.profile_of(node)
    }

    /// A profile, following redirects; `None` if the id was never issued.
    pub fn profile(&self, id: ProfileId) -> Result<Option<ProfileState>> {
        let mut at = id;
        while let Some(next) = self.0.store.redirect(at)? {
            at = next;
        }
        let Some(row) = self.0.store.profile_row(at)? else { return Ok(None) };
        let redirected_from = self.0.store.redirected_from(at)?;
        let asked = (at != id).then_some(id);
        Ok(Some(ProfileState { id: at, asked, nodes: row.nodes, redirected_from, born: row.born }))
    }

    /// Profiles that have nodes, by id, one at a time.
    pub fn profiles(&self) -> impl Iterator<Item = Result<(ProfileId, Vec<NodeId>)>> + Send + use<> {
        let rows = self.0.store.profile_rows();
        rows.filter_map(|row| match row {
            Ok((_, row)) if row.nodes.is_empty() => None,
            Ok((id, row)) => Some(Ok((id, row.nodes))),
            Err(e) => Some(Err(e)),
        })
    }

    /// What would change if these were the clusters: all of them, single nodes too. The caller appends the changes;
    /// they are made for the next position, so nothing may be appended between.
    pub fn assign(&self, clusters: &[Vec<NodeId>]) -> Result<Vec<IdentityChange>> {
        let (mut profile_of, mut born) = (FxHashMap::default(), FxHashMap::default());
        let mut issued = FxHashSet::default();
        for row in self.0.store.profile_rows() {
            let (id, row) = row?;
            issued.insert(id);
            if !row.nodes.is_empty() {
                born.insert(id, row.born);
            }
            profile_of.extend(row.nodes.into_iter().map(|node| (node, id)));
        }
        let previous = Previous {
            profile_of: &profile_of,
            born: &|id| born.get(&id).copied().unwrap_or_default(),
            issued: &|id| issued.contains(&id),
        };
        let next = Position(self.position().0 + 1);
        Ok(identity::assign(&self.0.tenant, &previous, clusters, next))
    }

    /// Identity changes behind a position, the oldest first.
    pub fn changes_since(&self, since: Position, limit: usize) -> Result<Vec<(Position, IdentityChange)>> {
        self.0.store.changes_since(since, limit)
    }

    /// Live nodes with an identifier: a field's name (`email`, `phone` …) and normal form, or a source and its key.
    pub fn nodes_by_identifier(&self, field: &str, value: &str) -> Result<Vec<NodeId>> {
        self.0.store.nodes_by_identifier(field, value)
    }

    /// Nodes that fit a question: exact identifiers first (score 1), then words, typing errors forgiven.
    pub fn search(&self, question: &str, limit: usize) -> Result<Vec<(NodeId, f32)>> {
        self.index()?;
        let mut hits: Vec<(NodeId, f32)> = Vec::new();
        for node in self.exact(question)? {
            hits.push((node, 1.0));
        }
        let seen: FxHashSet<NodeId> = hits.iter().map(|(node, _)| *node).collect();
        let words = self.0.search.find(question, limit)?;
        hits.extend(words.into_iter().filter(|(node, _)| !seen.contains(node)));
        hits.truncate(limit);
        Ok(hits)
    }

    /// Brings the search index up to the log's position. [`Live::search`] does it by itself; calling it after a large
    /// load makes the first search fast.
    pub fn index(&self) -> Result<()> {
        // The store's position, read first: rows behind it are for the next time.
        let to = self.0.store.position()?;
        self.0.search.catch_up(&self.0.log, &self.0.store, to)
    }

    /// Reads everything again and compares every projection with the log.
    pub fn verify(&self) -> Result<VerifyReport> {
        let _writing = self.0.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let beside = self.0.dir.join("store").join(format!("{}.verify", self.0.tenant.as_str()));
        verify::verify(&self.0.log, &self.0.store, self.0.search.position(), &beside)
    }

    /// Drops store and search index and makes them anew from the log. The merge trees come back with the next
    /// resolution.
    pub fn rebuild(&self) -> Result<()> {
        let _writing = self.0.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.store.clear()?;
        self.0.search.clear()?;
        self.catch_up()?;
        self.index()
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

    /// The clock of this memory.
    pub fn now_ms(&self) -> i64 {
        self.0.seams.clock.now_ms()
    }

    fn catch_up(&self) -> Result<()> {
        let from = Position(self.0.store.position()?.0 + 1);
        if from > self.0.log.position() {
            return Ok(());
        }
        let mut projector = self.0.store.projector();
        for item in self.0.log.read(from) {
            match item {
                Ok((position, entry)) => projector.apply(position, &entry)?,
                // Found since opening: `verify` names it, and the rest is served.
                Err(LiveError::Corrupt { .. }) => {}
                Err(e) => return Err(e),
            }
        }
        projector.commit()
    }

    /// Nodes for which the question, in one of its usual spellings, is an identifier.
    fn exact(&self, question: &str) -> Result<Vec<NodeId>> {
        let question = question.trim();
        let lower = question.to_lowercase();
        let digits: String = question.chars().filter(char::is_ascii_digit).collect();
        let mut asked = vec![("customer_id", question.to_string()), ("customer_id", lower.clone())];
        asked.push(("email", lower));
        if digits.len() >= 6 {
            asked.push(("phone", format!("+{digits}")));
        }
        let mut nodes = Vec::new();
        for (field, value) in asked {
            nodes.extend(self.nodes_by_identifier(field, &value)?);
        }
        for (source, _) in self.sources()? {
            let row = self.0.store.key_row(&source, question)?.filter(|row| row.alive);
            nodes.extend(row.map(|row| row.node));
        }
        if let Ok(id) = question.parse::<ProfileId>() {
            nodes.extend(self.profile(id)?.map(|p| p.nodes).unwrap_or_default());
        }
        let mut seen = FxHashSet::default();
        nodes.retain(|node| seen.insert(*node));
        Ok(nodes)
    }
}

/// Refuses a data directory of a newer Kith; marks a new one.
fn check_format(dir: &Path, seams: &Seams) -> Result<()> {
    let path = dir.join("format.json");
    match seams.disk.open(&path) {
        Ok(file) => {
            let mut bytes = vec![0; 4096];
            let got = read_full(file.as_ref(), 0, &mut bytes).map_err(LiveError::disk("read", &path))?;
            bytes.truncate(got);
            let value: Option<serde_json::Value> = serde_json::from_slice(&bytes).ok();
            let format = value.and_then(|v| v.get("format")?.as_u64()).and_then(|f| u32::try_from(f).ok());
            match format {
                Some(found) if found > FORMAT => Err(LiveError::NewerFormat { path, found, known: FORMAT }),
                Some(_) => Ok(()),
                None => Err(LiveError::corrupt(&path, 0, "it does not say {\"format\": 1}")),
            }
        }
        Err(e) if e.kind() == ErrorKind::NotFound => {
            let new = dir.join("format.new");
            let mut file = match seams.disk.create(&new) {
                Err(e) if e.kind() == ErrorKind::AlreadyExists => seams.disk.open(&new),
                other => other,
            }
            .map_err(LiveError::disk("create", &new))?;
            file.truncate(0).map_err(LiveError::disk("truncate", &new))?;
            let text = format!("{{\"format\":{FORMAT}}}\n");
            append_all(file.as_mut(), text.as_bytes()).map_err(LiveError::disk("write to", &new))?;
            file.sync().map_err(LiveError::disk("sync", &new))?;
            seams.disk.rename(&new, &path).map_err(LiveError::disk("rename", &new))?;
            seams.disk.sync_dir(dir).map_err(LiveError::disk("sync", dir))
        }
        Err(e) => Err(LiveError::disk("open", &path)(e)),
    }
}
