//! The story of the data, from the sources to the tables: connect → land → standardise → resolve → unify → lake.
//! A stage never calls another; this file alone decides what runs when.
//!
//! 1. Each source is pulled from its cursor; what is new or changed lands in the log, standardised. A source that
//!    fails is reported, and the others go on.
//! 2. If any record, the model or the confidence has changed, all records are resolved again; else the last result
//!    stands and the report says so.
//! 3. The lake tables that are behind are written, and the search index is brought up to the log.
//! 4. The figures of the run are counted and kept ([`look`]).

pub(crate) mod stream;

use crate::catalog;
use crate::connect;
use crate::error::{Error, Result};
use crate::facts::Facts;
use crate::land::{self, Landing, Surroundings};
use crate::look;
use crate::observe::writer_hash;
use crate::project::Project;
use crate::report::{Progress, RunOptions, RunReport, SourceFailure, SourceReport, Stage, Timer};
use crate::resolve;
use crate::unify::tables;
use kith_core::config::{Catalog, Config, Source};
use kith_core::entry::Entry;
use kith_core::id::{Position, SourceName};
use kith_live::Live;
use serde_json::{Map, Value};
use std::sync::PoisonError;

/// Runs the whole story.
pub(crate) fn run(project: &Project, options: &RunOptions, progress: &dyn Progress) -> Result<RunReport> {
    // Held for the whole run: a second one waits.
    let mut facts = project.facts.lock().unwrap_or_else(PoisonError::into_inner);
    let mut timer = Timer::start();
    let mut report = RunReport::default();
    let config = project.config();
    let (sources, catalogs) = chosen(&config, options)?;
    for source in sources {
        report.sources.push(landed(source, pull(project, source, progress)));
    }
    for shelf in catalogs {
        report.sources.push(landed(&shelf.source, catalog::pull(project, shelf, progress)));
    }
    facts.catch_up(&project.live)?;
    report.seconds.insert("land", timer.lap());
    later_stages(project, options, &mut facts, &mut timer, &mut report, progress)?;
    Ok(report)
}

/// Resolves what people have decided since, and brings every table up to it. Reads no source.
pub(crate) fn apply(project: &Project, facts: &mut Facts, progress: &dyn Progress) -> Result<RunReport> {
    let mut timer = Timer::start();
    let mut report = RunReport::default();
    facts.catch_up(&project.live)?;
    later_stages(project, &RunOptions::default(), facts, &mut timer, &mut report, progress)?;
    Ok(report)
}

/// Drops every projection and makes it again.
pub(crate) fn rebuild(project: &Project, progress: &dyn Progress) -> Result<RunReport> {
    let mut facts = project.facts.lock().unwrap_or_else(PoisonError::into_inner);
    let mut timer = Timer::start();
    let mut report = RunReport::default();
    progress.step(Stage::Land, "log", 0, None);
    whole_log(project)?;
    project.live.rebuild()?;
    if let Some(collector) = project.collector() {
        collector.events().fold_again()?;
    }
    // Events are not computed: the log of events has given up what their tables hold.
    for table in project.lake.tables().into_iter().filter(|t| t.schema != crate::lake::events::SCHEMA) {
        project.lake.drop_table(&table)?;
    }
    *facts = Facts::default();
    facts.catch_up(&project.live)?;
    report.seconds.insert("replay", timer.lap());
    later_stages(project, &RunOptions::default(), &mut facts, &mut timer, &mut report, progress)?;
    Ok(report)
}

/// The views may be all that is left of a damaged part of the log: they are not thrown away then.
fn whole_log(project: &Project) -> Result<()> {
    if let Some(lost) = project.live.recovery().lost.first() {
        let path = lost.path.display();
        return Err(Error::data(
            "K-LOG-CORRUPT",
            format!(
                "the log is damaged in {path}, from position {}: a rebuild would lose what it held",
                lost.first.0
            ),
            "Bring that file back from a backup, then rebuild. `kith verify` lists all damage.",
        ));
    }
    // And what was damaged since the log was opened.
    project.live.log_from(Position(1)).try_for_each(|entry| Ok(entry.map(drop)?))
}

