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
use std::sync::mpsc::{Receiver, RecvTimeoutError};
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
    /// What the store does not have yet, beside the carriers: message ids with the time of receipt,
    seen: Vec<(Vec<u8>, i64)>,
    /// moments by the number of the carrier,
    moments: FxHashMap<u64, Vec<Moment>>,
    /// positions of refused events,
    refused_at: Vec<Position>,
    /// marks of changed carriers,
    marks: FxHashMap<Vec<u8>, bool>,
    /// and how much that is, bytes.
    bytes: usize,
    pub(super) counts: BTreeMap<SourceName, Counted>,
    /// By source and code.
    pub(super) refused: BTreeMap<(SourceName, String), u64>,
    /// Carriers whose record is to be resolved anew.
    changed: FxHashSet<Vec<u8>>,
    /// Where the sweep of old message ids stands.
    sweep: Vec<u8>,
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
            seen: Vec::new(),
            moments: FxHashMap::default(),
            refused_at: Vec::new(),
            marks: FxHashMap::default(),
            bytes: 0,
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
                self.refused_at.push(position);
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
        self.bytes += seen.len() + 100;
        self.seen.push((seen, event.received_at_ms));
        let facts = Facts::of(&event.body);
        if let Some(carrier) = carrier::of(event) {
            let key = keys::carrier(&event.source, &carrier);
            let definitions = std::mem::take(&mut self.definitions);
            let kept = self.carrier(kv, &key, position.0 * CARRIERS_PER_EVENT)?;
            let no = kept.no;
            kept.dirty = true;
            let news = kept.state.apply(event, &facts, &definitions);
            self.definitions = definitions;
            self.moments.entry(no).or_default().push(Moment { at_ms: event.timestamp_ms, position });
            if news {
                self.mark(key);
            }
        }
        for ((carrier, user), at) in claims(event, &facts).into_iter().zip(1..CARRIERS_PER_EVENT) {
            let key = keys::carrier(&event.source, &carrier);
            let kept = self.carrier(kv, &key, position.0 * CARRIERS_PER_EVENT + at)?;
            match kept.state.claim(&user, event.timestamp_ms) {
                Claim::Known => {}
                Claim::Noted => kept.dirty = true,
                Claim::OtherOwner => {
                    kept.dirty = true;
                    self.mark(key);
                }
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
    pub(super) fn unstored(&self, no: u64) -> &[Moment] {
        self.moments.get(&no).map_or(&[], Vec::as_slice)
    }

    /// Refused events that the store does not have yet.
    pub(super) fn unstored_refusals(&self) -> &[Position] {
        &self.refused_at
    }

    /// Writes everything that has changed into the store.
    fn flush(&mut self, kv: &dyn KeyValue, now_ms: i64, window_ms: i64) -> Result<()> {
        if self.position == self.stored && self.marks.is_empty() {
            return Ok(());
        }
        let mut changes = Changes::default();
        for (key, kept) in self.carriers.iter_mut().filter(|(_, kept)| kept.dirty) {
            changes.put(Space::Carrier, key.clone(), keys::encode(kept.no, &kept.state)?);
            kept.dirty = false;
        }
        for (key, at) in self.seen.drain(..) {
            changes.put(Space::Seen, key, number(at as u64));
        }
        for (no, moments) in self.moments.drain() {
            for Moment { at_ms, position } in moments {
                changes.put(Space::Timeline, keys::moment(no, at_ms, position), Vec::new());
            }
        }
        for position in self.refused_at.drain(..) {
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
        let definitions = keys::fingerprint(&self.definitions);
        changes.put(Space::EventMeta, keys::DEFINITIONS.to_vec(), definitions);
        kv.commit_soon(changes)?;
        self.bytes = 0;
        self.stored = self.position;
        self.make_room();
        Ok(())
    }

    /// Forgets carriers that were not used since the last time, when there are too many.
    fn make_room(&mut self) {
        if self.carriers.len() > self.carriers_max {
            self.carriers.retain(|_, kept| std::mem::take(&mut kept.used));
        }
        if self.carriers.len() > self.carriers_max {
            self.carriers.clear();
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

/// Folds groups as they come, and stores now and then; ends when the committer has ended.
pub(super) fn run(shared: &Shared, groups: Receiver<Group>) {
    let mut flushed = Instant::now();
    loop {
        let group = match groups.recv_timeout(FLUSH_EVERY / 4) {
            Ok(group) => Some(group),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => break,
        };
        let mut done = Ok(());
        if let Some(Group { first, entries }) = group {
            for (turn, chunk) in entries.chunks(TURN).enumerate() {
                let mut fold = shared.fold();
                for (entry, at) in chunk.iter().zip(first.0 + (turn * TURN) as u64..) {
                    done = done.and_then(|()| fold.apply(shared.kv.as_ref(), Position(at), entry));
                }
                drop(fold);
                shared.gone_on.notify_all();
            }
        }
        let due = flushed.elapsed() >= FLUSH_EVERY || shared.fold().bytes > FLUSH_BYTES;
        if due {
            done = done.and_then(|()| shared.flush());
            flushed = Instant::now();
        }
        if let Err(e) = done {
            // What was acknowledged is in the log; nothing more is taken that could not be shown.
            eprintln!("kith: events can not be stored any more: {e}");
            shared.queue.close();
            break;
        }
    }
    let _ = shared.flush();
}

impl Shared {
    fn flush(&self) -> Result<()> {
        let now_ms = self.seams.clock.now_ms();
        self.fold().flush(self.kv.as_ref(), now_ms, self.settings.window_ms)
    }

    /// Folds what the store lacks.
    pub(super) fn catch_up(&self) -> Result<()> {
        let mut fold = self.fold();
        let from = Position(fold.position.0 + 1);
        if from > self.log.position() {
            return Ok(());
        }
        for item in self.log.read(from) {
            match item {
                Ok((position, entry)) => fold.apply(self.kv.as_ref(), position, &entry)?,
                // Found since opening: verification names it, and the rest is served.
                Err(LiveError::Corrupt { .. }) => {}
                Err(e) => return Err(e),
            }
            if fold.bytes > FLUSH_BYTES {
                fold.flush(self.kv.as_ref(), self.seams.clock.now_ms(), self.settings.window_ms)?;
            }
        }
        fold.position = self.log.position();
        fold.flush(self.kv.as_ref(), self.seams.clock.now_ms(), self.settings.window_ms)
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
