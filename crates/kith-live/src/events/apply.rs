//! The applier: from the log into carriers.
//!
//! 1. Each event is folded into its carrier, which is read from the store at its first use and kept in memory.
//! 2. Now and then everything that has changed goes into the store in one batch with the position: it need not be on the
//!    disk at once, since the log is. After a crash the log is folded again from that position on.
//! 3. A carrier whose record has changed is marked, until somebody says that it was resolved ([`Events::changed`]).

use super::commit::Group;
use super::{Events, Moment, Settings, Shared, keys};
use crate::error::{LiveError, Result};
use crate::store::keys::{number, number_at, pair};
use crate::store::kv::{Changes, KeyValue, Space};
use kith_core::entry::Entry;
use kith_core::event::carrier::{self, Carrier};
use kith_core::event::facts::Facts;
use kith_core::event::fold::{Claim, State, claims};
use kith_core::event::measure::Definition;
use kith_core::event::{Counted, Event};
use kith_core::id::{Position, SourceName};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

/// A carrier of a source.
pub type Named = (SourceName, Carrier);

/// The record that stands for a carrier in resolution; `None` = it stands for nothing yet.
pub type Row = Option<serde_json::Map<String, serde_json::Value>>;

/// An event touches its own carrier, a visitor, and the two that an alias may mean.
const CARRIERS_PER_EVENT: u64 = 4;
/// Events that are folded before readers get a turn: about a millisecond.
const TURN: usize = 128;
/// How long the store may lag behind the fold.
const FLUSH_EVERY: Duration = Duration::from_secs(2);
/// Changes beyond which the store is written at once.
const FLUSH_BYTES: usize = 32 << 20;
/// Old message ids that are looked at with each flush.
const SWEEP: usize = 2_000;

/// The carriers as they are now, ahead of the store.
pub(super) struct Fold {
    log_id: u64,
    carriers_max: usize,
    definitions: Vec<Definition>,
    /// Up to where events are in the carriers.
    pub(super) position: Position,
    /// Up to where they are in the store.
    pub(super) stored: Position,
    carriers: FxHashMap<Vec<u8>, Kept>,
    /// Carriers that the store does not have as they are now.
    dirty: Vec<Vec<u8>>,
    /// What else the store does not have yet.
    fresh: Unstored,
    /// What is being written into the store.
    storing: Unstored,
    /// Marks of changed carriers, set and taken away.
    marks: FxHashMap<Vec<u8>, bool>,
    pub(super) counts: BTreeMap<SourceName, Counted>,
    /// By source and code.
    pub(super) refused: BTreeMap<(SourceName, String), u64>,
    /// Carriers whose record is to be resolved anew.
    changed: FxHashSet<Vec<u8>>,
    /// Where the sweep of old message ids stands.
    sweep: Vec<u8>,
}

/// What the store does not have yet.
#[derive(Default)]
struct Unstored {
    /// Message ids with the time of receipt.
    seen: Vec<(Vec<u8>, i64)>,
    /// Moments by the number of the carrier.
    moments: FxHashMap<u64, Vec<Moment>>,
    /// Positions of refused events.
    refused: Vec<Position>,
    /// How much that is.
    bytes: usize,
}

struct Kept {
    /// Its number: the position of the first event that touched it, with a place among those of that event.
    no: u64,
    state: State,
    dirty: bool,
    /// Used since the last time that room was made.
    used: bool,
}

impl Fold {
    /// As the store has it.
    pub(super) fn load(kv: &dyn KeyValue, log_id: u64, settings: &Settings) -> Result<Fold> {
        let (_, position) = keys::stored(kv)?;
        let mut counts = BTreeMap::new();
        for item in crate::store::kv::prefix(kv, Space::EventMeta, keys::all_counts()) {
            let (key, value) = item?;
            let counted =
                serde_json::from_slice(&value).map_err(|e| crate::store::internal(e.to_string()))?;
            keys::counted_source(&key).map(|source| counts.insert(source, counted));
        }
        let mut refused = BTreeMap::new();
        for item in crate::store::kv::prefix(kv, Space::EventMeta, keys::all_refused()) {
            let (key, value) = item?;
            keys::refused_cause(&key).map(|cause| refused.insert(cause, number_at(&value, 0).unwrap_or(0)));
        }
        let mut changed = FxHashSet::default();
        for item in kv.range(Space::Changed, &[], None) {
            changed.insert(item?.0);
        }
        Ok(Fold {
            log_id,
            carriers_max: settings.carriers_max,
            definitions: settings.definitions.clone(),
            position,
            stored: position,
            carriers: FxHashMap::default(),
            dirty: Vec::new(),
            fresh: Unstored::default(),
            storing: Unstored::default(),
            marks: FxHashMap::default(),
            counts,
            refused,
            changed,
            sweep: Vec::new(),
        })
    }

