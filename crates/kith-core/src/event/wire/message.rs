//! A message of a stream (NATS, Kafka): one event, a list of events, or an object with a list `batch`.
//!
//! 1. Nothing of a stream is sent again by anybody, so nothing fails: a message of which nothing can be taken is one refused
//!    event.
//! 2. An event without an id of its own is known by its place in the stream, and so is a refused one: delivered again, it is
//!    the same. Two messages of the same text are two.
//! 3. Clients' clocks are corrected by the time at which the stream took the message: it may have waited there for days.

use super::{
    Arrival, Incoming, Item, Limits, Malformed, Place, Shared, batch, item, object, shallow, text_of,
};
use crate::entry::RejectedEntry;
use crate::event::RefusedEvent;
use crate::hex;
use crate::id::SourceName;

/// Where a message stands, and when it came.
#[derive(Clone, Debug)]
pub struct Stands<'a> {
    /// The source that reads the stream.
    pub source: &'a SourceName,
    /// The message's place, the same each time that it is delivered: `kafka:orders:0:17@1795334400000`.
    pub place: &'a str,
    /// When the stream took it, milliseconds since 1970 UTC.
    pub stored_at_ms: i64,
    /// When Kith received it, milliseconds since 1970 UTC.
    pub received_at_ms: i64,
}

/// Reads a message.
pub fn message(bytes: &[u8], at: &Stands, limits: &Limits) -> Vec<Incoming> {
    let arrival = Arrival { source: at.source, received_at_ms: at.stored_at_ms, ip: None };
    let mut found =
        events(bytes, at, &arrival, limits).unwrap_or_else(|malformed| vec![refused(bytes, at, malformed)]);
    for incoming in &mut found {
        match incoming {
            Incoming::Event(event) => event.received_at_ms = at.received_at_ms,
            Incoming::Refused(refused) => refused.received_at_ms = at.received_at_ms,
        }
    }
    found
}

fn events(bytes: &[u8], at: &Stands, arrival: &Arrival, limits: &Limits) -> Result<Vec<Incoming>, Malformed> {
    let text = text_of(bytes)?;
    if text.starts_with('[') {
        return batch(text, Some(at.place), arrival, limits);
    }
    let members = object(text)?;
    if members.get("batch").is_some_and(|list| list.starts_with('[')) {
        return batch(text, Some(at.place), arrival, limits);
    }
    shallow(text)?;
    let shared = Shared { stands: Some(at.place), ..Shared::default() };
    let item = Item { text, members, place: Place::Alone, call: None, shared: &shared };
    Ok(vec![item::incoming(&item, arrival, limits)])
}

fn refused(bytes: &[u8], at: &Stands, malformed: Malformed) -> Incoming {
    Incoming::Refused(RefusedEvent {
        source: at.source.clone(),
        call: None,
        name: String::new(),
        message_id: String::new(),
        code: malformed.code.into(),
        field: String::new(),
        reason: format!("the message {}: {}", at.place, malformed.reason),
        original: original(bytes),
        received_at_ms: at.received_at_ms,
        place: at.place.into(),
    })
}

/// The bytes as text, and as hexadecimal digits where they are none; cut to what is kept.
fn original(bytes: &[u8]) -> String {
    const MAX: usize = RejectedEntry::ORIGINAL_MAX_BYTES;
    if let Ok(text) = std::str::from_utf8(bytes) {
        let end = (0..=MAX.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
        return text[..end.unwrap_or(0)].to_string();
    }
    let whole = bytes.len().min((MAX - "hex:".len()) / 2);
    format!("hex:{}", hex(&bytes[..whole]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Event;

    const PLACE: &str = "kafka:orders:0:17@1795334400000";

    fn read(bytes: &[u8]) -> Vec<Incoming> {
        let source = SourceName::try_from("shop").expect("a name");
        let at = Stands { source: &source, place: PLACE, stored_at_ms: 1_000_000, received_at_ms: 9_000_000 };
        message(bytes, &at, &Limits::default())
    }

    fn events(bytes: &[u8]) -> Vec<Event> {
        let all = read(bytes).into_iter();
        all.map(|one| match one {
            Incoming::Event(event) => event,
            Incoming::Refused(refused) => panic!("{refused:?}"),
        })
        .collect()
    }

    #[test]
    fn one_event_a_list_or_a_batch() {
        let one = r#"{"type":"track","event":"E","userId":"u"}"#;
        let ids = |text: &str| events(text.as_bytes()).into_iter().map(|e| e.message_id).collect::<Vec<_>>();
        assert_eq!(ids(one), [PLACE]);
        assert_eq!(ids(&format!("[{one},{one}]")), [format!("{PLACE}/0"), format!("{PLACE}/1")]);
        assert_eq!(ids(&format!(r#"{{"batch":[{one}]}}"#)), [format!("{PLACE}/0")]);
        let own = r#"{"type":"track","event":"E","userId":"u","messageId":"m"}"#;
        assert_eq!(ids(own), ["m"]);
        // A time of its own does not make two messages one.
        let timed = r#"{"type":"track","event":"E","userId":"u","timestamp":"2026-01-01T00:00:00Z"}"#;
        assert_eq!(ids(timed), [PLACE]);
    }

    #[test]
    fn a_clock_is_corrected_by_when_the_stream_took_the_message() {
        let text = r#"{"type":"track","event":"E","userId":"u","timestamp":"1970-01-01T00:00:10Z","sentAt":"1970-01-01T00:00:40Z"}"#;
        let event = &events(text.as_bytes())[0];
        assert_eq!((event.timestamp_ms, event.received_at_ms), (970_000, 9_000_000));
        let event = &events(br#"{"type":"page","userId":"u"}"#)[0];
        assert_eq!(event.timestamp_ms, 1_000_000, "without a time of its own it happened then");
    }

    #[test]
    fn what_can_not_be_read_is_refused_with_its_bytes_and_its_place() {
        for (bytes, code, original) in [
            (&b"{ broken"[..], "K-COLLECT-JSON", "{ broken"),
            (b"\xff\x00{}", "K-COLLECT-JSON", "hex:ff007b7d"),
            (b"", "K-COLLECT-JSON", ""),
            (b"17", "K-COLLECT-JSON", "17"),
            (b"[]", "K-COLLECT-EMPTY", "[]"),
            (br#"{"userId":"u"}"#, "K-EVENT-TYPE", r#"{"userId":"u"}"#),
        ] {
            let found = read(bytes);
            let [Incoming::Refused(refused)] = found.as_slice() else { panic!("{found:?}") };
            assert_eq!((refused.code.as_str(), refused.original.as_str()), (code, original));
            assert_eq!((refused.place.as_str(), refused.received_at_ms), (PLACE, 9_000_000));
        }
        let large = format!(r#"{{"type":"x","a":"{}"}}"#, "é".repeat(40_000));
        let found = read(format!("{large}é").as_bytes());
        let [Incoming::Refused(refused)] = found.as_slice() else { panic!("{}", found.len()) };
        assert!(refused.original.len() <= RejectedEntry::ORIGINAL_MAX_BYTES);
    }
}
