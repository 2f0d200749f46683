//! What the log has given up, and another place keeps: the lake.

use super::Shared;
use crate::error::Result;
use kith_core::entry::Entry;
use kith_core::id::Position;
use std::collections::BTreeMap;

/// Entries in order of position.
pub type Entries<'a> = Box<dyn Iterator<Item = Result<(Position, Entry)>> + 'a>;

/// Keeps entries of the log of events after the log has given them up, each as it was.
pub trait Past: Send + Sync {
    /// The entries from a position up to another one (not included), in order. Fails if it does not have all of them.
    fn read(&self, from: Position, to: Position) -> Entries<'_>;

    /// The entries at some positions; one that was lost before it was kept is not among them.
    fn entries(&self, at: &[Position]) -> Result<BTreeMap<Position, Entry>>;
}

/// Keeps nothing: for a log that is never cut.
pub struct Nothing;

impl Past for Nothing {
    fn read(&self, _: Position, _: Position) -> Entries<'_> {
        Box::new(std::iter::empty())
    }

    fn entries(&self, _: &[Position]) -> Result<BTreeMap<Position, Entry>> {
        Ok(BTreeMap::new())
    }
}

impl Shared {
    /// All entries from a position on, wherever they are kept.
    pub(super) fn history(&self, from: Position) -> Entries<'_> {
        let first = self.log.first();
        let past = (from < first).then(|| self.past.read(from, first));
        Box::new(past.into_iter().flatten().chain(self.log.read(from.max(first))))
    }

    /// The entries at some positions, wherever they are kept.
    pub(super) fn entries(&self, at: &[Position]) -> Result<BTreeMap<Position, Entry>> {
        let (mut found, mut old) = (BTreeMap::new(), Vec::new());
        for position in at {
            match self.log.entry(*position) {
                Ok(Some(entry)) => _ = found.insert(*position, entry),
                // Given up before, or just now.
                Ok(None) | Err(_) if *position < self.log.first() => old.push(*position),
                Ok(None) => {}
                Err(e) => return Err(e),
            }
        }
        if !old.is_empty() {
            found.append(&mut self.past.entries(&old)?);
        }
        Ok(found)
    }
}
