//! `kith user`: who may sign in with a password, by PostgreSQL's wire. It works while `kith serve` runs.

use super::Context;
use super::failure::Failure;
use super::output::{Output, note};
use super::table::Table;
use super::token::project_folder;
use crate::users::{User as Kept, Users};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use std::io::BufRead;

const AFTER_HELP: &str = "\
Users sign in at the port of `kith serve --sql-addr`. Of a password only a SCRAM-SHA-256 verifier is kept (.kith/users.json).
There are no roles yet: every user sees everything.

Examples:
  kith user add anna                            makes a password and prints it, once
  kith user add anna --password-stdin < secret  takes the first line
  kith user list
  kith user remove anna";

/// Add, list and remove people who sign in with a password.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct User {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Add somebody, and print a password that is made up, once.
    Add {
        /// What they sign in as.
        name: String,
        /// Read the password from the first line of standard input instead.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Name the users.
    List,
    /// Let somebody sign in no more.
    Remove {
        /// Their name.
        name: String,
    },
}

impl User {
    /// Does what was asked.
    pub fn execute(self, context: &Context, out: &mut Output) -> Result<(), Failure> {
        let users = Users::of(&project_folder(context)?);
        match self.command {
            Command::Add { name, password_stdin } => add(&users, &name, password_stdin, out),
            Command::List => list(users.list()?, out),
            Command::Remove { name } => {
                users.remove(&name)?;
                if out.json {
                    return out.document(&serde_json::json!({ "removed": name }));
                }
                out.line(format!("{name} can not sign in any more. Connections that are open stay open."))
            }
        }
    }
}

fn add(users: &Users, name: &str, password_stdin: bool, out: &mut Output) -> Result<(), Failure> {
    let now = Timestamp::now();
    if password_stdin {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line)?;
        users.add(name, Some(line.trim_end_matches(['\r', '\n'])), now)?;
        if out.json {
            return out.document(&serde_json::json!({ "name": name }));
        }
        return out.line(format!("{name} can sign in."));
    }
    let password = users.add(name, None, now)?;
    if out.json {
        return out.document(&serde_json::json!({ "name": name, "password": password }));
    }
    out.line(&password)?;
    out.flush()?;
    note("Keep it now: it is not shown again.");
    Ok(())
}

fn list(users: Vec<Kept>, out: &mut Output) -> Result<(), Failure> {
    if out.json {
        let shown = |u: &Kept| serde_json::json!({ "name": u.name, "created_at": u.created_at });
        return out.document(&users.iter().map(shown).collect::<Vec<_>>());
    }
    if users.is_empty() {
        return out.line("There is no user. `kith user add NAME` adds one.");
    }
    let mut table = Table::new(["name", "created"]);
    for user in users {
        table.row([user.name, format!("{:.0}", user.created_at)]);
    }
    out.line(table.render())
}
