//! Groups over a `UNION ALL`: each branch is grouped by itself, so that a database is asked for its groups and not for its rows, and
//! what comes of the branches is put together.

use super::push;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, DFSchema};
use datafusion::error::Result;
use datafusion::functions_aggregate::expr_fn::{max, min, sum};
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::{Aggregate, Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder, Union};
use std::sync::Arc;

/// The same in parts; `None` where no database would be asked for less.
pub(super) fn pushed(aggregate: &Aggregate) -> Result<Option<LogicalPlan>> {
    let Some(union) = beneath(&aggregate.input) else { return Ok(None) };
    let Some(whole) = together(aggregate) else { return Ok(None) };
    let mut asked_less = false;
    let mut parts = Vec::with_capacity(union.inputs.len());
    for branch in &union.inputs {
        let of_branch = |expr: &Expr| moved(expr, &aggregate.input.schema().clone(), branch.schema());
        let group = aggregate.group_expr.iter().map(of_branch).collect::<Result<Vec<_>>>()?;
        let computed = aggregate.aggr_expr.iter().map(of_branch).collect::<Result<Vec<_>>>()?;
        let pushed = match beneath_casts(branch, &group, &computed)? {
            Some(part) => push::pushed(&part)?,
            None => None,
        };
        asked_less |= pushed.is_some();
        let here = || Aggregate::try_new(branch.clone(), group, computed).map(LogicalPlan::Aggregate);
        parts.push(named(pushed.map_or_else(here, Ok)?, &aggregate.schema)?);
    }
    if !asked_less {
        return Ok(None);
    }
    let mut parts = parts.into_iter();
    let Some(first) = parts.next() else { return Ok(None) };
    let all = parts.try_fold(LogicalPlanBuilder::from(first), LogicalPlanBuilder::union)?;
    let groups = aggregate.group_expr.len();
    let group: Vec<Expr> = (0..groups).map(part).collect();
    let whole = whole.iter().enumerate().map(|(i, merge)| merge(part(groups + i)));
    let merged = all.aggregate(group, whole.collect::<Vec<_>>())?.build()?;
    let columns = merged.schema().columns();
    let renamed = columns.into_iter().zip(aggregate.schema.iter()).map(|(column, (qualifier, field))| {
        Expr::Column(column).alias_qualified(qualifier.cloned(), field.name())
    });
    let whole = LogicalPlanBuilder::from(merged.clone()).project(renamed.collect::<Vec<_>>())?.build()?;
    // Sums of sums may be of a wider type than sums.
    let same = whole.schema().iter().zip(aggregate.schema.iter());
    let same = same.into_iter().all(|((_, one), (_, other))| one.data_type() == other.data_type());
    Ok(same.then_some(whole))
}

/// The union, by whatever name it goes.
fn beneath(plan: &LogicalPlan) -> Option<&Union> {
    match plan {
        LogicalPlan::Union(union) => Some(union),
        LogicalPlan::SubqueryAlias(alias) => beneath(&alias.input),
        _ => None,
    }
}

type Merge = fn(Expr) -> Expr;

/// How what comes of the parts is put together.
fn together(aggregate: &Aggregate) -> Option<Vec<Merge>> {
    let columns = aggregate.group_expr.iter().all(|expr| matches!(expr, Expr::Column(_)));
    let one = |expr: &Expr| -> Option<Merge> {
        let expr = match expr {
            Expr::Alias(alias) => alias.expr.as_ref(),
            other => other,
        };
        let Expr::AggregateFunction(AggregateFunction { func, params }) = expr else { return None };
        if params.distinct || params.filter.is_some() || !params.order_by.is_empty() {
            return None;
        }
        match func.name() {
            "count" | "sum" => Some(sum as Merge),
            "min" => Some(min as Merge),
            "max" => Some(max as Merge),
            _ => None,
        }
    };
    if columns { aggregate.aggr_expr.iter().map(one).collect() } else { None }
}

/// An expression over one schema, over another whose columns stand in the same places.
fn moved(expr: &Expr, from: &DFSchema, to: &DFSchema) -> Result<Expr> {
    let moved = expr.clone().transform_up(|part| match &part {
        Expr::Column(column) => {
            let (qualifier, field) = to.qualified_field(from.index_of_column(column)?);
            Ok(Transformed::yes(Expr::Column(Column::new(qualifier.cloned(), field.name()))))
        }
        _ => Ok(Transformed::no(part)),
    })?;
    Ok(moved.data)
}

fn part(place: usize) -> Expr {
    Expr::Column(Column::new_unqualified(format!("part{place}")))
}

/// The same groups over what lies beneath a branch's own columns, which are others by their names or made wider. `None` where
/// they are computed.
fn beneath_casts(branch: &Arc<LogicalPlan>, group: &[Expr], computed: &[Expr]) -> Result<Option<Aggregate>> {
    let LogicalPlan::Projection(projection) = branch.as_ref() else {
        return Aggregate::try_new(branch.clone(), group.to_vec(), computed.to_vec()).map(Some);
    };
    let origin = |expr: &Expr| -> Result<Expr> {
        let replaced = expr.clone().transform_up(|part| match &part {
            Expr::Column(column) => {
                let place = branch.schema().index_of_column(column)?;
                Ok(Transformed::yes(projection.expr[place].clone().unalias()))
            }
            _ => Ok(Transformed::no(part)),
        })?;
        Ok(least_or_greatest(replaced.data, projection.input.schema()))
    };
    let plain = projection.expr.iter().all(|expr| match expr.clone().unalias() {
        Expr::Column(_) => true,
        Expr::Cast(cast) => matches!(cast.expr.as_ref(), Expr::Column(_)),
        _ => false,
    });
    if !plain {
        return Ok(None);
    }
    let group = group.iter().map(origin).collect::<Result<Vec<_>>>()?;
    let computed = computed.iter().map(origin).collect::<Result<Vec<_>>>()?;
    Aggregate::try_new(projection.input.clone(), group, computed).map(Some)
}

/// The least of whole numbers that were made wider is the least of them, made wider.
fn least_or_greatest(expr: Expr, schema: &DFSchema) -> Expr {
    let Expr::AggregateFunction(AggregateFunction { func, mut params }) = expr else { return expr };
    if matches!(func.name(), "min" | "max")
        && let [Expr::Cast(cast)] = params.args.as_slice()
        && *cast.field.data_type() == DataType::Int64
        && cast.expr.get_type(schema).is_ok_and(|kind| matches!(kind, DataType::Int16 | DataType::Int32))
    {
        params.args = vec![cast.expr.as_ref().clone()];
    }
    Expr::AggregateFunction(AggregateFunction { func, params })
}

/// With names and types that are the same in all parts.
fn named(plan: LogicalPlan, whole: &DFSchema) -> Result<LogicalPlan> {
    let columns = plan.schema().columns().into_iter().zip(whole.fields()).enumerate();
    let named = columns.map(|(i, (column, field))| {
        let column = Expr::Column(column).cast_to(field.data_type(), plan.schema())?;
        Ok(column.alias(format!("part{i}")))
    });
    let named: Vec<Expr> = named.collect::<Result<_>>()?;
    LogicalPlanBuilder::from(Arc::new(plan)).project(named)?.build()
}
