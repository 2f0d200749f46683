//! `kith dedupe`: one or more files in, clusters out, without a project or any configuration.
//!
//! Reads:  CSV, NDJSON and Parquet files; a model file, if one is named and exists; a truth file, if one is named.
//! Decides: nothing; what lies between reading and writing is `kith_dedupe`'s.
//! Writes: `record_id,cluster_id,confidence`; the pairs as Parquet; the model.
//! Fails:  `K-SOURCE-…` for files, `K-DEDUPE-…` for what can not be done with them.

mod output;

use crate::error::{Error, Result};
use crate::exec::EngineChoice;
use crate::report::{Progress, Stage, Timer};
use crate::resolve::{model, spread};
use crate::tabular::{self, Frame};
use kith_dedupe::{Clusters, Ids, Prepared, Settings, recognise, truth};
use kith_resolve::{Constraints, Linker, Model, Options, Resolution};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What to do.
#[derive(Clone, Debug)]
pub struct DedupeOptions {
    /// The files; several make one table, and each is a source unless a column says so.
    pub files: Vec<PathBuf>,
    /// Where the clusters go; `None` = nowhere.
    pub out: Option<PathBuf>,
    /// Where the matching pairs go, as Parquet.
    pub pairs: Option<PathBuf>,
    /// The model: read if the file exists, else written.
    pub model: Option<PathBuf>,
    /// Known answers (`record_id,entity_id`) to measure against.
    pub truth: Option<PathBuf>,
    /// The column that names a record; `None` = recognised, else the row's number.
    pub id: Option<String>,
    /// The probability at which two records are one entity.
    pub confidence: f64,
    /// Only compare records of different sources.
    pub link_only: bool,
    /// Country for phone numbers and address words, ISO alpha-2.
    pub region: Option<String>,
    /// Threads; `None` = as many as the machine has.
    pub threads: Option<usize>,
    /// Where matching and clustering run; `None` = in this process, by the kernel alone.
    pub engine: Option<EngineChoice>,
}

impl Default for DedupeOptions {
    fn default() -> Self {
        DedupeOptions {
            files: Vec::new(),
            out: None,
            pairs: None,
            model: None,
            truth: None,
            id: None,
            confidence: 0.5,
            link_only: false,
            region: None,
            threads: None,
            engine: None,
        }
    }
}

/// What was done. `rows = records + rejected`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DedupeReport {
    /// Rows in the files.
    pub rows: u64,
    /// Of these, compared.
    pub records: u64,
    /// Of these, refused, with place and reason of the first hundred.
    pub rejected: u64,
    /// The first refused rows.
    pub rejects: Vec<RejectedRow>,
    /// What each column was taken for.
    pub columns: Vec<ColumnMeaning>,
    /// Where the record ids come from.
    pub id: String,
    /// The sources, if there are several.
    pub sources: Vec<String>,
    /// `trained`, or the file it was read from.
    pub model: String,
    /// Matching pairs kept.
    pub pairs: u64,
    /// Entities at the asked confidence.
    pub clusters: u64,
    /// Records beyond the first of their entity.
    pub duplicates: u64,
    /// What the joined pairs are expected to be worth, by what the merges state.
    pub expected: Expected,
    /// Against the truth, if one was given.
    pub evaluation: Option<Evaluation>,
    /// Seconds per stage.
    pub seconds: BTreeMap<&'static str, f64>,
    /// Seconds in all.
    pub seconds_total: f64,
}

/// A row that was refused.
#[derive(Clone, Debug, Serialize)]
pub struct RejectedRow {
    /// Where.
    pub place: String,
    /// A stable code.
    pub code: String,
    /// Why, and how to mend it.
    pub reason: String,
}

pub use kith_resolve::expected::Expected;

pub use kith_dedupe::{Evaluation, Meaning as ColumnMeaning, Scores};

/// Finds the records that are one entity.
pub fn dedupe(options: &DedupeOptions, progress: &dyn Progress) -> Result<DedupeReport> {
    match options.threads {
        None => run(options, progress),
        Some(threads) => rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .map_err(|e| Error::internal("threads can not be started", e))?
            .install(|| run(options, progress)),
    }
}

