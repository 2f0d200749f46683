//! What comes in as bytes and what becomes of it.

mod clients;
mod pieces;
mod properties;
mod refused;

use super::*;

/// 2026-11-22T08:00:10Z.
const RECEIVED: i64 = 1_795_334_410_000;

fn source() -> SourceName {
    SourceName::try_from("shop").expect("a good name")
}

fn arrival(source: &SourceName) -> Arrival<'_> {
    Arrival { source, received_at_ms: RECEIVED, ip: Some("203.0.113.7") }
}

fn taken(body: &str, door: Door) -> Vec<Incoming> {
    read(body.as_bytes(), door, &arrival(&source()), &Limits::default()).expect("a body that can be read")
}

/// The only event of a body.
#[track_caller]
fn event(body: &str, door: Door) -> Event {
    match taken(body, door).as_slice() {
        [Incoming::Event(event)] => event.clone(),
        other => panic!("not one event: {other:#?}"),
    }
}

/// The only event of a batch of one.
#[track_caller]
fn batched(item: &str) -> Event {
    event(&format!("{{\"batch\":[{item}]}}"), Door::Batch)
}

/// The only refusal of a body.
#[track_caller]
fn refused(body: &str, door: Door) -> RefusedEvent {
    match taken(body, door).as_slice() {
        [Incoming::Refused(refused)] => refused.clone(),
        other => panic!("not one refusal: {other:#?}"),
    }
}

fn malformed(body: &[u8], door: Door) -> Malformed {
    let read = read(body, door, &arrival(&source()), &Limits::default());
    read.expect_err("a body that can not be read")
}
