//! Every route against a small project: the shapes of the contract, and clear errors for what makes no sense.

use crate::http::encoded;
use crate::product::{Server, ok};
use serde_json::{Value, json};

#[track_caller]
fn keys(value: &Value, names: &[&str]) {
    for name in names {
        assert!(value.get(name).is_some(), "no {name:?} in {value}");
    }
}

#[test]
fn a_profile_is_found_by_every_identifier_and_gives_its_reasons() {
    let server = Server::start();
    // Person 100 is in both sources, with one e-mail in the CRM and another in the shop.
    let by_key = server.get("/v1/profiles/crm:C1100");
    assert_eq!(by_key.status, 200, "{}", String::from_utf8_lossy(&by_key.body));
    let profile = by_key.json();
    keys(
        &profile,
        &[
            "position",
            "profile_id",
            "asked",
            "confidence",
            "certainty",
            "redirected_from",
            "golden",
            "records",
        ],
    );
    keys(&profile, &["links", "merges", "looser", "stricter"]);
    assert_eq!(profile["asked"], json!({ "type": "crm", "value": "C1100" }));
    let records = profile["records"].as_array().expect("records");
    assert_eq!(records.len(), 2, "both sources know this person: {profile}");
    keys(&records[0], &["node_id", "source", "key", "updated_at", "received_at", "row", "values"]);
    keys(&records[0]["values"][0], &["field", "normal", "original", "column"]);
    let golden = &profile["golden"][0];
    keys(golden, &["field", "label", "value", "original", "source", "key", "node_id", "updated_at"]);
    keys(golden, &["rule", "losers", "also"]);
    let id = profile["profile_id"].as_str().expect("an id");
    for lookup in [format!("profile:{id}"), "email:100@shop.example".into(), "shop:S100".into()] {
        let again = server.get(&format!("/v1/profiles/{}", encoded(&lookup)));
        assert_eq!(again.json()["profile_id"], id, "{lookup}");
    }
}

#[test]
fn a_profile_can_be_read_strictly_and_loosely() {
    let server = Server::start();
    let records = |confidence: f64| {
        let profile = server.get(&format!("/v1/profiles/crm:C1100?confidence={confidence}")).json();
        assert_eq!(profile["confidence"], confidence);
        profile["records"].as_array().map(Vec::len).expect("records")
    };
    let sizes = [0.000001, 0.5, 0.95, 0.999999].map(records);
    assert!(sizes.is_sorted_by(|loose, strict| loose >= strict), "stricter is never larger: {sizes:?}");
}

#[test]
fn a_search_forgives_typing_errors() {
    let server = Server::start();
    let found = server.get("/v1/profiles?q=ada+lovlace&limit=5").json();
    keys(&found, &["position", "results"]);
    let results = found["results"].as_array().expect("results");
    assert!(!results.is_empty() && results.len() <= 5);
    keys(&results[0], &["profile_id", "name", "email", "phone", "city", "records", "sources", "score"]);
    let name = results[0]["name"].as_str().expect("a name").to_lowercase();
    assert!(name.contains("ada"), "{name}");
}

#[test]
fn a_pair_is_explained_as_a_sum() {
    let server = Server::start();
    let explanation = server.get("/v1/explain?a=crm:C1100&b=shop:S100").json();
    keys(&explanation, &["a", "b", "prior_bits", "weight_bits", "probability", "fields"]);
    let fields = explanation["fields"].as_array().expect("fields");
    keys(
        &fields[0],
        &["field", "label", "left", "right", "level", "m", "u", "weight_bits", "term_frequency_bits"],
    );
    let bits = |value: &Value| value.as_f64().unwrap_or_default();
    // The rarity of a value (`term_frequency_bits`) is a part of its field's weight.
    let sum: f64 = fields.iter().map(|f| bits(&f["weight_bits"])).sum();
    let total = bits(&explanation["prior_bits"]) + sum;
    assert!((total - bits(&explanation["weight_bits"])).abs() < 0.01, "{explanation}");
}

