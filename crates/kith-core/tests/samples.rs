//! Real requests, byte for byte as the field's clients sent them (`event/wire/samples`), are read without a fault.

use kith_core::event::Call;
use kith_core::event::wire::{Arrival, Door, Incoming, Limits, read};
use kith_core::id::SourceName;
use std::path::Path;

/// What a path means, as the collection port has it.
fn door(path: &str) -> Option<Door> {
    let path = path.split('?').next().unwrap_or_default();
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let short =
        [("t", "track"), ("i", "identify"), ("p", "page"), ("s", "screen"), ("g", "group"), ("a", "alias")];
    let word = short.iter().find(|(letter, _)| *letter == last).map_or(last, |(_, word)| word);
    match word {
        "batch" | "b" => Some(Door::Batch),
        word => Call::of(word).map(Door::One),
    }
}

#[test]
fn every_sample_of_a_real_client_is_read_whole() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/event/wire/samples");
    let source = SourceName::try_from("web").expect("a name");
    let arrival = Arrival { source: &source, received_at_ms: 1_795_334_400_000, ip: Some("203.0.113.7") };
    let mut read_in_all = 0;
    for file in std::fs::read_dir(folder).expect("the samples") {
        let path = file.expect("a sample").path();
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        // It speaks words of its own, which the port does not know yet.
        if name.starts_with("posthog") {
            continue;
        }
        let sample: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(&path).expect("a text")).expect("JSON");
        let body = match &sample["body"] {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let door =
            door(sample["path"].as_str().expect("a path")).unwrap_or_else(|| panic!("{name}: no door"));
        let events = read(body.as_bytes(), door, &arrival, &Limits::default());
        let events = events.unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(!events.is_empty(), "{name}");
        for event in events {
            match event {
                Incoming::Refused(refused) => panic!("{name}: {refused:?}"),
                Incoming::Event(event) => {
                    assert!(!event.message_id.is_empty(), "{name}: each client sends ids, {event:?}");
                    assert!(event.user_id.is_some() || event.anonymous_id.is_some(), "{name}");
                    read_in_all += 1;
                }
            }
        }
    }
    assert!(read_in_all > 30, "only {read_in_all} events");
}
