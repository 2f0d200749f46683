//! Views: tables that are queries, seen by each as their roles show; contracts; and where columns come from.

use crate::http::{Request, send};
use crate::product::{Server, failed, kith, ok, project};
use serde_json::{Value, json};
use std::path::Path;

fn run(dir: &Path, args: &[&str]) -> String {
    ok(kith(dir, args))
}

fn rows(dir: &Path, args: &[&str]) -> Value {
    let text = run(dir, &[&["--json", "sql"], args].concat());
    serde_json::from_str::<Value>(&text).expect("JSON")["rows"].clone()
}

#[test]
fn a_view_shows_each_what_their_roles_show() {
    let dir = project();
    let dir = dir.path();
    run(
        dir,
        &["view", "save", "people", "SELECT profile_id, email AS mail, phone, city FROM master.customer;"],
    );
    run(dir, &["view", "save", "mails", "SELECT mail || ' ' || phone AS reach, city FROM gold.people"]);
    let count = "SELECT count(mail), count(phone), count(city) FROM gold.people";
    let all = rows(dir, &[count])[0].clone();
    assert!(all[1].as_u64() > Some(100), "{all}");
    let analyst = rows(dir, &["--role", "analyst", count])[0].clone();
    assert_eq!((&analyst[1], &analyst[2]), (&json!(0), &all[2]), "phones are masked beneath the view");
    let mail =
        rows(dir, &["--role", "analyst", "SELECT max(mail), count(reach) FROM gold.people, gold.mails"])[0]
            .clone();
    assert!(mail[0].as_str().is_some_and(|mail| !mail.contains('@')) && mail[1] == 0, "{mail}");
    assert!(
        failed(&kith(dir, &["sql", "--role", "agent", "SELECT * FROM gold.people"])).1.contains("not found")
    );
    // A policy may name a view, too.
    std::fs::create_dir(dir.join("policies")).expect("a folder");
    let policy = r#"
        permit (principal in Role::"analyst", action, resource);
        @mask("fixed") forbid (principal, action == Action::"see", resource in Table::"gold.people") when { resource.name == "mail" };
        @rows("city = 'salem'") permit (principal, action == Action::"read", resource == Table::"gold.people");
        forbid (principal, action, resource in Table::"gold.mails");
    "#;
    std::fs::write(dir.join("policies/a.cedar"), policy).expect("written");
    let seen = rows(
        dir,
        &["--role", "analyst", "SELECT DISTINCT mail, city FROM gold.people WHERE city <> 'nowhere'"],
    );
    assert_eq!(seen, json!([["***", "salem"]]));
    assert!(
        failed(&kith(dir, &["sql", "--role", "analyst", "SELECT * FROM gold.mails"])).1.contains("not found")
    );
    let listed = rows(
        dir,
        &[
            "--role",
            "analyst",
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'gold'",
        ],
    );
    assert_eq!(listed, json!([["people"]]));
}

#[test]
fn a_view_that_is_wrong_says_so_and_harms_nobody_else() {
    let dir = project();
    let dir = dir.path();
    for (query, part) in [
        ("SELECT nothing FROM master.customer", "nothing"),
        ("DROP TABLE master.customer", "K-SQL-READ-ONLY"),
        ("EXPLAIN SELECT 1", "one SELECT"),
        ("SELECT 1; SELECT 2", "K-SQL"),
        ("COPY master.customer TO '/tmp/x'", "K-SQL-READ-ONLY"),
    ] {
        let (code, text) = failed(&kith(dir, &["view", "save", "wrong", query]));
        assert!(code == Some(4) && text.contains(part), "{query}: {code:?} {text}");
    }
    for name in ["Wrong", "../x", "a.b", "", "1a"] {
        assert!(
            failed(&kith(dir, &["view", "save", name, "SELECT 1 AS a"])).1.contains("K-VIEW-NAME"),
            "{name}"
        );
    }
    run(dir, &["view", "save", "good", "SELECT count(*) AS n FROM master.customer"]);
    let write = |name: &str, text: &str| std::fs::write(dir.join("views").join(name), text).expect("written");
    write("gone.sql", "SELECT x FROM shop.nowhere");
    write("itself.sql", "SELECT * FROM gold.other");
    write("other.sql", "SELECT * FROM gold.itself");
    write("My View.sql", "SELECT 1 AS a");
    assert_eq!(rows(dir, &["SELECT count(*) FROM gold.good"]), json!([[1]]));
    let names =
        "SELECT DISTINCT table_name FROM information_schema.columns WHERE table_schema = 'gold' ORDER BY 1";
    assert_eq!(rows(dir, &[names]), json!([["gone"], ["good"], ["itself"], ["other"]]));
    let (_, text) = failed(&kith(dir, &["sql", "SELECT * FROM gold.gone"]));
    assert!(text.contains("gold.gone") && text.contains("nowhere"), "{text}");
    let (_, text) = failed(&kith(dir, &["sql", "SELECT * FROM gold.itself"]));
    assert!(text.contains("names itself"), "{text}");
}