fn run(options: &DedupeOptions, progress: &dyn Progress) -> Result<DedupeReport> {
    check(options)?;
    let mut timer = Timer::start();
    let mut report = DedupeReport::default();
    progress.step(Stage::Land, "files", 0, Some(options.files.len() as u64));
    let mut frame = tabular::read_columns(&options.files)?;
    take_rejects(&mut frame, &mut report);
    report.seconds.insert("read", timer.lap());
    let settings = Settings {
        id: options.id.clone(),
        link_only: options.link_only,
        region: options.region.clone(),
        ..Settings::default()
    };
    let table = frame.into_table();
    report.columns = recognise(&table, &settings)?;
    let mut prepared = Prepared::new(table, &report.columns, &settings)?;
    report.id = prepared.ids.to_string();
    report.seconds.insert("standardise", timer.lap());
    let cross_source = prepared.source().filter(|_| options.link_only).map(<[u16]>::to_vec);
    let how = settings.options();
    let linker = prepared.linker(&how)?;
    report.sources = prepared.sources;
    report.seconds.insert("encode", timer.lap());
    let model = model_for(&linker, &how, options, progress, &mut report)?;
    report.seconds.insert("train", timer.lap());
    progress.step(Stage::Resolve, "records", 0, Some(linker.len() as u64));
    let found = match &options.engine {
        None => kith_resolve::resolve(&linker, &model, &how).map_err(model::does_not_fit)?,
        Some(choice) => spread::on(choice, &linker, &model, &how, &Constraints::default())?,
    };
    report.seconds.insert("resolve", timer.lap());
    finish(options, &prepared.ids, &found, cross_source.as_deref(), &mut report)?;
    report.seconds.insert("write", timer.lap());
    report.seconds_total = timer.total();
    Ok(report)
}

fn check(options: &DedupeOptions) -> Result<()> {
    if options.files.is_empty() {
        return Err(Error::input(
            "K-DEDUPE-FILES",
            "no file was named",
            "Name at least one CSV, NDJSON or Parquet file.",
        ));
    }
    if !(options.confidence > 0.0 && options.confidence < 1.0) {
        let help = "Use a probability such as 0.95.";
        return Err(Error::input("K-DEDUPE-CONFIDENCE", "the confidence is not between 0 and 1", help));
    }
    Ok(())
}

fn take_rejects(frame: &mut Frame, report: &mut DedupeReport) {
    let rejects = std::mem::take(&mut frame.rejects);
    report.records = frame.rows as u64;
    report.rejected = rejects.len() as u64;
    report.rows = report.records + report.rejected;
    let shown = rejects.into_iter().take(100);
    report.rejects =
        shown.map(|r| RejectedRow { place: r.place, code: r.code.into(), reason: r.reason }).collect();
}

/// The model in the file that is named, else one estimated from the records, which is then written there.
fn model_for(
    linker: &Linker,
    how: &Options,
    options: &DedupeOptions,
    progress: &dyn Progress,
    report: &mut DedupeReport,
) -> Result<Model> {
    let stored = options.model.as_deref().map(model::read).transpose()?.flatten();
    if let (Some((_, model)), Some(file)) = (stored, &options.model) {
        report.model = format!("read from {}", file.display());
        return Ok(model);
    }
    progress.step(Stage::Train, "model", 0, None);
    let model = kith_resolve::train(linker, how).map_err(model::does_not_fit)?;
    if let Some(file) = &options.model {
        model::write(file, &model.to_toml())?;
    }
    report.model = "trained".into();
    Ok(model)
}

fn finish(
    options: &DedupeOptions,
    ids: &Ids,
    found: &Resolution,
    cross_source: Option<&[u16]>,
    report: &mut DedupeReport,
) -> Result<()> {
    let clusters = Clusters::cut(&found.tree, options.confidence);
    report.pairs = found.edges.len() as u64;
    report.clusters = clusters.count as u64;
    report.expected = kith_resolve::expected::at(&found.tree, options.confidence);
    report.duplicates = report.records - report.clusters;
    if let Some(file) = &options.out {
        output::write_clusters(file, ids, &clusters)?;
    }
    if let Some(file) = &options.pairs {
        output::write_pairs(file, ids, &found.edges)?;
    }
    if let Some(file) = &options.truth {
        let known = tabular::read_columns(std::slice::from_ref(file))?.into_table();
        let name = file.display().to_string();
        report.evaluation = Some(truth::measure(&known, &name, ids, &clusters.first, cross_source)?);
    }
    Ok(())
}
