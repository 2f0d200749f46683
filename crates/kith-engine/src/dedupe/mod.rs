//! `kith dedupe`: one or more files in, clusters out, without a project or any configuration.
//!
//! Reads:  CSV, NDJSON and Parquet files; a model file, if one is named and exists; a truth file, if one is named.
//! Decides: what the columns mean (`kith_core::recognise`); everything else is the library's.
//! Writes: `record_id,cluster_id,confidence`; the pairs as Parquet; the model.
//! Fails:  `K-SOURCE-…` for files, `K-DEDUPE-…` for what can not be done with them.
//!
//! Memory: for a million records of 12 columns the codes take 12 × 4 MB = 48 MB and the distinct texts some 200 MB.
//! So a column's texts are dropped as soon as its normal forms are made, and no cell is ever a string of its own.

mod columns;
mod output;
mod truth;

use crate::error::{Error, Result};
use crate::report::{Progress, Stage, Timer};
use crate::resolve::model;
use crate::tabular::{self, DictColumn, Frame};
use columns::Meaning;
use kith_core::field::Field;
use kith_resolve::{Edge, Linker, MergeTree, Options, Records};
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
    pub columns: Vec<Meaning>,
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
    /// Against the truth, if one was given.
    pub evaluation: Option<truth::Evaluation>,
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

pub use columns::Meaning as ColumnMeaning;
pub use truth::{Evaluation, Scores};

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
    let meanings = columns::recognise(&frame, options.id.as_deref())?;
    let ids = take_ids(&mut frame, &meanings, &mut report);
    let sources = take_sources(&mut frame, &meanings, options, &mut report)?;
    let records = Records {
        columns: columns::standardise(&mut frame, &meanings, options.region.as_deref())?,
        source: sources,
        keys: None,
        len: frame.rows,
    };
    drop(frame);
    report.columns = meanings;
    report.seconds.insert("standardise", timer.lap());
    let cross_source = records.source.clone().filter(|_| options.link_only);
    let (edges, tree) = resolve(records, options, progress, &mut timer, &mut report)?;
    finish(options, &ids, &edges, &tree, cross_source.as_deref(), &mut report)?;
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

/// The record ids: a column, or the number of the row.
pub(crate) enum Ids {
    Column(DictColumn),
    RowNumber,
}

impl Ids {
    /// The id of a record.
    pub(crate) fn get(&self, record: usize) -> std::borrow::Cow<'_, str> {
        match self {
            Ids::Column(column) => column.get(record).unwrap_or_default().into(),
            Ids::RowNumber => (record + 1).to_string().into(),
        }
    }
}

fn take_ids(frame: &mut Frame, meanings: &[Meaning], report: &mut DedupeReport) -> Ids {
    match meanings.iter().position(|m| m.is(Field::RecordKey)) {
        Some(at) => {
            report.id = format!("the column {:?}", frame.names[at]);
            Ids::Column(std::mem::take(&mut frame.columns[at]))
        }
        None => {
            report.id = "the number of the row, from 1".into();
            Ids::RowNumber
        }
    }
}

/// The source of each record: a column, else the file if there are several.
fn take_sources(
    frame: &mut Frame,
    meanings: &[Meaning],
    options: &DedupeOptions,
    report: &mut DedupeReport,
) -> Result<Option<Vec<u16>>> {
    if let Some(at) = meanings.iter().position(|m| m.is(Field::Source)) {
        let column = std::mem::take(&mut frame.columns[at]);
        let codes: Option<Vec<u16>> = column.codes.iter().map(|c| u16::try_from(*c).ok()).collect();
        report.sources = column.dict.iter().map(str::to_string).collect();
        let many = || {
            let help = "Leave the column out, or name the right one: at most 65,535 sources are told apart.";
            Error::input("K-DEDUPE-SOURCES", "the source column has too many different values", help)
        };
        return codes.map(Some).ok_or_else(many);
    }
    if options.files.len() > 1 {
        report.sources = std::mem::take(&mut frame.files);
        return Ok(Some(std::mem::take(&mut frame.file_of)));
    }
    if options.link_only {
        let help = "Name two or more files, or give the table a column `source`.";
        return Err(Error::input(
            "K-DEDUPE-LINK-ONLY",
            "there is only one source, so nothing can be linked",
            help,
        ));
    }
    Ok(None)
}

fn resolve(
    records: Records,
    options: &DedupeOptions,
    progress: &dyn Progress,
    timer: &mut Timer,
    report: &mut DedupeReport,
) -> Result<(Vec<Edge>, MergeTree)> {
    if records.columns.is_empty() {
        let help =
            "Name the columns so that they say what they hold: first_name, last_name, email, phone, dob …";
        return Err(Error::input(
            "K-DEDUPE-NOTHING",
            "no column was recognised that records could be compared by",
            help,
        ));
    }
    let settings = Options { link_only: options.link_only, ..Options::default() };
    let linker = Linker::new(records, &settings).map_err(model::does_not_fit)?;
    report.seconds.insert("encode", timer.lap());
    let stored = options.model.as_deref().map(model::read).transpose()?.flatten();
    let model = match (stored, &options.model) {
        (Some((_, model)), Some(file)) => {
            report.model = format!("read from {}", file.display());
            model
        }
        _ => {
            progress.step(Stage::Train, "model", 0, None);
            let model = kith_resolve::train(&linker, &settings).map_err(model::does_not_fit)?;
            if let Some(file) = &options.model {
                model::write(file, &model.to_toml())?;
            }
            report.model = "trained".into();
            model
        }
    };
    report.seconds.insert("train", timer.lap());
    progress.step(Stage::Resolve, "records", 0, Some(linker.len() as u64));
    let resolution = kith_resolve::resolve(&linker, &model, &settings).map_err(model::does_not_fit)?;
    report.seconds.insert("resolve", timer.lap());
    report.pairs = resolution.edges.len() as u64;
    Ok((resolution.edges, resolution.tree))
}

fn finish(
    options: &DedupeOptions,
    ids: &Ids,
    edges: &[Edge],
    tree: &MergeTree,
    cross_source: Option<&[u16]>,
    report: &mut DedupeReport,
) -> Result<()> {
    let clusters = tree.clusters(options.confidence);
    let certainty = tree.certainty(options.confidence);
    report.clusters =
        clusters.iter().enumerate().filter(|(at, first)| *at == **first as usize).count() as u64;
    report.duplicates = report.records - report.clusters;
    if let Some(file) = &options.out {
        output::write_clusters(file, ids, &clusters, &certainty)?;
    }
    if let Some(file) = &options.pairs {
        output::write_pairs(file, ids, edges)?;
    }
    if let Some(file) = &options.truth {
        report.evaluation = Some(truth::measure(file, ids, &clusters, cross_source)?);
    }
    Ok(())
}
