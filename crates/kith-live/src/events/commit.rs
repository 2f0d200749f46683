//! The committer: from the queue to the disk. True when an answer is given: the events are in the log, fsynced.
//!
//! 1. Everything that waits is taken together: one write and one fsync for all of it. While the disk works, the next group
//!    gathers, so there is no window to tune.
//! 2. An event whose source and message id were seen before, in the store, behind it or in the same group, is counted and
//!    left out. One without a message id gets one.
//! 3. The group goes to the applier before the answers go out, so that a question that follows an answer waits for the
//!    fold and never misses it.

use super::{Counted, Full, LiveError, Receipt, Reply, Shared, apply, keys};
use crate::error::Result;
use crate::store::keys::number_at;
use crate::store::kv::Space;
use kith_core::entry::{DuplicatesEntry, Entry};
use kith_core::event::wire::Incoming;
use kith_core::id::{Position, SourceName};
use rustc_hash::FxHashSet;
use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;

/// So much goes to the disk in one write at most.
const GROUP_BYTES: usize = 1 << 20;
/// Groups that may wait for the fold; beyond it the disk waits too, and then the doors. Answers do not wait while the fold
/// is busy for some tens of milliseconds.
const GROUPS_WAITING: usize = 48;

/// Events of one request, and who waits for them.
pub(super) struct Submission {
    pub events: Vec<Incoming>,
    pub reply: Reply,
}

impl Submission {
    /// What it takes of the queue: its text and what is around each event.
    fn bytes(&self) -> usize {
        let one = |incoming: &Incoming| match incoming {
            Incoming::Event(event) => event.body.len() + 300,
            Incoming::Refused(refused) => refused.original.len() + 300,
        };
        self.events.iter().map(one).sum::<usize>() + 100
    }
}

/// What waits for the disk.
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    came: Condvar,
    left: Condvar,
    bytes_max: usize,
}

#[derive(Default)]
struct Waiting {
    submissions: VecDeque<Submission>,
    bytes: usize,
    closed: bool,
}

impl Queue {
    pub(super) fn new(bytes_max: usize) -> Queue {
        Queue { waiting: Mutex::default(), came: Condvar::new(), left: Condvar::new(), bytes_max }
    }

    /// Waits until there is room; several who wait may all go on, so the bound is soft by what they bring. Returns at once
    /// when the queue is closed.
    pub(super) fn wait_for_room(&self) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        while !waiting.closed && waiting.bytes >= self.bytes_max {
            waiting = self.left.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A queue with any room takes a submission whole, however large it is.
    pub(super) fn push(&self, submission: Submission) -> std::result::Result<(), Full> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.closed || waiting.bytes >= self.bytes_max {
            return Err(Full);
        }
        waiting.bytes += submission.bytes();
        waiting.submissions.push_back(submission);
        self.came.notify_one();
        Ok(())
    }

    /// Nothing more is taken; what waits is still worked off.
    pub(super) fn close(&self) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.came.notify_all();
        self.left.notify_all();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).closed
    }

    /// The next group; `None` = closed, and nothing waits.
    fn next(&self) -> Option<Vec<Submission>> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        while waiting.submissions.is_empty() {
            if waiting.closed {
                return None;
            }
            waiting = self.came.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        let (mut group, mut bytes) = (Vec::new(), 0);
        while bytes < GROUP_BYTES
            && let Some(submission) = waiting.submissions.pop_front()
        {
            bytes += submission.bytes();
            group.push(submission);
        }
        waiting.bytes -= bytes;
        self.left.notify_all();
        Some(group)
    }
}

/// Starts the committer and the applier.
pub(super) fn start(shared: &Arc<Shared>) -> Result<Vec<JoinHandle<()>>> {
    let (sender, receiver) = sync_channel(GROUPS_WAITING);
    let failed = |e| LiveError::disk("start a thread for", Path::new("events"))(e);
    let thread = |name: &str| std::thread::Builder::new().name(name.into());
    let of = shared.clone();
    let committer = thread("kith-commit").spawn(move || Committer::new(of, sender).run()).map_err(failed)?;
    let of = shared.clone();
    let applier = thread("kith-fold").spawn(move || apply::run(&of, receiver)).map_err(failed)?;
    Ok(vec![committer, applier])
}

/// A group in the log.
pub(super) struct Group {
    /// The position of the first entry.
    pub first: Position,
    /// The entries.
    pub entries: Vec<Entry>,
}

