//! Answers of the moment: one request that tells and asks, a stream that goes on, figures for machines, and Segment's own
//! Profile API.

use crate::product::Server;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

const JSON: (&str, &str) = ("content-type", "application/json");

fn decide(server: &Server, body: &Value) -> crate::http::Answer {
    server.ask("POST", "/v1/decide", &[JSON], body.to_string().as_bytes())
}

#[test]
fn a_visitor_is_told_and_asked_for_in_one_request() {
    let server = Server::collecting();
    let page = json!({"type": "page", "anonymousId": "v-1", "messageId": "m1", "name": "Prices"});
    let body = json!({"source": "web", "events": [page]});
    let first = decide(&server, &body);
    assert_eq!(first.status, 200, "{}", String::from_utf8_lossy(&first.body));
    let first = first.json();
    assert_eq!((&first["accepted"], &first["profile"]["activity"]["events"]), (&json!(1), &json!(1)));
    let again = decide(&server, &body).json();
    assert_eq!((&again["duplicate"], &again["profile"]["activity"]["events"]), (&json!(1), &json!(1)));
    // Who logs in with this very request is known by everything that is known of them.
    let login = json!({"type": "identify", "anonymousId": "v-1", "userId": "u-1", "messageId": "m2"});
    let known = decide(&server, &json!({"source": "web", "events": [login]})).json();
    assert_eq!(known["profile"]["activity"]["events"], 2, "{known}");
    assert_eq!(known["profile"]["asked"]["type"], "user_id", "{}", known["profile"]["asked"]);

    for (body, code) in [
        (json!({"source": "till", "events": [{}]}), "K-COLLECT-NONE"),
        (json!({"source": "web", "events": []}), "K-API-PARAMETER"),
        (json!({"source": "web", "events": [{"type": "track", "event": "x"}]}), "K-COLLECT-NOBODY"),
        (
            json!({"source": "web", "events": [{"type": "page", "userId": "u"}], "profile": "x"}),
            "K-LOOKUP-FORM",
        ),
    ] {
        let answer = decide(&server, &body);
        assert_eq!((answer.status, answer.error_code().as_str()), (400, code), "{body}");
    }
}

/// Reads a stream until a line with this beginning comes; what stands behind it.
fn until(lines: &mut impl Iterator<Item = std::io::Result<String>>, beginning: &str) -> String {
    let mut all = lines.map(|line| line.expect("the stream goes on"));
    let line = all.find(|line| line.starts_with(beginning)).expect("a line");
    line[beginning.len()..].to_string()
}

fn follow(server: &Server, target: &str) -> impl Iterator<Item = std::io::Result<String>> + use<> {
    let mut stream = TcpStream::connect(server.addr).expect("the server listens");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    let head = format!(
        "GET {target} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\n\r\n",
        server.addr, server.token
    );
    stream.write_all(head.as_bytes()).expect("asked");
    BufReader::new(stream).lines()
}

