//! Who sees what, by every door: tokens and users with roles, policies and labels as files, and what an owner can try.

use crate::http::{Answer, Request, send};
use crate::product::{Server, failed, kith, ok, project};
use serde_json::{Value, json};
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

/// What is asked of golden records: an address, a birthday, a phone, a town.
const PERSON: &str = "SELECT email, birth_date, phone, city FROM master.customer WHERE email IS NOT NULL ORDER BY 4, 2 LIMIT 1";

struct As<'a> {
    server: &'a Server,
    token: String,
}

impl As<'_> {
    fn ask(&self, method: &str, target: &str, body: &Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let headers = vec![
            ("authorization", format!("Bearer {}", self.token)),
            ("content-type", "application/json".to_string()),
        ];
        send(self.server.addr, &Request { method, target, headers, body: body.as_bytes() })
    }

    fn sql(&self, query: &str) -> Answer {
        self.ask("POST", "/v1/sql", &json!({ "query": query }))
    }

    #[track_caller]
    fn rows(&self, query: &str) -> Value {
        let answer = self.sql(query);
        assert_eq!(answer.status, 200, "{query}: {}", answer.json());
        answer.json()["rows"].clone()
    }
}

fn with_role<'a>(server: &'a Server, role: &str) -> As<'a> {
    let made = kith(server.dir.path(), &["token", "create", role, "--role", role]);
    As { server, token: ok(made).trim().to_string() }
}

fn owner(server: &Server) -> As<'_> {
    As { server, token: server.token.clone() }
}

#[test]
fn each_role_sees_its_part_of_the_api_and_no_more() {
    let server = Server::start();
    let (analyst, agent, steward) =
        (with_role(&server, "analyst"), with_role(&server, "agent"), with_role(&server, "steward"));
    let row = analyst.rows(PERSON)[0].clone();
    let mail = row[0].as_str().expect("a domain");
    assert!(!mail.contains("ada") && mail.contains("example"), "{row}");
    assert!(row[1].as_str().is_some_and(|day| day.len() == 4), "the year alone: {row}");
    assert!(row[2].is_null() && row[3].is_string(), "{row}");
    assert_eq!(steward.rows(PERSON), owner(&server).rows(PERSON));
    assert_ne!(steward.rows(PERSON)[0], row);
    assert_eq!(
        analyst.rows("SELECT count(first_name) FROM source.crm"),
        json!([[0]]),
        "nobody has said what it holds"
    );
    let nothing = [
        ("GET", "/v1/profiles?q=ada"),
        ("GET", "/v1/explain?left=a&right=b"),
        ("GET", "/v1/changes"),
        ("GET", "/v1/clusters/crm:1"),
        ("GET", "/v1/review/queue"),
        ("GET", "/v1/events"),
        ("GET", "/v1/rejects"),
        ("GET", "/v1/stream"),
        ("GET", "/v1/model/pairs/examples?pattern=1.1"),
        ("GET", "/v1/spaces/x/collections/users/profiles/email:a@b.c/traits"),
        ("POST", "/v1/records"),
        ("POST", "/v1/decisions"),
        ("POST", "/v1/promote"),
        ("POST", "/v1/decide"),
        ("PUT", "/v1/labels/source/crm/first_name"),
        ("DELETE", "/v1/decisions/1"),
    ];
    for (method, target) in nothing {
        let answer = analyst.ask(method, target, &Value::Null);
        assert_eq!(answer.status, 403, "{method} {target}: {}", String::from_utf8_lossy(&answer.body));
    }
    assert_eq!(analyst.ask("GET", "/v1/changes", &Value::Null).error_code(), "K-POLICY-DENIED");
    assert_eq!(agent.ask("GET", "/v1/profiles?q=ada", &Value::Null).status, 200);
    assert_eq!(agent.sql("SELECT 1").status, 403);
    assert_eq!(agent.ask("POST", "/v1/decisions", &json!({})).status, 403);
    let me = agent.ask("GET", "/v1/me", &Value::Null).json();
    assert_eq!((&me["name"], &me["roles"]), (&json!("agent"), &json!(["agent"])));
    let nobody = with_role(&server, "anylst");
    assert_eq!(nobody.sql("SELECT 1").status, 403, "a role that no policy names");
}

