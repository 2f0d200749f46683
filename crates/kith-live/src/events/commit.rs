//! The committer: from the queue to the disk. True when an answer is given: the events are in the log, fsynced.
//!
//! 1. Everything that waits is taken together: one write and one fsync for all of it. While the disk works, the next group
//!    gathers, so there is no window to tune.
//! 2. An event whose source and message id were seen before, in the store, behind it or in the same group, is counted and
//!    left out. One without a message id gets one. So is a refused event of a stream, by its place there.
//! 3. The group goes to the applier before the answers go out, so that a question that follows an answer waits for the
//!    fold and never misses it.

use super::queue::Submission;
use super::settle::Settled;
use super::{Counted, LiveError, Receipt, Reply, Shared, apply, keys};
use crate::error::Result;
use crate::store::keys::number_at;
use crate::store::kv::Space;
use kith_core::entry::{DuplicatesEntry, Entry};
use kith_core::event::wire::Incoming;
use kith_core::id::{Position, SourceName};
use rustc_hash::FxHashSet;
use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// What may wait for the fold, bytes; beyond it the disk waits too, and then the doors. Answers do not wait while the fold is
/// behind by less.
const UNFOLDED_BYTES_MAX: usize = 16 << 20;

/// Starts the committer and the applier.
pub(super) fn start(shared: &Arc<Shared>) -> Result<Vec<JoinHandle<()>>> {
    let (sender, receiver) = channel();
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
    /// What they take.
    pub bytes: usize,
}

pub(super) struct Committer {
    pub(super) shared: Arc<Shared>,
    groups: Sender<Group>,
    /// Keys that are in the log but perhaps not in the store yet, in order of position.
    recent: VecDeque<(Position, Vec<u8>)>,
    pub(super) known: FxHashSet<Vec<u8>>,
    /// Refused events that are settled in the log but perhaps not in the fold yet, and where in the log that stands.
    settled: VecDeque<(Position, Position)>,
    pub(super) settling: FxHashSet<Position>,
    /// Makes message ids unique.
    made: u64,
    salt: u64,
}

/// A submission's events, sorted into kinds.
struct Sorted {
    reply: Reply,
    counted: Counted,
    settled: Settled,
}

/// What goes to the log in one write.
#[derive(Default)]
pub(super) struct Batch {
    pub entries: Vec<Entry>,
    /// Place and key of each event that is new.
    pub keys: Vec<(usize, Vec<u8>)>,
    /// Refused events that it settles.
    pub settling: Vec<Position>,
}

impl Committer {
    fn new(shared: Arc<Shared>, groups: Sender<Group>) -> Committer {
        let salt = shared.seams.random.next_u64();
        Committer {
            shared,
            groups,
            recent: VecDeque::new(),
            known: FxHashSet::default(),
            settled: VecDeque::new(),
            settling: FxHashSet::default(),
            made: 0,
            salt,
        }
    }

    fn run(mut self) {
        while let Some((group, bytes)) = self.shared.queue.next() {
            self.commit(group, bytes);
            self.wait_for_fold();
        }
    }

    fn commit(&mut self, group: Vec<Submission>, bytes: usize) {
        let span = tracing::info_span!(target: "otel", "commit", requests = group.len(), entries = tracing::field::Empty);
        group.iter().for_each(|submission| _ = span.follows_from(&submission.span));
        let _within = span.enter();
        self.forget();
        let (mut batch, mut sorted) = (Batch::default(), Vec::new());
        let mut twice: BTreeMap<SourceName, u64> = BTreeMap::new();
        for Submission { events, settle, reply, .. } in group {
            let before = (batch.entries.len(), batch.keys.len(), batch.settling.len());
            let both = self
                .sort(events, &mut batch)
                .and_then(|found| self.settle(settle, &mut batch).map(|settled| (found, settled)));
            match both {
                Ok(((counted, again), settled)) => {
                    again.into_iter().for_each(|(source, count)| *twice.entry(source).or_default() += count);
                    sorted.push(Sorted { reply, counted, settled });
                }
                Err(e) => {
                    // The store can not be asked, so nothing can be known to be new.
                    batch.entries.truncate(before.0);
                    batch.keys.drain(before.1..).for_each(|(_, key)| _ = self.known.remove(&key));
                    batch.settling.drain(before.2..).for_each(|at| _ = self.settling.remove(&at));
                    reply(Err(e));
                }
            }
        }
        let Batch { mut entries, keys, settling } = batch;
        entries.extend(
            twice.into_iter().map(|(source, count)| Entry::Duplicates(DuplicatesEntry { source, count })),
        );
        span.record("entries", entries.len());
        let first = Position(self.shared.log.position().0 + 1);
        match self.shared.log.append(&entries) {
            Ok(position) => {
                self.recent.extend(keys.into_iter().map(|(at, key)| (Position(first.0 + at as u64), key)));
                self.settled.extend(settling.into_iter().map(|at| (position, at)));
                if !entries.is_empty() {
                    self.shared.unfolded.fetch_add(bytes, Ordering::AcqRel);
                    // The applier ends only after this thread.
                    let _ = self.groups.send(Group { first, entries, bytes });
                }
                for Sorted { reply, counted, settled } in sorted {
                    reply(Ok(Receipt { position, counted, settled }));
                }
            }
            Err(e) => {
                keys.into_iter().for_each(|(_, key)| _ = self.known.remove(&key));
                settling.into_iter().for_each(|at| _ = self.settling.remove(&at));
                let (path, reason) = (Path::new("events").to_path_buf(), e.to_string());
                let full = matches!(e, LiveError::NoRoom { .. });
                if full {
                    self.shared.room.give_up_reserve();
                }
                for Sorted { reply, .. } in sorted {
                    let (path, reason) = (path.clone(), reason.clone());
                    reply(Err(match full {
                        true => LiveError::NoRoom { path },
                        false => LiveError::Closed { path, reason },
                    }));
                }
            }
        }
    }

