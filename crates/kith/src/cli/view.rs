//! `kith view`: queries that are tables of the schema `gold`, and what they promise.

use super::failure::{Exit, Failure};
use super::output::Output;
use super::sql::from_stdin;
use super::table::Table;
use super::{Context, open};
use clap::{Args, Subcommand};

const AFTER_HELP: &str = "\
A view is a file, views/NAME.sql, and a table of the schema gold. Whoever reads it sees of its tables what their own roles show.
views/NAME.toml is its contract: columns, key, not_null, rows_min, fresh, checks (docs/guide/governance.md).

Examples:
  kith view save buyers \"SELECT profile_id, email FROM master.customer WHERE records > 1\"
  kith sql \"SELECT count(*) FROM gold.buyers\"
  kith view list
  kith view check             all contracts; exit code 6 if one does not hold
  kith lineage gold.buyers    where its columns come from";

/// Keep queries as tables, with contracts.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct View {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Save a query as a view.
    Save {
        /// Its name in the schema gold.
        name: String,
        /// One SELECT; `-` reads it from standard input.
        query: String,
    },
    /// List the views.
    List,
    /// Hold views against their contracts.
    Check {
        /// One of them [default: all].
        name: Option<String>,
    },
}

impl View {
    /// Does what was asked.
    pub fn execute(self, context: &Context, out: &mut Output) -> Result<(), Failure> {
        let project = open(context)?;
        let owner = project.owner();
        match self.command {
            Command::Save { name, query } => {
                let query = if query == "-" { from_stdin()? } else { query };
                project.save_view(&owner, &name, &query)?;
                if out.json {
                    return out.document(&serde_json::json!({ "saved": name }));
                }
                out.line(format!("gold.{name} is a table now; its query is views/{name}.sql."))
            }
            Command::List => {
                let views = project.views(&owner)?;
                if out.json {
                    return out.document(&views);
                }
                if views.is_empty() {
                    return out.line("There is no view. `kith view save NAME QUERY` makes one.");
                }
                let mut table = Table::new(["view", "owner", "about"]);
                for view in views {
                    let contract = view.contract.unwrap_or_default();
                    table.row([format!("gold.{}", view.name), contract.owner, contract.about]);
                }
                out.line(table.render())
            }
            Command::Check { name } => {
                let names = match name {
                    Some(name) => vec![name],
                    None => project.views(&owner)?.into_iter().map(|view| view.name).collect(),
                };
                let mut all = Vec::new();
                for name in names {
                    let kept = project.check_view(&owner, &name)?;
                    all.extend(kept.into_iter().map(|kept| (name.clone(), kept)));
                }
                shown(&all, out)
            }
        }
    }
}

fn shown(all: &[(String, kith_engine::view::contract::Kept)], out: &mut Output) -> Result<(), Failure> {
    if out.json {
        let shown = |(view, kept): &(String, _)| serde_json::json!({ "view": view, "kept": kept });
        out.document(&all.iter().map(shown).collect::<Vec<_>>())?;
    } else if all.is_empty() {
        out.line("No view has a contract.")?;
    } else {
        let mut table = Table::new(["view", "promise", "holds", "found"]);
        for (view, kept) in all {
            let holds = if kept.holds { "yes" } else { "NO" };
            table.row([format!("gold.{view}"), kept.promise.clone(), holds.into(), kept.found.clone()]);
        }
        out.line(table.render())?;
    }
    match all.iter().filter(|(_, kept)| !kept.holds).count() {
        0 => Ok(()),
        broken => {
            let help = "Mend the data, the view, or what it promises.";
            Err(Failure::new(
                Exit::Verification,
                "K-VIEW-BROKEN",
                format!("{broken} promises do not hold"),
                help,
            ))
        }
    }
}