    fn apply(&mut self, kv: &dyn KeyValue, position: Position, entry: &Entry) -> Result<()> {
        match entry {
            Entry::Event(event) => self.event(kv, position, event)?,
            Entry::RefusedEvent(refused) => {
                let counted = self.counts.entry(refused.source.clone()).or_default();
                counted.add(Counted { received: 1, refused: 1, ..Counted::default() });
                *self.refused.entry((refused.source.clone(), refused.code.clone())).or_default() += 1;
                self.fresh.refused.push(position);
            }
            Entry::Duplicates(again) => {
                let counted = self.counts.entry(again.source.clone()).or_default();
                counted.add(Counted { received: again.count, duplicate: again.count, ..Counted::default() });
            }
            _ => {}
        }
        self.position = position;
        Ok(())
    }

    fn event(&mut self, kv: &dyn KeyValue, position: Position, event: &Event) -> Result<()> {
        let counted = self.counts.entry(event.source.clone()).or_default();
        counted.add(Counted { received: 1, accepted: 1, ..Counted::default() });
        let seen = keys::seen(&event.source, &event.message_id);
        self.fresh.bytes += seen.len() + 100;
        self.fresh.seen.push((seen, event.received_at_ms));
        let facts = Facts::of(&event.body);
        if let Some(carrier) = carrier::of(event) {
            let key = keys::carrier(&event.source, &carrier);
            let definitions = std::mem::take(&mut self.definitions);
            let kept = self.carrier(kv, &key, position.0 * CARRIERS_PER_EVENT)?;
            let no = kept.no;
            let first_change = !std::mem::replace(&mut kept.dirty, true);
            let news = kept.state.apply(event, &facts, &definitions);
            self.definitions = definitions;
            if first_change {
                self.dirty.push(key.clone());
            }
            self.fresh.moments.entry(no).or_default().push(Moment { at_ms: event.timestamp_ms, position });
            if news {
                self.mark(key);
            }
        }
        for ((carrier, user), at) in claims(event, &facts).into_iter().zip(1..CARRIERS_PER_EVENT) {
            let key = keys::carrier(&event.source, &carrier);
            let kept = self.carrier(kv, &key, position.0 * CARRIERS_PER_EVENT + at)?;
            let claim = kept.state.claim(&user, event.timestamp_ms);
            if claim != Claim::Known && !std::mem::replace(&mut kept.dirty, true) {
                self.dirty.push(key.clone());
            }
            if claim == Claim::OtherOwner {
                self.mark(key);
            }
        }
        Ok(())
    }

    fn mark(&mut self, key: Vec<u8>) {
        if self.changed.insert(key.clone()) {
            self.marks.insert(key, true);
        }
    }

    /// A carrier, to be changed; `new` is its number if it has none yet.
    fn carrier(&mut self, kv: &dyn KeyValue, key: &[u8], new: u64) -> Result<&mut Kept> {
        if !self.carriers.contains_key(key) {
            let (no, state) = match kv.get(Space::Carrier, key)? {
                Some(bytes) => keys::decode(&bytes)?,
                None => (new, State::default()),
            };
            self.carriers.insert(key.to_vec(), Kept { no, state, dirty: false, used: false });
        }
        let kept =
            self.carriers.get_mut(key).ok_or_else(|| crate::store::internal("a carrier is gone".into()))?;
        kept.used = true;
        Ok(kept)
    }

    /// A carrier as it is now.
    pub(super) fn read(&self, kv: &dyn KeyValue, key: &[u8]) -> Result<Option<(u64, State)>> {
        match self.carriers.get(key) {
            Some(kept) => Ok(Some((kept.no, kept.state.clone()))),
            None => kv.get(Space::Carrier, key)?.map(|bytes| keys::decode(&bytes)).transpose(),
        }
    }

    /// Moments of a carrier that the store does not have yet.
    pub(super) fn unstored(&self, no: u64) -> impl Iterator<Item = &Moment> {
        [&self.storing, &self.fresh].into_iter().filter_map(move |part| part.moments.get(&no)).flatten()
    }

