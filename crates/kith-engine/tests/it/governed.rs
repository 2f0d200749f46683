//! Whether anything of what a policy keeps back can be learnt by SQL.
//!
//! The value test: two databases that differ only in what an analyst must not see give the same answers, the same errors and
//! the same plans, to the byte. Its control: whoever may see everything can tell them apart by each of the queries.

mod more;
mod queries;

use crate::lake::threads;
use datafusion::arrow::array::{ArrayRef, Date32Array, Int64Array, RecordBatch, StringArray};
use kith_core::govern::{Decide, Door, Permit, Subject};
use kith_core::id::{Position, Tenant};
use kith_engine::Session;
use kith_engine::exec::{Embedded, Limits, rows_as_json};
use kith_engine::lake::{Lake, TableName};
use kith_govern::{Known, Policies, Rules};
use more::MORE;
use queries::ATTEMPTS;
use std::sync::Arc;
use tempfile::TempDir;

/// An analyst sees people of the own region, and of them not everything. All orders; but plans of a table under a policy do not name
/// its files, which differ from database to database.
const POLICY: &str = r#"
    permit (principal in Role::"analyst", action, resource);
    @rows("region = user.region")
    permit (principal, action == Action::"read", resource == Table::"master.p");
    @rows("no >= 0")
    permit (principal, action == Action::"read", resource == Table::"master.o");
    forbid (principal, action, resource in Table::"master.payroll");
    @id("pay") @mask("null") forbid (principal, action == Action::"see", resource) when { resource.name == "salary" };
    @id("mail") @mask("fixed") forbid (principal, action == Action::"see", resource) when { resource.name == "email" };
    @mask("last4") forbid (principal, action == Action::"see", resource) when { resource.name == "card" };
    @mask("year") forbid (principal, action == Action::"see", resource) when { resource.name == "born" };
    @mask("bucket:10") forbid (principal, action == Action::"see", resource) when { resource.name == "age" };
    forbid (principal, action == Action::"see", resource) when { resource.name == "ssn" };
"#;

fn rules() -> Arc<dyn Decide> {
    let policies = Policies::parse(&[("team.cedar".into(), POLICY.into())]).expect("policies");
    Arc::new(Rules::new(policies, Known::default(), 1))
}

fn attempts() -> impl Iterator<Item = &'static str> {
    ATTEMPTS.iter().chain(MORE).copied()
}

struct Person {
    id: i64,
    code: &'static str,
    region: &'static str,
    salary: Option<i64>,
    email: Option<&'static str>,
    card: &'static str,
    born: i32,
    age: i64,
    ssn: &'static str,
}

#[rustfmt::skip]
fn people(second: bool) -> Vec<Person> {
    let person = |id, code, region, salary, email, card, born, age, ssn| {
        Person { id, code, region, salary, email, card, born, age, ssn }
    };
    let mut people = match second {
        false => vec![
            person(1, "10", "north", Some(4242), Some("secret.ann@x.example"), "4111 1111 1111 1234", 3_777, 41, "900-1"),
            person(2, "20", "north", Some(9_000), Some("b@y.example"), "4222 2222 2222 9999", 4_200, 33, "123-1"),
            person(3, "30", "north", None, Some("zoe@x.example"), "4333 3333 3333 0001", 0, 57, "123-2"),
            person(7, "70", "south", Some(50_000), Some("hidden@south.example"), "4777 1111 1111 1111", 5, 22, "900-7"),
        ],
        true => vec![
            person(1, "10", "north", Some(4_000), Some("ann@x.example"), "5111 0000 0000 1234", 3_700, 44, "123-3"),
            person(2, "20", "north", Some(4_000), None, "5222 0000 0000 9999", 4_100, 37, "900-2"),
            person(3, "30", "north", Some(77), Some("secret@z.example"), "5333 0000 0000 0001", 300, 50, "900-3"),
            person(5, "x-secret", "south", None, None, "1", 1, 1, "1"),
            person(6, "60", "west", Some(4_244), Some("secret@west.example"), "4777 1111 1111 1111", 5, 22, "900-7"),
            person(9, "x", "south", Some(6_000), Some("i@south.example"), "47", 5, 22, "9"),
        ],
    };
    // The control must be able to tell also by what has more rows here than there.
    people.reverse();
    people
}

