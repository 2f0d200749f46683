//! `kith rejects`: rows that could not be landed, with the reason and the original.

use super::failure::Failure;
use super::output::Output;
use super::table::Table;
use super::{Context, at_least_one, open};
use clap::Args;
use kith_core::id::SourceName;

const AFTER_HELP: &str = "\
Examples:
  kith rejects
  kith rejects --source newsletter --limit 10
  kith rejects --json                          with the whole original of each row";

/// Rows that could not be landed, with the reason.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Rejects {
    /// Of this source only.
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// At most so many.
    #[arg(long, default_value_t = 100)]
    limit: usize,
}

impl Rejects {
    /// Does what was asked.
    pub fn execute(self, context: &Context, out: &mut Output) -> Result<(), Failure> {
        if let Some(Err(e)) = self.source.as_deref().map(SourceName::try_from) {
            return Err(Failure::usage(e.to_string(), "`kith sources` names the sources."));
        }
        let rejects = open(context)?.rejects(self.source.as_deref(), at_least_one(self.limit)?)?;
        if out.json {
            return out.document(&rejects);
        }
        if rejects.is_empty() {
            return out.line("Nothing was rejected.");
        }
        let mut table = Table::new(["source", "place", "code", "reason", "original"]);
        for reject in rejects {
            table.row([reject.source, reject.place, reject.code, reject.reason, reject.original]);
        }
        out.line(table.render())
    }
}
