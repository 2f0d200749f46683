//! The key-value store behind a small trait, so that another one (a distributed database, issue: cluster) can stand in.

use crate::error::{LiveError, Result};
use rustc_hash::FxHashMap;
use std::ops::Bound;
use std::path::{Path, PathBuf};

/// What a home keeps in memory before it writes a file. Those of records must not be noticed beside a resolution; those of
/// events, which change all the time, need fewer compactions in larger pieces (answers at
/// 20,000 events/s: p99 11 ms instead of 20).
const MEMTABLE_BYTES: u64 = 16 << 20;
const MEMTABLE_BYTES_OF_EVENTS: u64 = 64 << 20;
/// What all homes keep in memory at most: a thread that puts files together may be at it for seconds, and nothing is written
/// out meanwhile.
const MEMORY_BYTES_MAX: u64 = 256 << 20;
/// Less than this in memory is not worth a file when closing.
const FLUSH_BYTES: u64 = 4 << 20;

macro_rules! spaces {
    ($($(#[$doc:meta])* $variant:ident $name:literal $truth:literal;)*) => {
        /// A key space; what its keys and values are is written here and nowhere else.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub(crate) enum Space { $($(#[$doc])* $variant,)* }

        impl Space {
            const ALL: &'static [Space] = &[$(Space::$variant),*];
            pub(crate) fn name(self) -> &'static str { match self { $(Space::$variant => $name),* } }
            /// True where the log alone determines the content, so that a fresh fold must give the same.
            pub(crate) fn of_the_log(self) -> bool { match self { $(Space::$variant => $truth),* } }
        }
    };
}

spaces! {
    /// `position` -> log id, position; `model`, `resolved` -> entry; `live` -> nodes alive; `tree` -> position.
    Meta "meta" false;
    /// node -> version, alive, record.
    Node "node" true;
    /// source 0 key -> node, row hash, alive.
    Key "key" true;
    /// source -> nodes alive.
    Source "source" true;
    /// source -> the last pull.
    Cursor "cursor" true;
    /// position -> the rejected row.
    Reject "reject" true;
    /// field 0 value 0 node -> nothing.
    Identifier "identifier" true;
    /// node, position -> nothing: the entries that made the node what it is.
    Version "version" true;
    /// node -> profile.
    ProfileOf "profile_of" true;
    /// profile -> born at, nodes.
    Profile "profile" true;
    /// profile -> the profile it redirects to.
    Redirect "redirect" true;
    /// profile, redirecting profile -> nothing.
    RedirectedFrom "redirected_from" true;
    /// position -> the identity change.
    Change "change" true;
    /// smallest node -> the component.
    Component "component" false;
    /// node -> smallest node of its component.
    ComponentOf "component_of" false;
    /// position -> what a person decided, and whether it was taken back.
    Decision "decision" true;
    /// source 0 key 0, position -> nothing: the decisions that name a record, in force or not.
    DecisionOf "decision_of" true;
    /// first member -> the household.
    Household "household" false;
    /// member -> first member of its household.
    HouseholdOf "household_of" false;
    /// `position` -> log id, position; `definitions` -> hash; `counts` 0 source; `cause` 0 number -> a cause of refusals, and how many.
    EventMeta "event_meta" true;
    /// source 0 message id -> when it was received: what a later event of the same id is a duplicate of.
    Seen "seen" false;
    /// source 0 carrier -> number, state.
    Carrier "carrier" true;
    /// carrier's number, time, position -> nothing: what a carrier did, in order of time.
    Timeline "timeline" true;
    /// position -> the number of the cause: refused events that wait. `RefusedCause`: cause, position -> nothing.
    RefusedEvent "refused_event" true;
    /// source 0 carrier -> nothing: carriers whose record is to be resolved anew.
    Changed "changed" false;
    RefusedCause "refused_cause" true;
    /// type:id 0 source 0 carrier -> nothing: the carriers that another id was seen with. No such id has a zero byte.
    IdOf "id_of" true;
    /// catalogue 0 item -> when it changed, whether it is gone, its row.
    Item "item" true;
    /// catalogue -> how many items, their columns.
    Catalog "catalog" true;
}

/// Where spaces live. Each home is files of its own, and making one costs several fsyncs: with a home per space a new
/// directory took 1.1 s to open. The trees are replaced whole, so they can be emptied by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Home {
    Nodes,
    Facts,
    Trees,
    Seen,
    Carriers,
}

impl Home {
    /// The homes of the store of records.
    pub(crate) const RECORDS: [Home; 3] = [Home::Facts, Home::Nodes, Home::Trees];
    /// The homes of the store of events.
    pub(crate) const EVENTS: [Home; 2] = [Home::Carriers, Home::Seen];

    fn name(self) -> &'static str {
        match self {
            Home::Nodes => "nodes",
            Home::Facts => "facts",
            Home::Trees => "trees",
            Home::Seen => "seen",
            Home::Carriers => "carriers",
        }
    }
}

