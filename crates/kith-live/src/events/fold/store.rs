//! From the carriers in memory to the store, and what is forgotten.

use super::{FLUSH_BYTES, Fold, Moment, SWEEP, Unstored};
use crate::error::Result;
use crate::events::carriers::Generation;
use crate::events::keys;
use crate::store::keys::{number, number_at, pair};
use crate::store::kv::{Changes, KeyValue, Space};
use kith_core::id::Position;
use std::sync::Arc;

impl Fold {
    /// What has changed beside the carriers, for the store, and what is only to be written there ([`Unstored::put`]); readers
    /// find that here until [`Fold::stored`]. Short, since everybody waits meanwhile.
    pub(in crate::events) fn begin(&mut self) -> Result<(Changes, Arc<Unstored>)> {
        let mut changes = Changes::default();
        self.storing = Arc::new(std::mem::take(&mut self.fresh));
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
        changes.put(Space::EventMeta, keys::POSITION.to_vec(), pair(self.log_id, self.position.0));
        let known = || keys::fingerprint(self.traits.definitions(), &self.contexts, self.pause_ms);
        let known = if self.anew { Vec::new() } else { known() };
        changes.put(Space::EventMeta, keys::DEFINITIONS.to_vec(), known);
        Ok((changes, self.storing.clone()))
    }

    /// True when so much has changed that the store should be written.
    pub(in crate::events) fn full(&self) -> bool {
        self.changed_bytes() > FLUSH_BYTES
    }

    /// What has changed since the last step began, bytes in memory.
    pub(in crate::events) fn changed_bytes(&self) -> usize {
        self.fresh.bytes + self.carriers.dirty_bytes()
    }

    /// Writes everything that has changed into the store, while nobody else uses the carriers.
    pub(in crate::events) fn flush(&mut self, kv: &dyn KeyValue, now_ms: i64, window_ms: i64) -> Result<()> {
        let (mut changes, unstored) = self.begin()?;
        self.sweep = sweep(kv, &self.sweep, &mut changes, now_ms, window_ms)?;
        unstored.put(&mut changes);
        let changed = self.carriers.begin();
        for (key, bytes) in self.carriers.encode(&changed)? {
            changes.put(Space::Carrier, key, bytes);
        }
        kv.commit_soon(changes)?;
        drop(self.stored(self.position));
        Ok(())
    }

    /// The store has everything up to here. What is not needed any more is dropped by the caller, when nobody waits.
    pub(in crate::events) fn stored(&mut self, position: Position) -> (Arc<Unstored>, Generation) {
        self.stored = position;
        self.refused.stored();
        (std::mem::take(&mut self.storing), self.carriers.stored())
    }
}

impl Unstored {
    /// Puts all of it into what is to be written.
    pub(in crate::events) fn put(&self, changes: &mut Changes) {
        for (key, at) in &self.seen {
            changes.put(Space::Seen, key.clone(), number(*at as u64));
        }
        for key in &self.ids {
            changes.put(Space::IdOf, key.clone(), Vec::new());
        }
        for (no, moments) in &self.moments {
            for Moment { at_ms, position } in moments {
                changes.put(Space::Timeline, keys::moment(*no, *at_ms, *position), Vec::new());
            }
        }
    }
}

/// Looks at some message ids from a key on, and takes out those that are older than the window; where to go on.
pub(in crate::events) fn sweep(
    kv: &dyn KeyValue,
    from: &[u8],
    changes: &mut Changes,
    now_ms: i64,
    window_ms: i64,
) -> Result<Vec<u8>> {
    let mut last = None;
    for item in kv.range(Space::Seen, from, None).take(SWEEP) {
        let (key, value) = item?;
        let at = number_at(&value, 0).unwrap_or(0) as i64;
        if now_ms.saturating_sub(at) > window_ms {
            changes.remove(Space::Seen, key.clone());
        }
        last = Some(key);
    }
    // Behind the last one; at the end, from the beginning again.
    Ok(last.map(|key| [key, vec![0]].concat()).unwrap_or_default())
}
