//! `kith copy`: tables of connections that are read from copies.

use super::failure::{Exit, Failure};
use super::output::{Output, grouped};
use super::table::Table;
use super::{Context, open};
use clap::{Args, Subcommand};
use kith_engine::copies::shape::{CopyChecked, CopyView};

const AFTER_HELP: &str = "\
A [[copy]] in kith.toml says which table of a connection is read from a copy, for whom, what for and until when; one line of it,
mode, moves the table between virtual, accelerated and migrated, and no query changes (docs/guide/copies.md).

Examples:
  kith copy list                      every copy: mode, age, owner, purpose, expiry
  kith copy refresh shop.orders       make it, or bring it up to date
  kith copy check shop.orders         compare both sides, row by row; exit code 6 if they differ
  kith copy expire                    delete those whose time is over";

/// Copies of tables that are read in place.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Copy {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List every copy of data.
    List,
    /// Make a copy, or bring it up to date.
    Refresh {
        /// The table, as SQL says it [default: all that are due].
        table: Option<String>,
        /// Read all rows, although it has a cursor.
        #[arg(long, requires = "table")]
        whole: bool,
    },
    /// Compare a copy with its table, row by row.
    Check {
        /// The table, as SQL says it.
        table: String,
    },
    /// Delete copies that are expired, and those that kith.toml does not have any more.
    Expire {
        /// This one, whatever its expiry says.
        table: Option<String>,
    },
}

impl Copy {
    /// Does what was asked.
    pub fn execute(self, context: &Context, out: &mut Output) -> Result<(), Failure> {
        let project = open(context)?;
        let by = project.owner().user;
        match self.command {
            Command::List => list(&project.copies()?, out),
            Command::Refresh { table: Some(table), whole } => {
                let done = project.refresh_copy(&table, whole, &by)?;
                if out.json {
                    return out.document(&done);
                }
                let how = if done.whole { "read whole" } else { "by its cursor" };
                out.line(format!(
                    "{table}: {} rows, {} fetched, {how}, {} ms",
                    grouped(done.rows),
                    grouped(done.fetched),
                    grouped(done.took_ms)
                ))
            }
            Command::Refresh { table: None, .. } => {
                let mut failed = None;
                let mut done = Vec::new();
                for (table, refreshed) in project.refresh_due_copies(&by) {
                    match refreshed {
                        Ok(one) => done.push(one),
                        Err(error) => {
                            eprintln!("{table}: {error}");
                            failed = Some(error);
                        }
                    }
                }
                if out.json {
                    out.document(&done)?;
                } else if done.is_empty() && failed.is_none() {
                    out.line("No copy is due.")?;
                }
                let json = out.json;
                for one in done.iter().filter(|_| !json) {
                    out.line(format!(
                        "{}: {} rows, {} fetched",
                        one.table,
                        grouped(one.rows),
                        grouped(one.fetched)
                    ))?;
                }
                failed.map_or(Ok(()), |error| Err(error.into()))
            }
            Command::Check { table } => check(&project.check_copy(&table, &by)?, out),
            Command::Expire { table } => {
                let gone = project.expire_copies(table.as_deref(), &by)?;
                if out.json {
                    return out.document(&serde_json::json!({ "deleted": gone }));
                }
                match gone.is_empty() {
                    true => out.line("No copy is over."),
                    false => out.line(format!("deleted: {}", gone.join(", "))),
                }
            }
        }
    }
}

fn list(copies: &[CopyView], out: &mut Output) -> Result<(), Failure> {
    if out.json {
        return out.document(&copies);
    }
    if copies.is_empty() {
        return out
            .line("There is no copy of data. A [[copy]] in kith.toml makes one (docs/guide/copies.md).");
    }
    let columns = ["table", "mode", "read from", "rows", "taken", "checked", "owner", "purpose", "expires"];
    let mut table = Table::new(columns);
    for copy in copies {
        let checked = match (&copy.checked_at, copy.rows_differed) {
            (Some(_), Some(0)) => "equal".to_string(),
            (Some(_), Some(rows)) => format!("{} differ", grouped(rows)),
            _ => "never".into(),
        };
        let expires = copy.expires.clone().unwrap_or_else(|| "-".into());
        table.row([
            copy.table.clone(),
            copy.mode.into(),
            copy.read_from.into(),
            copy.rows.map_or_else(|| "-".into(), grouped),
            copy.taken_at.clone().unwrap_or_else(|| "never".into()),
            if copy.kind == "copy" { checked } else { "-".into() },
            copy.owner.clone().unwrap_or_else(|| "-".into()),
            copy.purpose.clone().unwrap_or_else(|| "-".into()),
            if copy.expired { format!("{expires} (over)") } else { expires },
        ]);
    }
    out.line(table.render())
}

fn check(checked: &CopyChecked, out: &mut Output) -> Result<(), Failure> {
    let CopyChecked { table, rows_source, rows_copy, rows_differ, .. } = checked;
    if out.json {
        out.document(checked)?;
    } else {
        checked.columns_differ.iter().try_for_each(|line| out.line(line))?;
        for row in &checked.rows {
            let key: Vec<&str> = row.key.iter().map(|cell| cell.as_deref().unwrap_or("NULL")).collect();
            let columns =
                if row.columns.is_empty() { String::new() } else { format!(": {}", row.columns.join(", ")) };
            out.line(format!("{}  {}{columns}", row.kind, key.join(", ")))?;
        }
        let (there, here) = (grouped(*rows_source), grouped(*rows_copy));
        let verdict =
            if checked.equal { "equal".into() } else { format!("{} rows differ", grouped(*rows_differ)) };
        out.line(format!("{table}: {there} rows at the source, {here} in the copy; {verdict}"))?;
    }
    if checked.equal {
        return Ok(());
    }
    let message = format!("the copy of {table} is not what its table is");
    Err(Failure::new(
        Exit::Verification,
        "K-COPY-DIFFERS",
        message,
        "`kith copy refresh` makes it again; what changed since it was taken differs.",
    ))
}