#[test]
fn a_contract_is_held_or_broken() {
    let dir = project();
    let dir = dir.path();
    run(dir, &["view", "save", "people", "SELECT profile_id, email, city, records FROM master.customer"]);
    assert!(run(dir, &["view", "check"]).contains("No view has a contract"));
    let contract = |text: &str| std::fs::write(dir.join("views/people.toml"), text).expect("written");
    contract(
        "about = \"everybody\"\nowner = \"crm team\"\nkey = [\"profile_id\"]\nrows_min = 100\n\
         [columns]\nprofile_id = \"text\"\nrecords = \"integer\"\n[checks]\n\"somebody knows each\" = \"records > 0\"\n",
    );
    let table = run(dir, &["view", "check", "people"]);
    assert!(
        !table.contains(" NO ")
            && table.contains("singles out a row")
            && table.contains("somebody knows each"),
        "{table}"
    );
    assert!(run(dir, &["view", "list"]).contains("crm team"));
    // Each broken promise is found, and only those.
    contract(
        "key = [\"city\"]\nnot_null = [\"profile_id\"]\nrows_min = 100000\nfresh = { column = \"city\", hours = 1 }\n\
         [columns]\nprofile_id = \"number\"\nmissing = \"text\"\n[checks]\n\"few\" = \"records < 2\"\n\"nonsense\" = \"recrds < 2\"\n",
    );
    let broken = kith(dir, &["--json", "view", "check"]);
    assert_eq!(broken.status.code(), Some(6));
    let found: Vec<Value> = serde_json::from_slice(&broken.stdout).expect("JSON");
    let held: Vec<&str> = found
        .iter()
        .filter(|f| f["kept"]["holds"] == true)
        .filter_map(|f| f["kept"]["promise"].as_str())
        .collect();
    assert_eq!(held, ["city is there in each row", "profile_id is there in each row"], "{found:#?}");
    contract("ownr = \"x\"");
    assert!(failed(&kith(dir, &["view", "check"])).1.contains("ownr"));
    assert!(failed(&kith(dir, &["view", "check", "nobody"])).1.contains("K-VIEW-NAME"));
}

#[test]
fn each_column_is_followed_to_where_it_comes_from() {
    let dir = project();
    let dir = dir.path();
    let query = "WITH big AS (SELECT profile_id, given_name || ' ' || family_name AS name, city FROM master.customer WHERE records > 1)
        SELECT b.name, upper(b.city) AS town, count(*) AS nodes, max(n.source) AS source,
               (SELECT max(e.email) FROM master.customer e WHERE e.city = b.city) AS mail
        FROM big b JOIN identity.node n ON n.profile_id = b.profile_id
        GROUP BY b.name, b.city ORDER BY town";
    run(dir, &["view", "save", "big", query]);
    run(
        dir,
        &[
            "view",
            "save",
            "over",
            "SELECT town AS place, name FROM gold.big UNION ALL SELECT key, source FROM identity.node",
        ],
    );
    let edges: Vec<Value> = serde_json::from_str(&run(dir, &["--json", "lineage"])).expect("JSON");
    let of = |table: &str, column: Value| -> Vec<String> {
        let edges = edges.iter().filter(|e| e["to_table"] == table && e["to_column"] == column);
        edges
            .map(|e| {
                format!(
                    "{}.{}",
                    e["from_table"].as_str().unwrap_or(""),
                    e["from_column"].as_str().unwrap_or("")
                )
            })
            .collect()
    };
    assert_eq!(of("gold.big", json!("name")), ["master.customer.family_name", "master.customer.given_name"]);
    assert_eq!(of("gold.big", json!("town")), ["master.customer.city"]);
    assert_eq!(of("gold.big", json!("nodes")), Vec::<String>::new());
    assert_eq!(of("gold.big", json!("source")), ["identity.node.source"]);
    assert_eq!(of("gold.big", json!("mail")), ["master.customer.email"]);
    let rows = of("gold.big", Value::Null);
    for decides in [
        "master.customer.records",
        "identity.node.profile_id",
        "master.customer.profile_id",
        "master.customer.city",
    ] {
        assert!(rows.iter().any(|from| from == decides), "{decides} decides which rows there are: {rows:?}");
    }
    assert_eq!(of("gold.over", json!("place")), ["identity.node.key", "master.customer.city"]);
    assert!(of("master.customer", json!("email")).contains(&"source.crm.email".to_string()));
    let touched = run(dir, &["lineage", "source.crm.city"]);
    assert!(touched.contains("gold.big.town") && touched.contains("gold.over.place"), "{touched}");
    let from = run(dir, &["lineage", "gold.over.place"]);
    assert!(from.contains("source.crm.city") && !from.contains("source.crm.email"), "{from}");
    let events = run(dir, &["lineage", "--openlineage"]);
    let big: Value = events
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .find(|e: &Value| e["job"]["name"] == "gold.big")
        .expect("an event");
    let inputs = &big["outputs"][0]["facets"]["columnLineage"]["fields"]["town"]["inputFields"];
    assert_eq!((&inputs[0]["name"], &inputs[0]["field"]), (&json!("master.customer"), &json!("city")));
}

