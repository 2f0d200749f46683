//! Where a column comes from: derived from the plan of a query, never written by hand.
//!
//! Each node of a plan is walked from its inputs up; of each output column the columns of tables are known from whose values it is
//! made. What only decides which rows there are (conditions, join keys, groups, orders) is known apart: the OpenLineage
//! specification calls it indirect. A node that is not known takes everything beneath it for everything above.

use crate::error::{Error, Result};
use crate::exec::sql_error;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, JoinType};
use datafusion::logical_expr::{Distinct, Expr, LogicalPlan, Subquery};
use std::collections::BTreeSet;

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// `schema.table`.
    pub table: String,
    /// The column.
    pub column: String,
}

/// Where the columns of a plan come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lineage {
    /// Of each output column, in order: its name, and the columns from whose values it is made.
    pub columns: Vec<(String, BTreeSet<Origin>)>,
    /// Columns that decide which rows there are.
    pub indirect: BTreeSet<Origin>,
}

/// The lineage of a plan.
pub(crate) fn lineage(plan: &LogicalPlan) -> Result<Lineage> {
    let Walked { columns, indirect } = walk(plan).map_err(|e| sql_error::convert(&e))?;
    let names = plan.schema().fields().iter().map(|field| field.name().clone());
    if columns.len() != plan.schema().fields().len() {
        return Err(Error::internal(
            "the lineage of a plan has other columns than the plan",
            plan.display().to_string(),
        ));
    }
    Ok(Lineage { columns: names.zip(columns).collect(), indirect })
}

type Origins = BTreeSet<Origin>;

#[derive(Clone, Default)]
struct Walked {
    columns: Vec<Origins>,
    indirect: Origins,
}

type Walk<T> = datafusion::error::Result<T>;

fn walk(plan: &LogicalPlan) -> Walk<Walked> {
    let inputs: Vec<(&LogicalPlan, Walked)> = plan
        .inputs()
        .into_iter()
        .map(|input| walk(input).map(|walked| (input, walked)))
        .collect::<Walk<_>>()?;
    let mut indirect: Origins =
        inputs.iter().flat_map(|(_, walked)| walked.indirect.iter().cloned()).collect();
    let columns = match plan {
        LogicalPlan::TableScan(scan) => {
            for filter in &scan.filters {
                indirect.extend(
                    filter.column_refs().into_iter().map(|column| origin(&scan.table_name, &column.name)),
                );
            }
            let fields = scan.projected_schema.fields().iter();
            fields.map(|field| [origin(&scan.table_name, field.name())].into()).collect()
        }
        LogicalPlan::Projection(node) => made(&node.expr, &inputs, &mut indirect)?,
        LogicalPlan::Aggregate(node) => {
            let grouped = made(&node.group_expr, &inputs, &mut indirect)?;
            indirect.extend(grouped.iter().flatten().cloned());
            grouped_and(grouped, made(&node.aggr_expr, &inputs, &mut indirect)?, plan.schema().fields().len())
        }
        LogicalPlan::Window(node) => {
            let mut columns = inputs.first().map(|(_, walked)| walked.columns.clone()).unwrap_or_default();
            columns.extend(made(&node.window_expr, &inputs, &mut indirect)?);
            columns
        }
        LogicalPlan::Join(node) => {
            let on = node.on.iter().flat_map(|(left, right)| [left, right]).chain(&node.filter);
            for expr in on {
                indirect.extend(of(expr, &inputs, &mut Origins::new())?);
            }
            joined(&inputs, plan.schema().fields().len(), node.join_type)
        }
        LogicalPlan::Union(_) => (0..plan.schema().fields().len())
            .map(|at| {
                inputs.iter().filter_map(|(_, walked)| walked.columns.get(at)).flatten().cloned().collect()
            })
            .collect(),
        LogicalPlan::Filter(node) => {
            indirect.extend(of(&node.predicate, &inputs, &mut Origins::new())?);
            same(&inputs)
        }
        LogicalPlan::Sort(node) => {
            for sort in &node.expr {
                indirect.extend(of(&sort.expr, &inputs, &mut Origins::new())?);
            }
            same(&inputs)
        }
        LogicalPlan::Distinct(Distinct::On(node)) => made(&node.select_expr, &inputs, &mut indirect)?,
        LogicalPlan::Distinct(Distinct::All(_)) => {
            indirect.extend(inputs.iter().flat_map(|(_, walked)| walked.columns.iter().flatten().cloned()));
            same(&inputs)
        }
        LogicalPlan::SubqueryAlias(_)
        | LogicalPlan::Limit(_)
        | LogicalPlan::Repartition(_)
        | LogicalPlan::Subquery(_) => same(&inputs),
        _ => everything(&inputs, plan.schema().fields().len()),
    };
    Ok(Walked { columns, indirect })
}

