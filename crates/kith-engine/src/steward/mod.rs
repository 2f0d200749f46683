//! **steward**: people decide. True after a call: what a person said is in the log, and identity follows it.
//!
//! Reads:  the live store, `kith.toml`, `model.toml`.
//! Decides: whether a decision can stand beside those in force (`kith_core::decision`), which pairs to ask about, what
//!         a proposal would change.
//! Writes: `Decision` and `Withdrawn` entries; on promotion also `model.toml` and the confidence in `kith.toml`.
//! Fails:  `K-DECISION-…` if a decision is incomplete or goes against those in force, `K-PREVIEW-STALE` if what would
//!         happen is not what was seen. Nothing has been written then.
//!
//! | module | what it answers |
//! |---|---|
//! | `decide` | takes decisions and takes them back |
//! | `review` | which pairs' answers help most |
//! | `learn` | the model that the decisions lead to |
//! | `cluster` | the records around one record, as a graph |
//! | `preview` | what a decision, a model or a confidence would change |
//! | `promote` | makes it so |

mod cluster;
mod decide;
mod learn;
mod preview;
mod promote;
mod review;
mod rules;
pub mod shape;
mod view;

pub use decide::Why;
pub(crate) use learn::decided_pairs;
pub use preview::shape as preview_shape;
pub use promote::Promotion;

use crate::error::Result;
use crate::profile::Lookup;
use crate::project::Project;
use crate::report::Quiet;
use crate::story;
use kith_core::id::Position;
use preview::shape::{Preview, Proposal};
use shape::{Applied, ClusterGraph, Decisions, Outcome, ReviewQueue, Wish};
use std::sync::PoisonError;
use std::time::Instant;

impl Project {
    /// Takes decisions, all or none. `apply` = identity follows before this returns; else with the next run.
    pub fn decide(&self, wishes: &[Wish], why: &Why, apply: bool) -> Result<Outcome> {
        let ids = {
            let mut facts = self.facts.lock().unwrap_or_else(PoisonError::into_inner);
            let ids = decide::take(self, wishes, why)?;
            facts.catch_up(&self.live)?;
            ids
        };
        self.outcome(&ids, apply)
    }

    /// Takes a decision back.
    pub fn undo(&self, id: Position, why: &Why, apply: bool) -> Result<Outcome> {
        {
            let mut facts = self.facts.lock().unwrap_or_else(PoisonError::into_inner);
            decide::take_back(self, id, why)?;
            facts.catch_up(&self.live)?;
        }
        self.outcome(&[id], apply)
    }

    fn outcome(&self, ids: &[Position], apply: bool) -> Result<Outcome> {
        let applied = apply.then(|| self.apply_decisions()).transpose()?;
        let decisions = view::some(&self.reader(), ids)?;
        Ok(Outcome { position: self.live.position(), decisions, applied })
    }

    /// Brings identity and every table up to the decisions. Today it resolves everything again; whatever it does, the
    /// result is that of a whole run.
    pub fn apply_decisions(&self) -> Result<Applied> {
        let begun = Instant::now();
        let mut facts = self.facts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(changes) = story::stream::decide(self, &mut facts)? {
            let profiles = facts.resolved.as_ref().map_or(0, |r| r.profiles);
            let changes = crate::resolve::count(&changes);
            return Ok(Applied { changes, profiles, seconds: begun.elapsed().as_secs_f64() });
        }
        let report = story::apply(self, &mut facts, &Quiet)?;
        let (changes, profiles) = (report.resolution.changes, report.profiles);
        Ok(Applied { changes, profiles, seconds: begun.elapsed().as_secs_f64() })
    }

    /// The decisions in force, newest first; `all` = also those that were taken back; `of` = only those that name this
    /// record, or a record of this profile.
    pub fn decisions(&self, all: bool, of: Option<&Lookup>, limit: usize) -> Result<Decisions> {
        view::decisions(&self.reader(), all, of, limit)
    }

    /// The pairs whose answer helps most; before them a pair that was asked for.
    pub fn review(&self, limit: usize, first: Option<&(Lookup, Lookup)>) -> Result<ReviewQueue> {
        review::queue(self, limit, first)
    }

    /// The records around one record. `None` = at the project's own confidence.
    pub fn cluster(&self, lookup: &Lookup, confidence: Option<f64>) -> Result<ClusterGraph> {
        cluster::graph(&self.reader(), lookup, confidence)
    }

    /// What a proposal would change. Writes nothing.
    pub fn preview(&self, proposal: &Proposal) -> Result<Preview> {
        let facts = {
            // A run under way is waited for: half of it is nothing to compare with.
            let mut facts = self.facts.lock().unwrap_or_else(PoisonError::into_inner);
            facts.catch_up(&self.live)?;
            facts.clone()
        };
        let proposal = learn::learned(self, proposal)?;
        preview::preview(self, &facts, &proposal)
    }

    /// Makes a proposal so, if what would happen is what the digest stands for.
    pub fn promote(&self, proposal: &Proposal, digest: Option<&str>, why: Option<&Why>) -> Result<Promotion> {
        let proposal = learn::learned(self, proposal)?;
        promote::promote(self, &proposal, digest, why)
    }
}
