//! Carriers in memory, within a bound of bytes, and which of them the store does not have as they are now.
//!
//! 1. Two generations: who is used goes to the young one. When that is half of the bound, the old one is given up and the
//!    young one takes its place, which costs nothing per carrier while others wait.
//! 2. What has changed is stored in *steps* ([`Carriers::begin`]), each of which is the state at one position. Folding goes on
//!    meanwhile: a carrier of the step that is about to change is encoded before it does.
//! 3. A carrier that is to be stored is never given up: a generation is given up at the end of a step, and was the young one
//!    at the end of the one before, whose changes are all in the store by then.

use super::{Shared, keys};
use crate::error::Result;
use crate::store::internal;
use crate::store::kv::{KeyValue, Space};
use kith_core::event::fold::State;
use rustc_hash::FxHashMap;

/// How much larger a carrier is in memory than in the store, about (measured: `examples/events.rs`).
const IN_MEMORY: usize = 6;
/// What it takes beside that, its place among the others included.
const AROUND: usize = 600;
/// What one takes of which nothing was stored yet.
const FRESH: usize = 2_000;

/// A generation of carriers, by key.
pub(super) type Generation = FxHashMap<Vec<u8>, Kept>;

/// A carrier and its encoded form, as the store has them.
type Pair = (Vec<u8>, Vec<u8>);

/// A carrier.
pub(super) struct Kept {
    /// Its number: the position of the first event that touched it, with a place among those of that event.
    pub no: u64,
    /// What is known of it.
    pub state: State,
    /// The step that is to store it; `None` = the store has it as it is.
    step: Option<u64>,
    /// About what it takes.
    bytes: usize,
}

/// Carriers in memory.
pub(super) struct Carriers {
    young: Generation,
    old: Generation,
    /// What the young ones take, about.
    bytes: usize,
    bytes_max: usize,
    /// The step that stores what changes from now on.
    step: u64,
    /// What that is, and about how much memory.
    dirty: Vec<Vec<u8>>,
    dirty_bytes: usize,
    /// Carriers of the step before that have changed again before they were stored, as they were.
    early: Vec<Pair>,
}

impl Carriers {
    /// None yet.
    pub fn new(bytes_max: usize) -> Carriers {
        Carriers {
            young: Generation::default(),
            old: Generation::default(),
            bytes: 0,
            bytes_max,
            step: 0,
            dirty: Vec::new(),
            dirty_bytes: 0,
            early: Vec::new(),
        }
    }

    /// A carrier, to be changed; `new` is its number if it has none yet.
    pub fn get_mut(&mut self, kv: &dyn KeyValue, key: &[u8], new: u64) -> Result<&mut Kept> {
        if !self.young.contains_key(key) {
            let kept = match self.old.remove(key) {
                Some(kept) => kept,
                None => Kept::load(kv, key)?.unwrap_or_else(|| Kept::new(new)),
            };
            self.bytes += kept.bytes;
            self.young.insert(key.to_vec(), kept);
        }
        let kept = self.young.get_mut(key).ok_or_else(|| internal("a carrier is gone".into()))?;
        if kept.step.is_some_and(|step| step < self.step) {
            let (before, bytes) = (kept.bytes, kept.encode()?);
            self.bytes = (self.bytes + kept.bytes).saturating_sub(before);
            self.early.push((key.to_vec(), bytes));
        }
        Ok(kept)
    }

    /// This carrier has changed.
    pub fn changed(&mut self, key: &[u8]) {
        if let Some(kept) = self.young.get_mut(key)
            && kept.step.is_none()
        {
            kept.step = Some(self.step);
            self.dirty_bytes += kept.bytes;
            self.dirty.push(key.to_vec());
        }
    }

    /// Looks at a carrier as it is now.
    pub fn read<T>(
        &self,
        kv: &dyn KeyValue,
        key: &[u8],
        look: impl FnOnce(u64, &State) -> T,
    ) -> Result<Option<T>> {
        match self.in_memory(key) {
            Some(kept) => Ok(Some(look(kept.no, &kept.state))),
            None => Ok(Kept::load(kv, key)?.map(|kept| look(kept.no, &kept.state))),
        }
    }

