//! `kith user`: who may sign in with a password, by PostgreSQL's wire. It works while `kith serve` runs.

use super::Context;
use super::failure::Failure;
use super::output::{Output, note};
use super::table::Table;
use super::token::{project_folder, shown_standing, standing};
use crate::standing::Standing;
use crate::users::{User as Kept, Users};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use std::io::BufRead;

const AFTER_HELP: &str = "\
Users sign in at the port of `kith serve --sql-addr`. Of a password only a SCRAM-SHA-256 verifier is kept (.kith/users.json).
What users may see, their roles say (`kith policy show`). A change counts from their next query on.

Examples:
  kith user add anna                            an analyst; makes a password and prints it, once
  kith user add ben --role steward
  kith user add cleo --role analyst --attribute region=north
  kith user change anna --role agent
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
        #[command(flatten)]
        standing: Given,
    },
    /// Say anew what somebody is.
    Change {
        /// Their name.
        name: String,
        #[command(flatten)]
        standing: Given,
    },
    /// Name the users.
    List,
    /// Let somebody sign in no more.
    Remove {
        /// Their name.
        name: String,
    },
}

/// What somebody is to be.
#[derive(Args)]
struct Given {
    /// A role: analyst, agent, steward, owner, or one of your policies; may be given again.
    #[arg(long, value_name = "ROLE", default_value = "analyst")]
    role: Vec<String>,
    /// What policies know of the person, such as region=north; may be given again.
    #[arg(long, value_name = "NAME=VALUE")]
    attribute: Vec<String>,
}

impl User {
    /// Does what was asked.
    pub fn execute(self, context: &Context, out: &mut Output) -> Result<(), Failure> {
        let users = Users::of(&project_folder(context)?);
        match self.command {
            Command::Add { name, password_stdin, standing: given } => {
                add(&users, &name, password_stdin, standing(&given.role, &given.attribute)?, out)
            }
            Command::Change { name, standing: given } => {
                let standing = standing(&given.role, &given.attribute)?;
                users.edit(&name, |user| user.standing = standing.clone())?;
                if out.json {
                    return out.document(&serde_json::json!({ "name": name, "standing": standing }));
                }
                out.line(format!("{name} is now: {}.", shown_standing(&standing)))
            }
            Command::List => list(users.list()?, out),
            Command::Remove { name } => {
                users.remove(&name)?;
                if out.json {
                    return out.document(&serde_json::json!({ "removed": name }));
                }
                out.line(format!(
                    "{name} can not sign in any more, and open connections answer nothing more."
                ))
            }
        }
    }
}

fn add(
    users: &Users,
    name: &str,
    password_stdin: bool,
    standing: Standing,
    out: &mut Output,
) -> Result<(), Failure> {
    let now = Timestamp::now();
    if password_stdin {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line)?;
        users.add(name, Some(line.trim_end_matches(['\r', '\n'])), now, standing)?;
        if out.json {
            return out.document(&serde_json::json!({ "name": name }));
        }
        return out.line(format!("{name} can sign in."));
    }
    let password = users.add(name, None, now, standing.clone())?;
    if out.json {
        return out.document(&serde_json::json!({ "name": name, "password": password }));
    }
    out.line(&password)?;
    out.flush()?;
    note(format!("Keep it now: it is not shown again. {name} is: {}.", shown_standing(&standing)));
    Ok(())
}

fn list(users: Vec<Kept>, out: &mut Output) -> Result<(), Failure> {
    if out.json {
        let shown = |u: &Kept| serde_json::json!({ "name": u.name, "created_at": u.created_at, "standing": u.standing });
        return out.document(&users.iter().map(shown).collect::<Vec<_>>());
    }
    if users.is_empty() {
        return out.line("There is no user. `kith user add NAME` adds one.");
    }
    let mut table = Table::new(["name", "created", "is"]);
    for user in users {
        table.row([user.name, format!("{:.0}", user.created_at), shown_standing(&user.standing)]);
    }
    out.line(table.render())
}
