//! What real libraries send.

use super::*;
use crate::event::wire::{Arrival, Door, Incoming, Limits, read};

fn sample(text: &str) -> Vec<Derived> {
    let sample: Value = serde_json::from_str(text).expect("a sample is JSON");
    let (body, path) =
        (sample["body"].as_str().expect("it has a body"), sample["path"].as_str().unwrap_or_default());
    let door = match path.rsplit('/').next() {
        Some("p" | "page") => Door::One(Call::Page),
        Some("t" | "track") => Door::One(Call::Track),
        _ => Door::Batch,
    };
    let source = SourceName::try_from("shop").expect("a name");
    let arrival = Arrival { source: &source, received_at_ms: 0, ip: Some("81.2.69.142") };
    let found = read(body.as_bytes(), door, &arrival, &Limits::default()).expect("it can be read");
    let events = found.into_iter().filter_map(|incoming| match incoming {
        Incoming::Event(event) => Some(event),
        Incoming::Refused(_) => None,
    });
    events.map(|event| Derived::of(&event, &Facts::of(&event.body))).collect()
}

#[test]
fn bodies_of_real_libraries_derive_what_they_say() {
    for text in [
        include_str!("../../wire/samples/segment-browser-page.json"),
        include_str!("../../wire/samples/rudder-browser-page.json"),
    ] {
        let [seen] = &sample(text)[..] else { panic!("one event") };
        // The samples were taken with a browser that a program drove, and it says so.
        assert_eq!((seen.bot, seen.bot_reason), (true, Some(BotReason::Automated)));
        assert_eq!(seen.channel, Some(Channel::Direct));
        // The same page in a person's browser.
        let [seen] = &sample(&text.replace("HeadlessChrome", "Chrome"))[..] else { panic!("one event") };
        let device = seen.device.as_ref().expect("a device");
        assert_eq!((device.kind, device.os, &*device.client), (Kind::Desktop, System::Linux, "Chrome"));
        assert!(!seen.bot);
    }
    for text in [
        include_str!("../../wire/samples/segment-node.json"),
        include_str!("../../wire/samples/segment-python.json"),
        include_str!("../../wire/samples/rudder-node.json"),
        include_str!("../../wire/samples/rudder-python.json"),
    ] {
        let all = sample(text);
        assert!(!all.is_empty());
        for seen in all {
            assert_eq!(seen.device.map(|device| device.kind), Some(Kind::Server));
            assert!(!seen.bot);
        }
    }
}