fn table(people: &[Person]) -> RecordBatch {
    let whole =
        |f: fn(&Person) -> Option<i64>| Arc::new(people.iter().map(f).collect::<Int64Array>()) as ArrayRef;
    let text = |f: fn(&Person) -> Option<&'static str>| {
        Arc::new(people.iter().map(f).collect::<StringArray>()) as ArrayRef
    };
    let born = people.iter().map(|p| Some(p.born)).collect::<Date32Array>();
    RecordBatch::try_from_iter_with_nullable([
        ("id", whole(|p| Some(p.id)), true),
        ("code", text(|p| Some(p.code)), true),
        ("region", text(|p| Some(p.region)), true),
        ("salary", whole(|p| p.salary), true),
        ("email", text(|p| p.email), true),
        ("card", text(|p| Some(p.card)), true),
        ("born", Arc::new(born), true),
        ("age", whole(|p| Some(p.age)), true),
        ("ssn", text(|p| Some(p.ssn)), true),
    ])
    .expect("a table")
}

struct Database {
    _dir: TempDir,
    analyst: Session,
    owner: Session,
}

fn database(second: bool) -> Database {
    let dir = TempDir::new().expect("dir");
    let runtime = threads();
    let lake = Lake::open(dir.path(), &Tenant::default_tenant(), runtime.clone());
    let orders = RecordBatch::try_from_iter([
        ("no", Arc::new(Int64Array::from_iter_values(100..108)) as ArrayRef),
        ("person", Arc::new(Int64Array::from_iter_values(1..9)) as ArrayRef),
    ]);
    let write = |name: &str, batch| {
        lake.overwrite(&TableName::new("master", name), vec![batch], Position(1)).expect("write")
    };
    write("p", table(&people(second)));
    write("payroll", table(&people(second)));
    write("o", orders.expect("orders"));
    let engine = Embedded::new(&lake, dir.path(), runtime).expect("engine");
    let tenant = Tenant::default_tenant;
    let analyst =
        Subject::new("ann", tenant(), Door::Http).with_role("analyst").with_attribute("region", "north");
    let owner = Subject::owner("owner", tenant(), Door::Cli);
    let (analyst, owner) = (engine.session(&analyst, rules()), engine.session(&owner, Arc::new(Permit)));
    Database { _dir: dir, analyst, owner }
}

/// Rows in order of their text, or the whole error.
fn told(session: &Session, sql: &str) -> String {
    match session.query(sql, &Limits::default()) {
        Ok(answer) => {
            let names: Vec<String> = answer.schema.fields().iter().map(|f| format!("{f:?}")).collect();
            let mut rows: Vec<String> =
                rows_as_json(&answer.batches).iter().map(|row| format!("{row:?}")).collect();
            rows.sort();
            format!("{names:?}\n{}", rows.join("\n"))
        }
        Err(error) => format!("{} {error} {}", error.code(), error.help()),
    }
}

#[test]
fn no_attempt_tells_two_databases_apart_that_differ_in_what_is_kept_back() {
    let (first, second) = (database(false), database(true));
    let mut leaks = Vec::new();
    for attempt in attempts() {
        for sql in [attempt.to_string(), format!("EXPLAIN {attempt}"), format!("EXPLAIN VERBOSE {attempt}")] {
            let (one, two) = (told(&first.analyst, &sql), told(&second.analyst, &sql));
            if one != two {
                leaks.push(format!("{sql}\n--- one\n{one}\n--- two\n{two}"));
            }
        }
    }
    assert!(leaks.is_empty(), "{} of {} tell:\n{}", leaks.len(), attempts().count(), leaks.join("\n\n"));
}

/// The control: each attempt would work.
#[test]
fn without_the_governor_each_attempt_tells() {
    let (first, second) = (database(false), database(true));
    let silent: Vec<&str> =
        attempts().filter(|attempt| told(&first.owner, attempt) == told(&second.owner, attempt)).collect();
    assert!(silent.is_empty(), "these prove nothing: {silent:#?}");
    assert!(attempts().count() >= 180, "{}", attempts().count());
}

