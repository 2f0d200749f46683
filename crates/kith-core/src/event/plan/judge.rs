//! What becomes of an event under a plan.

use super::{Plan, Policy, PropertyPolicy, Treatment, Violation, ViolationKind, omit};
use crate::event::wire::Incoming;
use crate::event::{Event, RefusedEvent};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A source's plan, and what it does with what is not in it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Guard {
    /// The plan.
    pub plan: Arc<Plan>,
    /// What becomes of what is not in it.
    pub treatment: Treatment,
}

/// An event that was judged.
#[derive(Debug)]
pub struct Judged {
    /// What is kept: the event, without what is omitted, or its refusal.
    pub incoming: Incoming,
    /// What is not as planned, allowed or not.
    pub violations: Vec<Violation>,
}

impl Guard {
    /// What is not as planned in an event.
    pub fn violations(&self, event: &Event) -> Vec<Violation> {
        if !self.plan.speaks_of(event.call) {
            return Vec::new();
        }
        // It was read when it came; a text that can not be read says nothing.
        let body: Value = serde_json::from_str(&event.body).unwrap_or_default();
        self.plan.violations(event, &body)
    }

    /// Judges an event.
    pub fn judge(&self, mut event: Event) -> Judged {
        let mut violations = self.violations(&event);
        let mut rounds = 0;
        loop {
            if let Some(at) = violations.iter().position(|violation| self.blocks(violation.kind)) {
                let incoming = Incoming::Refused(refused(event, &violations, at));
                return Judged { incoming, violations };
            }
            if self.treatment.unplanned_properties != PropertyPolicy::Omit {
                break;
            }
            let unplanned = |v: &&Violation| v.kind == ViolationKind::UnplannedProperty;
            let fields: BTreeSet<&str> =
                violations.iter().filter(unplanned).map(|v| v.field.as_str()).collect();
            let text = omit::without(&event.body, &fields);
            if text.len() == event.body.len() {
                break;
            }
            event.body = text;
            rounds += 1;
            // Each look names some of them; what was cut can leave more, and can leave a required one missing.
            let more = self.violations(&event);
            let news: Vec<_> = more.into_iter().filter(|v| !violations.contains(v)).collect();
            if news.is_empty() || rounds == ROUNDS_MAX {
                break;
            }
            violations.extend(news);
        }
        Judged { incoming: Incoming::Event(event), violations }
    }

    fn blocks(&self, kind: ViolationKind) -> bool {
        let Treatment { unplanned_events, invalid_events, unplanned_properties } = self.treatment;
        match kind {
            ViolationKind::UnplannedEvent => unplanned_events == Policy::Block,
            ViolationKind::UnplannedProperty => unplanned_properties == PropertyPolicy::Block,
            _ => invalid_events == Policy::Block,
        }
    }
}

/// An event has at most 300 properties, and each look finds sixteen of those that are not planned.
const ROUNDS_MAX: usize = 400;

fn refused(event: Event, violations: &[Violation], at: usize) -> RefusedEvent {
    let (code, field, mut reason) = match violations.get(at) {
        Some(Violation { kind: ViolationKind::UnplannedEvent, field, message }) => {
            (ViolationKind::UnplannedEvent.code(), field.clone(), message.clone())
        }
        Some(violation) => {
            let reason = format!("{} {}", violation.field, violation.message);
            (violation.kind.code(), violation.field.clone(), reason)
        }
        None => (ViolationKind::Value.code(), String::new(), String::new()),
    };
    if violations.len() > 1 {
        reason = format!("{reason} (and {} more)", violations.len() - 1);
    }
    RefusedEvent {
        source: event.source,
        call: Some(event.call),
        name: event.name,
        message_id: event.message_id,
        code: code.into(),
        field,
        reason: format!("{reason}; mend the sender, or the plan, and replay the event"),
        original: event.body,
        received_at_ms: event.received_at_ms,
        place: String::new(),
    }
}
