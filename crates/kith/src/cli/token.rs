//! `kith token`: make, list and revoke API tokens. It works while `kith serve` runs.

use super::Context;
use super::failure::Failure;
use super::output::{Output, note};
use super::table::Table;
use crate::tokens::{Token as Kept, Tokens};
use clap::{Args, Subcommand};
use jiff::{SignedDuration, Timestamp};

const AFTER_HELP: &str = "\
A token is shown once and only its hash is kept (.kith/tokens.json). A revoked token is refused from the next request on.

Examples:
  kith token create laptop
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
            Command::Create { name, days } => create(&tokens, &name, days, out),
            Command::List => list(tokens.list()?, out),
            Command::Revoke { name } => {
                tokens.revoke(&name)?;
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

fn create(tokens: &Tokens, name: &str, days: Option<u32>, out: &mut Output) -> Result<(), Failure> {
    let now = Timestamp::now();
    let expires_at = days.map(|days| now + SignedDuration::from_hours(24 * i64::from(days)));
    let secret = tokens.create(name, now, expires_at)?;
    if out.json {
        return out.document(&serde_json::json!({ "name": name, "token": secret, "expires_at": expires_at }));
    }
    out.line(&secret)?;
    out.flush()?;
    note("Keep it now: it is not shown again. Send it as `Authorization: Bearer kith_…`.");
    Ok(())
}

fn list(tokens: Vec<Kept>, out: &mut Output) -> Result<(), Failure> {
    if out.json {
        let shown = |t: &Kept| serde_json::json!({ "name": t.name, "created_at": t.created_at, "expires_at": t.expires_at });
        return out.document(&tokens.iter().map(shown).collect::<Vec<_>>());
    }
    if tokens.is_empty() {
        return out.line("There is no token. `kith token create NAME` makes one.");
    }
    let mut table = Table::new(["name", "created", "ends"]);
    for token in tokens {
        let ends = match token.expires_at {
            None => "never".to_string(),
            Some(end) if end <= Timestamp::now() => format!("{end:.0} (over)"),
            Some(end) => format!("{end:.0}"),
        };
        table.row([token.name, format!("{:.0}", token.created_at), ends]);
    }
    out.line(table.render())
}
