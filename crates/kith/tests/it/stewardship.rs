//! Decisions, previews, reviews and clusters over HTTP and on the command line.

use crate::http::Answer;
use crate::product::{Server, failed, kith, ok, project};
use serde_json::{Value, json};

#[track_caller]
fn keys(value: &Value, names: &[&str]) {
    for name in names {
        assert!(value.get(name).is_some(), "no {name:?} in {value}");
    }
}

fn post(server: &Server, target: &str, body: Value) -> Answer {
    server.ask("POST", target, &[("content-type", "application/json")], body.to_string().as_bytes())
}

#[track_caller]
fn good(answer: Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    answer.json()
}

fn decide(server: &Server, decision: Value) -> Answer {
    post(server, "/v1/decisions", json!({ "decisions": [decision], "reason": "looked at both" }))
}

fn profile_of(server: &Server, record: &str) -> String {
    let profile = server.get(&format!("/v1/profiles/{record}")).json();
    profile["profile_id"].as_str().expect("an id").to_string()
}

const PAIR: (&str, &str) = ("crm:C1100", "shop:S100");

#[test]
fn a_decision_is_taken_shown_and_taken_back() {
    let server = Server::start();
    assert_eq!(profile_of(&server, PAIR.0), profile_of(&server, PAIR.1));
    let taken = good(decide(&server, json!({ "verdict": "never", "a": PAIR.0, "b": PAIR.1 })));
    keys(&taken, &["position", "decisions", "applied"]);
    keys(&taken["applied"], &["changes", "profiles", "seconds"]);
    let decision = &taken["decisions"][0];
    keys(decision, &["id", "verdict", "a", "b", "field", "value", "reason", "decided_at", "withdrawn"]);
    keys(&decision["a"], &["source", "key", "node_id", "name", "profile_id"]);
    assert_eq!(decision["author"], "test", "the token's name");
    assert_eq!((&decision["in_force"], &decision["applied"]), (&json!(true), &json!(true)));
    assert_ne!(profile_of(&server, PAIR.0), profile_of(&server, PAIR.1));

    let list = server.get("/v1/decisions").json();
    assert_eq!((&list["in_force"], &list["pending"]), (&json!(1), &json!(0)));
    let against = decide(&server, json!({ "verdict": "always", "a": PAIR.1, "b": PAIR.0 }));
    assert_eq!((against.status, against.error_code().as_str()), (409, "K-DECISION-AGAINST"));
    let id = decision["id"].as_u64().expect("an id");
    assert!(String::from_utf8_lossy(&against.body).contains(&id.to_string()), "it is named");

    let target = format!("/v1/decisions/{id}?reason=a+slip&author=grace");
    let gone = good(server.ask("DELETE", &target, &[], b""));
    assert_eq!(gone["decisions"][0]["withdrawn"]["author"], "grace");
    assert_eq!(profile_of(&server, PAIR.0), profile_of(&server, PAIR.1));
    let again = server.ask("DELETE", &target, &[], b"");
    assert_eq!((again.status, again.error_code().as_str()), (404, "K-DECISION-GONE"));
    let all = server.get("/v1/decisions?all=true").json();
    assert_eq!((&all["in_force"], all["decisions"].as_array().map(Vec::len)), (&json!(0), Some(1)));
}

#[test]
fn many_decisions_can_wait_and_be_applied_together() {
    let server = Server::start();
    let body = json!({ "reason": "session", "author": "ada", "apply": false, "decisions": [
        { "verdict": "never", "a": PAIR.0, "b": PAIR.1 },
        { "verdict": "blocked", "field": "email", "value": "INFO@shop.example" } ] });
    let waiting = good(post(&server, "/v1/decisions", body));
    assert_eq!(waiting["applied"], Value::Null);
    assert_eq!(waiting["decisions"][1]["value"], "info@shop.example");
    assert_eq!(server.get("/v1/decisions").json()["pending"], 2);
    let preview = good(post(&server, "/v1/preview", json!({})));
    assert_eq!((&preview["split"], &preview["unchanged"]), (&json!(1), &json!(false)));
    let applied = good(server.ask("POST", "/v1/decisions/apply", &[], b""));
    assert_eq!(applied["changes"], preview["changes"]);
    assert_eq!(server.get("/v1/decisions").json()["pending"], 0);
}

