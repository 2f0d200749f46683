//! A join of two tables of one database is one question to it, where each row of the one side meets one row of the other at most:
//! then never more rows come than the tables would have given apart. Joins of many with many are done here.

use super::ask::{Ask, Comparison, Output, RemoteExpr};
use super::lower::Typed;
use super::push::{Question, instead, scanned};
use super::table::RemoteTable;
use crate::govern::{OpenScan, open_scan};
use datafusion::common::{JoinType, NullEquality};
use datafusion::error::Result;
use datafusion::logical_expr::{Join, LogicalPlan, TableScan};
use std::sync::Arc;

/// The question instead; `None` = it is done here.
pub(super) fn pushed(join: &Join) -> Result<Option<LogicalPlan>> {
    let (Some(left), Some(right)) = (scanned(&join.left), scanned(&join.right)) else { return Ok(None) };
    let plain = join.join_type == JoinType::Inner
        && join.filter.is_none()
        && join.null_equality == NullEquality::NullEqualsNothing;
    match plain.then(|| asked(join, left, right)).flatten() {
        Some(question) => instead(&join.schema, &left.table_name, question).map(Some),
        None => Ok(None),
    }
}

/// One side of it.
struct Side<'a> {
    open: &'a OpenScan,
    table: &'a RemoteTable,
    /// The columns that it is joined by.
    on: Vec<Typed>,
}

impl Side<'_> {
    fn conditions(&self) -> Option<Vec<RemoteExpr>> {
        let lower = self.table.lower();
        self.open.filters.iter().map(|filter| lower.condition(filter)).collect()
    }

    /// What it gives; its columns stand so many places later.
    fn select(&self, later: usize) -> Vec<Output> {
        self.open.places.iter().map(|place| Output::Column(place + later)).collect()
    }

    /// True where no two of its rows have all of these columns in common.
    fn by_its_key(&self) -> bool {
        let key = self.table.key();
        let joined = |place: &usize| self.on.iter().any(|(on, _)| *on == RemoteExpr::Column(*place));
        !key.is_empty() && key.iter().all(joined)
    }
}

fn asked(join: &Join, left: &TableScan, right: &TableScan) -> Option<Question> {
    let scans = (open_scan(left)?, open_scan(right)?);
    let tables = (remote(&scans.0)?, remote(&scans.1)?);
    if !tables.0.beside(tables.1) || tables.0.lower().dialect.has(super::ask::Fault::PushNothing) {
        return None;
    }
    let of = |open, table, on: Option<Vec<Typed>>| Some(Side { open, table, on: on? });
    let on = |table: &RemoteTable, first: bool| {
        let lower = table.lower();
        join.on.iter().map(|on| lower.operand(if first { &on.0 } else { &on.1 })).collect()
    };
    let left = of(&scans.0, tables.0, on(tables.0, true))?;
    let right = of(&scans.1, tables.1, on(tables.1, false))?;
    if left.on.is_empty() || !(left.by_its_key() || right.by_its_key()) {
        return None;
    }
    let later = left.table.columns().len();
    let mut columns = left.table.columns().to_vec();
    let moved =
        right.table.columns().iter().cloned().map(|column| super::ask::RemoteColumn { of: 1, ..column });
    columns.extend(moved);
    let columns = Arc::new(columns);
    let mut filter = left.conditions()?;
    filter.extend(right.conditions()?.into_iter().map(|condition| condition.moved(later)));
    let both = super::lower::Lower { columns: &columns, dialect: left.table.lower().dialect };
    for (one, (other, class)) in left.on.iter().zip(&right.on) {
        let other = (other.clone().moved(later), *class);
        filter.push(both.compare(one.clone(), Comparison::Equal, other)?);
    }
    let mut select = left.select(0);
    select.extend(right.select(later));
    let places = vec![left.table.place().clone(), right.table.place().clone()];
    let ask = Ask { places, columns, select, filter, group: None, order: Vec::new(), limit: None };
    let mut doing = left.table.doing(ask);
    doing.quiet = left.open.quiet || right.open.quiet;
    doing.table = format!("{} and {}", doing.table, right.table.doing(doing.ask.clone()).table);
    Some(Question::new(doing))
}

fn remote(scan: &OpenScan) -> Option<&RemoteTable> {
    scan.table.downcast_ref::<RemoteTable>()
}
