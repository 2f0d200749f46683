//! What the long commands tell while they run and when they have ended.

use crate::exec::EngineChoice;
use crate::look::Found;
use crate::look::shape::{BlockingRule, RuleOutcome};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Instant;

/// Hears how far a long command is. Called from one thread at a time, a few times a second at most per stage.
pub trait Progress: Sync {
    /// A stage has done `done` of `total` steps; `None` = the total is not known. `what` says which source or table.
    fn step(&self, stage: Stage, what: &str, done: u64, total: Option<u64>);
}

/// Hears and says nothing.
pub struct Quiet;

impl Progress for Quiet {
    fn step(&self, _: Stage, _: &str, _: u64, _: Option<u64>) {}
}

/// The stages of the story, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Reading a source, standardising and landing its rows.
    Land,
    /// Estimating the matching model.
    Train,
    /// Comparing and clustering.
    Resolve,
    /// Issuing profile ids.
    Identity,
    /// Writing the lake's tables.
    Lake,
    /// Checking what is stored.
    Verify,
    /// Copying files to a backup, or from one.
    Copy,
}

impl Stage {
    /// The stage's name for people.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Land => "land",
            Stage::Train => "train",
            Stage::Resolve => "resolve",
            Stage::Identity => "identity",
            Stage::Lake => "lake",
            Stage::Verify => "verify",
            Stage::Copy => "copy",
        }
    }
}

/// How `kith run` is to run.
#[derive(Clone, Debug, Default)]
pub struct RunOptions {
    /// Estimate the matching model anew, even if `model.toml` exists.
    pub retrain: bool,
    /// Only these sources; empty = all.
    pub only: Vec<String>,
    /// Threads for matching; `None` = as many as the machine has.
    pub threads: Option<usize>,
    /// Where matching and clustering run; `None` = in this process, by the kernel alone.
    pub engine: Option<EngineChoice>,
}

/// What a run did.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RunReport {
    /// The log position at the end.
    pub position: u64,
    /// Per source, in the order of `kith.toml`.
    pub sources: Vec<SourceReport>,
    /// What resolution did, or why it did nothing.
    pub resolution: ResolutionReport,
    /// The lake tables that were written.
    pub tables_written: Vec<String>,
    /// Live records at the end.
    pub records: u64,
    /// Profiles at the end.
    pub profiles: u64,
    /// Seconds per stage.
    pub seconds: BTreeMap<&'static str, f64>,
    /// Seconds in all.
    pub seconds_total: f64,
}

impl RunReport {
    /// False if a source could not be read.
    pub fn complete(&self) -> bool {
        self.sources.iter().all(|s| s.error.is_none())
    }
}

/// What one source gave. `read = landed + unchanged + rejected`, always.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SourceReport {
    /// Its name.
    pub source: String,
    /// Rows read.
    pub read: u64,
    /// Rows new or changed.
    pub landed: u64,
    /// Rows as they were.
    pub unchanged: u64,
    /// Rows refused.
    pub rejected: u64,
    /// Rows that are gone from the source.
    pub removed: u64,
    /// True if the source had not changed since the last pull and was not read again.
    pub skipped: bool,
    /// True if rows may be gone, but a refused row might be one of them, so that none was removed.
    pub removals_postponed: bool,
    /// Values that many records share for no reason (`noemail@noemail.com`) and that link nobody.
    pub junk: u64,
    /// Values that can not be true, by column; their rows landed without them.
    pub invalid: Vec<InvalidColumn>,
    /// Why it could not be read; the other sources went on.
    pub error: Option<SourceFailure>,
}

/// Values of a column that can not be true.
#[derive(Clone, Debug, Serialize)]
pub struct InvalidColumn {
    /// The column.
    pub column: String,
    /// What it means.
    pub field: String,
    /// How many values.
    pub count: u64,
    /// The first one.
    pub example: String,
    /// What is wrong with it.
    pub reason: String,
}

impl From<crate::land::InvalidValues> for InvalidColumn {
    fn from(from: crate::land::InvalidValues) -> Self {
        let field = from.field.name().into();
        InvalidColumn {
            column: from.column,
            field,
            count: from.count,
            example: from.example,
            reason: from.reason,
        }
    }
}

/// Why a source could not be read.
#[derive(Clone, Debug, Serialize)]
pub struct SourceFailure {
    /// A stable code.
    pub code: String,
    /// What and where.
    pub message: String,
    /// How to mend it.
    pub help: String,
}

/// What resolution did.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ResolutionReport {
    /// True if nothing had changed, so that the last result stands.
    pub skipped: bool,
    /// Why it ran or did not, for people.
    pub reason: String,
    /// `trained`, `read from model.toml` or empty.
    pub model: String,
    /// Records compared.
    pub records: u64,
    /// Matching pairs kept as edges.
    pub edges: u64,
    /// Households of two or more people.
    pub households: u64,
    /// The project's confidence.
    pub confidence: f64,
    /// What the joined pairs are expected to be worth at it, by what the merges state.
    pub expected: kith_resolve::expected::Expected,
    /// Decisions of people that were respected.
    pub decisions: u64,
    /// What the rules of kith.toml did.
    pub rules: Vec<RuleOutcome>,
    /// What each blocking rule found.
    pub blocking: Vec<BlockingRule>,
    /// Identity changes by kind: created, joined, merged, split, left.
    pub changes: BTreeMap<&'static str, u64>,
    /// What pages show of many records, counted while they were at hand.
    #[serde(skip)]
    pub(crate) found: Option<Box<Found>>,
}

/// Measures stages.
pub(crate) struct Timer {
    begun: Instant,
    lap: Instant,
}

impl Timer {
    /// Starts.
    pub(crate) fn start() -> Timer {
        let now = Instant::now();
        Timer { begun: now, lap: now }
    }

    /// Seconds since the last lap.
    pub(crate) fn lap(&mut self) -> f64 {
        let seconds = self.lap.elapsed().as_secs_f64();
        self.lap = Instant::now();
        seconds
    }

    /// Seconds since the start.
    pub(crate) fn total(&self) -> f64 {
        self.begun.elapsed().as_secs_f64()
    }
}
