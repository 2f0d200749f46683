//! What the columns of a table hold: read by two queries of the caller's own session, so a masked column is profiled as it is
//! shown, and a row that is kept back counts nowhere.

use super::fold::Fold;
use super::shape::{MaskView, TableProfile, TableView};
use crate::error::{Error, Result};
use crate::exec::Limits;
use crate::govern::Session;
use std::time::{Duration, Instant};

/// Rows that are read of a table of our own, as a random part of all.
const OWN_ROWS_MAX: u64 = 100_000;
/// Rows that are read of a table of a database. It gives those that it has at hand: a random part would read all.
const REMOTE_ROWS_MAX: u64 = 20_000;
/// Values that are read: a table of many columns has fewer rows read.
const CELLS_MAX: u64 = 3_000_000;
/// A page waits for it.
const TIME_MAX: Duration = Duration::from_secs(30);
/// More than the sample, so that it rarely falls short of it.
const MARGIN: f64 = 1.1;

/// Profiles a table that the session can name.
pub async fn profile(session: &Session, view: TableView) -> Result<TableProfile> {
    let begun = Instant::now();
    let name = format!("{}.{}", quoted(&view.schema), quoted(&view.table));
    let own = view.kind == "own";
    let rows = if own { Some(counted(session, &name).await?) } else { view.rows };
    let most = rows_max(own, view.columns.len());
    let sql = sample_of(&name, own.then_some(rows).flatten(), most);
    let limits = Limits {
        rows_max: usize::try_from(most).unwrap_or(usize::MAX),
        time_max: TIME_MAX,
        ..Limits::default()
    };
    let fold = sampled(session, &sql, &limits).await?;
    let rows_read = fold.rows();
    let sample = match (own, rows) {
        (true, Some(rows)) if rows <= most => "all",
        (true, _) => "random",
        (false, _) if rows_read < most => "all",
        (false, _) => "first",
    };
    let mask = |column: &str| -> Option<MaskView> {
        view.columns.iter().find(|c| c.name == column).and_then(|c| c.masked.clone())
    };
    Ok(TableProfile {
        rows: if sample == "all" { Some(rows_read) } else { rows },
        rows_exact: own || sample == "all",
        rows_read,
        sample,
        columns: fold.columns(&mask),
        took_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        schema: view.schema,
        table: view.table,
    })
}

/// The rows of a query, folded.
pub(super) async fn sampled(session: &Session, sql: &str, limits: &Limits) -> Result<Fold> {
    let mut batches = session.stream(sql, limits).await?;
    let mut fold = Fold::new(batches.schema());
    while let Some(batch) = batches.next().await {
        fold.take(&batch?);
    }
    Ok(fold)
}

fn rows_max(own: bool, columns: usize) -> u64 {
    let most = if own { OWN_ROWS_MAX } else { REMOTE_ROWS_MAX };
    most.min(CELLS_MAX / columns.max(1) as u64).max(1)
}

fn sample_of(name: &str, rows: Option<u64>, most: u64) -> String {
    match rows {
        Some(rows) if rows > most => {
            let share = (MARGIN * most as f64 / rows as f64).min(1.0);
            format!("SELECT * FROM {name} WHERE random() < {share:.9} LIMIT {most}")
        }
        _ => format!("SELECT * FROM {name} LIMIT {most}"),
    }
}

async fn counted(session: &Session, name: &str) -> Result<u64> {
    let limits = Limits { time_max: TIME_MAX, ..Limits::default() };
    let answer = session.stream(&format!("SELECT count(*) FROM {name}"), &limits).await?.collect().await?;
    let rows = crate::exec::rows_as_json(&answer.batches);
    let count = rows.first().and_then(|row| row.first()).and_then(serde_json::Value::as_u64);
    count.ok_or_else(|| Error::internal("rows can not be counted", "count(*) gave no number"))
}

/// As SQL writes a name that may hold anything.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_table_is_sampled_at_random_and_a_wide_one_less() {
        assert_eq!(sample_of("t", Some(10), 100), "SELECT * FROM t LIMIT 100");
        assert_eq!(sample_of("t", None, 100), "SELECT * FROM t LIMIT 100");
        assert_eq!(
            sample_of("t", Some(1_000), 100),
            "SELECT * FROM t WHERE random() < 0.110000000 LIMIT 100"
        );
        assert_eq!((rows_max(true, 10), rows_max(true, 300), rows_max(false, 0)), (100_000, 10_000, 20_000));
    }

    #[test]
    fn a_name_can_not_end_its_quotes() {
        assert_eq!(quoted("a\" UNION SELECT 1 --"), "\"a\"\" UNION SELECT 1 --\"");
    }
}
