//! Entries back from the tables.

use super::rows::{self, Strange};
use super::{EventLake, event, ledger};
use crate::error::Error;
use crate::lake::{TableName, open_delta, read_failed};
use datafusion::arrow::array::RecordBatch;
use datafusion::error::DataFusionError;
use datafusion::prelude::{Expr, SessionConfig, SessionContext, col, lit};
use kith_core::entry::Entry;
use kith_core::id::Position;
use kith_live::LiveError;
use kith_live::events::{Entries, Past};
use std::collections::{BTreeMap, VecDeque};

/// Entries that are read in one step: some tens of megabytes.
const WINDOW: u64 = 50_000;
/// Positions that one question names: longer lists are not used to leave files out.
const NAMED: usize = 20;

/// Where the tables are read: one thread, and only those pages whose position is wanted are decoded.
pub(super) fn session() -> SessionContext {
    let config = SessionConfig::new()
        .with_target_partitions(1)
        .set_bool("datafusion.execution.parquet.pushdown_filters", true)
        .set_bool("datafusion.execution.parquet.reorder_filters", true);
    SessionContext::new_with_config(config)
}

/// Rows that stand for what the log had lost.
pub(super) fn is_lost() -> Expr {
    col("kind").eq(lit(rows::LOST))
}

fn position(at: u64) -> Expr {
    lit(i64::try_from(at).unwrap_or(i64::MAX))
}

impl EventLake {
    /// The entries of both tables that a filter takes, in order of position.
    fn select(&self, filter: &Expr) -> Result<Vec<(Position, Entry)>, Error> {
        let strange = |table: TableName| {
            move |Strange(what): Strange| read_failed(&table, DataFusionError::External(what.into()).into())
        };
        let mut found = Vec::new();
        for batch in self.rows(&event(), filter)? {
            found.append(&mut rows::events(&batch).map_err(strange(event()))?);
        }
        for batch in self.rows(&ledger(), filter)? {
            found.append(&mut rows::others(&batch).map_err(strange(ledger()))?);
        }
        found.sort_by_key(|(position, _)| *position);
        Ok(found)
    }

    pub(super) fn rows(&self, table: &TableName, filter: &Expr) -> Result<Vec<RecordBatch>, Error> {
        let read = async {
            let Some(delta) = open_delta(&self.lake.table_dir(table)).await? else { return Ok(Vec::new()) };
            let provider = delta.table_provider().await?;
            let rows = self.reading.read_table(provider)?.filter(filter.clone())?.collect().await?;
            Ok::<_, deltalake_core::DeltaTableError>(rows)
        };
        self.lake.runtime.block_on(read).map_err(|e| read_failed(table, e))
    }

    fn between(&self, from: u64, to: u64) -> Result<Vec<(Position, Entry)>, Error> {
        self.select(&col("position").gt_eq(position(from)).and(col("position").lt(position(to))))
    }
}

fn past(error: &Error) -> LiveError {
    LiveError::Past { what: error.to_string() }
}

impl Past for EventLake {
    fn read(&self, from: Position, to: Position) -> Entries<'_> {
        let complete = self.position();
        let refused = match complete {
            Err(e) => Some(past(&e)),
            Ok(at) if at.0 + 1 < to.0 => {
                let what = format!("the lake has them up to {}, and the log begins at {}", at.0, to.0);
                Some(LiveError::Past { what })
            }
            Ok(_) => None,
        };
        match refused {
            Some(e) => Box::new(std::iter::once(Err(e))),
            None => Box::new(Reading { lake: self, from: from.0, to: to.0, read: VecDeque::new() }),
        }
    }

    fn entries(&self, at: &[Position]) -> kith_live::Result<BTreeMap<Position, Entry>> {
        let mut wanted = at.to_vec();
        wanted.sort_unstable();
        let mut found = BTreeMap::new();
        for some in wanted.chunks(NAMED) {
            let one = |at: &Position| col("position").eq(position(at.0));
            let Some(any) = some.iter().map(one).reduce(Expr::or) else { continue };
            found.extend(self.select(&any).map_err(|e| past(&e))?);
        }
        Ok(found)
    }
}

/// Window after window.
struct Reading<'a> {
    lake: &'a EventLake,
    from: u64,
    to: u64,
    read: VecDeque<(Position, Entry)>,
}

impl Iterator for Reading<'_> {
    type Item = kith_live::Result<(Position, Entry)>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.read.is_empty() && self.from < self.to {
            let end = self.to.min(self.from.saturating_add(WINDOW));
            match self.lake.between(self.from, end) {
                Ok(entries) => self.read = entries.into(),
                Err(e) => {
                    self.from = self.to;
                    return Some(Err(past(&e)));
                }
            }
            self.from = end;
        }
        self.read.pop_front().map(Ok)
    }
}
