//! `kith sql`: one read-only query over sources and results.

use super::failure::Failure;
use super::output::{Output, note};
use super::table::Table;
use super::token::standing;
use super::{Context, open};
use clap::Args;
use kith_core::govern::Subject;
use kith_engine::Limits;
use kith_engine::shape::SqlRows;
use serde_json::Value;
use std::io::{IsTerminal, Read};
use std::time::Duration;

const AFTER_HELP: &str = "\
Tables: source.NAME (rows as they landed), identity.node, identity.link, identity.cluster, master.customer (one row per
person), master.customer_value (each value with its reason), land.reject. `SHOW TABLES` lists them.

Examples:
  kith sql \"SELECT count(*) FROM master.customer\"
  kith sql --csv \"SELECT given_name, family_name, email FROM master.customer\" > people.csv
  kith sql --role analyst \"SELECT email, birth_date FROM master.customer LIMIT 5\"    what an analyst would see
  echo \"SELECT * FROM source.crm LIMIT 5\" | kith sql -";

/// Whoever sits at the terminal can end a long query by Ctrl-C, so this only ends what was forgotten.
const TIME_MAX: Duration = Duration::from_secs(3600);

/// Ask in SQL, over sources and results.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Sql {
    /// One SELECT; `-` reads it from standard input.
    query: String,
    /// Answer as CSV.
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// Answer as it would be for somebody with this role; may be given again.
    #[arg(long, value_name = "ROLE")]
    role: Vec<String>,
    /// What policies know of that somebody, such as region=north; may be given again.
    #[arg(long, value_name = "NAME=VALUE", requires = "role")]
    attribute: Vec<String>,
    /// What the answer is for: policies and the audit log know it.
    #[arg(long, value_name = "WORD")]
    purpose: Option<String>,
    /// At most so many rows.
    #[arg(long, default_value_t = 10_000)]
    rows: usize,
}

impl Sql {
    /// Does what was asked.
    pub fn execute(self, context: &Context, out: &mut Output) -> Result<(), Failure> {
        let query = if self.query == "-" { from_stdin()? } else { self.query };
        let limits = Limits { rows_max: self.rows, time_max: TIME_MAX, ..Limits::default() };
        let project = open(context)?;
        let mut subject = project.owner();
        if !self.role.is_empty() {
            let tried =
                standing(&self.role, &self.attribute)?.subject("somebody", subject.tenant, subject.door);
            subject = Subject { tried_by: Some(subject.user), ..tried };
        }
        subject.purpose = self.purpose;
        let rows = project.session(&subject)?.rows(&query, &limits)?;
        match (out.json, self.csv) {
            (true, _) => out.document(&rows)?,
            (_, true) => as_csv(&rows, out)?,
            _ => as_table(&rows, out)?,
        }
        if rows.truncated && !out.json {
            let shown = rows.rows.len();
            note(format!("There are more rows: only the first {shown} are shown. --rows takes more."));
        }
        Ok(())
    }
}

pub(super) fn from_stdin() -> Result<String, Failure> {
    if std::io::stdin().is_terminal() {
        note("Type a query, then Ctrl-D.");
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    Ok(text)
}

fn as_table(rows: &SqlRows, out: &mut Output) -> Result<(), Failure> {
    let mut table = Table::new(rows.columns.iter().map(|c| c.name.as_str()));
    for row in &rows.rows {
        table.row(row.iter().map(text));
    }
    out.line(table.render())?;
    let count = rows.rows.len();
    out.line(out.faint(&format!("{count} {}", if count == 1 { "row" } else { "rows" })))
}

fn as_csv(rows: &SqlRows, out: &mut Output) -> Result<(), Failure> {
    let mut writer = csv::Writer::from_writer(out.writer());
    let wrote = |e: csv::Error| match e.into_kind() {
        csv::ErrorKind::Io(error) => Failure::from(error),
        other => Failure::from(std::io::Error::other(format!("{other:?}"))),
    };
    writer.write_record(rows.columns.iter().map(|c| c.name.as_str())).map_err(wrote)?;
    for row in &rows.rows {
        writer.write_record(row.iter().map(text)).map_err(wrote)?;
    }
    writer.flush().map_err(Failure::from)
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
