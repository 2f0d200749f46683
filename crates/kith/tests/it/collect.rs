//! What people do, from a site's request to the customer's profile, over a real server.

use crate::http::{Request, raw, send};
use crate::product::Server;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// Sends one event; the position that its answer gave.
#[track_caller]
pub fn sent(server: &Server, target: &str, body: &Value) -> u64 {
    let answer = server.send(target, body);
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    assert_eq!(answer.json(), json!({"success": true}));
    answer.header("kith-position").and_then(|p| p.parse().ok()).expect("a position")
}

/// How all events were counted, once everything that was acknowledged is counted.
fn counted(server: &Server) -> Value {
    for _ in 0..500 {
        let counts = server.get("/v1/events/counts").json();
        if counts["applied"] == counts["position"] {
            return counts;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("the profiles do not follow")
}

/// A profile that reflects a position.
#[track_caller]
pub fn profile(server: &Server, who: &str, position: u64) -> Value {
    let answer = server.get(&format!("/v1/profiles/{who}?position={position}"));
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    answer.json()
}

fn sources(profile: &Value) -> Vec<&str> {
    let records = profile["records"].as_array().expect("records");
    records.iter().filter_map(|record| record["source"].as_str()).collect()
}

/// Call and name of each event of a page.
fn names(page: &Value) -> Vec<String> {
    let all = page["events"].as_array().expect("events").iter();
    all.map(|e| format!("{} {}", e["call"].as_str().unwrap_or(""), e["name"].as_str().unwrap_or("")))
        .collect()
}

#[test]
fn a_visitor_becomes_a_customer_with_all_that_they_did() {
    let server = Server::collecting();
    let at = sent(&server, "/v1/page", &json!({"anonymousId": "a-1", "messageId": "m1", "name": "Home"}));
    let visitor = profile(&server, "anonymous_id:a-1", at);
    assert_eq!(visitor["activity"]["events"], 1);
    assert_eq!(sources(&visitor), ["web"]);

    // The site knows the user by an account; name and e-mail are those of a customer of the CRM and the shop.
    let known = server.get("/v1/profiles/crm:C1100").json();
    let golden = |field: &str| {
        let all = known["golden"].as_array().expect("golden values").iter();
        all.clone()
            .find(|g| g["field"] == field)
            .and_then(|g| g["original"].as_str())
            .unwrap_or_default()
            .to_string()
    };
    let traits = json!({
        "email": golden("email"), "firstName": golden("given_name"), "lastName": golden("family_name"),
        "phone": golden("phone"), "plan": "gold",
    });
    sent(
        &server,
        "/v1/identify",
        &json!({"anonymousId": "a-1", "userId": "u-1", "messageId": "m2", "traits": traits}),
    );
    let order = |n: u32, total: f64| json!({"userId": "u-1", "messageId": format!("o{n}"), "event": "Order Completed", "properties": {"total": total}});
    sent(&server, "/v1/track", &order(1, 0.1));
    sent(&server, "/v1/track", &order(2, 0.2));
    // A second device, and an order that is sent twice.
    sent(&server, "/v1/track", &order(2, 0.2));
    let at = sent(
        &server,
        "/v1/batch",
        &json!({"batch": [
            {"type": "page", "anonymousId": "a-2", "messageId": "p1"},
            {"type": "identify", "anonymousId": "a-2", "userId": "u-1", "messageId": "i1"},
        ]}),
    );

    // A third one, of which nothing is known but that it was logged in.
    let login = json!({"anonymousId": "a-3", "userId": "u-1", "messageId": "i2"});
    let at = at.max(sent(&server, "/v1/identify", &login));

    let customer = profile(&server, "user_id:u-1", at);
    for who in ["anonymous_id:a-3", "anonymous_id:a-1", "anonymous_id:a-2", "crm:C1100"] {
        assert_eq!(profile(&server, who, at)["profile_id"], customer["profile_id"], "{who}");
    }
    assert!(sources(&customer).contains(&"crm") && sources(&customer).contains(&"web"), "{customer}");
    let activity = &customer["activity"];
    assert_eq!(activity["events"], 7, "{activity}");
    assert_eq!(activity["traits"], json!({"orders": 2, "revenue": 0.3}), "0.1 + 0.2, each counted once");
    assert_eq!(activity["said"]["plan"], "gold");

    let timeline = server.get(&format!("/v1/profiles/user_id:u-1/events?limit=3&position={at}")).json();
    let next = timeline["next"].as_str().expect("another page");
    let rest = server.get(&format!("/v1/profiles/user_id:u-1/events?before={next}")).json();
    let all: Vec<String> = names(&timeline).into_iter().chain(names(&rest)).collect();
    assert_eq!(all.len(), 7, "{all:?}");
    assert_eq!(all.last().map(String::as_str), Some("page Home"), "{all:?}");
    let orders = server.get("/v1/profiles/user_id:u-1/events?name=Order%20Completed").json();
    assert_eq!(names(&orders), ["track Order Completed", "track Order Completed"]);
    let counts = server.get("/v1/events/counts").json();
    assert_eq!(
        counts["sources"],
        json!([{"source": "web", "received": 8, "accepted": 7, "duplicate": 1, "refused": 0, "discarded": 0}])
    );
}

#[test]
fn people_who_share_a_device_stay_apart() {
    let server = Server::collecting();
    let mut at = 0;
    for user in ["u-1", "u-2"] {
        let login = json!({"anonymousId": "shared", "userId": user, "messageId": format!("i-{user}"), "traits": {"plan": user}});
        at = sent(&server, "/v1/identify", &login);
    }
    at = at.max(sent(&server, "/v1/page", &json!({"anonymousId": "shared", "messageId": "p"})));
    let (one, two) = (profile(&server, "user_id:u-1", at), profile(&server, "user_id:u-2", at));
    assert_ne!(one["profile_id"], two["profile_id"]);
    // The device belongs to who was there first.
    assert_eq!(profile(&server, "anonymous_id:shared", at)["profile_id"], one["profile_id"]);
    assert_eq!((&one["activity"]["events"], &two["activity"]["events"]), (&json!(2), &json!(1)));
}

#[test]
fn a_bad_event_is_kept_and_hurts_no_other() {
    let server = Server::collecting();
    let batch = json!({"batch": [
        {"type": "track", "event": "Good", "userId": "u", "messageId": "1"},
        {"type": "track", "userId": "u", "messageId": "2"},
        {"type": "track", "event": "Nobody", "messageId": "3"},
        {"type": "dance", "userId": "u", "messageId": "4"},
        "nonsense",
    ]});
    sent(&server, "/v1/batch", &batch);
    let counts = counted(&server);
    assert_eq!(counts["sources"][0]["accepted"], 1);
    assert_eq!(counts["sources"][0]["refused"], 4);
    let refused = server.get("/v1/events/refused").json();
    let codes: Vec<&str> =
        refused.as_array().expect("a list").iter().filter_map(|r| r["code"].as_str()).collect();
    assert_eq!(codes, ["K-EVENT-SHAPE", "K-EVENT-TYPE", "K-EVENT-NO-ID", "K-EVENT-NO-NAME"]);
    assert!(refused[3]["original"].as_str().is_some_and(|o| o.contains("\"messageId\":\"2\"")), "{refused}");
}

#[test]
fn the_door_takes_events_and_gives_nothing_out() {
    let server = Server::collecting();
    let addr = server.collect.expect("a door");
    let ask = |method, target, headers: &[(&'static str, &str)], body: &[u8]| {
        let headers = headers.iter().map(|(n, v)| (*n, v.to_string())).collect();
        send(addr, &Request { method, target, headers, body })
    };
    let token = format!("Bearer {}", server.token);
    for target in ["/v1/profiles/user_id:u", "/v1/sources", "/v1/sql", "/", "/v1/events/counts"] {
        assert_eq!(ask("GET", target, &[("authorization", &token)], b"").status, 404, "{target}");
    }
    let event = br#"{"userId":"u","event":"E"}"#;
    assert_eq!(ask("POST", "/v1/track", &[], event).status, 401);
    assert_eq!(ask("POST", "/v1/track", &[("authorization", "Basic bm9ib2R5Og==")], event).status, 401);
    assert_eq!(ask("POST", "/v1/track", &[("x-write-key", "test-write-key")], event).status, 200);
    assert_eq!(ask("POST", "/v1/track", &[("x-write-key", "test-write-key")], b"{").status, 400);
    let large = format!(r#"{{"userId":"u","event":"E","properties":{{"x":"{}"}}}}"#, "x".repeat(600_000));
    assert_eq!(ask("POST", "/v1/track", &[("x-write-key", "test-write-key")], large.as_bytes()).status, 413);
    let half = raw(addr, b"POST /v1/track HTTP/1.1\r\nhost: x\r\ncontent-length: nonsense\r\n\r\n");
    assert_eq!(half.status, 400);
    // A page of any origin may send.
    let preflight = [("origin", "https://shop.example"), ("access-control-request-method", "POST")];
    let preflight = ask("OPTIONS", "/v1/t", &preflight, b"");
    assert_eq!(preflight.header("access-control-allow-origin"), Some("https://shop.example"));
}

const PEOPLE: u64 = 20;

/// Sends numbered orders until told to stop, these first; which were answered, and which were not.
fn orders(server: &Server, stop: &AtomicBool, next: &AtomicU64, mut first: Vec<u64>) -> (Vec<u64>, Vec<u64>) {
    let (mut done, mut left) = (Vec::new(), Vec::new());
    while !stop.load(Ordering::Relaxed) || !first.is_empty() {
        let numbers: Vec<u64> = match first.is_empty() {
            false => std::mem::take(&mut first),
            true => {
                let from = next.fetch_add(25, Ordering::Relaxed);
                (from..from + 25).collect()
            }
        };
        let order = |n: &u64| {
            json!({"type": "track", "event": "Order Completed", "userId": format!("u{}", n % PEOPLE),
                "messageId": format!("m{n}"), "properties": {"total": 1}})
        };
        let batch = json!({"batch": numbers.iter().map(order).collect::<Vec<_>>()});
        match std::panic::catch_unwind(|| server.send("/v1/batch", &batch).status == 200) {
            Ok(true) => done.extend(numbers),
            _ => left.extend(numbers),
        }
    }
    (done, left)
}

/// R-01: what was acknowledged is there, and nothing counts twice, however often the process is killed.
#[test]
fn kill_nine_loses_nothing_and_counts_nothing_twice() {
    const ROUNDS: u64 = 6;
    let mut server = Server::collecting();
    let next = AtomicU64::new(0);
    let mut acknowledged: Vec<u64> = Vec::new();
    let mut open: Vec<u64> = Vec::new();
    for round in 0..ROUNDS {
        // What nobody answered for is sent again, as clients do; some of what was answered, too.
        let again: Vec<u64> = open.drain(..).chain(acknowledged.iter().copied().take(50)).collect();
        let stop = AtomicBool::new(false);
        let results = std::thread::scope(|scope| {
            let (server, stop, next, again) = (&server, &stop, &next, &again);
            let workers: Vec<_> = (0..4)
                .map(|worker| {
                    let again = again.iter().copied().filter(|n| n % 4 == worker).collect();
                    scope.spawn(move || orders(server, stop, next, again))
                })
                .collect();
            std::thread::sleep(Duration::from_millis(150 + 130 * round));
            if round + 1 < ROUNDS {
                server.kill();
            }
            stop.store(true, Ordering::Relaxed);
            workers.into_iter().map(|w| w.join().expect("a worker")).collect::<Vec<_>>()
        });
        for (done, left) in results {
            acknowledged.extend(done);
            open.extend(left);
        }
        if round + 1 < ROUNDS {
            server = server.kill_and_restart();
        }
    }
    acknowledged.sort_unstable();
    acknowledged.dedup();
    assert!(open.is_empty(), "the last round was not disturbed");
    let counts = counted(&server);
    let (source, position) = (&counts["sources"][0], counts["position"].as_u64().expect("a position"));
    let number = |name: &str| source[name].as_u64().expect("a number");
    assert_eq!(number("accepted"), acknowledged.len() as u64, "{source}");
    assert_eq!(number("received"), number("accepted") + number("duplicate") + number("refused"));
    let mut expected: BTreeMap<u64, u64> = BTreeMap::new();
    acknowledged.iter().for_each(|n| *expected.entry(n % PEOPLE).or_default() += 1);
    for (person, orders) in expected {
        let activity = &profile(&server, &format!("user_id:u{person}"), position)["activity"];
        assert_eq!(activity["traits"]["orders"], orders, "u{person}: {activity}");
        assert_eq!(activity["traits"]["revenue"], orders, "u{person}");
    }
}
