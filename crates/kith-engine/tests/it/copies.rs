//! Tables that are read from copies: no query changes, a copy is whole or the one of before, and what differs is found.

mod faults;

use kith_engine::{Limits, Project};
use std::path::Path;
use tempfile::TempDir;

const HEAD: &str = "[project]\nname = \"t\"\n
[[connection]]\nname = \"shop\"\nkind = \"sqlite\"\npath = \"shop.db\"\n";

fn copy(table: &str, mode: &str, more: &str) -> String {
    format!(
        "[[copy]]\ntable = \"shop.{table}\"\nmode = \"{mode}\"\nowner = \"ann\"\npurpose = \"reports\"\nexpires = \"2099-12-31\"\n{more}\n"
    )
}

const BY_CURSOR: &str = "key = \"id\"\ncursor = \"at\"\n";

/// Orders of every kind of value: NULL, empty, Unicode, large and small.
fn orders() -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    sql(
        dir.path(),
        "CREATE TABLE orders (id INTEGER NOT NULL PRIMARY KEY, who TEXT, amount REAL, paid BOOLEAN, note TEXT, at INTEGER);
         WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 5000)
           INSERT INTO orders SELECT x, CASE x % 7 WHEN 0 THEN NULL WHEN 1 THEN '' WHEN 2 THEN 'Zoë ' WHEN 3 THEN 'zoë' ELSE 'p' || (x % 90) END,
             CASE WHEN x % 11 = 0 THEN NULL ELSE x * 0.25 END, x % 2, CASE WHEN x % 5 = 0 THEN 'a,\"b\"' || char(10) || 'c' END, x / 10 FROM c;
         CREATE TABLE people (who TEXT, town TEXT); INSERT INTO people VALUES ('p5', 'Ulm'), ('zoë', 'Köln'), (NULL, 'x')",
    );
    dir
}

fn sql(dir: &Path, text: &str) {
    let db = rusqlite::Connection::open(dir.join("shop.db")).expect("opened");
    db.execute_batch(text).expect(text);
}

fn open(dir: &Path, copies: &str) -> Project {
    std::fs::write(dir.join("kith.toml"), format!("{HEAD}{copies}")).expect("written");
    Project::open(dir).expect("a project")
}

fn asked(project: &Project, sql: &str) -> Result<String, String> {
    let session = project.session(&project.owner()).expect("a session");
    match session.rows(sql, &Limits::default()) {
        Ok(rows) => {
            let columns: Vec<String> = rows.columns.iter().map(|column| format!("{column:?}")).collect();
            let mut rows: Vec<String> = rows.rows.iter().map(|row| format!("{row:?}")).collect();
            if !sql.contains("ORDER BY") {
                rows.sort();
            }
            Ok(format!("{columns:?}\n{}", rows.join("\n")))
        }
        Err(error) => Err(format!("{} {error}", error.code())),
    }
}

#[track_caller]
fn one(project: &Project, sql: &str) -> String {
    let told = asked(project, sql).unwrap_or_else(|e| panic!("{sql}: {e}"));
    told.split_once('\n').map(|(_, rows)| rows.to_string()).expect("rows")
}

const QUESTIONS: [&str; 12] = [
    "SELECT * FROM shop.orders",
    "SELECT count(*), count(who), count(DISTINCT who), sum(id), min(amount), max(amount), min(note) FROM shop.orders",
    "SELECT id, who FROM shop.orders WHERE who = 'Zoë '",
    "SELECT id FROM shop.orders WHERE who IS NULL OR who = ''",
    "SELECT id, note FROM shop.orders WHERE note LIKE '%b%' AND id < 100",
    "SELECT who, count(*), sum(amount) FROM shop.orders GROUP BY who",
    "SELECT id, amount FROM shop.orders ORDER BY amount DESC NULLS LAST, id LIMIT 7",
    "SELECT o.id, p.town FROM shop.orders o JOIN shop.people p ON p.who = o.who",
    "SELECT o.id FROM shop.orders o LEFT JOIN shop.people p ON p.who = o.who WHERE p.town IS NULL AND o.id < 50",
    "SELECT paid, avg(amount) FROM shop.orders WHERE at BETWEEN 10 AND 20 GROUP BY paid",
    "SELECT max(at) FROM shop.orders WHERE NOT paid",
    "SELECT id FROM shop.orders WHERE amount > 1249 UNION ALL SELECT id FROM shop.orders WHERE id < 3",
];

