//! What clients of PostgreSQL are told of: nothing but what they may see.

use super::*;
use serde_json::{Value, json};

/// Hides one table, and one column of the other.
#[derive(Debug)]
struct Hiding;

impl Decide for Hiding {
    fn reads(&self, _: &Subject, table: &TableRef) -> bool {
        table.table != "small"
    }

    fn verdict(&self, subject: &Subject, facts: &TableFacts) -> Verdict {
        let mut verdict = Verdict::everything(facts, "test");
        verdict.read = self.reads(subject, &facts.name);
        verdict.columns.retain(|column| column.column != "other");
        verdict
    }
}

fn session(dir: &TempDir, decider: Arc<dyn Decide>) -> Session {
    let tables = ["small", "big"].map(|name| (name, parquet(dir.path(), name)));
    session_over(dir, decider, tables).for_postgres("master")
}

fn rows(session: &Session, sql: &str) -> Vec<Vec<Value>> {
    session.rows(sql, &Limits::default()).unwrap_or_else(|e| panic!("{sql}: {e}")).rows
}

const LISTS: &[&str] = &[
    "SELECT relname FROM pg_catalog.pg_class",
    "SELECT attname, attrelid FROM pg_attribute",
    "SELECT tablename FROM pg_tables",
    "SELECT table_name FROM information_schema.tables",
    "SELECT table_name, column_name FROM information_schema.columns",
    "SELECT relname FROM pg_class WHERE oid = 'master.small'::regclass",
    "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid ORDER BY 1, 2",
];

#[test]
fn no_list_has_a_name_that_may_not_be_seen() {
    let dir = TempDir::new().expect("dir");
    let (hiding, open) = (session(&dir, Arc::new(Hiding)), session(&dir, Arc::new(Permit)));
    let mut shown = String::new();
    for list in LISTS {
        let text = json!(rows(&hiding, list)).to_string();
        assert!(!text.contains("small") && !text.contains("other"), "{list}: {text}");
        shown += &json!(rows(&open, list)).to_string();
    }
    assert!(shown.contains("small") && shown.contains("other"), "who may see them does: {shown}");
    assert!(hiding.rows("SELECT * FROM small", &Limits::default()).is_err());
    assert!(hiding.rows("SELECT other FROM big", &Limits::default()).is_err());
}

/// As psql 15, JDBC 42.5 and SQLAlchemy 2 write them, shortened.
const SYNTAX: &[&str] = &[
    "SELECT c.oid FROM pg_catalog.pg_class c WHERE c.relname OPERATOR(pg_catalog.~) '^(big)$' COLLATE pg_catalog.default",
    "SELECT CASE WHEN c.reloftype = 0 THEN '' ELSE c.reloftype::pg_catalog.regtype::pg_catalog.text END FROM pg_class c",
    "SELECT a.attname, (SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid, true) FROM pg_catalog.pg_attrdef d \
       WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.atthasdef), pg_catalog.format_type(a.atttypid, a.atttypmod) \
       FROM pg_catalog.pg_attribute a WHERE a.attrelid = '17000' AND a.attnum > 0 AND NOT a.attisdropped",
    "SELECT (SELECT t.typname FROM pg_type t WHERE t.oid = a.atttypid) FROM pg_attribute a",
    "SELECT 'pg_class'::regclass::oid, 'int4'::regtype::oid, pg_catalog.current_schemas(true), current_user",
    "SELECT relname FROM pg_class WHERE relkind = ANY('{r,v}') AND relnamespace = 'master'::regnamespace",
    "SELECT d.datname, pg_catalog.array_to_string(d.datacl, E'\\n') FROM pg_catalog.pg_database d",
    "SELECT count(*), count(*), 1, 1, NULL, NULL FROM pg_class",
    "SELECT array(SELECT rolname FROM pg_roles) IS NULL",
    "SELECT pg_catalog.pg_class.relname FROM pg_catalog.pg_class WHERE pg_catalog.pg_class.relkind = 'r'",
];

#[test]
fn what_only_postgresql_writes_is_understood() {
    let dir = TempDir::new().expect("dir");
    let session = session(&dir, Arc::new(Permit));
    SYNTAX.iter().for_each(|sql| drop(rows(&session, sql)));
    assert_eq!(
        rows(&session, "SELECT 'pg_class'::regclass::oid, '{a}' = '{a}'"),
        [[json!(1259), json!(true)]]
    );
    assert_eq!(
        rows(&session, "SELECT format_type(23, -1), quote_ident('a B')"),
        [[json!("integer"), json!("\"a B\"")]]
    );
    let two = rows(&session, "SELECT c.relname FROM pg_class c WHERE c.relname ~ '^(small|big)$' ORDER BY 1");
    assert_eq!(two, [[json!("big")], [json!("small")]]);
}
