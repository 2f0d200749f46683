//! The carriers as they are now: what an event changes of them, and what of that the store does not have yet.

use super::refused::Refused;
use super::{Moment, Settings, keys};
use crate::error::Result;
use crate::store::keys::{number, number_at, pair};
use crate::store::kv::{Changes, KeyValue, Space};
use kith_core::entry::{Entry, SettledEntry, Settlement};
use kith_core::event::facts::Facts;
use kith_core::event::fold::{Claimed, State, claims};
use kith_core::event::measure::Definition;
use kith_core::event::{Counted, Event};
use kith_core::event::{carrier, context};
use kith_core::id::{Position, SourceName};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

/// An event touches its own carrier, a visitor, and the two that an alias may mean.
const CARRIERS_PER_EVENT: u64 = 4;
/// Changes beyond which the store is written at once.
pub(super) const FLUSH_BYTES: usize = 32 << 20;
/// Old message ids that are looked at with each flush.
const SWEEP: usize = 2_000;

/// The carriers as they are now, ahead of the store.
pub(super) struct Fold {
    log_id: u64,
    carriers_max: usize,
    definitions: Vec<Definition>,
    contexts: Vec<context::Definition>,
    pause_ms: i64,
    /// Up to where events are in the carriers.
    pub(super) position: Position,
    /// Up to where they are in the store.
    pub(super) stored: Position,
    pub(super) carriers: FxHashMap<Vec<u8>, Kept>,
    /// Carriers that the store does not have as they are now.
    pub(super) dirty: Vec<Vec<u8>>,
    /// What else the store does not have yet.
    pub(super) fresh: Unstored,
    /// What is being written into the store.
    storing: Unstored,
    /// Marks of changed carriers, set and taken away.
    pub(super) marks: FxHashMap<Vec<u8>, bool>,
    pub(super) counts: BTreeMap<SourceName, Counted>,
    pub(super) refused: Refused,
    /// Carriers whose record is to be resolved anew.
    pub(super) changed: FxHashSet<Vec<u8>>,
    /// True if the next opening is to fold everything again.
    pub(super) anew: bool,
    /// Where the sweep of old message ids stands.
    sweep: Vec<u8>,
}

/// What the store does not have yet.
#[derive(Default)]
pub(super) struct Unstored {
    /// Message ids with the time of receipt.
    seen: Vec<(Vec<u8>, i64)>,
    /// Moments by the number of the carrier.
    moments: FxHashMap<u64, Vec<Moment>>,
    /// How much that is.
    pub(super) bytes: usize,
}

