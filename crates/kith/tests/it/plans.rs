//! Tracking plans and the replay of refused events, over a real server: what a fix lets in lands once, with the time at which it
//! first came, and nothing is lost on the way.

use crate::product::{Server, add_site, failed, kith, ok, project};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

const PLAN: &str = r#"{"rules": {"events": [
    {"name": "Order Completed", "rules": {"properties": {"properties": {"type": "object",
        "properties": {"total": {"type": "number", "minimum": 0}, "n": {}}, "required": ["total"]}}}},
    {"name": "Product Viewed", "rules": {}}]}}"#;

const STRICT: &str =
    "tracking_plan = \"plan.json\"\nunplanned_events = \"block\"\ninvalid_events = \"block\"\n";

/// Gives the site a plan.
fn add_plan(dir: &Path, plan: &str, lines: &str) {
    std::fs::write(dir.join("plan.json"), plan).expect("a plan");
    let file = dir.join("kith.toml");
    let text = std::fs::read_to_string(&file).expect("a configuration");
    let bare: String = text
        .lines()
        .filter(|l| {
            !l.starts_with("tracking_plan") && !l.contains("_events = ") && !l.contains("_properties = ")
        })
        .map(|l| format!("{l}\n"))
        .collect();
    let kind = "kind = \"events\"\n";
    assert!(bare.contains(kind));
    std::fs::write(&file, bare.replace(kind, &format!("{kind}{lines}"))).expect("a configuration");
}

fn json_of(dir: &Path, args: &[&str]) -> Value {
    let args: Vec<&str> = ["--json"].into_iter().chain(args.iter().copied()).collect();
    serde_json::from_str(&ok(kith(dir, &args))).expect("JSON")
}

/// Received, accepted, duplicate, refused and discarded of the site.
fn numbers(counts: &Value) -> Vec<u64> {
    let web = counts["sources"].as_array().expect("sources").iter().find(|s| s["source"] == "web").cloned();
    let web = web.unwrap_or_default();
    ["received", "accepted", "duplicate", "refused", "discarded"]
        .map(|k| web[k].as_u64().unwrap_or(0))
        .to_vec()
}

/// A thousand events, of which each hundredth is bad, in twelve kinds, three of them by the plan.
fn mixed(n: usize) -> Value {
    let good = json!({"type": "track", "event": "Order Completed", "userId": format!("u{}", n % 7), "messageId": format!("m{n}"), "timestamp": "2026-11-01T08:00:00Z", "properties": {"total": 1, "n": n}});
    if !n.is_multiple_of(100) {
        return good;
    }
    let with = |name: &str, value: Value| {
        let mut event = good.clone();
        event[name] = value;
        event
    };
    match (n / 100) % 12 {
        0 => with("type", json!("trak")),
        1 => with("type", json!(5)),
        2 => with("event", json!("")),
        3 => with("event", json!({"a": 1})),
        4 => with("userId", json!(null)),
        5 => with("userId", json!([1])),
        6 => with("userId", json!("x".repeat(600))),
        7 => with("messageId", json!("m".repeat(150))),
        8 => with("properties", json!("total=1")),
        9 => with("event", json!("Order Done")),
        10 => with("properties", json!({"total": "1", "n": n})),
        _ => with("properties", json!({"n": n})),
    }
}

