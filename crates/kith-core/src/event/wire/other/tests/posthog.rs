//! PostHog.

use super::*;
use crate::event::facts::Facts;
use crate::event::fold::claims;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What posthog-node sent (tests/clients).
const NODE: &str = include_str!("../../samples/posthog-node.json");

#[test]
fn the_whole_of_a_real_batch() {
    let sample: Value = serde_json::from_str(NODE).expect("JSON");
    let request = Request::of(sample["body"].as_str().expect("a body"));
    assert_eq!(write_key(Format::PostHog, &request.sent()).as_deref(), Some("key-of-posthog-node"));
    let events = request.events(Format::PostHog);
    let batch: Value = serde_json::from_str(sample["body"].as_str().expect("a body")).expect("JSON");
    let sent = batch["batch"].as_array().expect("a batch");
    assert_eq!(events.len(), sent.len());
    for (event, sent) in events.iter().zip(sent) {
        assert_eq!(event.message_id, sent["uuid"].as_str().expect("an id"));
        assert_eq!(event.user_id.as_deref(), sent["distinct_id"].as_str());
        let body = body(event);
        assert_eq!(
            (&body["event"], &body["properties"]),
            (&sent["event"], &sent["properties"]),
            "as it was sent"
        );
        assert_eq!(body["context"]["library"]["name"], "posthog-node");
        assert!(!event.body.contains("203.0.113.7"), "a server's address is nobody's");
    }
    let first = |call| events.iter().find(|event| event.call == call).expect("one of each");
    assert_eq!(first(Call::Page).name, "Home");
    assert_eq!(first(Call::Screen).name, "Checkout");
    assert_eq!(body(first(Call::Identify))["traits"]["name"], "Håkon Lindqvist");
    assert_eq!(body(first(Call::Group))["groupId"], "posthog-node-company-0");
    assert_eq!(body(first(Call::Alias))["previousId"], "guest-posthog-node-0000");
    assert!(events.iter().any(|event| event.call == Call::Track && event.name == "Order Completed"));
    // A server says of no id whether it is a visitor's, so the one before an identify may be of either kind.
    let identify = first(Call::Identify);
    let claimed: Vec<_> =
        claims(identify, &Facts::of(&identify.body)).into_iter().map(|c| c.carrier).collect();
    assert_eq!(claimed.len(), 2, "{claimed:?}");
}

/// As posthog-js sends it: a list, each event with its key, and how long ago it was.
const JS: &str = r#"[{"uuid":"u-1","event":"$pageview","properties":{"token":"phc_key","distinct_id":"d-1","$device_id":"d-1",
    "$is_identified":false,"$lib":"web","$lib_version":"1.300.0","title":"Home","$current_url":"https://a.example/?utm_source=x",
    "$raw_user_agent":"Mozilla/5.0","big":12345678901234567890},"offset":2000,"timestamp":"2026-11-22T09:00:00.000Z"},
    {"uuid":"u-2","event":"$identify","properties":{"token":"phc_key","distinct_id":"ada","$anon_distinct_id":"d-1","$device_id":"d-1",
    "$is_identified":true,"$lib":"web"},"$set":{"email":"ada@example.org"},"$set_once":{"first":"x"},"offset":10,"timestamp":"2026-11-22T09:00:01.990Z"}]"#;

#[test]
fn a_browser_says_who_is_a_visitor() {
    let events = Request::of(JS).events(Format::PostHog);
    let [page, identify] = events.as_slice() else { panic!("{events:#?}") };
    assert_eq!((page.user_id.as_deref(), page.anonymous_id.as_deref()), (None, Some("d-1")));
    assert_eq!((identify.user_id.as_deref(), identify.anonymous_id.as_deref()), (Some("ada"), Some("d-1")));
    assert_eq!(page.timestamp_ms, RECEIVED - 2_000, "its clock is an hour ahead; what it measured is right");
    assert_eq!(identify.timestamp_ms, RECEIVED - 10);
    let (said, seen) = (body(identify), body(page));
    assert_eq!(said["traits"], serde_json::json!({"email": "ada@example.org"}));
    assert_eq!(seen["context"]["page"]["url"], "https://a.example/?utm_source=x");
    assert_eq!(
        (&seen["context"]["userAgent"], &seen["context"]["ip"]),
        (&"Mozilla/5.0".into(), &"203.0.113.7".into())
    );
    assert!(page.body.contains("\"big\":12345678901234567890"), "not rounded");
    assert!(!page.body.contains("phc_key"), "keys are not data");
}

#[test]
fn every_way_to_wrap_it() {
    let coded = form_urlencoded::byte_serialize(STANDARD.encode(JS).as_bytes()).collect::<String>();
    let plain = form_urlencoded::byte_serialize(JS.as_bytes()).collect::<String>();
    let requests = [
        Request::of(JS),
        Request::of(&format!("data={coded}")),
        Request::of(&format!("data={plain}&compression=none")),
        Request::default().with_query(&[("data", &STANDARD.encode(JS)), ("_", "1795334400000")]),
    ];
    for request in requests {
        assert_eq!(write_key(Format::PostHog, &request.sent()).as_deref(), Some("phc_key"));
        let ids: Vec<_> = request.events(Format::PostHog).into_iter().map(|event| event.message_id).collect();
        assert_eq!(ids, ["u-1", "u-2"]);
    }
    let one = r#"{"api_key":"k","event":"Bought","distinct_id":"u","properties":{},"timestamp":"2026-11-22T08:00:00Z","sent_at":"2026-11-22T08:00:01Z"}"#;
    let event = Request::of(one).event(Format::PostHog);
    assert_eq!((event.name.as_str(), event.timestamp_ms), ("Bought", RECEIVED - 1_000));
    let again = Request::of(&one.replace("08:00:01Z", "08:05:01Z")).event(Format::PostHog);
    assert!(event.message_id.starts_with("content-"), "an old client sends no id");
    assert_eq!(event.message_id, again.message_id, "sent again later: the same event");
}

#[test]
fn a_group_is_nobody() {
    let group = r#"{"api_key":"k","event":"$groupidentify","uuid":"g","distinct_id":"$company_acme",
        "properties":{"$group_type":"company","$group_key":"acme","$group_set":{"name":"Acme"}}}"#;
    assert_eq!(Request::of(group).refused(Format::PostHog).code, "K-EVENT-NO-ID");
    let known = Request::of(&group.replace("$company_acme", "ada")).event(Format::PostHog);
    assert_eq!((known.user_id.as_deref(), body(&known)["groupId"].as_str()), (Some("ada"), Some("acme")));
}
