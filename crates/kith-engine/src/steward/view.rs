//! Decisions as they are shown: with the records they name, and what became of them.

use super::shape::{DecidedRecord, DecisionView, Decisions, Withdrawal};
use crate::error::Result;
use crate::profile::{Lookup, Reader, find_nodes, instant, record_name};
use kith_core::decision::{Decision, RecordRef};
use kith_core::id::Position;
use kith_live::Decided;
use std::collections::BTreeMap;

/// The decisions in force, or all, newest first; `of` = only those that name one of these records.
pub(super) fn decisions(reader: &Reader, all: bool, of: Option<&Lookup>, limit: usize) -> Result<Decisions> {
    let position = reader.live.position();
    let seen = seen(reader)?;
    let decided = reader.live.decisions()?;
    let in_force = decided.iter().filter(|d| d.withdrawn.is_none()).count() as u64;
    let pending = decided.iter().filter(|d| waits(d, seen)).count() as u64;
    let decided = match of {
        None => decided,
        Some(lookup) => naming(reader, lookup)?,
    };
    let shown = decided.into_iter().rev().filter(|d| all || d.withdrawn.is_none()).take(limit);
    let decisions = shown.map(|d| view(reader, seen, d)).collect::<Result<_>>()?;
    Ok(Decisions { position, in_force, pending, decisions })
}

/// The decisions that name a record, the oldest first.
fn naming(reader: &Reader, lookup: &Lookup) -> Result<Vec<Decided>> {
    let mut found = BTreeMap::new();
    for node in find_nodes(reader, lookup)? {
        let Some(node) = reader.live.node(node)? else { continue };
        let record = RecordRef { source: node.source, key: node.key };
        found.extend(reader.live.decisions_of(&record)?.into_iter().map(|d| (d.position, d)));
    }
    Ok(found.into_values().collect())
}

/// These decisions.
pub(super) fn some(reader: &Reader, ids: &[Position]) -> Result<Vec<DecisionView>> {
    let seen = seen(reader)?;
    let mut views = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(decided) = reader.live.decision(*id)? {
            views.push(view(reader, seen, decided)?);
        }
    }
    Ok(views)
}

/// How far the last resolution has seen.
pub(super) fn seen(reader: &Reader) -> Result<Position> {
    Ok(reader.live.resolved()?.map(|(_, resolved)| resolved.up_to).unwrap_or_default())
}

/// True if the last resolution has not seen a decision as it is now. One that was taken and taken back since changes
/// nothing, and waits for nothing.
pub(super) fn waits(decided: &Decided, seen: Position) -> bool {
    let come_and_gone = decided.withdrawn.is_some() && decided.position > seen;
    last(decided) > seen && !come_and_gone
}

/// The last entry about a decision.
fn last(decided: &Decided) -> Position {
    decided.withdrawn.as_ref().map_or(decided.position, |(at, _)| *at)
}

pub(super) fn view(reader: &Reader, seen: Position, decided: Decided) -> Result<DecisionView> {
    let applied = !waits(&decided, seen);
    let entry = decided.entry;
    let (mut a, mut b, mut field, mut value) = (None, None, None, None);
    let verdict = entry.decision.verdict().to_string();
    match entry.decision {
        Decision::Always { a: left, b: right } | Decision::Never { a: left, b: right } => {
            a = Some(record(reader, left)?);
            b = Some(record(reader, right)?);
        }
        Decision::Blocked { field: of, value: normal } => {
            field = Some(of.name().to_string());
            value = Some(normal);
        }
    }
    let withdrawn = decided.withdrawn.map(|(_, w)| Withdrawal {
        reason: w.reason,
        author: w.author,
        at: instant(w.withdrawn_at_ms),
    });
    Ok(DecisionView {
        id: decided.position,
        verdict,
        a,
        b,
        field,
        value,
        reason: entry.reason,
        author: entry.author,
        decided_at: instant(entry.decided_at_ms),
        in_force: withdrawn.is_none(),
        applied,
        withdrawn,
    })
}

fn record(reader: &Reader, named: RecordRef) -> Result<DecidedRecord> {
    let node = reader.live.node_of(&named.source, &named.key)?;
    let alive = match node {
        Some(node) => reader.live.node(node)?.filter(|n| n.alive).map(|n| n.id),
        None => None,
    };
    let name = match alive {
        Some(node) => record_name(reader, node)?.and_then(|r| r.name),
        None => None,
    };
    let profile_id = match alive {
        Some(node) => reader.live.profile_of(node)?,
        None => None,
    };
    let source = named.source.as_str().to_string();
    Ok(DecidedRecord { source, key: named.key, node_id: alive, name, profile_id })
}
