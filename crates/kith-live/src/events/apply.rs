//! The applier: from the log into carriers, and from there into the store.
//!
//! 1. Each event is folded into its carrier ([`super::fold`]), which is read from the store at its first use and kept in memory.
//! 2. Now and then everything that has changed goes into the store in one batch with the position: it need not be on the
//!    disk at once, since the log is. After a crash the log is folded again from that position on.
//! 3. Another thread makes and writes that batch ([`super::carriers`]), so that neither events nor answers wait for it.

use super::Shared;
use super::commit::Group;
use super::fold::FLUSH_BYTES;
use super::fold::Unstored;
use super::fold::store::sweep;
use crate::error::{LiveError, Result};
use crate::store::kv::{Changes, Space};
use kith_core::id::Position;
use parking_lot::MutexGuard;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

/// Events that are folded before readers get a turn: about a millisecond.
const TURN: usize = 128;
/// How long the store may lag behind the fold.
const FLUSH_EVERY: Duration = Duration::from_secs(2);

/// Everything that has changed up to a position.
struct Step {
    position: Position,
    /// What is for the store as it is.
    changes: Changes,
    unstored: Arc<Unstored>,
    /// The carriers.
    changed: Vec<Vec<u8>>,
}

/// Folds groups as they come, and stores now and then; ends when the committer has ended. Another thread writes, so that
/// events do not wait for it.
pub(super) fn run(shared: &Arc<Shared>, groups: Receiver<Group>) {
    let (steps, waiting) = sync_channel::<Step>(0);
    let (storer, done) = (shared.clone(), Arc::new(AtomicBool::new(true)));
    let free = done.clone();
    let spawned = std::thread::Builder::new().name("kith-store".into()).spawn(move || {
        for step in waiting {
            match storer.store(step) {
                Ok(true) => free.store(true, Ordering::Release),
                Ok(false) => break,
                Err(error) => {
                    storer.give_up(&error);
                    break;
                }
            }
        }
        // Who waits for it sees that it is gone.
        free.store(true, Ordering::Release);
    });
    let storer = match spawned {
        Ok(storer) => storer,
        Err(error) => return shared.give_up(&error),
    };
    if let Err(error) = fold_all(shared, &groups, &steps, &done) {
        // What was acknowledged is in the log; nothing more is taken that could not be shown.
        shared.give_up(&error);
    }
    drop(steps);
    let _ = storer.join();
}

fn fold_all(
    shared: &Shared,
    groups: &Receiver<Group>,
    steps: &SyncSender<Step>,
    free: &AtomicBool,
) -> Result<()> {
    let mut flushed = Instant::now();
    loop {
        shared.room.look();
        let ended = match groups.recv_timeout(FLUSH_EVERY / 4) {
            Ok(group) => {
                tracing::info_span!(target: "otel", "fold", entries = group.entries.len())
                    .in_scope(|| shared.fold_group(&group))?;
                false
            }
            Err(RecvTimeoutError::Timeout) => false,
            Err(RecvTimeoutError::Disconnected) => true,
        };
        let changed = shared.fold().changed_bytes();
        let due = ended || flushed.elapsed() >= FLUSH_EVERY || changed > FLUSH_BYTES;
        let too_much = ended || changed > 2 * FLUSH_BYTES;
        if due && (free.load(Ordering::Acquire) || too_much) {
            while !free.load(Ordering::Acquire) {
                if shared.queue.is_closed() && !ended {
                    return Ok(());
                }
                std::thread::sleep(Duration::from_millis(1));
            }
            if let Some(step) = shared.begin_step()? {
                free.store(false, Ordering::Release);
                if steps.send(step).is_err() {
                    return Ok(());
                }
            }
            flushed = Instant::now();
        }
        if ended {
            return Ok(());
        }
    }
}

impl Shared {
    fn fold_group(&self, group: &Group) -> Result<()> {
        let mut at = group.first.0;
        for turn in group.entries.chunks(TURN) {
            let mut fold = self.fold();
            for entry in turn {
                fold.apply(self.kv.as_ref(), Position(at), entry)?;
                at += 1;
            }
            // Whoever waits comes next, not this thread again.
            MutexGuard::unlock_fair(fold);
            self.folded.store(at - 1, Ordering::Release);
            self.gone_on.notify_all();
        }
        self.unfolded.fetch_sub(group.bytes, Ordering::AcqRel);
        Ok(())
    }

    /// Waits until a step can be written without filling the disk; false if that is closed before. The log has all of it.
    fn wait_for_disk(&self, changes: &Changes) -> bool {
        while !self.room.takes(changes.bytes) {
            self.room.look();
            if self.queue.is_closed() {
                return false;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        true
    }

    fn give_up(&self, error: &dyn std::fmt::Display) {
        // Where even this can not be written there is nobody to tell.
        let _ = writeln!(std::io::stderr(), "kith: events can not be stored any more: {error}");
        self.queue.close();
    }

    /// Everything that has changed, for the store; `None` = nothing has.
    fn begin_step(&self) -> Result<Option<Step>> {
        let mut fold = self.fold();
        if fold.position == fold.stored && fold.marks.is_empty() {
            return Ok(None);
        }
        let (changes, unstored) = fold.begin()?;
        Ok(Some(Step { position: fold.position, changes, unstored, changed: fold.carriers.begin() }))
    }

    /// Writes a step into the store, while events are folded and readers look; false if there is no room and the store is
    /// closed before there is.
    fn store(&self, step: Step) -> Result<bool> {
        let Step { position, mut changes, unstored, changed } = step;
        let from = std::mem::take(&mut self.fold().sweep);
        let (now_ms, window_ms) = (self.seams.clock.now_ms(), self.settings.window_ms);
        let swept = sweep(self.kv.as_ref(), &from, &mut changes, now_ms, window_ms)?;
        self.fold().sweep = swept;
        // Behind the sweep: what came again since the window was over has the same key.
        unstored.put(&mut changes);
        // Once more at the end: what was encoded early since the last turn.
        for turn in changed.chunks(TURN).chain([[].as_slice()]) {
            let mut fold = self.fold();
            let encoded = fold.carriers.encode(turn)?;
            MutexGuard::unlock_fair(fold);
            encoded.into_iter().for_each(|(key, bytes)| changes.put(Space::Carrier, key, bytes));
        }
        if !self.wait_for_disk(&changes) {
            return Ok(false);
        }
        self.kv.commit_soon(changes)?;
        let given_up = self.fold().stored(position);
        drop(given_up);
        self.stored.store(position.0, Ordering::Release);
        Ok(true)
    }

    /// Folds what the store lacks.
    pub(super) fn catch_up(&self) -> Result<()> {
        let from = Position(self.fold().position.0 + 1);
        if from > self.log.position() {
            return Ok(());
        }
        let (now_ms, window_ms) = (self.seams.clock.now_ms(), self.settings.window_ms);
        let mut fold = self.fold();
        for item in self.history(from) {
            match item {
                Ok((position, entry)) => fold.apply(self.kv.as_ref(), position, &entry)?,
                // Found since opening: verification names it, and the rest is served.
                Err(LiveError::Corrupt { .. }) => {}
                Err(e) => return Err(e),
            }
            if fold.full() {
                fold.flush(self.kv.as_ref(), now_ms, window_ms)?;
            }
        }
        fold.position = self.log.position();
        fold.flush(self.kv.as_ref(), now_ms, window_ms)
    }
}
