//! Parts of a query that become one question to a database. Here aggregates over one table: `count`, `min`, `max`, `sum` of small
//! whole numbers, over groups of columns; [`top`], [`join`] and [`union`] have the others. Only where the policy keeps
//! nothing of what is read back.

use super::ask::{Ask, Class, Output, RemoteColumn};
use super::cells::{Kind, schema_of};
use super::scan::{Doing, RemoteScan};
use super::table::RemoteTable;
use super::{join, top, union};
use crate::govern::open_scan;
use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::Transformed;
use datafusion::common::{Column, DFSchema, Statistics, TableReference};
use datafusion::datasource::provider_as_source;
use datafusion::error::Result;
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::{Aggregate, Expr, LogicalPlan, LogicalPlanBuilder, TableScan, TableType};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};
use datafusion::physical_plan::ExecutionPlan;
use std::sync::Arc;

/// Runs after the rules that bring conditions down to the tables.
#[derive(Debug)]
pub(crate) struct PushDown;

impl OptimizerRule for PushDown {
    fn name(&self) -> &str {
        "push_into_databases"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::BottomUp)
    }

    fn rewrite(&self, plan: LogicalPlan, _: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        let pushed = match &plan {
            LogicalPlan::Aggregate(aggregate) => match pushed(aggregate)? {
                None => union::pushed(aggregate)?,
                found => found,
            },
            LogicalPlan::Sort(sort) => top::pushed(sort)?,
            LogicalPlan::Join(join) => join::pushed(join)?,
            _ => None,
        };
        Ok(pushed.map_or_else(|| Transformed::no(plan), Transformed::yes))
    }
}

pub(super) fn pushed(aggregate: &Aggregate) -> Result<Option<LogicalPlan>> {
    let Some(scan) = scanned(&aggregate.input) else { return Ok(None) };
    let Some(question) = asked(aggregate, scan) else { return Ok(None) };
    instead(&aggregate.schema, &scan.table_name, question).map(Some)
}

/// The scan beneath, by whatever name it goes.
pub(super) fn scanned(plan: &LogicalPlan) -> Option<&TableScan> {
    match plan {
        LogicalPlan::TableScan(scan) if scan.fetch.is_none() => Some(scan),
        LogicalPlan::SubqueryAlias(alias) => scanned(&alias.input),
        _ => None,
    }
}

/// What the database is asked for; `None` = it is done here.
fn asked(aggregate: &Aggregate, scan: &TableScan) -> Option<Question> {
    let open = open_scan(scan)?;
    let table = open.table.downcast_ref::<RemoteTable>()?;
    let lower = table.lower();
    let filter: Option<Vec<_>> = open.filters.iter().map(|filter| lower.condition(filter)).collect();
    let columns = table.columns().clone();
    let place = |expr: &Expr| match expr {
        Expr::Column(column) => lower.place(column.name()),
        _ => None,
    };
    let grouped = |expr: &Expr| place(expr).filter(|place| orderly(&columns, *place));
    let group: Option<Vec<usize>> = aggregate.group_expr.iter().map(grouped).collect();
    let (filter, group) = (filter?, group?);
    let mut select: Vec<Output> = group.iter().copied().map(Output::Column).collect();
    for expr in &aggregate.aggr_expr {
        select.push(output(expr, &columns, &place)?);
    }
    // Nothing pushed, for comparison.
    if lower.dialect.has(super::ask::Fault::PushNothing) {
        return None;
    }
    let (places, order) = (vec![table.place().clone()], Vec::new());
    let ask = Ask { places, columns, select, filter, group: Some(group), order, limit: None };
    Some(Question::new(Doing { quiet: open.quiet, ..table.doing(ask) }))
}

/// True for columns of which the database tells two values apart, and orders them, as we do.
pub(super) fn orderly(columns: &[RemoteColumn], place: usize) -> bool {
    columns.get(place).is_some_and(|column| column.class.is_some() && column.sorted)
}

fn output(expr: &Expr, columns: &[RemoteColumn], place: &dyn Fn(&Expr) -> Option<usize>) -> Option<Output> {
    let expr = match expr {
        Expr::Alias(alias) => alias.expr.as_ref(),
        other => other,
    };
    let Expr::AggregateFunction(AggregateFunction { func, params }) = expr else { return None };
    let plain = !params.distinct && params.filter.is_none() && params.order_by.is_empty();
    let ([argument], true, None) = (params.args.as_slice(), plain, params.null_treatment) else {
        return None;
    };
    let ordered = |place: usize| {
        let class = columns.get(place)?.class?;
        (class != Class::Truth && orderly(columns, place)).then_some(place)
    };
    match func.name() {
        "count" => match argument {
            Expr::Literal(value, _) if !value.is_null() => Some(Output::Count(None)),
            other => Some(Output::Count(Some(place(other)?))),
        },
        "min" => Some(Output::Min(ordered(place(argument)?)?)),
        "max" => Some(Output::Max(ordered(place(argument)?)?)),
        // Of numbers of 64 bits the sum may not fit, and then databases fail where we do not.
        "sum" => {
            let argument = match argument {
                Expr::Cast(cast) => cast.expr.as_ref(),
                other => other,
            };
            let place = place(argument)?;
            let small = matches!(columns.get(place)?.kind, Kind::Int16 | Kind::Int32);
            small.then_some(Output::Sum(place))
        }
        _ => None,
    }
}

/// The answer, its columns by the names that they had.
pub(super) fn instead(schema: &DFSchema, name: &TableReference, question: Question) -> Result<LogicalPlan> {
    let source = provider_as_source(Arc::new(question));
    let named = schema.iter().enumerate().map(|(i, (qualifier, field))| {
        let column = Expr::Column(Column::new(Some(name.clone()), format!("c{i}")));
        column.alias_qualified(qualifier.cloned(), field.name())
    });
    let named: Vec<Expr> = named.collect();
    LogicalPlanBuilder::scan(name.clone(), source, None)?.project(named)?.build()
}

/// What comes back of such a question, as a table.
#[derive(Debug)]
pub(super) struct Question {
    doing: Doing,
    schema: SchemaRef,
}

impl Question {
    pub fn new(doing: Doing) -> Question {
        let kinds = doing.ask.kinds();
        let names: Vec<String> = (0..kinds.len()).map(|i| format!("c{i}")).collect();
        let schema = schema_of(names.iter().map(String::as_str).zip(kinds.into_iter().map(|(_, kind)| kind)));
        Question { doing, schema }
    }
}

#[async_trait]
impl TableProvider for Question {
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
            doing.ask.select = wanted.iter().filter_map(|i| self.doing.ask.select.get(*i).cloned()).collect();
            schema = Arc::new(schema.project(wanted)?);
        }
        doing.ask.limit = limit.map(|limit| limit as u64);
        let about = Statistics::new_unknown(&schema);
        Ok(Arc::new(RemoteScan::new(doing, schema, about)))
    }
}
