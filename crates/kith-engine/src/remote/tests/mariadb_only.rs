//! What only MariaDB has: its types, its zero dates, its ways to be away; and that what ends here ends there.

use super::mariadb::{MariaDb, PASSWORD};
use super::{House, one, opened, told};
use crate::exec::Limits;
use crate::govern::Session;
use crate::remote::mysql::Mysql;
use kith_core::config::{ConnectionLimits, Secret};
use std::time::Duration;

fn limits() -> ConnectionLimits {
    ConnectionLimits::default()
}

const KINDS: &str = "CREATE TABLE k (id BIGINT UNSIGNED PRIMARY KEY, t TINYINT, tu TINYINT UNSIGNED, su SMALLINT UNSIGNED, m MEDIUMINT,
    iu INT UNSIGNED, y YEAR, f FLOAT, g DOUBLE, d DECIMAL(12,2), w DECIMAL(60,2), b BIT(1), bits BIT(12), day DATE, at DATETIME(6),
    ts TIMESTAMP(3) NULL, span TIME(2), e ENUM('small','large'), st SET('a','b'), j JSON, c CHAR(5), l VARCHAR(20) CHARACTER SET latin1,
    raw VARBINARY(8), long_text LONGTEXT, u UUID, `odd ``name`` \"x\"` INT);
INSERT INTO k VALUES (18446744073709551615, -128, 255, 65535, -8388608, 4294967295, 2026, 1.5, 0.1, -1234.50, 12.30, b'1', b'101010101010',
    '2026-02-28', '2026-02-28 23:59:59.123456', '2026-02-28 12:00:00.250', '-838:59:58.50', 'large', 'a,b', '{\"b\": 1}', 'ab', 'Zoë',
    x'00ff', 'long', '6ba7b810-9dad-11d1-80b4-00c04fd430c8', 7);
INSERT INTO k (id) VALUES (1);
CREATE TABLE odd (id INT, day DATE NOT NULL, at DATETIME);
INSERT INTO odd VALUES (1, '0000-00-00', NULL), (2, '2023-02-31', '0000-00-00 00:00:00'), (3, '2023-02-28', NULL);
CREATE VIEW sleeps AS SELECT sleep(600) AS s;
CREATE VIEW gone AS SELECT id FROM odd;
CREATE TABLE big AS SELECT seq AS id, repeat('x', 2500) AS s FROM seq_1_to_100000;
CREATE TABLE moves (id INT, s TEXT);
INSERT INTO moves VALUES (1, 'a');
CREATE TABLE long_one (id INT, s LONGTEXT);
INSERT INTO long_one VALUES (1, repeat('x', 100000)), (2, 'short');
";

#[test]
fn a_real_mariadb_is_read_and_its_lies_have_names() {
    let server = MariaDb::start();
    server.sql(KINDS);
    let quick = ConnectionLimits { seconds: 1, ..limits() };
    let small = ConnectionLimits { cell_bytes: 1_000, rows: 5_000, columns: 3, ..limits() };
    let house = House::new()
        .with(&super::mysql(&server, "shop", None, limits()))
        .with(&super::mysql(&server, "quick", None, quick))
        .with(&super::mysql(&server, "small", None, small));
    let session = house.session();
    types_come_as_they_are(&session);
    for (sql, code) in [
        ("SELECT day FROM shop.odd", "K-SCAN-TYPE"),
        ("SELECT day FROM shop.odd WHERE id = 2", "K-SCAN-TYPE"),
        ("SELECT at FROM shop.odd WHERE id = 2", "K-SCAN-TYPE"),
        ("SELECT s FROM quick.sleeps", "K-SCAN-SLOW"),
        ("SELECT id FROM small.big", "K-SCAN-LIMIT"),
        ("SELECT s FROM small.long_one", "K-SCAN-LIMIT"),
        ("SELECT * FROM small.k", "K-SQL-PLAN"),
        ("SELECT * FROM shop.nothing", "K-SQL-PLAN"),
    ] {
        let error = told(&session, sql).expect_err(sql);
        assert!(error.starts_with(code), "{sql}: {error}");
    }
    assert_eq!(one(&session, "SELECT count(*) FROM shop.odd WHERE day IS NULL"), "[Number(0)]");
    assert_eq!(one(&session, "SELECT s FROM small.long_one WHERE id = 2"), "[String(\"short\")]");

    assert_eq!(one(&session, "SELECT s FROM shop.moves"), "[String(\"a\")]");
    server.sql("ALTER TABLE moves DROP COLUMN s;\nALTER TABLE moves ADD COLUMN t TEXT");
    let error = told(&session, "SELECT s FROM shop.moves").expect_err("changed");
    assert!(error.starts_with("K-SCAN-SCHEMA"), "{error}");
    assert_eq!(one(&session, "SELECT id, t FROM shop.moves"), "[Number(1), Null]");
    ends_at_the_server(&server, &house);
}

/// A row that is far too long is refused by its length, before it is taken in.
#[test]
fn a_huge_value_is_not_taken_in() {
    let server = MariaDb::start_with(&["--max-allowed-packet=512M"], |_| ());
    server.sql("CREATE TABLE t (id INT, s LONGTEXT);\nINSERT INTO t VALUES (1, repeat('x', 100000000)), (2, 'short')");
    let house = House::new().with(&super::mysql(&server, "shop", None, limits()));
    let error = told(&house.session(), "SELECT s FROM shop.t").expect_err("too long");
    assert!(error.starts_with("K-SCAN-LIMIT"), "{error}");
    assert_eq!(one(&house.session(), "SELECT s FROM shop.t WHERE id = 2"), "[String(\"short\")]");
}