pub(super) struct Kept {
    /// Its number: the position of the first event that touched it, with a place among those of that event.
    pub(super) no: u64,
    pub(super) state: State,
    pub(super) dirty: bool,
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
        let mut changed = FxHashSet::default();
        for item in kv.range(Space::Changed, &[], None) {
            changed.insert(item?.0);
        }
        Ok(Fold {
            log_id,
            carriers_max: settings.carriers_max,
            definitions: settings.definitions.clone(),
            contexts: settings.contexts.clone(),
            pause_ms: settings.pause_ms,
            position,
            stored: position,
            carriers: FxHashMap::default(),
            dirty: Vec::new(),
            fresh: Unstored::default(),
            storing: Unstored::default(),
            marks: FxHashMap::default(),
            counts,
            refused: Refused::load(kv)?,
            changed,
            anew: false,
            sweep: Vec::new(),
        })
    }

    pub(super) fn apply(&mut self, kv: &dyn KeyValue, position: Position, entry: &Entry) -> Result<()> {
        match entry {
            Entry::Event(event) => self.event(kv, position, event)?,
            Entry::RefusedEvent(refused) => {
                let counted = self.counts.entry(refused.source.clone()).or_default();
                counted.add(Counted { received: 1, refused: 1, ..Counted::default() });
                self.refused.refuse(position, refused);
            }
            Entry::Settled(settled) => self.settle(kv, settled)?,
            Entry::Duplicates(again) => {
                let counted = self.counts.entry(again.source.clone()).or_default();
                counted.add(Counted { received: again.count, duplicate: again.count, ..Counted::default() });
            }
            _ => {}
        }
        self.position = position;
        Ok(())
    }

    /// An event that was refused counts as what it became; it was received once.
    fn settle(&mut self, kv: &dyn KeyValue, settled: &SettledEntry) -> Result<()> {
        if !self.refused.settle(kv, settled.refused, settled.outcome)? {
            // Its refusal is lost, so it was never counted as such.
            return Ok(());
        }
        let counted = self.counts.entry(settled.source.clone()).or_default();
        match settled.outcome {
            Settlement::Accepted => {
                counted.received = counted.received.saturating_sub(1);
                counted.refused = counted.refused.saturating_sub(1);
            }
            Settlement::Duplicate => {
                counted.refused = counted.refused.saturating_sub(1);
                counted.duplicate += 1;
            }
            Settlement::Discarded => {}
        }
        Ok(())
    }

    fn event(&mut self, kv: &dyn KeyValue, position: Position, event: &Event) -> Result<()> {
        let counted = self.counts.entry(event.source.clone()).or_default();
        counted.add(Counted { received: 1, accepted: 1, ..Counted::default() });
        let seen = keys::seen(&event.source, &event.message_id);
        self.fresh.bytes += seen.len() + 100;
        self.fresh.seen.push((seen, event.received_at_ms));
        let mut facts = Facts::of(&event.body);
        facts.pause_ms = self.pause_ms;
        if let Some(carrier) = carrier::of(event) {
            let key = keys::carrier(&event.source, &carrier);
            let definitions = std::mem::take(&mut self.definitions);
            let contexts = std::mem::take(&mut self.contexts);
            let kept = self.carrier(kv, &key, position.0 * CARRIERS_PER_EVENT)?;
            let no = kept.no;
            let first_change = !std::mem::replace(&mut kept.dirty, true);
            let news = kept.state.apply(event, &facts, &definitions);
            kept.state.take_steps(event, &facts, &contexts);
            (self.definitions, self.contexts) = (definitions, contexts);
            if first_change {
                self.dirty.push(key.clone());
            }
            self.fresh.moments.entry(no).or_default().push(Moment { at_ms: event.timestamp_ms, position });
            if news {
                self.mark(key);
            }
        }
        for (claim, at) in claims(event, &facts).into_iter().zip(1..CARRIERS_PER_EVENT) {
            let key = keys::carrier(&event.source, &claim.carrier);
            let kept = self.carrier(kv, &key, position.0 * CARRIERS_PER_EVENT + at)?;
            let claimed = kept.state.claim(&claim, event.timestamp_ms);
            if claimed != Claimed::Known && !std::mem::replace(&mut kept.dirty, true) {
                self.dirty.push(key.clone());
            }
            if claimed == Claimed::OtherRow {
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

    /// Everything that has changed but the carriers, for the store; readers find it here until [`Fold::stored`].
    pub(super) fn changes(&mut self, kv: &dyn KeyValue, now_ms: i64, window_ms: i64) -> Result<Changes> {
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
        self.refused.changes(&mut changes)?;
        self.sweep(kv, &mut changes, now_ms, window_ms)?;
        changes.put(Space::EventMeta, keys::POSITION.to_vec(), pair(self.log_id, self.position.0));
        let known = || keys::fingerprint(&self.definitions, &self.contexts, self.pause_ms);
        let known = if self.anew { Vec::new() } else { known() };
        changes.put(Space::EventMeta, keys::DEFINITIONS.to_vec(), known);
        Ok(changes)
    }

    /// True when so much has changed that the store should be written.
    pub(super) fn full(&self) -> bool {
        self.fresh.bytes > FLUSH_BYTES
    }

    /// Writes everything that has changed into the store, while nobody else uses the carriers.
    pub(super) fn flush(&mut self, kv: &dyn KeyValue, now_ms: i64, window_ms: i64) -> Result<()> {
        let mut changes = self.changes(kv, now_ms, window_ms)?;
        for key in std::mem::take(&mut self.dirty) {
            let Some(kept) = self.carriers.get_mut(&key) else { continue };
            changes.put(Space::Carrier, key, keys::encode(kept.no, &kept.state)?);
            kept.dirty = false;
        }
        kv.commit_soon(changes)?;
        self.stored(self.position);
        Ok(())
    }

    /// The store has everything up to here.
    pub(super) fn stored(&mut self, position: Position) {
        self.stored = position;
        self.storing = Unstored::default();
        self.refused.stored();
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
