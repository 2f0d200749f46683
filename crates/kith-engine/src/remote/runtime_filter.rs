//! What a join has learnt of its small side, told to the database that has the large one. Only hints: what is told leaves no
//! row out that the join would take, and the join goes on to decide.

use super::ask::{Class, Fault, Output, RemoteExpr};
use super::lower::{Lower, Typed, comparison};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{
    BinaryExpr, CaseExpr, CastExpr, Column, DynamicFilterPhysicalExpr, InListExpr, Literal,
};
use std::sync::Arc;
use std::time::Duration;

/// A join asks its large side only when it knows its small one; a top-n never knows all, and is not waited for.
const WAIT: Duration = Duration::from_millis(20);
/// Values told at once: SQLite takes 32,766 with a question, PostgreSQL 65,535.
const VALUES_MAX: usize = 10_000;

/// What the database is asked for without them.
pub(super) struct Asked<'a> {
    pub lower: Lower<'a>,
    pub select: &'a [Output],
}

/// The conditions that the filters have become by now.
pub(super) async fn learnt(filters: &[Arc<dyn PhysicalExpr>], asked: &Asked<'_>) -> Vec<RemoteExpr> {
    let mut told = Vec::new();
    if asked.lower.dialect.has(Fault::PushNothing) {
        return told;
    }
    let mut values = VALUES_MAX;
    for filter in filters {
        let Some(filter) = filter.downcast_ref::<DynamicFilterPhysicalExpr>() else { continue };
        // Late is no harm: what is known is told.
        let _ = tokio::time::timeout(WAIT, filter.wait_complete()).await;
        let Ok(now) = filter.current() else { continue };
        all(&now, asked, &mut values, &mut told);
    }
    told
}

/// Of conditions that must all hold, those that can be told.
fn all(expr: &Arc<dyn PhysicalExpr>, asked: &Asked, values: &mut usize, told: &mut Vec<RemoteExpr>) {
    match expr.downcast_ref::<BinaryExpr>() {
        Some(both) if *both.op() == Operator::And => {
            all(both.left(), asked, values, told);
            all(both.right(), asked, values, told);
        }
        _ => told.extend(one(expr, asked, values)),
    }
}

fn one(expr: &Arc<dyn PhysicalExpr>, asked: &Asked, values: &mut usize) -> Option<RemoteExpr> {
    if let Some(compare) = expr.downcast_ref::<BinaryExpr>() {
        if *compare.op() == Operator::Or {
            let both = [one(compare.left(), asked, values)?, one(compare.right(), asked, values)?];
            return Some(RemoteExpr::Or(both.into()));
        }
        let literal = compare.right().downcast_ref::<Literal>()?;
        *values = values.checked_sub(1)?;
        let column = column(compare.left(), asked)?;
        return asked.lower.compare(column, comparison(*compare.op())?, asked.lower.value(literal.value())?);
    }
    if let Some(list) = expr.downcast_ref::<InListExpr>() {
        let column = column(list.expr(), asked)?;
        if list.negated() {
            return None;
        }
        let scalars = list.list().iter().map(|item| item.downcast_ref::<Literal>().map(Literal::value));
        let scalars: Option<Vec<&ScalarValue>> = scalars.collect();
        let scalars = scalars?;
        *values = values.checked_sub(scalars.len())?;
        return asked.lower.within(column, scalars.into_iter());
    }
    // Of a join in parts each part has learnt its own: a row is one of any of them.
    let parts = expr.downcast_ref::<CaseExpr>()?;
    let other = parts.else_expr().and_then(|e| e.downcast_ref::<Literal>().map(Literal::value));
    if other != Some(&ScalarValue::Boolean(Some(false))) {
        return None;
    }
    let mut any = Vec::new();
    for (_, then) in parts.when_then_expr() {
        if then.downcast_ref::<Literal>().map(Literal::value) == Some(&ScalarValue::Boolean(Some(false))) {
            continue;
        }
        let mut told = Vec::new();
        all(then, asked, values, &mut told);
        if told.is_empty() {
            return None;
        }
        any.push(RemoteExpr::And(told));
    }
    (!any.is_empty()).then_some(RemoteExpr::Or(any))
}

/// A column, as it is or made wider. It is known by its place: what a question gives has names of its own.
fn column(expr: &Arc<dyn PhysicalExpr>, asked: &Asked) -> Option<Typed> {
    if let Some(cast) = expr.downcast_ref::<CastExpr>() {
        let widened = *cast.cast_type() == DataType::Int64;
        return column(cast.expr(), asked).filter(|(_, class)| widened && *class == Some(Class::Whole));
    }
    match asked.select.get(expr.downcast_ref::<Column>()?.index())? {
        Output::Column(place) => asked.lower.column(*place),
        // What is computed of many rows is no condition on one.
        _ => None,
    }
}