#[test]
fn one_line_moves_a_table_and_no_query_changes() {
    let dir = orders();
    let answers = |project: &Project| QUESTIONS.map(|sql| asked(project, sql).expect(sql));
    let project = open(dir.path(), &copy("orders", "virtual", BY_CURSOR));
    let there = answers(&project);
    assert_eq!(project.refresh_copy("shop.orders", false, "ann").expect_err("virtual").code(), "K-COPY-NONE");
    drop(project);

    let project = open(dir.path(), &copy("orders", "accelerated", BY_CURSOR));
    assert_eq!(answers(&project), there, "nothing was copied yet");
    assert!(one(&project, "EXPLAIN SELECT id FROM shop.orders").contains("RemoteScan"));
    let done = project.refresh_copy("shop.orders", false, "ann").expect("refreshed");
    assert_eq!((done.rows, done.fetched, done.whole), (5000, 5000, true));
    assert_eq!(answers(&project), there, "from the copy");
    let plan = one(&project, "EXPLAIN SELECT id FROM shop.orders WHERE id = 7");
    assert!(plan.contains("copy of shop.orders") && !plan.contains("RemoteScan"), "{plan}");
    let listed = one(&project, "SELECT mode, read_from, rows, owner FROM kith.copy");
    assert!(listed.contains("accelerated") && listed.contains("copy") && listed.contains("5000"), "{listed}");

    // Where it came from may be gone.
    std::fs::rename(dir.path().join("shop.db"), dir.path().join("away.db")).expect("moved");
    let alone = QUESTIONS.iter().zip(&there).filter(|(sql, _)| !sql.contains("people"));
    alone.for_each(|(sql, there)| assert_eq!(asked(&project, sql).as_ref(), Ok(there), "{sql}"));
    assert!(one(&project, "SHOW TABLES").contains("orders"));
    assert!(asked(&project, "SELECT * FROM shop.people").is_err(), "the control: it is read where it is");
    assert!(project.refresh_copy("shop.orders", true, "ann").is_err());
    assert_eq!(one(&project, "SELECT count(*) FROM shop.orders"), "[Number(5000)]", "that of before");
    std::fs::rename(dir.path().join("away.db"), dir.path().join("shop.db")).expect("moved");
    drop(project);

    let project = open(dir.path(), &copy("orders", "migrated", BY_CURSOR));
    assert_eq!(answers(&project), there, "migrated");
    sql(dir.path(), "UPDATE orders SET who = 'new' WHERE id = 4");
    assert!(!one(&project, "SELECT who FROM shop.orders WHERE id = 4").contains("new"));
    let both = "SELECT o.id, l.who FROM shop.orders o JOIN shop_legacy.orders l ON l.id = o.id WHERE l.who IS DISTINCT FROM o.who";
    assert_eq!(one(&project, both), "[Number(4), String(\"new\")]");
    assert!(asked(&project, "SELECT * FROM shop_legacy.people").is_err(), "it has not moved");
    drop(project);
    let project = open(dir.path(), "");
    assert_eq!(
        project.expire_copies(None, "ann").expect("expired"),
        Vec::<String>::new(),
        "it was the truth"
    );
    assert_eq!(project.expire_copies(Some("shop.orders"), "ann").expect("deleted"), ["shop.orders"]);
    drop(project);
    let project = open(dir.path(), &copy("orders", "migrated", ""));
    assert!(asked(&project, "SELECT * FROM shop.orders").expect_err("no copy").starts_with("K-COPY-NONE"));
}

