//! The catalogue of a project with a database in place: what is listed, what is in it, what it is asked.

use kith_engine::{Project, tables};

const CONFIG: &str = "[project]\nname = \"t\"\n
[[connection]]\nname = \"crm\"\nkind = \"sqlite\"\npath = \"crm.db\"\n
[[connection]]\nname = \"away\"\nkind = \"postgres\"\nurl = \"postgres://kith@127.0.0.1:1/postgres\"\n
[[connection]]\nname = \"gone\"\nkind = \"sqlite\"\npath = \"gone.db\"\ntables = [\"account\"]\n";

fn project(dir: &tempfile::TempDir) -> Project {
    std::fs::write(dir.path().join("kith.toml"), CONFIG).expect("written");
    let db = rusqlite::Connection::open(dir.path().join("crm.db")).expect("opened");
    db.execute_batch(
        "CREATE TABLE account (id INTEGER, name TEXT, since TEXT, \"we\"\"ird\" REAL);
         INSERT INTO account VALUES (1, 'Ada', NULL, 1.5), (2, 'Zoë', '2020', 2.5), (3, 'Ada', '2021', NULL)",
    )
    .expect("made");
    Project::open(dir.path()).expect("a project")
}

fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(work)
}

#[test]
fn a_list_has_the_tables_of_databases_and_says_which_can_not_be_told() {
    let dir = tempfile::tempdir().expect("a folder");
    let project = project(&dir);
    let states = |project: &Project| -> Vec<&str> { project.connections().iter().map(|c| c.state).collect() };
    assert_eq!(states(&project), ["untried"; 3], "a list of connections reaches none");
    let session = project.session(&project.owner()).expect("a session");
    let listed = wait(tables::list(&project, &session, None)).expect("tables");
    let of = |schema: &str| listed.iter().filter(|t| t.schema == schema).collect::<Vec<_>>();
    let [account] = of("crm")[..] else { panic!("one table of crm: {listed:#?}") };
    assert_eq!(
        (account.kind, account.connection_kind, account.rows),
        ("connection", Some("sqlite"), Some(3))
    );
    assert!(!account.rows_exact && !account.pushed_down.is_empty());
    let compared: Vec<_> = account.columns.iter().map(|c| (c.name.as_str(), c.compared_there)).collect();
    let names = [("id", Some(true)), ("name", Some(true)), ("since", Some(true)), ("we\"ird", Some(false))];
    assert_eq!(compared, names);
    assert!(of("away").is_empty(), "nobody knows its tables");
    let [account] = of("gone")[..] else { panic!("a table that is named is there") };
    assert_eq!(account.fault.as_ref().map(|fault| fault.code), Some("K-SCAN-DOWN"));
    assert_eq!(states(&project), ["good", "failed", "failed"]);
    assert!(wait(tables::one(&project, &session, "crm", "nothing")).is_err());
}

#[test]
fn a_profile_of_a_table_in_place_is_of_its_first_rows() {
    let dir = tempfile::tempdir().expect("a folder");
    let project = project(&dir);
    let session = project.session(&project.owner()).expect("a session");
    let view = wait(tables::one(&project, &session, "crm", "account")).expect("a table");
    let profile = wait(tables::profile(&session, view)).expect("a profile");
    assert_eq!((profile.rows, profile.rows_read, profile.sample), (Some(3), 3, "all"));
    let of = |name: &str| profile.columns.iter().find(|c| c.name == name).expect("a column");
    assert_eq!((of("name").distinct, of("name").top[0].rows, of("since").missing), (2, 2, 1));
    assert_eq!((of("we\"ird").missing, of("we\"ird").average), (1, Some(2.0)));
    let view = wait(tables::one(&project, &session, "gone", "account")).expect("it is named");
    let error = wait(tables::profile(&session, view)).expect_err("it can not be read");
    assert_eq!(error.code(), "K-SCAN-DOWN");
}

#[test]
fn a_plan_says_what_a_database_is_asked_and_what_came_back() {
    let dir = tempfile::tempdir().expect("a folder");
    let project = project(&dir);
    let session = project.session(&project.owner()).expect("a session");
    let sql = "SELECT name FROM crm.account WHERE id > 1 AND length(name) = 3";
    let planned = wait(tables::explain(&session, sql, false)).expect("a plan");
    let [scan] = &planned.scans[..] else { panic!("one scan: {}", planned.physical) };
    assert!(scan.asked.contains("WHERE") && !scan.asked.contains("length"), "{scan:?}");
    assert!(scan.here.as_ref().is_some_and(|here| here.contains("length")), "{scan:?}");
    assert_eq!((scan.rows.as_deref(), planned.ran_ms), (None, None));
    let ran = wait(tables::explain(&session, sql, true)).expect("a plan");
    assert_eq!(ran.scans[0].rows.as_deref(), Some("2"), "{}", ran.physical);
    assert!(ran.scans[0].bytes.is_some() && ran.ran_ms.is_some());
}

#[test]
fn a_connection_is_tried_now_and_not_as_it_was_known() {
    let dir = tempfile::tempdir().expect("a folder");
    let project = project(&dir);
    let good = wait(project.test_connection("crm")).expect("tried");
    assert_eq!((good.good, good.tables, good.fault.is_none()), (true, Some(1), true));
    std::fs::rename(dir.path().join("crm.db"), dir.path().join("moved.db")).expect("moved");
    let bad = wait(project.test_connection("crm")).expect("tried");
    assert!(
        !bad.good && bad.fault.is_some_and(|fault| fault.code == "K-SCAN-DOWN" && !fault.help.is_empty())
    );
    let error = wait(project.test_connection("nobody")).expect_err("there is none");
    assert_eq!(error.code(), "K-SCAN-NO-CONNECTION");
    let shown = serde_json::to_string(&project.connections()).expect("JSON");
    assert!(shown.contains("postgres://kith@127.0.0.1:1/postgres"), "{shown}");
}
