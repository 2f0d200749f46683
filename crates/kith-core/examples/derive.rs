//! What deriving costs: `cargo run --release -p kith-core --example derive`. Prints microseconds of one CPU an event, over the
//! bodies of real libraries. Linux only: the time that others take of the CPU is left out.

use kith_core::event::derive::Derived;
use kith_core::event::derive::agent::Agent;
use kith_core::event::facts::Facts;
use kith_core::event::wire::{Arrival, Door, Incoming, Limits, read};
use kith_core::event::{Call, Event};
use kith_core::id::SourceName;
use std::hint::black_box;

const ROUNDS: u32 = 200_000;
const AGENTS: [&str; 2] = [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36",
];

fn event(sample: &str) -> Option<Event> {
    let sample: serde_json::Value = serde_json::from_str(sample).ok()?;
    let source = SourceName::try_from("web").ok()?;
    let arrival = Arrival { source: &source, received_at_ms: 0, ip: Some("203.0.113.7") };
    let body = sample.get("body")?.as_str()?.replace("HeadlessChrome", "Chrome");
    let found = read(body.as_bytes(), Door::One(Call::Page), &arrival, &Limits::default()).ok()?;
    found.into_iter().find_map(|incoming| match incoming {
        Incoming::Event(event) => Some(event),
        Incoming::Refused(_) => None,
    })
}

/// Nanoseconds that this process has run.
fn run_ns() -> f64 {
    let all = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    all.split(' ').next().and_then(|ns| ns.parse().ok()).unwrap_or(f64::NAN)
}

fn timed(name: &str, mut work: impl FnMut()) {
    let start = run_ns();
    (0..ROUNDS).for_each(|_| work());
    println!("{name:<42} {:.2} µs", (run_ns() - start) / 1e3 / f64::from(ROUNDS));
}

fn main() {
    let samples = [
        ("segment browser page", include_str!("../src/event/wire/samples/segment-browser-page.json")),
        ("rudder browser page", include_str!("../src/event/wire/samples/rudder-browser-page.json")),
        ("jitsu node page", include_str!("../src/event/wire/samples/jitsu-node-page.json")),
    ];
    for (name, sample) in samples {
        let Some(event) = event(sample) else { continue };
        let facts = Facts::of(&event.body);
        timed(&format!("{name}: facts alone"), || drop(black_box(Facts::of(black_box(&event.body)))));
        timed(&format!("{name}: derived"), || drop(black_box(Derived::of(black_box(&event), &facts))));
    }
    for agent in AGENTS {
        timed("user agent, read", || drop(black_box(Agent::read(black_box(agent)))));
        timed("user agent, remembered", || drop(black_box(Agent::of(black_box(agent)))));
    }
}