#[test]
fn after_a_fix_everything_that_was_refused_lands_once() {
    let dir = project();
    add_site(dir.path());
    add_plan(dir.path(), PLAN, STRICT);
    let lines: String = (0..2_400).map(|n| format!("{}\n", mixed(n))).collect();
    std::fs::write(dir.path().join("past.ndjson"), lines).expect("a file");
    let counted = json_of(dir.path(), &["import", "past.ndjson", "--source", "web"]);
    assert_eq!(counted, json!({"received": 2_400, "accepted": 2_376, "duplicate": 0, "refused": 24}));
    let causes = json_of(dir.path(), &["events", "causes"]);
    let causes = causes.as_array().expect("causes");
    assert_eq!(causes.iter().map(|c| c["count"].as_u64().unwrap_or(0)).sum::<u64>(), 24);
    assert!(causes.len() >= 10, "{causes:?}");
    for cause in causes {
        assert!(cause["example"]["original"].as_str().is_some_and(|o| o.starts_with('{')), "{cause}");
        assert!(
            cause["first_at"].is_string()
                && cause["example"]["reason"].as_str().is_some_and(|r| !r.is_empty())
        );
    }
    // Nothing is mended: nothing lands.
    let report = json_of(dir.path(), &["events", "replay", "--dry-run"]);
    assert_eq!((&report["accepted"], &report["still_refused"]), (&json!(0), &json!(24)));
    // A new plan lets in what the old one did not.
    add_plan(dir.path(), PLAN, "tracking_plan = \"plan.json\"\n");
    let dry = json_of(dir.path(), &["events", "replay", "--dry-run"]);
    assert_eq!((&dry["accepted"], &dry["dry_run"]), (&json!(6), &json!(true)));
    for (lands, left) in [(6, 18), (0, 18)] {
        let report = json_of(dir.path(), &["events", "replay"]);
        assert_eq!(
            (&report["accepted"], &report["still_refused"]),
            (&json!(lands), &json!(left)),
            "{report}"
        );
    }
    // What no plan can mend, a change of the event does.
    for (code, patch) in [
        ("K-EVENT-TYPE", r#"{"type": "track"}"#),
        ("K-EVENT-NO-NAME", r#"{"event": "Order Completed"}"#),
        ("K-EVENT-NO-ID", r#"{"userId": "u1"}"#),
        ("K-EVENT-ID-LONG", r#"{"userId": "u2"}"#),
        ("K-EVENT-MESSAGE-ID", r#"{"messageId": null}"#),
    ] {
        let report = json_of(dir.path(), &["events", "replay", "--code", code, "--patch", patch]);
        assert_eq!(report["still_refused"], 0, "{code}: {report}");
        assert!(report["accepted"].as_u64() >= Some(2), "{code}: {report}");
    }
    let shape = r#"{"event": "Order Completed", "userId": "u3", "properties": {"total": 1}}"#;
    let report = json_of(dir.path(), &["events", "replay", "--code", "K-EVENT-SHAPE", "--patch", shape]);
    assert_eq!((&report["accepted"], &report["duplicate"]), (&json!(6), &json!(0)), "{report}");
    let counts = json_of(dir.path(), &["events", "counts"]);
    assert_eq!(numbers(&counts), [2_400, 2_400, 0, 0, 0], "all of them, once");
    assert_eq!(json_of(dir.path(), &["events", "refused"]), json!([]));
    let profile = json_of(dir.path(), &["profile", "get", "user_id:u3"]);
    assert!(profile["activity"]["events"].as_u64() > Some(300), "{profile}");
    // The file comes again: what landed by a replay is known.
    let again = json_of(dir.path(), &["import", "past.ndjson", "--source", "web"]);
    assert!(again["duplicate"].as_u64() >= Some(2_376 + 6), "{again}");
}

#[test]
fn a_server_that_is_killed_in_a_replay_counts_nothing_twice() {
    let dir = project();
    add_site(dir.path());
    add_plan(dir.path(), PLAN, STRICT);
    let bad = |n| {
        format!(
            "{}\n",
            json!({"type": "track", "event": "Later", "userId": "u1", "messageId": format!("l{n}")})
        )
    };
    std::fs::write(dir.path().join("past.ndjson"), (0..3_000).map(bad).collect::<String>()).expect("a file");
    json_of(dir.path(), &["import", "past.ndjson", "--source", "web"]);
    add_plan(dir.path(), PLAN, "tracking_plan = \"plan.json\"\n");
    let mut kills = 0;
    for wait_ms in [1, 5, 20, 60, 150] {
        let mut replay = crate::product::command(dir.path(), &["--json", "events", "replay"])
            .stdout(Stdio::null())
            .spawn()
            .expect("kith");
        std::thread::sleep(Duration::from_millis(300 + wait_ms));
        kills += u32::from(replay.kill().is_ok());
        replay.wait().expect("it ends");
        let counts = json_of(dir.path(), &["events", "counts"]);
        let n = numbers(&counts);
        assert_eq!(n[0], 3_000, "{counts}");
        assert_eq!(n[1] + n[3], 3_000, "{counts}");
    }
    assert_eq!(kills, 5);
    json_of(dir.path(), &["events", "replay"]);
    assert_eq!(numbers(&json_of(dir.path(), &["events", "counts"])), [3_000, 3_000, 0, 0, 0]);
    assert_eq!(json_of(dir.path(), &["profile", "get", "user_id:u1"])["activity"]["events"], 3_000);
}

#[test]
fn a_plan_from_what_came_shows_what_is_new_and_a_wrong_one_its_place() {
    let dir = project();
    add_site(dir.path());
    let order = |n: u32, more: &str| {
        format!(
            "{{\"type\":\"track\",\"event\":\"Order Completed\",\"userId\":\"u1\",\"messageId\":\"p{n}\",\"properties\":{{\"total\":{n}{more}}}}}\n"
        )
    };
    std::fs::write(dir.path().join("a.ndjson"), (0..5).map(|n| order(n, "")).collect::<String>())
        .expect("a file");
    json_of(dir.path(), &["import", "a.ndjson", "--source", "web"]);
    let plan = ok(kith(dir.path(), &["events", "plan", "--source", "web"]));
    add_plan(dir.path(), &plan, "tracking_plan = \"plan.json\"\nunplanned_properties = \"omit\"\n");
    std::fs::write(dir.path().join("b.ndjson"), order(9, ",\"coupon\":\"X\"")).expect("a file");
    json_of(dir.path(), &["import", "b.ndjson", "--source", "web"]);
    let events = json_of(dir.path(), &["profile", "get", "user_id:u1"]);
    assert_eq!(events["activity"]["events"], 6);
    add_plan(dir.path(), &plan, "tracking_plan = \"plan.json\"\n");
    std::fs::write(dir.path().join("c.ndjson"), order(10, ",\"coupon\":\"X\"")).expect("a file");
    json_of(dir.path(), &["import", "c.ndjson", "--source", "web"]);
    let found = json_of(dir.path(), &["events", "violations"]);
    assert_eq!(
        (&found["looked_at"], &found["not_as_planned"]),
        (&json!(7), &json!(1)),
        "what was omitted is gone: {found}"
    );
    assert_eq!(found["violations"][0]["field"], "/properties/coupon");
    add_plan(dir.path(), &plan.replace("\"object\"", "\"objekt\""), "tracking_plan = \"plan.json\"\n");
    let (code, said) = failed(&kith(dir.path(), &["--json", "events", "counts"]));
    assert_eq!(code, Some(3), "{said}");
    assert!(
        said.contains("K-PLAN-FILE") && said.contains("/rules/events/0/rules") && said.contains("objekt"),
        "{said}"
    );
}

fn post(server: &Server, target: &str, body: &Value) -> crate::http::Answer {
    server.ask("POST", target, &[("content-type", "application/json")], body.to_string().as_bytes())
}

#[test]
fn over_http_a_cause_is_found_mended_and_given_up() {
    let server = Server::collecting();
    let send = |body: &Value| assert_eq!(server.send("/v1/batch", body).status, 200);
    let bad = |n: u32| json!({"type": "track", "userId": "u1", "messageId": format!("h{n}")});
    send(&json!({"batch": [bad(1), bad(2), {"type": "track", "event": "A", "messageId": "h3"}]}));
    let waits = || {
        for _ in 0..500 {
            let counts = server.get("/v1/events/counts").json();
            if counts["applied"] == counts["position"] {
                return counts;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("the counts do not follow")
    };
    let causes = waits()["refused"].clone();
    assert_eq!(
        (&causes[0]["code"], &causes[0]["count"], &causes[0]["field"]),
        (&json!("K-EVENT-NO-NAME"), &json!(2), &json!("/event"))
    );
    let listed = server.get("/v1/events/refused?source=web&code=K-EVENT-NO-NAME").json();
    assert_eq!(listed.as_array().map(Vec::len), Some(2));
    assert_eq!(server.get("/v1/events/refused?cod=x").status, 400);
    let wanted = json!({"refused": {"code": "K-EVENT-NO-NAME"}, "patch": {"event": "Found"}});
    let report = post(&server, "/v1/events/refused/replay", &wanted).json();
    assert_eq!((&report["accepted"], &report["still_refused"]), (&json!(2), &json!(0)), "{report}");
    let landed = server.get("/v1/events?after=0").json();
    let times = |all: &Value| -> Vec<Value> {
        all.as_array().expect("a list").iter().map(|one| one["received_at"].clone()).collect()
    };
    assert_eq!(times(&landed["events"]), times(&listed), "each keeps the time at which it first came");
    let report = post(&server, "/v1/events/refused/replay", &wanted).json();
    assert_eq!(report["looked_at"], 0, "{report}");
    let nothing = json!({"refused": {}, "reason": "all"});
    assert_eq!(post(&server, "/v1/events/refused/discard", &nothing).status, 400);
    let without = json!({"refused": {"source": "web"}, "reason": " "});
    assert_eq!(post(&server, "/v1/events/refused/discard", &without).status, 400);
    let given_up = json!({"refused": {"source": "web"}, "reason": "a bot"});
    assert_eq!(post(&server, "/v1/events/refused/discard", &given_up).json()["discarded"], 1);
    assert_eq!(numbers(&waits()), [3, 2, 0, 1, 1]);
    assert_eq!(server.get("/v1/events/refused").json(), json!([]));
    assert_eq!(server.get("/v1/events/violations").json()["violations"], json!([]));
}
