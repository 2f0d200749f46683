//! What is known to have no rows without asking: tables of `pg_catalog` that nothing fills.

use super::tables::EMPTY;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, GroupByExpr, Join, JoinOperator, ObjectName, ObjectNamePart, Query, Select,
    SetExpr, Statement, TableFactor, TableWithJoins, Value, Visit, Visitor,
};
use std::ops::ControlFlow;

/// The last part of a name.
pub(super) fn last(name: &ObjectName) -> Option<&str> {
    match name.0.last()? {
        ObjectNamePart::Identifier(ident) => Some(&ident.value),
        ObjectNamePart::Function(_) => None,
    }
}

/// True if all that a statement reads stands in `pg_catalog`.
pub(super) fn of_catalogue(statement: &Statement) -> bool {
    struct Names(Vec<String>);
    impl Visitor for Names {
        type Break = ();
        fn pre_visit_relation(&mut self, name: &ObjectName) -> ControlFlow<()> {
            self.0.extend(last(name).map(str::to_ascii_lowercase));
            ControlFlow::Continue(())
        }
    }
    let mut names = Names(Vec::new());
    let _ = statement.visit(&mut names);
    let tables: Vec<&String> =
        names.0.iter().filter(|name| !matches!(name.as_str(), "generate_series" | "unnest")).collect();
    !tables.is_empty() && tables.iter().all(|name| name.starts_with("pg_"))
}

fn empty(factor: &TableFactor) -> bool {
    match factor {
        TableFactor::Table { name, .. } => last(name).is_some_and(|name| EMPTY.contains(&name)),
        _ => false,
    }
}

fn inner(join: &Join) -> bool {
    matches!(join.join_operator, JoinOperator::Join(_) | JoinOperator::Inner(_) | JoinOperator::CrossJoin(_))
}

fn keeps_left(join: &Join) -> bool {
    inner(join) || matches!(join.join_operator, JoinOperator::Left(_) | JoinOperator::LeftOuter(_))
}

/// True of a join that has a table without rows in it.
pub(super) fn reads_empty(query: &Query) -> bool {
    match query.body.as_ref() {
        SetExpr::Select(select) => without_rows(select) && !aggregates(select),
        _ => false,
    }
}

fn without_rows(select: &Select) -> bool {
    select.from.iter().any(|from: &TableWithJoins| {
        let inner_one = from.joins.iter().all(inner) && from.joins.iter().any(|join| empty(&join.relation));
        inner_one || (empty(&from.relation) && from.joins.iter().all(keeps_left))
    })
}

/// An aggregate without groups has a row for nothing.
fn aggregates(select: &Select) -> bool {
    let grouped = !matches!(&select.group_by, GroupByExpr::Expressions(by, _) if by.is_empty());
    let words = ["count(", "sum(", "max(", "min(", "avg(", "_agg(", "bool_or(", "bool_and("];
    let text =
        || select.projection.iter().map(|item| item.to_string().to_ascii_lowercase()).collect::<String>();
    !grouped && words.iter().any(|word| text().contains(word))
}

/// Says of a SELECT without rows that it has none; its parameters stay.
pub(super) fn close(select: &mut Select) {
    if !without_rows(select) || aggregates(select) {
        return;
    }
    let no = Expr::Value(Value::Boolean(false).into());
    select.selection = Some(match select.selection.take() {
        Some(was) => {
            let (left, right) = (Box::new(no), Box::new(Expr::Nested(Box::new(was))));
            Expr::BinaryOp { left, op: BinaryOperator::And, right }
        }
        None => no,
    });
}

/// Numbers that are only there to look into lists of `pg_catalog`, which are empty: a table that is empty too.
pub(super) fn without_series(factor: &mut TableFactor) {
    if let TableFactor::Table { name, args, alias, .. } = factor
        && args.is_some()
        && last(name) == Some("generate_series")
    {
        *args = None;
        *name = ObjectName(vec![
            ObjectNamePart::Identifier("pg_catalog".into()),
            ObjectNamePart::Identifier("pg_series".into()),
        ]);
        let _ = alias;
    }
}