struct Committer {
    shared: Arc<Shared>,
    groups: SyncSender<Group>,
    /// Keys that are in the log but perhaps not in the store yet, in order of position.
    recent: VecDeque<(Position, Vec<u8>)>,
    known: FxHashSet<Vec<u8>>,
    /// Makes message ids unique.
    made: u64,
    salt: u64,
}

/// A submission's events, sorted into kinds.
struct Sorted {
    reply: Reply,
    counted: Counted,
}

impl Committer {
    fn new(shared: Arc<Shared>, groups: SyncSender<Group>) -> Committer {
        let salt = shared.seams.random.next_u64();
        Committer { shared, groups, recent: VecDeque::new(), known: FxHashSet::default(), made: 0, salt }
    }

    fn run(mut self) {
        while let Some(group) = self.shared.queue.next() {
            self.commit(group);
        }
    }

    fn commit(&mut self, group: Vec<Submission>) {
        self.forget();
        let (mut entries, mut keys, mut sorted) = (Vec::new(), Vec::new(), Vec::new());
        let mut twice: BTreeMap<SourceName, u64> = BTreeMap::new();
        for Submission { events, reply } in group {
            let before = (entries.len(), keys.len());
            match self.sort(events, &mut entries, &mut keys) {
                Ok((counted, again)) => {
                    again.into_iter().for_each(|(source, count)| *twice.entry(source).or_default() += count);
                    sorted.push(Sorted { reply, counted });
                }
                Err(e) => {
                    // The store can not be asked, so nothing can be known to be new.
                    entries.truncate(before.0);
                    keys.drain(before.1..).for_each(|(_, key)| _ = self.known.remove(&key));
                    reply(Err(e));
                }
            }
        }
        entries.extend(
            twice.into_iter().map(|(source, count)| Entry::Duplicates(DuplicatesEntry { source, count })),
        );
        let first = Position(self.shared.log.position().0 + 1);
        match self.shared.log.append(&entries) {
            Ok(position) => {
                self.recent.extend(keys.into_iter().map(|(at, key)| (Position(first.0 + at as u64), key)));
                if !entries.is_empty() {
                    // The applier ends only after this thread.
                    let _ = self.groups.send(Group { first, entries });
                }
                for Sorted { reply, counted } in sorted {
                    reply(Ok(Receipt { position, counted }));
                }
            }
            Err(e) => {
                keys.into_iter().for_each(|(_, key)| _ = self.known.remove(&key));
                let (path, reason) = (Path::new("events").to_path_buf(), e.to_string());
                for Sorted { reply, .. } in sorted {
                    reply(Err(LiveError::Closed { path: path.clone(), reason: reason.clone() }));
                }
            }
        }
    }

    /// Sorts one submission's events into entries; `keys` gets the place and key of each one that is new.
    fn sort(
        &mut self,
        events: Vec<Incoming>,
        entries: &mut Vec<Entry>,
        keys: &mut Vec<(usize, Vec<u8>)>,
    ) -> Result<(Counted, BTreeMap<SourceName, u64>)> {
        let mut counted = Counted::default();
        let mut twice: BTreeMap<SourceName, u64> = BTreeMap::new();
        for incoming in events {
            counted.received += 1;
            match incoming {
                Incoming::Refused(refused) => {
                    counted.refused += 1;
                    entries.push(Entry::RefusedEvent(refused));
                }
                Incoming::Event(mut event) => {
                    if event.message_id.is_empty() {
                        self.made += 1;
                        event.message_id = format!("kith-{:016x}-{}", self.salt, self.made);
                    }
                    let key = keys::seen(&event.source, &event.message_id);
                    if self.known.contains(&key) || self.seen(&key, event.received_at_ms)? {
                        counted.duplicate += 1;
                        *twice.entry(event.source).or_default() += 1;
                        continue;
                    }
                    counted.accepted += 1;
                    self.known.insert(key.clone());
                    keys.push((entries.len(), key));
                    entries.push(Entry::Event(event));
                }
            }
        }
        Ok((counted, twice))
    }

    /// True if the store has seen a message id, within the window.
    fn seen(&self, key: &[u8], received_at_ms: i64) -> Result<bool> {
        let at = self.shared.kv.get(Space::Seen, key)?.and_then(|bytes| number_at(&bytes, 0));
        Ok(at.is_some_and(|at| received_at_ms.saturating_sub(at as i64) <= self.shared.settings.window_ms))
    }

    /// Drops the keys that the store has.
    fn forget(&mut self) {
        let stored = self.shared.fold().stored;
        while self.recent.front().is_some_and(|(position, _)| *position <= stored) {
            if let Some((_, key)) = self.recent.pop_front() {
                self.known.remove(&key);
            }
        }
    }
}
