//! What a tracking plan costs an event: judged with and without a violation, on one core.
//!
//! `cargo run --release -p kith-core --example plan -- [EVENTS]`

use kith_core::event::plan::{Guard, Inference, Plan, PropertyPolicy, Treatment};
use kith_core::event::wire::Incoming;
use kith_core::event::{Call, Event};
use kith_core::id::SourceName;
use std::sync::Arc;
use std::time::Instant;

fn order(n: u64, more: &str) -> Event {
    let body = format!(
        r#"{{"type":"track","event":"Order Completed","userId":"user-{n}","messageId":"m-{n}","context":{{"library":{{"name":"bench","version":"1"}},"ip":"203.0.113.7","userAgent":"Mozilla/5.0 (X11; Linux x86_64)","page":{{"path":"/a/b/c","url":"https://shop.example/a/b/c","title":"A page"}}}},"properties":{{"order_id":"o-{n}","total":{}.5,"currency":"EUR","products":[{{"product_id":"p{n}","price":9.99,"quantity":1}}]{more}}},"timestamp":"2026-11-22T08:00:00.000Z"}}"#,
        n % 200
    );
    Event {
        source: SourceName::try_from("web").expect("a name"),
        call: Call::Track,
        message_id: format!("m-{n}"),
        name: "Order Completed".into(),
        user_id: Some(format!("user-{n}")),
        anonymous_id: None,
        timestamp_ms: 0,
        received_at_ms: 0,
        body,
        geo: None,
    }
}

fn main() {
    let count = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(200_000);
    let mut inference = Inference::default();
    (0..100).for_each(|n| inference.see(&order(n, "")));
    let plan = Arc::new(Plan::read(&inference.plan("web").to_string()).expect("its own plan"));
    for (what, more, unplanned_properties) in [
        ("as planned", "", PropertyPolicy::Allow),
        ("one property too many, noted", r#","colour":"red""#, PropertyPolicy::Allow),
        ("one property too many, cut out", r#","colour":"red""#, PropertyPolicy::Omit),
        ("one property too many, refused", r#","colour":"red""#, PropertyPolicy::Block),
    ] {
        let guard = Guard {
            plan: plan.clone(),
            treatment: Treatment { unplanned_properties, ..Treatment::default() },
        };
        let events: Vec<Event> = (0..count).map(|n| order(n, more)).collect();
        let bytes: usize = events.iter().map(|event| event.body.len()).sum();
        let start = Instant::now();
        let taken = events
            .into_iter()
            .filter(|event| matches!(guard.judge(event.clone()).incoming, Incoming::Event(_)));
        let taken = taken.count();
        let each_us = start.elapsed().as_secs_f64() * 1e6 / count as f64;
        println!(
            "{what}: {each_us:.2} us an event of {} bytes; {taken} of {count} taken",
            bytes as u64 / count
        );
    }
}