/// By its cursor only what has changed is fetched; what is gone is seen by the next whole reading, and no row is there twice.
#[test]
fn a_refresh_by_cursor_gives_what_a_whole_one_gives_but_for_what_is_gone() {
    let dir = orders();
    let project = open(dir.path(), &copy("orders", "accelerated", BY_CURSOR));
    project.refresh_copy("shop.orders", false, "ann").expect("refreshed");
    let same = project.refresh_copy("shop.orders", false, "ann").expect("refreshed");
    assert_eq!((same.rows, same.fetched, same.whole), (5000, 1, false), "the last value is asked for again");
    sql(
        dir.path(),
        "UPDATE orders SET who = 'changed', at = 501 WHERE id IN (3, 4999); INSERT INTO orders VALUES (5001, 'new', 1, 1, NULL, 502), (5002, NULL, 1, 1, NULL, NULL);
         DELETE FROM orders WHERE id = 9",
    );
    let next = project.refresh_copy("shop.orders", false, "ann").expect("refreshed");
    assert_eq!((next.rows, next.fetched, next.whole), (5002, 5, false));
    assert_eq!(
        one(&project, "SELECT count(*), count(DISTINCT id) FROM shop.orders"),
        "[Number(5002), Number(5002)]"
    );
    let checked = project.check_copy("shop.orders", "ann").expect("checked");
    assert_eq!((checked.equal, checked.rows_differ), (false, 1));
    assert_eq!(
        (checked.rows[0].kind, checked.rows[0].key.as_slice()),
        ("extra", [Some("9".to_string())].as_slice())
    );
    assert_eq!(project.refresh_copy("shop.orders", true, "ann").expect("whole").rows, 5001);
    assert!(project.check_copy("shop.orders", "ann").expect("checked").equal);
    // A column more: the old file does not fit, so all is read.
    sql(dir.path(), "ALTER TABLE orders ADD COLUMN more TEXT");
    assert!(project.refresh_copy("shop.orders", false, "ann").expect("refreshed").whole);
    let wrong =
        open_again(project, dir.path(), &copy("orders", "accelerated", "key = \"no\"\ncursor = \"at\"\n"));
    assert_eq!(
        wrong.refresh_copy("shop.orders", false, "ann").expect_err("no such column").code(),
        "K-COPY-COLUMN"
    );
}

fn open_again(project: Project, dir: &Path, copies: &str) -> Project {
    drop(project);
    open(dir, copies)
}

