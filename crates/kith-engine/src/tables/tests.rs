//! What is told of a table under a policy: by construction no more than a query of the same session would give.

use super::fold::Fold;
use super::profile::sampled;
use super::shape::ColumnProfile;
use crate::exec::{Embedded, Limits};
use crate::govern::{Session, TableSeen};
use crate::lake::Lake;
use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use datafusion::catalog::{CatalogProvider, MemoryCatalogProvider, MemorySchemaProvider, SchemaProvider};
use datafusion::datasource::MemTable;
use kith_core::govern::{
    ColumnVerdict, Decide, Door, Mask, Permit, RowFilter, Subject, TableFacts, TableRef, Verdict,
};
use kith_core::id::Tenant;
use std::sync::Arc;
use tempfile::TempDir;

/// Hides a table and a column, masks another one, and takes half of the rows out.
#[derive(Debug)]
struct Strict;

impl Decide for Strict {
    fn reads(&self, _: &Subject, table: &TableRef) -> bool {
        table.table != "secret"
    }

    fn verdict(&self, subject: &Subject, facts: &TableFacts) -> Verdict {
        let mut verdict = Verdict::everything(facts, "open");
        verdict.read = self.reads(subject, &facts.name);
        verdict.rows = Some(RowFilter::parse("kept = 1").expect("a filter"));
        for column in &mut verdict.columns {
            let mask = match column.column.as_str() {
                "email" => Mask::Domain,
                "salary" => Mask::Hidden,
                _ => continue,
            };
            *column = ColumnVerdict { column: column.column.clone(), mask, why: "a rule".into() };
        }
        verdict
    }
}

fn session(dir: &TempDir, decider: Arc<dyn Decide>) -> Session {
    let mut threads = tokio::runtime::Builder::new_multi_thread();
    let runtime = Arc::new(threads.enable_all().thread_stack_size(64 << 20).build().expect("runtime"));
    let lake = Lake::open(dir.path(), &Tenant::default_tenant(), runtime.clone());
    let email = StringArray::from_iter_values((0..100).map(|i| format!("person{i}@example.org")));
    let columns: [(&str, ArrayRef); 4] = [
        ("id", Arc::new(Int64Array::from_iter_values(0..100))),
        ("email", Arc::new(email)),
        ("salary", Arc::new(Int64Array::from_iter_values(5_000..5_100))),
        ("kept", Arc::new(Int64Array::from_iter_values((0..100).map(|i| i % 2)))),
    ];
    let batch = RecordBatch::try_from_iter(columns).expect("a batch");
    let schema = MemorySchemaProvider::new();
    for name in ["person", "secret"] {
        let table = MemTable::try_new(batch.schema(), vec![vec![batch.clone()]]).expect("a table");
        schema.register_table(name.into(), Arc::new(table)).expect("registered");
    }
    let catalog = MemoryCatalogProvider::new();
    catalog.register_schema("master", Arc::new(schema)).expect("registered");
    let engine = Embedded::new(&lake, dir.path(), runtime).expect("engine").with_tables(Arc::new(catalog));
    engine.session(&Subject::owner("ann", Tenant::default_tenant(), Door::Http), decider)
}

fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime").block_on(work)
}

fn seen(session: &Session) -> Vec<TableSeen> {
    let schemas = wait(session.schemas()).expect("schemas");
    wait(session.tables(schemas)).expect("tables")
}

fn held(session: &Session) -> Vec<ColumnProfile> {
    let fold: Fold = wait(sampled(session, "SELECT * FROM master.person", &Limits::default())).expect("rows");
    fold.columns(&|_| None)
}

fn names(seen: &TableSeen) -> Vec<&str> {
    seen.columns.as_ref().expect("columns").iter().map(|column| column.name.as_str()).collect()
}

#[test]
fn a_list_has_what_the_policy_leaves_and_says_what_it_masks() {
    let dir = TempDir::new().expect("dir");
    let strict = session(&dir, Arc::new(Strict));
    let tables = seen(&strict);
    let [person] = &tables[..] else { panic!("one table: {tables:?}") };
    assert_eq!(names(person), ["id", "email", "kept"]);
    assert!(person.rows_filtered && person.rows.is_none(), "how many rows there are is not told");
    let masked = person.columns.as_ref().expect("columns").iter().find(|c| c.name == "email");
    assert_eq!(masked.and_then(|c| c.masked.clone()), Some(("domain", "a rule".to_string())));
    // Without a policy all of it is there: the test looks where it should.
    let open = session(&dir, Arc::new(Permit));
    let tables = seen(&open);
    assert_eq!(tables.iter().map(|t| t.table.as_str()).collect::<Vec<_>>(), ["person", "secret"]);
    assert_eq!(names(&tables[0]), ["id", "email", "salary", "kept"]);
    assert!(!tables[0].rows_filtered && tables[0].rows == Some((100, true)), "{:?}", tables[0].rows);
}

#[test]
fn a_profile_is_of_what_the_policy_shows() {
    let dir = TempDir::new().expect("dir");
    let columns = held(&session(&dir, Arc::new(Strict)));
    let [id, email, kept] = &columns[..] else { panic!("three columns") };
    assert_eq!((id.distinct, id.least.as_deref()), (50, Some("1")), "half of the rows, 0 is not among them");
    assert_eq!((email.distinct, email.top.len()), (1, 1));
    assert!(!email.top[0].value.contains("person") && email.top[0].rows == 50, "{:?}", email.top);
    assert_eq!((kept.least.as_deref(), kept.greatest.as_deref()), (Some("1"), Some("1")));
    let open = held(&session(&dir, Arc::new(Permit)));
    assert_eq!(
        (open.len(), open[0].distinct, open[1].distinct),
        (4, 100, 100),
        "without a policy all is seen"
    );
}

#[test]
fn a_plan_names_masks_and_says_nothing_of_what_lies_below() {
    let dir = TempDir::new().expect("dir");
    let strict = session(&dir, Arc::new(Strict));
    for run in [false, true] {
        let plan = wait(super::explain(&strict, "SELECT email FROM master.person", run)).expect("a plan");
        assert_eq!(plan.tables.len(), 1);
        assert!(plan.tables[0].rows_filtered && plan.tables[0].masked[0].mask.mask == "domain");
        assert!(!plan.physical.contains("kept = 1") && !plan.logical.contains("kept"), "{}", plan.physical);
        assert_eq!((plan.ran_ms.is_some(), plan.columns[0].name.as_str()), (run, "email"));
    }
    assert!(wait(super::explain(&strict, "SELECT salary FROM master.person", false)).is_err());
    assert!(wait(super::explain(&strict, "SELECT 1 FROM master.secret", true)).is_err());
    assert!(wait(super::explain(&strict, "DELETE FROM master.person", false)).is_err());
}