#[test]
fn views_and_lineage_are_there_over_http() {
    let server = Server::start();
    let put = |name: &str, query: &str| {
        let body = json!({ "query": query }).to_string();
        server.ask(
            "PUT",
            &format!("/v1/views/{name}"),
            &[("content-type", "application/json")],
            body.as_bytes(),
        )
    };
    assert_eq!(
        put("towns", "SELECT city, count(*) AS people FROM master.customer GROUP BY city").status,
        200
    );
    assert_eq!(put("wrong", "SELECT nothing FROM master.customer").error_code(), "K-SQL-PLAN");
    assert_eq!(put("../x", "SELECT 1 AS a").status, 404);
    assert_eq!(put("Towns", "SELECT 1 AS a").error_code(), "K-VIEW-NAME");
    assert_eq!(server.get("/v1/views").json()["views"][0]["name"], "towns");
    std::fs::write(server.dir.path().join("views/towns.toml"), "key = [\"city\"]\n").expect("written");
    let kept = server.get("/v1/views/towns/contract").json();
    assert_eq!(kept["promises"][0]["holds"], true, "{kept}");
    let made = server.get("/v1/lineage?table=gold.towns&column=city").json();
    assert!(
        made["made_of"].as_array().is_some_and(|edges| edges.iter().any(|e| e["from_table"] == "source.crm")),
        "{made}"
    );
    // Who may not know of a column is not told that something is made of it.
    std::fs::create_dir(server.dir.path().join("policies")).expect("a folder");
    let policy =
        r#"permit (principal, action, resource); forbid (principal, action, resource in Schema::"source");"#;
    std::fs::write(server.dir.path().join("policies/a.cedar"), policy).expect("written");
    let token = ok(kith(server.dir.path(), &["token", "create", "a", "--role", "analyst"]));
    let headers = vec![("authorization", format!("Bearer {}", token.trim()))];
    let asked = Request { method: "GET", target: "/v1/lineage", headers, body: b"" };
    let text = String::from_utf8_lossy(&send(server.addr, &asked).body).into_owned();
    assert!(text.contains("gold.towns") && !text.contains("source.crm"), "{text}");
    // Whoever can mend a file that is wrong is told what is wrong; nobody else is.
    for (file, code) in [("labels.toml", "K-LABEL-BAD"), ("policies/a.cedar", "K-POLICY-BAD")] {
        std::fs::write(server.dir.path().join(file), "this is neither").expect("written");
        let told = server.get("/v1/labels");
        assert_eq!((told.status, told.error_code().as_str()), (409, code));
        let headers = vec![("authorization", format!("Bearer {}", token.trim()))];
        let asked = Request { method: "GET", target: "/v1/labels", headers, body: b"" };
        assert_eq!(send(server.addr, &asked).error_code(), "K-POLICY-BAD");
        std::fs::remove_file(server.dir.path().join(file)).expect("removed");
    }
}
