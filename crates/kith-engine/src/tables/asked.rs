//! What a query asks of databases, read from its plan as EXPLAIN shows it: so no more is told than a query could.

use super::shape::{Explained, RemoteAsk, TableRuled};
use crate::error::{Error, Result};
use crate::exec::Limits;
use crate::govern::Session;
use crate::profile::shape::{SqlColumn, SqlRows};
use std::time::Instant;

/// Plans a query. With `run` it is run too, its rows are left aside, and each step says what it took.
pub async fn explain(session: &Session, sql: &str, run: bool) -> Result<Explained> {
    let plan = session.planning(sql).await?;
    let described = session.describe(sql, Vec::new()).await?;
    let (mut physical, mut ran_ms) = (plan.physical, None);
    if run {
        let begun = Instant::now();
        let rows = session.stream(&format!("EXPLAIN ANALYZE {sql}"), &Limits::default()).await?;
        physical = analysed(&SqlRows::of(&rows.collect().await?))?;
        ran_ms = u64::try_from(begun.elapsed().as_millis()).ok();
    }
    let columns = SqlColumn::of(&described.schema);
    let scans = physical.lines().filter_map(scan).collect();
    let tables = plan.tables.into_iter().map(TableRuled::of).collect();
    Ok(Explained { columns, tables, scans, logical: plan.logical, physical, ran_ms })
}

/// The plan, of the rows that EXPLAIN ANALYZE gives.
fn analysed(answer: &SqlRows) -> Result<String> {
    let of = |row: &Vec<serde_json::Value>| row.get(1).and_then(|text| text.as_str()).map(str::to_string);
    let plan = answer.rows.first().and_then(of);
    plan.ok_or_else(|| Error::internal("a plan has no text", "EXPLAIN ANALYZE gave no row"))
}

/// `RemoteScan: shop.orders, asked=[…], here=[…], run-time filters=1, metrics=[output_rows=5, …]`. What stands in brackets may
/// hold brackets, so each part ends where the next begins, looked for from behind.
fn scan(line: &str) -> Option<RemoteAsk> {
    let line = line.trim_start().strip_prefix("RemoteScan: ")?;
    let (table, line) = line.split_once(", asked=[")?;
    let (line, metrics) = match line.rsplit_once(", metrics=[") {
        Some((line, metrics)) => (line, Some(metrics)),
        None => (line, None),
    };
    let (line, keys_of_a_join) = match line.rsplit_once(", run-time filters=") {
        Some((line, _)) => (line, true),
        None => (line, false),
    };
    let line = line.strip_suffix(']')?;
    let (asked, here) = match line.split_once("], here=[") {
        Some((asked, here)) => (asked, Some(here.to_string())),
        None => (line, None),
    };
    let metric = |name: &str| metrics.and_then(|metrics| value(metrics, name));
    let (rows, bytes) = (metric("output_rows"), metric("bytes_fetched"));
    Some(RemoteAsk { table: table.into(), asked: asked.into(), here, keys_of_a_join, rows, bytes })
}

fn value(metrics: &str, name: &str) -> Option<String> {
    let found =
        metrics.trim_end_matches(']').split(", ").find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
    found.map(str::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_plan_says_what_is_asked_and_what_came_back() {
        let line = "  RemoteScan: shop.orders, asked=[SELECT t0.\"a[0]\" AS c0 FROM \"o\" AS t0 WHERE (t0.\"b\" = $1)], \
                    here=[length(city) = Int64(2)], run-time filters=1, metrics=[output_rows=1.2 K, elapsed_compute=1ms, \
                    bytes_fetched=40]";
        let ask = scan(line).expect("a scan");
        assert_eq!(ask.asked, "SELECT t0.\"a[0]\" AS c0 FROM \"o\" AS t0 WHERE (t0.\"b\" = $1)");
        assert_eq!(
            (ask.table.as_str(), ask.here.as_deref()),
            ("shop.orders", Some("length(city) = Int64(2)"))
        );
        assert!(ask.keys_of_a_join);
        assert_eq!((ask.rows.as_deref(), ask.bytes.as_deref()), (Some("1.2 K"), Some("40")));
    }

    #[test]
    fn a_plan_that_did_not_run_has_no_numbers() {
        let ask = scan("RemoteScan: crm.account, asked=[SELECT 1]").expect("a scan");
        assert_eq!((ask.asked.as_str(), ask.here, ask.rows), ("SELECT 1", None, None));
        assert!(!ask.keys_of_a_join);
        assert_eq!(scan("GovernedScan: crm.account, columns=[name (null)]"), None);
    }
}
