//! One table of a database, for the catalogue. It stands there under the session's policy, as every other.

use super::RemoteFacts;
use super::ask::{Ask, Output, RemoteColumn, RemoteExpr};
use super::cells::schema_of;
use super::lower::Lower;
use super::scan::{Doing, RemoteScan};
use super::schema::Opened;
use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::TreeNode;
use datafusion::common::{DFSchema, Statistics};
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::projection::ProjectionExec;
use std::sync::Arc;

/// See the module.
#[derive(Debug)]
pub(super) struct RemoteTable {
    opened: Arc<Opened>,
    facts: RemoteFacts,
    columns: Arc<Vec<RemoteColumn>>,
    schema: SchemaRef,
}

impl RemoteTable {
    pub fn new(opened: Arc<Opened>, facts: RemoteFacts) -> RemoteTable {
        let schema = schema_of(facts.columns.iter().map(|column| (column.name.as_str(), column.kind)));
        RemoteTable { columns: Arc::new(facts.columns.clone()), opened, facts, schema }
    }

    pub fn columns(&self) -> &Arc<Vec<RemoteColumn>> {
        &self.columns
    }

    /// Its schema and its name at the database.
    pub fn place(&self) -> &(String, String) {
        &self.facts.place
    }

    /// The columns that tell its rows apart; empty = none are known to.
    pub fn key(&self) -> &[usize] {
        &self.facts.key
    }

    /// True where one question can be about both.
    pub fn beside(&self, other: &RemoteTable) -> bool {
        Arc::ptr_eq(&self.opened, &other.opened)
    }

    /// A scan of it that does nothing but ask.
    pub fn doing(&self, ask: Ask) -> Doing {
        let table = format!("{}.{}", self.opened.name, self.facts.name);
        Doing { opened: self.opened.clone(), table, ask, here: Vec::new(), quiet: false }
    }

    pub fn lower(&self) -> Lower<'_> {
        Lower { columns: &self.columns, dialect: self.opened.dialect() }
    }

    fn about(&self, filtered: bool) -> Statistics {
        let mut about = Statistics::new_unknown(&self.schema);
        if let Some(rows) = self.facts.rows {
            // A guess: a condition leaves some of them, nobody knows how many.
            about.num_rows = Precision::Inexact(if filtered { rows.div_ceil(5) } else { rows });
        }
        about
    }
}

/// True for what a scan can not do: questions within questions.
fn foreign(filter: &Expr) -> bool {
    let found = filter.exists(|part| {
        Ok(matches!(
            part,
            Expr::ScalarSubquery(_) | Expr::Exists(_) | Expr::InSubquery(_) | Expr::OuterReferenceColumn(..)
        ))
    });
    found.unwrap_or(true)
}

#[async_trait]
impl TableProvider for RemoteTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    /// All of them, exactly: what is not done there the scan does itself. It must, whatever was said before: a filter that was
    /// taken is simplified further, and may then be one that can not be told.
    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        let takes = |filter: &&Expr| match foreign(filter) {
            true => TableProviderFilterPushDown::Unsupported,
            false => TableProviderFilterPushDown::Exact,
        };
        Ok(filters.iter().map(takes).collect())
    }

    fn statistics(&self) -> Option<Statistics> {
        Some(self.about(false))
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let lower = self.lower();
        let mut conditions: Vec<RemoteExpr> = Vec::new();
        let mut here: Vec<&Expr> = Vec::new();
        for filter in filters {
            match lower.condition(filter) {
                Some(condition) => conditions.push(condition),
                None => here.push(filter),
            }
        }
        let wanted = projection.cloned().unwrap_or_else(|| (0..self.columns.len()).collect());
        let left = here.iter().map(ToString::to_string).collect();
        let here = here.into_iter().cloned().reduce(Expr::and);
        let select = match &here {
            Some(filter) => with_columns(&wanted, filter, &self.schema)?,
            None => wanted.clone(),
        };
        let schema = Arc::new(self.schema.project(&select)?);
        let about = self.about(!filters.is_empty()).project(Some(&select));
        let ask = Ask {
            places: vec![self.facts.place.clone()],
            columns: self.columns.clone(),
            select: select.into_iter().map(Output::Column).collect(),
            filter: conditions,
            group: None,
            order: Vec::new(),
            limit: limit.filter(|_| here.is_none()).map(|limit| limit as u64),
        };
        let doing = Doing { here: left, ..self.doing(ask) };
        let scan: Arc<dyn ExecutionPlan> = Arc::new(RemoteScan::new(doing, schema, about));
        match here {
            Some(filter) => done_here(state, scan, filter, wanted.len()),
            None => Ok(scan),
        }
    }
}

/// The columns, and after them those that a condition reads.
pub(crate) fn with_columns(wanted: &[usize], filter: &Expr, schema: &SchemaRef) -> Result<Vec<usize>> {
    let mut all = wanted.to_vec();
    for column in filter.column_refs() {
        let place = schema.index_of(column.name())?;
        if !all.contains(&place) {
            all.push(place);
        }
    }
    Ok(all)
}

/// What is not asked of a scan, over what it gives; then the first columns of that.
pub(crate) fn done_here(
    state: &dyn Session,
    scan: Arc<dyn ExecutionPlan>,
    filter: Expr,
    width: usize,
) -> Result<Arc<dyn ExecutionPlan>> {
    let schema = DFSchema::try_from(scan.schema())?;
    let filter = state.create_physical_expr(filter, &schema)?;
    let filtered: Arc<dyn ExecutionPlan> = Arc::new(FilterExec::try_new(filter, scan)?);
    if filtered.schema().fields().len() == width {
        return Ok(filtered);
    }
    let fields = filtered.schema();
    let first = fields.fields().iter().take(width).enumerate();
    let first = first.map(|(i, field)| {
        let column: Arc<dyn PhysicalExpr> = Arc::new(Column::new(field.name(), i));
        (column, field.name().clone())
    });
    let first: Vec<_> = first.collect();
    Ok(Arc::new(ProjectionExec::try_new(first, filtered)?))
}
