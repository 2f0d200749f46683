//! A project: a folder with `kith.toml`, and everything that can be asked of it.
//!
//! Reads:  `kith.toml`, `model.toml`, `.kith/`. One process at a time holds `.kith/`.
//! All calls block; call them from a thread that may (`spawn_blocking` in a server). They take `&self` and can be made
//! from several threads: queries see the last finished run, and two runs wait for each other.

mod ask;
pub mod labels;
pub mod views;
mod settings;
mod weigh;

pub(crate) use labels::Tables;
pub use settings::read_config;

use crate::audit::Audit;
use crate::catalog::Catalogs;
use crate::collect::Collector;
use crate::copies::Copies;
use crate::error::{Error, Result};
use crate::exec::Embedded;
use crate::facts::{Facts, Seen};
use crate::lake::Lake;
use crate::lake::events::EventLake;
use crate::look;
use crate::observe;
use crate::profile::shape::{Change, Changes, History, Profile, Reject, SearchResults, SourceStatus};
use crate::profile::{self, Lookup, Reader};
use crate::report::{Progress, RunOptions, RunReport};
use crate::resolve::{self, model};
use crate::story;
use crate::story::stream::Door;
use crate::told::Told;
use crate::unify::tables;
use kith_core::config::Config;
use kith_core::field::Field;
use kith_core::id::Position;
use kith_govern::Keeper;
use kith_live::{Live, Seams};
use kith_resolve::Model;
use kith_stream::Following;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tokio::runtime::Runtime;

/// An open project.
pub struct Project {
    pub(crate) dir: PathBuf,
    config: RwLock<Arc<Config>>,
    pub(crate) live: Live,
    pub(crate) lake: Lake,
    engine: Embedded,
    keeper: Keeper,
    pub(crate) facts: Mutex<Facts>,
    seen: Arc<RwLock<Arc<Seen>>>,
    pub(crate) look: look::Kept,
    encoded: Mutex<profile::Kept>,
    pub(crate) door: Door,
    /// Stops before what it hands events to is gone.
    pub(crate) streams: RwLock<Option<Following>>,
    pub(crate) collector: Option<Collector>,
    /// Held while carriers are resolved.
    pub(crate) following: Mutex<()>,
    // Last, so that what uses it is gone before it is.
    _runtime: Background,
}

/// The threads that run queries. Dropped without waiting, since a server may drop a project in its own runtime.
struct Background(Option<Arc<Runtime>>);

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take().and_then(Arc::into_inner) {
            runtime.shutdown_background();
        }
    }
}

impl Project {
    /// Opens the project in a folder and takes its lock.
    pub fn open(dir: &Path) -> Result<Project> {
        Project::open_with(dir, Seams::real())
    }

    /// The same with another clock, disk or randomness.
    pub fn open_with(dir: &Path, seams: Seams) -> Result<Project> {
        let config = read_config(dir)?;
        let data = dir.join(DATA_DIR);
        let live = Live::open(&data, &config.project.tenant, seams.clone())?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .thread_stack_size(crate::exec::STACK_BYTES)
            .enable_all()
            .thread_name("kith-engine")
            .build()
            .map_err(|e| Error::internal("threads can not be started", e))?;
        let runtime = Arc::new(runtime);
        let lake = Lake::open(&data, &config.project.tenant, runtime.clone());
        let collector = Collector::open(
            dir,
            &config,
            seams,
            EventLake::new(lake.clone()),
            Catalogs::new(&live, &config),
        )?;
        let spill = data.join("tmp");
        std::fs::create_dir_all(&spill).map_err(|e| {
            Error::data(
                "K-DATA-DISK",
                format!("{} can not be made: {e}", spill.display()),
                "Check rights and disk.",
            )
        })?;
        let config = Arc::new(config);
        let facts = Facts::load(&facts_file(dir, &config), &live)?;
        let seen = Arc::new(RwLock::new(Arc::new(facts.seen())));
        let copies = Copies::open(&config.copies, &data, config.project.tenant.as_str());
        let told = Told {
            copies,
            live: live.clone(),
            collector: collector.clone(),
            config: config.clone(),
            seen: seen.clone(),
        };
        let engine = Embedded::new(&lake, &spill, runtime.clone())?
            .with_project(told, dir)
            .with_audit(Audit::new(&data));
        let look = look::Kept::load(&look_file(dir, &config), &live);
        Ok(Project {
            dir: dir.to_path_buf(),
            keeper: Keeper::new(dir, config.clone()),
            config: RwLock::new(config),
            live,
            lake,
            engine,
            seen,
            facts: Mutex::new(facts),
            look,
            encoded: Mutex::new(None),
            door: Door::default(),
            streams: RwLock::new(None),
            collector,
            following: Mutex::new(()),
            _runtime: Background(Some(runtime)),
        })
    }

