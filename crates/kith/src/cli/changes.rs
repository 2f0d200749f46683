//! `kith changes`: how the identity of customers changed, in the order of the log.

use super::failure::Failure;
use super::output::Output;
use super::table::Table;
use super::{Context, at_least_one, open};
use clap::Args;
use kith_core::entry::IdentityChange;
use kith_core::id::{NodeId, Position};

const AFTER_HELP: &str = "\
A consumer that replays the changes from 0 has today's profiles; `next` in the JSON is where to go on.

Examples:
  kith changes --limit 20
  kith changes --since 60412 --json";

/// How the identity of customers changed.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Changes {
    /// Changes after this log position.
    #[arg(long, default_value_t = 0)]
    since: u64,
    /// At most so many.
    #[arg(long, default_value_t = 100)]
    limit: usize,
}

impl Changes {
    /// Does what was asked.
    pub fn execute(self, context: &Context, out: &mut Output) -> Result<(), Failure> {
        let changes = open(context)?.changes(Position(self.since), at_least_one(self.limit)?)?;
        if out.json {
            return out.document(&changes);
        }
        let mut table = Table::new(["position", "change", "profile", "of", "nodes"]);
        for change in &changes.changes {
            let [name, profile, of, nodes] = row(&change.change);
            table.row([change.position.0.to_string(), name, profile, of, nodes]);
        }
        out.line(table.render())?;
        out.line(format!("Go on with --since {}", changes.next.0))
    }
}

fn row(change: &IdentityChange) -> [String; 4] {
    let list = |nodes: &[NodeId]| nodes.iter().map(|n| n.0.to_string()).collect::<Vec<_>>().join(" ");
    let one = |name: &str, profile: String, nodes| [name.to_string(), profile, String::new(), list(nodes)];
    match change {
        IdentityChange::Created { profile, nodes } => one("created", profile.to_string(), nodes),
        IdentityChange::Joined { profile, nodes } => one("joined", profile.to_string(), nodes),
        IdentityChange::Left { profile, nodes } => one("left", profile.to_string(), nodes),
        IdentityChange::Merged { from, into, nodes } => {
            ["merged".into(), into.to_string(), format!("from {from}"), list(nodes)]
        }
        IdentityChange::Split { from, into, nodes } => {
            ["split".into(), into.to_string(), format!("from {from}"), list(nodes)]
        }
    }
}
