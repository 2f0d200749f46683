//! Figures that are counted once and kept, so that a page answers at once however many records there are.
//!
//! 1. Up to [`FRESH_MAX`] records an answer is of the present: it is counted when somebody asks, once per log position.
//! 2. With more, it is that of the last run: counted at the run's end, where the records are at hand, and kept in
//!    `.kith/look-<tenant>.json` for the next start. Its `position` says of when it is. People and records stand in it
//!    by number only.
//! 3. What people have decided is judged anew for every answer.

use super::model::Met;
use super::overview;
use super::pairs::Pairs;
use super::shape::{IdentityOverview, ModelView, Thresholds};
use super::{model, runs, thresholds};
use crate::disk::replace_file;
use crate::error::Result;
use crate::facts::{Facts, RUNS_MAX};
use crate::project::Project;
use kith_core::id::{NodeId, Position};
use kith_live::Live;
use kith_resolve::{Linker, Model, Resolution};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Counting this many records takes a second or two.
const FRESH_MAX: u64 = 100_000;

/// What a resolution can tell while it has the encoded records at hand.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    met: Met,
    pairs: Pairs,
}

impl Found {
    /// Of a resolution that looked at the log up to a position.
    pub(crate) fn of(
        by: (&Linker, &Model),
        nodes: &[NodeId],
        found: &Resolution,
        at: (f64, Position),
    ) -> Result<Found> {
        Ok(Found { met: Met::of(by, nodes, at.0)?, pairs: Pairs::of(by, nodes, found, at)? })
    }
}

/// One figure with the position that it is of.
pub(crate) struct Slot<T>(Mutex<Option<Arc<T>>>);

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Slot(Mutex::new(None))
    }
}

/// What knows its position.
pub(super) trait At {
    fn at(&self) -> Position;
}

impl<T: At> Slot<T> {
    /// What is kept if it may still be shown; else it is counted.
    pub(super) fn get(&self, project: &Project, count: impl FnOnce() -> Result<T>) -> Result<Arc<T>> {
        let live = &project.live;
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = kept.as_ref()
            && (found.at() == live.position() || live.node_count()? > project.look.fresh_max())
        {
            return Ok(found.clone());
        }
        let found = Arc::new(count()?);
        *kept = Some(found.clone());
        Ok(found)
    }

    fn set(&self, value: Option<Arc<T>>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = value;
    }
}

/// All figures that are kept.
pub(crate) struct Kept {
    fresh_max: AtomicU64,
    pub(super) overview: Slot<IdentityOverview>,
    pub(super) model: Slot<ModelView>,
    pub(super) thresholds: Slot<Thresholds>,
    pub(super) pairs: Slot<Pairs>,
}

/// The kept file.
#[derive(Serialize, Deserialize)]
struct File {
    overview: Arc<IdentityOverview>,
    model: Arc<ModelView>,
    thresholds: Arc<Thresholds>,
    pairs: Arc<Pairs>,
}

impl Default for Kept {
    fn default() -> Self {
        let (overview, model) = (Slot::default(), Slot::default());
        let (thresholds, pairs) = (Slot::default(), Slot::default());
        Kept { fresh_max: AtomicU64::new(FRESH_MAX), overview, model, thresholds, pairs }
    }
}

impl Kept {
    /// More records than this are counted at the end of a run only.
    pub(crate) fn fresh_max(&self) -> u64 {
        self.fresh_max.load(Ordering::Relaxed)
    }

    pub(super) fn set_fresh_max(&self, records: u64) {
        self.fresh_max.store(records, Ordering::Relaxed);
    }

    /// What the last run has kept; nothing where it is of another log, damaged or not there.
    pub(crate) fn load(file: &Path, live: &Live) -> Kept {
        let kept = Kept::default();
        let file: Option<File> =
            std::fs::read(file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        if let Some(file) = file.filter(|f| f.overview.position <= live.position()) {
            kept.fill(file);
        }
        kept
    }

    fn fill(&self, file: File) {
        self.overview.set(Some(file.overview));
        self.model.set(Some(file.model));
        self.thresholds.set(Some(file.thresholds));
        self.pairs.set(Some(file.pairs));
    }
}

/// A run has ended: its figures join those of the runs before, and with many records everything that pages show is
/// counted now. `found` is what its resolution found, if it resolved.
pub(crate) fn keep(project: &Project, facts: &mut Facts, found: Option<Found>) -> Result<()> {
    let Some((position, entry)) = facts.runs.back().cloned() else { return Ok(()) };
    if facts.history.back().is_some_and(|run| run.position >= position) {
        return Ok(());
    }
    let counted = Arc::new(overview::count(&project.reader(), project.model()?.as_ref())?);
    facts.history.push_back(runs::run(position, &entry, Some(&counted)));
    if facts.history.len() > RUNS_MAX {
        facts.history.pop_front();
    }
    project.look.overview.set(Some(counted.clone()));
    let Some(found) = found.filter(|_| counted.records > project.look.fresh_max()) else { return Ok(()) };
    let file = File {
        overview: counted,
        model: Arc::new(model::view(project, found.met)?),
        thresholds: Arc::new(thresholds::thresholds(project)?),
        pairs: Arc::new(found.pairs),
    };
    save(&file, &project.look_file());
    project.look.fill(file);
    Ok(())
}

/// A failure costs only time at the next start, so it is not an error.
fn save(file: &File, path: &Path) {
    let bytes = serde_json::to_vec(file).map_err(std::io::Error::from);
    if let Err(e) = bytes.and_then(|bytes| replace_file(path, &bytes)) {
        tracing::warn!(file = %path.display(), error = %e, "the figures of the run could not be kept");
    }
}

impl At for IdentityOverview {
    fn at(&self) -> Position {
        self.position
    }
}

impl At for ModelView {
    fn at(&self) -> Position {
        self.position
    }
}

impl At for Thresholds {
    fn at(&self) -> Position {
        self.position
    }
}

impl At for Pairs {
    fn at(&self) -> Position {
        self.position
    }
}