#[test]
fn a_preview_is_promoted_exactly_or_not_at_all() {
    let server = Server::start();
    let proposal = json!({ "confidence": 0.9999,
        "decisions": [{ "verdict": "never", "a": PAIR.0, "b": PAIR.1 }] });
    let preview = good(post(&server, "/v1/preview", proposal.clone()));
    keys(&preview, &["position", "digest", "unchanged", "before", "after", "changes", "merged", "split"]);
    keys(&preview, &["created", "closed", "people_affected", "records_moved", "samples"]);
    keys(&preview["after"], &["records", "profiles", "largest", "confidence"]);
    let sample = &preview["samples"][0];
    keys(&sample["before"][0], &["profile_id", "name", "size", "records"]);
    let mut wanted = proposal.clone();
    wanted["digest"] = json!("0123");
    wanted["reason"] = json!("stricter");
    let stale = post(&server, "/v1/promote", wanted.clone());
    assert_eq!((stale.status, stale.error_code().as_str()), (409, "K-PREVIEW-STALE"));
    wanted["digest"] = preview["digest"].clone();
    let promoted = good(post(&server, "/v1/promote", wanted));
    assert_eq!(promoted["applied"]["changes"], preview["changes"]);
    assert_eq!(promoted["digest"], preview["digest"]);
    let identity = server.get("/v1/identity").json();
    assert_eq!(identity["confidence"], 0.9999);
    assert_eq!(identity["profiles"], preview["after"]["profiles"]);
    let toml = std::fs::read_to_string(server.dir.path().join("kith.toml")).expect("kith.toml");
    assert!(toml.contains("confidence = 0.9999"), "{toml}");
}

#[test]
fn scored_pairs_and_the_models_word_can_be_looked_at() {
    let server = Server::start();
    let scored = good(server.get("/v1/model/pairs"));
    keys(&scored, &["position", "confidence", "weight_bits", "pairs", "sampled", "bands", "comparisons"]);
    keys(&scored["bands"][0], &["from_bits", "to_bits", "pairs", "merged"]);
    keys(&scored["patterns"][0], &["id", "levels", "sampled", "pairs_estimated", "share", "merged_share"]);
    let pattern = scored["patterns"][0]["id"].as_str().expect("an id");
    let found = good(server.get(&format!("/v1/model/pairs/examples?pattern={pattern}&limit=2")));
    keys(&found["pairs"][0], &["a", "b", "weight", "probability", "merged", "pattern", "levels"]);
    assert_eq!(found["pairs"][0]["pattern"], pattern);
    let (a, b) = (&found["pairs"][0]["a"]["node_id"], &found["pairs"][0]["b"]["node_id"]);
    let queue = good(server.get(&format!("/v1/review/queue?limit=2&a={a}&b={b}")));
    assert_eq!((&queue["pairs"][0]["why"], &queue["pairs"][0]["a"]["node_id"]), (&json!("asked for"), a));
    let word = good(server.get("/v1/model/reliability"));
    keys(&word, &["labels", "few", "labels_wanted", "learnt_from", "calibration_error", "furthest"]);
    keys(
        &word["bins"][0],
        &["from", "to", "pairs", "stated", "labelled", "same", "share", "low", "high", "few"],
    );
    assert_eq!((&word["few"], &word["calibration_error"]), (&json!(true), &Value::Null));
}

#[test]
fn the_model_the_queue_and_a_cluster_can_be_looked_at() {
    let server = Server::start();
    let model = good(server.get("/v1/model"));
    keys(&model, &["position", "model_position", "toml", "trained_on", "prior_match", "prior_bits"]);
    keys(&model, &["prior_relative", "confidence", "comparisons", "blocking", "rules", "unlinkables"]);
    keys(&model["comparisons"][0], &["label", "columns", "aspect", "present", "distinct", "levels"]);
    keys(&model["blocking"][0], &["rule", "pairs", "edges"]);
    keys(&model["unlinkables"][0], &["confidence", "weight_bits", "records", "share"]);
    let thresholds = good(server.get("/v1/model/thresholds"));
    keys(&thresholds, &["position", "confidence", "records", "labels", "thresholds"]);
    keys(&thresholds["thresholds"][0], &["clusters", "precision_estimated", "recall_estimated", "labelled"]);
    let queue = good(server.get("/v1/review/queue?limit=3"));
    keys(&queue, &["position", "confidence", "uncertain", "decided", "pairs"]);
    assert!(queue["pairs"].as_array().is_some_and(|p| p.len() <= 3));
    let graph = good(server.get("/v1/clusters/crm:C1100"));
    keys(&graph, &["position", "asked", "confidence", "nodes", "edges", "merges", "decisions", "truncated"]);
    keys(&graph["nodes"][0], &["node_id", "source", "key", "name", "profile_id", "cluster"]);
    keys(&graph["edges"][0], &["a", "b", "weight", "probability", "state"]);
    keys(&graph["weakest"], &["confidence", "left", "right", "strongest"]);
    assert_eq!(graph["nodes"][0]["cluster"], 0);
    let identity = good(server.get("/v1/identity"));
    keys(&identity["benchmarks"][0], &["id", "label", "value", "unit", "expected_high", "state", "examples"]);
    keys(&identity["runs"][0], &["position", "at", "records", "profiles", "dedupe_rate"]);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let server = Server::start();
    let pair = json!({ "verdict": "never", "a": PAIR.0, "b": PAIR.1 });
    let cases = [
        ("/v1/decisions", json!({ "decisions": [pair] }), 400, "K-API-BODY"),
        ("/v1/decisions", json!({ "decisions": [pair], "reason": " " }), 400, "K-DECISION-FORM"),
        ("/v1/decisions", json!({ "decisions": [], "reason": "x" }), 400, "K-DECISION-FORM"),
        ("/v1/decisions", json!({ "decisions": [pair, pair], "reason": "x" }), 409, "K-DECISION-KNOWN"),
        ("/v1/decisions", json!({ "decisions": [{ "verdict": "maybe" }], "reason": "x" }), 400, "K-API-BODY"),
        ("/v1/preview", json!({ "confidence": 2 }), 400, "K-API-PARAMETER"),
        ("/v1/preview", json!({ "model": "x = 1" }), 400, "K-MODEL-FORM"),
        ("/v1/preview", json!({ "withdraw": [1] }), 404, "K-DECISION-GONE"),
        ("/v1/preview", json!({ "modle": "" }), 400, "K-API-BODY"),
        ("/v1/promote", json!({ "decisions": [pair] }), 400, "K-DECISION-FORM"),
    ];
    for (target, body, status, code) in cases {
        let answer = post(&server, target, body.clone());
        assert_eq!((answer.status, answer.error_code().as_str()), (status, code), "{target} {body}");
    }
    for (target, code) in [
        ("/v1/decisions?limit=0", "K-API-PARAMETER"),
        ("/v1/review/queue?limit=9999", "K-API-PARAMETER"),
        ("/v1/review/queue?a=1", "K-API-PARAMETER"),
        ("/v1/model/pairs/examples?pattern=x", "K-PAIRS-PATTERN"),
        ("/v1/model/pairs/examples?limit=101", "K-API-PARAMETER"),
        ("/v1/model/pairs/examples?band=few", "K-API-PARAMETER"),
        ("/v1/clusters/crm:C1100?confidence=1", "K-API-PARAMETER"),
        ("/v1/clusters/crm:none", "K-LOOKUP-NOBODY"),
    ] {
        assert_eq!(server.get(target).error_code(), code, "{target}");
    }
    let answer = server.ask("DELETE", "/v1/decisions/x?reason=y", &[], b"");
    assert_eq!((answer.status, answer.error_code().as_str()), (400, "K-API-PARAMETER"));
    let answer = server.ask("DELETE", "/v1/decisions/1", &[], b"");
    assert_eq!(answer.status, 400, "a reason is needed");
    assert_eq!(server.get("/v1/decisions?all=true").json()["decisions"], json!([]), "nothing was written");
}

