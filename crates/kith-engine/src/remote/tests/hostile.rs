//! Names and values that were made to break out of where they stand: each is found by what it is, at each kind of database, and
//! changes nothing else.

use super::mariadb::MariaDb;
use super::rows::TEXTS;
use super::{House, mysql, postgres, sqlite, told};
use crate::connect::TestServer;
use crate::govern::Session;
use crate::remote::ask::Family;
use kith_core::config::ConnectionLimits;
use std::collections::BTreeSet;

const HOSTILE: &[&str] = &[
    "'; DROP TABLE names; --",
    "\"; DROP TABLE names; --",
    "`; DROP TABLE names; --",
    "' OR '1'='1",
    "\" OR \"\"=\"",
    "') OR ('a'='a",
    "x' UNION SELECT 1 --",
    "/* */",
    "*/ SELECT 1 /*",
    "/*! SELECT 1 */",
    "/*M! SELECT 1 */",
    "-- ",
    "#",
    "$1",
    "$$",
    "$a$ x $a$",
    "?",
    "?1",
    ":a",
    "@a",
    "@@version",
    "%s",
    "%n%n%n",
    "{}",
    "{0}",
    "${x}",
    "\\",
    "\\'",
    "\\\"",
    "\\0",
    "\\x27",
    "\\u0027",
    "t0",
    "t0.c0",
    "c0",
    "c1",
    "select",
    "SELECT",
    "from",
    "null",
    "NULL",
    "true",
    "user",
    "order",
    "group",
    "rowid",
    "oid",
    "ctid",
    "a.b",
    "a..b",
    "public.names",
    "main.names",
    "information_schema.tables",
    "\"\"",
    "''",
    "``",
    "\"a\"",
    "a\"b",
    "a`b",
    "a'b",
    "E'\\''",
    "U&\"\\0041\"",
    "x'41'",
    "b'1'",
    "N'a'",
    "_utf8'a'",
    "\u{2019}",
    "\u{ff07}",
    "\u{202e}gnp.exe",
    "\u{200b}",
    "\u{feff}",
    "a\tb",
    "a\r\nb",
    "a\u{1}b",
    "a\u{7f}b",
    "a\u{85}b",
    "a\u{2028}b",
    "ß",
    "SS",
    "ı",
    "İ",
    "K",
    "ａ",
    "日本",
    "العربية",
    "😀",
    "9223372036854775808",
    "1e400",
    "-0",
    "NaN",
    "Infinity",
    "0x41",
    "2026-02-30",
    "0000-00-00",
    "<script>alert(1)</script>",
    "=1+1",
    "../../etc/passwd",
    "LOAD_FILE('/etc/passwd')",
    "pg_sleep(9)",
    "SLEEP(9)",
    "%",
    "_",
    "a%",
    "a_",
    "[a-z]",
    "*",
    "count(*)",
];

fn corpus() -> Vec<String> {
    let mut all: BTreeSet<String> = HOSTILE.iter().chain(TEXTS).map(ToString::to_string).collect();
    for sign in (b'!'..=b'~').map(char::from).filter(char::is_ascii_punctuation) {
        all.extend([
            format!("{sign}"),
            format!("a{sign}"),
            format!("{sign}a{sign}b"),
            format!("a {sign} 'b"),
        ]);
    }
    all.extend(["x".repeat(63), "é".repeat(31)]);
    all.into_iter().collect()
}

/// Those that a database takes for a name, of which it takes some for the same.
fn names(family: Family) -> Vec<String> {
    let fits = |name: &String| match family {
        Family::Postgres => !name.is_empty() && name.len() <= 63 && name != "ctid",
        Family::Sqlite => !name.is_empty(),
        Family::Mysql => {
            !name.is_empty() && !name.ends_with(char::is_whitespace) && name.chars().all(|c| c < '\u{10000}')
        }
    };
    let mut known = BTreeSet::new();
    let mut names: Vec<String> = corpus().into_iter().filter(fits).collect();
    names.retain(|name| family == Family::Postgres || known.insert(folded(name)));
    names
}