#[test]
fn a_value_has_its_history() {
    let server = Server::start();
    let history = server.get("/v1/profiles/crm:C1100/history?field=email").json();
    let values = history["values"].as_array().expect("values");
    assert_eq!(values.len(), 2, "one of each source: {history}");
    keys(&values[0], &["value", "original", "source", "key", "position", "at", "event"]);
    assert_eq!(values[0]["event"], "landed");
}

#[test]
fn the_identity_changes_can_be_read_in_parts() {
    let server = Server::start();
    let first = server.get("/v1/changes?since=0&limit=10").json();
    keys(&first, &["changes", "next"]);
    assert_eq!(first["changes"].as_array().map(Vec::len), Some(10));
    keys(&first["changes"][0], &["position", "change", "profile", "nodes"]);
    let mut since = first["next"].as_u64().expect("a position");
    let mut seen = 10;
    loop {
        let page = server.get(&format!("/v1/changes?since={since}&limit=1000")).json();
        let count = page["changes"].as_array().map_or(0, Vec::len);
        seen += count;
        if count == 0 {
            break;
        }
        since = page["next"].as_u64().expect("a position");
    }
    let identity = server.get("/v1/identity").json();
    assert!(seen as u64 >= identity["profiles"].as_u64().expect("profiles"), "{seen}");
}

#[test]
fn sources_and_rejects_account_for_every_row() {
    let server = Server::start();
    let sources = server.get("/v1/sources").json();
    assert_eq!(sources.as_array().map(Vec::len), Some(2));
    let number = |source: &Value, name: &str| source[name].as_u64().expect("a number");
    for source in sources.as_array().expect("sources") {
        keys(source, &["name", "kind", "records", "removed", "last_pulled_at", "rank", "fields"]);
        let sum = number(source, "landed") + number(source, "unchanged") + number(source, "rejected");
        assert_eq!(number(source, "read"), sum, "{source}");
    }
    let rejects = server.get("/v1/rejects?source=shop&limit=10").json();
    assert_eq!(rejects.as_array().map(Vec::len), Some(1), "{rejects}");
    keys(&rejects[0], &["position", "source", "place", "code", "reason", "original"]);
    assert!(rejects[0]["original"].as_str().expect("text").contains("broken"));
}

#[test]
fn identity_says_how_many_people_there_are() {
    let server = Server::start();
    let identity = server.get("/v1/identity").json();
    keys(&identity, &["records", "profiles", "confidence", "by_source", "overlap", "cluster_sizes"]);
    keys(&identity, &["near_threshold", "model"]);
    assert_eq!(identity["records"], 480);
    let profiles = identity["profiles"].as_u64().expect("a number");
    assert!((315..=330).contains(&profiles), "320 people, found {profiles}");
}

#[test]
fn sql_reads_sources_and_results_and_writes_nothing() {
    let server = Server::start();
    let ask = |query: &str| {
        let body = json!({ "query": query }).to_string();
        server.ask("POST", "/v1/sql", &[("content-type", "application/json")], body.as_bytes())
    };
    let answer = ask("SELECT count(*) AS n FROM source.crm").json();
    assert_eq!(answer["columns"][0]["name"], "n");
    assert_eq!(answer["rows"], json!([[240]]));
    assert_eq!(answer["truncated"], false);
    let joined =
        ask("SELECT c.profile_id FROM master.customer c JOIN identity.node n USING (profile_id) LIMIT 3");
    assert_eq!(joined.status, 200, "{}", String::from_utf8_lossy(&joined.body));
    let forbidden = [
        "DROP TABLE source.crm",
        "INSERT INTO source.crm SELECT * FROM source.crm",
        "CREATE EXTERNAL TABLE x STORED AS CSV LOCATION '/etc/passwd'",
        "COPY (SELECT 1) TO '/tmp/kith-must-not-exist.csv'",
        "SET datafusion.execution.batch_size = 1",
        "SELECT 1; SELECT 2",
        "SELECT * FROM '/etc/passwd'",
        "SELEC 1",
        "",
    ];
    for query in forbidden {
        let answer = ask(query);
        assert_eq!(answer.status, 400, "{query}: {}", String::from_utf8_lossy(&answer.body));
        assert!(answer.error_code().starts_with("K-"), "{query}");
    }
}