#[test]
fn what_people_say_of_columns_is_in_force_at_once() {
    let server = Server::start();
    let (analyst, steward) = (with_role(&server, "analyst"), with_role(&server, "steward"));
    let labels = |who: &As| {
        who.ask("GET", "/v1/labels?schema=source&table=crm", &Value::Null).json()["labels"].clone()
    };
    let of = |columns: &Value, name: &str| {
        columns.as_array().and_then(|all| all.iter().find(|c| c["column"] == name)).cloned().expect(name)
    };
    let before = of(&labels(&steward), "first_name");
    assert!(before["labels"].is_null() && before["proposed"][0]["label"] == "given_name", "{before}");
    let cities = "SELECT count(DISTINCT city), count(first_name) FROM source.crm";
    assert_eq!(analyst.rows(cities), json!([[0, 0]]));
    let said = steward.ask("PUT", "/v1/labels/source/crm/city", &json!({ "labels": [] }));
    assert_eq!(said.status, 200, "{}", said.json());
    steward.ask("PUT", "/v1/labels/source/crm/first_name", &json!({ "labels": ["given_name"] }));
    assert_eq!(analyst.rows(cities), json!([[4, 0]]));
    assert_eq!(of(&labels(&analyst), "city")["labels"], json!([]));
    let text = std::fs::read_to_string(server.dir.path().join("labels.toml")).expect("labels.toml");
    assert!(text.contains("[source.crm]") && text.contains("first_name = [\"given_name\"]"), "{text}");
    // A word that is none, a column that is none.
    let wrong = steward.ask("PUT", "/v1/labels/source/crm/city", &json!({ "labels": ["citty"] }));
    assert_eq!((wrong.status, wrong.error_code().as_str()), (400, "K-LABEL-WORD"));
    let wrong = steward.ask("PUT", "/v1/labels/source/crm/town", &json!({ "labels": [] }));
    assert_eq!((wrong.status, wrong.error_code().as_str()), (404, "K-LABEL-COLUMN"));
    // Kith's own tables can be made stricter, never laxer.
    steward.ask("PUT", "/v1/labels/master/customer/phone", &json!({ "labels": [] }));
    assert!(analyst.rows(PERSON)[0][2].is_null());
    steward.ask("PUT", "/v1/labels/master/customer/city", &json!({ "labels": ["health"] }));
    assert!(analyst.rows(PERSON)[0][3].is_null());
    assert_eq!(steward.ask("DELETE", "/v1/labels/source/crm/city", &Value::Null).status, 200);
    assert_eq!(analyst.rows(cities), json!([[0, 0]]));
    // By hand, while the server runs; and with a slip.
    std::fs::write(server.dir.path().join("labels.toml"), "[source.crm]\n\"*\" = []\n").expect("written");
    assert_eq!(analyst.rows(cities), json!([[4, 240]]));
    std::fs::write(server.dir.path().join("labels.toml"), "[source.crm]\ncity = [\"emial\"]\n")
        .expect("written");
    let broken = analyst.sql(cities);
    assert_eq!((broken.status, broken.error_code().as_str()), (403, "K-POLICY-BAD"), "nothing is shown");
    assert_eq!(owner(&server).rows(cities), json!([[4, 240]]), "owners can look and mend");
    let (code, said) = failed(&kith(server.dir.path(), &["policy", "check"]));
    assert!(
        code == Some(3) && said.contains("K-LABEL-BAD") && said.contains("did you mean \"email\""),
        "{said}"
    );
    let noted = ok(kith(server.dir.path(), &["audit", "list", "--json"]));
    assert!(noted.contains("\"labelled\"") && noted.contains("source.crm"), "{noted}");
}