impl Space {
    pub(crate) fn home(self) -> Home {
        match self {
            Space::Node => Home::Nodes,
            Space::Seen => Home::Seen,
            Space::EventMeta | Space::Carrier | Space::Timeline | Space::IdOf => Home::Carriers,
            Space::RefusedEvent | Space::RefusedCause | Space::Changed => Home::Carriers,
            Space::Component | Space::ComponentOf | Space::Household | Space::HouseholdOf => Home::Trees,
            _ => Home::Facts,
        }
    }

    /// The spaces of these homes that a log determines.
    pub(crate) fn of_a_log(homes: &[Home]) -> impl Iterator<Item = Space> {
        Space::ALL.iter().copied().filter(move |s| s.of_the_log() && homes.contains(&s.home()))
    }

    /// The key in the home: the first byte says which space it is of.
    fn key(self, key: &[u8]) -> Vec<u8> {
        [&[self as u8], key].concat()
    }
}

pub(crate) type Pair = (Vec<u8>, Vec<u8>);
/// Pairs of a space in order of key.
pub(crate) type Pairs = Box<dyn DoubleEndedIterator<Item = Result<Pair>> + Send>;

/// Ordered spaces with atomic, durable batches.
pub(crate) trait KeyValue: Send + Sync {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>>;
    /// Pairs with `from <= key` and, if given, `key < to`; a consistent view from the moment of the call.
    fn range(&self, space: Space, from: &[u8], to: Option<&[u8]>) -> Pairs;
    /// Writes all of it or none, on the disk when it returns.
    fn commit(&self, changes: Changes) -> Result<()>;
    /// Writes all of it or none; on the disk some time later, and never before what was committed earlier.
    fn commit_soon(&self, changes: Changes) -> Result<()>;
    /// Empties every space that lives where this one does.
    fn clear(&self, home: Home) -> Result<()>;
}

/// The pairs whose key begins with `prefix`.
pub(crate) fn prefix(kv: &dyn KeyValue, space: Space, prefix: &[u8]) -> Pairs {
    let mut end = prefix.to_vec();
    // The first key behind the prefix: its last byte that is not 0xff, plus one.
    while end.last() == Some(&0xff) {
        end.pop();
    }
    end.last_mut().into_iter().for_each(|last| *last += 1);
    kv.range(space, prefix, (!end.is_empty()).then_some(end.as_slice()))
}

/// Changes that are to be committed together, and what they make of the store meanwhile.
#[derive(Default)]
pub(crate) struct Changes {
    pub(crate) pairs: FxHashMap<(Space, Vec<u8>), Option<Vec<u8>>>,
    pub(crate) bytes: usize,
}

impl Changes {
    pub(crate) fn put(&mut self, space: Space, key: Vec<u8>, value: Vec<u8>) {
        self.bytes += key.len() + value.len();
        self.pairs.insert((space, key), Some(value));
    }
    pub(crate) fn remove(&mut self, space: Space, key: Vec<u8>) {
        self.bytes += key.len();
        self.pairs.insert((space, key), None);
    }
    /// The value as it will be.
    pub(crate) fn get(&self, kv: &dyn KeyValue, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>> {
        match self.pairs.get(&(space, key.to_vec())) {
            Some(value) => Ok(value.clone()),
            None => kv.get(space, key),
        }
    }
}

/// Opens the spaces of these homes. What can not be opened is removed, and filled again from its log.
pub(crate) fn open(path: &Path, homes: &[Home]) -> Result<Fjall> {
    let make = || std::fs::create_dir_all(path).map_err(LiveError::disk("create", path));
    make()?;
    Fjall::open(path, homes).or_else(|_| {
        std::fs::remove_dir_all(path).map_err(LiveError::disk("remove", path))?;
        make()?;
        Fjall::open(path, homes)
    })
}

/// fjall, an LSM tree in the process.
pub(crate) struct Fjall {
    path: PathBuf,
    db: fjall::Database,
    homes: Vec<(Home, fjall::Keyspace)>,
}

impl Fjall {
    pub(crate) fn open(path: &Path, homes: &[Home]) -> Result<Self> {
        let failed = |e: fjall::Error| LiveError::Store { path: path.into(), what: e.to_string() };
        let db = fjall::Database::builder(path)
            .cache_size(64 << 20)
            // Two take both cores from those who wait for an answer (at 20,000 events/s: p99 31 ms instead of 20).
            .worker_threads(1)
            .max_journaling_size(256 << 20)
            .open()
            .map_err(failed)?;
        let mut opened = Vec::new();
        for home in homes {
            let memory = if Home::EVENTS.contains(home) { MEMTABLE_BYTES_OF_EVENTS } else { MEMTABLE_BYTES };
            let options = || fjall::KeyspaceCreateOptions::default().max_memtable_size(memory);
            opened.push((*home, db.keyspace(home.name(), options).map_err(failed)?));
        }
        Ok(Fjall { path: path.into(), db, homes: opened })
    }

