//! `kith events`: the counts of events, what was refused, its replay, and tracking plans.

mod show;

use super::decide::why;
use super::failure::{Exit, Failure};
use super::output::{Output, grouped};
use super::{Context, at_least_one, open};
use clap::{Args, Subcommand};
use kith_core::event::time;
use kith_core::id::{Position, SourceName};
use kith_engine::events::{LOOK_BACK, Replay, Wanted};
use show::{causes, counts, refused, violations};
use std::path::PathBuf;

const AFTER_HELP: &str = "\
Examples:
  kith events counts                                        received = accepted + duplicate + refused
  kith events causes                                        for what events were refused
  kith events refused --code K-PLAN-INVALID                 those, with their originals (--json)
  kith events plan --source web > plan.json                 a first tracking plan, from what came
  kith events violations --plan plan.json                   what that plan would say of what came
  kith events replay --code K-PLAN-EVENT --dry-run          what would land
  kith events replay --code K-EVENT-NO-NAME --patch '{\"event\": \"Unknown\"}'
  kith events discard --code K-EVENT-NO-ID --reason 'a bot'";

/// The counts of events, what was refused, its replay, and tracking plans.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Events {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// How events were counted, by source.
    Counts,
    /// For what events were refused, and how many wait for a fix.
    Causes,
    /// Refused events that wait for a fix, newest first.
    Refused {
        #[command(flatten)]
        which: Which,
        /// At most so many.
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Send refused events again, after their cause was mended.
    Replay {
        #[command(flatten)]
        which: Which,
        /// Members to set, change or (null) take out of each: a JSON merge patch.
        #[arg(long, value_name = "JSON")]
        patch: Option<String>,
        /// Bytes that an event may have this once.
        #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(1..=65_536))]
        event_bytes: Option<u32>,
        /// Only say what would become of them.
        #[arg(long)]
        dry_run: bool,
        /// Who wants it [default: the user of this machine].
        #[arg(long)]
        author: Option<String>,
    },
    /// Give refused events up; they stay counted as refused.
    Discard {
        #[command(flatten)]
        which: Which,
        /// Why.
        #[arg(long)]
        reason: String,
        /// Who wants it [default: the user of this machine].
        #[arg(long)]
        author: Option<String>,
    },
    /// Write a first tracking plan from the events that are there, as JSON.
    Plan {
        /// The source of kith.toml.
        #[arg(long, value_name = "NAME")]
        source: String,
        /// Look at so many of the last entries of the log.
        #[arg(long, default_value_t = LOOK_BACK)]
        last: u64,
    },
    /// What the tracking plan says of the events that are there.
    Violations {
        /// Of this source only.
        #[arg(long, value_name = "NAME")]
        source: Option<String>,
        /// Try this plan instead of those in kith.toml.
        #[arg(long, value_name = "FILE")]
        plan: Option<PathBuf>,
        /// Look at so many of the last entries of the log.
        #[arg(long, default_value_t = LOOK_BACK)]
        last: u64,
    },
}

/// Which refused events.
#[derive(Args)]
struct Which {
    /// Of this source only.
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// Of this code only.
    #[arg(long)]
    code: Option<String>,
    /// Of events of this name only, as `kith events causes` says it.
    #[arg(long, value_name = "EVENT")]
    name: Option<String>,
    /// With this field only, as `kith events causes` says it.
    #[arg(long, value_name = "POINTER")]
    field: Option<String>,
    /// Only those received from this time on, RFC 3339.
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Only this one, by its position.
    #[arg(long, value_name = "N")]
    position: Option<u64>,
}

impl Which {
    fn wanted(self) -> Result<Wanted, Failure> {
        let from_ms = self.since.map(|text| {
            time::instant_ms(&text).ok_or_else(|| {
                Failure::usage(format!("{text:?} is no time"), "Write it as 2026-11-22T08:00:00Z.")
            })
        });
        Ok(Wanted {
            source: self.source.as_deref().map(source).transpose()?,
            code: self.code,
            name: self.name,
            field: self.field,
            from_ms: from_ms.transpose()?,
            to_ms: None,
            after: self.position.map(|at| Position(at.saturating_sub(1))),
            before: self.position.map(|at| Position(at.saturating_add(1))),
        })
    }
}

fn source(name: &str) -> Result<SourceName, Failure> {
    SourceName::try_from(name).map_err(|e| Failure::usage(e.to_string(), "`kith sources` names the sources."))
}

impl Events {
    /// Does what was asked.
    pub fn execute(self, context: &Context, out: &mut Output) -> Result<(), Failure> {
        match self.what {
            What::Counts => counts(context, out),
            What::Causes => causes(context, out),
            What::Refused { which, limit } => refused(context, which.wanted()?, at_least_one(limit)?, out),
            What::Replay { which, patch, event_bytes, dry_run, author } => {
                let patch = patch.map(|text| {
                    serde_json::from_str(&text).map_err(|e| {
                        let help = "For example --patch '{\"event\": \"Order Completed\"}'.";
                        Failure::new(
                            Exit::Usage,
                            "K-REPLAY-PATCH",
                            format!("the patch is not JSON: {e}"),
                            help,
                        )
                    })
                });
                let replay = Replay {
                    wanted: which.wanted()?,
                    patch: patch.transpose()?,
                    event_bytes: event_bytes.map(|bytes| bytes as usize),
                    dry_run,
                    author: why(String::new(), author).author,
                };
                show::replay(context, &replay, out)
            }
            What::Discard { which, reason, author } => {
                let wanted = which.wanted()?;
                if wanted == Wanted::default() {
                    let help = "Name a --source, a --code or a --position.";
                    return Err(Failure::usage("nothing says which events are given up", help));
                }
                let why = why(reason, author);
                let report = open(context)?.discard_refused(&wanted, &why.reason, &why.author)?;
                match out.json {
                    true => out.document(&report),
                    false => out.line(format!("{} refused events given up", grouped(report.discarded))),
                }
            }
            What::Plan { source: name, last } => {
                let name = source(&name)?;
                let inferred = open(context)?.infer_plan(&name, last)?;
                if inferred.looked_at == 0 {
                    let help =
                        "`kith events counts` says which sources have events; --last looks further back.";
                    let message = format!("there are no events of {:?}", name.as_str());
                    return Err(Failure::new(Exit::NotFound, "K-COLLECT-NONE", message, help));
                }
                out.document(&inferred.plan)
            }
            What::Violations { source: name, plan, last } => {
                let name = name.as_deref().map(source).transpose()?;
                violations(context, name.as_ref(), plan, last, out)
            }
        }
    }
}
