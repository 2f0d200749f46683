//! How keys and values of the store of events are written.

use crate::error::Result;
use crate::store::internal;
use crate::store::keys::{number, number_at};
use crate::store::kv::{KeyValue, Space};
use kith_core::event::carrier::{Carrier, IdKind};
use kith_core::event::context;
use kith_core::event::fold::State;
use kith_core::event::measure::Definition;
use kith_core::id::{Position, SourceName};

pub(super) const POSITION: &[u8] = b"position";
pub(super) const DEFINITIONS: &[u8] = b"definitions";
const COUNTS: &[u8] = b"counts\0";
const CAUSE: &[u8] = b"cause\0";

/// Where a store stands: the log that it is of, and its position.
pub(super) fn stored(kv: &dyn KeyValue) -> Result<(u64, Position)> {
    let at = kv.get(Space::EventMeta, POSITION)?;
    let at = at.and_then(|bytes| Some((number_at(&bytes, 0)?, Position(number_at(&bytes, 1)?))));
    Ok(at.unwrap_or_default())
}

/// The way in which carriers are written. Another one makes all of them anew from the log, so old data stay readable.
/// 2: business objects. 3: what is derived (sessions, devices, channels, places). 4: causes of refusals. 5: an index of ids;
/// traits share what is kept for them; devices, campaigns and places with all their parts (4 left out the empty ones, which
/// can not be read again).
const FORMAT: u64 = 5;

/// Stands for the declared traits, contexts and the pause between sessions: a change makes all carriers anew.
pub(super) fn fingerprint(
    definitions: &[Definition],
    contexts: &[context::Definition],
    pause_ms: i64,
) -> Vec<u8> {
    number(kith_core::mix::bytes(FORMAT, format!("{definitions:?}{contexts:?} {pause_ms}").as_bytes()))
}

pub(super) fn counts(source: &SourceName) -> Vec<u8> {
    [COUNTS, source.as_str().as_bytes()].concat()
}

pub(super) fn all_counts() -> &'static [u8] {
    COUNTS
}

/// The source of a key of [`counts`].
pub(super) fn counted_source(key: &[u8]) -> Option<SourceName> {
    let name = std::str::from_utf8(key.strip_prefix(COUNTS)?).ok()?;
    SourceName::try_from(name).ok()
}

/// A cause of refusals, by its number.
pub(super) fn cause(no: u64) -> Vec<u8> {
    [CAUSE, &number(no)].concat()
}

pub(super) fn all_causes() -> &'static [u8] {
    CAUSE
}

/// The number of a key of [`cause`].
pub(super) fn cause_no(key: &[u8]) -> Option<u64> {
    number_at(key.strip_prefix(CAUSE)?, 0)
}

pub(super) fn seen(source: &SourceName, message_id: &str) -> Vec<u8> {
    [source.as_str().as_bytes(), &[0], message_id.as_bytes()].concat()
}

/// Stands among the message ids for a refused event of a stream, which may be delivered again. No message id, being text, begins
/// with this byte.
pub(super) fn refused(source: &SourceName, place: &str) -> Vec<u8> {
    [source.as_str().as_bytes(), &[0, 0xff], place.as_bytes()].concat()
}

pub(super) fn carrier(source: &SourceName, carrier: &Carrier) -> Vec<u8> {
    let kind = match carrier.kind {
        IdKind::UserId => b'u',
        IdKind::AnonymousId => b'a',
    };
    [source.as_str().as_bytes(), &[0, kind], carrier.id.as_bytes()].concat()
}

/// Source and carrier of a key of [`carrier`].
pub(super) fn named(key: &[u8]) -> Option<(SourceName, Carrier)> {
    let at = key.iter().position(|byte| *byte == 0)?;
    let source = SourceName::try_from(std::str::from_utf8(key.get(..at)?).ok()?).ok()?;
    let id = std::str::from_utf8(key.get(at + 2..)?).ok()?;
    match key.get(at + 1)? {
        b'u' => Some((source, Carrier::user(id))),
        b'a' => Some((source, Carrier::visitor(id))),
        _ => None,
    }
}

/// Under which a carrier is found by another id of its own; `carrier` is a key of [`carrier`].
pub(super) fn id_of(id: &str, carrier: &[u8]) -> Vec<u8> {
    [id.as_bytes(), &[0], carrier].concat()
}

/// Times before 1970 sort before those after it.
pub(super) fn sorted(time_ms: i64) -> u64 {
    (time_ms as u64) ^ (1 << 63)
}

pub(super) fn moment(no: u64, time_ms: i64, position: Position) -> Vec<u8> {
    [no.to_be_bytes(), sorted(time_ms).to_be_bytes(), position.0.to_be_bytes()].concat()
}

/// Time and position of a key of [`moment`].
pub(super) fn moment_at(key: &[u8]) -> Option<(i64, Position)> {
    Some(((number_at(key, 1)? ^ (1 << 63)) as i64, Position(number_at(key, 2)?)))
}

pub(super) fn encode(no: u64, state: &State) -> Result<Vec<u8>> {
    let bytes = number(no);
    postcard::to_extend(state, bytes).map_err(|e| internal(e.to_string()))
}

pub(super) fn decode(bytes: &[u8]) -> Result<(u64, State)> {
    let no = number_at(bytes, 0).ok_or_else(|| internal("a carrier ends early".into()))?;
    let state = postcard::from_bytes(bytes.get(8..).unwrap_or(&[]));
    Ok((no, state.map_err(|e| internal(e.to_string()))?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kith_core::event::Event;
    use kith_core::event::facts::Facts;

    /// What is known of somebody after one event.
    fn state(body: &str) -> State {
        let event: Event = serde_json::from_value(serde_json::json!({
            "source": "web", "call": "page", "message_id": "m", "name": "Home", "user_id": "u", "anonymous_id": null,
            "timestamp_ms": 0, "received_at_ms": 0, "body": body,
        }))
        .expect("an event");
        let mut state = State::default();
        state.apply(&event, &Facts::of(body), &Default::default());
        state
    }

    #[test]
    fn what_is_stored_is_read_again_whatever_of_it_is_empty() {
        let bodies = [
            r#"{"channel":"server"}"#,
            r#"{"context":{"userAgent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"}}"#,
            r#"{"context":{"campaign":{"source":"news"},"page":{"url":"https://a.example/?gclid=1"}}}"#,
            r#"{"context":{"campaign":{"name":"spring","content":"b"},"location":{"country":"DE"}}}"#,
            r#"{"context":{"location":{"country":"DE","city":"Kiel"},"device":{"model":"Pixel"},"os":{"name":"Android"}}}"#,
        ];
        for body in bodies {
            let state = state(body);
            let habits = state.habits.as_deref().expect("habits");
            assert!(
                habits.devices.iter().next().is_some() || habits.channels.iter().next().is_some(),
                "{body}"
            );
            let bytes = encode(7, &state).expect("it can be written");
            assert_eq!(decode(&bytes).expect(body), (7, state), "{body}");
        }
    }
}
