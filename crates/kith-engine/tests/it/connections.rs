//! A project whose SQL reads a database where it is.

use kith_engine::{Limits, Project, doctor};

const CONFIG: &str = "[project]\nname = \"t\"\n
[[connection]]\nname = \"crm\"\nkind = \"sqlite\"\npath = \"crm.db\"\n
[[connection]]\nname = \"some\"\nkind = \"sqlite\"\npath = \"crm.db\"\ntables = [\"account\"]\n
[[connection]]\nname = \"away\"\nkind = \"postgres\"\nurl = \"postgres://kith@127.0.0.1:1/postgres\"\n
[[connection]]\nname = \"exports\"\nkind = \"files\"\npath = \"exports\"\n
[[connection]]\nname = \"typo\"\nkind = \"sqlite\"\npath = \"crm.db\"\ntables = [\"acount\"]\n";

#[test]
fn a_project_reads_a_database_where_it_is_and_doctor_tries_it() {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(dir.path().join("kith.toml"), CONFIG).expect("written");
    let db = rusqlite::Connection::open(dir.path().join("crm.db")).expect("opened");
    db.execute_batch(
        "CREATE TABLE account (id INTEGER, name TEXT); INSERT INTO account VALUES (1, 'Ada'), (2, 'Zoë');
         CREATE TABLE note (id INTEGER)",
    )
    .expect("made");
    std::fs::create_dir(dir.path().join("exports")).expect("made");
    std::fs::write(dir.path().join("exports/people.csv"), "id;name\n1;Ada\n2;Zoë\n").expect("written");
    let project = Project::open(dir.path()).expect("a project");
    let session = project.session(&project.owner()).expect("a session");
    let rows = |sql: &str| {
        let rows = session.rows(sql, &Limits::default()).unwrap_or_else(|e| panic!("{sql}: {e}"));
        serde_json::to_string(&rows.rows).expect("JSON")
    };
    assert_eq!(rows("SELECT name FROM crm.account WHERE name > 'B'"), "[[\"Zoë\"]]");
    db.execute_batch("UPDATE account SET name = 'Bob' WHERE id = 2").expect("changed");
    assert_eq!(rows("SELECT name FROM crm.account WHERE name > 'B'"), "[[\"Bob\"]]");
    let joined =
        "SELECT p.name FROM crm.account a JOIN exports.people p ON CAST(p.id AS bigint) = a.id ORDER BY 1";
    assert_eq!(rows(joined), "[[\"Ada\"],[\"Zoë\"]]");
    let tables = rows("SHOW TABLES");
    assert!(tables.contains("\"note\"") && tables.contains("\"some\""), "{tables}");
    assert!(session.rows("SELECT * FROM some.note", &Limits::default()).is_err(), "only what is named");
    let error = session.rows("SELECT * FROM away.t", &Limits::default()).expect_err("nobody is there");
    assert_eq!(error.code(), "K-SCAN-DOWN");
    drop(session);
    drop(project);

    let report = doctor(dir.path());
    let check = |name: &str| report.checks.iter().find(|c| c.name == name).expect(name);
    assert!(check("connection crm").good && check("connection crm").detail.contains("2 tables"));
    assert!(check("connection some").good);
    assert!(check("connection exports").good && check("connection exports").detail.contains("1 tables"));
    let away = check("connection away");
    assert!(!away.good && away.help.is_some(), "{away:?}");
    assert!(!check("connection typo").good && check("connection typo").detail.contains("acount"));
}

const OWN: &str = "[project]\nname = \"t\"\nregion = \"GB\"\n
[[source]]\nname = \"app\"\nkind = \"push\"\nkey = [\"id\"]\n[source.fields]\nmail = \"email\"\n
[[connection]]\nname = \"shop\"\nkind = \"sqlite\"\npath = \"shop.db\"\n";

