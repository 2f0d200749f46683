//! Events in, the profile that they lead to out: one round trip.

use crate::error::{Error, Result};
use crate::profile::Lookup;
use crate::profile::shape::Profile;
use crate::project::Project;
use kith_core::event::Counted;
use kith_core::event::wire::{self, Arrival, Door, Incoming, Limits};
use kith_core::id::SourceName;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

/// What became of the events, and who did them.
#[derive(Debug, Serialize, ToSchema)]
pub struct Told {
    /// The position of the log of events that the profile reflects.
    pub position: u64,
    /// Events that came.
    pub received: u64,
    /// Events that were kept.
    pub accepted: u64,
    /// Events that had been accepted before.
    pub duplicate: u64,
    /// Events that were refused; `GET /v1/events/refused` says why.
    pub refused: u64,
    /// The profile, with these events in it.
    pub profile: Profile,
}

impl Project {
    /// Takes events of a source, waits until they are in the profiles and answers with the one that is asked for; that of
    /// the last event unless said. The events are kept and counted like any others.
    pub fn tell(
        &self,
        source: &str,
        events: &[Map<String, Value>],
        who: Option<Lookup>,
        confidence: Option<f64>,
    ) -> Result<Told> {
        let known = SourceName::try_from(source).ok();
        let collector = self.collector.as_ref();
        let (Some(collector), Some(source)) =
            (collector, known.filter(|s| collector.is_some_and(|c| c.takes(s))))
        else {
            let help = "Name a [[source]] of kith.toml with kind = \"events\".";
            return Err(Error::input("K-COLLECT-NONE", format!("{source:?} is no source of events"), help));
        };
        let body = json!({ "batch": events }).to_string();
        let arrival = Arrival { source: &source, received_at_ms: self.live.now_ms(), ip: None };
        let incoming =
            wire::read(body.as_bytes(), Door::Batch, &arrival, &Limits::default()).map_err(|e| {
                Error::input(e.code, e.reason, "Send a list of events as the tracking API takes them.")
            })?;
        let Some(who) = who.or_else(|| incoming.iter().rev().find_map(whose)) else {
            let help = "Send a userId or an anonymousId with the events, or say whose profile is wanted.";
            return Err(Error::input("K-COLLECT-NOBODY", "no event names anybody".to_string(), help));
        };
        let receipt = collector.append(incoming)?;
        self.wait_for_events(receipt.position.0)?;
        let Counted { received, accepted, duplicate, refused } = receipt.counted;
        let profile = self.profile(&who, confidence)?;
        Ok(Told { position: receipt.position.0, received, accepted, duplicate, refused, profile })
    }
}

/// Who did it.
fn whose(incoming: &Incoming) -> Option<Lookup> {
    let Incoming::Event(event) = incoming else { return None };
    let user = event.user_id.as_ref().map(|id| ("user_id", id));
    let (kind, value) = user.or_else(|| event.anonymous_id.as_ref().map(|id| ("anonymous_id", id)))?;
    Some(Lookup::Identifier { kind: kind.into(), value: value.clone() })
}