    /// A carrier that is in memory. Of any other one the store has all that is known.
    pub fn in_memory(&self, key: &[u8]) -> Option<&Kept> {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    /// What has changed since the last step began, bytes in memory.
    pub fn dirty_bytes(&self) -> usize {
        self.dirty_bytes
    }

    /// Begins a step with everything that has changed: the keys for [`Carriers::encode`]. The step before has ended.
    pub fn begin(&mut self) -> Vec<Vec<u8>> {
        self.step += 1;
        self.dirty_bytes = 0;
        std::mem::take(&mut self.dirty)
    }

    /// Some carriers of the step under way, as they were when it began, and such that would have changed meanwhile.
    pub fn encode(&mut self, keys: &[Vec<u8>]) -> Result<Vec<Pair>> {
        let mut encoded = std::mem::take(&mut self.early);
        for key in keys {
            let young = self.young.get_mut(key);
            let is_young = young.is_some();
            let Some(kept) = young.or_else(|| self.old.get_mut(key)) else { continue };
            if kept.step.is_some_and(|step| step < self.step) {
                let before = kept.bytes;
                encoded.push((key.clone(), kept.encode()?));
                if is_young {
                    self.bytes = (self.bytes + kept.bytes).saturating_sub(before);
                }
            }
        }
        Ok(encoded)
    }

    /// The step under way is in the store: makes room where it is needed. What is given up is for the caller to drop, when
    /// nobody waits.
    pub fn stored(&mut self) -> Generation {
        if self.bytes <= self.bytes_max / 2 {
            return Generation::default();
        }
        self.bytes = 0;
        std::mem::replace(&mut self.old, std::mem::take(&mut self.young))
    }
}

impl Shared {
    /// Looks at a carrier as it is now. Nobody waits while the store is asked.
    pub(super) fn look<T>(&self, key: &[u8], look: impl FnOnce(u64, &State) -> T) -> Result<Option<T>> {
        if let Some(kept) = self.fold().carriers.in_memory(key) {
            return Ok(Some(look(kept.no, &kept.state)));
        }
        Ok(Kept::load(self.kv.as_ref(), key)?.map(|kept| look(kept.no, &kept.state)))
    }
}

impl Kept {
    fn new(no: u64) -> Kept {
        Kept { no, state: State::default(), step: None, bytes: FRESH }
    }

    fn load(kv: &dyn KeyValue, key: &[u8]) -> Result<Option<Kept>> {
        let Some(bytes) = kv.get(Space::Carrier, key)? else { return Ok(None) };
        let (no, state) = keys::decode(&bytes)?;
        Ok(Some(Kept { no, state, step: None, bytes: AROUND + IN_MEMORY * bytes.len() }))
    }

    /// For the store, which has it as it is then.
    fn encode(&mut self) -> Result<Vec<u8>> {
        let bytes = keys::encode(self.no, &self.state)?;
        self.bytes = AROUND + IN_MEMORY * bytes.len();
        self.step = None;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::kv::{self, Changes, Home};

    /// Notes a visit of somebody at a time.
    fn visit(carriers: &mut Carriers, kv: &dyn KeyValue, key: &str, at_ms: i64) {
        let kept = carriers.get_mut(kv, key.as_bytes(), 1).unwrap();
        kept.state.groups.insert("g".into(), at_ms);
        carriers.changed(key.as_bytes());
    }

    fn last(bytes: &[u8]) -> i64 {
        keys::decode(bytes).unwrap().1.groups["g"]
    }

    #[test]
    fn a_step_is_the_state_at_its_beginning() {
        let dir = tempfile::tempdir().unwrap();
        let kv = kv::open(dir.path(), &Home::EVENTS).unwrap();
        let mut carriers = Carriers::new(1 << 20);
        ["a", "b", "c"].iter().for_each(|key| visit(&mut carriers, &kv, key, 1));
        let step = carriers.begin();
        // While it is written, events go on.
        visit(&mut carriers, &kv, "b", 2);
        visit(&mut carriers, &kv, "d", 2);
        let mut stored = carriers.encode(&step[..1]).unwrap();
        visit(&mut carriers, &kv, "c", 2);
        stored.extend(carriers.encode(&step[1..]).unwrap());
        stored.sort_unstable();
        let stored: Vec<_> = stored.iter().map(|(key, bytes)| (key.as_slice(), last(bytes))).collect();
        assert_eq!(stored, [(&b"a"[..], 1), (&b"b"[..], 1), (&b"c"[..], 1)]);
        carriers.stored();
        let mut next = carriers.begin();
        next.sort_unstable();
        assert_eq!(next, [b"b", b"c", b"d"], "what has changed since is of the next step");
        let next: Vec<_> = carriers.encode(&next).unwrap().iter().map(|(_, bytes)| last(bytes)).collect();
        assert_eq!(next, [2, 2, 2]);
    }

    #[test]
    fn memory_is_bounded_and_nothing_is_lost() {
        let dir = tempfile::tempdir().unwrap();
        let kv = kv::open(dir.path(), &Home::EVENTS).unwrap();
        let mut carriers = Carriers::new(20 * FRESH);
        for round in 1..=3 {
            for person in 0..200 {
                visit(&mut carriers, &kv, &format!("p{person}"), round * 1_000 + person);
                if person % 7 == 0 {
                    let (step, mut changes) = (carriers.begin(), Changes::default());
                    for (key, bytes) in carriers.encode(&step).unwrap() {
                        changes.put(Space::Carrier, key, bytes);
                    }
                    kv.commit_soon(changes).unwrap();
                    carriers.stored();
                }
                assert!(carriers.young.len() + carriers.old.len() < 60);
            }
        }
        for person in 0..200 {
            let key = format!("p{person}");
            let found = carriers.read(&kv, key.as_bytes(), |_, state| state.groups["g"]).unwrap();
            assert_eq!(found, Some(3_000 + person));
        }
    }
}
