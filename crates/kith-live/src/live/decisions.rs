//! What people decided.

use super::Live;
use crate::error::Result;
use crate::store::Decided;
use kith_core::decision::{Closure, RecordRef};
use kith_core::id::Position;

impl Live {
    /// Every decision, also those that were taken back, the oldest first.
    pub fn decisions(&self) -> Result<Vec<Decided>> {
        self.0.store.decisions()
    }

    /// One decision, named by its position.
    pub fn decision(&self, position: Position) -> Result<Option<Decided>> {
        self.0.store.decision(position)
    }

    /// The decisions that name a record, in force or not, the oldest first.
    pub fn decisions_of(&self, record: &RecordRef) -> Result<Vec<Decided>> {
        self.0.store.decisions_of(record)
    }

    /// The decisions in force, and what follows from them.
    pub fn decided(&self) -> Result<Closure> {
        let all = self.decisions()?.into_iter().filter(|d| d.withdrawn.is_none());
        Ok(Closure::of(all.map(|d| (d.position, d.entry.decision))))
    }
}
