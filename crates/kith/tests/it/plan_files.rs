//! A tracking plan that is changed while the server runs: the new one is in force without a restart, and a broken one is said
//! and changes nothing.

use crate::product::{Server, add_site, project};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

fn plan(name: &str) -> String {
    json!({"rules": {"events": [{"name": name, "rules": {"properties": {"properties": {
        "properties": {"total": {"type": "number"}}, "required": ["total"]}}}}]}})
    .to_string()
}

fn server(first: &str) -> Server {
    let dir = project();
    add_site(dir.path());
    std::fs::write(dir.path().join("plan.json"), first).expect("a plan");
    let file = dir.path().join("kith.toml");
    let text = std::fs::read_to_string(&file).expect("a configuration");
    let lines = "kind = \"events\"\ntracking_plan = \"plan.json\"\nunplanned_events = \"block\"\n";
    std::fs::write(&file, text.replace("kind = \"events\"\n", lines)).expect("a configuration");
    Server::over(dir)
}

fn write(dir: &Path, text: &str) {
    std::fs::write(dir.join("plan.json"), text).expect("a plan");
}

fn planned(server: &Server) -> Value {
    server.get("/v1/tracking-plan").json()["plans"][0].clone()
}

/// Waits until the server says so of its plan by itself.
fn until(server: &Server, is: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..300 {
        let plan = planned(server);
        if is(&plan) {
            return plan;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("the plan stays as it is: {}", planned(server));
}

/// Sends an event; how many are refused and accepted then.
fn send(server: &Server, name: &str, id: &str) -> (Value, Value) {
    let event = json!({"userId": "u1", "event": name, "messageId": id, "properties": {"total": 1}});
    assert_eq!(server.send("/v1/track", &event).status, 200);
    for _ in 0..500 {
        let counts = server.get("/v1/events/counts").json();
        if counts["applied"] == counts["position"] {
            let web = &counts["sources"][0];
            return (web["accepted"].clone(), web["refused"].clone());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("the counts do not follow")
}

#[test]
fn a_changed_plan_is_in_force_without_a_restart_and_a_broken_one_changes_nothing() {
    let server = server(&plan("Before"));
    let dir = server.dir.path();
    let first = planned(&server);
    assert_eq!((&first["file"], &first["fault"]), (&json!("plan.json"), &json!(null)), "{first}");
    assert_eq!(first["sources"][0]["unplanned_events"], "block");
    let total = json!({"path": "/properties/total", "types": ["number"], "required": true});
    let event = json!({"call": "track", "name": "Before", "properties": [total]});
    assert_eq!(first["events"], json!([event]));
    assert_eq!(send(&server, "Before", "m1"), (json!(1), json!(0)));
    assert_eq!(send(&server, "After", "m2"), (json!(1), json!(1)), "not planned yet");

    // By itself, within seconds.
    write(dir, &plan("After"));
    let second = until(&server, |plan| plan["events"][0]["name"] == "After");
    assert!(second["read_at"].as_str() > first["read_at"].as_str(), "{second}");
    assert_eq!(send(&server, "After", "m3"), (json!(2), json!(1)));
    assert_eq!(send(&server, "Before", "m4"), (json!(2), json!(2)));
    let replay = server.ask(
        "POST",
        "/v1/events/refused/replay",
        &[("content-type", "application/json")],
        br#"{"refused": {"code": "K-PLAN-EVENT"}, "dry_run": true}"#,
    );
    assert_eq!(replay.json()["accepted"], 1, "a replay is judged by the new one: {}", replay.json());

    // A broken one, and then none at all: what was in force holds, and both pages say what is wrong.
    write(dir, &plan("Never").replace("number", "numbre"));
    let broken = until(&server, |plan| plan["fault"].is_object());
    assert_eq!((&broken["fault"]["code"], &broken["events"]), (&json!("K-PLAN-FILE"), &second["events"]));
    let message = broken["fault"]["message"].as_str().unwrap_or_default();
    assert!(message.contains("/properties/total/type") && message.contains("numbre"), "{message}");
    let faults = server.get("/v1/health/views").json()["faults"].clone();
    assert_eq!((&faults[0]["file"], &faults[0]["code"]), (&json!("plan.json"), &json!("K-PLAN-FILE")));
    assert_eq!(send(&server, "After", "m5"), (json!(3), json!(2)));
    assert_eq!(send(&server, "Never", "m6"), (json!(3), json!(3)));
    std::fs::remove_file(dir.join("plan.json")).expect("removed");
    until(&server, |plan| {
        plan["fault"]["message"].as_str().is_some_and(|text| text.contains("can not be read"))
    });

    // Mended, and taken at once by who asks for it.
    write(dir, &plan("Never"));
    let taken = server.ask("POST", "/v1/tracking-plan/reload", &[], b"").json()["plans"][0].clone();
    assert_eq!((&taken["fault"], &taken["events"][0]["name"]), (&json!(null), &json!("Never")), "{taken}");
    assert_eq!(send(&server, "Never", "m7"), (json!(4), json!(3)));
    assert_eq!(server.get("/v1/health/views").json()["faults"], json!([]));
}

#[test]
fn a_server_without_plans_says_so() {
    let server = Server::collecting();
    assert_eq!(server.get("/v1/tracking-plan").json(), json!({"plans": []}));
    assert_eq!(server.ask("POST", "/v1/tracking-plan/reload", &[], b"").status, 200);
}
