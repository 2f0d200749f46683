//! What people did: a log and a store of its own beside the records.
//!
//! - Reads: events that were accepted at a door.
//! - Decides: which of them had come before (by source and message id); everything else is the fold's
//!   ([`kith_core::event::fold`]).
//! - Writes: the log of events, fsynced before anybody is told; behind it the store, in steps that carry the log's position.
//! - Fails: as the log does. Then nothing more is accepted until it was opened again.
//!
//! ```text
//! submit ─► queue ─► committer: duplicates out, append, one fsync for all who wait ─► answers
//!                        └─► applier: fold into carriers ─► now and then one batch into the store
//! ```
//!
//! A log of its own, since behaviour is a hundred times as much as records, may be given up after a time, and must not wait
//! for identity (ADR 7). Carriers whose record has changed are handed on by [`Events::changed`]; the records and what they do
//! to identity are entries of the log of records.

mod queue;
mod settings;
mod room;
mod commit;
mod past;
mod verify;
mod carriers;
mod fold;
mod apply;
mod changed;
mod geo;
mod ids;
mod read;
mod refused;
mod settle;
mod keys;

pub use changed::{Named, Row};
pub use geo::{GeoDatabase, NoGeoDatabase};
pub use past::{Entries, Nothing, Past};
pub use read::{Filter, Moment};
pub use refused::{Refusals, Tally, Wanted};
pub use settings::Settings;
pub use settle::{Settle, Settled};
pub use verify::EventsReport;

use crate::error::{LiveError, Result};
use crate::log::{Log, Reader, Recovery};
use crate::seams::Seams;
use crate::store::kv::{self, Changes, Home, KeyValue, Space};
use fold::Fold;
use kith_core::event::measure::Traits;
use kith_core::event::wire::Incoming;
use kith_core::event::{Counted, context};
use kith_core::id::{Position, Tenant};
use parking_lot::{Condvar, Mutex, MutexGuard};
use queue::{Queue, Submission};
use room::Room;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What became of a submission: all of it is on the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// The log's position behind it. A reader that asks for this position sees its events.
    pub position: Position,
    /// How its events were counted.
    pub counted: Counted,
    /// What became of the refused events that it settles.
    pub settled: Settled,
}

/// Why nothing of a submission was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotTaken {
    /// Too much waits for the disk already: come again in a moment.
    Busy,
    /// The disk is full: come again when there is room.
    NoRoom,
    /// It is being closed, or its log or store has failed.
    Stopped,
}

/// Who is told what became of a submission.
pub type Reply = Box<dyn FnOnce(Result<Receipt>) + Send>;

/// One tenant's events. Cheap to clone; any thread may use it. The last handle that goes waits until everything that was
/// submitted has been answered and stored.
#[derive(Clone)]
pub struct Events(Arc<Running>);

struct Running {
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// What the two threads and the readers share.
struct Shared {
    log: Log,
    kv: Box<dyn KeyValue>,
    seams: Seams,
    settings: Settings,
    traits: Arc<Traits>,
    past: Arc<dyn Past>,
    queue: Queue,
    room: Room,
    fold: Mutex<Fold>,
    /// Bytes that are in the log and not folded yet.
    unfolded: AtomicUsize,
    /// Up to where this process has folded and stored what it took in.
    folded: AtomicU64,
    stored: AtomicU64,
    /// Told whenever the fold has gone on.
    gone_on: Condvar,
}

impl Shared {
    fn take(&self, mut submission: Submission) -> std::result::Result<(), NotTaken> {
        if let Some(geo) = &self.settings.geo {
            for incoming in &mut submission.events {
                if let Incoming::Event(event) = incoming {
                    geo.place(event);
                }
            }
        }
        match self.room.low() {
            true => Err(NotTaken::NoRoom),
            false => self.queue.push(submission),
        }
    }

    fn fold(&self) -> MutexGuard<'_, Fold> {
        self.fold.lock()
    }
}

impl Events {
    /// Opens a tenant's events in a data directory, made if missing. The caller holds the directory's lock.
    ///
    /// 1. Recovers the log. 2. Empties a store of another log, or of other declared traits, contexts or sessions.
    /// 3. Folds what the store lacks.
    pub fn open(
        data_dir: &Path,
        tenant: &Tenant,
        seams: Seams,
        settings: Settings,
        past: Arc<dyn Past>,
    ) -> Result<Events> {
        let dir = data_dir.join("events").join(tenant.as_str());
        let kv = kv::open(&dir.join("store"), &Home::EVENTS)?;
        let stored = keys::stored(&kv)?;
        let (disk, random) = (seams.disk.clone(), seams.random.as_ref());
        let log = Log::open_with(&dir.join("log"), disk, random, stored, settings.segment_bytes)?;
        let definitions = keys::fingerprint(&settings.definitions, &settings.contexts, settings.pause_ms);
        let same = kv.get(Space::EventMeta, keys::DEFINITIONS)? == Some(definitions);
        if stored.0 != log.id() || stored.1 > log.position() || !same {
            Home::EVENTS.into_iter().try_for_each(|home| kv.clear(home))?;
        }
        let room = Room::new(seams.disk.clone(), dir);
        let fold = Fold::load(&kv, log.id(), &settings)?;
        let shared = Arc::new(Shared {
            log,
            kv: Box::new(kv),
            seams,
            queue: Queue::new(settings.queue_bytes_max),
            traits: fold.traits.clone(),
            settings,
            past,
            room,
            fold: Mutex::new(fold),
            unfolded: AtomicUsize::new(0),
            folded: AtomicU64::new(0),
            stored: AtomicU64::new(0),
            gone_on: Condvar::new(),
        });
        shared.catch_up()?;
        let threads = commit::start(&shared)?;
        Ok(Events(Arc::new(Running { shared, threads: Mutex::new(threads) })))
    }

