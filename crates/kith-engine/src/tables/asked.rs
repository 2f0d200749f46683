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

/// Scans of databases, applications, programs and files; copies are files.
const SCANS: [&str; 6] =
    ["RemoteScan: ", "RestScan: ", "ClickhouseScan: ", "FlightScan: ", "ProgramScan: ", "FileScan: "];

/// `RemoteScan: shop.orders, asked=[…], here=[…], run-time filters=1, metrics=[output_rows=5, …]`. What stands in brackets may
/// hold brackets, so each part ends where the next begins, looked for from behind.
fn scan(line: &str) -> Option<RemoteAsk> {
    let line = SCANS.iter().find_map(|scan| line.trim_start().strip_prefix(scan))?;
    let Some((table, line)) = line.split_once(", asked=[") else { return files(line) };
    let (line, metrics) = match line.rsplit_once(", metrics=[") {
        Some((line, metrics)) => (line, Some(metrics)),
        None => (line, None),
    };
    let (line, keys_of_a_join) = match line.rsplit_once(", run-time filters=") {
        Some((line, _)) => (line, true),
        None => (line, false),
    };
    // Behind the question others say how they page, or where they end.
    let line = line.rsplit_once(']').map(|(line, _)| line)?;
    let (asked, here) = match line.split_once("], here=[") {
        Some((asked, here)) => (asked, Some(here.to_string())),
        None => (line, None),
    };
    let metric = |name: &str| metrics.and_then(|metrics| value(metrics, name));
    let (rows, bytes) = (metric("output_rows"), metric("bytes_fetched"));
    Some(RemoteAsk { table: table.into(), asked: asked.into(), here, keys_of_a_join, rows, bytes })
}

/// `FileScan: exports.people, format=parquet, files=1 of 2, metrics=[…]`
fn files(line: &str) -> Option<RemoteAsk> {
    let (line, metrics) =
        line.split_once(", metrics=[").map_or((line, None), |(line, metrics)| (line, Some(metrics)));
    let (table, asked) = line.split_once(", ")?;
    let metric = |name: &str| metrics.and_then(|metrics| value(metrics, name));
    let (rows, bytes) = (metric("output_rows"), metric("bytes_scanned"));
    Some(RemoteAsk {
        table: table.into(),
        asked: asked.into(),
        here: None,
        keys_of_a_join: false,
        rows,
        bytes,
    })
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
        let api =
            scan("RestScan: crm.contacts, asked=[GET contacts?id=$1], paging=page, limit=3").expect("a scan");
        assert_eq!((api.asked.as_str(), api.table.as_str()), ("GET contacts?id=$1", "crm.contacts"));
        let copy = "FileScan: copy of shop.orders.20261123T080500Z, format=parquet, files=1 of 1, metrics=[output_rows=5, bytes_scanned=70]";
        let copy = scan(copy).expect("a scan");
        assert_eq!((copy.asked.as_str(), copy.rows.as_deref()), ("format=parquet, files=1 of 1", Some("5")));
    }
}
