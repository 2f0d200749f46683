//! Doors for formats that are not Segment's, over a real server: each event counted once, on the right person, whatever words it
//! came in. Real clients do the same in tests/clients.

use crate::collect::profile;
use crate::http::{Answer, Request, send};
use crate::product::{Server, kith, ok, project};
use serde_json::{Value, json};

const KEY: &str = "key-of-the-doors";

/// A server with a source that takes anything, and one whose webhooks are signed ("It's a Secret to Everybody").
fn server() -> Server {
    let dir = project();
    let file = dir.path().join("kith.toml");
    let text = std::fs::read_to_string(&file).expect("kith.toml");
    let more = format!(
        "\n[[source]]\nname = \"doors\"\nkind = \"events\"\nwrite_key = \"{KEY}\"\n\
         \n[[source]]\nname = \"signed\"\nkind = \"events\"\nwrite_key = \"key-of-the-signed\"\n\
         [source.webhook]\nuser_id = \"who\"\nsecret = \"file:secret\"\nsignature = \"X-Hub-Signature-256\"\n\
         \n[[trait]]\nname = \"revenue\"\nevent = \"Order Completed\"\naggregate = \"sum\"\nof = \"properties.total\"\n"
    );
    std::fs::write(&file, text + &more).expect("kith.toml");
    std::fs::write(dir.path().join("secret"), "It's a Secret to Everybody").expect("a secret");
    Server::over(dir)
}

fn ask(server: &Server, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let headers = headers.iter().map(|(name, value)| (*name, value.to_string())).collect();
    let addr = server.collect.expect("it takes events");
    send(addr, &Request { method, target, headers, body: body.as_bytes() })
}

