//! **look**: what the model weighs, what a threshold would give, how identity stands to what is expected of it.
//!
//! Reads:  the live store, its merge trees and edges, the model in force. Decides: nothing. Writes: nothing.
//! Answers are computed once per log position and kept.

mod benchmarks;
mod labels;
mod model;
pub mod shape;
mod thresholds;

pub(crate) use benchmarks::{Counts, benchmarks};

use crate::error::Result;
use crate::profile::instant;
use crate::project::Project;
use kith_core::entry::ResolvedEntry;
use kith_core::id::Position;
use shape::{ModelView, PastRun, Thresholds};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Answers that are kept, each with the position that it is of.
#[derive(Default)]
pub(crate) struct Kept {
    model: Mutex<Option<ModelView>>,
    thresholds: Mutex<Option<Thresholds>>,
}

impl Project {
    /// The matching model, with what it meets in the records.
    pub fn model_view(&self) -> Result<ModelView> {
        let mut kept = self.look.model.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(view) = kept.as_ref().filter(|v| v.position == self.live.position()) {
            return Ok(view.clone());
        }
        let view = model::view(self, &self.seen())?;
        Ok(kept.insert(view).clone())
    }

    /// What each threshold would give.
    pub fn thresholds(&self) -> Result<Thresholds> {
        let mut kept = self.look.thresholds.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(view) = kept.as_ref().filter(|v| v.position == self.live.position()) {
            return Ok(view.clone());
        }
        let view = thresholds::thresholds(self)?;
        Ok(kept.insert(view).clone())
    }
}

/// The last resolutions, the oldest first.
pub(crate) fn past_runs(runs: &VecDeque<(Position, ResolvedEntry)>) -> Vec<PastRun> {
    let run = |(position, entry): &(Position, ResolvedEntry)| PastRun {
        position: *position,
        at: entry.resolved_at_ms.map(instant),
        records: entry.nodes,
        profiles: entry.profiles,
        largest: (entry.largest > 0).then_some(entry.largest),
        confidence: entry.confidence,
        dedupe_rate: dedupe_rate(entry.nodes, entry.profiles),
    };
    runs.iter().map(run).collect()
}

/// Share of the records that are beyond the first of their profile.
pub(crate) fn dedupe_rate(records: u64, profiles: u64) -> f64 {
    if records == 0 { 0.0 } else { 1.0 - profiles as f64 / records as f64 }
}
