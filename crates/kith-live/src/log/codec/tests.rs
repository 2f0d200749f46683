use super::*;
use kith_core::decision::Decision;
use kith_core::entry::{DecisionEntry, WithdrawnEntry};
use kith_core::id::Position;
use serde_json::json;

#[test]
fn what_an_older_kith_wrote_is_read() {
    let old = br#"{"type":"resolved","up_to":4,"confidence":0.95,"nodes":3,"profiles":2}"#;
    let Ok(Entry::Resolved(entry)) = decode(7, old) else { panic!("not read") };
    assert_eq!((entry.nodes, entry.largest, entry.rules.as_str(), entry.resolved_at_ms), (3, 0, "", None));
    let mut again = Vec::new();
    encode(&Entry::Resolved(entry), &mut again).unwrap();
    assert_eq!(again, old);
}

#[test]
fn a_decision_comes_back_equal() {
    let decision = Decision::Blocked { field: Field::Email, value: "info@shop.example".into() };
    let (reason, author) = ("shared \u{1}".to_string(), "ada".to_string());
    let decision = Entry::Decision(DecisionEntry { decision, reason, author, decided_at_ms: -7 });
    let (reason, author) = ("a slip".to_string(), "ada".to_string());
    let withdrawn =
        Entry::Withdrawn(WithdrawnEntry { decision: Position(3), reason, author, withdrawn_at_ms: 8 });
    for entry in [decision, withdrawn] {
        let mut bytes = Vec::new();
        encode(&entry, &mut bytes).unwrap();
        assert_eq!(decode(kind(&entry), &bytes).unwrap(), entry);
    }
}

#[test]
fn an_event_comes_back_equal_with_and_without_a_place() {
    let geo = Geo { country: "GB".into(), region: "England".into(), city: "".into() };
    let mut event = Event {
        source: SourceName::try_from("web").unwrap(),
        call: Call::Page,
        message_id: "m".into(),
        name: "Home".into(),
        user_id: None,
        anonymous_id: Some("a".into()),
        timestamp_ms: -1,
        received_at_ms: 7,
        body: "{}".into(),
        geo: Some(Box::new(geo)),
    };
    let mut bytes = Vec::new();
    encode_event(&event, &mut bytes);
    assert_eq!(decode_event(&bytes).unwrap(), event);
    assert_eq!(format(&Entry::Event(event.clone())), 2);
    event.geo = None;
    let mut without = Vec::new();
    encode_event(&event, &mut without);
    // What an older Kith wrote, byte for byte.
    assert!(bytes.starts_with(&without));
    assert_eq!(decode_event(&without).unwrap(), event);
    assert_eq!(format(&Entry::Event(event)), 1);
    for cut in without.len() + 1..bytes.len() {
        assert!(decode_event(&bytes[..cut]).is_err(), "cut at {cut}");
    }
}

#[test]
fn a_record_comes_back_equal() {
    let row =
        json!({"a": "Ada", "n": 18446744073709551615u64, "f": 0.1, "z": -0.0, "deep": [null, {"x": "é"}]});
    let value = |field, normal: &str, original: &str, column: &str| FieldValue {
        field,
        normal: normal.into(),
        original: original.into(),
        column: column.into(),
    };
    let record = RecordEntry {
        source: SourceName::try_from("crm").unwrap(),
        key: "k\0ey".into(),
        row: row.as_object().unwrap().clone(),
        values: vec![
            value(Field::GivenName, "ada", "Ada", "a"),
            value(Field::FullName, "Ada", "Ada", "a"),
            value(Field::City, "x", "y", "nowhere"),
            value(Field::City, "18", "18", "n"),
        ],
        updated_at_ms: Some(-5),
        received_at_ms: i64::MAX,
    };
    let mut bytes = Vec::new();
    encode_record(&record, &mut bytes).unwrap();
    assert_eq!(decode_record(&bytes).unwrap(), record);
    for cut in 0..bytes.len() {
        assert!(decode_record(&bytes[..cut]).is_err(), "cut at {cut}");
    }
}