#[test]
fn policies_are_files_and_an_owner_can_try_them() {
    let server = Server::start();
    let analyst = with_role(&server, "analyst");
    let folder = server.dir.path().join("policies");
    std::fs::create_dir(&folder).expect("a folder");
    let policy = r#"
        permit (principal in Role::"analyst", action, resource);
        @id("towns") @rows("city = user.town")
        permit (principal in Role::"analyst", action == Action::"read", resource == Table::"master.customer");
        @id("support only") @mask("fixed")
        forbid (principal, action == Action::"see", resource) when { resource.name == "email" }
        unless { context has purpose && context.purpose == "support" };
    "#;
    std::fs::write(folder.join("team.cedar"), policy).expect("written");
    let people = "SELECT count(*), count(DISTINCT city), max(email) FROM master.customer";
    assert_eq!(analyst.rows(people), json!([[0, 0, null]]), "without a town there is no row");
    let tried = |town: &str, purpose: &str| {
        let body = json!({ "query": people, "as": { "roles": ["analyst"], "attributes": { "town": town } } });
        let headers = [("content-type", "application/json"), ("kith-purpose", purpose)];
        server.ask("POST", "/v1/sql", &headers, body.to_string().as_bytes()).json()["rows"][0].clone()
    };
    let salem = tried("salem", "billing");
    assert!(salem[0].as_u64() > Some(0) && salem[1] == 1 && salem[2] == "***", "{salem}");
    assert!(tried("salem", "support")[2].as_str().is_some_and(|mail| mail.contains('@')));
    let other = analyst.ask("POST", "/v1/sql", &json!({ "query": people, "as": { "roles": ["owner"] } }));
    assert_eq!((other.status, other.error_code().as_str()), (403, "K-POLICY-DENIED"), "only owners may try");
    let noted = ok(kith(server.dir.path(), &["audit", "list", "--json"]));
    assert!(
        noted.contains("\"tried_by\"") && noted.contains("\"purpose\":\"support\"")
            || noted.contains("\"purpose\": \"support\""),
        "{noted}"
    );
    std::fs::write(folder.join("team.cedar"), "permit (principal, action, resorce);").expect("written");
    let refused = analyst.sql("SELECT 1");
    assert_eq!((refused.status, refused.error_code().as_str()), (403, "K-POLICY-BAD"));
    let (code, said) = failed(&kith(server.dir.path(), &["policy", "check"]));
    assert!(
        code == Some(3) && said.contains("K-POLICY-BAD") && said.contains("team.cedar"),
        "{code:?} {said}"
    );
}

#[test]
fn the_command_line_shows_what_somebody_would_see() {
    let dir = project();
    let run = |args: &[&str]| ok(kith(dir.path(), args));
    let row = run(&["sql", "--role", "analyst", "--csv", PERSON]);
    assert!(
        row.lines().nth(1).is_some_and(
            |line| !line.contains('+') && line.split(',').nth(1).is_some_and(|day| day.len() == 4)
        ),
        "{row}"
    );
    let seen: Value =
        serde_json::from_str(&run(&["--json", "policy", "try", "--role", "analyst", "master.customer"]))
            .expect("JSON");
    let column = |name: &str| {
        let columns = seen[0]["columns"].as_array().expect("columns");
        columns.iter().find(|c| c["column"] == name).cloned().expect(name)
    };
    assert_eq!(
        (&column("email")["shown"], &column("email")["why"]),
        (&json!("domain"), &json!("usual: email"))
    );
    assert_eq!(column("city")["shown"], "all");
    assert!(run(&["policy", "check"]).contains("analyst, steward"));
    assert!(run(&["policy", "show"]).contains("@id(\"unlabelled\")"));
    let accepted = run(&["label", "accept", "source.crm"]);
    assert!(accepted.contains("given_name") && accepted.contains("email"), "{accepted}");
    assert!(
        run(&["label", "list", "--open", "source.crm"]).contains("There is no such column"),
        "{}",
        run(&["label", "list", "source.crm"])
    );
    assert!(run(&["label", "set", "source.shop", "*", "none"]).contains("says nothing of a person"));
    assert!(run(&["label", "words"]).contains("payment_card"));
    let counted =
        run(&["sql", "--role", "analyst", "--csv", "SELECT count(city), count(first_name) FROM source.crm"]);
    assert!(counted.contains("240,0"), "a town is personal, a name singles out: {counted}");
    run(&["policy", "init"]);
    assert_eq!(
        failed(&kith(dir.path(), &["policy", "init"])).0,
        Some(2),
        "what is there is not written over"
    );
    assert!(run(&["policy", "check"]).contains("policies and"));
    for wrong in
        [&["sql", "--role", "An Analyst", "SELECT 1"][..], &["token", "create", "x", "--attribute", "region"]]
    {
        assert_eq!(failed(&kith(dir.path(), wrong)).0, Some(2), "{wrong:?}");
    }
}