#[test]
fn what_happens_is_told_as_it_happens_and_a_stop_ends_it() {
    let mut server = Server::collecting();
    let mut all = follow(&server, "/v1/stream");
    assert_eq!(until(&mut all, "HTTP/1.1 "), "200 OK");
    let sent = server.send("/v1/track", &json!({"userId": "u-1", "messageId": "m1", "event": "Cup Bought"}));
    assert_eq!(sent.status, 200);
    assert_eq!(until(&mut all, "event: "), "arrival");
    let arrival: Value = serde_json::from_str(&until(&mut all, "data: ")).expect("JSON");
    assert_eq!((&arrival["name"], &arrival["user_id"]), (&json!("Cup Bought"), &json!("u-1")));

    // For people: no more than they can read, and how much was passed over.
    let batch: Vec<Value> = (0..50)
        .map(|n| json!({"type": "track", "userId": "u-9", "messageId": format!("b{n}"), "event": "Burst"}))
        .collect();
    let sent = server.send("/v1/batch", &json!({ "batch": batch }));
    let stands: u64 = sent.header("kith-position").and_then(|at| at.parse().ok()).expect("a position");
    let mut few = follow(&server, "/v1/stream?after=1&most=10");
    assert_eq!(until(&mut few, "event: "), "passed");
    let passed: Value = serde_json::from_str(&until(&mut few, "data: ")).expect("JSON");
    assert_eq!(passed["count"], stands - 1 - 10);
    for at in stands - 9..=stands {
        assert_eq!(until(&mut few, "id: "), at.to_string());
    }
    assert_eq!(server.get("/v1/stream?most=0").status, 400);

    // A profile at once, and again when it has changed; what others do says nothing.
    let mut one = follow(&server, "/v1/stream?profile=user_id:u-1");
    let shown =
        |line: String| serde_json::from_str::<Value>(&line).expect("JSON")["activity"]["events"].clone();
    assert_eq!(shown(until(&mut one, "data: ")), 1);
    server.send("/v1/track", &json!({"userId": "u-2", "messageId": "m2", "event": "Cup Bought"}));
    server.send("/v1/track", &json!({"userId": "u-1", "messageId": "m3", "event": "Cup Bought"}));
    assert_eq!(shown(until(&mut one, "data: ")), 2);
    assert_eq!(server.get("/v1/stream?profile=user_id:nobody").status, 404);

    let begun = std::time::Instant::now();
    assert_eq!(server.stop(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(8), "streams do not hold up the end");
    assert!(one.last().is_none_or(|line| line.is_ok() || line.is_err()));
}

#[test]
fn machines_read_how_it_goes() {
    let server = Server::collecting();
    server.send("/v1/track", &json!({"userId": "u-1", "messageId": "m1", "event": "Cup Bought"}));
    server.send("/v1/track", &json!({"userId": "u-1", "messageId": "m1", "event": "Cup Bought"}));
    assert_eq!(server.get("/v1/profiles/user_id:u-1?position=2").status, 200);
    let page = server.get("/v1/metrics");
    assert_eq!(page.header("content-type"), Some("text/plain; version=0.0.4"));
    let text = String::from_utf8(page.body).expect("text");
    for line in [
        "kith_events_total{source=\"web\",outcome=\"received\"} 2",
        "kith_events_total{source=\"web\",outcome=\"duplicate\"} 1",
        "kith_view_behind{view=\"activity and timelines\",log=\"events\"} 0",
        "kith_http_request_seconds_count{route=\"/v1/profiles/{profile}\",method=\"GET\",status=\"200\"} 1",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
    let views = server.get("/v1/health/views").json();
    let views_of = |name: &str| {
        views["views"].as_array().expect("views").iter().find(|view| view["name"] == name).cloned()
    };
    let names: Vec<_> = views["views"].as_array().expect("views").iter().map(|v| v["name"].clone()).collect();
    assert_eq!(
        names,
        ["records and profiles", "search", "files of the lake", "activity and timelines", "files of events"]
    );
    let fresh = views_of("activity and timelines").expect("a view");
    assert_eq!((&fresh["behind"], &fresh["behind_seconds"]), (&json!(0), &json!(null)), "{fresh}");
    // The tables are written each minute: until then they say how old the first event is that they lack.
    let late = views_of("files of events").expect("a view");
    assert!(late["behind_seconds"].as_f64().is_some_and(|age| (0.0..60.0).contains(&age)), "{late}");
    assert_eq!((&late["behind"], &late["by_itself"]), (&json!(2), &json!(true)), "{late}");
    assert_eq!(views["faults"], json!([]));
    assert_eq!(server.ask("GET", "/v1/metrics", &[("authorization", "Bearer kith_no")], b"").status, 401);
}

/// Asks as Segment's clients do.
fn segment(server: &Server, target: &str) -> crate::http::Answer {
    let basic = format!("Basic {}", STANDARD.encode(format!("{}:", server.token)));
    let target = format!("/v1/spaces/acme/collections/users/profiles/{target}");
    server.ask("GET", &target, &[("authorization", &basic)], b"")
}

#[test]
fn a_client_of_segments_profile_api_is_answered_as_there() {
    let server = Server::collecting();
    let traits = json!({"email": "cup@example.org", "plan": "gold", "seats": 3});
    server.send(
        "/v1/identify",
        &json!({"anonymousId": "a-1", "userId": "u-1", "messageId": "m1", "traits": traits,
            "context": {"device": {"type": "android", "token": "tok"}}}),
    );
    for n in 0..3 {
        let order = json!({"userId": "u-1", "messageId": format!("o{n}"), "event": "Order Completed", "properties": {"total": n}});
        server.send("/v1/track", &order);
    }
    let last = server.send("/v1/group", &json!({"userId": "u-1", "messageId": "g", "groupId": "acme"}));
    let at = last.header("kith-position").expect("a position").to_string();
    server.get(&format!("/v1/profiles/user_id:u-1?position={at}"));

    let all = segment(&server, "user_id:u-1/traits?limit=200");
    assert!(all.header("request-id").is_some_and(|id| id.len() == 32));
    let all = all.json();
    assert_eq!((&all["traits"]["plan"], &all["traits"]["seats"]), (&json!("gold"), &json!(3)), "{all}");
    assert_eq!(all["cursor"]["has_more"], false);
    let some = segment(&server, "user_id:u-1/traits?class=computed_trait&include=orders").json();
    assert_eq!(some["traits"], json!({"orders": 3}));
    let one = segment(&server, "user_id:u-1/traits?limit=1").json();
    assert_eq!((&one["cursor"]["has_more"], &one["cursor"]["next"]), (&json!(true), &json!("1")));

    let ids = segment(&server, "android.push_token:tok/external_ids?limit=100").json();
    let ids: Vec<_> =
        ids["data"].as_array().expect("data").iter().map(|id| (&id["type"], &id["id"])).collect();
    assert!(ids.contains(&(&json!("user_id"), &json!("u-1"))), "{ids:?}");
    assert!(ids.contains(&(&json!("email"), &json!("cup@example.org"))), "{ids:?}");
    assert!(ids.contains(&(&json!("android.push_token"), &json!("tok"))), "{ids:?}");

    let events = segment(&server, "user_id:u-1/events?include=Order%20Completed&limit=2").json();
    assert_eq!(events["data"].as_array().map(Vec::len), Some(2));
    assert_eq!(events["data"][0]["properties"]["total"], 2, "newest first");
    let next = events["cursor"]["next"].as_str().expect("a cursor");
    let rest = segment(&server, &format!("user_id:u-1/events?include=Order%20Completed&next={next}")).json();
    assert_eq!(rest["data"].as_array().map(Vec::len), Some(1));

    assert!(segment(&server, "user_id:u-1/metadata").json()["metadata"]["created_at"].is_string());
    assert_eq!(segment(&server, "user_id:u-1/links").json()["data"][0]["external_ids"][0]["id"], "acme");
    let nobody = segment(&server, "user_id:nobody/traits");
    assert_eq!(nobody.status, 404);
    let said = json!({"error": {"code": "not_found", "message": "Profile was not found."}});
    assert_eq!(nobody.json(), said);
    let without = server.ask(
        "GET",
        "/v1/spaces/a/collections/users/profiles/user_id:u-1/traits",
        &[("authorization", "Basic Og==")],
        b"",
    );
    assert_eq!((without.status, without.json()["error"]["code"].as_str()), (401, Some("unauthorized")));
}
