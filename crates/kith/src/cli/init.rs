//! `kith init`: look at sources, recognise their columns, and write a kith.toml that a person can correct.

use super::Context;
use super::failure::Failure;
use super::output::{Output, printable};
use super::table::Table;
use clap::Args;
use kith_engine::{InitOptions, InitReport, init};

const AFTER_HELP: &str = "\
A source is a file (CSV, NDJSON, Parquet, also .gz), a folder of files, an SQLite file, or a PostgreSQL URL. The password
of a database is taken from PGPASSWORD, never from the command line.

Examples:
  kith init crm.csv shop.db tickets.ndjson.gz
  kith init postgres://reader@db.example.org/crm
  kith init --dir acme --region DE exports/";

/// Look at sources, recognise their columns, and write kith.toml.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Init {
    /// Files, folders or database URLs.
    #[arg(required = true, value_name = "SPEC")]
    specs: Vec<String>,
    /// The project's name [default: the folder's].
    #[arg(long)]
    name: Option<String>,
    /// The country for phone numbers and address words, such as US or DE [default: found out].
    #[arg(long, value_name = "COUNTRY")]
    region: Option<String>,
    /// Replace an existing kith.toml.
    #[arg(long)]
    force: bool,
}

impl Init {
    /// Does what was asked.
    pub fn execute(self, context: &Context, out: &mut Output) -> Result<(), Failure> {
        let options = InitOptions { name: self.name, region: self.region, force: self.force };
        let report = init(&self.specs, &context.project_dir(), &options)?;
        if out.json { out.document(&report) } else { show(&report, out) }
    }
}

fn show(report: &InitReport, out: &mut Output) -> Result<(), Failure> {
    for source in &report.sources {
        let name = out.bold(&source.name);
        let key = match source.key.is_empty() {
            true => "no key: rows are told apart by their content".to_string(),
            false => format!("key {}", printable(&source.key.join(", "))),
        };
        out.line(format!("{name}  {} {}  ({key})", source.kind, printable(&source.place)))?;
        let mut columns = Table::new(["column", "means", "certainty", "because"]);
        for column in &source.columns {
            let means = column.field.clone().unwrap_or_else(|| "(kept, not used)".into());
            columns.row([
                column.column.clone(),
                means,
                format!("{:.2}", column.certainty),
                column.reason.clone(),
            ]);
        }
        out.line(format!("{}\n", columns.render()))?;
    }
    for left in &report.left_out {
        out.line(out.faint(&format!("Left out {}: {}", printable(&left.place), left.reason)))?;
    }
    if let Some(region) = &report.region {
        out.line(format!("Country: {region} ({}).", report.region_reason))?;
    }
    out.line(format!("Wrote {}. Read it, correct it, then: {}", report.file, out.bold("kith run")))
}
