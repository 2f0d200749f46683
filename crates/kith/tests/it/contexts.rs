//! Orders, tickets and subscriptions: from events at the door to an object with a state and a history on the profile.

use crate::collect::{profile, sent};
use crate::product::{Server, add_site, kith, ok, project};
use serde_json::{Value, json};
use std::path::Path;

/// Adds orders, tickets and subscriptions with traits over them.
fn add_contexts(dir: &Path) {
    let file = dir.join("kith.toml");
    let text = std::fs::read_to_string(&file).expect("kith.toml");
    let mut more = String::new();
    for name in ["order", "ticket", "subscription", "booking", "loyalty"] {
        more += &format!("\n[[context]]\ntemplate = \"{name}\"\n");
    }
    for (name, body) in [
        ("lifetime_value", "context = \"order\"\naggregate = \"sum\"\nof = \"value\""),
        ("open_tickets", "context = \"ticket\"\nopen = true\naggregate = \"count\""),
        ("plan", "context = \"subscription\"\nopen = true\naggregate = \"last\"\nof = \"label\""),
        ("mrr", "context = \"subscription\"\naggregate = \"sum\"\nof = \"value\""),
    ] {
        more += &format!("\n[[trait]]\nname = \"{name}\"\n{body}\n");
    }
    std::fs::write(&file, text + &more).expect("kith.toml");
}

fn server() -> Server {
    let dir = project();
    add_site(dir.path());
    add_contexts(dir.path());
    Server::over(dir)
}

/// One event that happened at a time of 2026, by a user (`u1`) or a visitor (`a1`).
fn event(who: &str, name: &str, at: &str, properties: Value) -> Value {
    let id = if who.starts_with('u') { "userId" } else { "anonymousId" };
    let message = format!("{who} {name} {at} {properties}");
    json!({"type": "track", id: who, "event": name, "timestamp": format!("2026-{at}T00:00:00Z"), "messageId": message,
        "properties": properties})
}

fn batch(server: &Server, events: &[Value]) -> u64 {
    sent(server, "/v1/batch", &json!({ "batch": events }))
}

#[track_caller]
fn contexts(server: &Server, who: &str, query: &str, position: u64) -> Value {
    let answer = server.get(&format!("/v1/profiles/{who}/contexts?position={position}&{query}"));
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    answer.json()
}

#[test]
fn an_order_of_a_visitor_that_the_user_cancels_nets_out_and_keeps_its_history() {
    let server = server();
    let order = |who, name, at, total: f64| {
        event(who, name, at, json!({"order_id": "o-1", "total": total, "currency": "EUR"}))
    };
    // Placed by an anonymous visitor, cancelled under the user id; nobody knows yet that they are one.
    let bought = order("a1", "Order Completed", "03-01", 80.5);
    let cancelled = order("u1", "Order Cancelled", "03-05", 80.5);
    let kept = event("u1", "Order Completed", "02-01", json!({"order_id": "o-0", "total": 20}));
    let at = batch(&server, &[cancelled, kept, bought]);
    let visitor = profile(&server, "anonymous_id:a1", at);
    assert_eq!(visitor["activity"]["traits"]["lifetime_value"], 80.5);
    assert_eq!(profile(&server, "user_id:u1", at)["activity"]["traits"]["lifetime_value"], 20);

    let login = json!({"anonymousId": "a1", "userId": "u1", "messageId": "login"});
    let at = sent(&server, "/v1/identify", &login);
    let activity = profile(&server, "user_id:u1", at)["activity"].clone();
    assert_eq!(activity["traits"]["lifetime_value"], 20, "{activity}");
    assert_eq!(activity["context_counts"], json!([{"name": "order", "count": 2, "open": 0}]));
    let newest = &activity["contexts"][0];
    assert_eq!(
        (&newest["id"], &newest["state"], &newest["value"]),
        (&json!("o-1"), &json!("cancelled"), &json!(0))
    );
    assert_eq!(
        (&newest["set"], &newest["currency"]),
        (&json!(80.5), &json!("EUR")),
        "what was paid is still there"
    );
    assert_eq!(newest["sources"], json!(["web"]));

    let page = contexts(&server, "user_id:u1", "id=o-1", at);
    let way = page["contexts"][0]["history"].as_array().expect("a history").iter();
    let way: Vec<Value> = way.map(|s| json!([s["at"], s["event"], s["state"], s["value"]])).collect();
    let expected = json!([
        ["2026-03-01T00:00:00Z", "Order Completed", "completed", 80.5],
        ["2026-03-05T00:00:00Z", "Order Cancelled", "cancelled", 0],
    ]);
    assert_eq!(Value::from(way), expected);
    let then = contexts(&server, "user_id:u1", "as_of=2026-03-02T00:00:00Z", at);
    assert_eq!((&then["total"], &then["traits"]["lifetime_value"]), (&json!(2), &json!(100.5)));
    let before = contexts(&server, "user_id:u1", "as_of=2026-01-01T00:00:00Z", at);
    assert_eq!((&before["total"], &before["traits"]["lifetime_value"]), (&json!(0), &json!(0)));
}

