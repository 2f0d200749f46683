//! `kith decisions`: what people have decided, newest first.

use super::failure::Failure;
use super::output::{Output, grouped};
use super::table::Table;
use super::{Context, at_least_one, lookup, open};
use clap::Args;
use kith_engine::steward::shape::{DecidedRecord, DecisionView};

const AFTER_HELP: &str = "\
Examples:
  kith decisions
  kith decisions --of crm:17
  kith decisions --all --json";

/// What people have decided.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Decisions {
    /// Also those that were taken back.
    #[arg(long)]
    all: bool,
    /// Only those that name this record, or a record of this profile.
    #[arg(long, value_name = "RECORD")]
    of: Option<String>,
    /// At most so many.
    #[arg(long, default_value_t = 100)]
    limit: usize,
}

impl Decisions {
    /// Does what was asked.
    pub fn execute(self, context: &Context, out: &mut Output) -> Result<(), Failure> {
        let of = self.of.as_deref().map(lookup).transpose()?;
        let found = open(context)?.decisions(self.all, of.as_ref(), at_least_one(self.limit)?)?;
        if out.json {
            return out.document(&found);
        }
        if found.decisions.is_empty() {
            return out.line("There is no such decision. `kith decide --help` says how to take one.");
        }
        let mut table = Table::new(["id", "verdict", "about", "reason", "author", "decided at", ""]);
        for decision in &found.decisions {
            table.row([
                decision.id.0.to_string(),
                decision.verdict.clone(),
                subject(decision),
                decision.reason.clone(),
                decision.author.clone(),
                decision.decided_at.clone(),
                state(decision),
            ]);
        }
        out.line(table.render())?;
        let waiting = match found.pending {
            0 => String::new(),
            n => format!(" {} wait for the next run.", grouped(n)),
        };
        out.line(format!("{} in force.{waiting}", grouped(found.in_force)))
    }
}

/// What a decision is about.
pub fn subject(decision: &DecisionView) -> String {
    let record =
        |r: &Option<DecidedRecord>| r.as_ref().map(|r| format!("{}:{}", r.source, r.key)).unwrap_or_default();
    match (&decision.field, &decision.value) {
        (Some(field), Some(value)) => format!("{field} {value}"),
        _ => format!("{} {}", record(&decision.a), record(&decision.b)),
    }
}

fn state(decision: &DecisionView) -> String {
    match (&decision.withdrawn, decision.applied) {
        (Some(withdrawn), _) => format!("taken back by {}: {}", withdrawn.author, withdrawn.reason),
        (None, false) => "waits for the next run".into(),
        (None, true) => String::new(),
    }
}
