//! Fidelity and robustness over random bodies, and how fast it is.

use super::*;
use proptest::prelude::*;
use std::time::Instant;

/// Any JSON value as somebody might write it: not the normal form of any library.
fn value() -> impl Strategy<Value = String> {
    let number = prop_oneof![
        any::<i64>().prop_map(|n| n.to_string()),
        any::<f64>().prop_filter("finite", |f| f.is_finite()).prop_map(|f| f.to_string()),
        "-?[1-9][0-9]{0,40}",
        "-?(0|[1-9][0-9]{0,20})\\.[0-9]{1,30}([eE][+-]?[0-9]{1,3})?",
        Just("-0".to_string()),
        Just("1e400".to_string()),
    ];
    let leaf = prop_oneof![
        20 => number,
        20 => text(),
        1 => Just(format!("\"{}\"", "x".repeat(30_000))),
        9 => prop_oneof![Just("null"), Just("true"), Just("false")].prop_map(String::from),
    ];
    leaf.prop_recursive(6, 40, 8, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..8)
                .prop_map(|list| format!("[ {} ]", list.join(" ,"))),
            object(inner),
        ]
    })
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
        "(\\\\u[0-9a-fA-F]{4}|\\\\/|\\\\n|[a-z ä漢😀]){0,12}".prop_map(|inside| format!("\"{inside}\"")),
    ]
}

fn object(inner: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    proptest::collection::vec((text(), inner), 0..8).prop_map(|members| {
        let members: Vec<_> = members.into_iter().map(|(name, value)| format!("{name} :{value}")).collect();
        format!("{{{}}}", members.join(","))
    })
}

fn limits() -> Limits {
    Limits { event_bytes: 10_000_000, batch_bytes: 100_000_000, batch_events: 2_500 }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, ..ProptestConfig::default() })]

    #[test]
    fn properties_come_back_byte_for_byte(properties in object(value()), context in object(value()), batch in any::<bool>()) {
        let item = format!(
            r#"{{"type":"track","event":"e","userId":"u","properties":{properties},"context":{{"direct":true,"x":{context}}}}}"#
        );
        let shared = r#""context":{"os":{"name":"x"}},"integrations":{"All":true}"#;
        let (body, door) = match batch {
            true => (format!("{{\"batch\":[{item}],{shared}}}"), Door::Batch),
            false => (item, Door::One(Call::Track)),
        };
        let source = source();
        let found = read(body.as_bytes(), door, &arrival(&source), &limits()).expect("JSON");
        let [Incoming::Event(event)] = found.as_slice() else { panic!("{found:#?}") };
        let members = json::Members::of(&event.body).expect("still JSON");
        prop_assert_eq!(members.get("properties"), Some(properties.as_str()));
        let kept = json::Members::of(members.get("context").expect("a context")).expect("still JSON");
        prop_assert_eq!(kept.get("x"), Some(context.as_str()));
        prop_assert_eq!(kept.get("ip"), Some("\"203.0.113.7\""));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        survives(&bytes);
    }

    #[test]
    fn no_broken_json_makes_it_panic(item in value(), cut in any::<proptest::sample::Index>(), byte in any::<u8>()) {
        let mut body = format!(
            r#"{{"batch":[{item},{{"type":"page","userId":{item},"messageId":{item},"context":{item},"name":{item}}}],"context":{item},"sentAt":{item}}}"#
        )
        .into_bytes();
        survives(&body);
        let at = cut.index(body.len());
        body[at] = byte;
        survives(&body);
        survives(&body[..at]);
    }
}

fn survives(body: &[u8]) {
    let source = source();
    for door in [Door::Batch, Door::One(Call::Track), Door::One(Call::Alias)] {
        let Ok(found) = read(body, door, &arrival(&source), &limits()) else { continue };
        for incoming in found {
            if let Incoming::Event(event) = incoming {
                assert!(json::Members::of(&event.body).is_ok(), "{}", event.body);
            }
        }
    }
}

/// `cargo test --release -p kith-core speed -- --ignored --nocapture`
#[test]
#[ignore = "measures"]
fn speed() {
    let item = |n: usize, id: &str| {
        format!(
            r#"{{"userId":"u{n}","event":"Order Completed","properties":{{"total":12.50,"currency":"EUR","products":[{{"sku":"a-1","price":5.0,"quantity":1}},{{"sku":"b-2","price":7.5,"quantity":1}}]}},"type":"track",{id}"timestamp":"2026-11-22T08:00:00.000Z","integrations":{{}},"context":{{"library":{{"name":"@segment/analytics-node","version":"3.1.0"}},"locale":"de-DE","timezone":"Europe/Berlin","page":{{"path":"/checkout","title":"Checkout"}}}},"_metadata":{{"nodeVersion":"24.0.0"}}}}"#
        )
    };
    let source = source();
    for (what, id, rest) in [
        ("as it is", r#""messageId":"node-next-1732262400000-0b1d","sentAt":"2026-11-22T08:00:01Z","#, ""),
        (
            "time of sending added",
            r#""messageId":"node-next-1732262400000-0b1d","#,
            r#","sentAt":"2026-11-22T08:00:01Z""#,
        ),
        ("id made", "", r#","sentAt":"2026-11-22T08:00:01Z""#),
        (
            "context joined",
            r#""messageId":"m","#,
            r#","context":{"app":{"name":"shop"}},"sentAt":"2026-11-22T08:00:01Z""#,
        ),
    ] {
        let items: Vec<_> = (0..100).map(|n| item(n, id)).collect();
        let body = format!("{{\"batch\":[{}]{rest}}}", items.join(","));
        let best = (0..1_000).map(|_| {
            let start = Instant::now();
            let found = read(body.as_bytes(), Door::Batch, &arrival(&source), &limits()).expect("JSON");
            assert_eq!(found.len(), 100);
            start.elapsed()
        });
        let best = best.min().expect("runs");
        println!("{what}: {:.2} µs for an event of {} bytes", best.as_secs_f64() * 1e4, items[0].len());
    }
}
