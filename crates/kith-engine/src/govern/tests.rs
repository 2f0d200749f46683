//! Whether what a join learns while it runs reaches the source of a governed table, and only where it may.

mod postgres;

use super::governed::GovernedTable;
use super::session::Session;
use crate::exec::{Embedded, Limits};
use crate::lake::Lake;
use async_trait::async_trait;
use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{
    CatalogProvider, MemoryCatalogProvider, MemorySchemaProvider, SchemaProvider, TableProvider,
};
use datafusion::common::DFSchema;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::{ExecutionPlan, displayable};
use kith_core::govern::{
    ColumnVerdict, Decide, Door, Mask, Permit, RowFilter, Subject, TableFacts, TableRef, Verdict,
};
use kith_core::id::Tenant;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

#[derive(Debug)]
struct Masking(&'static str);

impl Decide for Masking {
    fn reads(&self, _: &Subject, _: &TableRef) -> bool {
        true
    }

    fn verdict(&self, _: &Subject, facts: &TableFacts) -> Verdict {
        let mut verdict = Verdict::everything(facts, "test");
        verdict.rows = Some(RowFilter::parse("kept = 1").expect("a filter"));
        let masked = ColumnVerdict { column: self.0.into(), mask: Mask::Bucket(10), why: "test".into() };
        verdict.columns.push(masked);
        verdict
    }
}

fn parquet(dir: &Path, name: &str) -> Arc<dyn TableProvider> {
    let column =
        |modulus: i64| Arc::new(Int64Array::from_iter_values((0..1000).map(|i| i % modulus))) as ArrayRef;
    let batch =
        RecordBatch::try_from_iter([("id", column(1000)), ("other", column(1000)), ("kept", column(2))]);
    let batch = batch.expect("batch");
    let path = dir.join(format!("{name}.parquet"));
    let file = std::fs::File::create(&path).expect("file");
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).expect("writer");
    writer.write(&batch).expect("write");
    writer.close().expect("close");
    let url = ListingTableUrl::parse(path.display().to_string()).expect("url");
    let config = ListingTableConfig::new(url)
        .with_listing_options(ListingOptions::new(Arc::new(ParquetFormat::default())))
        .with_schema(batch.schema());
    Arc::new(ListingTable::try_new(config).expect("table"))
}

fn session(dir: &TempDir, masked: &'static str) -> Session {
    let tables = ["small", "big"].map(|name| (name, parquet(dir.path(), name)));
    session_over(dir, Arc::new(Masking(masked)), tables)
}

fn session_over<const N: usize>(
    dir: &TempDir,
    decider: Arc<dyn Decide>,
    tables: [(&str, Arc<dyn TableProvider>); N],
) -> Session {
    let mut threads = tokio::runtime::Builder::new_multi_thread();
    let runtime = Arc::new(threads.enable_all().thread_stack_size(64 << 20).build().expect("runtime"));
    let lake = Lake::open(dir.path(), &Tenant::default_tenant(), runtime.clone());
    let schema = MemorySchemaProvider::new();
    for (name, table) in tables {
        schema.register_table(name.into(), table).expect("registered");
    }
    let catalog = MemoryCatalogProvider::new();
    catalog.register_schema("master", Arc::new(schema)).expect("registered");
    let engine = Embedded::new(&lake, dir.path(), runtime).expect("engine").with_tables(Arc::new(catalog));
    engine.session(&Subject::owner("ann", Tenant::default_tenant(), Door::Http), decider)
}

/// The inside of each scan of a plan.
fn insides(session: &Session, sql: &str) -> Vec<String> {
    let plan = session.physical(sql).expect("a plan");
    let mut found = Vec::new();
    let mut open = vec![plan];
    while let Some(node) = open.pop() {
        if let Some(scan) = node.downcast_ref::<super::sealed::SealedScan>() {
            found.push(displayable(scan.inside().as_ref()).indent(true).to_string());
        }
        open.extend(node.children().into_iter().cloned());
    }
    found
}

