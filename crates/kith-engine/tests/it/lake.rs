//! Whether the lake keeps what it is given, says up to where it is complete, and leaves nothing behind.

use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use kith_core::govern::{Door, Permit, Subject};
use kith_core::id::{Position, Tenant};
use kith_engine::Session;
use kith_engine::exec::{Embedded, Limits};
use kith_engine::lake::{Lake, TableName};
use std::sync::Arc;
use tempfile::TempDir;

/// Threads with stacks for deep queries, as a project has them.
pub fn threads() -> Arc<tokio::runtime::Runtime> {
    let mut threads = tokio::runtime::Builder::new_multi_thread();
    Arc::new(threads.enable_all().thread_stack_size(64 << 20).build().expect("runtime"))
}

pub fn open(dir: &TempDir) -> (Lake, Session) {
    let runtime = threads();
    let lake = Lake::open(dir.path(), &Tenant::default_tenant(), runtime.clone());
    let engine = Embedded::new(&lake, dir.path(), runtime).expect("engine");
    let owner = Subject::owner("owner", Tenant::default_tenant(), Door::Cli);
    let session = engine.session(&owner, Arc::new(Permit));
    (lake, session)
}

pub fn numbers(name: &str, values: Vec<i64>) -> RecordBatch {
    RecordBatch::try_from_iter([(name, Arc::new(Int64Array::from(values)) as ArrayRef)]).expect("batch")
}

fn rows(engine: &Session, sql: &str) -> Vec<Vec<serde_json::Value>> {
    let answer = engine.query(sql, &Limits::default()).expect(sql);
    kith_engine::exec::rows_as_json(&answer.batches)
}

#[test]
fn an_overwrite_replaces_rows_and_columns_and_carries_its_position() {
    let dir = TempDir::new().expect("dir");
    let (lake, engine) = open(&dir);
    let table = TableName::new("master", "customer");
    assert_eq!(lake.position(&table).expect("no table"), None);
    lake.overwrite(&table, vec![numbers("a", vec![1, 2, 3])], Position(7)).expect("first");
    assert_eq!(lake.position(&table).expect("position"), Some(Position(7)));
    assert_eq!(rows(&engine, "SELECT sum(a) AS s FROM master.customer"), [[6]]);
    let texts = RecordBatch::try_from_iter([("b", Arc::new(StringArray::from(vec!["x"])) as ArrayRef)]);
    lake.overwrite(&table, vec![texts.expect("batch")], Position(9)).expect("second");
    assert_eq!(lake.position(&table).expect("position"), Some(Position(9)));
    assert_eq!(rows(&engine, "SELECT * FROM customer"), [["x"]]);
    assert_eq!(lake.files(&table).expect("files"), 1);
    assert_eq!(lake.tables(), [table]);
}

#[test]
fn an_append_adds_a_file_and_an_empty_table_is_a_table() {
    let dir = TempDir::new().expect("dir");
    let (lake, engine) = open(&dir);
    let table = TableName::new("land", "reject");
    lake.overwrite(&table, vec![numbers("a", vec![])], Position(1)).expect("empty");
    assert_eq!(rows(&engine, "SELECT count(*) AS n FROM land.reject"), [[0]]);
    lake.append(&table, vec![numbers("a", vec![1])], Position(2)).expect("append");
    lake.append(&table, vec![numbers("a", vec![2])], Position(3)).expect("append");
    assert_eq!(rows(&engine, "SELECT sum(a) AS s FROM land.reject"), [[3]]);
    assert_eq!(lake.position(&table).expect("position"), Some(Position(3)));
    lake.drop_table(&table).expect("drop");
    assert_eq!(lake.position(&table).expect("no table"), None);
}

#[test]
fn tenants_do_not_see_each_other() {
    let dir = TempDir::new().expect("dir");
    let (lake, _) = open(&dir);
    lake.overwrite(&TableName::new("land", "reject"), vec![numbers("a", vec![1])], Position(1))
        .expect("write");
    let other = Tenant::try_from("other".to_string()).expect("name");
    let runtime = threads();
    assert!(Lake::open(dir.path(), &other, runtime).tables().is_empty());
}
