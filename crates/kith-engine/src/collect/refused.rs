//! Answers about refused events: which wait for a fix, and for what they were refused.

use super::Collector;
use super::shape::{Cause, EventCounts, RefusedView, SourceCounts};
use crate::error::Result;
use crate::profile::instant;
use crate::project::Project;
use kith_core::event::RefusedEvent;
use kith_core::id::Position;
use kith_live::events::{Refusals, Wanted};

/// Causes of which an example is read from the log; the others are counted.
const EXAMPLES_MAX: usize = 100;

impl Project {
    /// How all events were counted.
    pub fn event_counts(&self) -> Result<EventCounts> {
        let Some(collector) = &self.collector else { return Ok(EventCounts::default()) };
        let refusals = collector.events.refusals();
        let mut sources = Vec::new();
        for (source, counted) in collector.events.counts() {
            let of_it = refusals.iter().filter(|refusals| refusals.cause.source == source);
            let discarded = of_it.map(|refusals| refusals.tally.discarded).sum();
            sources.push(SourceCounts::of(source, counted, discarded));
        }
        Ok(EventCounts {
            position: collector.events.position().0,
            applied: collector.events.applied().0,
            sources,
            refused: collector.causes(refusals)?,
        })
    }

    /// Refused events that wait, newest first.
    pub fn refused_events(&self, wanted: &Wanted, limit: usize) -> Result<Vec<RefusedView>> {
        let Some(collector) = &self.collector else { return Ok(Vec::new()) };
        let found = collector.events.refused(wanted, true, limit)?;
        Ok(found.into_iter().map(|(position, refused)| view(position, refused)).collect())
    }
}

impl Collector {
    /// Causes, those of which most wait first, with the oldest and the newest that waits.
    fn causes(&self, mut refusals: Vec<Refusals>) -> Result<Vec<Cause>> {
        refusals.sort_by(|a, b| b.tally.waiting.cmp(&a.tally.waiting).then_with(|| a.cause.cmp(&b.cause)));
        let with_example = |(at, refusals): (usize, Refusals)| {
            let Refusals { cause, tally } = refusals;
            let wanted = Wanted {
                source: Some(cause.source.clone()),
                code: Some(cause.code.clone()),
                name: Some(cause.name.clone()),
                field: Some(cause.field.clone()),
                ..Wanted::default()
            };
            let one = |newest| -> Result<Option<(Position, RefusedEvent)>> {
                if at >= EXAMPLES_MAX || tally.waiting == 0 {
                    return Ok(None);
                }
                Ok(self.events.refused(&wanted, newest, 1)?.pop())
            };
            let (first, last) = (one(false)?, one(true)?);
            Ok(Cause {
                source: cause.source,
                code: cause.code,
                name: cause.name,
                field: cause.field,
                count: tally.waiting,
                replayed: tally.accepted + tally.duplicate,
                discarded: tally.discarded,
                first_at: first.map(|(_, refused)| instant(refused.received_at_ms)),
                last_at: last.as_ref().map(|(_, refused)| instant(refused.received_at_ms)),
                example: last.map(|(position, refused)| view(position, refused)),
            })
        };
        refusals.into_iter().enumerate().map(with_example).collect()
    }
}

fn view(position: Position, refused: RefusedEvent) -> RefusedView {
    RefusedView {
        position: position.0,
        source: refused.source,
        call: refused.call.map(|call| call.name().to_string()),
        name: refused.name,
        code: refused.code,
        field: refused.field,
        reason: refused.reason,
        original: refused.original,
        received_at: instant(refused.received_at_ms),
    }
}