/// Names that differ by case or accents alone are one for some servers.
fn folded(name: &str) -> String {
    let plain = |c: char| match c {
        'é' | 'É' => 'e',
        'ä' => 'a',
        'ı' | 'İ' => 'i',
        'ß' => 's',
        'ë' => 'e',
        other => other,
    };
    let lower: String =
        name.to_lowercase().chars().map(plain).filter(|c| *c != '\u{301}' && *c != '\u{307}').collect();
    lower.replace("ss", "s")
}

fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

fn named(name: &str, family: Family) -> String {
    crate::remote::writer::quoted(name, family)
}

/// A table of all values, one with a column of each name, and one table of each name.
fn statements(family: Family) -> Vec<String> {
    let values = corpus();
    let rows: Vec<String> = values.iter().enumerate().map(|(i, v)| format!("({i}, {})", text(v))).collect();
    let names = names(family);
    let columns: Vec<String> = names.iter().map(|n| format!("{} TEXT", named(n, family))).collect();
    let said: Vec<String> = (0..names.len()).map(|i| format!("'v{i}'")).collect();
    let mut all = vec![
        "CREATE TABLE hostile_values (id INTEGER PRIMARY KEY, s TEXT)".to_string(),
        format!("INSERT INTO hostile_values VALUES {}", rows.join(", ")),
        // InnoDB has no place for so many columns of text.
        format!(
            "CREATE TABLE hostile_names ({}){}",
            columns.join(", "),
            if family == Family::Mysql { " ENGINE=MyISAM" } else { "" }
        ),
        format!("INSERT INTO hostile_names VALUES ({})", said.join(", ")),
    ];
    for (i, name) in names.iter().enumerate().filter(|(_, name)| !name.contains(['/', '.', '\\'])) {
        all.push(format!("CREATE TABLE {} (x INTEGER)", named(name, family)));
        all.push(format!("INSERT INTO {} VALUES ({i})", named(name, family)));
    }
    all
}

fn holds(session: &Session, schema: &str, family: Family) {
    let values = corpus();
    assert!(values.len() >= 200, "{} values", values.len());
    for (i, value) in values.iter().enumerate() {
        let sql = format!("SELECT id, s FROM {schema}.hostile_values WHERE s = {}", text(value));
        let row = format!("[Number({i}), String({value:?})]");
        assert_eq!(told(session, &sql).expect(value), [row], "{schema}: {value:?}");
    }
    let names = names(family);
    assert!(names.len() >= 150, "{} names", names.len());
    for (i, name) in names.iter().enumerate() {
        let name = named(name, Family::Postgres);
        let sql = format!("SELECT {name} FROM {schema}.hostile_names WHERE {name} = 'v{i}'");
        assert_eq!(told(session, &sql).expect(&name), [format!("[String(\"v{i}\")]")], "{schema}: {name}");
    }
    for (i, name) in names.iter().enumerate().filter(|(_, name)| !name.contains(['/', '.', '\\'])) {
        let sql = format!("SELECT x FROM {schema}.{}", named(name, Family::Postgres));
        assert_eq!(told(session, &sql).expect(name), [format!("[Number({i})]")], "{schema}: table {name:?}");
    }
    let count = format!("SELECT count(*) FROM {schema}.hostile_values");
    assert_eq!(told(session, &count).expect("counted"), [format!("[Number({})]", values.len())]);
}

#[test]
fn hostile_names_and_values_are_names_and_values() {
    let limits = ConnectionLimits::default();
    let (pg, maria) = (TestServer::start(), MariaDb::start());
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.db");
    statements(Family::Postgres).iter().for_each(|sql| pg.sql(sql));
    let file = rusqlite::Connection::open(&path).expect("opened");
    statements(Family::Sqlite).iter().for_each(|sql| file.execute_batch(sql).expect(sql));
    maria.all(&statements(Family::Mysql));
    let house = House::new()
        .with(&postgres(&pg, "pg", None, limits))
        .with(&sqlite(&path, "lite", None, limits))
        .with(&mysql(&maria, "maria", None, limits));
    let session = house.session();
    holds(&session, "pg", Family::Postgres);
    holds(&session, "lite", Family::Sqlite);
    holds(&session, "maria", Family::Mysql);
}
