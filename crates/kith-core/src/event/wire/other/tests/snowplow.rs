//! Snowplow.

use super::*;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

fn posted(payloads: &str) -> Request {
    let schema = "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4";
    Request::of(&format!("{{\"schema\":\"{schema}\",\"data\":[{payloads}]}}"))
}

#[test]
fn a_page_and_an_order() {
    let request = posted(
        r#"{"e":"pv","url":"https://a.example/?x=ä","page":"Home","refr":"https://b.example/","eid":"e-1","tv":"js-4.8.0","tna":"sp",
            "aid":"shop-web-1","p":"web","duid":"d-1","dtm":"1795334400000","stm":"1795334401000","res":"1920x1080","ua":"Mozilla/5.0"},
           {"e":"tr","tr_id":"o-1","tr_tt":"12.50","tr_cu":"EUR","eid":"e-2","aid":"shop-web-1","p":"web","uid":"ada","duid":"d-1","ttm":"1795334400000"}"#,
    );
    assert_eq!(write_key(Format::Snowplow, &request.sent()).as_deref(), Some("shop-web-1"));
    let events = request.events(Format::Snowplow);
    let [page, order] = events.as_slice() else { panic!("{events:#?}") };
    assert_eq!((page.call, page.name.as_str(), page.message_id.as_str()), (Call::Page, "Home", "e-1"));
    assert_eq!((page.user_id.as_deref(), page.anonymous_id.as_deref()), (None, Some("d-1")));
    assert_eq!(page.timestamp_ms, RECEIVED - 1_000, "dtm, corrected by stm");
    let seen = body(page);
    assert_eq!(seen["context"]["page"]["referrer"], "https://b.example/");
    assert_eq!(seen["context"]["screen"], serde_json::json!({"width": 1920, "height": 1080}));
    assert_eq!(seen["context"]["ip"], "203.0.113.7", "a browser has its person's address");
    assert_eq!(seen["context"]["snowplow"]["tna"], "sp", "nothing is lost");
    assert_eq!((order.name.as_str(), order.user_id.as_deref()), ("Order Completed", Some("ada")));
    assert_eq!(order.timestamp_ms, 1_795_334_400_000, "said to be true");
    assert!(order.body.contains(r#""total":12.50"#), "{}", order.body);
}

#[test]
fn what_describes_itself() {
    let data = r#"{"schema":"iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0","data":{"schema":
        "iglu:com.acme/checkout_started/jsonschema/2-0-0","data":{"step":1,"total":0.10,"name":"Zoë"}}}"#;
    let contexts = r#"{"schema":"iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1","data":[{"schema":
        "iglu:com.snowplowanalytics.snowplow/client_session/jsonschema/1-0-2","data":{"userId":"phone-1","sessionIndex":3}}]}"#;
    let coded = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let quoted = |text: &str| Value::from(text).to_string();
    let plain =
        format!(r#"{{"e":"ue","eid":"e","p":"mob","ue_pr":{},"co":{}}}"#, quoted(data), quoted(contexts));
    let packed =
        format!(r#"{{"e":"ue","eid":"e","p":"mob","ue_px":"{}","cx":"{}"}}"#, coded(data), coded(contexts));
    for payload in [plain, packed] {
        let event = posted(&payload).event(Format::Snowplow);
        assert_eq!((event.call, event.name.as_str()), (Call::Track, "checkout_started"));
        assert_eq!(
            event.anonymous_id.as_deref(),
            Some("phone-1"),
            "mobile trackers name the visitor in a context"
        );
        assert!(
            event.body.contains(r#""properties":{"step":1,"total":0.10,"name":"Zoë"}"#),
            "{}",
            event.body
        );
        let own = &body(&event)["context"]["snowplow"];
        assert_eq!(own["schema"], "iglu:com.acme/checkout_started/jsonschema/2-0-0");
        assert_eq!(own["contexts"][0]["data"]["sessionIndex"], 3);
    }
    let view = data.replace("com.acme/checkout_started", "com.snowplowanalytics.snowplow/screen_view");
    let view = posted(&format!(r#"{{"e":"ue","eid":"e","uid":"u","ue_px":"{}"}}"#, coded(&view)))
        .event(Format::Snowplow);
    assert_eq!((view.call, view.name.as_str()), (Call::Screen, "Zoë"));
}

#[test]
fn an_event_in_an_address() {
    let query = [
        ("e", "se"),
        ("se_ca", "video"),
        ("se_ac", "play"),
        ("se_va", "3.5"),
        ("eid", "e"),
        ("aid", "k"),
        ("uid", "u"),
        ("stm", "1"),
    ];
    let request = Request::default().with_query(&query);
    assert_eq!(write_key(Format::Snowplow, &request.sent()).as_deref(), Some("k"));
    let event = request.event(Format::Snowplow);
    assert_eq!((event.name.as_str(), body(&event)["properties"]["value"].as_f64()), ("play", Some(3.5)));
}

#[test]
fn what_can_not_be_told_is_kept_as_it_came() {
    for (payload, field) in [
        (r#"{"e":"xx","uid":"u"}"#, "/data/0/e"),
        (r#"{"e":"ue","uid":"u","ue_px":"%%%"}"#, "/data/0/ue_px"),
        (r#"{"e":"pv","uid":"u","cx":"%%%"}"#, "/data/0/cx"),
        ("7", "/data/0"),
    ] {
        let refused = posted(payload).refused(Format::Snowplow);
        assert_eq!((refused.code.as_str(), refused.field.as_str()), ("K-EVENT-SHAPE", field));
        assert_eq!(refused.original, payload);
    }
    let nobody = posted(r#"{"e":"pv","eid":"e"}"#).refused(Format::Snowplow);
    assert_eq!(nobody.code, "K-EVENT-NO-ID");
}
