//! `/v1/tables`, `/v1/connections`, `/v1/usage`, `/v1/sql/explain`: what the pages about tables ask.

use crate::product::{Server, kith, ok, project};
use serde_json::{Value, json};

fn connected() -> Server {
    let dir = project();
    let file = dir.path().join("kith.toml");
    let away = "\n[[connection]]\nname = \"away\"\nkind = \"postgres\"\nurl = \"postgres://kith@127.0.0.1:1/shop\"\n\
        password = \"env:AWAY_PASSWORD\"\n";
    let text = std::fs::read_to_string(&file).expect("kith.toml") + away;
    std::fs::write(&file, text).expect("kith.toml");
    ok(kith(dir.path(), &["run"]));
    Server::over(dir)
}

fn sql(server: &Server, query: &str) -> Vec<Value> {
    let headers = [("content-type", "application/json")];
    let answer = server.ask("POST", "/v1/sql", &headers, json!({ "query": query }).to_string().as_bytes());
    answer.json()["rows"].as_array().cloned().unwrap_or_else(|| panic!("{query}: {}", answer.json()))
}

#[test]
fn the_list_of_tables_is_that_of_sql() {
    let server = connected();
    let listed = server.get("/v1/tables").json()["tables"].as_array().cloned().expect("tables");
    let of_sql = sql(
        &server,
        "SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema <> 'information_schema' \
         ORDER BY 1, 2",
    );
    let mut names: Vec<Value> = listed.iter().map(|t| json!([t["schema"], t["table"]])).collect();
    names.sort_by_key(Value::to_string);
    assert_eq!(names, of_sql);
    let customer = listed.iter().find(|t| t["table"] == "customer").expect("customers");
    assert!(customer["description"].is_string() && customer["kind"] == "own", "{customer}");
    assert!(customer["columns"].as_array().is_some_and(|c| c.iter().all(|c| c["masked"].is_null())));
    let few = server.get("/v1/tables?schema=identity").json()["tables"].as_array().cloned().expect("tables");
    assert!(!few.is_empty() && few.iter().all(|t| t["schema"] == "identity"));
    assert_eq!(server.get("/v1/tables?nothing=1").error_code(), "K-API-PARAMETER");
}

#[test]
fn a_profile_agrees_with_sql() {
    let server = connected();
    let profile = server.get("/v1/tables/master/customer/profile").json();
    let asked = "SELECT count(*), count(email), count(DISTINCT email) FROM master.customer";
    let counted = sql(&server, asked)[0].clone();
    let email =
        profile["columns"].as_array().and_then(|c| c.iter().find(|c| c["name"] == "email")).expect("email");
    let all = profile["rows"].as_u64().expect("rows");
    let named = all - email["missing"].as_u64().expect("missing");
    assert_eq!(json!([all, named, email["distinct"]]), counted);
    assert_eq!((&profile["sample"], &profile["rows_exact"]), (&json!("all"), &json!(true)));
    let missing = server.get("/v1/tables/master/nothing/profile");
    assert_eq!((missing.status, missing.error_code().as_str()), (404, "K-SQL-PLAN"));
    let quoted = server.get("/v1/tables/master/customer%22%3B--/profile");
    assert_eq!(quoted.status, 404);
}

#[test]
fn a_connection_shows_no_password_and_says_why_it_can_not_be_read() {
    let server = connected();
    let list = server.get("/v1/connections").json();
    let away = &list["connections"][0];
    assert_eq!(
        (&away["state"], &away["place"]),
        (&json!("untried"), &json!("postgres://kith@127.0.0.1:1/shop"))
    );
    assert!(!list.to_string().contains("AWAY_PASSWORD"));
    let tested = server.ask("POST", "/v1/connections/away/test", &[], b"").json();
    assert_eq!(tested["good"], json!(false));
    assert!(tested["fault"]["message"].as_str().is_some_and(|m| m.contains("away")), "{tested}");
    assert!(tested["took_ms"].is_u64());
    let nobody = server.ask("POST", "/v1/connections/nobody/test", &[], b"");
    assert_eq!((nobody.status, nobody.error_code().as_str()), (404, "K-SCAN-NO-CONNECTION"));
}

#[test]
fn who_reads_a_table_is_counted() {
    let server = connected();
    let before = server.get("/v1/usage?table=identity.link").json()["usage"].clone();
    assert_eq!(before, json!([]));
    sql(&server, "SELECT count(*) FROM identity.link");
    let usage = server.get("/v1/usage?table=identity.link").json()["usage"].clone();
    assert_eq!((&usage[0]["user"], &usage[0]["queries"]), (&json!("test"), &json!(1)), "{usage}");
    assert_eq!(server.get("/v1/usage?from=9999-01-01").json()["usage"], json!([]));
    assert_eq!(server.get("/v1/usage?from=yesterday").error_code(), "K-API-PARAMETER");
}

#[test]
fn a_query_is_explained_and_run_only_when_asked() {
    let server = connected();
    let explain = |body: Value| {
        let headers = [("content-type", "application/json")];
        server.ask("POST", "/v1/sql/explain", &headers, body.to_string().as_bytes())
    };
    let query = "SELECT city, count(*) AS n FROM master.customer GROUP BY city";
    let planned = explain(json!({ "query": query })).json();
    assert_eq!(planned["columns"][1]["name"], "n");
    assert_eq!(
        planned["tables"],
        json!([{ "table": "master.customer", "rows_filtered": false, "masked": [] }])
    );
    assert!(planned["ran_ms"].is_null() && !planned["physical"].to_string().contains("metrics"));
    let ran = explain(json!({ "query": query, "run": true })).json();
    assert!(ran["ran_ms"].is_u64() && ran["physical"].to_string().contains("output_rows"), "{ran}");
    for (query, code) in
        [("DELETE FROM master.customer", "K-SQL-READ-ONLY"), ("SELECT * FROM no.table", "K-SQL-PLAN")]
    {
        assert_eq!(explain(json!({ "query": query, "run": true })).error_code(), code);
    }
    let kinds = || {
        let noted = ok(kith(server.dir.path(), &["audit", "list", "--json"]));
        (noted.matches("\"asked\"").count(), noted.matches("\"refused\"").count())
    };
    let (asked, refused) = kinds();
    assert_eq!(explain(json!({ "query": query })).status, 200);
    assert_eq!(kinds(), (asked + 1, refused), "who saw a plan is known");
    assert_eq!(explain(json!({ "query": "SELECT * FROM no.table" })).error_code(), "K-SQL-PLAN");
    assert_eq!(kinds(), (asked + 1, refused + 1), "and who was refused one");
    assert_eq!(explain(json!({ "query": query, "run": true })).status, 200);
    assert_eq!(kinds(), (asked + 2, refused + 1), "once each");
}
