//! What may be evaluated on rows before the policy has taken out those that the caller must not see: only what can not fail and
//! reads no masked column. `1 / (salary - 100) > 0` would tell by its error that somebody whom the policy hides earns 100.

use datafusion::logical_expr::{BinaryExpr, Expr, Operator};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{Column, DynamicFilterPhysicalExpr};
use std::sync::Arc;

/// True for comparisons of columns and values, `IN`, `IS NULL`, `BETWEEN`, and what AND, OR, NOT make of them. No function, no
/// cast, no arithmetic, no LIKE: everything that is not named here stays above.
pub(super) fn leakproof(filter: &Expr, open: &dyn Fn(&str) -> bool) -> bool {
    let is = |expr: &Expr| leakproof(expr, open);
    match filter {
        Expr::Column(column) => open(column.name()),
        Expr::Literal(..) => true,
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And | Operator::Or, right }) => {
            is(left) && is(right)
        }
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
            compares(*op) && plain(left, open) && plain(right, open)
        }
        Expr::Not(inner)
        | Expr::IsTrue(inner)
        | Expr::IsFalse(inner)
        | Expr::IsNotTrue(inner)
        | Expr::IsNotFalse(inner) => is(inner),
        Expr::IsNull(inner) | Expr::IsNotNull(inner) => plain(inner, open),
        Expr::Between(between) => {
            [&between.expr, &between.low, &between.high].iter().all(|part| plain(part, open))
        }
        Expr::InList(list) => plain(&list.expr, open) && list.list.iter().all(|part| plain(part, open)),
        _ => false,
    }
}

fn plain(expr: &Expr, open: &dyn Fn(&str) -> bool) -> bool {
    match expr {
        Expr::Column(column) => open(column.name()),
        Expr::Literal(..) => true,
        _ => false,
    }
}

fn compares(op: Operator) -> bool {
    use Operator::*;
    matches!(op, Eq | NotEq | Lt | LtEq | Gt | GtEq | IsDistinctFrom | IsNotDistinctFrom)
}

/// True for a filter that a join or a top-n makes while it runs, over open columns as they are: it compares them with values
/// of rows that the caller has. One over an expression (a join on `1 / x`) could fail.
pub(super) fn leakproof_at_run_time(filter: &Arc<dyn PhysicalExpr>, open: &dyn Fn(&str) -> bool) -> bool {
    let plain = |child: &&Arc<dyn PhysicalExpr>| {
        child.downcast_ref::<Column>().is_some_and(|column| open(column.name()))
    };
    match filter.downcast_ref::<DynamicFilterPhysicalExpr>() {
        Some(dynamic) => dynamic.children().iter().all(plain),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::arrow::datatypes::DataType;
    use datafusion::functions::expr_fn::lower;
    use datafusion::logical_expr::{cast, col, lit};

    #[test]
    fn only_what_can_not_fail_and_reads_open_columns_passes() {
        let open = |name: &str| name != "secret";
        let passes = [
            col("a").eq(lit(1)),
            col("a").gt(col("b")).and(col("c").is_null()).or(lit(true)),
            col("a").in_list(vec![lit(1), lit(2)], true),
            col("a").between(lit(1), lit(2)),
            datafusion::logical_expr::not(col("a").eq(lit(1))),
        ];
        for filter in passes {
            assert!(leakproof(&filter, &open), "{filter}");
        }
        let stays = [
            col("secret").eq(lit(1)),
            col("secret").is_null(),
            col("a").eq(col("secret")),
            col("a").in_list(vec![col("secret")], false),
            (lit(1) / (col("a") - lit(100))).gt(lit(0)),
            cast(col("a"), DataType::Int32).eq(lit(1)),
            datafusion::logical_expr::try_cast(col("a"), DataType::Int32).is_null(),
            col("a").like(lit("x%")),
            lower(col("a")).eq(lit("x")),
            col("a").eq(lit(1)).and(col("secret").eq(lit(1))),
            (-col("a")).eq(lit(1)),
        ];
        for filter in stays {
            assert!(!leakproof(&filter, &open), "{filter}");
        }
    }
}