    /// Its folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Its configuration.
    pub fn config(&self) -> Arc<Config> {
        self.config.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What the last run that has ended found; a run under way does not hold it up.
    pub(crate) fn seen(&self) -> Arc<Seen> {
        self.seen.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A run has ended.
    pub(crate) fn set_seen(&self, seen: Seen) {
        *self.seen.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(seen);
    }

    /// Goes on with another configuration, which `kith.toml` already says.
    pub(crate) fn set_config(&self, config: Config) {
        let config = Arc::new(config);
        self.keeper.set_config(config.clone());
        self.engine.set_config(&config);
        *self.config.write().unwrap_or_else(PoisonError::into_inner) = config;
    }

    /// Its memory: log, store and search.
    pub fn live(&self) -> &Live {
        &self.live
    }

    /// The last position of the log.
    pub fn position(&self) -> Position {
        self.live.position()
    }

    /// Reads what is new in the sources and brings every result up to date.
    pub fn run(&self, options: &RunOptions, progress: &dyn Progress) -> Result<RunReport> {
        story::run(self, options, progress)
    }

    /// One customer's profile. `None` = at the project's own confidence.
    pub fn profile(&self, lookup: &Lookup, confidence: Option<f64>) -> Result<Profile> {
        profile::profile(&self.reader(), lookup, confidence)
    }

    /// Profiles that fit a few words.
    pub fn search(&self, query: &str, limit: usize) -> Result<SearchResults> {
        profile::search(&self.reader(), query, limit)
    }

    /// How the values of a field of one customer came to be.
    pub fn history(&self, lookup: &Lookup, field: Field) -> Result<History> {
        profile::history(&self.reader(), lookup, field)
    }

    /// Identity changes behind a position, oldest first.
    pub fn changes(&self, since: Position, limit: usize) -> Result<Changes> {
        let changes = self.live.changes_since(since, limit)?;
        let next = match changes.last() {
            Some((position, _)) if changes.len() == limit => *position,
            _ => self.live.position().max(since),
        };
        let changes = changes.into_iter().map(|(position, change)| Change { position, change }).collect();
        Ok(Changes { changes, next })
    }

    /// The sources as they stand.
    pub fn sources(&self) -> Result<Vec<SourceStatus>> {
        observe::sources(self)
    }

    /// How fresh each view is.
    pub fn freshness(&self) -> Result<observe::Freshness> {
        observe::freshness(self)
    }

    /// Refused rows, newest first.
    pub fn rejects(&self, source: Option<&str>, limit: usize) -> Result<Vec<Reject>> {
        observe::rejects(&self.live, source, limit)
    }

    /// Checks that every projection agrees with the log.
    pub fn verify(&self, progress: &dyn Progress) -> Result<observe::VerifyReport> {
        observe::verify(self, progress)
    }

    /// Drops store, search and lake and makes them again from the log. Profile ids stay as they are.
    pub fn rebuild(&self, progress: &dyn Progress) -> Result<RunReport> {
        story::rebuild(self, progress)
    }

    /// The matching model in force, as the log has it.
    pub(crate) fn model(&self) -> Result<Option<Model>> {
        match self.live.model()? {
            Some((_, entry)) => Ok(Some(model::parse(&self.model_file(), &entry.toml)?)),
            None => Ok(None),
        }
    }

    pub(crate) fn model_file(&self) -> PathBuf {
        self.dir.join("model.toml")
    }

    pub(crate) fn facts_file(&self) -> PathBuf {
        facts_file(&self.dir, &self.config())
    }

    pub(crate) fn look_file(&self) -> PathBuf {
        look_file(&self.dir, &self.config())
    }

    pub(crate) fn reader(&self) -> Reader<'_> {
        Reader::new(&self.live, self.collector.as_ref(), self.config())
    }

    /// What resolution is given today.
    pub(crate) fn task<'a>(
        &'a self,
        facts: &'a Facts,
        config: &'a Config,
        model_file: &'a Path,
    ) -> resolve::Task<'a> {
        resolve::Task {
            live: &self.live,
            facts,
            model_file,
            confidence: config.project.confidence,
            rules: &config.rules,
            retrain: false,
            fresh_max: self.look.fresh_max(),
            engine: None,
        }
    }

    pub(crate) fn lake_task<'a>(&'a self, facts: &'a Facts) -> tables::Task<'a> {
        tables::Task { live: &self.live, lake: &self.lake, facts, config: self.config() }
    }
}

/// The data directory's name in the project's folder.
pub(crate) const DATA_DIR: &str = ".kith";

fn facts_file(dir: &Path, config: &Config) -> PathBuf {
    dir.join(DATA_DIR).join(format!("facts-{}.json", config.project.tenant.as_str()))
}

fn look_file(dir: &Path, config: &Config) -> PathBuf {
    dir.join(DATA_DIR).join(format!("look-{}.json", config.project.tenant.as_str()))
}