#[test]
fn a_copy_too_many_too_old_or_expired_is_not_read() {
    let dir = orders();
    let two = [copy("orders", "accelerated", ""), copy("people", "accelerated", "")].concat();
    let project = open(dir.path(), &format!("[copies]\nmax = 1\n{two}"));
    project.refresh_copy("shop.orders", false, "ann").expect("the first");
    project.refresh_copy("shop.orders", false, "ann").expect("it is there already");
    assert_eq!(
        project.refresh_copy("shop.people", false, "bob").expect_err("too many").code(),
        "K-COPY-LIMIT"
    );
    assert_eq!(project.copies().expect("a list").iter().filter(|copy| copy.rows.is_some()).count(), 1);
    assert!(one(&project, "SELECT count(*) FROM shop.people").contains('3'), "it is read where it is");
    let register =
        std::fs::read_to_string(dir.path().join(".kith/copies/default/register.jsonl")).expect("a register");
    let whats: Vec<&str> =
        register.lines().filter_map(|line| line.split("\"what\":\"").nth(1)?.split('"').next()).collect();
    assert_eq!(whats, ["made", "refreshed", "refused"], "{register}");

    // Due: those that were never made, and nothing else.
    let project = open_again(project, dir.path(), &two);
    let due: Vec<String> =
        project.refresh_due_copies("kith serve").into_iter().map(|(table, _)| table).collect();
    assert_eq!(due, ["shop.people"]);
    assert!(project.refresh_due_copies("kith serve").is_empty());

    sql(dir.path(), "DELETE FROM orders WHERE id > 10");
    let count = |more: &str| {
        let copies = copy("orders", "accelerated", more);
        let project = open(dir.path(), &copies);
        asked(&project, "SELECT count(*) FROM shop.orders")
            .map(|told| told.lines().last().unwrap_or_default().to_string())
    };
    drop(project);
    assert_eq!(count(""), Ok("[Number(5000)]".into()));
    assert_eq!(count("max_age = \"1 day\"\nwhen_old = \"refuse\""), Ok("[Number(5000)]".into()));
    // An hour later.
    let folders = std::fs::read_dir(dir.path().join(".kith/copies/default")).expect("copies").flatten();
    for path in folders.map(|entry| entry.path().join("current.json")).filter(|path| path.exists()) {
        let mut current: serde_json::Value =
            serde_json::from_slice(&std::fs::read(&path).expect("read")).expect("JSON");
        current["taken_at_ms"] = (current["taken_at_ms"].as_i64().expect("a time") - 3_600_000).into();
        std::fs::write(&path, current.to_string()).expect("written");
    }
    assert_eq!(count("max_age = \"30 minutes\""), Ok("[Number(10)]".into()), "where it is");
    assert_eq!(count("max_age = \"30 minutes\"\nwhen_old = \"serve\""), Ok("[Number(5000)]".into()));
    assert!(
        count("max_age = \"30 minutes\"\nwhen_old = \"refuse\"")
            .expect_err("too old")
            .starts_with("K-COPY-OLD")
    );

    let past = copy("orders", "accelerated", "").replace("2099-12-31", "2026-01-31");
    let project = open(dir.path(), &past);
    assert_eq!(one(&project, "SELECT count(*) FROM shop.orders"), "[Number(10)]", "its time is over");
    assert!(project.refresh_due_copies("kith serve").is_empty());
    assert_eq!(project.expire_copies(None, "ann").expect("expired"), ["shop.orders", "shop.people"]);
    let left = project.copies().expect("a list");
    assert!(left.iter().all(|copy| copy.rows.is_none()), "{left:?}");
}

/// A table that breaks off leaves the copy of before, and nothing beside it.
#[test]
fn what_breaks_off_leaves_the_copy_of_before() {
    let dir = tempfile::tempdir().expect("a folder");
    let tap = "case \"$*\" in *--discover*) echo '{\"streams\": [{\"tap_stream_id\": \"t\", \"schema\": {\"properties\": {\"id\": {\"type\": \"integer\"}}}}]}';;\n\
               *) for i in 1 2 3; do echo '{\"type\": \"RECORD\", \"stream\": \"t\", \"record\": {\"id\": '$i'}}'; done; [ ! -e fails ];; esac";
    std::fs::write(dir.path().join("tap.sh"), tap).expect("written");
    let text = "[project]\nname = \"t\"\n[[connection]]\nname = \"shop\"\nkind = \"singer\"\ncommand = [\"sh\", \"tap.sh\"]\n";
    std::fs::write(dir.path().join("kith.toml"), format!("{text}{}", copy("t", "accelerated", "")))
        .expect("written");
    let project = Project::open(dir.path()).expect("a project");
    project.refresh_copy("shop.t", false, "ann").expect("made");
    std::fs::write(dir.path().join("fails"), "").expect("written");
    assert_eq!(project.refresh_copy("shop.t", false, "ann").expect_err("it fails").code(), "K-SCAN-DOWN");
    assert_eq!(one(&project, "SELECT sum(id) FROM shop.t"), "[Number(6)]");
    let folder = std::fs::read_dir(dir.path().join(".kith/copies/default")).expect("copies").flatten();
    let folder = folder.map(|entry| entry.path()).find(|path| path.is_dir()).expect("a folder");
    let files = std::fs::read_dir(folder)
        .expect("files")
        .flatten()
        .filter(|f| f.path().extension().is_some_and(|e| e == "parquet"));
    assert_eq!(files.count(), 1);
}
