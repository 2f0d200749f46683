//! What `kith events` shows.

use super::super::failure::Failure;
use super::super::output::{Output, grouped};
use super::super::table::Table;
use super::super::{Context, open};
use kith_core::id::SourceName;
use kith_engine::events::{Cause, Replay, ReplayReport, Wanted};
use std::path::PathBuf;

pub(super) fn counts(context: &Context, out: &mut Output) -> Result<(), Failure> {
    let counts = open(context)?.event_counts()?;
    if out.json {
        return out.document(&counts);
    }
    let mut table =
        Table::new(["source", "received", "accepted", "duplicate", "refused", "of them discarded"]);
    for source in counts.sources {
        let name = source.source.as_str().to_string();
        let numbers = [source.received, source.accepted, source.duplicate, source.refused, source.discarded];
        table.row(std::iter::once(name).chain(numbers.map(grouped)));
    }
    out.line(table.render())
}

pub(super) fn causes(context: &Context, out: &mut Output) -> Result<(), Failure> {
    let causes = open(context)?.event_counts()?.refused;
    if out.json {
        return out.document(&causes);
    }
    if causes.is_empty() {
        return out.line("Nothing was refused.");
    }
    let head = ["source", "code", "event", "field", "waiting", "replayed", "discarded", "last", "example"];
    let mut table = Table::new(head);
    for cause in causes {
        let Cause { source, code, name, field, count, replayed, discarded, last_at, example, .. } = cause;
        let example = example.map_or(String::new(), |example| example.position.to_string());
        let (count, replayed, discarded) = (grouped(count), grouped(replayed), grouped(discarded));
        let last_at = last_at.unwrap_or_default();
        let source = source.as_str().to_string();
        table.row([source, code, name, field, count, replayed, discarded, last_at, example]);
    }
    out.line(table.render())
}

pub(super) fn refused(
    context: &Context,
    wanted: Wanted,
    limit: usize,
    out: &mut Output,
) -> Result<(), Failure> {
    let refused = open(context)?.refused_events(&wanted, limit)?;
    if out.json {
        return out.document(&refused);
    }
    if refused.is_empty() {
        return out.line("Nothing waits for a fix.");
    }
    let mut table = Table::new(["position", "source", "code", "event", "field", "received", "reason"]);
    for one in refused {
        let (position, source) = (one.position.to_string(), one.source.as_str().to_string());
        table.row([position, source, one.code, one.name, one.field, one.received_at, one.reason]);
    }
    out.line(table.render())
}

pub(super) fn replay(context: &Context, replay: &Replay, out: &mut Output) -> Result<(), Failure> {
    let project = open(context)?;
    let report = project.replay_refused(replay)?;
    if !replay.dry_run {
        project.wait_for_events(report.position)?;
    }
    if out.json {
        return out.document(&report);
    }
    let ReplayReport { looked_at, accepted, duplicate, still_refused, .. } = report;
    let would = if replay.dry_run { " (nothing was written)" } else { "" };
    out.line(format!(
        "{} refused events: {} accepted, {} taken before, {} still refused{would}",
        grouped(looked_at),
        grouped(accepted),
        grouped(duplicate),
        grouped(still_refused)
    ))?;
    if report.causes.is_empty() {
        return Ok(());
    }
    let mut table = Table::new(["source", "code", "event", "field", "still refused"]);
    for cause in report.causes {
        let source = cause.source.as_str().to_string();
        table.row([source, cause.code, cause.name, cause.field, grouped(cause.count)]);
    }
    out.line(table.render())
}

pub(super) fn violations(
    context: &Context,
    source: Option<&SourceName>,
    plan: Option<PathBuf>,
    last: u64,
    out: &mut Output,
) -> Result<(), Failure> {
    let found = open(context)?.recheck_events(source, plan.as_deref(), last)?;
    if out.json {
        return out.document(&found);
    }
    let (looked_at, not) = (grouped(found.looked_at), grouped(found.not_as_planned));
    out.line(format!("{looked_at} events looked at, {not} not as planned"))?;
    if found.violations.is_empty() {
        return Ok(());
    }
    let mut table = Table::new(["source", "event", "kind", "field", "count"]);
    for one in found.violations {
        table.row([one.source.as_str().to_string(), one.event, one.kind, one.field, grouped(one.count)]);
    }
    out.line(table.render())
}
