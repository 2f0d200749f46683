//! The policy over tables of a database, what is asked of the database under it, and what EXPLAIN says.

use super::{House, one, sqlite, told};
use crate::connect::TestServer;
use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringViewArray};
use datafusion::catalog::{MemorySchemaProvider, SchemaProvider};
use datafusion::datasource::MemTable;
use kith_core::config::ConnectionLimits;
use kith_core::govern::{Decide, Mask, RowFilter, Subject, TableFacts, TableRef, Verdict};
use std::sync::Arc;

/// People of the north, without their salaries, and no more of an address than its domain.
#[derive(Debug)]
pub(super) struct North;

impl Decide for North {
    fn reads(&self, _: &Subject, table: &TableRef) -> bool {
        table.table != "payroll"
    }

    fn verdict(&self, _: &Subject, facts: &TableFacts) -> Verdict {
        let mut verdict = Verdict::everything(facts, "test");
        verdict.rows = Some(RowFilter::parse("region = 'north'").expect("a filter"));
        for column in &mut verdict.columns {
            column.mask = match column.column.as_str() {
                "salary" => Mask::Null,
                "mail" => Mask::Domain,
                "ssn" => Mask::Hidden,
                _ => Mask::None,
            };
        }
        verdict
    }
}

const PEOPLE: &str = "CREATE TABLE p (id INTEGER, region TEXT, salary INTEGER, mail TEXT, ssn TEXT, code TEXT);
    CREATE TABLE payroll (id INTEGER);
    CREATE TABLE named (c0 INTEGER, c1 INTEGER, region TEXT);
    INSERT INTO named (c0, c1) VALUES (1, 9), (2, 9), (3, 8), (4, 8);
    INSERT INTO p VALUES (1, 'north', SALARY, 'ann@x.example', 'SSN-1', '10'), (2, 'north', 9000, 'bob@y.example', 'SSN-2', 'x'),
      (3, 'south', 5000, 'eve@south.example', 'SSN-3', '30'), (4, 'south', SALARY, 'joe@south.example', 'SSN-4', 'HIDDEN')";

const ATTEMPTS: &[&str] = &[
    "SELECT * FROM crm.p",
    "SELECT count(*) FROM crm.p",
    "SELECT count(*) FROM crm.p WHERE salary = 4242",
    "SELECT id FROM crm.p WHERE salary > 4000 ORDER BY salary",
    "SELECT id FROM crm.p WHERE 1 / (salary - 4242) > 0",
    "SELECT id FROM crm.p WHERE CAST(code AS INTEGER) > 0",
    "SELECT id FROM crm.p WHERE id = 1 AND 1 / (id - 4) < 0",
    "SELECT max(salary), min(mail) FROM crm.p",
    "SELECT id FROM crm.p WHERE mail LIKE 'ann%'",
    "SELECT id FROM crm.p WHERE region = 'south' OR id = 4",
    "SELECT a.id FROM crm.p a JOIN crm.p b ON a.salary = b.salary",
    "SELECT code FROM crm.p ORDER BY code LIMIT 3",
    "SELECT region, count(*) FROM crm.p GROUP BY region",
    "SELECT salary FROM crm.p WHERE id = 1",
    "SELECT id FROM crm.p LIMIT 1",
];

fn people(salary: &str, hidden: &str) -> (tempfile::TempDir, House) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.db");
    let text = PEOPLE.replace("SALARY", salary).replace("HIDDEN", hidden);
    rusqlite::Connection::open(&path).expect("opened").execute_batch(&text).expect("made");
    let house = House::new().with(&sqlite(&path, "crm", None, ConnectionLimits::default()));
    (folder, house)
}