/// Sends; the position.
#[track_caller]
fn taken(server: &Server, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> u64 {
    let answer = ask(server, method, target, headers, body);
    assert_eq!(answer.status, 200, "{target}: {}", String::from_utf8_lossy(&answer.body));
    answer.header("kith-position").and_then(|at| at.parse().ok()).expect("a position")
}

/// What was counted, once everything that was acknowledged is.
fn counts(server: &Server, source: &str) -> Value {
    let counted = || server.get("/v1/events/counts").json();
    let whole = |all: &Value| all["applied"] == all["position"];
    let all = std::iter::repeat_with(|| {
        std::thread::sleep(std::time::Duration::from_millis(5));
        counted()
    });
    let all = all.take(4_000).find(whole).expect("all is counted in the end");
    let mut sources = all["sources"].as_array().expect("sources").clone();
    sources.retain(|one| one["source"] == source);
    sources.pop().unwrap_or_default()
}

fn activity(server: &Server, who: &str, at: u64) -> Value {
    profile(server, who, at)["activity"].clone()
}

#[test]
fn posthog_jitsu_and_snowplow_are_counted_once() {
    let server = server();
    let order = |id: &str| {
        json!({"uuid": id, "event": "Order Completed", "distinct_id": "ada", "properties": {"total": 0.1, "$lib": "posthog-node"},
               "timestamp": "2026-11-22T08:00:00Z"})
    };
    let batch = json!({"api_key": KEY, "batch": [order("p-1"), order("p-2"), {"event": "x", "uuid": "p-3"}]})
        .to_string();
    let mut at = 0;
    for path in ["/batch/", "/batch", "/i/v0/e/", "/e", "/capture/"] {
        at = taken(&server, "POST", path, &[], &batch);
    }
    assert_eq!(counts(&server, "doors")["accepted"], 2);
    assert_eq!(counts(&server, "doors")["duplicate"], 8, "sent five times");
    assert_eq!(
        counts(&server, "doors")["refused"],
        5,
        "nobody: kept each time, and its neighbours are taken"
    );

    let jitsu = json!({"messageId": "j-1", "type": "track", "event": "Order Completed", "userId": "ada", "properties": {"total": 0.2}});
    for path in ["/api/s/track", "/api/s/s2s/track"] {
        at = at.max(taken(
            &server,
            "POST",
            path,
            &[("x-write-key", &format!("{KEY}:secret"))],
            &jitsu.to_string(),
        ));
    }
    let payload = json!({"e": "tr", "tr_id": "o-9", "tr_tt": "0.40", "eid": "s-1", "aid": KEY, "uid": "ada", "p": "srv"});
    let post = json!({"schema": "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4", "data": [payload]});
    at = at.max(taken(&server, "POST", "/com.snowplowanalytics.snowplow/tp2", &[], &post.to_string()));
    let address = format!("/i?e=tr&tr_id=o-9&tr_tt=0.40&eid=s-1&aid={KEY}&uid=ada");
    let image = ask(&server, "GET", &address, &[], "");
    assert_eq!((image.status, image.header("content-type")), (200, Some("image/gif")));
    let seen = activity(&server, "user_id:ada", at);
    assert_eq!((&seen["events"], &seen["traits"]["revenue"]), (&json!(4), &json!(0.8)), "{seen}");

    // A fold that was stored is read again.
    let server = server.kill_and_restart();
    assert_eq!(activity(&server, "user_id:ada", at)["traits"]["revenue"], 0.8);
    for path in ["/batch/", "/com.snowplowanalytics.snowplow/tp2", "/i?e=pv"] {
        let (method, body) =
            if path.contains('?') { ("GET", "") } else { ("POST", "{\"batch\":[],\"data\":[{}]}") };
        let refused = ask(&server, method, path, &[], body);
        assert_eq!((refused.status, &refused.json()["code"]), (401, &json!("K-COLLECT-KEY")), "{path}");
    }
}

#[test]
fn what_posthogs_clients_ask_before_they_send() {
    let server = server();
    let flags =
        ask(&server, "POST", "/flags/?v=2", &[("origin", "https://shop.example")], "{\"token\":\"x\"}");
    assert_eq!(flags.json()["errorsWhileComputingFlags"], false);
    assert_eq!(flags.header("access-control-allow-origin"), Some("https://shop.example"));
    let config = ask(&server, "GET", &format!("/array/{KEY}/config"), &[], "");
    assert_eq!(
        config.json()["sessionRecording"],
        false,
        "nothing is switched on that would be sent elsewhere"
    );
    assert_eq!(ask(&server, "GET", "/array/other/config", &[], "").status, 401);
    let script = ask(&server, "GET", &format!("/array/{KEY}/config.js"), &[], "");
    assert_eq!((script.status, script.body.len()), (200, 0));
}

#[test]
fn cloud_events_in_three_modes_are_one_event() {
    let server = server();
    let data = json!({"user_id": "grace", "total": 3});
    let event =
        json!({"specversion": "1.0", "id": "1", "source": "/shop", "type": "Order Completed", "data": data});
    let target = format!("/v1/cloudevents/{KEY}");
    let json_of = |kind: &'static str| [("content-type", kind)];
    taken(&server, "POST", &target, &json_of("application/cloudevents+json"), &event.to_string());
    taken(
        &server,
        "POST",
        &target,
        &json_of("application/cloudevents-batch+json"),
        &json!([event]).to_string(),
    );
    let binary = [
        ("content-type", "application/json"),
        ("ce-specversion", "1.0"),
        ("ce-id", "1"),
        ("ce-source", "/shop"),
        ("ce-type", "Order Completed"),
        ("x-write-key", KEY),
    ];
    let at = taken(&server, "POST", "/v1/cloudevents", &binary, &data.to_string());
    let seen = activity(&server, "user_id:grace", at);
    assert_eq!((&seen["events"], &seen["traits"]["revenue"]), (&json!(1), &json!(3)));
    let welcome = ask(&server, "OPTIONS", &target, &[("webhook-request-origin", "eventgrid.example")], "");
    assert_eq!(welcome.header("webhook-allowed-origin"), Some("*"));
}

#[test]
fn a_signed_source_takes_nothing_unsigned_by_any_door() {
    let server = server();
    // Made with: printf %s BODY | openssl dgst -sha256 -hmac "It's a Secret to Everybody"
    let body = "{\"who\":\"alan\",\"event\":\"Paid\",\"event_id\":\"e-1\"}";
    let signature = ("x-hub-signature-256", SIGNATURE);
    let target = "/v1/webhook/key-of-the-signed";
    let at = taken(&server, "POST", target, &[signature], body);
    taken(&server, "POST", target, &[signature], body);
    assert_eq!(activity(&server, "user_id:alan", at)["events"], 1, "delivered twice, counted once");
    let other = body.replace("alan", "mallory");
    let track = "{\"userId\":\"mallory\",\"event\":\"Paid\"}";
    let basic = ("authorization", "Basic a2V5LW9mLXRoZS1zaWduZWQ6");
    let pixel = "/pixel/v1/track?writeKey=key-of-the-signed&userId=mallory&event=Paid";
    for (method, target, headers, body) in [
        ("POST", target, vec![], body),
        ("POST", target, vec![signature], other.as_str()),
        ("POST", "/v1/track", vec![basic], track),
        ("GET", pixel, vec![], ""),
    ] {
        assert_eq!(ask(&server, method, target, &headers, body).status, 401, "{target}");
    }
    assert_eq!(server.get("/v1/profiles/user_id:mallory").status, 404);
    assert_eq!(counts(&server, "signed")["received"], 2);
}

/// Of the body above.
const SIGNATURE: &str = "sha256=7b6ccb09987bae8a3c3fefc34d7cb85f4b00a51de8cf83c64dcaad21f4697704";

#[test]
fn a_webhook_in_the_file_of_the_project_is_checked() {
    let dir = project();
    let file = dir.path().join("kith.toml");
    let text = std::fs::read_to_string(&file).expect("kith.toml");
    let source = "\n[[source]]\nname = \"hook\"\nkind = \"events\"\nwrite_key = \"key-of-the-hook\"\n[source.webhook]\nuserid = \"id\"\n";
    std::fs::write(&file, text.clone() + source).expect("kith.toml");
    let output = kith(dir.path(), &["sources"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("user_id"), "{said}");
    std::fs::write(&file, text + &source.replace("userid", "user_id")).expect("kith.toml");
    ok(kith(dir.path(), &["sources"]));
}