/// Texts of a database are of the type that Kith's own have: a join between them tells the database which keys are wanted.
#[test]
fn a_join_with_a_table_of_kith_fetches_only_what_it_takes() {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(dir.path().join("kith.toml"), OWN).expect("written");
    let db = rusqlite::Connection::open(dir.path().join("shop.db")).expect("opened");
    db.execute_batch(
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, mail TEXT, note BLOB);
         WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 20000)
           INSERT INTO orders SELECT x, 'p' || (x % 5000) || '@x.example', x'00ff' FROM c",
    )
    .expect("made");
    let project = Project::open(dir.path()).expect("a project");
    for id in [1, 2] {
        let record = serde_json::json!({ "id": id, "mail": format!("p{id}@x.example") });
        let record = record.as_object().expect("an object").clone();
        let sending =
            kith_engine::Sending { source: "app".into(), records: vec![record], remove: Vec::new() };
        project.push(sending).expect("pushed");
    }
    crate::story::run(&project);
    let session = project.session(&project.owner()).expect("a session");
    let sql = "SELECT o.id FROM source.app a JOIN shop.orders o ON o.mail = a.mail";
    let rows =
        |sql: &str| session.rows(sql, &Limits::default()).unwrap_or_else(|e| panic!("{sql}: {e}")).rows;
    assert_eq!(rows(sql).len(), 8);
    let plan = serde_json::to_string(&rows(&format!("EXPLAIN ANALYZE {sql}"))).expect("JSON");
    let scan = plan.split("RemoteScan: shop.orders").nth(1).expect("a scan");
    assert!(scan.contains("output_rows=8,") && !scan.contains("runtime_filters=0"), "{plan}");
    let blob = rows("SELECT encode(note, 'hex') AS h FROM shop.orders WHERE id = 1");
    assert_eq!(serde_json::to_string(&blob).expect("JSON"), "[[\"00ff\"]]");
}

const LANDED: &str = "[project]\nname = \"t\"\nregion = \"GB\"\n
[[connection]]\nname = \"crm\"\nkind = \"sqlite\"\npath = \"crm.db\"\n
[[connection]]\nname = \"exports\"\nkind = \"files\"\npath = \"exports\"\n
[[source]]\nname = \"contacts\"\nkind = \"connection\"\ntable = \"crm.contact\"\nkey = \"id\"\n
[source.fields]\nmail = \"email\"\nlast = \"family_name\"\n
[[source]]\nname = \"people\"\nkind = \"connection\"\ntable = \"exports.people\"\nkey = \"no\"\n
[source.fields]\nmail = \"email\"\n";

/// Whatever SQL reads in place can be landed: new, other and gone rows are noticed, and nothing is landed twice.
#[test]
fn a_table_of_a_connection_is_a_source() {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(dir.path().join("kith.toml"), LANDED).expect("written");
    let db = rusqlite::Connection::open(dir.path().join("crm.db")).expect("opened");
    db.execute_batch(
        "CREATE TABLE contact (id INTEGER PRIMARY KEY, mail TEXT, last TEXT, points REAL);
         INSERT INTO contact VALUES (1, 'ada@x.example', 'Lovelace', 1.5), (2, 'joe@x.example', 'Soap', NULL),
           (3, 'zoe@x.example', 'Z', 3)",
    )
    .expect("made");
    std::fs::create_dir(dir.path().join("exports")).expect("made");
    let people = dir.path().join("exports/people.ndjson");
    std::fs::write(&people, "{\"no\": 7, \"mail\": \"ADA@x.example\"}\n").expect("written");
    let project = Project::open(dir.path()).expect("a project");
    let landed = |report: &kith_engine::RunReport| -> Vec<(u64, u64, u64)> {
        report.sources.iter().map(|source| (source.landed, source.unchanged, source.removed)).collect()
    };
    assert_eq!(landed(&crate::story::run(&project)), [(3, 0, 0), (1, 0, 0)]);
    assert_eq!(landed(&crate::story::run(&project)), [(0, 3, 0), (0, 1, 0)]);
    db.execute_batch("UPDATE contact SET last = 'King' WHERE id = 1; DELETE FROM contact WHERE id = 2")
        .expect("changed");
    assert_eq!(landed(&crate::story::run(&project)), [(1, 1, 1), (0, 1, 0)]);
    let session = project.session(&project.owner()).expect("a session");
    let rows =
        |sql: &str| session.rows(sql, &Limits::default()).unwrap_or_else(|e| panic!("{sql}: {e}")).rows;
    let found = rows("SELECT id, last, points FROM source.contacts ORDER BY id");
    assert_eq!(serde_json::to_string(&found).expect("JSON"), "[[1,\"King\",1.5],[3,\"Z\",3.0]]");
    let ada = "SELECT records FROM master.customer WHERE email = 'ada@x.example'";
    assert_eq!(serde_json::to_string(&rows(ada)).expect("JSON"), "[[2]]");

    // A table that is not there, and a connection that is not: each is named, and the other source goes on.
    db.execute_batch("ALTER TABLE contact RENAME TO gone").expect("renamed");
    drop(session);
    drop(project);
    let project = Project::open(dir.path()).expect("a project");
    let report = project.run(&kith_engine::RunOptions::default(), &kith_engine::Quiet).expect("a run");
    let failed: Vec<_> =
        report.sources.iter().map(|source| source.error.as_ref().map(|f| f.code.clone())).collect();
    assert_eq!(failed, [Some("K-SOURCE-TABLE".to_string()), None]);
    drop(project);
    let wrong = LANDED.replace("crm.contact", "cmr.contact");
    std::fs::write(dir.path().join("kith.toml"), wrong).expect("written");
    let error = Project::open(dir.path()).err().expect("no such connection").to_string();
    assert!(error.contains("cmr"), "{error}");
}

