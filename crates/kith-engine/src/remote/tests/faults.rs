//! Databases that are down, slow, changed or wrong; limits; and queries that end before their last row.

use super::{House, one, opened, postgres, sqlite, told};
use crate::connect::TestServer;
use crate::exec::Limits;
use crate::remote::ask::Family;
use crate::remote::sqlite::Sqlite;
use kith_core::config::ConnectionLimits;
use std::path::Path;
use std::time::Duration;

fn limits() -> ConnectionLimits {
    ConnectionLimits::default()
}

fn file(sql: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.db");
    rusqlite::Connection::open(&path).expect("opened").execute_batch(sql).expect(sql);
    (folder, path)
}

fn has_files(folder: &Path) -> bool {
    let mut entries = std::fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path());
    entries.any(|path| path.is_file() || has_files(&path))
}

fn change(path: &Path, sql: &str) {
    rusqlite::Connection::open(path).expect("opened").execute_batch(sql).expect(sql);
}

#[test]
fn what_has_changed_at_the_source_is_seen_by_the_next_query() {
    let (_folder, path) =
        file("CREATE TABLE t (id INTEGER, s TEXT); INSERT INTO t VALUES (1, 'old'), (2, NULL)");
    let house = House::new().with(&sqlite(&path, "crm", None, limits()));
    let session = house.session();
    assert_eq!(one(&session, "SELECT s FROM crm.t WHERE id = 1"), "[String(\"old\")]");
    change(&path, "UPDATE t SET s = 'new' WHERE id = 1");
    assert_eq!(one(&session, "SELECT s FROM crm.t WHERE id = 1"), "[String(\"new\")]");
    assert_eq!(one(&session, "SELECT count(*) FROM crm.t WHERE s IS NULL"), "[Number(1)]");
    assert!(!has_files(house.dir.path()), "nothing is kept");
}

#[test]
fn a_file_that_lies_is_found_out_and_harms_only_its_query() {
    let (_folder, path) = file(
        "CREATE TABLE t (id INTEGER, n INTEGER, b BOOLEAN, s TEXT, any);
         INSERT INTO t VALUES (1, 'many', 2, CAST(x'ff' AS TEXT), x'00'), (2, 7, 1, 'ok', 5);
         CREATE TABLE u (id INTEGER); INSERT INTO u VALUES (1)",
    );
    let (_gone, nothing) = file("CREATE TABLE t (id INTEGER)");
    std::fs::write(&nothing, "this is no database, and much longer than a header").expect("written");
    let missing = opened(
        "away",
        limits(),
        Sqlite {
            name: "away".into(),
            path: "/nowhere/at/all.db".into(),
            limits: limits(),
            dialect: super::dialect(Family::Sqlite, None),
        },
    );
    let house = House::new()
        .with(&sqlite(&path, "crm", None, limits()))
        .with(&sqlite(&nothing, "broken", None, limits()))
        .with(&missing);
    let session = house.session();
    for (sql, code) in [
        ("SELECT n FROM crm.t", "K-SCAN-TYPE"),
        ("SELECT b FROM crm.t", "K-SCAN-TYPE"),
        ("SELECT s FROM crm.t", "K-SCAN-TYPE"),
        ("SELECT any FROM crm.t", "K-SCAN-TYPE"),
        ("SELECT * FROM broken.t", "K-SCAN-DOWN"),
        ("SELECT * FROM away.t", "K-SCAN-DOWN"),
        ("SELECT * FROM crm.nothing", "K-SQL-PLAN"),
    ] {
        let error = told(&session, sql).expect_err(sql);
        assert!(error.starts_with(code), "{sql}: {error}");
        assert!(!error.contains("many"), "a value is told: {error}");
    }
    assert_eq!(one(&session, "SELECT id, n FROM crm.t WHERE id = 2"), "[Number(2), Number(7)]");
    assert_eq!(one(&session, "SELECT count(*) FROM crm.u"), "[Number(1)]");
    assert!(told(&session, "SHOW TABLES").is_ok(), "lists do without what is down");
}

