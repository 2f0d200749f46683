//! A table as a subject may see it. What a session's catalogue gives out is this and nothing else.

use super::leakproof::leakproof;
use super::mask::masked_type;
use super::rows::{expression, kind, refused};
use super::sealed::{SealedScan, Shown};
use crate::error::Error;
use crate::remote::{Broken, done_here, with_columns};
use async_trait::async_trait;
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::TreeNode;
use datafusion::common::{DFSchema, Statistics};
use datafusion::datasource::source_as_provider;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableScan, TableType};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, Partitioning};
use kith_core::govern::{Decide, Mask, RowFilter, Subject, TableFacts, TableRef};
use std::sync::Arc;

/// One column of the table beneath, and how much of it is shown.
#[derive(Clone, Debug)]
struct Column {
    /// Its place beneath.
    place: usize,
    name: String,
    mask: Mask,
    why: String,
}

/// See the module. Its parts are private: nothing outside gets at the table beneath.
#[derive(Debug)]
pub(crate) struct GovernedTable {
    name: TableRef,
    inner: Arc<dyn TableProvider>,
    /// Those that are there.
    columns: Vec<Column>,
    schema: SchemaRef,
    /// The policy's, with the subject's attributes in.
    rows: Option<Expr>,
    /// True where nothing is kept back: the table is then as it is.
    open: bool,
}

impl GovernedTable {
    /// The table for this subject; `None` = for it there is no such table.
    pub(super) fn of(
        name: TableRef,
        inner: Arc<dyn TableProvider>,
        subject: &Subject,
        decider: &dyn Decide,
    ) -> std::result::Result<Option<GovernedTable>, Error> {
        let beneath = inner.schema();
        let columns = beneath.fields().iter().map(|f| (f.name().clone(), kind(f.data_type()))).collect();
        let facts = TableFacts { name, columns };
        let verdict = decider.verdict(subject, &facts);
        if !verdict.read {
            return Ok(None);
        }
        let wrong = |bad| refused(&format!("{}.{}", facts.name.schema, facts.name.table), &bad);
        let rows = match &verdict.rows {
            None => None,
            Some(filter) => {
                filter.check(&facts).map_err(wrong)?;
                let bound: RowFilter = filter.bind(subject);
                Some(expression(&bound, &beneath).map_err(wrong)?)
            }
        };
        let said = |name: &str| verdict.columns.iter().find(|c| c.column == name);
        let all = facts.columns.iter().enumerate().map(|(place, (name, kind))| Column {
            place,
            name: name.clone(),
            mask: verdict.mask(name, *kind),
            why: said(name).map_or_else(String::new, |c| c.why.clone()),
        });
        let columns: Vec<Column> = all.filter(|column| column.mask != Mask::Hidden).collect();
        let open = verdict.shows_all(&facts);
        let schema = if open { beneath } else { shown_schema(&columns, &beneath) };
        Ok(Some(GovernedTable { name: facts.name, inner, columns, schema, rows, open }))
    }

    /// Its name.
    pub(super) fn name(&self) -> &TableRef {
        &self.name
    }

    /// True where the policy takes rows out.
    pub(super) fn filtered(&self) -> bool {
        self.rows.is_some()
    }

    /// True where nothing is kept back.
    pub(super) fn open(&self) -> bool {
        self.open
    }

    /// What is masked: column, mask, and the rule that says so.
    pub(super) fn masks(&self) -> impl Iterator<Item = (&str, Mask, &str)> {
        let masked = self.columns.iter().filter(|column| !column.mask.shows_all());
        masked.map(|column| (column.name.as_str(), column.mask, column.why.as_str()))
    }

    /// Why it can not be read, if that is so.
    pub(super) fn broken(&self) -> Option<Error> {
        self.inner.downcast_ref::<Broken>().map(Broken::error)
    }

    fn shows_all_of(&self, name: &str) -> bool {
        self.columns.iter().any(|column| column.name == name && column.mask.shows_all())
    }

    /// True for a condition that may be evaluated beneath. Where the policy takes rows out it must not be able to fail on them.
    fn takes(&self, filter: &Expr) -> bool {
        let open = |name: &str| self.shows_all_of(name);
        match self.rows {
            Some(_) => leakproof(filter, &open),
            None => !asks_again(filter) && filter.column_refs().iter().all(|column| open(column.name())),
        }
    }

    /// The scan beneath with the policy's filter over it, planned to its end, in as many parts as any other.
    async fn beneath(
        &self,
        state: &dyn Session,
        places: &Vec<usize>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let hints: Vec<Expr> = self.rows.iter().chain(filters).cloned().collect();
        let limit = limit.filter(|_| self.rows.is_none());
        let mut plan = self.inner.scan(state, Some(places), &hints, limit).await?;
        if let Some(all) = hints.into_iter().filter(|_| self.filtered()).reduce(Expr::and) {
            let schema = DFSchema::try_from(plan.schema())?;
            let predicate: Arc<dyn PhysicalExpr> = state.create_physical_expr(all, &schema)?;
            plan = Arc::new(FilterExec::try_new(predicate, plan)?);
        }
        for rule in state.physical_optimizers() {
            plan = rule.optimize(plan, state.config_options())?;
        }
        // How many files a table has is nobody's business either, and an EXPLAIN would tell.
        let parts = state.config().target_partitions();
        if plan.output_partitioning().partition_count() != parts {
            plan = Arc::new(RepartitionExec::try_new(plan, Partitioning::RoundRobinBatch(parts))?);
        }
        Ok(plan)
    }
}

