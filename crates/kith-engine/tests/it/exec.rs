//! Whether queries only read, keep to their limits, and say what is wrong with them and where.

use crate::lake::{numbers, open};
use kith_core::id::Position;
use kith_engine::Error;
use kith_engine::Session;
use kith_engine::exec::Limits;
use kith_engine::lake::TableName;
use std::time::Duration;
use tempfile::TempDir;

fn engine(dir: &TempDir) -> Session {
    let (lake, engine) = open(dir);
    let table = TableName::new("master", "customer");
    lake.overwrite(&table, vec![numbers("a", (0..1000).collect())], Position(1)).expect("write");
    engine
}

fn refused(engine: &Session, sql: &str) -> Error {
    engine.query(sql, &Limits::default()).expect_err(sql)
}

#[test]
fn everything_that_writes_or_reads_files_is_refused() {
    let dir = TempDir::new().expect("dir");
    let engine = engine(&dir);
    let secret = dir.path().join("secret.csv");
    std::fs::write(&secret, "a\n1\n").expect("secret");
    let path = secret.display().to_string();
    let statements = [
        "CREATE TABLE t AS SELECT 1".to_string(),
        "CREATE VIEW v AS SELECT 1".into(),
        "DROP TABLE master.customer".into(),
        "INSERT INTO master.customer VALUES (1)".into(),
        "DELETE FROM master.customer".into(),
        "UPDATE master.customer SET a = 1".into(),
        "SET datafusion.execution.batch_size = 1".into(),
        "RESET datafusion.execution.batch_size".into(),
        "BEGIN".into(),
        "PREPARE p AS SELECT 1".into(),
        "DECLARE c CURSOR FOR SELECT 1".into(),
        format!("COPY (SELECT 1) TO '{path}.out'"),
        format!("COPY master.customer TO '{path}.out'"),
        format!("CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '{path}'"),
        format!("EXPLAIN COPY (SELECT 1) TO '{path}.out'"),
        format!("EXPLAIN ANALYZE COPY (SELECT 1) TO '{path}.out'"),
        "EXPLAIN ANALYZE INSERT INTO master.customer VALUES (1)".into(),
        "WITH x AS (INSERT INTO master.customer VALUES (1)) SELECT 1".into(),
        "SELECT 1 INTO t".into(),
        "SELECT 1; DROP TABLE master.customer".into(),
        format!("SELECT * FROM '{path}'"),
        format!("SELECT * FROM \"{path}\""),
        format!("SELECT * FROM read_csv('{path}')"),
        format!("SELECT * FROM parquet_metadata('{path}')"),
        "SELECT * FROM master.\"../../secret\"".into(),
    ];
    for sql in &statements {
        let error = refused(&engine, sql);
        assert!(error.code().starts_with("K-SQL-"), "{sql}: {error}");
    }
    assert!(!dir.path().join("secret.csv.out").exists());
    assert_eq!(engine.query("SELECT * FROM customer", &Limits::default()).expect("still there").rows(), 1000);
}

#[test]
fn what_only_reads_passes() {
    let dir = TempDir::new().expect("dir");
    let engine = engine(&dir);
    for sql in [
        "SELECT a FROM kith.master.customer WHERE a < 10 ORDER BY a DESC LIMIT 3",
        "WITH x AS (SELECT a FROM customer) SELECT count(*) FROM x JOIN customer USING (a)",
        "SELECT a FROM customer WHERE a IN (SELECT max(a) FROM customer)",
        "EXPLAIN SELECT * FROM customer",
        "SHOW TABLES",
        "SHOW COLUMNS FROM customer",
        "DESCRIBE customer",
        "VALUES (1), (2)",
    ] {
        assert!(engine.query(sql, &Limits::default()).expect(sql).rows() > 0, "{sql}");
    }
}

#[test]
fn errors_have_a_code_and_a_place() {
    let dir = TempDir::new().expect("dir");
    let engine = engine(&dir);
    let Error::Sql { code, line, column, .. } = refused(&engine, "SELECT a\nFROM customer WHRE a = 1") else {
        panic!("a SQL error")
    };
    assert_eq!((code, line), ("K-SQL-SYNTAX", Some(2)), "column {column:?}");
    let Error::Sql { code, message, line, column, .. } = refused(&engine, "SELECT b FROM customer") else {
        panic!("a SQL error")
    };
    assert_eq!((code, line, column), ("K-SQL-PLAN", Some(1), Some(8)), "{message}");
    let error = refused(&engine, "SELECT * FROM nowhere");
    assert_eq!(error.code(), "K-SQL-PLAN");
    assert!(error.to_string().contains("nowhere"), "{error}");
}

#[test]
fn rows_and_time_are_limited() {
    let dir = TempDir::new().expect("dir");
    let engine = engine(&dir);
    let few = Limits { rows_max: 10, ..Limits::default() };
    let answer = engine.query("SELECT * FROM customer", &few).expect("cut");
    assert_eq!((answer.rows(), answer.truncated), (10, true));
    let exact = engine.query("SELECT * FROM customer LIMIT 10", &few).expect("whole");
    assert_eq!((exact.rows(), exact.truncated), (10, false));
    let short = Limits { time_max: Duration::from_millis(200), ..Limits::default() };
    let cross =
        "SELECT count(*) FROM customer a, customer b, customer c, customer d WHERE a.a + b.a + c.a = d.a";
    let error = engine.query(cross, &short).expect_err("too long");
    assert_eq!(error.code(), "K-SQL-TIMEOUT");
}