fn later_stages(
    project: &Project,
    options: &RunOptions,
    facts: &mut Facts,
    timer: &mut Timer,
    report: &mut RunReport,
    progress: &dyn Progress,
) -> Result<()> {
    let config = project.config();
    let model_file = project.model_file();
    let task = resolve::Task {
        retrain: options.retrain,
        engine: options.engine.as_ref(),
        ..project.task(facts, &config, &model_file)
    };
    report.resolution = with_threads(options.threads, || resolve::run(&task, progress))?;
    if !report.resolution.skipped {
        facts.blocking = report.resolution.blocking.clone();
        facts.rules = report.resolution.rules.clone();
    }
    facts.catch_up(&project.live)?;
    report.seconds.insert("resolve", timer.lap());
    let writer = writer_hash(&config);
    let anew = facts.written_by.as_deref() != Some(&writer);
    report.tables_written = tables::write(&project.lake_task(facts), anew, progress)?;
    facts.written_by = Some(writer);
    report.seconds.insert("lake", timer.lap());
    project.live.index()?;
    report.seconds.insert("search", timer.lap());
    look::keep(project, facts, report.resolution.found.take().map(|found| *found))?;
    report.seconds.insert("look", timer.lap());
    facts.save(&project.facts_file());
    project.set_seen(facts.seen());
    report.position = project.live.position().0;
    report.records = project.live.node_count()?;
    report.profiles = facts.resolved.as_ref().map_or(0, |r| r.profiles);
    report.seconds_total = timer.total();
    Ok(())
}

fn with_threads<T: Send>(threads: Option<usize>, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    match threads {
        None => work(),
        Some(threads) => rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .map_err(|e| Error::internal("threads can not be started", e))?
            .install(work),
    }
}

/// The sources and catalogues that are to be read.
fn chosen<'a>(config: &'a Config, options: &RunOptions) -> Result<(Vec<&'a Source>, Vec<&'a Catalog>)> {
    let catalogs = || config.catalogs.iter().map(|catalog| &catalog.source);
    let all = || config.sources.iter().chain(catalogs());
    if let Some(name) = options.only.iter().find(|name| all().all(|s| s.name.as_str() != name.as_str())) {
        let names: Vec<&str> = all().map(|s| s.name.as_str()).collect();
        let help = format!("kith.toml has: {}.", names.join(", "));
        return Err(Error::not_found("K-SOURCE-UNKNOWN", format!("there is no source {name:?}"), help));
    }
    let wanted =
        |name: &SourceName| options.only.is_empty() || options.only.iter().any(|n| n == name.as_str());
    let sources = config.sources.iter().filter(|source| wanted(&source.name)).collect();
    Ok((sources, config.catalogs.iter().filter(|catalog| wanted(catalog.name())).collect()))
}

/// What landing one source did; a failure becomes part of the report.
fn landed(source: &Source, landed: Result<land::Landed>) -> SourceReport {
    let name = source.name.as_str().to_string();
    match landed {
        Ok(landed) => {
            let pulled = landed.pulled;
            SourceReport {
                source: name,
                read: pulled.read,
                landed: pulled.landed,
                unchanged: pulled.unchanged,
                rejected: pulled.rejected,
                removed: pulled.removed,
                skipped: landed.untouched,
                removals_postponed: landed.removals_postponed,
                junk: landed.junk,
                invalid: landed.invalid.into_iter().map(Into::into).collect(),
                error: None,
            }
        }
        Err(e) => {
            let failure =
                SourceFailure { code: e.code().into(), message: e.to_string(), help: e.help().to_string() };
            SourceReport { source: name, error: Some(failure), ..Default::default() }
        }
    }
}

fn pull(project: &Project, source: &Source, progress: &dyn Progress) -> Result<land::Landed> {
    let mut connector = connect::open(source, &project.dir)?;
    let previous = project.live.cursor(&source.name)?;
    let name = source.name.as_str();
    progress.step(Stage::Land, name, 0, None);
    land::land(
        source,
        connector.as_mut(),
        previous.as_ref(),
        &mut LiveLanding(&project.live),
        Surroundings {
            region: project.config().project.region.clone(),
            clock: &|| project.live.now_ms(),
            progress: &mut |read| progress.step(Stage::Land, name, read, None),
        },
    )
}

/// Landing into the live store.
struct LiveLanding<'a>(&'a Live);

impl Landing for LiveLanding<'_> {
    fn hash(&self, row: &Map<String, Value>) -> u64 {
        kith_live::row_hash(row)
    }

    fn row_hash(&self, source: &SourceName, key: &str) -> Result<Option<u64>> {
        Ok(self.0.row_hash(source, key)?)
    }

    fn keys(&self, source: &SourceName, each: &mut dyn FnMut(&str) -> Result<()>) -> Result<()> {
        for row in self.0.keys(source) {
            each(&row?.0)?;
        }
        Ok(())
    }

    fn append(&mut self, entries: Vec<Entry>) -> Result<()> {
        if !entries.is_empty() {
            self.0.append(&entries)?;
        }
        Ok(())
    }
}
