//! `kith run`: read what is new in every source and resolve it.

use super::cluster::Engine;
use super::dedupe::expectation;
use super::failure::{Exit, Failure};
use super::output::{Output, grouped, printable};
use super::progress::Bars;
use super::table::Table;
use super::{Context, open};
use clap::Args;
use kith_engine::{RunOptions, RunReport};

const AFTER_HELP: &str = "\
A source that has not changed is not read again. The first run estimates the matching model and writes model.toml; later
runs use it, until --retrain. A model of fewer than 10,000 records that nobody has changed is
estimated anew once there are twice as many.

Examples:
  kith run
  kith run --source crm --source shop
  kith run --retrain --json
  kith run --engine ballista://10.0.0.5:50050 --shared-dir /mnt/kith";

/// Read what is new, and resolve it.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Run {
    /// Estimate the matching model anew.
    #[arg(long)]
    retrain: bool,
    /// Read only this source (repeat for more).
    #[arg(long, value_name = "NAME")]
    source: Vec<String>,
    /// Threads for matching [default: as many as the machine has].
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    #[command(flatten)]
    engine: Engine,
}

impl Run {
    /// Does what was asked.
    pub fn execute(self, context: &Context, out: &mut Output) -> Result<(), Failure> {
        let project = open(context)?;
        // Whoever events came for just before the server was stopped.
        project.follow_events()?;
        let options = RunOptions {
            retrain: self.retrain,
            only: self.source,
            threads: self.threads.map(usize::from),
            engine: self.engine.choice(&project.dir().join(".kith/tmp")),
        };
        let report = Bars::during(context.quiet, |bars| project.run(&options, bars))?;
        project.keep_events(&|_| {})?;
        if out.json {
            out.document(&report)?
        } else {
            show(&report, out)?
        }
        out.flush()?;
        unread(&report)
    }
}

/// The report for people.
pub fn show(report: &RunReport, out: &mut Output) -> Result<(), Failure> {
    let mut table = Table::new(["source", "read", "landed", "unchanged", "rejected", "removed", ""]);
    for source in &report.sources {
        let note = match (&source.error, source.skipped) {
            (Some(error), _) => error.message.clone(),
            (None, true) => "as it was, not read again".into(),
            (None, false) => String::new(),
        };
        table.row([
            source.source.clone(),
            grouped(source.read),
            grouped(source.landed),
            grouped(source.unchanged),
            grouped(source.rejected),
            grouped(source.removed),
            note,
        ]);
    }
    out.line(table.render())?;
    for source in &report.sources {
        for bad in &source.invalid {
            let times =
                if bad.count == 1 { "once".to_string() } else { format!("{} times", grouped(bad.count)) };
            let example = printable(&bad.example);
            out.line(format!("{}.{} {times}: {example:?}: {}", source.source, bad.column, bad.reason))?;
        }
    }
    out.line("")?;
    let resolution = &report.resolution;
    if resolution.skipped {
        out.line(format!("Not resolved again: {}.", resolution.reason))?;
    } else if !resolution.model.is_empty() {
        out.line(format!("Matching model: {}.", resolution.model))?;
    }
    if resolution.expected.pairs > 0 {
        out.line(expectation(&resolution.expected, resolution.confidence))?;
    }
    out.line(summary(report, out))?;
    if report.sources.iter().any(|s| s.rejected > 0) {
        out.line("`kith rejects` shows what was rejected and why.")?;
    }
    Ok(())
}

/// The one sentence that matters.
pub fn summary(report: &RunReport, out: &Output) -> String {
    let people = out.bold(&format!("{} people", grouped(report.profiles)));
    format!("{} records are {people}. {:.1} s.", grouped(report.records), report.seconds_total)
}

/// The other sources went on, but a script has to know.
fn unread(report: &RunReport) -> Result<(), Failure> {
    let mut failed = report.sources.iter().filter_map(|s| s.error.as_ref().map(|error| (s, error)));
    match failed.next() {
        None => Ok(()),
        Some((source, error)) => {
            let more = failed.count();
            let others = if more > 0 { format!(" (and {more} more)") } else { String::new() };
            let message = format!("{}: {}{others}", source.source, error.message);
            Err(Failure::new(Exit::Source, error.code.clone(), message, error.help.clone()))
        }
    }
}
