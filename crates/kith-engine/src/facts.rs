//! What the engine must know of the whole log to decide what there is to do: a small fold, kept beside the store and
//! caught up at every start. Lost or damaged, it is computed again from the log's beginning.

use crate::disk::replace_file;
use crate::error::Result;
use crate::look::shape::{BlockingRule, PastRun, RuleOutcome};
use kith_core::entry::{Entry, PulledEntry, ResolvedEntry};
use kith_core::id::{Position, SourceName};
use kith_live::Live;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::path::Path;

/// As many past resolutions as a chart can show.
pub(crate) const RUNS_MAX: usize = 50;

/// The fold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Facts {
    /// The last entry that was looked at.
    pub position: Position,
    /// The last record or removal of each source.
    pub changed: BTreeMap<SourceName, Position>,
    /// The last rejected row.
    pub rejected: Position,
    /// The last change of identity.
    pub identity: Position,
    /// The last decision that was taken or taken back.
    pub decided: Position,
    /// The last resolutions, the oldest first.
    pub runs: VecDeque<(Position, ResolvedEntry)>,
    /// What the blocking rules found in the last resolution; empty = not known. Not of the log.
    pub blocking: Vec<BlockingRule>,
    /// What the rules of kith.toml did in the last resolution. Not of the log.
    pub rules: Vec<RuleOutcome>,
    /// The last whole runs with their figures, the oldest first. Not of the log.
    pub history: VecDeque<PastRun>,
    /// The matching model in force.
    pub model: Option<String>,
    /// The last resolution.
    pub resolved: Option<ResolvedEntry>,
    /// The sums of all pulls of each source.
    pub pulls: BTreeMap<SourceName, Sums>,
    /// What the entries of each source sum up to.
    pub entries: BTreeMap<SourceName, Sums>,
    /// The configuration that the lake was last written with, as a hash; `None` = never, or not known.
    pub written_by: Option<String>,
}

/// Rows by what became of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sums {
    pub read: u64,
    pub landed: u64,
    pub unchanged: u64,
    pub rejected: u64,
    pub removed: u64,
}

/// What readers may see of the facts while a run holds them: as of the last one that has ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// The last resolutions, the oldest first.
    pub runs: VecDeque<(Position, ResolvedEntry)>,
    /// What the blocking rules found in the last one; empty = not known.
    pub blocking: Vec<BlockingRule>,
    /// What the rules of kith.toml did in the last one.
    pub rules: Vec<RuleOutcome>,
    /// The last whole runs with their figures, the oldest first.
    pub history: VecDeque<PastRun>,
}

impl Facts {
    /// What readers may see.
    pub(crate) fn seen(&self) -> Seen {
        Seen {
            runs: self.runs.clone(),
            blocking: self.blocking.clone(),
            rules: self.rules.clone(),
            history: self.history.clone(),
        }
    }

    /// Takes in one entry.
    pub(crate) fn apply(&mut self, position: Position, entry: &Entry) {
        self.position = position;
        match entry {
            Entry::Record(record) => {
                self.changed.insert(record.source.clone(), position);
                self.entries.entry(record.source.clone()).or_default().landed += 1;
            }
            Entry::Removed(removed) => {
                self.changed.insert(removed.source.clone(), position);
                self.entries.entry(removed.source.clone()).or_default().removed += 1;
            }
            Entry::Rejected(rejected) => {
                self.rejected = position;
                self.entries.entry(rejected.source.clone()).or_default().rejected += 1;
            }
            Entry::Pulled(pulled) => self.pulls.entry(pulled.source.clone()).or_default().add(pulled),
            Entry::Model(model) => self.model = Some(model.toml.clone()),
            Entry::Identity(_) => self.identity = position,
            Entry::Decision(_) | Entry::Withdrawn(_) => self.decided = position,
            Entry::Items(entry) => {
                let sums = self.entries.entry(entry.catalog.clone()).or_default();
                sums.landed += entry.items.len() as u64;
                sums.removed += entry.gone.len() as u64;
            }
            // They have a log of their own.
            Entry::Event(_) | Entry::RefusedEvent(_) | Entry::Duplicates(_) | Entry::Settled(_) => {}
            Entry::Resolved(resolved) => {
                self.runs.push_back((position, resolved.clone()));
                if self.runs.len() > RUNS_MAX {
                    self.runs.pop_front();
                }
                self.resolved = Some(resolved.clone());
            }
        }
    }

    /// The last position at which the content of any record changed.
    pub(crate) fn last_change(&self) -> Position {
        self.changed.values().copied().max().unwrap_or_default()
    }

    /// Reads the kept fold and takes in what the log has since.
    pub(crate) fn load(file: &Path, live: &Live) -> Result<Facts> {
        let kept = std::fs::read(file).ok().and_then(|bytes| serde_json::from_slice::<Facts>(&bytes).ok());
        let mut facts = kept.filter(|f| f.position <= live.position()).unwrap_or_default();
        facts.catch_up(live)?;
        Ok(facts)
    }

    /// Takes in what the log has since.
    pub(crate) fn catch_up(&mut self, live: &Live) -> Result<()> {
        if self.position < live.position() {
            for entry in live.log_from(Position(self.position.0 + 1)) {
                // Damage is named by `kith verify`; what is behind it counts.
                let Ok((position, entry)) = entry else { continue };
                self.apply(position, &entry);
            }
        }
        Ok(())
    }

    /// Keeps the fold for the next start. A failure costs only time then, so it is not an error.
    pub(crate) fn save(&self, file: &Path) {
        let bytes = serde_json::to_vec(self).map_err(std::io::Error::from);
        if let Err(e) = bytes.and_then(|bytes| replace_file(file, &bytes)) {
            tracing::warn!(file = %file.display(), error = %e, "the engine's facts could not be kept");
        }
    }
}

impl Sums {
    fn add(&mut self, pulled: &PulledEntry) {
        self.read += pulled.read;
        self.landed += pulled.landed;
        self.unchanged += pulled.unchanged;
        self.rejected += pulled.rejected;
        self.removed += pulled.removed;
    }
}
