//! The crate `rudderanalytics`: each call is a request of its own, which blocks; it tries three times by itself.

use chrono::{DateTime, Utc};
use kith_clients_rust::{Outcome, args, properties, text, until_taken};
use rudderanalytics::client::RudderAnalytics;
use rudderanalytics::message::{Alias, Group, Identify, Message, Page, Screen, Track};
use serde_json::Value;

fn main() {
    let given = args("rudder-rust");
    let client = RudderAnalytics::load(given.key.clone(), given.url.clone());
    let mut outcome = Outcome::new("rudder-rust", "rudderanalytics");
    for who in &given.people {
        let (row, mut known) = (outcome.person(who), false);
        for call in who["calls"].as_array().into_iter().flatten() {
            known |= call["call"] == "identify";
            outcome.sent(row, call);
            // The time is of the call, not of the try: without one the crate would put that of each try.
            let message = message(who, call, known, Some(Utc::now()));
            if let Err(error) = until_taken(|| client.send(&message)) {
                outcome.lost(row, call, &error);
            }
        }
        std::thread::sleep(given.pause);
    }
    outcome.print();
}

fn message(who: &Value, call: &Value, known: bool, original_timestamp: Option<DateTime<Utc>>) -> Message {
    let user_id = known.then(|| text(who, "user_id"));
    let anonymous_id = Some(text(who, "anonymous_id"));
    let (name, traits) = (text(call, "name"), call.get("traits").cloned());
    match call["call"].as_str() {
        Some("identify") => {
            Message::Identify(Identify { user_id, anonymous_id, traits, original_timestamp, ..Default::default() })
        }
        Some("group") => Message::Group(Group {
            user_id,
            anonymous_id,
            group_id: text(call, "group_id"),
            traits,
            original_timestamp,
            ..Default::default()
        }),
        Some("alias") => Message::Alias(Alias {
            user_id: text(who, "user_id"),
            previous_id: text(call, "previous_id"),
            original_timestamp,
            ..Default::default()
        }),
        Some("page") => Message::Page(Page {
            user_id,
            anonymous_id,
            name,
            properties: Some(properties(call)),
            original_timestamp,
            ..Default::default()
        }),
        Some("screen") => Message::Screen(Screen {
            user_id,
            anonymous_id,
            name,
            properties: Some(properties(call)),
            original_timestamp,
            ..Default::default()
        }),
        _ => Message::Track(Track {
            user_id,
            anonymous_id,
            event: name,
            properties: Some(properties(call)),
            original_timestamp,
            ..Default::default()
        }),
    }
}