#[test]
fn the_command_line_decides_previews_and_promotes() {
    let dir = project();
    let run = |args: &[&str]| kith(dir.path(), args);
    let json = |args: &[&str]| -> Value { serde_json::from_str(&ok(run(args))).expect("JSON") };
    let preview = json(&["preview", "--never", PAIR.0, PAIR.1, "--json"]);
    assert_eq!(preview["split"], 1);
    let text = ok(run(&["preview", "--never", PAIR.0, PAIR.1]));
    assert!(text.contains("split") && text.contains("(new)") && text.contains("Digest"), "{text}");
    let later =
        ["decide", "never", PAIR.0, PAIR.1, "--reason", "two", "--author", "ada", "--later", "--json"];
    let decided = json(&later);
    assert_eq!(decided["applied"], Value::Null);
    let listed = ok(run(&["decisions"]));
    assert!(listed.contains("two") && listed.contains("waits for the next run"), "{listed}");
    let known = run(&["decide", "never", PAIR.1, PAIR.0, "--reason", "again"]);
    let (code, errors) = failed(&known);
    assert!(code == Some(4) && errors.contains("K-DECISION-KNOWN"), "{code:?} {errors}");
    let run_now = json(&["run", "--json"]);
    assert_eq!(run_now["resolution"]["changes"], preview["changes"]);
    let id = decided["decisions"][0]["id"].to_string();
    let undone = ok(run(&["decide", "undo", &id, "--reason", "a slip", "--author", "ada"]));
    assert!(undone.contains("taken back") && undone.contains("merged"), "{undone}");
    assert_eq!(failed(&run(&["decide", "undo", &id, "--reason", "again"])).0, Some(5));
    assert_eq!(failed(&run(&["decide", "never", "crm:C1100"])).0, Some(2));
    let all = ok(run(&["decisions", "--all"]));
    assert!(all.contains("taken back by ada: a slip"), "{all}");

    std::fs::copy(dir.path().join("model.toml"), dir.path().join("candidate.toml")).expect("a copy");
    let same = ["preview", "--model", "candidate.toml"];
    assert!(ok(run(&same)).contains("No profile would change."));
    let stricter = json(&["preview", "--confidence", "0.99999", "--json"]);
    let digest = stricter["digest"].as_str().expect("a digest");
    assert_eq!(failed(&run(&["promote", "--confidence", "0.9999", "--digest", digest])).0, Some(4));
    let done = json(&["promote", "--confidence", "0.99999", "--digest", digest, "--json"]);
    assert_eq!(done["applied"]["changes"], stricter["changes"]);
    assert!(ok(run(&["preview"])).contains("No profile would change."));
    assert_eq!(failed(&run(&["preview", "--model", "none.toml"])).0, Some(3));
}
