//! What was sent stays as it was sent, also where something is added to it.

use super::*;
use serde_json::Value;

/// Values that a number type, a map or a text type of any language would change.
const HARD: &str = r#"{"big":12345678901234567890123,"zero":-0,"float":-0.0,"huge":1e400,"exp":1E+2,"long":0.10000000000000000555,
  "z":1,"a":{"é":"\u00e9","esc":"\/\u0041","half":"\ud83d"},"list":[[],{},[null,true]],"":""}"#;

#[test]
fn an_event_with_nothing_to_add_keeps_its_bytes() {
    let item = format!(
        r#"{{ "type" : "track","event":"e","userId":"u","properties":{HARD} , "messageId":"m","timestamp":"2026-11-22T08:00:00Z" }}"#
    );
    assert_eq!(batched(&item).body, item);
    let alone = format!("\u{feff} {item}\r\n");
    assert_eq!(
        event(&alone, Door::One(Call::Track)).body,
        item,
        "a byte order mark and spaces around are no content"
    );
}

#[test]
fn pieces_are_joined_as_they_were_sent() {
    let item = format!(
        r#"{{"type":"track","event":"e","userId":"u","context":{{"direct":true,"app":{HARD}}},"properties":{HARD},"writeKey":"w"}}"#
    );
    let body = event(
        &format!(r#"{{"batch":[{item}],"context":{{"app":1,"os":{HARD}}},"sentAt":"2026-11-22T08:00:00Z"}}"#),
        Door::Batch,
    )
    .body;
    let wanted = format!(
        r#"{{"type":"track","event":"e","userId":"u","context":{{"direct":true,"app":{HARD},"os":{HARD},"ip":"203.0.113.7"}},"properties":{HARD},"sentAt":"2026-11-22T08:00:00Z"}}"#
    );
    assert_eq!(body, wanted);
}

#[test]
fn a_batch_speaks_for_the_items_that_say_nothing() {
    let body = r#"{"context":{"ip":"198.51.100.1","library":{"name":"analytics.js"},"locale":"de"},"integrations":{"All":false},
        "batch":[{"type":"identify","userId":"u"},{"type":"identify","userId":"u","context":{"locale":"en","ip":""},"integrations":{"Mail":true}}]}"#;
    let values: Vec<Value> = taken(body, Door::Batch)
        .into_iter()
        .map(|incoming| match incoming {
            Incoming::Event(event) => serde_json::from_str(&event.body).expect("JSON"),
            Incoming::Refused(refused) => panic!("{refused:#?}"),
        })
        .collect();
    assert_eq!(values[0]["context"]["locale"], "de");
    assert_eq!(values[0]["context"]["ip"], "198.51.100.1", "given: not replaced");
    assert_eq!(values[0]["integrations"], serde_json::json!({ "All": false }));
    assert_eq!(values[1]["context"]["locale"], "en", "its own word wins");
    assert_eq!(values[1]["context"]["ip"], "203.0.113.7", "an empty address is none");
    assert_eq!(values[1]["integrations"], serde_json::json!({ "Mail": true, "All": false }));
}

#[test]
fn addresses_are_filled_in_for_devices_only() {
    let with =
        |context: &str| batched(&format!(r#"{{"type":"identify","userId":"u","context":{context}}}"#)).body;
    for device in [
        r#"{"direct":true}"#,
        r#"{"library":{"name":"analytics-ios"}}"#,
        r#"{"channel":"mobile"}"#,
        r#"{"direct":true,"ip":null}"#,
    ] {
        assert!(with(device).contains(r#""ip":"203.0.113.7""#), "{device}");
    }
    for other in [
        r#"{"direct":false}"#,
        r#"{"library":{"name":"analytics-python"}}"#,
        r#"{"direct":true,"ip":"0.0.0.0"}"#,
    ] {
        assert_eq!(with(other), format!(r#"{{"type":"identify","userId":"u","context":{other}}}"#));
    }
}

#[test]
fn of_a_member_that_comes_twice_the_last_one_counts() {
    let twice = r#"{"type":"track","type":"identify","userId":"a","userId":"b","context":{},"context":{"direct":true}}"#;
    let found = batched(twice);
    assert_eq!((found.call, found.user_id.as_deref()), (Call::Identify, Some("b")));
    assert!(
        found.body.ends_with(r#""context":{},"context":{"direct":true,"ip":"203.0.113.7"}}"#),
        "{}",
        found.body
    );
    let escaped = batched(r#"{"t\u0079pe":"identify","\u0075serId":"b"}"#);
    assert_eq!(escaped.user_id.as_deref(), Some("b"), "names are compared as what they mean");
}

#[test]
fn the_path_says_which_call_it_is() {
    let body = r#"{"type":"identify","event":"e","userId":"u"}"#;
    assert_eq!(event(body, Door::One(Call::Track)).call, Call::Track);
    let list = taken(r#"[{"type":"identify","userId":"u"},{"type":"x","userId":"u"}]"#, Door::Batch);
    let [Incoming::Event(event), Incoming::Refused(refused)] = list.as_slice() else { panic!("{list:#?}") };
    assert_eq!((event.call, refused.field.as_str()), (Call::Identify, "/1/type"));
}

#[test]
fn times_that_nobody_can_read_count_as_not_given() {
    let with = |rest: &str| batched(&format!(r#"{{"type":"identify","userId":"u",{rest}}}"#)).timestamp_ms;
    assert_eq!(with(r#""timestamp":"yesterday""#), RECEIVED);
    assert_eq!(with(r#""timestamp":"2026-11-22T08:00:00Z","sentAt":"soon""#), RECEIVED - 10_000);
    assert_eq!(with(r#""timestamp":"2026-11-22T08:00:00Z","sentAt":12"#), RECEIVED - 10_000);
    assert_eq!(
        with(r#""originalTimestamp":"2026-11-22T08:00:00Z","timestamp":"2020-01-01T00:00:00Z""#),
        RECEIVED - 10_000
    );
}
