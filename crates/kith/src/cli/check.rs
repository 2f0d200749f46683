//! `kith verify`, `kith rebuild` and `kith doctor`: is everything as it should be, and if not, how to mend it.

use super::failure::{Exit, Failure};
use super::output::Output;
use super::progress::Bars;
use super::{Context, open, run};
use clap::Args;
use kith_engine::observe::{DoctorReport, doctor};

const VERIFY_HELP: &str = "\
Replays the log and compares every view with it: node store, search, identity changes, lake tables. Exits with 6 when one
disagrees; `kith rebuild` then makes it again.

Examples:
  kith verify
  kith verify --json";

const REBUILD_HELP: &str = "\
The log is the truth; everything else is computed from it. Profile ids stay as they are.

Examples:
  kith rebuild";

const DOCTOR_HELP: &str = "\
Looks at the configuration, the sources, the data directory and the disk, and says what to do about what is wrong. Works
where the project can not be opened. Exits with 6 when something is wrong.

Examples:
  kith doctor";

/// Check that every view agrees with the log.
#[derive(Args)]
#[command(after_help = VERIFY_HELP)]
pub struct Verify {}

/// Drop every view and make it again from the log.
#[derive(Args)]
#[command(after_help = REBUILD_HELP)]
pub struct Rebuild {}

/// Look for what is wrong with this project and this machine.
#[derive(Args)]
#[command(after_help = DOCTOR_HELP)]
pub struct Doctor {}

impl Verify {
    /// Does what was asked.
    pub fn execute(self, context: &Context, out: &mut Output) -> Result<(), Failure> {
        let project = open(context)?;
        let report = Bars::during(context.quiet, |bars| project.verify(bars))?;
        if out.json {
            out.document(&report)?;
        } else {
            for check in &report.checks {
                line(out, &check.name, check.good, &check.detail, check.help.as_deref())?;
            }
        }
        let help = "`kith rebuild` makes every view again from the log. A damaged log comes back from a backup first.";
        verdict(report.good, out, "K-VERIFY-DISAGREES", "a view disagrees with the log", help)
    }
}

impl Rebuild {
    /// Does what was asked.
    pub fn execute(self, context: &Context, out: &mut Output) -> Result<(), Failure> {
        let project = open(context)?;
        let report = Bars::during(context.quiet, |bars| project.rebuild(bars))?;
        if out.json { out.document(&report) } else { out.line(run::summary(&report, out)) }
    }
}

impl Doctor {
    /// Does what was asked.
    pub fn execute(self, context: &Context, out: &mut Output) -> Result<(), Failure> {
        let report: DoctorReport = doctor(&context.project_dir());
        if out.json {
            out.document(&report)?;
        } else {
            for check in &report.checks {
                line(out, &check.name, check.good, &check.detail, check.help.as_deref())?;
            }
        }
        let help = "Each line that begins with ✗ says what to do.";
        verdict(report.good, out, "K-DOCTOR-FOUND", "something is not as it should be", help)
    }
}

fn line(out: &mut Output, name: &str, good: bool, detail: &str, help: Option<&str>) -> Result<(), Failure> {
    let mark = if good { out.green("✓") } else { out.red("✗") };
    out.line(format!("{mark} {name}: {detail}"))?;
    match help {
        Some(help) => out.line(format!("  {help}")),
        None => Ok(()),
    }
}

fn verdict(good: bool, out: &mut Output, code: &str, message: &str, help: &str) -> Result<(), Failure> {
    out.flush()?;
    if good { Ok(()) } else { Err(Failure::new(Exit::Verification, code, message, help)) }
}
