//! `kith sources`: what is connected and what was read.

use super::failure::Failure;
use super::output::{Output, grouped};
use super::table::Table;
use super::{Context, open};
use clap::Args;

const AFTER_HELP: &str = "\
Every row that was read is accounted for: read = landed + unchanged + rejected.

Examples:
  kith sources
  kith sources --json";

/// The sources and what was read from them.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Sources {}

impl Sources {
    /// Does what was asked.
    pub fn execute(self, context: &Context, out: &mut Output) -> Result<(), Failure> {
        let sources = open(context)?.sources()?;
        if out.json {
            return out.document(&sources);
        }
        let columns = [
            "source",
            "kind",
            "rank",
            "records",
            "read",
            "landed",
            "unchanged",
            "rejected",
            "removed",
            "last pull",
        ];
        let mut table = Table::new(columns);
        for source in sources {
            table.row([
                source.name,
                source.kind,
                source.rank.to_string(),
                grouped(source.records),
                grouped(source.read),
                grouped(source.landed),
                grouped(source.unchanged),
                grouped(source.rejected),
                grouped(source.removed),
                source.last_pulled_at.unwrap_or_else(|| "never".into()),
            ]);
        }
        out.line(table.render())
    }
}
