//! The engine behind SQL and batch work: run this query, give batches or leave Parquet there.
//!
//! Reads:  the tenant's lake tables, at the version that is current when the query is planned.
//! Decides: whether a statement may run: default-deny by statement type *and* by plan (`guard`).
//! Writes: nothing, except a Parquet file that our own code asks for.
//! Fails:  `K-SQL-…`, with line and column where the parser or planner knows them.
//!
//! [`Engine`] is a seam: [`Embedded`] runs in this process; a cluster can take its place, since what goes in is SQL
//! and what comes out is batches or files.

pub mod batch;
#[cfg(feature = "cluster")]
pub mod cluster;
mod leave;
mod catalog;
mod embedded;
mod guard;
mod json;
mod sql_error;

pub use batch::{BatchEngine, EngineChoice, InProcess};
pub use embedded::Embedded;
pub(crate) use embedded::STACK_BYTES;
pub use json::rows_as_json;
pub(crate) use leave::name_of_its_own;

use crate::error::Result;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use std::path::Path;
use std::time::Duration;

/// What a query may use.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Rows given back at most; more are cut and the answer says so.
    pub rows_max: usize,
    /// Time that a query may take, planning included.
    pub time_max: Duration,
}

impl Default for Limits {
    /// Chosen so that a mistaken cross join on a laptop ends by itself: 10,000 rows fill a screen many times over,
    /// a minute is longer than anyone waits for a page.
    fn default() -> Self {
        Limits { rows_max: 10_000, time_max: Duration::from_secs(60) }
    }
}

/// What a query gave.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The columns, also when there are no rows.
    pub schema: SchemaRef,
    /// The rows.
    pub batches: Vec<RecordBatch>,
    /// True if there were more rows than the limit.
    pub truncated: bool,
}

impl Answer {
    /// How many rows it has.
    pub fn rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }
}

/// Runs SQL over one tenant's tables.
pub trait Engine: Send + Sync {
    /// Runs a read-only query and gives its rows.
    fn query(&self, sql: &str, limits: &Limits) -> Result<Answer>;

    /// Runs a read-only query and leaves its rows as a Parquet file; gives their number.
    fn leave_parquet(&self, sql: &str, file: &Path, limits: &Limits) -> Result<u64>;
}
