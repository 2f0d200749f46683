//! The shapes that the field's own clients send (observed with the clients themselves; shortened).

use super::*;
use serde_json::Value;

#[test]
fn analytics_node_sends_a_batch() {
    let body = r#"{"batch":[
        {"userId":"u1","event":"Order Completed","properties":{"total":12.50,"currency":"EUR"},"type":"track",
         "messageId":"node-next-1732262400000-0b1d","timestamp":"2026-11-22T08:00:00.000Z","integrations":{},
         "context":{"library":{"name":"@segment/analytics-node","version":"3.1.0"}},"_metadata":{"nodeVersion":"24.0.0"}},
        {"anonymousId":"a1","traits":{"email":"ada@example.org"},"type":"identify","userId":"u1",
         "messageId":"node-next-2","timestamp":"2026-11-22T08:00:01.000Z","integrations":{},
         "context":{"library":{"name":"@segment/analytics-node","version":"3.1.0"}}}],
        "writeKey":"k","sentAt":"2026-11-22T08:00:05.000Z"}"#;
    let found = taken(body, Door::Batch);
    let [Incoming::Event(track), Incoming::Event(identify)] = found.as_slice() else { panic!("{found:#?}") };
    assert_eq!((track.call, track.name.as_str()), (Call::Track, "Order Completed"));
    assert_eq!(track.user_id.as_deref(), Some("u1"));
    assert_eq!(track.message_id, "node-next-1732262400000-0b1d");
    assert_eq!(track.timestamp_ms, RECEIVED - 5_000, "received - (sent - original)");
    assert_eq!(identify.timestamp_ms, RECEIVED - 4_000);
    assert_eq!(identify.anonymous_id.as_deref(), Some("a1"));
    assert!(track.body.contains(r#""properties":{"total":12.50,"currency":"EUR"}"#), "{}", track.body);
    assert!(track.body.ends_with(r#","sentAt":"2026-11-22T08:00:05.000Z"}"#), "{}", track.body);
    assert!(!track.body.contains("203.0.113.7"), "a server's address is nobody's");
}

#[test]
fn analytics_next_sends_single_calls_with_its_key_in_the_body() {
    let body = r#"{"timestamp":"2026-11-22T08:00:00.000Z","integrations":{},"userId":null,"anonymousId":"a-1",
        "type":"page","properties":{"path":"/","title":"Home","name":"Start"},
        "context":{"page":{"path":"/"},"userAgent":"Mozilla","locale":"de","library":{"name":"analytics.js","version":"npm:next-1.84.3"}},
        "messageId":"ajs-next-1","writeKey":"secret-key","sentAt":"2026-11-22T08:00:00.100Z","_metadata":{"bundled":[]}}"#;
    let page = event(body, Door::One(Call::Page));
    assert_eq!((page.call, page.name.as_str()), (Call::Page, "Start"));
    assert_eq!((page.user_id, page.anonymous_id.as_deref()), (None, Some("a-1")));
    assert!(!page.body.contains("secret-key") && !page.body.contains("writeKey"), "{}", page.body);
    let value: Value = serde_json::from_str(&page.body).expect("still JSON");
    assert_eq!(value["context"]["ip"], "203.0.113.7", "a browser has its person's address");
    assert_eq!(value["context"]["page"]["path"], "/");
}

#[test]
fn segment_for_python_writes_microseconds_and_an_offset() {
    let item = r#"{"integrations": {}, "anonymousId": null, "properties": {"n": 1}, "timestamp": "2026-11-22T08:00:00.123456+00:00",
        "context": {"library": {"name": "analytics-python", "version": "2.4.0"}}, "userId": 4711, "type": "track", "event": "e",
        "messageId": "0f0c"}"#;
    let body =
        format!(r#"{{"batch": [{item}], "sentAt": "2026-11-22T08:00:00.123456+00:00", "writeKey": "k"}}"#);
    let track = event(&body, Door::Batch);
    assert_eq!(track.user_id.as_deref(), Some("4711"), "a number counts as its digits");
    assert_eq!(track.timestamp_ms, RECEIVED);
}

#[test]
fn rudder_sdk_node_sends_empty_user_ids_and_a_time_of_sending_per_event() {
    let item = r#"{"userId":"","anonymousId":"a9","event":"Seen","context":{"traits":{"email":"x@y.z"},"library":{"name":"rudder-sdk-node","version":"3.0.13"}},
        "type":"track","channel":"server","messageId":"m9","originalTimestamp":"2026-11-22T08:00:00.000Z","sentAt":"2026-11-22T08:00:02.000Z"}"#;
    let body = format!(r#"{{"batch":[{item}],"sentAt":"2026-11-22T08:00:09.000Z"}}"#);
    let track = event(&body, Door::Batch);
    assert_eq!(track.user_id, None, "\"\" is nobody");
    assert_eq!(track.timestamp_ms, RECEIVED - 2_000, "the event's own time of sending counts");
    assert_eq!(track.body, item, "nothing to add: the bytes as they were sent");
}

#[test]
fn rudder_analytics_js_sends_from_a_browser() {
    let body = r#"{"properties":null,"type":"identify","channel":"web","userId":"u7","anonymousId":"a7",
        "context":{"traits":{"plan":"pro"},"sessionId":1795334400000,"sessionStart":true,"library":{"name":"RudderLabs JavaScript SDK","version":"3.34.1"}},
        "originalTimestamp":"2026-11-22T08:00:00.000Z","integrations":{"All":true},"messageId":"m7","sentAt":"2026-11-22T08:00:00.000Z"}"#;
    let identify = event(body, Door::One(Call::Identify));
    assert_eq!((identify.call, identify.user_id.as_deref()), (Call::Identify, Some("u7")));
    let value: Value = serde_json::from_str(&identify.body).expect("still JSON");
    assert_eq!(value["context"]["ip"], "203.0.113.7");
    assert_eq!(value["context"]["sessionId"], 1_795_334_400_000_i64);
}

#[test]
fn the_rust_crates_send_no_message_id_and_nanoseconds() {
    let item = r#"{"type":"track","userId":"u","event":"e","properties":null,"timestamp":"2026-11-22T08:00:00.123456789Z"}"#;
    let (first, again) = (batched(item), batched(item));
    assert!(first.message_id.starts_with("content-") && first.message_id.len() == 40, "{}", first.message_id);
    assert_eq!(first.message_id, again.message_id, "the same bytes are the same event");
    let later = batched(&item.replace(".123456789", ".123456790"));
    assert_ne!(first.message_id, later.message_id);
    let page = event(item, Door::One(Call::Page));
    assert_ne!(first.message_id, page.message_id, "the call is part of what was said");
    let untimed = batched(r#"{"type":"track","userId":"u","event":"e"}"#);
    assert_eq!(untimed.message_id, "", "nothing tells a retry from a second click");
}

#[test]
fn a_retry_differs_only_in_the_time_of_sending() {
    let item = r#"{"userId":"u","event":"e","timestamp":"2026-11-22T08:00:00Z","sentAt":"2026-11-22T08:00:00Z","writeKey":"a"}"#;
    let first = event(item, Door::One(Call::Track));
    let retry = event(
        &item.replace(r#""sentAt":"2026-11-22T08:00:00Z""#, r#""sentAt":"2026-11-22T08:01:00Z""#),
        Door::One(Call::Track),
    );
    assert_eq!(first.message_id, retry.message_id);
}

#[test]
fn jitsu_and_customer_io_speak_the_same_words() {
    let jitsu = r#"{"type":"track","event":"e","properties":{},"anonymousId":"a","userId":"u","messageId":"m","timestamp":"2026-11-22T08:00:00Z",
        "sentAt":"2026-11-22T08:00:00Z","context":{"library":{"name":"@jitsu/js","version":"1.11.0"}}}"#;
    assert!(event(jitsu, Door::One(Call::Track)).body.contains(r#""ip":"203.0.113.7""#));
    let merge = batched(r#"{"type":"merge","userId":"new","previousId":"old","messageId":"m"}"#);
    assert_eq!(merge.call, Call::Alias, "RudderStack's word");
}

#[test]
fn a_pixel_is_an_event_in_an_address() {
    let pair = |(name, value): (&str, &str)| (name.to_string(), value.to_string());
    let parameters = [
        ("writeKey", "secret"),
        ("anonymousId", "\"a1\""),
        ("event", "Mail Opened"),
        ("properties.mail.id", "42"),
        ("event", "Second"),
        ("context.page.url", "https://example.org/?q=ä"),
    ]
    .map(pair);
    let source = source();
    let found = pixel(&parameters, Call::Track, &arrival(&source), &Limits::default());
    let Incoming::Event(event) = found else { panic!("{found:#?}") };
    assert_eq!((event.name.as_str(), event.anonymous_id.as_deref()), ("Mail Opened", Some("a1")));
    assert_eq!((event.message_id.as_str(), event.timestamp_ms), ("", RECEIVED));
    let value: Value = serde_json::from_str(&event.body).expect("JSON");
    assert_eq!(value["properties"]["mail"]["id"], "42");
    assert_eq!(value["context"]["ip"], "203.0.113.7");
    assert!(!event.body.contains("secret"));
    let deep = [pair(("anonymousId", "a")), pair((&"x.".repeat(9_000), "1")), pair(("event", "e"))];
    assert!(
        matches!(pixel(&deep, Call::Track, &arrival(&source), &Limits::default()), Incoming::Refused(r) if r.code == "K-EVENT-LIMIT")
    );
}
