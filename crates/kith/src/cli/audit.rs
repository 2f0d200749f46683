//! `kith audit`: who read what through SQL, and whether the log of it is as it was written.

use super::Context;
use super::failure::{Exit, Failure};
use super::output::{Output, grouped};
use super::table::Table;
use clap::{Args, Subcommand};
use kith_engine::audit::{self, Deed, Entry, Head};

const AFTER_HELP: &str = "\
Every query is written to .kith/audit before its first row leaves: who asked, through which door, which tables it reads and what
the policy kept back; never its text, only the SHA-256 of it. Each line has a code over itself and the line before it, made with the
key in .kith/audit/key. A line that was changed, moved, added or taken out shows. Keep the head elsewhere now and then: with it
even somebody who has the key and the disk can not take the end away unseen.

Examples:
  kith audit verify
  kith audit head > /mnt/elsewhere/kith.head
  kith audit verify --head \"$(cat /mnt/elsewhere/kith.head)\"
  kith audit list --user anna --last 20
  kith audit usage --from 2026-11-01";

/// Who read what, and whether the log of it is as it was written.
#[derive(Subcommand)]
#[command(after_help = AFTER_HELP)]
pub enum Command {
    /// Read the whole log and compare every line with its code; exits with 6 when one does not fit.
    #[command(after_help = AFTER_HELP)]
    Verify(Verify),
    /// Print where the log stands: its last number and code, to be kept elsewhere.
    #[command(after_help = AFTER_HELP)]
    Head(Nothing),
    /// List what was asked.
    #[command(after_help = AFTER_HELP)]
    List(List),
    /// Count who read which table, by day.
    #[command(after_help = AFTER_HELP)]
    Usage(Usage),
}

/// Compare every line with its code.
#[derive(Args)]
pub struct Verify {
    /// A head that was kept elsewhere; it must still be in the log.
    #[arg(long, value_name = "NUMBER:CODE")]
    head: Option<Head>,
}

/// Nothing is asked.
#[derive(Args)]
pub struct Nothing {}

/// List what was asked.
#[derive(Args)]
pub struct List {
    /// Only what this user did.
    #[arg(long)]
    user: Option<String>,
    /// Only the newest N.
    #[arg(long, value_name = "N", default_value_t = 50)]
    last: usize,
}

/// Count who read which table.
#[derive(Args)]
pub struct Usage {
    /// The first day, YYYY-MM-DD (UTC); without it, from the beginning.
    #[arg(long, value_name = "DAY", default_value = "", hide_default_value = true)]
    from: String,
}

impl Command {
    /// Does what was asked. The project need not be free: a server may be running.
    pub fn execute(self, context: &Context, out: &mut Output) -> Result<(), Failure> {
        match self {
            Command::Verify(command) => command.execute(context, out),
            Command::Head(_) => {
                let head = audit::head(&context.project_dir())?;
                if out.json { out.document(&head) } else { out.line(head.to_string()) }
            }
            Command::List(command) => command.execute(context, out),
            Command::Usage(command) => command.execute(context, out),
        }
    }
}

impl Verify {
    fn execute(self, context: &Context, out: &mut Output) -> Result<(), Failure> {
        let found = audit::verify(&context.project_dir(), self.head.as_ref())?;
        if out.json {
            out.document(&found)?;
        } else if found.good {
            let entries = grouped(found.entries);
            out.line(format!("{} {entries} lines, each as it was written", out.green("✓")))?;
            out.line(format!("  head {}", found.head))?;
        }
        out.flush()?;
        match found.broken {
            None => Ok(()),
            Some(broken) => {
                let error = audit::changed(&broken);
                Err(Failure::new(Exit::Verification, error.code(), error.to_string(), error.help()))
            }
        }
    }
}

impl List {
    fn execute(self, context: &Context, out: &mut Output) -> Result<(), Failure> {
        let mut newest = std::collections::VecDeque::new();
        audit::entries(&context.project_dir(), &mut |entry| {
            if self.user.as_deref().is_none_or(|user| user_of(&entry.deed) == Some(user)) {
                newest.push_back(entry);
                if newest.len() > self.last {
                    newest.pop_front();
                }
            }
            true
        })?;
        if out.json {
            return out.document(&newest);
        }
        let mut table = Table::new(["number", "at", "user", "door", "did", "what"]);
        newest.iter().for_each(|entry| table.row(row(entry)));
        out.line(table.render())
    }
}

fn user_of(deed: &Deed) -> Option<&str> {
    match deed {
        Deed::Asked { who, .. }
        | Deed::Refused { who, .. }
        | Deed::Labelled { who, .. }
        | Deed::Showed { who, .. } => Some(&who.user),
        Deed::Ended { .. } | Deed::Torn { .. } => None,
    }
}

fn row(entry: &Entry) -> [String; 6] {
    let (who, did, what) = match &entry.deed {
        Deed::Asked { who, tables, .. } => {
            let tables: Vec<&str> = tables.iter().map(|read| read.table.as_str()).collect();
            (Some(who), "asked", tables.join(", "))
        }
        Deed::Refused { who, code, .. } => (Some(who), "was refused", code.clone()),
        Deed::Showed { who, route, profiles } => {
            (Some(who), "saw", format!("{} by {route}", profiles.join(", ")))
        }
        Deed::Labelled { who, table, column, labels } => {
            let labels = match labels {
                None => "nothing said".to_string(),
                Some(none) if none.is_empty() => "not personal".to_string(),
                Some(labels) => labels.join(" "),
            };
            (Some(who), "labelled", format!("{table}.{column}: {labels}"))
        }
        Deed::Ended { rows, .. } => (None, "ended", format!("{} rows", grouped(*rows))),
        Deed::Torn { bytes } => {
            (None, "torn", format!("{bytes} bytes of a line that nobody had been answered for"))
        }
    };
    let of = |pick: fn(&audit::Who) -> &str| who.map_or(String::new(), |who| pick(who).to_string());
    let (user, door) = (of(|who| &who.user), of(|who| &who.door));
    [entry.number.to_string(), entry.at.clone(), user, door, did.into(), what]
}

impl Usage {
    fn execute(self, context: &Context, out: &mut Output) -> Result<(), Failure> {
        let found = audit::usage(&context.project_dir(), &self.from)?;
        if out.json {
            return out.document(&found);
        }
        let mut table = Table::new(["day", "table", "user", "purpose", "queries", "rows"]);
        for usage in found {
            let purpose = usage.purpose.unwrap_or_default();
            let (queries, rows) = (grouped(usage.queries), grouped(usage.rows));
            table.row([usage.day, usage.table, usage.user, purpose, queries, rows]);
        }
        out.line(table.render())
    }
}