async fn connected(server: &Server, user: &str, password: &str) -> Client {
    let mut config = Config::new();
    config.host("127.0.0.1").port(server.sql.port()).user(user).password(password).dbname("kith");
    let (client, connection) = config.connect(NoTls).await.expect("signed in");
    tokio::spawn(connection);
    client
}

async fn first(client: &Client, sql: &str) -> Result<Vec<Option<String>>, String> {
    let messages = client.simple_query(sql).await.map_err(|e| {
        e.as_db_error().map_or_else(|| e.to_string(), |e| format!("{} {}", e.code().code(), e.message()))
    })?;
    let row = messages.into_iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => {
            Some((0..row.len()).map(|i| row.get(i).map(str::to_string)).collect())
        }
        _ => None,
    });
    Ok(row.unwrap_or_default())
}

#[test]
fn a_connection_that_is_open_follows_roles_policies_and_the_end_of_its_user() {
    let server = Server::start();
    let change = |args: &[&str]| ok(kith(server.dir.path(), args)).trim().to_string();
    let password = change(&["user", "add", "anna"]);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let client = connected(&server, "anna", &password).await;
        let masked = first(&client, PERSON).await.expect("an analyst may");
        assert!(masked[2].is_none() && masked[3].is_some(), "{masked:?}");
        // Prepared before the change: each execution goes by what is in force then.
        let prepared = client.prepare(PERSON).await.expect("prepared");
        let phone = |row: &tokio_postgres::Row| row.get::<_, Option<String>>(2);
        assert_eq!(phone(&client.query_one(&prepared, &[]).await.expect("a row")), None);
        change(&["user", "change", "anna", "--role", "steward"]);
        let open = first(&client, PERSON).await.expect("a steward may");
        assert!(open[0].as_ref().is_some_and(|mail| mail.contains('@')) && open[2].is_some(), "{open:?}");
        assert!(phone(&client.query_one(&prepared, &[]).await.expect("a row")).is_some());
        change(&["user", "change", "anna", "--role", "analyst"]);
        assert_eq!(phone(&client.query_one(&prepared, &[]).await.expect("a row")), None, "prepared when all was open");
        const LISTED: &str = "SELECT count(*) FROM pg_catalog.pg_class WHERE relname = 'customer'";
        assert_eq!(first(&client, LISTED).await.expect("a count")[0].as_deref(), Some("1"));
        std::fs::create_dir(server.dir.path().join("policies")).expect("a folder");
        let nothing = first(&client, PERSON).await.expect_err("no policy permits anything");
        assert!(nothing.starts_with("42P01"), "{nothing}");
        assert_eq!(first(&client, LISTED).await.expect("a count")[0].as_deref(), Some("0"), "nor is it in any list");
        let purpose = r#"permit (principal, action, resource) when { context has purpose && context.purpose == "support" };"#;
        std::fs::write(server.dir.path().join("policies/a.cedar"), purpose).expect("written");
        assert!(first(&client, PERSON).await.is_err());
        first(&client, "SET kith.purpose = 'support'").await.expect("set");
        assert!(first(&client, PERSON).await.expect("for this purpose")[2].is_some());
        change(&["user", "remove", "anna"]);
        let gone = first(&client, "SELECT 1").await.expect_err("the user is no more");
        assert!(gone.starts_with("28000"), "{gone}");
    });
}
