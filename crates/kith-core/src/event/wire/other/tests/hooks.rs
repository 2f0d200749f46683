//! Webhooks and CloudEvents.

use super::*;

const ORDER: &str = r#"{"id":"o-1","type":"order.paid","customer":{"id":17,"email":"ada@example.org"},"total":12.50,"paid":1795334400}"#;

#[test]
fn usual_names_are_found() {
    let event = Request::of(ORDER).event(Format::Webhook);
    assert_eq!(
        (event.call, event.name.as_str(), event.user_id.as_deref()),
        (Call::Track, "order.paid", Some("17"))
    );
    assert_eq!(event.timestamp_ms, RECEIVED, "no time that is known to be one");
    assert_eq!(event.message_id, "", "`id` is the order's: the next event of this order is another one");
    assert!(event.body.contains(&format!("\"properties\":{ORDER}")), "{}", event.body);
}

#[test]
fn the_source_says_where_things_stand() {
    let webhook = Webhook {
        time: Some("paid".into()),
        traits: Some("customer".into()),
        anonymous_id: Some("customer.email".into()),
        event: Some("header:X-Topic".into()),
        ..Webhook::default()
    };
    let request = Request { webhook, ..Request::of(ORDER) }.with_headers(&[("x-topic", "orders/paid")]);
    let event = request.event(Format::Webhook);
    assert_eq!((event.name.as_str(), event.timestamp_ms), ("orders/paid", 1_795_334_400_000));
    assert_eq!(
        (event.anonymous_id.as_deref(), event.user_id.as_deref()),
        (Some("ada@example.org"), Some("17"))
    );
    assert_eq!(body(&event)["context"]["traits"]["email"], "ada@example.org");
    assert!(
        event.message_id.starts_with("content-"),
        "it has a time of its own, so its content tells it from others"
    );
    assert_eq!(event.message_id, request.event(Format::Webhook).message_id, "sent again: the same");
    let long = Webhook { message_id: Some("n".into()), ..Webhook::default() };
    let request =
        Request { webhook: long, ..Request::of(&format!(r#"{{"user_id":"u","n":"{}"}}"#, "x".repeat(300))) };
    let event = request.event(Format::Webhook);
    assert!(event.message_id.starts_with("long-") && event.name == "Webhook", "{}", event.message_id);
}

#[test]
fn lists_and_forms() {
    let delivery = [("x-github-delivery", "d-1"), ("x-github-event", "push")];
    let one = Request::of(r#"{"user_id":"u"}"#).with_headers(&delivery).event(Format::Webhook);
    assert_eq!((one.message_id.as_str(), one.name.as_str()), ("d-1", "push"));
    let many = Request::of(r#"[{"user_id":"u","event":"a","event_id":"1"},{"user_id":"u","event":"b"}]"#)
        .with_headers(&delivery[..1])
        .events(Format::Webhook);
    let ids: Vec<_> = many.iter().map(|event| event.message_id.as_str()).collect();
    assert_eq!(ids, ["1", ""], "an id of the delivery is no event's");
    let webhook = Webhook { each: Some("data.events".into()), ..Webhook::default() };
    let within = Request { webhook, ..Request::of(r#"{"data":{"events":[{"user_id":"u","event":"a"}]}}"#) };
    assert_eq!(within.event(Format::Webhook).name, "a");
    let form = [("content-type", "application/x-www-form-urlencoded; charset=utf-8")];
    let fields = Request::of("user_id=u&event=Called+back&to=1&to=2&name=Zo%C3%AB")
        .with_headers(&form)
        .event(Format::Webhook);
    assert_eq!(fields.name, "Called back");
    assert_eq!(body(&fields)["properties"]["to"], serde_json::json!(["1", "2"]));
    assert_eq!(body(&fields)["properties"]["name"], "Zoë");
    let payload =
        Request::of("payload=%7B%22user_id%22%3A%22u%22%7D").with_headers(&form).event(Format::Webhook);
    assert_eq!(payload.user_id.as_deref(), Some("u"));
    assert_eq!(Request::of("hello").read(Format::Webhook).expect_err("no JSON").code, "K-COLLECT-JSON");
}

const CLOUD: &str = r#"{"specversion":"1.0","id":"1","source":"/shop","type":"org.example.paid","time":"2026-11-22T08:00:00Z","subject":"o-1",
    "partitionkey":"p","data":{"user_id":"u","total":0.10}}"#;

#[test]
fn a_cloud_event_in_all_its_modes() {
    let structured =
        Request::of(CLOUD).with_headers(&[("content-type", "application/cloudevents+json; charset=utf-8")]);
    let batched = Request::of(&format!("[{CLOUD}]"))
        .with_headers(&[("content-type", "application/cloudevents-batch+json")]);
    let binary = Request::of(r#"{"user_id":"u","total":0.10}"#).with_headers(&[
        ("content-type", "application/json"),
        ("ce-specversion", "1.0"),
        ("ce-id", "1"),
        ("ce-source", "/shop"),
        ("ce-type", "org.example.paid"),
        ("ce-time", "2026-11-22T08:00:00Z"),
        ("ce-subject", "o-1"),
        ("ce-partitionkey", "p"),
    ]);
    let ids: Vec<String> = [structured, batched, binary]
        .iter()
        .map(|request| {
            let event = request.event(Format::CloudEvents);
            assert_eq!((event.name.as_str(), event.user_id.as_deref()), ("org.example.paid", Some("u")));
            assert_eq!(event.timestamp_ms, 1_795_334_400_000);
            assert!(event.body.contains(r#""properties":{"user_id":"u","total":0.10}"#), "{}", event.body);
            let attributes = &body(&event)["context"]["cloudevent"];
            assert_eq!((&attributes["subject"], &attributes["partitionkey"]), (&"o-1".into(), &"p".into()));
            event.message_id
        })
        .collect();
    assert!(ids.iter().all(|id| *id == ids[0] && id.starts_with("cloudevent-")), "{ids:?}");
    let other = Request::of(&CLOUD.replace("/shop", "/shop2")).event(Format::CloudEvents);
    assert_ne!(other.message_id, ids[0], "an id is unique within its source alone");
}

#[test]
fn cloud_events_of_other_kinds() {
    let webhook = Webhook { user_id: Some("subject".into()), ..Webhook::default() };
    let named = Request { webhook: webhook.clone(), ..Request::of(CLOUD) }.event(Format::CloudEvents);
    assert_eq!(named.user_id.as_deref(), Some("o-1"));
    let headers = [
        ("ce-specversion", "1.0"),
        ("ce-id", "1"),
        ("ce-source", "/s"),
        ("ce-type", "t"),
        ("ce-subject", "Zo%C3%AB+1"),
    ];
    let mut text = Request { webhook: webhook.clone(), ..Request::of("plain words") }.with_headers(&headers);
    text.headers.push(("content-type".into(), "text/plain".into()));
    let event = text.event(Format::CloudEvents);
    assert_eq!(
        (event.user_id.as_deref(), &body(&event)["properties"]["data"]),
        (Some("Zoë+1"), &"plain words".into())
    );
    let bytes = Request { body: vec![0xff, 0x00], ..text };
    assert_eq!(body(&bytes.event(Format::CloudEvents))["properties"]["data_base64"], "/wA=");
    let lacking = Request::of(r#"{"specversion":"1.0","id":"1","type":"t","data":{"user_id":"u"}}"#)
        .refused(Format::CloudEvents);
    assert_eq!((lacking.code.as_str(), lacking.field.as_str()), ("K-EVENT-SHAPE", "/source"));
}
