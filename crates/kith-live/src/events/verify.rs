//! Do the carriers agree with what was accepted?

use super::fold::Fold;
use super::{Events, Shared};
use crate::error::{LiveError, Result};
use crate::log::Recovery;
use crate::store::digest;
use crate::store::kv::{self, Home, Space};
use crate::verify::KindReport;
use kith_core::id::Position;
use serde::Serialize;
use std::path::Path;
use std::time::Duration;

/// How long what was accepted may take to be stored.
const WAIT: Duration = Duration::from_secs(10);

/// What verification found.
#[derive(Clone, Debug, Serialize)]
pub struct EventsReport {
    /// The position that was verified.
    pub position: Position,
    /// Up to where events are in the store; another one where they come in meanwhile.
    pub stored: Position,
    /// The first position that the log still has.
    pub first: Position,
    /// The log, read again.
    pub log: Recovery,
    /// The kinds of rows, compared.
    pub kinds: Vec<KindReport>,
    /// True if what was received is accepted, duplicate or refused, and the counts are those of the log.
    pub counted: bool,
}

impl Events {
    /// Reads everything again, from the past and the log, folds it beside the store and compares. `beside` is an empty
    /// directory, removed afterwards.
    pub fn verify(&self, beside: &Path) -> Result<EventsReport> {
        let shared = &self.0.shared;
        let position = shared.log.position();
        shared.wait_stored(position);
        let _ = std::fs::remove_dir_all(beside);
        let report = shared.compare(position, beside);
        let _ = std::fs::remove_dir_all(beside);
        report
    }
}

impl Shared {
    fn wait_stored(&self, position: Position) {
        let end = std::time::Instant::now() + WAIT;
        while self.fold().stored < position && std::time::Instant::now() < end {
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn compare(&self, position: Position, beside: &Path) -> Result<EventsReport> {
        let log = self.log.verify()?;
        let kv = kv::open(beside, &Home::EVENTS)?;
        let mut fresh = Fold::load(&kv, self.log.id(), &self.settings)?;
        let (now_ms, window_ms) = (self.seams.clock.now_ms(), self.settings.window_ms);
        for item in self.history(Position(1)) {
            match item {
                Ok((at, _)) if at > position => break,
                Ok((at, entry)) => fresh.apply(&kv, at, &entry)?,
                // Named in the log's own report already.
                Err(LiveError::Corrupt { .. }) => {}
                Err(e) => return Err(e),
            }
            if fresh.full() {
                fresh.flush(&kv, now_ms, window_ms)?;
            }
        }
        // Where nothing ever came, nothing was stored.
        if position > Position(0) {
            fresh.flush(&kv, now_ms, window_ms)?;
        }
        let mut kinds = Vec::new();
        for space in Space::of_a_log(&Home::EVENTS) {
            let stored = digest(self.kv.range(space, &[], None))?;
            let expected = digest(kv::KeyValue::range(&kv, space, &[], None))?;
            let (kind, equal) = (space.name(), stored == expected);
            kinds.push(KindReport { kind, stored: stored.0, expected: expected.0, equal });
        }
        let fold = self.fold();
        let counted = fold.counts == fresh.counts && fold.counts.values().all(|counts| counts.holds());
        let (stored, first) = (fold.stored, self.log.first());
        Ok(EventsReport { position, stored, first, log, kinds, counted })
    }
}
