//! `kith policy`: who may see what.

use super::failure::{Exit, Failure};
use super::output::Output;
use super::table::Table;
use super::token::standing;
use super::{Context, open};
use clap::{Args, Subcommand};
use kith_engine::policy::{FOLDER, SCHEMA, USUAL, check};
use std::fs::OpenOptions;
use std::io::Write;

const AFTER_HELP: &str = "\
Policies are written in Cedar (docs.cedarpolicy.com). A project without a folder `policies` has Kith's own; one with such a folder has
what stands in it, and nothing else. A change is in force from the next query on. Owners see everything.

Examples:
  kith policy show                                    those in force
  kith policy init                                    copies Kith's own into policies/, to be changed
  kith policy check                                   can they be understood?
  kith policy try --role analyst                      what would an analyst see, and why?
  kith policy try --role analyst --attribute region=north master.customer
  kith policy schema                                  what policies can speak of";

/// Say who may see what.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Policy {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print the policies in force.
    Show,
    /// Copy Kith's own policies into the project, to be changed.
    Init,
    /// Look whether policies and labels can be understood.
    Check,
    /// Print what policies can speak of: Cedar's schema.
    Schema,
    /// Show what somebody would see, column by column, and why.
    Try {
        /// Their role; may be given again.
        #[arg(long, value_name = "ROLE", required = true)]
        role: Vec<String>,
        /// What is known of them, such as region=north; may be given again.
        #[arg(long, value_name = "NAME=VALUE")]
        attribute: Vec<String>,
        /// What the answer would be for.
        #[arg(long, value_name = "WORD")]
        purpose: Option<String>,
        /// A table, as schema.table, or a schema [default: all].
        table: Option<String>,
    },
}

impl Policy {
    /// Does what was asked.
    pub fn execute(self, context: &Context, out: &mut Output) -> Result<(), Failure> {
        let dir = context.project_dir();
        match self.command {
            Command::Schema => out.line(SCHEMA.trim_end()),
            Command::Show => {
                let texts = kith_engine::policy::texts(&dir)?;
                if out.json {
                    let shown =
                        |(file, text): &(_, String)| serde_json::json!({ "file": file, "text": text });
                    return out.document(&texts.iter().map(shown).collect::<Vec<_>>());
                }
                texts.iter().try_for_each(|(file, text)| {
                    out.line(out.faint(&format!("// ---- {}", file.display())))?;
                    out.line(text.trim_end())
                })
            }
            Command::Init => {
                let folder = dir.join(FOLDER);
                std::fs::create_dir_all(&folder)?;
                let file = folder.join("policies.cedar");
                let mut made = OpenOptions::new().write(true).create_new(true).open(&file).map_err(|e| {
                    let help = "Change what is there, or move it away first.";
                    Failure::new(
                        Exit::Usage,
                        "K-CLI-USAGE",
                        format!("{} can not be made: {e}", file.display()),
                        help,
                    )
                })?;
                made.write_all(USUAL.as_bytes())?;
                made.sync_all()?;
                out.line(format!("{} has the policies now; change them there.", file.display()))
            }
            Command::Check => {
                let found = check(&dir)?;
                if out.json {
                    return out.document(&found);
                }
                out.line(format!(
                    "{} policies and {} labels can be understood. Roles: {}.",
                    found.policies,
                    found.labels,
                    found.roles.join(", ")
                ))
            }
            Command::Try { role, attribute, purpose, table } => {
                let project = open(context)?;
                let owner = project.owner();
                let mut subject = standing(&role, &attribute)?.subject("somebody", owner.tenant, owner.door);
                subject.purpose = purpose;
                shown(&project.seen_by(&subject, table.as_deref())?, out)
            }
        }
    }
}

fn shown(tables: &[kith_engine::policy::TableSeen], out: &mut Output) -> Result<(), Failure> {
    if out.json {
        return out.document(&tables);
    }
    if tables.is_empty() {
        return out.line("No table would be there.");
    }
    let mut printed = Table::new(["table", "rows", "column", "shown", "why"]);
    for table in tables {
        for column in &table.columns {
            printed.row([
                table.table.clone(),
                table.rows.clone().unwrap_or_else(|| "all".into()),
                column.column.clone(),
                column.shown.clone(),
                column.why.clone(),
            ]);
        }
    }
    out.line(printed.render())
}
