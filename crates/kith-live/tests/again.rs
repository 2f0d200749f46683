//! An event that comes again: counted once within the window, and for ever where it came long after it happened.

use kith_core::event::wire::Incoming;
use kith_core::event::{Call, Event};
use kith_core::id::{SourceName, Tenant};
use kith_live::Seams;
use kith_live::events::{Events, Nothing, Settings};
use kith_live::seams::sim::SimClock;
use std::sync::Arc;

const DAY_MS: i64 = 86_400_000;

fn event(id: &str, happened_at_ms: i64, received_at_ms: i64) -> Incoming {
    Incoming::Event(Event {
        source: SourceName::try_from("till").unwrap(),
        call: Call::Track,
        message_id: id.into(),
        name: "Order Completed".into(),
        user_id: Some("u".into()),
        anonymous_id: None,
        timestamp_ms: happened_at_ms,
        received_at_ms,
        body: "{}".into(),
        geo: None,
    })
}

#[test]
fn an_import_of_the_past_is_remembered_when_the_window_is_over() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(SimClock(0.into()));
    let mut seams = Seams::real();
    seams.clock = clock.clone();
    let mut counted = Vec::new();
    for now_ms in [0, 3 * DAY_MS, 100 * DAY_MS, 101 * DAY_MS] {
        clock.0.store(now_ms, std::sync::atomic::Ordering::SeqCst);
        let tenant = Tenant::default_tenant();
        // Opened anew each time: closing it stores what is seen, and sweeps what is not needed any more.
        let events =
            Events::open(dir.path(), &tenant, seams.clone(), Settings::default(), Arc::new(Nothing)).unwrap();
        let told = ["on time", "long ago"].map(|id| {
            let happened_at_ms = if id == "on time" { 0 } else { -300 * DAY_MS };
            events.append(vec![event(id, happened_at_ms, now_ms)]).unwrap().counted.duplicate
        });
        counted.push(told);
    }
    // The control is the one that came on time: with the window over it counts again, once.
    assert_eq!(counted, [[0, 0], [1, 1], [0, 1], [1, 1]]);
}
