//! Traces: what a real receiver of OTLP over HTTP gets of a server under use.

use crate::collect::sent;
use crate::product::{Server, add_site, kith, ok, project};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

/// A receiver; what is posted to it, as it comes: path, content type, body.
fn receiver() -> (String, Receiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let (told, posted) = channel();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let told = told.clone();
            std::thread::spawn(move || {
                let mut all = Vec::new();
                loop {
                    let Some(request) = one(&mut stream, &mut all) else { return };
                    let _ = stream.write_all(
                        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}",
                    );
                    if told.send(request).is_err() {
                        return;
                    }
                }
            });
        }
    });
    (url, posted)
}

/// One request of a connection that is kept open.
fn one(stream: &mut impl Read, all: &mut Vec<u8>) -> Option<(String, Value)> {
    let mut part = [0; 65_536];
    loop {
        if let Some(head) = all.windows(4).position(|w| w == b"\r\n\r\n") {
            let text = String::from_utf8_lossy(&all[..head]).to_ascii_lowercase();
            let length = text
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))?
                .trim()
                .parse::<usize>()
                .ok()?;
            if all.len() >= head + 4 + length {
                let body = serde_json::from_slice(&all[head + 4..head + 4 + length]).ok()?;
                all.drain(..head + 4 + length);
                return Some((text, body));
            }
        }
        match stream.read(&mut part) {
            Ok(0) | Err(_) => return None,
            Ok(read) => all.extend_from_slice(&part[..read]),
        }
    }
}

/// A server that sends its traces there.
fn traced(url: &str, more: &[(&str, &str)]) -> Server {
    let dir = project();
    add_site(dir.path());
    let token = ok(kith(dir.path(), &["token", "create", "test"])).trim().to_string();
    let mut environment = vec![("OTEL_EXPORTER_OTLP_ENDPOINT", url), ("OTEL_BSP_SCHEDULE_DELAY", "50")];
    environment.extend_from_slice(more);
    Server::within(dir, token, &environment)
}

/// All spans that came until the server was gone.
fn spans(posted: &Receiver<(String, Value)>) -> Vec<Value> {
    let mut all = Vec::new();
    for (head, body) in posted.try_iter() {
        assert!(
            head.starts_with("post /v1/traces ") && head.contains("content-type: application/json"),
            "{head}"
        );
        for resource in body["resourceSpans"].as_array().expect("resources") {
            for scope in resource["scopeSpans"].as_array().expect("scopes") {
                all.extend(scope["spans"].as_array().expect("spans").iter().cloned());
            }
        }
    }
    all
}

fn attribute<'a>(span: &'a Value, key: &str) -> &'a Value {
    let all = span["attributes"].as_array().expect("attributes");
    all.iter().find(|one| one["key"] == key).map_or(&Value::Null, |one| &one["value"])
}

const CALLER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

#[test]
fn a_request_and_what_it_waited_for() {
    let (url, posted) = receiver();
    let mut server = traced(&url, &[("OTEL_SERVICE_NAME", "cdp")]);
    let event = json!({"userId": "secret-person", "event": "Bought", "messageId": "m"});
    let at = sent(&server, "/v1/track", &event);
    let asked = server.ask(
        "GET",
        &format!("/v1/profiles/user_id:secret-person?position={at}"),
        &[("traceparent", CALLER)],
        b"",
    );
    assert_eq!(asked.status, 200);
    let sql = json!({"query": "SELECT 'secret-query'"}).to_string();
    server.ask("POST", "/v1/sql", &[("content-type", "application/json")], sql.as_bytes());
    assert_eq!(server.stop(), Some(0));
    let all = spans(&posted);
    let named = |name: &str| {
        let found: Vec<_> = all.iter().filter(|span| span["name"] == name).collect();
        assert!(!found.is_empty(), "{name} is not among {all:#?}");
        found[0]
    };
    let track = named("POST /v1/track");
    assert_eq!(
        (&track["kind"], attribute(track, "http.response.status_code")),
        (&json!(2), &json!({"intValue": "200"}))
    );
    assert_eq!(track.get("parentSpanId"), None, "it begins here");
    let keep = named("keep");
    assert_eq!((&keep["parentSpanId"], &keep["traceId"]), (&track["spanId"], &track["traceId"]));
    // The group that it went to the disk with, and the fsync of that.
    let linked = |span: &&Value| {
        span["links"].as_array().is_some_and(|l| l.iter().any(|l| l["traceId"] == track["traceId"]))
    };
    let commit =
        all.iter().filter(|span| span["name"] == "commit").find(linked).expect("a commit with this request");
    let synced = all.iter().any(|span| span["name"] == "fsync" && span["parentSpanId"] == commit["spanId"]);
    assert!(synced && attribute(commit, "entries") == &json!({"intValue": "1"}), "{all:#?}");
    named("fold");
    named("lake");
    let profile = named("GET /v1/profiles/{profile}");
    assert_eq!(profile["traceId"], "0af7651916cd43dd8448eb211c80319c", "part of the caller's trace");
    assert_eq!(profile["parentSpanId"], "b7ad6b7169203331");
    let (engine, query) = (named("engine"), named("sql"));
    assert_eq!(engine["traceId"], profile["traceId"], "also on another thread");
    assert!(all.iter().any(|span| span["name"] == "engine" && span["spanId"] == query["parentSpanId"]));
    let text = serde_json::to_string(&all).expect("JSON");
    assert!(!text.contains("secret"), "no trace holds what was asked or sent");
    let began = |span: &Value| span["startTimeUnixNano"].as_str().and_then(|at| at.parse::<u64>().ok());
    assert!(began(keep) >= began(track) && began(track) > Some(1_700_000_000_000_000_000));
}

#[test]
fn who_does_not_want_traces_gets_none() {
    let (url, posted) = receiver();
    let mut server = traced(&url, &[("OTEL_TRACES_SAMPLER", "parentbased_always_off")]);
    sent(&server, "/v1/track", &json!({"userId": "u", "event": "e"}));
    // The public may not have its traces kept; who has a token may.
    let key =
        [("authorization", "Basic dGVzdC13cml0ZS1rZXk6".to_string()), ("traceparent", CALLER.to_string())];
    let body = json!({"userId": "u", "event": "e"}).to_string();
    let addr = server.collect.expect("it takes events");
    crate::http::send(
        addr,
        &crate::http::Request {
            method: "POST",
            target: "/v1/track",
            headers: key.to_vec(),
            body: body.as_bytes(),
        },
    );
    server.ask("GET", "/v1/sources", &[("traceparent", CALLER)], b"");
    server.stop();
    let names: Vec<_> = spans(&posted).into_iter().map(|span| span["name"].clone()).collect();
    assert!(
        names.contains(&json!("GET /v1/sources")) && !names.contains(&json!("POST /v1/track")),
        "{names:?}"
    );
}

#[test]
fn a_receiver_that_is_not_there_stops_nobody() {
    let mut server = traced("http://127.0.0.1:9", &[]);
    sent(&server, "/v1/track", &json!({"userId": "u", "event": "e"}));
    assert_eq!(server.get("/v1/sources").status, 200);
    assert_eq!(server.stop(), Some(0));
}
