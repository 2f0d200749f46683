//! The carriers as they are now: what an event changes of them, and what of that the store does not have yet.

pub(super) mod store;

use super::carriers::Carriers;
use super::refused::Refused;
use super::{Moment, Settings, keys};
use crate::error::Result;
use crate::store::kv::{KeyValue, Space};
use kith_core::entry::{Entry, SettledEntry, Settlement};
use kith_core::event::facts::Facts;
use kith_core::event::fold::{Claimed, claims};
use kith_core::event::measure::Traits;
use kith_core::event::{Counted, Event};
use kith_core::event::{carrier, context};
use kith_core::id::{Position, SourceName};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// An event touches its own carrier, a visitor, and the two that an alias may mean.
const CARRIERS_PER_EVENT: u64 = 4;
/// Changes beyond which the store is written at once.
pub(super) const FLUSH_BYTES: usize = 128 << 20;
/// Old message ids that are looked at with each flush.
const SWEEP: usize = 2_000;

/// The time of receipt of a message id that no sweep takes out.
const FOR_EVER: i64 = i64::MAX;

/// The carriers as they are now, ahead of the store.
pub(super) struct Fold {
    log_id: u64,
    pub(super) traits: Arc<Traits>,
    contexts: Vec<context::Definition>,
    pause_ms: i64,
    window_ms: i64,
    /// Up to where events are in the carriers.
    pub(super) position: Position,
    /// Up to where they are in the store.
    pub(super) stored: Position,
    pub(super) carriers: Carriers,
    /// What else the store does not have yet.
    pub(super) fresh: Unstored,
    /// What is being written into the store.
    storing: Arc<Unstored>,
    /// Marks of changed carriers, set and taken away.
    pub(super) marks: FxHashMap<Vec<u8>, bool>,
    pub(super) counts: BTreeMap<SourceName, Counted>,
    pub(super) refused: Refused,
    /// Carriers whose record is to be resolved anew.
    pub(super) changed: FxHashSet<Vec<u8>>,
    /// True if the next opening is to fold everything again.
    pub(super) anew: bool,
    /// Where the sweep of old message ids stands.
    pub(super) sweep: Vec<u8>,
}

/// What the store does not have yet.
#[derive(Default)]
pub(super) struct Unstored {
    /// Message ids with the time of receipt, or [`FOR_EVER`].
    seen: Vec<(Vec<u8>, i64)>,
    /// Moments by the number of the carrier.
    moments: FxHashMap<u64, Vec<Moment>>,
    /// Keys of the index of ids.
    ids: BTreeSet<Vec<u8>>,
    /// How much that is.
    pub(super) bytes: usize,
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
            traits: Arc::new(Traits::of(&settings.definitions)),
            contexts: settings.contexts.clone(),
            pause_ms: settings.pause_ms,
            window_ms: settings.window_ms,
            position,
            stored: position,
            carriers: Carriers::new(settings.carriers_bytes_max),
            fresh: Unstored::default(),
            storing: Arc::default(),
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
                if !refused.place.is_empty() {
                    self.see(keys::refused(&refused.source, &refused.place), refused.received_at_ms);
                }
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
        // What came long after it happened is an import of the past: the same file may be read again at any time.
        let late = event.received_at_ms.saturating_sub(event.timestamp_ms) > self.window_ms;
        let until = if late { FOR_EVER } else { event.received_at_ms };
        self.see(keys::seen(&event.source, &event.message_id), until);
        let mut facts = Facts::of(&event.body);
        facts.pause_ms = self.pause_ms;
        if let Some(carrier) = carrier::of(event) {
            let key = keys::carrier(&event.source, &carrier);
            let kept = self.carriers.get_mut(kv, &key, position.0 * CARRIERS_PER_EVENT)?;
            let no = kept.no;
            let new_ids = facts.ids.iter().filter(|id| !kept.state.ids.contains_key(*id));
            let new_ids: Vec<Vec<u8>> = new_ids.map(|id| keys::id_of(id, &key)).collect();
            let news = kept.state.apply(event, &facts, &self.traits);
            kept.state.take_steps(event, &facts, &self.contexts);
            self.carriers.changed(&key);
            self.fresh.bytes += new_ids.iter().map(|id| id.len() + 50).sum::<usize>();
            self.fresh.ids.extend(new_ids);
            self.fresh.moments.entry(no).or_default().push(Moment { at_ms: event.timestamp_ms, position });
            if news {
                self.mark(key);
            }
        }
        for (claim, at) in claims(event, &facts).into_iter().zip(1..CARRIERS_PER_EVENT) {
            let key = keys::carrier(&event.source, &claim.carrier);
            let kept = self.carriers.get_mut(kv, &key, position.0 * CARRIERS_PER_EVENT + at)?;
            let claimed = kept.state.claim(&claim, event.timestamp_ms);
            if claimed != Claimed::Known {
                self.carriers.changed(&key);
            }
            if claimed == Claimed::OtherRow {
                self.mark(key);
            }
        }
        Ok(())
    }

    fn see(&mut self, key: Vec<u8>, received_at_ms: i64) {
        self.fresh.bytes += key.len() + 100;
        self.fresh.seen.push((key, received_at_ms));
    }

    fn mark(&mut self, key: Vec<u8>) {
        if self.changed.insert(key.clone()) {
            self.marks.insert(key, true);
        }
    }

    /// Moments of a carrier that the store does not have yet.
    pub(super) fn unstored(&self, no: u64) -> impl Iterator<Item = &Moment> {
        [self.storing.as_ref(), &self.fresh]
            .into_iter()
            .filter_map(move |part| part.moments.get(&no))
            .flatten()
    }

    /// Keys of the index of ids that begin so, and that the store does not have yet.
    pub(super) fn unstored_ids<'a>(&'a self, prefix: &'a [u8]) -> impl Iterator<Item = &'a Vec<u8>> {
        [self.storing.as_ref(), &self.fresh].into_iter().flat_map(move |part| {
            part.ids.range(prefix.to_vec()..).take_while(move |key| key.starts_with(prefix))
        })
    }
}
