//! A table as a subject may see it. What a session's catalogue gives out is this and nothing else.

use super::leakproof::leakproof;
use super::mask::masked_type;
use super::rows::{expression, kind, refused};
use super::sealed::{SealedScan, Shown};
use crate::error::Error;
use crate::remote::Broken;
use async_trait::async_trait;
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DFSchema, Statistics};
use datafusion::datasource::source_as_provider;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableSource, TableType};
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

    /// The scan beneath with the policy's filter over it, planned to its end, in as many parts as any other.
    async fn beneath(
        &self,
        state: &dyn Session,
        places: &Vec<usize>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let pushed = filters.iter().filter(|f| leakproof(f, &|name| self.shows_all_of(name)));
        let hints: Vec<Expr> = self.rows.iter().chain(pushed).cloned().collect();
        let limit = limit.filter(|_| hints.is_empty());
        let mut plan = self.inner.scan(state, Some(places), &hints, limit).await?;
        if let Some(rows) = &self.rows {
            let schema = DFSchema::try_from(plan.schema())?;
            let predicate: Arc<dyn PhysicalExpr> = state.create_physical_expr(rows.clone(), &schema)?;
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

/// The table beneath, where the policy keeps nothing of it back.
pub(crate) fn open_table(source: &Arc<dyn TableSource>) -> Option<Arc<dyn TableProvider>> {
    let provider = source_as_provider(source).ok()?;
    let table = provider.downcast_ref::<GovernedTable>()?;
    table.open.then(|| table.inner.clone())
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
        // Never exact: what goes in is a hint, and what decides stands above.
        Ok(filters
            .iter()
            .map(|filter| match leakproof(filter, &|name| self.shows_all_of(name)) {
                true => TableProviderFilterPushDown::Inexact,
                false => TableProviderFilterPushDown::Unsupported,
            })
            .collect())
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
        let schema = match projection {
            Some(projection) => Arc::new(self.schema.project(projection)?),
            None => self.schema.clone(),
        };
        let every: Vec<usize> = (0..self.columns.len()).collect();
        let asked: Vec<&Column> =
            projection.unwrap_or(&every).iter().filter_map(|i| self.columns.get(*i)).collect();
        let mut places: Vec<usize> =
            asked.iter().filter(|column| column.mask.reads_value()).map(|column| column.place).collect();
        if let Some(rows) = &self.rows {
            let beneath = self.inner.schema();
            for column in rows.column_refs() {
                places.push(beneath.index_of(column.name()).map_err(DataFusionError::from)?);
            }
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
        Ok(Arc::new(SealedScan::new(table, plan, schema, shown, self.filtered())))
    }
}