    /// Refused events that the store does not have yet.
    pub(super) fn unstored_refusals(&self) -> impl Iterator<Item = Position> {
        [&self.storing, &self.fresh].into_iter().flat_map(|part| part.refused.iter().copied())
    }

    /// Everything that has changed but the carriers, for the store; readers find it here until [`Fold::stored`].
    fn changes(&mut self, kv: &dyn KeyValue, now_ms: i64, window_ms: i64) -> Result<Changes> {
        let mut changes = Changes::default();
        self.storing = std::mem::take(&mut self.fresh);
        for (key, at) in &self.storing.seen {
            changes.put(Space::Seen, key.clone(), number(*at as u64));
        }
        for (no, moments) in &self.storing.moments {
            for Moment { at_ms, position } in moments {
                changes.put(Space::Timeline, keys::moment(*no, *at_ms, *position), Vec::new());
            }
        }
        for position in &self.storing.refused {
            changes.put(Space::RefusedEvent, number(position.0), Vec::new());
        }
        for (key, changed) in self.marks.drain() {
            match changed {
                true => changes.put(Space::Changed, key, Vec::new()),
                false => changes.remove(Space::Changed, key),
            }
        }
        for (source, counted) in &self.counts {
            let bytes = serde_json::to_vec(counted).map_err(|e| crate::store::internal(e.to_string()))?;
            changes.put(Space::EventMeta, keys::counts(source), bytes);
        }
        for ((source, code), count) in &self.refused {
            changes.put(Space::EventMeta, keys::refused(source, code), number(*count));
        }
        self.sweep(kv, &mut changes, now_ms, window_ms)?;
        changes.put(Space::EventMeta, keys::POSITION.to_vec(), pair(self.log_id, self.position.0));
        changes.put(Space::EventMeta, keys::DEFINITIONS.to_vec(), keys::fingerprint(&self.definitions));
        Ok(changes)
    }

    /// The store has everything up to here.
    fn stored(&mut self, position: Position) {
        self.stored = position;
        self.storing = Unstored::default();
        self.make_room();
    }

    /// Forgets carriers that were not used since the last time, when there are too many; if that is not enough, some others.
    fn make_room(&mut self) {
        if self.carriers.len() > self.carriers_max {
            self.carriers.retain(|_, kept| std::mem::take(&mut kept.used) || kept.dirty);
        }
        let mut too_many = self.carriers.len().saturating_sub(self.carriers_max / 2);
        if self.carriers.len() > self.carriers_max {
            self.carriers.retain(|_, kept| {
                let goes = too_many > 0 && !kept.dirty;
                too_many -= usize::from(goes);
                !goes
            });
        }
    }

    /// Looks at some message ids and takes out those that are older than the window.
    fn sweep(&mut self, kv: &dyn KeyValue, changes: &mut Changes, now_ms: i64, window_ms: i64) -> Result<()> {
        let mut last = None;
        for item in kv.range(Space::Seen, &self.sweep, None).take(SWEEP) {
            let (key, value) = item?;
            let at = number_at(&value, 0).unwrap_or(0) as i64;
            if now_ms.saturating_sub(at) > window_ms {
                changes.remove(Space::Seen, key.clone());
            }
            last = Some(key);
        }
        // Behind the last one; at the end, from the beginning again.
        self.sweep = last.map(|key| [key, vec![0]].concat()).unwrap_or_default();
        Ok(())
    }
}

/// What is to be written, and the position that the store has then.
type Step = (Changes, Position);