#[test]
fn limits_hold() {
    let (_folder, path) = file(
        "CREATE TABLE t (id INTEGER, s TEXT);
         WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 20000) INSERT INTO t SELECT x, 'short' FROM c;
         INSERT INTO t VALUES (0, printf('%5000d', 1));
         CREATE VIEW endless AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT max(x) AS x FROM c",
    );
    let rows = ConnectionLimits { rows: 10_000, ..limits() };
    let cells = ConnectionLimits { cell_bytes: 4_096, ..limits() };
    let seconds = ConnectionLimits { seconds: 1, ..limits() };
    let columns = ConnectionLimits { columns: 1, ..limits() };
    let house = House::new()
        .with(&sqlite(&path, "few", None, rows))
        .with(&sqlite(&path, "short", None, cells))
        .with(&sqlite(&path, "quick", None, seconds))
        .with(&sqlite(&path, "narrow", None, columns));
    let session = house.session();
    for (sql, code) in [
        ("SELECT id FROM few.t", "K-SCAN-LIMIT"),
        ("SELECT s FROM short.t", "K-SCAN-LIMIT"),
        ("SELECT x FROM quick.endless", "K-SCAN-SLOW"),
        ("SELECT id FROM narrow.t", "K-SQL-PLAN"),
    ] {
        let error = told(&session, sql).expect_err(sql);
        assert!(error.starts_with(code), "{sql}: {error}");
    }
    assert_eq!(one(&session, "SELECT count(id) FROM few.t WHERE id < 5000"), "[Number(5000)]");
    assert_eq!(one(&session, "SELECT count(*) FROM (SELECT 1 FROM few.t LIMIT 9000) AS l"), "[Number(9000)]");
}

/// Dropping the engine waits for its threads: without the interrupt this test would never end.
#[test]
fn a_query_on_a_file_that_nobody_waits_for_is_interrupted() {
    let (_folder, path) = file(
        "CREATE VIEW endless AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT max(x) AS x FROM c",
    );
    let house = House::new().with(&sqlite(&path, "crm", None, limits()));
    let limits = Limits { time_max: Duration::from_millis(300), ..Limits::default() };
    let error = house.session().query("SELECT x FROM crm.endless", &limits).expect_err("endless");
    assert_eq!(error.code(), "K-SQL-TIMEOUT");
}

#[test]
fn a_real_postgres_that_lies_changes_or_sleeps() {
    let server = TestServer::start();
    server.sql(
        "CREATE TABLE t (id int, day date, amount numeric, wide numeric(60, 2), doc jsonb, key uuid, tags text[], c char(5));
         INSERT INTO t VALUES (1, '2026-01-01', 1.5, 12.30, '{\"b\": 1, \"a\": 2}', '6ba7b810-9dad-11d1-80b4-00c04fd430c8', '{a,b}', 'ab');
         CREATE TABLE odd (id int, day date, amount numeric); INSERT INTO odd VALUES (1, 'infinity', 'NaN'), (2, NULL, 0.12345678901);
         CREATE VIEW sleeps AS SELECT pg_sleep(600)::text AS s;
         CREATE TABLE hidden (id int); CREATE ROLE nobody; CREATE SCHEMA sales; CREATE TABLE sales.o (id int);
         CREATE TABLE moves (id int, s text); INSERT INTO moves VALUES (1, 'a');
         CREATE TABLE big AS SELECT g AS id, repeat('x', 2500) AS s FROM generate_series(1, 200000) g",
    );
    let quick = ConnectionLimits { seconds: 1, ..limits() };
    let house = House::new()
        .with(&postgres(&server, "shop", None, limits()))
        .with(&postgres(&server, "quick", None, quick));
    let session = house.session();
    types_come_as_they_are(&session);
    for (sql, code) in [
        ("SELECT day FROM shop.odd", "K-SCAN-TYPE"),
        ("SELECT amount FROM shop.odd WHERE id = 1", "K-SCAN-TYPE"),
        ("SELECT amount FROM shop.odd WHERE id = 2", "K-SCAN-TYPE"),
        ("SELECT s FROM quick.sleeps", "K-SCAN-SLOW"),
    ] {
        let error = told(&session, sql).expect_err(sql);
        assert!(error.starts_with(code), "{sql}: {error}");
    }
    assert_eq!(one(&session, "SELECT id FROM shop.odd WHERE id = 2"), "[Number(2)]");
    assert_eq!(one(&session, "SELECT count(*) FROM shop.\"sales.o\""), "[Number(0)]");

    assert_eq!(one(&session, "SELECT s FROM shop.moves"), "[String(\"a\")]");
    server.sql("ALTER TABLE moves DROP COLUMN s; ALTER TABLE moves ADD COLUMN t text");
    let error = told(&session, "SELECT s FROM shop.moves").expect_err("changed");
    assert!(error.starts_with("K-SCAN-SCHEMA"), "{error}");
    assert_eq!(one(&session, "SELECT id, t FROM shop.moves"), "[Number(1), Null]");

    ends_at_the_server(&server, &house);
}

