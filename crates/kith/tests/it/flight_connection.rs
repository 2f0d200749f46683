//! Another Kith as a connection, by Arrow Flight SQL: a real server, and what goes wrong with one.

use crate::product::{Server, command, failed, kith, ok, project};
use std::path::Path;
use std::process::Output;

fn connect(dir: &Path, address: &str, more: &str) {
    let text = std::fs::read_to_string(dir.join("kith.toml")).expect("read");
    let text = text.split("\n# flight\n").next().expect("a text").to_string();
    let more = format!(
        "\n# flight\n[[connection]]\nname = \"other\"\nkind = \"flight\"\nurl = \"grpc://{address}\"\n{more}\n"
    );
    std::fs::write(dir.join("kith.toml"), text + &more).expect("written");
}

fn asked(dir: &Path, secret: &str, sql: &str) -> Output {
    command(dir, &["sql", "--json", sql]).env("OTHER", secret).output().expect("kith starts")
}

fn rows(output: Output) -> serde_json::Value {
    let text = ok(output);
    serde_json::from_str::<serde_json::Value>(&text).expect("JSON")["rows"].clone()
}

#[test]
fn the_tables_of_a_server_of_flight_sql_are_read_where_they_are() {
    let server = Server::start();
    let here = project();
    let password =
        ok(kith(server.dir.path(), &["user", "add", "reader", "--role", "owner"])).trim().to_string();
    for (more, secret) in [
        ("bearer = \"env:OTHER\"", server.token.clone()),
        ("username = \"reader\"\npassword = \"env:OTHER\"", password),
    ] {
        connect(here.path(), &server.flight.to_string(), more);
        for question in [
            "SELECT count(*) FROM {}customer",
            "SELECT given_name, family_name, records FROM {}customer WHERE records > 1 ORDER BY 1, 2, 3 LIMIT 20",
            "SELECT count(DISTINCT email), min(records), max(email) FROM {}customer",
            "SELECT records, count(*) FROM {}customer GROUP BY records ORDER BY 1",
        ] {
            let there = rows(asked(
                here.path(),
                &secret,
                &question.replace("{}", "other.\"master.").replace("customer", "customer\""),
            ));
            assert_eq!(
                there,
                rows(asked(here.path(), &secret, &question.replace("{}", "master."))),
                "{question}"
            );
        }
        let joined = "SELECT count(*) > 0 FROM master.customer c JOIN other.\"master.customer\" o ON o.email = c.email";
        assert_eq!(rows(asked(here.path(), &secret, joined)), serde_json::json!([[true]]));
        let plan =
            rows(asked(here.path(), &secret, "EXPLAIN SELECT email FROM other.\"master.customer\" LIMIT 3"))
                .to_string();
        assert!(plan.contains("FlightScan: other.master.customer") && plan.contains("LIMIT 3"), "{plan}");
    }
    // A value that is wrong or missing, a table that is not there: named, and nothing of the server's words.
    connect(here.path(), &server.flight.to_string(), "bearer = \"env:OTHER\"");
    let (code, error) = failed(&asked(here.path(), "wrong", "SELECT * FROM other.\"master.customer\""));
    assert!(code == Some(4) && error.contains("K-SCAN-REFUSED"), "{code:?} {error}");
    let (code, error) = failed(&asked(here.path(), &server.token, "SELECT * FROM other.nothing"));
    assert!(code != Some(0) && error.contains("nothing"), "{code:?} {error}");
    let doctor = command(here.path(), &["doctor"]).env("OTHER", &server.token).output().expect("kith starts");
    assert!(String::from_utf8_lossy(&doctor.stdout).contains("tables"), "{doctor:?}");
    let few = "bearer = \"env:OTHER\"\nlimits = { rows = 10 }";
    connect(here.path(), &server.flight.to_string(), few);
    let (_, error) =
        failed(&asked(here.path(), &server.token, "SELECT count(email) FROM other.\"master.customer\""));
    assert!(error.contains("K-SCAN-LIMIT"), "{error}");
    let (token, address) = (server.token.clone(), server.flight.to_string());
    drop(server);
    connect(here.path(), &address, "bearer = \"env:OTHER\"");
    let (code, error) = failed(&asked(here.path(), &token, "SELECT * FROM other.\"master.customer\""));
    assert!(code == Some(4) && error.contains("K-SCAN-DOWN"), "{code:?} {error}");
}
