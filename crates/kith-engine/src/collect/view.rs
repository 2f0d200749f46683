//! An event as answers show it.

use super::Collector;
use super::shape::EventView;
use crate::error::Result;
use crate::profile::instant;
use kith_core::event::Event;
use kith_core::event::facts::Facts;
use kith_core::id::Position;
use serde_json::value::RawValue;

impl Collector {
    /// An event as it is shown.
    pub(super) fn view(&self, position: Position, event: Event) -> Result<EventView> {
        let violations = self.violations(&event);
        let facts = Facts::of(&event.body);
        let derived = facts.derived(&event).clone();
        let items = self.catalogs.named(&facts)?;
        Ok(EventView {
            position: position.0,
            source: event.source,
            call: event.call.name().to_string(),
            name: event.name,
            message_id: event.message_id,
            user_id: event.user_id,
            anonymous_id: event.anonymous_id,
            timestamp: instant(event.timestamp_ms),
            received_at: instant(event.received_at_ms),
            violations,
            derived,
            items,
            // It was checked when it came.
            body: RawValue::from_string(event.body).unwrap_or_else(|_| RawValue::NULL.to_owned()),
        })
    }
}
