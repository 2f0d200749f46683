//! What can not be taken, alone and among what can.

use super::*;

/// Items that are wrong: code, pointer, text.
fn bad_items() -> Vec<(&'static str, &'static str, String)> {
    let many = |n: usize| (0..n).map(|i| format!("\"k{i}\":1")).collect::<Vec<_>>().join(",");
    let identify = |rest: &str| format!(r#"{{"type":"identify","userId":"u",{rest}}}"#);
    vec![
        ("K-EVENT-SHAPE", "", "17".into()),
        ("K-EVENT-SHAPE", "", "[[]]".into()),
        ("K-EVENT-TYPE", "/type", r#"{"userId":"u"}"#.into()),
        ("K-EVENT-TYPE", "/type", r#"{"type":"purchase","userId":"u"}"#.into()),
        ("K-EVENT-NO-ID", "", r#"{"type":"identify","userId":"","anonymousId":null}"#.into()),
        ("K-EVENT-NO-ID", "", r#"{"type":"identify","userId":0,"anonymousId":"undefined"}"#.into()),
        ("K-EVENT-NO-ID", "", r#"{"type":"alias","previousId":"p"}"#.into()),
        ("K-EVENT-NO-NAME", "/event", r#"{"type":"track","userId":"u"}"#.into()),
        ("K-EVENT-NO-NAME", "/event", r#"{"type":"track","userId":"u","event":" "}"#.into()),
        ("K-EVENT-SHAPE", "/event", r#"{"type":"track","userId":"u","event":{"name":"e"}}"#.into()),
        ("K-EVENT-SHAPE", "/name", r#"{"type":"page","userId":"u","name":1}"#.into()),
        ("K-EVENT-SHAPE", "/userId", r#"{"type":"identify","userId":{"id":1}}"#.into()),
        ("K-EVENT-SHAPE", "/userId", r#"{"type":"identify","userId":"\ud83d"}"#.into()),
        ("K-EVENT-SHAPE", "/groupId", identify(r#""groupId":[]"#)),
        ("K-EVENT-SHAPE", "/traits", identify(r#""traits":[1]"#)),
        ("K-EVENT-SHAPE", "/properties", identify(r#""properties":"x""#)),
        ("K-EVENT-SHAPE", "/context", identify(r#""context":"x""#)),
        ("K-EVENT-SHAPE", "/context/traits", identify(r#""context":{"traits":true}"#)),
        ("K-EVENT-SHAPE", "/timestamp", identify(r#""timestamp":1795334400"#)),
        ("K-EVENT-SHAPE", "/messageId", identify(r#""messageId":{}"#)),
        ("K-EVENT-MESSAGE-ID", "/messageId", identify(&format!(r#""messageId":"{}""#, "m".repeat(100)))),
        ("K-EVENT-ID-LONG", "/anonymousId", identify(&format!(r#""anonymousId":"{}""#, "a".repeat(501)))),
        ("K-EVENT-LIMIT", "/traits", identify(&format!(r#""traits":{{{}}}"#, many(301)))),
        ("K-EVENT-LIMIT", "", identify(&format!(r#""x":{}{}"#, "[".repeat(64), "]".repeat(64)))),
        ("K-EVENT-LARGE", "", identify(&format!(r#""x":"{}""#, "x".repeat(32 * 1024)))),
    ]
}

#[test]
fn each_mistake_has_its_code_and_its_place() {
    for (code, field, item) in bad_items() {
        let found = refused(&format!(r#"{{"batch":[{item}]}}"#), Door::Batch);
        assert_eq!(
            (found.code.as_str(), found.field.as_str()),
            (code, format!("/batch/0{field}").as_str()),
            "{item}"
        );
        assert_eq!(found.original, item, "the original is kept");
        assert!(!found.reason.is_empty() && found.received_at_ms == RECEIVED);
    }
}

#[test]
fn just_within_the_limits() {
    let many = (0..300).map(|i| format!("\"k{i}\":{{\"a\":1,\"b\":2}}")).collect::<Vec<_>>().join(",");
    batched(&format!(r#"{{"type":"identify","userId":"u","traits":{{{many}}}}}"#));
    batched(&format!(r#"{{"type":"identify","userId":"u","x":{}{}}}"#, "[".repeat(63), "]".repeat(63)));
    batched(&format!(
        r#"{{"type":"identify","userId":"{}","messageId":"{}"}}"#,
        "u".repeat(500),
        "ä".repeat(99)
    ));
    batched(&format!(r#"{{"type":"identify","userId":"u","x":"{}"}}"#, "[".repeat(1_000)));
}

#[test]
fn one_bad_event_in_a_hundred_costs_none_of_the_others() {
    let bad = bad_items();
    assert!(bad.len() >= 12);
    let (mut sent, mut wrong) = (Vec::new(), 0);
    for n in 0..2_400 {
        if n % 100 == 50 {
            let (_, _, item) = &bad[wrong % (bad.len() - 1)];
            sent.push(item.clone());
            wrong += 1;
        } else {
            sent.push(format!(r#"{{"type":"track","event":"e","userId":"u{n}","messageId":"m{n}"}}"#));
        }
    }
    let found = taken(&format!(r#"{{"batch":[{}]}}"#, sent.join(",")), Door::Batch);
    assert_eq!(found.len(), 2_400);
    for (n, found) in found.iter().enumerate() {
        match found {
            Incoming::Event(event) => {
                assert_eq!((event.message_id.clone(), n % 100 != 50), (format!("m{n}"), true))
            }
            Incoming::Refused(refused) => {
                assert_eq!(n % 100, 50);
                assert!(refused.field.starts_with(&format!("/batch/{n}")), "{}", refused.field);
            }
        }
    }
}

#[test]
fn a_refused_event_keeps_what_its_batch_says_and_not_its_key() {
    let body = r#"{"batch":[{"type":"track","userId":"u","writeKey":"secret"}],"context":{"locale":"de"},"sentAt":"2026-11-22T08:00:00Z"}"#;
    let found = refused(body, Door::Batch);
    assert_eq!(
        found.original,
        r#"{"type":"track","userId":"u","context":{"locale":"de"},"sentAt":"2026-11-22T08:00:00Z"}"#
    );
    assert_eq!((found.call, found.code.as_str()), (Some(Call::Track), "K-EVENT-NO-NAME"));
}

#[test]
fn bodies_that_say_nothing() {
    let batch = |body: &[u8]| malformed(body, Door::Batch).code;
    let one = |body: &[u8]| malformed(body, Door::One(Call::Track)).code;
    for body in
        [&b""[..], b"{", b"not json", b"{\"batch\":[}", b"\xff\xfe", b"{} {}", b"17", b"null", b"{'a':1}"]
    {
        assert_eq!(batch(body), "K-COLLECT-JSON", "{:?}", String::from_utf8_lossy(body));
        assert_eq!(one(body), "K-COLLECT-JSON");
    }
    assert_eq!(one(b"[]"), "K-COLLECT-JSON");
    assert_eq!(batch(b"{}"), "K-COLLECT-BATCH");
    assert_eq!(batch(b"{\"batch\":{}}"), "K-COLLECT-BATCH");
    assert_eq!(batch(b"{\"batch\":[]}"), "K-COLLECT-EMPTY");
    assert_eq!(batch(b"[]"), "K-COLLECT-EMPTY");
}

#[test]
fn bodies_that_are_too_much() {
    let many = format!("{{\"batch\":[{}1]}}", "1,".repeat(2_500));
    let found = malformed(many.as_bytes(), Door::Batch);
    assert_eq!((found.code, found.too_large), ("K-COLLECT-LARGE", true));
    let long = format!("{{\"x\":\"{}\"}}", "x".repeat(500 * 1024));
    assert_eq!(malformed(long.as_bytes(), Door::One(Call::Track)).code, "K-COLLECT-LARGE");
    let shared =
        format!("{{\"context\":{{\"x\":\"{}\"}},\"batch\":[{}1]}}", "x".repeat(30_000), "1,".repeat(2_499));
    assert_eq!(malformed(shared.as_bytes(), Door::Batch).code, "K-COLLECT-LARGE", "75 MB out of 35 kB");
    let shared = format!(
        "{{\"context\":{{\"x\":\"{}\"}},\"batch\":[{{\"type\":\"identify\",\"userId\":\"u\"}}]}}",
        "x".repeat(40_000)
    );
    let found = refused(&shared, Door::Batch);
    assert_eq!((found.code.as_str(), found.field.as_str()), ("K-EVENT-LARGE", "/batch/0/context"));
}

#[test]
fn depth_costs_no_stack() {
    let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
    let bombs = [
        deep(200_000),
        format!("{{\"batch\":{}}}", deep(200_000)),
        format!("{{\"type\":\"track\",\"properties\":{}}}", deep(200_000)),
        "[".repeat(400_000),
        "{\"a\":".repeat(80_000),
    ];
    for bomb in bombs {
        for door in [Door::Batch, Door::One(Call::Track)] {
            let code = malformed(bomb.as_bytes(), door).code;
            assert!(["K-COLLECT-DEPTH", "K-COLLECT-JSON", "K-COLLECT-BATCH"].contains(&code), "{code}");
        }
    }
    let context = format!(
        "{{\"context\":{{\"x\":{}}},\"batch\":[{{\"type\":\"identify\",\"userId\":\"u\"}}]}}",
        deep(63)
    );
    assert_eq!(refused(&context, Door::Batch).code, "K-EVENT-LIMIT");
}

#[test]
fn the_key_in_a_body() {
    let key = |body: &str| write_key(body.as_bytes());
    assert_eq!(key(r#"{"batch":[{"writeKey":"inner"}],"writeKey":"k\u0031"}"#).as_deref(), Some("k1"));
    assert_eq!(key(r#"{"api_key":"phc","batch":[]}"#).as_deref(), Some("phc"));
    for body in [
        "",
        "[]",
        "{}",
        r#"{"writeKey":""}"#,
        r#"{"writeKey":null}"#,
        r#"{"writeKey":7}"#,
        "{\"writeKey\":\"k\"",
    ] {
        assert_eq!(key(body), None, "{body}");
    }
}
