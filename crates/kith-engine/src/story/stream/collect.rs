//! Landing into memory, over what the store has.

use crate::error::Result;
use crate::land::Landing;
use kith_core::config::Source;
use kith_core::entry::{Entry, RemovedEntry};
use kith_core::id::SourceName;
use kith_live::Live;
use rustc_hash::FxHashMap;
use serde_json::{Map, Value};

/// Lands into memory, over what the store has.
pub(super) struct Collecting<'a> {
    live: &'a Live,
    pub(super) entries: Vec<Entry>,
    /// Rows of this group: their hash, or that they are gone.
    pending: FxHashMap<(SourceName, String), Option<u64>>,
}

impl Collecting<'_> {
    /// Nothing yet.
    pub(super) fn new(live: &Live) -> Collecting<'_> {
        Collecting { live, entries: Vec::new(), pending: FxHashMap::default() }
    }

    /// Takes rows out; returns how many were there.
    pub(super) fn remove(&mut self, source: &Source, keys: Vec<String>) -> Result<u64> {
        let mut removed = 0;
        for key in keys {
            if self.row_hash(&source.name, &key)?.is_some() {
                let received_at_ms = self.live.now_ms();
                let entry = RemovedEntry { source: source.name.clone(), key, received_at_ms };
                self.append(vec![Entry::Removed(entry)])?;
                removed += 1;
            }
        }
        Ok(removed)
    }
}

impl Landing for Collecting<'_> {
    fn hash(&self, row: &Map<String, Value>) -> u64 {
        kith_live::row_hash(row)
    }

    fn row_hash(&self, source: &SourceName, key: &str) -> Result<Option<u64>> {
        match self.pending.get(&(source.clone(), key.to_string())) {
            Some(hash) => Ok(*hash),
            None => Ok(self.live.row_hash(source, key)?),
        }
    }

    fn keys(&self, _: &SourceName, _: &mut dyn FnMut(&str) -> Result<()>) -> Result<()> {
        Ok(())
    }

    fn append(&mut self, entries: Vec<Entry>) -> Result<()> {
        for entry in &entries {
            match entry {
                Entry::Record(r) => {
                    let hash = kith_live::row_hash(&r.row);
                    self.pending.insert((r.source.clone(), r.key.clone()), Some(hash));
                }
                Entry::Removed(r) => _ = self.pending.insert((r.source.clone(), r.key.clone()), None),
                _ => {}
            }
        }
        self.entries.extend(entries);
        Ok(())
    }
}
