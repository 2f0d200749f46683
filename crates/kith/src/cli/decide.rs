//! `kith decide`: take decisions about identity, and take them back.

use super::decisions::subject;
use super::failure::Failure;
use super::output::{Output, grouped, note, printable};
use super::{Context, open};
use clap::{Args, Subcommand};
use kith_core::id::Position;
use kith_engine::steward::Why;
use kith_engine::steward::shape::{Outcome, Wish};

const AFTER_HELP: &str = "\
Records are `source:key` (crm:17), another identifier that only one record has, or a node's number. A decision holds for every
later run, with what follows from it (a is b, b is c: a is c), until it is taken back. One that goes against those in force is
refused, and they are named.

Examples:
  kith decide always crm:17 shop:4711 --reason 'same person, confirmed by phone'
  kith decide never crm:17 crm:18 --reason 'father and son' --author ada
  kith decide block email info@shop.example --reason 'the shop itself'
  kith decide undo 60412 --reason 'they are one person after all'

Exit codes: 0 decided; 4 refused; 5 no such record or decision.";

/// Say that two records are always, or never, one person, or that a value links nobody.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Decide {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Both records are one person.
    Always {
        /// One record.
        a: String,
        /// The other.
        b: String,
        #[command(flatten)]
        said: Said,
    },
    /// The two records are two people.
    Never {
        /// One record.
        a: String,
        /// The other.
        b: String,
        #[command(flatten)]
        said: Said,
    },
    /// A value counts for nothing when records are matched; it stays in the records.
    Block {
        /// The field: email, phone, street …
        field: String,
        /// The value, as one writes it.
        value: String,
        #[command(flatten)]
        said: Said,
    },
    /// Take a decision back.
    Undo {
        /// Its number; `kith decisions` lists them.
        id: u64,
        #[command(flatten)]
        said: Said,
    },
}

/// Why and by whom.
#[derive(Args)]
pub struct Said {
    /// Why: whoever meets the decision in a year wants to know.
    #[arg(long)]
    pub reason: String,
    /// Who decides [default: $USER].
    #[arg(long)]
    pub author: Option<String>,
    /// Leave identity as it is until the next run.
    #[arg(long)]
    pub later: bool,
}

/// The reason with its author.
pub fn why(reason: String, author: Option<String>) -> Why {
    let user = || ["USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    let author = author.or_else(user).filter(|a| !a.trim().is_empty());
    Why { reason, author: author.unwrap_or_else(|| "unknown".into()) }
}

impl Decide {
    /// Does what was asked.
    pub fn execute(self, context: &Context, out: &mut Output) -> Result<(), Failure> {
        let project = open(context)?;
        let (wish, said) = match self.command {
            Command::Always { a, b, said } => (Wish::Always { a, b }, said),
            Command::Never { a, b, said } => (Wish::Never { a, b }, said),
            Command::Block { field, value, said } => (Wish::Blocked { field, value }, said),
            Command::Undo { id, said } => {
                let outcome = project.undo(Position(id), &why(said.reason, said.author), !said.later)?;
                return show(&outcome, "taken back", out);
            }
        };
        let outcome = project.decide(&[wish], &why(said.reason, said.author), !said.later)?;
        show(&outcome, "decided", out)
    }
}

fn show(outcome: &Outcome, what: &str, out: &mut Output) -> Result<(), Failure> {
    if out.json {
        return out.document(outcome);
    }
    for decision in &outcome.decisions {
        let line = format!("{} {what}: {} {}", decision.id.0, decision.verdict, subject(decision));
        out.line(printable(&line))?;
    }
    let Some(applied) = &outcome.applied else {
        note("Identity follows with the next `kith run`. `kith preview` shows what it will change.");
        return Ok(());
    };
    let changes: Vec<String> = applied.changes.iter().map(|(kind, n)| format!("{n} {kind}")).collect();
    let changes = if changes.is_empty() { "no profile changed".into() } else { changes.join(", ") };
    out.line(format!("{changes}; {} people. {:.1} s.", grouped(applied.profiles), applied.seconds))
}