/// The columns of a grouping. Groups of several kinds have one column for each, and one that says which it is.
fn grouped_and(grouped: Vec<Origins>, mut made: Vec<Origins>, width: usize) -> Vec<Origins> {
    let groups = width.saturating_sub(made.len());
    let all: Origins = grouped.iter().flatten().cloned().collect();
    let mut columns = if grouped.len() == groups { grouped } else { vec![all; groups] };
    columns.append(&mut made);
    columns
}

/// The columns of a join: of both sides, or of a semi-join those of one.
fn joined(inputs: &[(&LogicalPlan, Walked)], width: usize, kind: JoinType) -> Vec<Origins> {
    let [(_, left), (_, right)] = inputs else { return everything(inputs, width) };
    let (left, right) = (&left.columns, &right.columns);
    match kind {
        JoinType::LeftSemi | JoinType::LeftAnti if left.len() == width => left.clone(),
        JoinType::RightSemi | JoinType::RightAnti if right.len() == width => right.clone(),
        _ if left.len() + right.len() == width => [left.as_slice(), right].concat(),
        // A mark join says besides whether there was a partner.
        _ => everything(inputs, width),
    }
}

fn origin(table: &datafusion::common::TableReference, column: &str) -> Origin {
    let schema = table.schema().unwrap_or("master");
    Origin { table: format!("{schema}.{}", table.table()), column: column.to_string() }
}

fn same(inputs: &[(&LogicalPlan, Walked)]) -> Vec<Origins> {
    inputs.first().map(|(_, walked)| walked.columns.clone()).unwrap_or_default()
}

fn everything(inputs: &[(&LogicalPlan, Walked)], width: usize) -> Vec<Origins> {
    let all: Origins =
        inputs.iter().flat_map(|(_, walked)| walked.columns.iter().flatten().cloned()).collect();
    vec![all; width]
}

fn made(exprs: &[Expr], inputs: &[(&LogicalPlan, Walked)], indirect: &mut Origins) -> Walk<Vec<Origins>> {
    exprs.iter().map(|expr| of(expr, inputs, indirect)).collect()
}

/// The columns from whose values an expression is made; what subqueries in it only look at goes to `indirect`.
fn of(expr: &Expr, inputs: &[(&LogicalPlan, Walked)], indirect: &mut Origins) -> Walk<Origins> {
    let mut found = Origins::new();
    expr.apply(|part| {
        match part {
            Expr::Column(column) => found.extend(looked_up(column, inputs)),
            Expr::ScalarSubquery(query) => found.extend(inside(query, inputs, indirect)?),
            Expr::InSubquery(query) => found.extend(inside(&query.subquery, inputs, indirect)?),
            Expr::Exists(query) => {
                inside(&query.subquery, inputs, indirect)?;
            }
            _ => {}
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(found)
}

/// What a subquery gives. What it looks at, in itself and in the query around it, decides which of it there is.
fn inside(query: &Subquery, inputs: &[(&LogicalPlan, Walked)], indirect: &mut Origins) -> Walk<Origins> {
    let walked = walk(&query.subquery)?;
    indirect.extend(walked.indirect);
    for outer in &query.outer_ref_columns {
        if let Expr::OuterReferenceColumn(_, column) = outer {
            indirect.extend(looked_up(column, inputs));
        }
    }
    Ok(walked.columns.into_iter().flatten().collect())
}

fn looked_up(column: &Column, inputs: &[(&LogicalPlan, Walked)]) -> Origins {
    for (input, walked) in inputs {
        let schema: &DFSchema = input.schema();
        if let Some(at) = schema.maybe_index_of_column(column) {
            return walked.columns.get(at).cloned().unwrap_or_default();
        }
    }
    // A column of the query around a subquery: that one knows it.
    Origins::new()
}