#[test]
fn two_persons_with_one_order_number_have_an_order_each_and_a_back_dated_one_counts() {
    let server = server();
    let order = |who, at, total| event(who, "Order Completed", at, json!({"order_id": 1, "total": total}));
    let mut at = batch(&server, &[order("u1", "05-01", 10), order("u2", "05-01", 7)]);
    let value = |who: &str, at| profile(&server, who, at)["activity"]["traits"]["lifetime_value"].clone();
    assert_eq!((value("user_id:u1", at), value("user_id:u2", at)), (json!(10), json!(7)));
    // The same order again, as a reload of the page of thanks sends it, and one of long ago.
    let old = event("u1", "Order Completed", "01-01", json!({"order_id": 2, "total": 5}));
    at = at.max(batch(&server, &[order("u1", "05-02", 10), old]));
    assert_eq!(value("user_id:u1", at), 15);
    let then = contexts(&server, "user_id:u1", "as_of=2026-02-01T00:00:00Z", at);
    assert_eq!(then["traits"]["lifetime_value"], 5);
}

#[test]
fn tickets_are_open_until_they_are_solved_and_a_subscription_has_a_plan_at_any_time() {
    let server = server();
    let ticket = |name, at, id| event("u1", name, at, json!({"ticket_id": id, "subject": "It is broken"}));
    let plan = |name, at, more: Value| event("u1", name, at, more);
    let at = batch(
        &server,
        &[
            ticket("Ticket Created", "04-01", 1),
            ticket("Ticket Created", "04-02", 2),
            ticket("Ticket Solved", "04-03", 1),
            plan(
                "Subscription Started",
                "01-01",
                json!({"subscription_id": "s", "plan": "basic", "mrr": 10}),
            ),
            plan(
                "Subscription Upgraded",
                "02-01",
                json!({"subscription_id": "s", "plan": "gold", "price": 1200, "interval": "year"}),
            ),
            event("u1", "Points Earned", "02-02", json!({"points": 50})),
            event("u1", "Tier Changed", "02-03", json!({"tier": "silver"})),
        ],
    );
    let traits = profile(&server, "user_id:u1", at)["activity"]["traits"].clone();
    assert_eq!(
        (&traits["open_tickets"], &traits["plan"], &traits["mrr"]),
        (&json!(1), &json!("gold"), &json!(100))
    );
    let open = contexts(&server, "user_id:u1", "name=ticket&open=true", at);
    assert_eq!((&open["total"], &open["contexts"][0]["id"]), (&json!(1), &json!("2")));
    let solved = contexts(&server, "user_id:u1", "name=ticket&open=false", at);
    assert_eq!(solved["contexts"][0]["duration_seconds"], 2 * 86_400);
    let january = contexts(&server, "user_id:u1", "name=subscription&as_of=2026-01-15T00:00:00Z", at);
    assert_eq!((&january["traits"]["plan"], &january["traits"]["mrr"]), (&json!("basic"), &json!(10)));
    let loyalty = contexts(&server, "user_id:u1", "name=loyalty", at);
    let loyalty = &loyalty["contexts"][0];
    assert_eq!((&loyalty["label"], &loyalty["value"]), (&json!("silver"), &json!(50)));

    let unknown = server.get("/v1/profiles/user_id:u1/contexts?name=tickets");
    assert_eq!((unknown.status, unknown.error_code().as_str()), (400, "K-COLLECT-CONTEXT"));
    let wrong = server.get("/v1/profiles/user_id:u1/contexts?as_of=yesterday");
    assert_eq!(wrong.status, 400);
}

#[test]
fn contexts_that_are_declared_later_are_made_from_the_events_that_there_were() {
    let dir = project();
    add_site(dir.path());
    let lines = [
        event("u1", "Order Completed", "01-01", json!({"order_id": 1, "total": 10})),
        event("u1", "Order Refunded", "01-02", json!({"order_id": 1, "total": 4})),
    ];
    let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
    std::fs::write(dir.path().join("events.ndjson"), lines.join("\n")).expect("a file");
    ok(kith(dir.path(), &["import", "events.ndjson", "--source", "web"]));
    let before = ok(kith(dir.path(), &["profile", "get", "user_id:u1"]));
    assert!(!before.contains("partly_refunded"), "{before}");
    add_contexts(dir.path());
    let shown = ok(kith(dir.path(), &["profile", "get", "user_id:u1"]));
    assert!(shown.contains("Has: 1 order (0 open)"), "{shown}");
    let words = |what: &str| -> Vec<String> {
        let line = shown.lines().find(|line| line.contains(what)).unwrap_or_default();
        line.split_whitespace().map(str::to_string).collect()
    };
    let opened = ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"];
    assert_eq!(words("partly_refunded"), ["order", "1", "partly_refunded", "6", opened[0], opened[1]]);
    assert_eq!(words("lifetime_value"), ["lifetime_value", "(trait)", "6"]);
}