    fn home(&self, home: Home) -> Result<&fjall::Keyspace> {
        let mut found = self.homes.iter().filter(|(h, _)| *h == home).map(|(_, keyspace)| keyspace);
        found.next().ok_or_else(|| self.failed("a key space is missing"))
    }

    fn failed(&self, what: impl std::fmt::Display) -> LiveError {
        LiveError::Store { path: self.path.clone(), what: what.to_string() }
    }
}

impl Drop for Fjall {
    /// Writes what is in memory to its files, so that the next opening need not replay it from the journal (0.2 s
    /// instead of 1 s for 60,000 records). Nothing depends on it: the journal has everything.
    fn drop(&mut self) {
        if self.db.write_buffer_size() > FLUSH_BYTES {
            for (_, keyspace) in &self.homes {
                let _ = keyspace.rotate_memtable_and_wait();
            }
        }
    }
}

impl KeyValue for Fjall {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let value = self.home(space.home())?.get(space.key(key)).map_err(|e| self.failed(e))?;
        Ok(value.map(|v| v.to_vec()))
    }
    fn range(&self, space: Space, from: &[u8], to: Option<&[u8]>) -> Pairs {
        let keyspace = match self.home(space.home()) {
            Ok(keyspace) => keyspace,
            Err(e) => return Box::new(std::iter::once(Err(e))),
        };
        let end = to.map_or_else(|| vec![space as u8 + 1], |to| space.key(to));
        let path = self.path.clone();
        let pairs = keyspace.range::<Vec<u8>, _>((Bound::Included(space.key(from)), Bound::Excluded(end)));
        Box::new(pairs.map(move |guard| {
            let failed = |e: fjall::Error| LiveError::Store { path: path.clone(), what: e.to_string() };
            let pair = guard.into_inner().map_err(failed)?;
            Ok((pair.0.get(1..).unwrap_or_default().to_vec(), pair.1.to_vec()))
        }))
    }
    fn commit(&self, changes: Changes) -> Result<()> {
        self.write(changes, fjall::PersistMode::SyncData)
    }
    /// Left in the operating system's buffers (measured: lost in a power cut).
    fn commit_soon(&self, changes: Changes) -> Result<()> {
        self.write(changes, fjall::PersistMode::Buffer)
    }
    fn clear(&self, home: Home) -> Result<()> {
        let home = self.home(home)?;
        // A clearing stands in the journal, and each opening replays it with all that follows: never for nothing.
        match home.is_empty().map_err(|e| self.failed(e))? {
            true => Ok(()),
            false => home.clear().map_err(|e| self.failed(e)),
        }
    }
}

impl Fjall {
    fn write(&self, changes: Changes, mode: fjall::PersistMode) -> Result<()> {
        while self.db.write_buffer_size() > MEMORY_BYTES_MAX {
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        let mut batch = self.db.batch().durability(Some(mode));
        // In order of key, neighbours go to the same place in memory: a third of the work for a large batch.
        let mut pairs: Vec<_> = changes.pairs.into_iter().collect();
        pairs.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        for ((space, key), value) in pairs {
            let home = self.home(space.home())?;
            match value {
                Some(value) => batch.insert(home, space.key(&key), value),
                None => batch.remove(home, space.key(&key)),
            }
        }
        batch.commit().map_err(|e| self.failed(e))
    }
}
