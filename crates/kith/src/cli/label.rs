//! `kith label`: what the columns hold. Policies go by it.

use super::failure::Failure;
use super::output::{Output, note};
use super::table::Table;
use super::{Context, open};
use clap::{Args, Subcommand};
use kith_core::govern::{Label as Word, TableRef};
use kith_engine::Project;
use kith_engine::labels::{ColumnLabels, Tables};

const AFTER_HELP: &str = "\
A column of a source or a connection may hold anything until somebody says what it holds; it is masked for analysts and all others
who may not see anything. What was said stands in labels.toml, beside kith.toml; keep it in version control.

Examples:
  kith label list                                     all columns, with proposals where nobody has said
  kith label list --open source.crm                   those of one table that are still open
  kith label accept source.crm                        takes the first proposal of each open column
  kith label set source.crm remarks free_text health
  kith label set shop.orders total none               it says nothing of a person
  kith label set shop.orders '*' none                 nor does any other column of the table
  kith label clear source.crm remarks
  kith label words";

/// Say what columns hold; policies go by it.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Label {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List columns and what they hold, or may hold.
    List {
        /// A table, as schema.table, or a schema.
        table: Option<String>,
        /// Only columns of which nobody has said anything.
        #[arg(long)]
        open: bool,
    },
    /// Say what a column holds.
    Set {
        /// The table, as schema.table.
        table: String,
        /// The column; '*' = all that are not named.
        column: String,
        /// Labels, or none.
        #[arg(required = true)]
        labels: Vec<String>,
    },
    /// Take the first proposal of each open column of a table.
    Accept {
        /// The table, as schema.table, or a schema.
        table: String,
    },
    /// Take back what was said of a column.
    Clear {
        /// The table, as schema.table.
        table: String,
        /// The column.
        column: String,
    },
    /// List the words.
    Words,
}

impl Label {
    /// Does what was asked.
    pub fn execute(self, context: &Context, out: &mut Output) -> Result<(), Failure> {
        if let Command::Words = self.command {
            return words(out);
        }
        let project = open(context)?;
        match self.command {
            Command::Words => Ok(()),
            Command::List { table, open } => {
                let mut found = project.labels(&project.owner(), &Tables::named(table.as_deref()))?;
                found.retain(|column| !open || column.labels.is_none());
                list(&found, out)
            }
            Command::Set { table, column, labels } => {
                let labels = if labels == ["none"] { Vec::new() } else { labels };
                project.label(&project.owner(), &named(&table)?, &column, Some(&labels))?;
                said(&table, &column, Some(&labels), out)
            }
            Command::Clear { table, column } => {
                project.label(&project.owner(), &named(&table)?, &column, None)?;
                said(&table, &column, None, out)
            }
            Command::Accept { table } => accept(&project, &table, out),
        }
    }
}

fn named(text: &str) -> Result<TableRef, Failure> {
    match text.split_once('.') {
        Some((schema, table)) if !schema.is_empty() && !table.is_empty() => {
            Ok(TableRef { schema: schema.into(), table: table.trim_matches('"').into() })
        }
        _ => {
            Err(Failure::usage(format!("{text:?} is not a table"), "Write schema.table, such as source.crm."))
        }
    }
}

fn said(table: &str, column: &str, labels: Option<&[String]>, out: &mut Output) -> Result<(), Failure> {
    if out.json {
        return out.document(&serde_json::json!({ "table": table, "column": column, "labels": labels }));
    }
    out.line(match labels {
        None => format!("{table}.{column}: nobody has said what it holds"),
        Some([]) => format!("{table}.{column}: says nothing of a person"),
        Some(labels) => format!("{table}.{column}: {}", labels.join(", ")),
    })
}

fn accept(project: &Project, table: &str, out: &mut Output) -> Result<(), Failure> {
    let (mut taken, mut left) = (Vec::new(), Vec::new());
    for column in project.labels(&project.owner(), &Tables::named(Some(table)))? {
        let Some(first) = column.proposed.first().filter(|_| column.labels.is_none()) else {
            left.extend(column.labels.is_none().then_some(column));
            continue;
        };
        let of = TableRef { schema: column.schema.clone(), table: column.table.clone() };
        let labels = vec![first.label.clone()];
        project.label(&project.owner(), &of, &column.column, Some(&labels))?;
        taken.push(ColumnLabels { labels: Some(labels), proposed: Vec::new(), ..column });
    }
    list(&taken, out)?;
    if !left.is_empty() && !out.json {
        let names: Vec<String> =
            left.iter().map(|c| format!("{}.{}.{}", c.schema, c.table, c.column)).collect();
        note(format!("Still open, without a proposal: {}.", names.join(", ")));
    }
    Ok(())
}

fn list(found: &[ColumnLabels], out: &mut Output) -> Result<(), Failure> {
    if out.json {
        return out.document(&found);
    }
    if found.is_empty() {
        return out.line("There is no such column.");
    }
    let mut table = Table::new(["table", "column", "holds", "proposed", "why"]);
    for column in found {
        let holds = match &column.labels {
            None => "?".to_string(),
            Some(labels) if labels.is_empty() => match &column.privacy {
                Some(privacy) if column.declared => format!("({privacy})"),
                _ => "none".to_string(),
            },
            Some(labels) => labels.join(" "),
        };
        let first = column.proposed.first();
        let proposed = first.map_or(String::new(), |p| p.label.clone());
        let why = first.map_or(String::new(), |p| p.why.clone());
        table.row([
            format!("{}.{}", column.schema, column.table),
            column.column.clone(),
            holds,
            proposed,
            why,
        ]);
    }
    out.line(table.render())
}

fn words(out: &mut Output) -> Result<(), Failure> {
    if out.json {
        let shown = |word: Word| serde_json::json!({ "label": word.name(), "privacy": word.privacy(), "text": word.describe() });
        return out.document(&Word::all().map(shown).collect::<Vec<_>>());
    }
    let mut table = Table::new(["label", "privacy", "what it is"]);
    for word in Word::all() {
        table.row([
            word.name().to_string(),
            format!("{:?}", word.privacy()).to_lowercase(),
            word.describe().to_string(),
        ]);
    }
    table.row(["none".to_string(), "public".to_string(), "Says nothing of a person.".to_string()]);
    out.line(table.render())
}