/// A test of equal answers would pass if there were none: an analyst does get the open part.
#[test]
fn what_is_open_is_shown_as_it_is() {
    let database = database(false);
    let rows = |sql: &str| {
        let answer = database.analyst.query(sql, &Limits::default()).expect(sql);
        serde_json::to_string(&rows_as_json(&answer.batches)).expect("JSON")
    };
    assert_eq!(
        rows("SELECT * FROM p ORDER BY id"),
        "[[1,\"10\",\"north\",null,\"***\",\"***1234\",\"1980-01-01\",40],\
         [2,\"20\",\"north\",null,\"***\",\"***9999\",\"1981-01-01\",30],\
         [3,\"30\",\"north\",null,\"***\",\"***0001\",\"1970-01-01\",50]]"
    );
    assert_eq!(rows("SELECT count(*) FROM p"), "[[3]]");
    assert_eq!(rows("SELECT id FROM p WHERE id > 1 AND code = '20'"), "[[2]]");
    assert_eq!(rows("SELECT o.no FROM o JOIN p ON o.person = p.id WHERE p.code = '30'"), "[[102]]");
    assert_eq!(rows("SELECT count(*) FROM o"), "[[8]]");
    assert_eq!(rows("SELECT count(*) FROM p a JOIN p b ON a.email = b.email"), "[[9]]", "all are ***");
}

#[test]
fn what_is_hidden_has_no_name() {
    let database = database(false);
    let finds = |session: &Session, sql: &str, what: &str| told(session, sql).contains(what);
    for (sql, what) in [
        ("SELECT table_name, column_name FROM information_schema.columns", "ssn"),
        ("SELECT table_name FROM information_schema.tables", "payroll"),
        ("SHOW TABLES", "payroll"),
        ("SHOW COLUMNS FROM p", "ssn"),
        ("DESCRIBE p", "ssn"),
        ("SELECT * FROM p LIMIT 0", "ssn"),
        ("SELECT ssnn FROM p", "ssn\""),
        ("EXPLAIN SELECT * FROM p", ".parquet"),
        ("EXPLAIN ANALYZE SELECT * FROM p", ".parquet"),
        ("EXPLAIN ANALYZE SELECT count(*) FROM p WHERE id > 0", "DataSource"),
    ] {
        assert!(
            !finds(&database.analyst, sql, what),
            "{sql} tells {what}:\n{}",
            told(&database.analyst, sql)
        );
        if what != "ssn\"" {
            assert!(finds(&database.owner, sql, what), "{sql} would not tell {what} to anybody");
        }
    }
    let missing = told(&database.analyst, "SELECT * FROM payroll");
    assert_eq!(missing, told(&database.analyst, "SELECT * FROM payrool").replace("payrool", "payroll"));
    let plan = database.analyst.plan("SELECT email FROM p WHERE id = 1").expect("a plan");
    let used = &plan.tables[0];
    assert_eq!((used.table.as_str(), used.rows_filtered), ("master.p", true));
    assert!(used.masked.contains(&("email".into(), "fixed", "team: mail".into())), "{used:?}");
    assert!(plan.physical.contains("GovernedScan: master.p"), "{}", plan.physical);
}

#[test]
fn who_has_no_attribute_or_no_role_gets_nothing() {
    let dir = TempDir::new().expect("dir");
    let runtime = threads();
    let lake = Lake::open(dir.path(), &Tenant::default_tenant(), runtime.clone());
    lake.overwrite(&TableName::new("master", "p"), vec![table(&people(false))], Position(1)).expect("write");
    let engine = Embedded::new(&lake, dir.path(), runtime).expect("engine");
    let nobody = Subject::new("nobody", Tenant::default_tenant(), Door::Http).with_role("analyst");
    let nowhere = engine.session(&nobody, rules());
    assert_eq!(nowhere.query("SELECT id FROM p", &Limits::default()).expect("no region").rows(), 0);
    let refused = engine.session(&nobody, Arc::new(Permit));
    assert_eq!(
        refused.query("SELECT id FROM p", &Limits::default()).expect_err("no role").code(),
        "K-SQL-PLAN"
    );
}
