//! `kith backup`: copies of a project that can be proved whole, and projects made of them.

use super::Context;
use super::failure::{Exit, Failure};
use super::output::{Output, grouped};
use super::progress::Bars;
use clap::{Args, Subcommand};
use kith_engine::backup::{self, Backup, Part, Plan};
use std::path::PathBuf;

const AFTER_HELP: &str = "\
A backup is one folder: what the project can not compute (the logs, the tables of events, kith.toml, the model, plans, the hashes
of tokens), and the checksum of each file. It is made while a server runs, and holds everything that was acknowledged before it
began. Sources, and secrets in files, stay where they are. Whoever reads a backup reads personal data: keep it as you keep those.

Examples:
  kith backup create /mnt/backups --keep 7
  kith backup verify /mnt/backups/kith-default-20261122T174500123Z
  kith backup restore /mnt/backups/kith-default-20261122T174500123Z ./restored
  (cd /mnt/backups/kith-…; sha256sum -c SHA256SUMS)          without Kith";

/// Make, check and restore backups.
#[derive(Subcommand)]
#[command(after_help = AFTER_HELP)]
pub enum Command {
    /// Copy this project, while it is in use, to a new folder below DIR.
    #[command(after_help = AFTER_HELP)]
    Create(Create),
    /// Read a backup whole and compare it with its checksums; exits with 6 when a byte differs.
    #[command(after_help = AFTER_HELP)]
    Verify(Verify),
    /// Make a project of a backup, in a new folder.
    #[command(after_help = AFTER_HELP)]
    Restore(Restore),
}

/// Copy this project, while it is in use, to a new folder below DIR.
#[derive(Args)]
pub struct Create {
    /// The folder that holds the backups; on another disk than the project.
    #[arg(value_name = "DIR")]
    into: PathBuf,
    /// Remove all but the newest N backups of this project there.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    keep: Option<u16>,
}

/// Read a backup whole and compare it with its checksums.
#[derive(Args)]
pub struct Verify {
    /// The backup's folder.
    backup: PathBuf,
}

/// Make a project of a backup, in a new folder.
#[derive(Args)]
pub struct Restore {
    /// The backup's folder.
    backup: PathBuf,
    /// The new project's folder: not there yet, or empty.
    to: PathBuf,
}

impl Command {
    /// Does what was asked.
    pub fn execute(self, context: &Context, out: &mut Output) -> Result<(), Failure> {
        match self {
            Command::Create(command) => command.execute(context, out),
            Command::Verify(command) => command.execute(context, out),
            Command::Restore(command) => command.execute(context, out),
        }
    }
}

impl Create {
    fn execute(self, context: &Context, out: &mut Output) -> Result<(), Failure> {
        let project = context.project_dir();
        let plan = Plan { project: &project, into: &self.into, keep: self.keep.map(usize::from) };
        let made = Bars::during(context.quiet, |bars| backup::make(&plan, bars))?;
        if out.json {
            out.document(&made)?;
        } else {
            told(&made, out)?;
        }
        if made.sound() {
            return Ok(());
        }
        out.flush()?;
        let message = format!("the project's log is damaged, and {} has the damage", made.path.display());
        let help = "Keep the older backups. `kith verify` lists the damage.";
        Err(Failure::new(Exit::Verification, "K-BACKUP-LOG", message, help))
    }
}

fn told(made: &Backup, out: &mut Output) -> Result<(), Failure> {
    let (files, size) = (grouped(made.files), megabytes(made.bytes));
    out.line(format!("{} {}: {files} files, {size}", out.green("✓"), made.path.display()))?;
    let part = |name: &str, part: &Part| format!("  {name} up to position {}", grouped(part.position));
    out.line(part("records and decisions", &made.records))?;
    if let Some(events) = &made.events {
        out.line(part("events", events))?;
    }
    let parts = std::iter::once(&made.records).chain(&made.events);
    for damage in parts.flat_map(|part| &part.damage) {
        out.line(format!("  {} {damage}", out.red("✗")))?;
    }
    if !made.left_out.is_empty() {
        out.line(format!("  not in it, because they are not the project's: {}", made.left_out.join(", ")))?;
    }
    made.removed.iter().try_for_each(|path| out.line(format!("  removed {}", path.display())))
}

impl Verify {
    fn execute(self, context: &Context, out: &mut Output) -> Result<(), Failure> {
        let found = Bars::during(context.quiet, |bars| backup::verify(&self.backup, bars))?;
        if out.json {
            out.document(&found)?;
        } else {
            for wrong in &found.wrong {
                out.line(format!("{} {} {}", out.red("✗"), wrong.file, wrong.what))?;
            }
            if found.good {
                let (files, size) = (grouped(found.files), megabytes(found.bytes));
                out.line(format!("{} {files} files, {size}, every byte as it was made", out.green("✓")))?;
            }
        }
        out.flush()?;
        if found.good {
            return Ok(());
        }
        let message = format!("{} of its files are not as they were made", found.wrong.len());
        Err(Failure::new(Exit::Verification, "K-BACKUP-DAMAGED", message, "Use another backup."))
    }
}

impl Restore {
    fn execute(self, context: &Context, out: &mut Output) -> Result<(), Failure> {
        let restored = Bars::during(context.quiet, |bars| backup::restore(&self.backup, &self.to, bars))?;
        if out.json {
            return out.document(&restored);
        }
        let (copied, made) = restored.seconds;
        out.line(format!(
            "{} {}: {} files in {copied:.1} s, {} profiles made again in {made:.1} s",
            out.green("✓"),
            restored.path.display(),
            grouped(restored.files),
            grouped(restored.profiles),
        ))?;
        out.line("  sources of files stand where kith.toml says; `kith doctor` names what is missing, `kith verify` compares all")
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