/// True for a condition with a question in it.
fn asks_again(filter: &Expr) -> bool {
    let within = |part: &Expr| {
        matches!(part, Expr::ScalarSubquery(_) | Expr::Exists(_) | Expr::InSubquery(_))
            || matches!(part, Expr::OuterReferenceColumn(..) | Expr::SetComparison(_))
    };
    filter.exists(|part| Ok(within(part))).unwrap_or(true)
}

/// A scan that reads no column of which something is kept back, so that it, and what stands on it, may be one question to the
/// source.
#[derive(Debug)]
pub(crate) struct OpenScan {
    /// The table beneath.
    pub table: Arc<dyn TableProvider>,
    /// The places there of the columns that the scan gives.
    pub places: Vec<usize>,
    /// All that must be asked: the policy's own condition, then the scan's.
    pub filters: Vec<Expr>,
    /// True where the policy's own is among them: what is asked is then not shown.
    pub quiet: bool,
}

/// See [`OpenScan`]; `None` where it reads what is masked, or where a condition of its own could fail on a row that it must not see.
pub(crate) fn open_scan(scan: &TableScan) -> Option<OpenScan> {
    let provider = source_as_provider(&scan.source).ok()?;
    let table = provider.downcast_ref::<GovernedTable>()?;
    let every: Vec<usize> = (0..table.schema.fields().len()).collect();
    let wanted = scan.projection.as_ref().unwrap_or(&every);
    let places: Vec<usize> = match table.open {
        true => wanted.clone(),
        false => {
            let open = |i: &usize| table.columns.get(*i).filter(|column| column.mask.shows_all());
            wanted.iter().map(|i| open(i).map(|column| column.place)).collect::<Option<_>>()?
        }
    };
    if !(table.open || scan.filters.iter().all(|filter| table.takes(filter))) {
        return None;
    }
    let filters = table.rows.iter().chain(&scan.filters).cloned().collect();
    Some(OpenScan { table: table.inner.clone(), places, filters, quiet: table.filtered() })
}

fn shown_schema(columns: &[Column], beneath: &Schema) -> SchemaRef {
    let field = |column: &Column| {
        let field = beneath.field(column.place);
        match column.mask {
            Mask::None => field.clone(),
            mask => Field::new(field.name(), masked_type(mask, field.data_type()), true),
        }
    };
    Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()))
}

#[async_trait]
impl TableProvider for GovernedTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        if self.open {
            return self.inner.supports_filters_pushdown(filters);
        }
        let answer = |filter: &&Expr| match (self.takes(filter), &self.rows) {
            (false, _) => Ok(TableProviderFilterPushDown::Unsupported),
            // The source takes it as a hint; what decides stands beside the policy's own.
            (true, Some(_)) => Ok(TableProviderFilterPushDown::Exact),
            (true, None) => {
                let answers = self.inner.supports_filters_pushdown(&[filter])?;
                Ok(answers.into_iter().next().unwrap_or(TableProviderFilterPushDown::Unsupported))
            }
        };
        filters.iter().map(answer).collect()
    }

    fn statistics(&self) -> Option<Statistics> {
        if self.open { self.inner.statistics() } else { None }
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if self.open {
            return self.inner.scan(state, projection, filters, limit).await;
        }
        let every: Vec<usize> = (0..self.columns.len()).collect();
        let wanted = projection.unwrap_or(&every);
        // What was taken is simplified further, and whatever came of it must be done.
        let (inside, above): (Vec<Expr>, Vec<Expr>) =
            filters.iter().cloned().partition(|filter| self.takes(filter));
        if let Some(above) = above.into_iter().reduce(Expr::and) {
            let wider = with_columns(wanted, &above, &self.schema)?;
            let scan = self.scan(state, Some(&wider), &inside, None).await?;
            return done_here(state, scan, above, wanted.len());
        }
        let schema = Arc::new(self.schema.project(wanted)?);
        let asked: Vec<&Column> = wanted.iter().filter_map(|i| self.columns.get(*i)).collect();
        let mut places: Vec<usize> =
            asked.iter().filter(|column| column.mask.reads_value()).map(|column| column.place).collect();
        let beneath = self.inner.schema();
        let decided = self.rows.iter().chain(filters.iter().filter(|_| self.filtered()));
        for column in decided.flat_map(|filter| filter.column_refs()) {
            places.push(beneath.index_of(column.name()).map_err(DataFusionError::from)?);
        }
        places.sort_unstable();
        places.dedup();
        let plan = self.beneath(state, &places, filters, limit).await?;
        let shown = asked
            .iter()
            .map(|column| Shown {
                mask: column.mask,
                inside: places.binary_search(&column.place).ok().filter(|_| column.mask.reads_value()),
            })
            .collect();
        let table = format!("{}.{}", self.name.schema, self.name.table);
        let scan = SealedScan::new(table, plan, schema, shown, self.filtered());
        Ok(Arc::new(scan.with_conditions(filters)))
    }
}