#[test]
fn wrong_requests_get_clear_errors() {
    let server = Server::start();
    let wrong = [
        ("/v1/profiles", 400, "K-API-PARAMETER"),
        ("/v1/profiles?q=", 400, "K-API-PARAMETER"),
        ("/v1/profiles?q=ada&limt=5", 400, "K-API-PARAMETER"),
        ("/v1/profiles?q=ada&limit=0", 400, "K-API-PARAMETER"),
        ("/v1/profiles?q=ada&limit=-1", 400, "K-API-PARAMETER"),
        ("/v1/profiles?q=ada&limit=99999999999999999999", 400, "K-API-PARAMETER"),
        ("/v1/profiles?q=ada&q=grace", 400, "K-API-PARAMETER"),
        ("/v1/profiles/ada", 400, "K-LOOKUP-FORM"),
        ("/v1/profiles/email:%FF", 400, "K-API-PARAMETER"),
        ("/v1/profiles/crm:C1100?confidence=2", 400, "K-API-PARAMETER"),
        ("/v1/profiles/crm:C1100?confidence=NaN", 400, "K-API-PARAMETER"),
        ("/v1/profiles/crm:C1100/history", 400, "K-API-PARAMETER"),
        ("/v1/profiles/crm:C1100/history?field=shoe_size", 400, "K-API-PARAMETER"),
        ("/v1/explain?a=crm:C1100", 400, "K-API-PARAMETER"),
        ("/v1/changes?since=x", 400, "K-API-PARAMETER"),
        ("/v1/rejects?source=../x", 400, "K-API-PARAMETER"),
        ("/v1/sources?x=1", 400, "K-API-PARAMETER"),
        ("/v1/nothing", 404, "K-API-ROUTE"),
    ];
    for (target, status, code) in wrong {
        let answer = server.get(target);
        assert_eq!(answer.status, status, "{target}: {}", String::from_utf8_lossy(&answer.body));
        assert_eq!(answer.error_code(), code, "{target}");
    }
    for target in [
        "/v1/profiles/email:nobody@example.org",
        "/v1/profiles/profile:pzzz",
        "/v1/explain?a=crm:C1100&b=crm:no",
    ] {
        let answer = server.get(target);
        assert!(answer.status == 404 || answer.status == 400, "{target}: {}", answer.status);
        assert!(answer.error_code().starts_with("K-"));
    }
}

#[test]
fn wrong_methods_and_bodies_get_their_status() {
    let server = Server::start();
    let answer = server.ask("DELETE", "/v1/sources", &[], b"");
    assert_eq!((answer.status, answer.error_code().as_str()), (405, "K-API-METHOD"));
    assert!(answer.header("allow").is_some_and(|a| a.contains("GET")));
    let json = [("content-type", "application/json")];
    let answer =
        server.ask("POST", "/v1/sql", &[("content-type", "text/plain")], b"{\"query\":\"SELECT 1\"}");
    assert_eq!((answer.status, answer.error_code().as_str()), (415, "K-API-CONTENT-TYPE"));
    for body in ["{", "[]", "{\"query\":1}", "{\"query\":\"SELECT 1\",\"more\":1}", "\u{0}"] {
        let answer = server.ask("POST", "/v1/sql", &json, body.as_bytes());
        assert_eq!((answer.status, answer.error_code().as_str()), (400, "K-API-BODY"), "{body}");
    }
    let large = format!("{{\"query\":\"{}\"}}", "x".repeat(400_000));
    let answer = server.ask("POST", "/v1/sql", &json, large.as_bytes());
    assert_eq!((answer.status, answer.error_code().as_str()), (413, "K-API-BODY-SIZE"));
}

#[test]
fn the_document_is_the_golden_file() {
    let dir = tempfile::tempdir().expect("a folder");
    let printed = ok(crate::product::kith(dir.path(), &["openapi"]));
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/openapi.json");
    if std::env::var_os("KITH_BLESS").is_some() {
        std::fs::write(file, &printed).expect("written");
    }
    let kept = std::fs::read_to_string(file).unwrap_or_default();
    assert!(
        kept == printed,
        "the API has changed: KITH_BLESS=1 cargo test, look at the difference, and commit it"
    );
}
