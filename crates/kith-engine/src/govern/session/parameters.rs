//! What a query with parameters takes, before anybody has said a value.

use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{ScalarValue, plan_err};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{Expr, LogicalPlan};
use std::collections::HashMap;
use std::sync::Arc;

/// Far more than anybody writes by hand.
const PARAMETERS_MAX: usize = 1_000;

/// What a query with parameters takes and gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// The types of `$1`, `$2` …; those that nothing tells are text.
    pub parameters: Vec<DataType>,
    /// The columns of the answer.
    pub schema: SchemaRef,
}

/// What is given counts; else what the query says of a parameter; else it is a text.
pub(super) fn described(
    plan: &LogicalPlan,
    given: &[Option<DataType>],
) -> std::result::Result<Described, DataFusionError> {
    let found = plan.get_parameter_types()?;
    let place = |name: &String| name.strip_prefix('$').and_then(|n| n.parse::<usize>().ok()).unwrap_or(0);
    let count = found.keys().map(place).max().unwrap_or(0).max(given.len());
    if count > PARAMETERS_MAX {
        return plan_err!("a query can have {PARAMETERS_MAX} parameters at most");
    }
    let told = told(plan)?;
    let kind = |at: usize| {
        let known = given.get(at).cloned().flatten();
        let known = known.or_else(|| told.get(&format!("${}", at + 1)).cloned());
        let known = known.or_else(|| found.get(&format!("${}", at + 1)).cloned().flatten());
        known.filter(|kind| *kind != DataType::Null).unwrap_or(DataType::Utf8)
    };
    let parameters: Vec<DataType> = (0..count).map(kind).collect();
    let nulls = parameters.iter().map(ScalarValue::try_from).collect::<std::result::Result<Vec<_>, _>>()?;
    let plan = if count == 0 { plan.clone() } else { plan.clone().with_param_values(nulls)? };
    Ok(Described { parameters, schema: Arc::new(plan.schema().as_arrow().clone()) })
}

/// What only the place of a parameter tells: LIMIT and OFFSET take numbers, and a cast takes what it gives.
fn told(plan: &LogicalPlan) -> std::result::Result<HashMap<String, DataType>, DataFusionError> {
    let mut found = HashMap::new();
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::Limit(limit) = node {
            for expr in limit.skip.iter().chain(&limit.fetch) {
                expr.apply(|part| {
                    if let Expr::Placeholder(parameter) = part {
                        found.insert(parameter.id.clone(), DataType::Int64);
                    }
                    Ok(TreeNodeRecursion::Continue)
                })?;
            }
        }
        node.apply_expressions(|expr| {
            expr.apply(|part| {
                if let Expr::Cast(cast) = part
                    && let Expr::Placeholder(parameter) = cast.expr.as_ref()
                {
                    found.insert(parameter.id.clone(), cast.field.data_type().clone());
                }
                Ok(TreeNodeRecursion::Continue)
            })
        })
    })?;
    Ok(found)
}