#[test]
fn the_policy_holds_for_tables_of_a_database() {
    let (one_folder, first) = people("4242", "40");
    let (two_folder, second) = people("17", "forty");
    let (one_session, two_session) = (first.under(Arc::new(North)), second.under(Arc::new(North)));
    for attempt in ATTEMPTS {
        for sql in [attempt.to_string(), format!("EXPLAIN {attempt}"), format!("EXPLAIN VERBOSE {attempt}")] {
            assert_eq!(told(&one_session, &sql), told(&two_session, &sql), "{sql}");
        }
    }
    // The control: to whoever may see everything most of them tell.
    let telling = ATTEMPTS.iter().filter(|sql| told(&first.session(), sql) != told(&second.session(), sql));
    assert!(telling.count() >= 6);
    assert_eq!(
        one(&one_session, "SELECT id, salary, mail FROM crm.p WHERE id < 3"),
        "[Number(1), Null, String(\"x.example\")]\n[Number(2), Null, String(\"y.example\")]"
    );
    for (sql, word) in [("SELECT ssn FROM crm.p", "K-SQL-PLAN"), ("SELECT * FROM crm.payroll", "K-SQL-PLAN")]
    {
        assert!(told(&one_session, sql).expect_err(sql).starts_with(word));
    }
    let shown = one(&one_session, "SELECT table_name FROM information_schema.tables");
    assert!(shown.contains("\"p\"") && !shown.contains("payroll"), "{shown}");
    let plan = one(&one_session, "EXPLAIN SELECT id FROM crm.p WHERE id = 1");
    assert!(
        plan.contains("GovernedScan") && !plan.contains("asked="),
        "a sealed table shows no question: {plan}"
    );
    drop((one_folder, two_folder));
}

/// A table as those of the lake are.
fn own() -> Arc<dyn SchemaProvider> {
    let names: ArrayRef = Arc::new(StringViewArray::from(vec!["c1", "c2"]));
    let batch = RecordBatch::try_from_iter([("name", names)]).expect("a batch");
    let table = MemTable::try_new(batch.schema(), vec![vec![batch]]).expect("a table");
    let schema = MemorySchemaProvider::new();
    schema.register_table("city".into(), Arc::new(table)).expect("registered");
    Arc::new(schema)
}

#[test]
fn explain_says_what_is_asked_and_what_is_done_here() {
    let server = TestServer::start();
    server.sql(
        "CREATE TABLE orders (id int PRIMARY KEY, customer int, city text);
         INSERT INTO orders SELECT g, g % 1000, 'c' || g % 10 FROM generate_series(1, 20000) g; ANALYZE orders",
    );
    let (_folder, house) = people("1", "2");
    let house = house.with(&super::postgres(&server, "shop", None, ConnectionLimits::default()));
    let house = house.with_schema("own", own());
    let session = house.session();
    let plan = one(&session, "EXPLAIN SELECT id FROM shop.orders WHERE customer = 7 AND length(city) = 2");
    let asked = r#"asked=[SELECT t0.\"id\" AS c0, t0.\"city\" AS c1 FROM \"public\".\"orders\" AS t0 WHERE (t0.\"customer\" = $1)]"#;
    assert!(plan.contains(asked), "{plan}");
    assert!(
        plan.contains("here=[") && plan.contains("character_length") || plan.contains("length("),
        "{plan}"
    );
    let plan = one(&session, "EXPLAIN SELECT 'x' AS x FROM shop.orders WHERE city = 'c1'");
    assert!(plan.contains("SELECT 1 AS c0 FROM"), "no column is fetched where none is wanted: {plan}");
    let plan = one(
        &session,
        "EXPLAIN SELECT city, count(*), max(customer) FROM shop.orders WHERE id > 5 GROUP BY city",
    );
    assert!(plan.contains("count(*) AS c1, max(t0.") && plan.contains("GROUP BY (t0."), "{plan}");
    assert!(!plan.contains("AggregateExec"), "{plan}");
    let plan = one(&session, "EXPLAIN SELECT id FROM shop.orders WHERE city > 'c' LIMIT 3");
    assert!(plan.contains("COLLATE") && plan.contains("LIMIT 3"), "{plan}");
    assert!(!plan.contains("'c'"), "values are not shown in a question: {plan}");
    let plan = one(&session, "EXPLAIN ANALYZE SELECT id FROM shop.orders WHERE customer = 7");
    assert!(plan.contains("output_rows=20") && plan.contains("bytes_fetched="), "{plan}");

    // The two people of the one database are asked for in the other: 40 of its 20,000 rows come.
    let join = "SELECT o.id FROM crm.p JOIN shop.orders o ON o.customer = p.id WHERE p.region = 'north'";
    assert_eq!(told(&session, join).expect(join).len(), 40);
    let plan = one(&session, &format!("EXPLAIN ANALYZE {join}"));
    assert!(plan.contains("runtime_filters=") && !plan.contains("output_rows=20.00 K"), "{plan}");
    let rows = plan.split("RemoteScan: shop.orders").nth(1).unwrap_or_default();
    assert!(rows.contains("output_rows=40"), "{plan}");
    // What a question gives has names of its own (c0, c1), which say nothing of the table's columns.
    let sql = "SELECT g.most FROM crm.p JOIN (SELECT c1, max(c0) AS most FROM crm.named GROUP BY c1) g ON g.most = p.id";
    assert_eq!(told(&session, sql).expect(sql), ["[Number(2)]", "[Number(4)]"]);
    first_rows_and_joins_by_key(&session);
    // Texts of our own are of the same type: two of ten cities are wanted.
    let sql = "SELECT o.id FROM own.city c JOIN shop.orders o ON o.city = c.name";
    let plan = one(&session, &format!("EXPLAIN ANALYZE {sql}"));
    let rows = plan.split("RemoteScan: shop.orders").nth(1).unwrap_or_default();
    assert!(rows.contains("runtime_filters=") && rows.contains("output_rows=4.00 K"), "{plan}");
    // Of the side that is kept whole nothing is left out.
    let left =
        "SELECT o.id, p.id FROM shop.orders o LEFT JOIN crm.p ON o.customer = p.id AND p.region = 'north'";
    assert_eq!(told(&session, left).expect(left).len(), 20_000);
}

