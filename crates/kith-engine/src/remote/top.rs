//! The first rows of a table in an order: `ORDER BY … LIMIT n`. The database gives these rows; they are put in order here again,
//! so that whatever lies between it and us need not keep them so.

use super::ask::{Ask, Order, Output};
use super::push::orderly;
use super::scan::{Doing, RemoteScan};
use super::table::RemoteTable;
use crate::govern::{OpenScan, open_scan};
use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{Column, Statistics};
use datafusion::datasource::provider_as_source;
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, Sort, TableScan, TableType};
use datafusion::physical_plan::ExecutionPlan;
use std::sync::Arc;

/// The same plan over a table that gives only the first rows; `None` = all are fetched.
pub(super) fn pushed(sort: &Sort) -> Result<Option<LogicalPlan>> {
    let (Some(limit), Some(scan)) = (sort.fetch, beneath(&sort.input)) else { return Ok(None) };
    let Some(open) = open_scan(scan) else { return Ok(None) };
    let Some(top) = asked(sort, &open, limit) else { return Ok(None) };
    let source = provider_as_source(Arc::new(top));
    let fewer = LogicalPlanBuilder::scan(scan.table_name.clone(), source, Some(open.places))?.build()?;
    let input = Arc::new(instead(&sort.input, fewer)?);
    Ok(Some(LogicalPlan::Sort(Sort { input, ..sort.clone() })))
}

/// The scan beneath names and columns.
fn beneath(plan: &LogicalPlan) -> Option<&TableScan> {
    match plan {
        LogicalPlan::TableScan(scan) if scan.fetch.is_none() => Some(scan),
        LogicalPlan::SubqueryAlias(alias) => beneath(&alias.input),
        LogicalPlan::Projection(projection) => beneath(&projection.input),
        _ => None,
    }
}

/// The same plan over another scan.
fn instead(plan: &LogicalPlan, scan: LogicalPlan) -> Result<LogicalPlan> {
    match plan.inputs().first() {
        Some(input) => plan.with_new_exprs(plan.expressions(), vec![instead(input, scan)?]),
        None => Ok(scan),
    }
}

/// The scan's column that a column of a plan over it is.
fn origin(plan: &LogicalPlan, column: &Column) -> Option<Column> {
    let place = plan.schema().maybe_index_of_column(column)?;
    match plan {
        LogicalPlan::SubqueryAlias(alias) => {
            let (qualifier, field) = alias.input.schema().qualified_field(place);
            origin(&alias.input, &Column::new(qualifier.cloned(), field.name()))
        }
        LogicalPlan::Projection(projection) => match projection.expr.get(place)?.clone().unalias() {
            Expr::Column(inner) => origin(&projection.input, &inner),
            _ => None,
        },
        LogicalPlan::TableScan(_) => Some(column.clone()),
        _ => None,
    }
}

fn asked(sort: &Sort, open: &OpenScan, limit: usize) -> Option<RemoteTop> {
    let table = open.table.downcast_ref::<RemoteTable>()?;
    let lower = table.lower();
    let columns = table.columns().clone();
    let filter: Option<Vec<_>> = open.filters.iter().map(|filter| lower.condition(filter)).collect();
    let by = sort.expr.iter().map(|by| {
        let Expr::Column(column) = &by.expr else { return None };
        let column = lower.place(origin(&sort.input, column)?.name())?;
        let order = Order { column, descending: !by.asc, nulls_first: by.nulls_first };
        orderly(&columns, column).then_some(order)
    });
    let order: Option<Vec<Order>> = by.collect();
    if lower.dialect.has(super::ask::Fault::PushNothing) {
        return None;
    }
    let select = (0..columns.len()).map(Output::Column).collect();
    let (places, limit) = (vec![table.place().clone()], Some(limit as u64));
    let ask = Ask { places, columns, select, filter: filter?, group: None, order: order?, limit };
    Some(RemoteTop { doing: Doing { quiet: open.quiet, ..table.doing(ask) }, schema: table.schema() })
}

/// The first rows of a table, as a table of the same columns.
#[derive(Debug)]
struct RemoteTop {
    doing: Doing,
    schema: SchemaRef,
}

#[async_trait]
impl TableProvider for RemoteTop {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let mut doing = self.doing.clone();
        let mut schema = self.schema.clone();
        if let Some(wanted) = projection {
            doing.ask.select = wanted.iter().copied().map(Output::Column).collect();
            schema = Arc::new(schema.project(wanted)?);
        }
        let limit = limit.map_or(u64::MAX, |limit| limit as u64);
        doing.ask.limit = doing.ask.limit.map(|most| most.min(limit));
        let about = Statistics::new_unknown(&schema);
        Ok(Arc::new(RemoteScan::new(doing, schema, about)))
    }
}
