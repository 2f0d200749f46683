//! Catalogues: what somebody likes is what the catalogue says today of what they looked at.

use crate::collect::{profile, sent};
use crate::http::Answer;
use crate::product::{Server, add_site, failed, kith, ok, project};
use serde_json::{Value, json};
use std::path::Path;

const CATALOG: &str = r#"
[[catalog]]
name = "products"
kind = "csv"
path = "products.csv"
refers = ["properties.product_id", "properties.products[].product_id"]

[[catalog]]
name = "films"
kind = "push"
key = "film"
label = "title"
refers = "properties.film"

[[trait]]
name = "favourite_category"
aggregate = "top"
of = "properties.products[].product_id"
through = "products.category"

[[trait]]
name = "last_director"
aggregate = "last"
of = "properties.film"
through = "films.made.by"
"#;

const PRODUCTS: &str = "id,name,category\np1,Green tea,tea\np2,Cup,cups\np3,Black tea,tea\n";

fn add_catalogs(dir: &Path) {
    let file = dir.join("kith.toml");
    let text = std::fs::read_to_string(&file).expect("kith.toml");
    std::fs::write(&file, text + CATALOG).expect("kith.toml");
    std::fs::write(dir.join("products.csv"), PRODUCTS).expect("products.csv");
}

fn post(server: &Server, catalog: &str, body: &Value) -> Answer {
    let json = [("content-type", "application/json")];
    server.ask("POST", &format!("/v1/catalogs/{catalog}"), &json, body.to_string().as_bytes())
}

#[track_caller]
fn traits(server: &Server, position: u64) -> Value {
    profile(server, "user_id:u1", position)["activity"]["traits"].clone()
}

#[test]
fn what_somebody_likes_follows_the_catalogue() {
    let dir = project();
    add_site(dir.path());
    add_catalogs(dir.path());
    let report: Value = serde_json::from_str(&ok(kith(dir.path(), &["run", "--json"]))).expect("JSON");
    let of = |report: &Value| {
        report["sources"].as_array().and_then(|all| all.iter().find(|s| s["source"] == "products").cloned())
    };
    assert_eq!(of(&report).expect("products")["landed"], 3);
    let server = Server::over(dir);
    let order = json!({"userId": "u1", "event": "Order Completed", "messageId": "o1", "properties": {"products": [
        {"product_id": "p1"}, {"product_id": "p2"}, {"product_id": "p3"}, {"product_id": "never"}]}});
    let at = sent(&server, "/v1/track", &order);
    assert_eq!(traits(&server, at)["favourite_category"], "tea");

    // Another sending says otherwise: all of it is there with the answer.
    let cups =
        json!({"items": [{"id": "p1", "name": "Tea cup", "category": "cups"}], "remove": ["p3", "p9"]});
    let taken = post(&server, "products", &cups).json();
    assert_eq!((&taken["landed"], &taken["removed"]), (&json!(1), &json!(1)), "{taken}");
    assert_eq!(traits(&server, at)["favourite_category"], "cups");
    let page = server.get("/v1/profiles/user_id:u1/events").json();
    let items = json!([
        {"catalog": "products", "id": "p1", "name": "Tea cup", "gone": false},
        {"catalog": "products", "id": "p2", "name": "Cup", "gone": false},
        {"catalog": "products", "id": "p3", "name": "Black tea", "gone": true}]);
    assert_eq!(page["events"][0]["items"], items);
    let gone = server.get("/v1/catalogs/products/p3").json();
    assert_eq!((&gone["gone"], &gone["row"]["category"]), (&json!(true), &json!("tea")));
    assert_eq!(post(&server, "products", &cups).json()["unchanged"], 1, "again: nothing new");

    // Nested columns of another catalogue, and a value as it was said.
    let film = json!({"userId": "u1", "event": "Film Seen", "messageId": "f1", "properties": {"film": 7}});
    let at = sent(&server, "/v1/track", &film);
    assert_eq!(traits(&server, at)["last_director"], Value::Null);
    post(
        &server,
        "films",
        &json!({"items": [{"film": 7, "title": "M", "made": {"by": "Lang", "in": 1931}}]}),
    );
    assert_eq!(traits(&server, at)["last_director"], "Lang");

    // Killed, nothing of it is lost.
    let server = server.kill_and_restart();
    let now = traits(&server, at);
    assert_eq!((&now["favourite_category"], &now["last_director"]), (&json!("cups"), &json!("Lang")));
    let all = server.get("/v1/catalogs").json();
    assert_eq!((&all["catalogs"][0]["items"], &all["catalogs"][0]["gone"]), (&json!(2), &json!(1)), "{all}");
    assert_eq!(all["catalogs"][0]["traits"], json!(["favourite_category"]));
    let sql = r#"{"query": "SELECT _key, category, _gone FROM catalog.products WHERE category = 'cups' ORDER BY _key"}"#;
    let rows = server.ask("POST", "/v1/sql", &[("content-type", "application/json")], sql.as_bytes()).json();
    assert_eq!(rows["rows"], json!([["p1", "cups", false], ["p2", "cups", false]]), "{rows}");

    for (target, status, code) in [
        ("/v1/catalogs/none/p1", 404, "K-CATALOG-UNKNOWN"),
        ("/v1/catalogs/products/none", 404, "K-CATALOG-ITEM"),
    ] {
        let answer = server.get(target);
        assert_eq!(
            (answer.status, answer.json()["error"]["code"].as_str()),
            (status, Some(code)),
            "{target}"
        );
    }
    let many: Vec<Value> = (0..5_001).map(|n| json!({"id": n})).collect();
    assert_eq!(post(&server, "products", &json!({"items": many})).status, 400);
    let nameless = post(&server, "products", &json!({"items": [{"name": "?"}, {"id": "p5"}]})).json();
    assert_eq!((&nameless["landed"], &nameless["rejected"]), (&json!(1), &json!(1)), "{nameless}");
    assert_eq!(nameless["rejects"][0]["place"], "record 1");
}

