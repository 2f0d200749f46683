//! Refused events, sent again after their cause was mended, or given up.
//!
//! 1. Those that wait and are asked for are read, oldest first, up to where the log stood at the beginning.
//! 2. Each goes through the same door as if it came now ([`wire::read`], the plan of its source), with the time at which it was
//!    received, and with changes to its members where the caller says some.
//! 3. What passes is settled in the log together with its event (`kith_live::events`): once, whatever is asked twice or is
//!    killed in the middle. What does not pass stays as it was.

use super::Collector;
use super::shape::{DiscardReport, ReplayReport, StillRefused};
use crate::error::{Error, Result};
use crate::project::Project;
use kith_core::event::cause::Cause;
use kith_core::event::wire::{self, Arrival, Door, Incoming, Limits};
use kith_core::event::{Event, RefusedEvent, patch};
use kith_core::id::Position;
use kith_live::events::{Settle, Settled, Wanted};
use serde_json::Value;
use std::collections::BTreeMap;

/// Events that are settled in one write.
const TOGETHER: usize = 500;

/// A reason is a sentence or two.
const REASON_CHARS_MAX: usize = 2_000;

/// How refused events are sent again.
#[derive(Clone, Debug, Default)]
pub struct Replay {
    /// Which.
    pub wanted: Wanted,
    /// Members to set, change or (`null`) take out: a JSON merge patch.
    pub patch: Option<Value>,
    /// Bytes that an event may have this once.
    pub event_bytes: Option<usize>,
    /// Only say what would become of them.
    pub dry_run: bool,
    /// Who wants it.
    pub author: String,
}

impl Project {
    /// Sends refused events again.
    pub fn replay_refused(&self, replay: &Replay) -> Result<ReplayReport> {
        if replay.patch.as_ref().is_some_and(|patch| !patch.is_object()) {
            let help = "For example {\"event\": \"Order Completed\"}; null takes a member out.";
            return Err(Error::input("K-REPLAY-PATCH", "the change is no JSON object", help));
        }
        let mut report = ReplayReport { dry_run: replay.dry_run, ..ReplayReport::default() };
        let Some(collector) = &self.collector else { return Ok(report) };
        let mut still: BTreeMap<Cause, u64> = BTreeMap::new();
        let mut settled = Settled::default();
        collector.each_refused(&replay.wanted, |found| {
            report.looked_at += found.len() as u64;
            let mut passed = Vec::new();
            for (position, refused) in found {
                match collector.again(position, &refused, replay) {
                    Ok(event) => passed.push(Settle {
                        refused: position,
                        source: refused.source,
                        event: Some(event),
                        reason: String::new(),
                        author: replay.author.clone(),
                    }),
                    Err(cause) => *still.entry(cause).or_default() += 1,
                }
            }
            if replay.dry_run {
                settled.accepted += passed.len() as u64;
            } else if !passed.is_empty() {
                settled.add(collector.events.settle(passed)?.settled);
            }
            Ok(())
        })?;
        (report.accepted, report.duplicate, report.gone) =
            (settled.accepted, settled.duplicate, settled.gone);
        report.still_refused = still.values().sum();
        report.causes = still.into_iter().map(|(cause, count)| StillRefused::of(cause, count)).collect();
        report.position = collector.events.position().0;
        Ok(report)
    }

    /// Gives refused events up, with a reason. They stay counted as refused, and in the log.
    pub fn discard_refused(&self, wanted: &Wanted, reason: &str, author: &str) -> Result<DiscardReport> {
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().count() > REASON_CHARS_MAX {
            let message = format!("discarding needs a reason of 1 to {REASON_CHARS_MAX} characters");
            let help = "Say why: whoever counts the refused events in a year wants to know.";
            return Err(Error::input("K-REPLAY-REASON", message, help));
        }
        let mut report = DiscardReport::default();
        let Some(collector) = &self.collector else { return Ok(report) };
        collector.each_refused(wanted, |found| {
            let give_up = |(refused, event): (Position, RefusedEvent)| Settle {
                refused,
                source: event.source,
                event: None,
                reason: reason.into(),
                author: author.into(),
            };
            let receipt = collector.events.settle(found.into_iter().map(give_up).collect())?;
            report.discarded += receipt.settled.discarded;
            report.position = receipt.position.0;
            Ok(())
        })?;
        Ok(report)
    }
}

impl Collector {
    /// Refused events that wait now, oldest first, in parts.
    fn each_refused(
        &self,
        wanted: &Wanted,
        mut see: impl FnMut(Vec<(Position, RefusedEvent)>) -> Result<()>,
    ) -> Result<()> {
        // What was refused before the question is in the answer.
        self.events.wait(self.events.position(), std::time::Duration::from_secs(5));
        let end = Position(self.events.position().0 + 1);
        let mut wanted = wanted.clone();
        wanted.before = Some(wanted.before.map_or(end, |before| before.min(end)));
        loop {
            let found = self.events.refused(&wanted, false, TOGETHER)?;
            let Some((last, _)) = found.last() else { return Ok(()) };
            wanted.after = Some(*last);
            see(found)?;
        }
    }

    /// A refused event as if it came now; `Err` = it is refused again, for this.
    fn again(&self, position: Position, refused: &RefusedEvent, replay: &Replay) -> Result<Event, Cause> {
        let other = |code: &str, field: &str| {
            Cause::of(&RefusedEvent { code: code.into(), field: field.into(), ..refused.clone() })
        };
        let changed = match &replay.patch {
            None => Some(refused.original.clone()),
            Some(patch) => patch::patched(&refused.original, patch),
        };
        let text = changed.ok_or_else(|| other("K-COLLECT-JSON", ""))?;
        let says_its_call = replay.patch.as_ref().is_some_and(|patch| patch.get("type").is_some());
        let (door, text) = match refused.call {
            Some(call) if !says_its_call => (Door::One(call), text),
            _ => (Door::Batch, format!("[{text}]")),
        };
        let limits = Limits {
            event_bytes: replay.event_bytes.unwrap_or(Limits::default().event_bytes),
            ..Limits::default()
        };
        let arrival = Arrival { source: &refused.source, received_at_ms: refused.received_at_ms, ip: None };
        let found = wire::read(text.as_bytes(), door, &arrival, &limits).map_err(|e| other(e.code, ""))?;
        let Ok([found]) = <[Incoming; 1]>::try_from(found) else { return Err(other("K-EVENT-SHAPE", "")) };
        let judged = match found {
            Incoming::Event(mut event) => {
                if event.message_id.is_empty() {
                    // The same refused event is the same event, however often it is sent again.
                    event.message_id = format!("kith-replay-{}", position.0);
                }
                let renamed = replay.patch.as_ref().is_some_and(|patch| patch.get("messageId").is_some());
                if !refused.message_id.is_empty() && !renamed {
                    event.message_id.clone_from(&refused.message_id);
                }
                match self.plans.guard(&event.source) {
                    Some(guard) => guard.judge(event).incoming,
                    None => Incoming::Event(event),
                }
            }
            refused => refused,
        };
        match judged {
            Incoming::Event(event) => Ok(event),
            Incoming::Refused(again) => Err(Cause::of(&again)),
        }
    }
}
