//! What may run: SELECT, EXPLAIN, SHOW and DESCRIBE. Everything else is refused by default, once by the statement's
//! type and once more by its plan, since a query can hide a write (`SELECT … INTO`, `WITH x AS (INSERT …)`).

use super::sql_error;
use crate::error::{Error, Result};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::Statement as SqlStatement;

/// Says no unless the statement is of a kind that only reads.
pub(crate) fn check_statement(statement: &Statement) -> Result<()> {
    match statement {
        Statement::Explain(explain) => check_statement(&explain.statement),
        Statement::Statement(sql) => match sql.as_ref() {
            SqlStatement::Query(_)
            | SqlStatement::ShowTables { .. }
            | SqlStatement::ShowColumns { .. }
            | SqlStatement::ShowFunctions { .. }
            | SqlStatement::ExplainTable { .. } => Ok(()),
            SqlStatement::Explain { statement, .. } => {
                check_statement(&Statement::Statement(statement.clone()))
            }
            other => Err(forbidden(&first_word(&other.to_string()))),
        },
        Statement::CreateExternalTable(_) => Err(forbidden("CREATE EXTERNAL TABLE")),
        Statement::CopyTo(_) => Err(forbidden("COPY")),
        Statement::Reset(_) => Err(forbidden("RESET")),
    }
}

/// Says no unless every node of the plan, subqueries included, is one that only reads.
pub(crate) fn check_plan(plan: &LogicalPlan) -> Result<()> {
    let mut refused: Option<String> = None;
    plan.apply_with_subqueries(|node| {
        if reads_only(node) {
            return Ok(TreeNodeRecursion::Continue);
        }
        refused = Some(first_word(&node.display().to_string()));
        Ok(TreeNodeRecursion::Stop)
    })
    .map_err(|e| sql_error::convert(&e))?;
    refused.map_or(Ok(()), |what| Err(forbidden(&what)))
}

fn reads_only(node: &LogicalPlan) -> bool {
    matches!(
        node,
        LogicalPlan::Projection(_)
            | LogicalPlan::Filter(_)
            | LogicalPlan::Window(_)
            | LogicalPlan::Aggregate(_)
            | LogicalPlan::Sort(_)
            | LogicalPlan::Join(_)
            | LogicalPlan::Repartition(_)
            | LogicalPlan::Union(_)
            | LogicalPlan::TableScan(_)
            | LogicalPlan::EmptyRelation(_)
            | LogicalPlan::Subquery(_)
            | LogicalPlan::SubqueryAlias(_)
            | LogicalPlan::Limit(_)
            | LogicalPlan::Values(_)
            | LogicalPlan::Explain(_)
            | LogicalPlan::Analyze(_)
            | LogicalPlan::Distinct(_)
            | LogicalPlan::DescribeTable(_)
            | LogicalPlan::Unnest(_)
            | LogicalPlan::RecursiveQuery(_)
    )
}

fn first_word(text: &str) -> String {
    text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_string()
}

fn forbidden(what: &str) -> Error {
    Error::Sql {
        code: "K-SQL-READ-ONLY",
        message: format!("{what} can not run here: queries only read"),
        help: "Use SELECT, EXPLAIN, SHOW or DESCRIBE. To change data, change the source and run `kith run`."
            .into(),
        line: None,
        column: None,
    }
}