    /// What opening found in the log: a torn tail, damage.
    pub fn recovery(&self) -> &Recovery {
        self.0.shared.log.recovery()
    }

    /// Hands over events; `reply` is called from another thread when all of them are on the disk, or none can be.
    pub fn submit(&self, events: Vec<Incoming>, reply: Reply) -> std::result::Result<(), NotTaken> {
        self.0.shared.take(Submission { events, settle: Vec::new(), reply, span: tracing::Span::current() })
    }

    /// True if there is room for more now, on the disk and before it.
    pub fn has_room(&self) -> bool {
        !self.0.shared.room.low() && self.0.shared.queue.has_room()
    }

    /// Hands over events and waits.
    pub fn append(&self, events: Vec<Incoming>) -> Result<Receipt> {
        self.hand_over(events, Vec::new())
    }

    /// Settles refused events, and waits until that is on the disk. Those that do not wait any more stay as they are.
    pub fn settle(&self, settle: Vec<Settle>) -> Result<Receipt> {
        self.hand_over(Vec::new(), settle)
    }

    fn hand_over(&self, events: Vec<Incoming>, settle: Vec<Settle>) -> Result<Receipt> {
        let (sender, receiver) = std::sync::mpsc::sync_channel(1);
        let closed = || LiveError::Closed {
            path: "events".into(),
            reason: "it is being closed, or its store has failed".into(),
        };
        let reply: Reply = Box::new(move |receipt| _ = sender.send(receipt));
        self.0.shared.queue.wait_for_room();
        self.0.shared.take(Submission { events, settle, reply, span: tracing::Span::current() }).map_err(
            |not| match not {
                NotTaken::NoRoom => LiveError::NoRoom { path: "events".into() },
                NotTaken::Busy | NotTaken::Stopped => closed(),
            },
        )?;
        receiver.recv().unwrap_or_else(|_| Err(closed()))
    }

    /// The last position of the log.
    pub fn position(&self) -> Position {
        self.0.shared.log.position()
    }

    /// Up to where events are in the carriers.
    pub fn applied(&self) -> Position {
        self.0.shared.fold().position
    }

    /// Waits until events up to a position are in the carriers; false if that takes longer.
    pub fn wait(&self, position: Position, at_most: Duration) -> bool {
        let end = Instant::now() + at_most;
        let mut fold = self.0.shared.fold();
        while fold.position < position {
            if self.0.shared.gone_on.wait_until(&mut fold, end).timed_out() {
                return fold.position >= position;
            }
        }
        true
    }

    /// Entries of the log behind a position, in order; every one of them is on the disk.
    pub fn log_behind(&self, position: Position) -> Reader {
        self.0.shared.log.read(Position(position.0 + 1))
    }

    /// The first position that the log still has.
    pub fn log_first(&self) -> Position {
        self.0.shared.log.first()
    }

    /// Gives up the log's oldest segments, beyond `keep_bytes` and before a position, up to which [`Past`] has them on the
    /// disk; where the log begins now.
    pub fn cut(&self, before: Position, keep_bytes: u64) -> Result<Position> {
        self.0.shared.log.cut(before, keep_bytes)
    }

    /// Has the next opening fold everything again.
    pub fn fold_again(&self) -> Result<()> {
        let shared = &self.0.shared;
        shared.fold().anew = true;
        let mut changes = Changes::default();
        changes.put(Space::EventMeta, keys::DEFINITIONS.to_vec(), Vec::new());
        shared.kv.commit_soon(changes)
    }

    /// Bytes of the log on disk.
    pub fn log_bytes(&self) -> u64 {
        self.0.shared.log.bytes()
    }

    /// Declared traits.
    pub fn traits(&self) -> &Traits {
        &self.0.shared.traits
    }

    /// Declared business objects.
    pub fn contexts(&self) -> &[context::Definition] {
        &self.0.shared.settings.contexts
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shared.queue.close();
        let threads = std::mem::take(&mut *self.threads.lock());
        for thread in threads {
            // A thread that panicked has said so; what it had acknowledged is in the log.
            let _ = thread.join();
        }
    }
}