    /// Waits while the fold is far behind.
    fn wait_for_fold(&self) {
        while self.shared.unfolded.load(Ordering::Acquire) > UNFOLDED_BYTES_MAX
            && !self.shared.queue.is_closed()
        {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Sorts one submission's events into entries.
    fn sort(
        &mut self,
        events: Vec<Incoming>,
        batch: &mut Batch,
    ) -> Result<(Counted, BTreeMap<SourceName, u64>)> {
        let mut counted = Counted::default();
        let mut twice: BTreeMap<SourceName, u64> = BTreeMap::new();
        for incoming in events {
            counted.received += 1;
            match incoming {
                Incoming::Refused(refused) => {
                    let key =
                        (!refused.place.is_empty()).then(|| keys::refused(&refused.source, &refused.place));
                    if !self.is_new(key.as_ref(), refused.received_at_ms)? {
                        counted.duplicate += 1;
                        *twice.entry(refused.source).or_default() += 1;
                        continue;
                    }
                    counted.refused += 1;
                    self.remember(key, batch);
                    batch.entries.push(Entry::RefusedEvent(refused));
                }
                Incoming::Event(mut event) => {
                    if event.message_id.is_empty() {
                        self.made += 1;
                        event.message_id = format!("kith-{:016x}-{}", self.salt, self.made);
                    }
                    let key = Some(keys::seen(&event.source, &event.message_id));
                    if self.is_new(key.as_ref(), event.received_at_ms)? {
                        counted.accepted += 1;
                        self.remember(key, batch);
                        batch.entries.push(Entry::Event(event));
                    } else {
                        counted.duplicate += 1;
                        *twice.entry(event.source).or_default() += 1;
                    }
                }
            }
        }
        Ok((counted, twice))
    }

    fn is_new(&self, key: Option<&Vec<u8>>, received_at_ms: i64) -> Result<bool> {
        let Some(key) = key else { return Ok(true) };
        Ok(!self.known.contains(key) && !self.seen(key, received_at_ms)?)
    }

    /// Knows the key of the entry that comes next.
    fn remember(&mut self, key: Option<Vec<u8>>, batch: &mut Batch) {
        let Some(key) = key else { return };
        self.known.insert(key.clone());
        batch.keys.push((batch.entries.len(), key));
    }

    /// True if the store has seen a message id, within the window.
    pub(super) fn seen(&self, key: &[u8], received_at_ms: i64) -> Result<bool> {
        let at = self.shared.kv.get(Space::Seen, key)?.and_then(|bytes| number_at(&bytes, 0));
        Ok(at.is_some_and(|at| received_at_ms.saturating_sub(at as i64) <= self.shared.settings.window_ms))
    }

    /// Drops the keys that the store has, and what the fold knows to be settled.
    fn forget(&mut self) {
        // Not from the fold: an answer does not wait for whoever works with it.
        let (stored, folded) = (&self.shared.stored, &self.shared.folded);
        let (stored, folded) = (stored.load(Ordering::Acquire), folded.load(Ordering::Acquire));
        let (stored, folded) = (Position(stored), Position(folded));
        while self.recent.front().is_some_and(|(position, _)| *position <= stored) {
            if let Some((_, key)) = self.recent.pop_front() {
                self.known.remove(&key);
            }
        }
        while self.settled.front().is_some_and(|(position, _)| *position <= folded) {
            if let Some((_, refused)) = self.settled.pop_front() {
                self.settling.remove(&refused);
            }
        }
    }
}