fn types_come_as_they_are(session: &Session) {
    let row = one(session, "SELECT * FROM shop.k WHERE id = 18446744073709551615");
    for part in [
        "18446744073709551615",
        "-128",
        "255",
        "65535",
        "-8388608",
        "4294967295",
        "2026)",
        "1.5",
        "0.1",
        "-1234.50",
        "12.30",
        "Bool(true)",
        "2026-02-28",
        "23:59:59.123456",
        "12:00:00.250",
        "-838:59:58.50",
        "large",
        "a,b",
        "Zoë",
        "long",
        "6ba7b810",
        "String(\"ab\")",
    ] {
        assert!(row.contains(part), "{part} in {row}");
    }
    for condition in [
        "id = 18446744073709551615",
        "tu = 255",
        "iu > -1",
        "d = -1234.5",
        "b",
        "NOT (b IS NOT TRUE)",
        "day = DATE '2026-02-28'",
        "at = TIMESTAMP '2026-02-28 23:59:59.123456'",
        "ts > TIMESTAMP '2026-02-28 12:00:00.249Z'",
        "e = 'large'",
        "l = 'Zoë'",
        "c = 'ab'",
        "u = '6ba7b810-9dad-11d1-80b4-00c04fd430c8'",
        "long_text = 'long'",
        "y = 2026",
        "f = 1.5",
        "span = '-838:59:58.500000'",
        "\"odd `name` \"\"x\"\"\" = 7",
        "l > 'Zo'",
        "c LIKE 'a%'",
        "c LIKE '_b'",
        "raw = x'00ff'",
        "t IN (-128, 1)",
    ] {
        let sql = format!("SELECT tu FROM shop.k WHERE {condition}");
        assert_eq!(one(session, &sql), "[Number(255)]", "{condition}");
    }
    let sums = one(session, "SELECT sum(t), sum(tu), min(d), max(at), min(l), count(e), max(id) FROM shop.k");
    for part in ["-128", "255", "-1234.50", "23:59:59.123456", "Zoë", "18446744073709551615"] {
        assert!(sums.contains(part), "{part} in {sums}");
    }
}

/// Whatever ends a query here ends it there.
fn ends_at_the_server(server: &MariaDb, house: &House) {
    let runs = |what: &str| {
        let active = format!(
            "SELECT ID FROM information_schema.PROCESSLIST WHERE ID <> CONNECTION_ID() AND INFO LIKE '%{what}%'"
        );
        server.sql(&active) > 0
    };
    let session = house.session();
    let limits = Limits { time_max: Duration::from_secs(600), ..Limits::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
    let rows = runtime.block_on(session.stream("SELECT s FROM shop.sleeps", &limits)).expect("begun");
    super::faults::until(|| runs("sleeps"));
    drop(rows);
    super::faults::until(|| !runs("sleeps"));
    // Nobody fetches: the server is held up, and let go when the rows are dropped.
    let mut rows = runtime.block_on(session.stream("SELECT id, s FROM shop.big", &limits)).expect("begun");
    let first = runtime.block_on(rows.next()).expect("rows").expect("a batch");
    assert!(first.num_rows() > 0 && runs("big"), "a quarter of a gigabyte does not fit on the way");
    drop(rows);
    super::faults::until(|| !runs("big"));
}

#[test]
fn a_mariadb_that_is_not_there_or_not_ours_has_a_name() {
    let server = MariaDb::start();
    server.sql("CREATE TABLE t (id INT);\nCREATE USER nobody@'127.0.0.1' IDENTIFIED BY 'x';\nCREATE DATABASE `Shop`;\nCREATE TABLE `Shop`.u (id INT)");
    let with = |name: &str, url: String, password: Option<&str>| {
        let remote = server.remote(name, None, limits());
        let password = password.map(|file| Secret::File(file.into()));
        opened(name, limits(), Mysql { url: Secret::Plain(url), password, ..remote })
    };
    std::fs::write(server.folder().join("wrong"), "nonsense").expect("written");
    let at = |user: &str, rest: &str| format!("mysql://{user}@127.0.0.1:{}{rest}", server.port);
    let house = House::new()
        .with(&with("away", "mysql://kith@127.0.0.1:1/shop".into(), None))
        .with(&with("wrong", at("kith", "/shop"), Some("wrong")))
        .with(&with("nodb", at("kith", "/nothing"), Some("password")))
        .with(&with("unnamed", at("kith", ""), Some("password")))
        .with(&with("settings", at("kith", "/shop?prefer_socket=true"), Some("password")))
        .with(&with("maria", at("kith", "/shop").replace("mysql://", "mariadb://"), Some("password")));
    let session = house.session();
    for (name, code) in [
        ("away", "K-SCAN-DOWN"),
        ("wrong", "K-SCAN-DOWN"),
        ("nodb", "K-SCAN-DOWN"),
        ("unnamed", "K-SOURCE-DATABASE"),
        ("settings", "K-SOURCE-DATABASE"),
    ] {
        let error = told(&session, &format!("SELECT * FROM {name}.t")).expect_err(name);
        assert!(error.starts_with(code) && !error.contains(PASSWORD), "{name}: {error}");
    }
    assert_eq!(one(&session, "SELECT count(*) FROM maria.t"), "[Number(0)]");
    let error = told(&session, "SELECT * FROM maria.u").expect_err("of another database");
    assert!(error.starts_with("K-SQL-PLAN"), "{error}");
}
