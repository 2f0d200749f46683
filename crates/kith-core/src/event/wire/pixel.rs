//! An event in the query of an image's address, for pages and mails that run no program (RudderStack's pixel).

use super::json::Members;
use super::{Arrival, Incoming, Item, Limits, Place, Shared, item};
use crate::event::Call;
use serde_json::{Map, Value, json};

/// Dots in a parameter's name lead into objects; more of them than an event may be deep make no difference any more.
const STEPS_MAX: usize = item::DEPTH_MAX + 1;

/// The event that query parameters describe: `event=Opened&properties.mail=42`. Names are paths with dots, values are
/// texts; the first of several parameters with one name counts. It comes from a device, so the address of the connection
/// is the person's; it has no time of its own.
pub fn pixel(parameters: &[(String, String)], call: Call, arrival: &Arrival, limits: &Limits) -> Incoming {
    let mut event = Map::new();
    event.insert("type".into(), call.name().into());
    event.insert("channel".into(), "web".into());
    event.insert("integrations".into(), json!({ "All": true }));
    let mut seen = std::collections::HashSet::new();
    for (name, value) in parameters {
        if ["writeKey", "type", "channel", "integrations"].contains(&name.as_str()) || !seen.insert(name) {
            continue;
        }
        let value = match name.as_str() {
            // Templates of mails quote it.
            "anonymousId" => value.trim_matches('"'),
            _ => value.as_str(),
        };
        set(&mut event, name, value);
    }
    let text = Value::Object(event).to_string();
    let members = Members::of(&text).unwrap_or_default();
    let shared = Shared::default();
    let item = Item { text: &text, members, place: Place::Alone, call: Some(call), shared: &shared };
    item::incoming(&item, arrival, limits)
}

fn set(event: &mut Map<String, Value>, path: &str, value: &str) {
    let steps: Vec<&str> = path.splitn(STEPS_MAX, '.').collect();
    let Some((last, way)) = steps.split_last() else { return };
    let mut at = event;
    for step in way {
        let next = at.entry(*step).or_insert_with(|| Value::Object(Map::new()));
        if !next.is_object() {
            *next = Value::Object(Map::new());
        }
        let Value::Object(map) = next else { return };
        at = map;
    }
    at.insert((*last).to_string(), value.into());
}
