//! The crate `segment`: batches that its `Batcher` makes, sent with its `HttpClient`.

use kith_clients_rust::{Args, Outcome, args, properties, text, until_taken};
use segment::message::{Alias, BatchMessage, Group, Identify, Page, Screen, Track, User};
use segment::{Batcher, Client, HttpClient};
use serde_json::Value;
use time::OffsetDateTime;

fn main() {
    let given = args("segment-rust");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let client = HttpClient::new(reqwest::Client::new(), given.url.clone());
    let mut outcome = Outcome::new("segment-rust", "segment");
    let mut waiting = Vec::new();
    for who in &given.people {
        let (row, mut known) = (outcome.person(who), false);
        for call in who["calls"].as_array().into_iter().flatten() {
            known |= call["call"] == "identify";
            outcome.sent(row, call);
            waiting.push((row, call, message(who, call, known)));
            if waiting.len() == given.together {
                send(&runtime, &client, &given, &mut waiting, &mut outcome);
            }
        }
        std::thread::sleep(given.pause);
    }
    send(&runtime, &client, &given, &mut waiting, &mut outcome);
    outcome.print();
}

type Waiting<'a> = Vec<(usize, &'a Value, BatchMessage)>;

fn send(
    runtime: &tokio::runtime::Runtime,
    client: &HttpClient,
    given: &Args,
    waiting: &mut Waiting,
    outcome: &mut Outcome,
) {
    let mut batcher = Batcher::new(None);
    for (_, _, message) in waiting.iter() {
        assert!(batcher.push(message.clone()).expect("a message that fits").is_none(), "a batch that fits");
    }
    if batcher.is_empty() {
        return;
    }
    let batch = batcher.into_message();
    let taken = until_taken(|| runtime.block_on(client.send(given.key.clone(), batch.clone())));
    for (row, call, _) in waiting.drain(..) {
        if let Err(error) = &taken {
            outcome.lost(row, call, error);
        }
    }
}

fn message(who: &Value, call: &Value, known: bool) -> BatchMessage {
    let (user_id, anonymous_id) = (text(who, "user_id"), text(who, "anonymous_id"));
    let user = match known {
        true => User::Both { user_id, anonymous_id },
        false => User::AnonymousId { anonymous_id },
    };
    let timestamp = Some(OffsetDateTime::now_utc());
    let name = text(call, "name");
    match call["call"].as_str() {
        Some("identify") => {
            Identify { user, traits: call["traits"].clone(), timestamp, ..Default::default() }.into()
        }
        Some("group") => {
            let (group_id, traits) = (text(call, "group_id"), call["traits"].clone());
            Group { user, group_id, traits, timestamp, ..Default::default() }.into()
        }
        Some("alias") => {
            let user = User::UserId { user_id: text(who, "user_id") };
            Alias { user, previous_id: text(call, "previous_id"), timestamp, ..Default::default() }.into()
        }
        Some("page") => {
            Page { user, name, properties: properties(call), timestamp, ..Default::default() }.into()
        }
        Some("screen") => {
            Screen { user, name, properties: properties(call), timestamp, ..Default::default() }.into()
        }
        _ => {
            let properties = call["properties"].clone();
            Track { user, event: name, properties, timestamp, ..Default::default() }.into()
        }
    }
}