const TAPPED: &str = "[project]\nname = \"t\"\nregion = \"GB\"\n
[[connection]]\nname = \"crm\"\nkind = \"singer\"\ncommand = [\"sh\", \"tap.sh\"]\n
[[source]]\nname = \"whole\"\nkind = \"connection\"\ntable = \"crm.users\"\n
[source.fields]\nmail = \"email\"\n\"name.last\" = \"family_name\"\n
[[source]]\nname = \"changes\"\nkind = \"connection\"\ntable = \"crm.users\"\nupdated_at = \"at\"\n
[source.fields]\nmail = \"email\"\n";

/// A tap over `rows.txt`, which has a number and a record a line; the state is the last number.
const TAP: &str = r#"
for word in "$@"; do
  case "$before" in --state) state=$word;; esac
  before=$word
done
case "$*" in *--discover*)
  echo '{"streams": [{"tap_stream_id": "users", "stream": "users", "key_properties": ["id"], "schema": {"properties":
    {"id": {"type": "integer"}, "mail": {"type": "string"}, "name": {"type": "object"}, "at": {"type": "integer"}}}}]}'
  exit;;
esac
from=0
[ -n "$state" ] && from=$(cat "$state")
echo '{"type": "STATE", "value": '"$from"'}'
while read -r number record; do
  [ "$number" -gt "$from" ] || continue
  echo '{"type": "RECORD", "stream": "users", "record": '"$record"'}'
  echo '{"type": "STATE", "value": '"$number"'}'
done < rows.txt
[ ! -e fails ] || exit 1
"#;

/// A stream of a tap is landed whole, where what is gone is noticed, or from the state that it said last; a failure moves no state.
#[test]
fn a_stream_of_a_tap_is_a_source() {
    let dir = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).expect("written");
    write("kith.toml", TAPPED);
    write("tap.sh", TAP);
    let row = |number: u32, id: u32, last: &str| {
        format!(
            "{number} {{\"id\": {id}, \"mail\": \"p{id}@x.example\", \"name\": {{\"last\": \"{last}\"}}, \"at\": {number}}}\n"
        )
    };
    write("rows.txt", &[row(1, 1, "Lovelace"), row(2, 2, "Soap")].concat());
    let project = Project::open(dir.path()).expect("a project");
    let landed = |report: &kith_engine::RunReport| -> Vec<(u64, u64, u64)> {
        report.sources.iter().map(|source| (source.landed, source.unchanged, source.removed)).collect()
    };
    assert_eq!(landed(&crate::story::run(&project)), [(2, 0, 0), (2, 0, 0)]);
    // Nothing new is nothing at all for the one that asks for changes.
    assert_eq!(landed(&crate::story::run(&project)), [(0, 2, 0), (0, 0, 0)]);
    write("rows.txt", &[row(3, 1, "King"), row(4, 3, "New")].concat());
    write("fails", "");
    let report = project.run(&kith_engine::RunOptions::default(), &kith_engine::Quiet).expect("a run");
    let failed = |report: &kith_engine::RunReport| -> Vec<_> {
        report.sources.iter().map(|source| source.error.as_ref().map(|f| f.code.clone())).collect()
    };
    assert_eq!(failed(&report), [Some("K-SCAN-DOWN".to_string()), Some("K-SCAN-DOWN".to_string())]);
    std::fs::remove_file(dir.path().join("fails")).expect("removed");
    let after = crate::story::run(&project);
    assert_eq!(failed(&after), [None, None]);
    let session = project.session(&project.owner()).expect("a session");
    let rows =
        |sql: &str| session.rows(sql, &Limits::default()).unwrap_or_else(|e| panic!("{sql}: {e}")).rows;
    let found = |source: &str| {
        serde_json::to_string(&rows(&format!("SELECT id, \"name_last\" FROM source.{source} ORDER BY id")))
            .expect("JSON")
    };
    assert_eq!(found("whole"), "[[1,\"King\"],[3,\"New\"]]");
    assert_eq!(found("changes"), "[[1,\"King\"],[2,\"Soap\"],[3,\"New\"]]");
}