fn types_come_as_they_are(session: &crate::govern::Session) {
    let row = one(session, "SELECT day, amount, wide, doc, key, tags, c FROM shop.t");
    for part in ["2026-01-01", "1.5", "12.30", "a\\\": 2", "6ba7b810", "{a,b}", "String(\"ab\")"] {
        assert!(row.contains(part), "{part} in {row}");
    }
    for condition in
        ["wide = '12.30'", "key = '6ba7b810-9dad-11d1-80b4-00c04fd430c8'", "c = 'ab'", "amount = 1.5"]
    {
        assert_eq!(
            one(session, &format!("SELECT id FROM shop.t WHERE {condition}")),
            "[Number(1)]",
            "{condition}"
        );
    }
}

/// Waits until it is so, longer than anything here takes on a busy machine.
#[track_caller]
pub fn until(so: impl Fn() -> bool) {
    let begun = std::time::Instant::now();
    while !so() {
        assert!(begun.elapsed() < Duration::from_secs(120), "it never came to be so");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Whatever ends a query here ends it there.
fn ends_at_the_server(server: &TestServer, house: &House) {
    let runs = |what: &str| {
        let active = format!(
            "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND query LIKE '%{what}%'"
        );
        server.finds(&active)
    };
    let session = house.session();
    let limits = Limits { time_max: Duration::from_secs(600), ..Limits::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
    let rows = runtime.block_on(session.stream("SELECT s FROM shop.sleeps", &limits)).expect("begun");
    until(|| runs("sleeps"));
    drop(rows);
    until(|| !runs("sleeps"));
    // Nobody fetches: the server is held up, and let go when the rows are dropped.
    let mut rows = runtime.block_on(session.stream("SELECT id, s FROM shop.big", &limits)).expect("begun");
    let first = runtime.block_on(rows.next()).expect("rows").expect("a batch");
    assert!(first.num_rows() > 0 && runs("big"), "half a gigabyte does not fit on the way");
    drop(rows);
    until(|| !runs("big"));
}

#[test]
fn a_postgres_that_is_not_there_has_a_name_and_harms_nobody_else() {
    let (_folder, path) = file("CREATE TABLE t (id INTEGER); INSERT INTO t VALUES (1)");
    let folder = tempfile::tempdir().expect("a folder");
    let mut away = crate::remote::postgres::Postgres {
        name: "away".into(),
        // Nothing listens on port 1.
        url: kith_core::config::Secret::Plain("postgres://kith@127.0.0.1:1/postgres".into()),
        password: None,
        base: folder.path().into(),
        limits: limits(),
        dialect: super::dialect(Family::Postgres, None),
        guard: Default::default(),
        idle: Default::default(),
    };
    let down = opened("away", limits(), away.clone());
    away.password = Some(kith_core::config::Secret::Env("KITH_TEST_NOT_SET".into()));
    let secret = opened("secret", limits(), away);
    let house = House::new().with(&down).with(&secret).with(&sqlite(&path, "crm", None, limits()));
    let session = house.session();
    let error = told(&session, "SELECT * FROM away.t").expect_err("down");
    assert!(error.starts_with("K-SCAN-DOWN") && error.contains("away"), "{error}");
    let error = told(&session, "SELECT c.id FROM crm.t c JOIN away.t a ON a.id = c.id").expect_err("down");
    assert!(error.starts_with("K-SCAN-DOWN"), "{error}");
    let error = told(&session, "SELECT * FROM secret.t").expect_err("no secret");
    assert!(error.starts_with("K-SOURCE-SECRET"), "{error}");
    assert_eq!(one(&session, "SELECT id FROM crm.t"), "[Number(1)]");
}