/// Folds groups as they come, and stores now and then; ends when the committer has ended. Another thread writes, so that
/// events do not wait for it.
pub(super) fn run(shared: &Arc<Shared>, groups: Receiver<Group>) {
    let (steps, waiting) = sync_channel::<Step>(0);
    let (storer, done) = (shared.clone(), Arc::new(AtomicBool::new(true)));
    let free = done.clone();
    let spawned = std::thread::Builder::new().name("kith-store".into()).spawn(move || {
        for (changes, position) in waiting {
            if let Err(error) = storer.kv.commit_soon(changes) {
                storer.give_up(&error);
                break;
            }
            storer.fold().stored(position);
            free.store(true, Ordering::Release);
        }
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
        let ended = match groups.recv_timeout(FLUSH_EVERY / 4) {
            Ok(group) => {
                shared.fold_group(&group)?;
                false
            }
            Err(RecvTimeoutError::Timeout) => false,
            Err(RecvTimeoutError::Disconnected) => true,
        };
        let due = ended || flushed.elapsed() >= FLUSH_EVERY || shared.fold().fresh.bytes > FLUSH_BYTES;
        let too_much = ended || shared.fold().fresh.bytes > 2 * FLUSH_BYTES;
        if due && (free.load(Ordering::Acquire) || too_much) {
            while !free.load(Ordering::Acquire) {
                if shared.queue.is_closed() && !ended {
                    return Ok(());
                }
                std::thread::sleep(Duration::from_millis(1));
            }
            if let Some(step) = shared.step()? {
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
            drop(fold);
            self.gone_on.notify_all();
        }
        Ok(())
    }

    fn give_up(&self, error: &dyn std::fmt::Display) {
        eprintln!("kith: events can not be stored any more: {error}");
        self.queue.close();
    }

    /// Everything that has changed, for the store. Only the thread that folds calls it, so the carriers stand still
    /// meanwhile; readers get their turns between the pieces.
    fn step(&self) -> Result<Option<Step>> {
        let (now_ms, window_ms) = (self.seams.clock.now_ms(), self.settings.window_ms);
        let (mut changes, dirty, position) = {
            let mut fold = self.fold();
            if fold.position == fold.stored && fold.marks.is_empty() {
                return Ok(None);
            }
            let changes = fold.changes(self.kv.as_ref(), now_ms, window_ms)?;
            (changes, std::mem::take(&mut fold.dirty), fold.position)
        };
        for turn in dirty.chunks(TURN) {
            let mut fold = self.fold();
            for key in turn {
                let Some(kept) = fold.carriers.get_mut(key) else { continue };
                changes.put(Space::Carrier, key.clone(), keys::encode(kept.no, &kept.state)?);
                kept.dirty = false;
            }
        }
        Ok(Some((changes, position)))
    }

    fn flush(&self) -> Result<()> {
        if let Some((changes, position)) = self.step()? {
            self.kv.commit_soon(changes)?;
            self.fold().stored(position);
        }
        Ok(())
    }

    /// Folds what the store lacks.
    pub(super) fn catch_up(&self) -> Result<()> {
        let from = Position(self.fold().position.0 + 1);
        if from > self.log.position() {
            return Ok(());
        }
        for item in self.log.read(from) {
            match item {
                Ok((position, entry)) => self.fold().apply(self.kv.as_ref(), position, &entry)?,
                // Found since opening: verification names it, and the rest is served.
                Err(LiveError::Corrupt { .. }) => {}
                Err(e) => return Err(e),
            }
            if self.fold().fresh.bytes > FLUSH_BYTES {
                self.flush()?;
            }
        }
        self.fold().position = self.log.position();
        self.flush()
    }
}

impl Events {
    /// Some carriers whose record has changed since it was last resolved, with the record as it is now. They come again until [`Events::resolved`] is told of them.
    pub fn changed(&self, at_most: usize) -> Result<Vec<(Named, Row)>> {
        let shared = &self.0.shared;
        let fold = shared.fold();
        let mut found = Vec::new();
        for key in fold.changed.iter().take(at_most) {
            let Some((source, carrier)) = keys::named(key) else { continue };
            let state = fold.read(shared.kv.as_ref(), key)?;
            let row = state.and_then(|(_, state)| state.row(&carrier));
            found.push(((source, carrier), row));
        }
        Ok(found)
    }

    /// Their records, as [`Events::changed`] gave them, were resolved. One that has changed again meanwhile comes again.
    pub fn resolved(&self, done: &[(Named, Row)]) -> Result<()> {
        let shared = &self.0.shared;
        let mut fold = shared.fold();
        for ((source, carrier), row) in done {
            let key = keys::carrier(source, carrier);
            let now = fold.read(shared.kv.as_ref(), &key)?.and_then(|(_, state)| state.row(carrier));
            if now == *row && fold.changed.remove(&key) {
                fold.marks.insert(key, false);
            }
        }
        Ok(())
    }

    /// Waits until some carrier's record has changed; false if none does.
    pub fn wait_changed(&self, at_most: Duration) -> bool {
        let fold = self.0.shared.fold();
        if !fold.changed.is_empty() {
            return true;
        }
        let waited = self.0.shared.gone_on.wait_timeout(fold, at_most);
        !waited.unwrap_or_else(std::sync::PoisonError::into_inner).0.changed.is_empty()
    }
}