#[test]
fn filters_of_running_joins_reach_the_source_of_an_open_column() {
    let dir = TempDir::new().expect("dir");
    let join = "SELECT b.id FROM small s JOIN big b ON s.id = b.id WHERE s.other < 3";
    let inside = insides(&session(&dir, "none"), join);
    assert_eq!(inside.len(), 2);
    let reached = inside.iter().filter(|plan| {
        plan.lines().any(|line| line.contains("DataSourceExec") && line.contains("DynamicFilter"))
    });
    assert_eq!(reached.count(), 1, "the larger side's source has the filter: {inside:#?}");
    assert!(
        inside.iter().all(|plan| plan.contains("FilterExec: kept")),
        "and the policy's is there: {inside:#?}"
    );
    let rows = session(&dir, "none").query(join, &Limits::default()).expect("rows").rows();
    assert_eq!(rows, 1, "of 0, 1 and 2 only 1 is kept");
}

#[test]
fn filters_of_running_joins_stop_at_masks_and_expressions() {
    let dir = TempDir::new().expect("dir");
    let masked =
        insides(&session(&dir, "id"), "SELECT b.id FROM small s JOIN big b ON s.id = b.id WHERE s.other < 3");
    assert!(!masked.iter().any(|plan| plan.contains("DynamicFilter")), "{masked:#?}");
    let computed = "SELECT b.id FROM small s JOIN big b ON s.id = 10 / (b.id - 7) WHERE s.other < 3";
    let computed = insides(&session(&dir, "none"), computed);
    assert!(!computed.iter().any(|plan| plan.contains("DynamicFilter")), "{computed:#?}");
}

#[test]
fn a_governed_table_gives_no_other_way_in() {
    let dir = TempDir::new().expect("dir");
    let name = TableRef { schema: "master".into(), table: "big".into() };
    let subject = Subject::new("ann", Tenant::default_tenant(), Door::Http);
    let table = GovernedTable::of(name, parquet(dir.path(), "big"), &subject, &Masking("other"));
    let table = table.expect("a verdict").expect("a table");
    assert!(table.get_logical_plan().is_none() && table.get_table_definition().is_none());
    assert!(table.statistics().is_none() && table.constraints().is_none());
}

/// A source that evaluates what it is given on every row, and first what comes last, as a database may.
#[derive(Debug)]
struct Evaluating(Arc<dyn TableProvider>);

#[async_trait]
impl TableProvider for Evaluating {
    fn schema(&self) -> SchemaRef {
        self.0.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Exact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn datafusion::catalog::Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let mut plan = self.0.scan(state, None, &[], None).await?;
        let schema = DFSchema::try_from(plan.schema())?;
        for filter in filters.iter().rev() {
            let filter = state.create_physical_expr(filter.clone(), &schema)?;
            plan = Arc::new(FilterExec::try_new(filter, plan)?);
        }
        let every: Vec<usize> = (0..plan.schema().fields().len()).collect();
        let fields = plan.schema();
        let columns = projection.unwrap_or(&every).iter().map(|i| {
            let name = fields.field(*i).name();
            (Arc::new(Column::new(name, *i)) as Arc<dyn PhysicalExpr>, name.clone())
        });
        Ok(Arc::new(ProjectionExec::try_new(columns.collect::<Vec<_>>(), plan)?))
    }
}

#[test]
fn what_can_fail_never_meets_a_row_that_the_policy_takes_out() {
    let dir = TempDir::new().expect("dir");
    let table = || Arc::new(Evaluating(parquet(dir.path(), "big"))) as Arc<dyn TableProvider>;
    let governed = session_over(&dir, Arc::new(Masking("other")), [("big", table())]);
    let open = session_over(&dir, Arc::new(Permit), [("big", table())]);
    // Ids that are even are not kept, and `other` is masked: 1,000 values of it become 100.
    for (sql, rows) in [
        ("SELECT id FROM big WHERE 10 / (id - 8) < -1", 3),
        ("SELECT id FROM big WHERE CASE WHEN id = 8 THEN 1 / (id - 8) ELSE 1 END > 0", 500),
        ("SELECT id FROM big WHERE CAST(CASE WHEN id = 8 THEN 'x' ELSE '1' END AS INT) = 1 AND id < 10", 5),
    ] {
        let answer = governed.query(sql, &Limits::default()).expect(sql);
        assert_eq!(answer.rows(), rows, "{sql}");
        assert!(open.query(sql, &Limits::default()).is_err(), "{sql} would fail on a row that is not kept");
    }
    let of_masked = "SELECT id FROM big WHERE other = 7";
    assert_eq!(governed.query(of_masked, &Limits::default()).expect("masked").rows(), 0, "7 is shown as 0");
    assert_eq!(open.query(of_masked, &Limits::default()).expect("open").rows(), 1);
}