fn first_rows_and_joins_by_key(session: &crate::govern::Session) {
    let sql = "SELECT city FROM shop.orders WHERE customer > 990 ORDER BY city DESC, id LIMIT 3";
    let plan = one(session, &format!("EXPLAIN {sql}"));
    let order = r#"ORDER BY (t0.\"city\" COLLATE \"C\") DESC NULLS FIRST, t0.\"id\" ASC NULLS LAST LIMIT 3"#;
    assert!(plan.contains(order), "{plan}");
    assert!(one(session, &format!("EXPLAIN ANALYZE {sql}")).contains("output_rows=3"), "{plan}");
    let here = one(session, "EXPLAIN SELECT id FROM shop.orders ORDER BY length(city) LIMIT 3");
    assert!(!here.contains("ORDER BY (t0") && here.contains("SortExec"), "{here}");

    let sql = "SELECT city, count(*) AS n, sum(customer), min(id), max(name) FROM
               (SELECT city, customer, id, 'x' AS name FROM shop.orders UNION ALL SELECT city, customer, id, city AS name FROM shop.orders) o
               GROUP BY city HAVING count(*) > 3 ORDER BY city LIMIT 2";
    let grouped = "SELECT city, count(*) AS n, sum(customer), min(id) FROM
               (SELECT city, customer, id FROM shop.orders UNION ALL SELECT region, salary, id FROM crm.p) o GROUP BY city";
    let plan = one(session, &format!("EXPLAIN {grouped}"));
    assert!(plan.contains(r#"count(*) AS c1"#) && plan.contains(r#"GROUP BY (t0.\"city\""#), "{plan}");
    let answer = told(session, grouped).expect(grouped);
    assert_eq!(answer.len(), 12, "{answer:?}");
    assert!(answer.iter().any(|row| row.starts_with(r#"[String("c3"), Number(2000), "#)), "{answer:?}");
    assert!(
        answer.iter().any(|row| row.starts_with(r#"[String("south"), Number(2), Number(5001), Number(3)]"#)),
        "{answer:?}"
    );
    assert_eq!(told(session, sql).expect(sql).len(), 2);

    let sql = "SELECT a.id, b.city FROM shop.orders a JOIN shop.orders b ON a.customer = b.id WHERE a.id < 4";
    let plan = one(session, &format!("EXPLAIN {sql}"));
    assert!(plan.contains("AS t1") && !plan.contains("HashJoin"), "{plan}");
    assert!(plan.contains("RemoteScan: shop.orders and shop.orders"), "{plan}");
    assert_eq!(told(session, sql).expect(sql).len(), 3);
    for apart in [
        // Many with many; of two databases; with what only we can say.
        "SELECT a.id FROM shop.orders a JOIN shop.orders b ON a.customer = b.customer",
        "SELECT a.id FROM shop.orders a JOIN crm.p ON a.id = p.id",
        "SELECT a.id FROM shop.orders a JOIN shop.orders b ON a.customer = b.id WHERE length(a.city) = 2",
        "SELECT a.id FROM shop.orders a LEFT JOIN shop.orders b ON a.customer = b.id",
    ] {
        assert!(!one(session, &format!("EXPLAIN {apart}")).contains("AS t1"), "{apart}");
    }
}

/// Everything but the salaries.
#[derive(Debug)]
struct Salaries;

impl Decide for Salaries {
    fn reads(&self, _: &Subject, _: &TableRef) -> bool {
        true
    }

    fn verdict(&self, _: &Subject, facts: &TableFacts) -> Verdict {
        let mut verdict = Verdict::everything(facts, "test");
        for column in verdict.columns.iter_mut().filter(|column| column.column == "salary") {
            column.mask = Mask::Null;
        }
        verdict
    }
}

/// A mask or a row filter costs no row more than it must: 100 rows are all that a scan may fetch of a table of 2,000.
#[test]
fn what_is_open_of_a_governed_table_is_still_asked_of_the_database() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.db");
    let text = "CREATE TABLE staff (salary INTEGER, id INTEGER PRIMARY KEY, region TEXT, boss INTEGER);
        WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 2000)
        INSERT INTO staff SELECT x % 7, x, CASE x % 2 WHEN 0 THEN 'north' ELSE 'south' END, 1 + x % 3 FROM n;";
    rusqlite::Connection::open(&path).expect("opened").execute_batch(text).expect("made");
    let limits = ConnectionLimits { rows: 100, ..ConnectionLimits::default() };
    let house = House::new().with(&sqlite(&path, "crm", None, limits)).with_schema("own", own_ids());
    let (masked, north) = (house.under(Arc::new(Salaries)), house.under(Arc::new(North)));
    for (sql, in_all, in_north) in [
        ("SELECT s.id, s.salary FROM own.wanted w JOIN crm.staff s ON s.id = w.id", 3, 2),
        (
            "SELECT s.id, b.boss FROM own.wanted w JOIN crm.staff s ON s.id = w.id JOIN crm.staff b ON b.id = s.boss",
            3,
            1,
        ),
        ("SELECT count(*), region FROM crm.staff GROUP BY region", 2, 1),
        ("SELECT count(*) FROM crm.staff WHERE id > 500 AND region = 'north'", 1, 1),
        ("SELECT id FROM crm.staff WHERE boss = 2 ORDER BY id DESC LIMIT 5", 5, 5),
        ("SELECT DISTINCT boss FROM crm.staff", 3, 3),
        ("SELECT id FROM crm.staff WHERE id IN (4, 5, 6)", 3, 2),
    ] {
        assert_eq!(told(&masked, sql).map(|rows| rows.len()), Ok(in_all), "{sql}");
        assert_eq!(told(&north, sql).map(|rows| rows.len()), Ok(in_north), "{sql}");
    }
    assert_eq!(told(&masked, "SELECT id, salary FROM crm.staff LIMIT 50").map(|rows| rows.len()), Ok(50));
    assert_eq!(
        told(&masked, "SELECT id FROM crm.staff WHERE region LIKE 'no%' AND id < 50").map(|r| r.len()),
        Ok(24)
    );
    // The controls: what reads a mask must be done here, and all rows come.
    for sql in [
        "SELECT max(salary) FROM crm.staff",
        "SELECT id FROM crm.staff ORDER BY salary, id LIMIT 5",
        "SELECT s.id FROM own.wanted w JOIN crm.staff s ON s.salary = w.id",
        "SELECT count(*) FROM crm.staff WHERE salary IS NULL",
    ] {
        for session in [&masked, &north] {
            let refused = told(session, sql).expect_err(sql);
            assert!(refused.starts_with("K-SCAN-LIMIT"), "{sql}: {refused}");
        }
    }
    let plan = one(&north, "EXPLAIN SELECT count(*) FROM crm.staff WHERE id > 500");
    assert!(plan.contains("RemoteScan: crm.staff, rows by policy") && !plan.contains("region"), "{plan}");
}

fn own_ids() -> Arc<dyn SchemaProvider> {
    let ids: ArrayRef = Arc::new(Int64Array::from(vec![4, 5, 6]));
    let north: ArrayRef = Arc::new(StringViewArray::from(vec!["north"; 3]));
    let batch = RecordBatch::try_from_iter([("id", ids), ("region", north)]).expect("a batch");
    let table = MemTable::try_new(batch.schema(), vec![vec![batch]]).expect("a table");
    let schema = MemorySchemaProvider::new();
    schema.register_table("wanted".into(), Arc::new(table)).expect("registered");
    Arc::new(schema)
}