#[test]
fn a_file_has_the_last_word_and_a_bad_line_is_named() {
    let dir = project();
    add_site(dir.path());
    add_catalogs(dir.path());
    ok(kith(dir.path(), &["run", "--quiet", "--source", "products"]));
    // A line with too many columns, and one without a key: the others land, and the item of a bad line is not taken for gone.
    let bad = "id,name,category\np1,Green tea,tea\np2,Cup,cups,too,many\n,Nameless,tea\n";
    std::fs::write(dir.path().join("products.csv"), bad).expect("products.csv");
    let out = ok(kith(dir.path(), &["run", "--quiet", "--source", "products"]));
    assert!(out.contains("kith rejects"), "{out}");
    let rejects: Value =
        serde_json::from_str(&ok(kith(dir.path(), &["rejects", "--json", "--source", "products"])))
            .expect("JSON");
    let shown = rejects.to_string();
    assert!(shown.contains("line 3") && shown.contains("line 4"), "{shown}");
    assert!(shown.contains("key (id)"), "the column is named: {shown}");
    let items = |sql: &str| ok(kith(dir.path(), &["sql", "--csv", sql]));
    assert!(items("SELECT count(*) AS n FROM catalog.products WHERE NOT _gone").contains('2'));
    // The same without the bad lines: what is not there is gone, and keeps what it was.
    std::fs::write(dir.path().join("products.csv"), "id,name,category\np1,Green tea,tea\n")
        .expect("products.csv");
    let report: Value = serde_json::from_str(&ok(kith(dir.path(), &["run", "--json"]))).expect("JSON");
    assert_eq!(report["resolution"]["skipped"], true, "a catalogue is no record: {report}");
    let gone = items("SELECT _key, name FROM catalog.products WHERE _gone ORDER BY _key");
    assert!(gone.contains("p2,Cup") && gone.contains("p3,Black tea"), "{gone}");
    std::fs::write(dir.path().join("e.ndjson"), "{\"type\": \"page\", \"userId\": \"u1\"}\n")
        .expect("e.ndjson");
    ok(kith(dir.path(), &["import", "e.ndjson", "--source", "web"]));
    ok(kith(dir.path(), &["run", "--quiet"]));
    ok(kith(dir.path(), &["verify"]));
    ok(kith(dir.path(), &["rebuild", "--quiet"]));
    assert_eq!(items("SELECT _key, name FROM catalog.products WHERE _gone ORDER BY _key"), gone);
    // A part of a catalogue, from another file.
    std::fs::write(dir.path().join("new.ndjson"), "{\"id\": \"p4\", \"name\": \"Pot\"}\n{\"id\": \"p5\"\n")
        .expect("new.ndjson");
    let said = ok(kith(dir.path(), &["import", "new.ndjson", "--catalog", "products"]));
    assert!(said.contains("1 new or changed") && said.contains("line 2"), "{said}");
    assert!(items("SELECT count(*) AS n FROM catalog.products WHERE NOT _gone").contains('2'));

    // A column that is not there is named, with what was meant.
    let file = dir.path().join("kith.toml");
    let text = std::fs::read_to_string(&file).expect("kith.toml");
    std::fs::write(&file, text.replace("products.category", "products.categry")).expect("kith.toml");
    let doctor = kith(dir.path(), &["doctor"]);
    let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(said.contains("categry") && said.contains("Did you mean \"category\"?"), "{said}");
    std::fs::write(&file, text.replace("through = \"products.", "through = \"product.")).expect("kith.toml");
    let (_, errors) = failed(&kith(dir.path(), &["run"]));
    assert!(
        errors.contains("there is no catalogue \"product\"") && errors.contains("did you mean"),
        "{errors}"
    );
}
