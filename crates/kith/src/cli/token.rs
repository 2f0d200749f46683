//! `kith token`: make, list and revoke API tokens. It works while `kith serve` runs.

use super::Context;
use super::failure::Failure;
use super::output::{Output, note};
use super::table::Table;
use crate::standing::Standing;
use crate::tokens::{Token as Kept, Tokens};
use clap::{Args, Subcommand};
use jiff::{SignedDuration, Timestamp};

const AFTER_HELP: &str = "\
A token is shown once and only its hash is kept (.kith/tokens.json). A revoked token is refused from the next request on.
What its holder may do, its roles say (`kith policy show`): without --role it is an owner, who sees everything.

Examples:
  kith token create laptop
  kith token create helpdesk --role agent
  kith token create nightly-export --days 90
  kith token list
  kith token revoke laptop";

/// Make, list and revoke API tokens.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Token {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a token and print it, once.
    Create {
        /// What you will call it.
        name: String,
        /// It ends after so many days [default: never].
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=36_500))]
        days: Option<u32>,
        /// What its holder is: analyst, agent, steward, owner, or a role of your policies; may be given again.
        #[arg(long, value_name = "ROLE", default_value = "owner")]
        role: Vec<String>,
        /// What policies know of its holder, such as region=north; may be given again.
        #[arg(long, value_name = "NAME=VALUE")]
        attribute: Vec<String>,
    },
    /// Name the tokens.
    List,
    /// End a token.
    Revoke {
        /// Its name.
        name: String,
    },
}

impl Token {
    /// Does what was asked.
    pub fn execute(self, context: &Context, out: &mut Output) -> Result<(), Failure> {
        let tokens = Tokens::of(&project_folder(context)?);
        match self.command {
            Command::Create { name, days, role, attribute } => {
                create(&tokens, &name, days, standing(&role, &attribute)?, out)
            }
            Command::List => list(tokens.list()?, out),
            Command::Revoke { name } => {
                tokens.remove(&name)?;
                if out.json {
                    return out.document(&serde_json::json!({ "revoked": name }));
                }
                out.line(format!("{name} is refused from now on."))
            }
        }
    }
}

/// A token or a user belongs to a project: one made in a folder without would only puzzle.
pub fn project_folder(context: &Context) -> Result<std::path::PathBuf, Failure> {
    let dir = context.project_dir();
    if dir.join("kith.toml").is_file() {
        return Ok(dir);
    }
    let message = format!("there is no kith.toml in {}", dir.display());
    let help = "Go to the project's folder, or name it with --dir. `kith init FILE…` makes a project.";
    Err(Failure::new(super::failure::Exit::Configuration, "K-CONFIG-MISSING", message, help))
}

/// What somebody is to be, as it was typed.
pub(super) fn standing(roles: &[String], attributes: &[String]) -> Result<Standing, Failure> {
    Standing::parse(roles, attributes)
        .map_err(|message| Failure::usage(message, "For example: --role analyst --attribute region=north"))
}

/// What somebody is, for a list.
pub(super) fn shown_standing(standing: &Standing) -> String {
    let roles = standing.roles.iter().cloned();
    let attributes = standing.attributes.iter().map(|(name, value)| format!("{name}={value}"));
    roles.chain(attributes).collect::<Vec<_>>().join(" ")
}

fn create(
    tokens: &Tokens,
    name: &str,
    days: Option<u32>,
    standing: Standing,
    out: &mut Output,
) -> Result<(), Failure> {
    let now = Timestamp::now();
    let expires_at = days.map(|days| now + SignedDuration::from_hours(24 * i64::from(days)));
    let secret = tokens.create(name, now, expires_at, standing.clone())?;
    if out.json {
        let shown = serde_json::json!({ "name": name, "token": secret, "expires_at": expires_at, "standing": standing });
        return out.document(&shown);
    }
    out.line(&secret)?;
    out.flush()?;
    note("Keep it now: it is not shown again. Send it as `Authorization: Bearer kith_…`.");
    Ok(())
}

fn list(tokens: Vec<Kept>, out: &mut Output) -> Result<(), Failure> {
    if out.json {
        let shown = |t: &Kept| serde_json::json!({ "name": t.name, "created_at": t.created_at, "expires_at": t.expires_at, "standing": t.standing });
        return out.document(&tokens.iter().map(shown).collect::<Vec<_>>());
    }
    if tokens.is_empty() {
        return out.line("There is no token. `kith token create NAME` makes one.");
    }
    let mut table = Table::new(["name", "created", "ends", "is"]);
    for token in tokens {
        let ends = match token.expires_at {
            None => "never".to_string(),
            Some(end) if end <= Timestamp::now() => format!("{end:.0} (over)"),
            Some(end) => format!("{end:.0}"),
        };
        table.row([token.name, format!("{:.0}", token.created_at), ends, shown_standing(&token.standing)]);
    }
    out.line(table.render())
}
