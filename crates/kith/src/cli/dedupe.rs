//! `kith dedupe`: find the duplicates in files, without a project or any configuration.

use super::cluster::Engine;
use super::failure::{Exit, Failure};
use super::output::{Output, grouped};
use super::progress::Bars;
use super::table::Table;
use super::{Context, probability};
use clap::Args;
use kith_engine::dedupe::{DedupeOptions, DedupeReport, Evaluation, Expected, dedupe};
use std::path::PathBuf;

const AFTER_HELP: &str = "\
CSV, CSV.gz, NDJSON, NDJSON.gz and Parquet. The columns' meaning is recognised by name and content, and the matching model
is estimated without labels. The answer is `record_id,cluster_id,confidence`.

Examples:
  kith dedupe customers.csv --out people.csv
  kith dedupe crm.csv shop.ndjson.gz --out people.csv --pairs pairs.parquet --model model.toml
  kith dedupe a.csv b.csv --link-only --out links.csv            only pairs across the files
  kith dedupe labelled.csv --out out.csv --truth truth.csv       and how right it is (record_id,entity_id)";

/// Find the duplicates in files, without a project.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Dedupe {
    /// The files; several make one table, each a source of its own.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Where the clusters go (CSV).
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Where the matching pairs go (Parquet).
    #[arg(long, value_name = "FILE")]
    pairs: Option<PathBuf>,
    /// The matching model: read when the file exists, else written.
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// How sure it must be that records are one.
    #[arg(long, default_value = "0.5", value_parser = probability)]
    confidence: f64,
    /// Compare only records of different sources.
    #[arg(long)]
    link_only: bool,
    /// The column that names a record [default: recognised, else the number of the row].
    #[arg(long, value_name = "COLUMN")]
    id: Option<String>,
    /// Known answers to measure against: a file with the columns record_id and entity_id.
    #[arg(long, value_name = "FILE")]
    truth: Option<PathBuf>,
    /// The country for phone numbers and address words, such as US or DE.
    #[arg(long, value_name = "COUNTRY")]
    region: Option<String>,
    /// Threads [default: as many as the machine has].
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    #[command(flatten)]
    engine: Engine,
}

impl Dedupe {
    /// Does what was asked.
    pub fn execute(self, context: &Context, out: &mut Output) -> Result<(), Failure> {
        if self.out.is_none() && self.pairs.is_none() && self.truth.is_none() && !out.json {
            let help = "Say where the clusters go: --out clusters.csv.";
            return Err(Failure::usage("there is nowhere for the answer to go", help));
        }
        if let Some(missing) = self.files.iter().find(|file| !file.exists()) {
            let message = format!("there is no file {}", missing.display());
            return Err(Failure::new(Exit::Source, "K-SOURCE-MISSING", message, "Check the path."));
        }
        let same =
            |a: &PathBuf, b: &PathBuf| a.canonicalize().is_ok_and(|a| b.canonicalize().is_ok_and(|b| a == b));
        let outputs = [&self.out, &self.pairs];
        if let Some(input) = outputs.into_iter().flatten().find(|o| self.files.iter().any(|f| same(f, o))) {
            let message = format!("{} is read and would be written over", input.display());
            return Err(Failure::usage(message, "Choose another name for the answer."));
        }
        let options = DedupeOptions {
            files: self.files,
            out: self.out,
            pairs: self.pairs,
            model: self.model,
            truth: self.truth,
            id: self.id,
            confidence: self.confidence,
            link_only: self.link_only,
            region: self.region,
            threads: self.threads.map(usize::from),
            engine: self.engine.choice(&std::env::temp_dir()),
        };
        let report = Bars::during(context.quiet, |bars| dedupe(&options, bars))?;
        if out.json { out.document(&report) } else { show(&options, &report, out) }
    }
}

fn show(options: &DedupeOptions, report: &DedupeReport, out: &mut Output) -> Result<(), Failure> {
    let mut columns = Table::new(["column", "taken for", "certainty", "because"]);
    for column in &report.columns {
        let field = column.field.clone().unwrap_or_else(|| "(not used)".into());
        columns.row([
            column.column.clone(),
            field,
            format!("{:.2}", column.certainty),
            column.reason.clone(),
        ]);
    }
    out.line(columns.render())?;
    out.line("")?;
    out.line(format!("Record ids: {}. Matching model: {}.", report.id, report.model))?;
    for reject in report.rejects.iter().take(5) {
        out.line(out.red(&format!("refused {}: {}", reject.place, reject.reason)))?;
    }
    if report.rejected > 0 {
        let sum = [report.rows, report.records, report.rejected].map(grouped);
        out.line(format!("{} rows = {} records + {} refused", sum[0], sum[1], sum[2]))?;
    }
    let entities = out.bold(&format!("{} entities", grouped(report.clusters)));
    let duplicates = grouped(report.duplicates);
    let records = grouped(report.records);
    let seconds = report.seconds_total;
    out.line(format!("{records} records are {entities}: {duplicates} duplicates. {seconds:.1} s."))?;
    if report.expected.pairs > 0 {
        out.line(expectation(&report.expected, options.confidence))?;
    }
    if let Some(evaluation) = &report.evaluation {
        out.line(scores(evaluation))?;
    }
    for (what, file) in [("Clusters", &options.out), ("Pairs", &options.pairs), ("Model", &options.model)] {
        if let Some(file) = file {
            out.line(format!("{what}: {}", file.display()))?;
        }
    }
    Ok(())
}

/// What a confidence is expected to give.
pub fn expectation(expected: &Expected, confidence: f64) -> String {
    let [right, found] = [expected.precision, expected.recall].map(|share| 100.0 * share);
    format!(
        "At confidence {confidence} about {right:.1} % of the joined pairs should be right, and {found:.1} % of the findable ones joined."
    )
}

fn scores(evaluation: &Evaluation) -> String {
    let mut table = Table::new(["against the truth", "precision", "recall", "F1"]);
    for (name, scores) in [("pairwise", &evaluation.pairwise), ("B-cubed", &evaluation.bcubed)] {
        let numbers = [scores.precision, scores.recall, scores.f1].map(|n| format!("{n:.4}"));
        table.row(std::iter::once(name.to_string()).chain(numbers));
    }
    format!("\n{}\n", table.render())
}
