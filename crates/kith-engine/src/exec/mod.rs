//! The engine behind SQL ([`crate::govern::Session`] asks it) and batch work: run this query, give batches or leave Parquet there.
//!
//! Reads:  the tenant's lake tables, at the version that is current when the query is planned.
//! Decides: whether a statement may run: default-deny by statement type *and* by plan (`guard`).
//! Writes: nothing; batch work leaves Parquet files that our own code asks for.
//! Fails:  `K-SQL-…`, with line and column where the parser or planner knows them.

pub mod batch;
#[cfg(feature = "cluster")]
pub mod cluster;
mod leave;
mod catalog;
mod embedded;
pub(crate) mod guard;
mod json;
mod memory;
pub(crate) mod running;
pub(crate) mod sql_error;
pub(crate) mod stream;
mod yielding;

pub use batch::{BatchEngine, EngineChoice, InProcess};
pub use embedded::Embedded;
pub(crate) use embedded::{STACK_BYTES, Shared};
pub use json::{cell_as_json, rows_as_json};
pub(crate) use leave::name_of_its_own;
pub use running::RunningQuery;
pub use stream::Rows;
pub(crate) use yielding::Yielding;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use std::time::Duration;

/// What a query may use.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Rows given back at most; more are cut and the answer says so.
    pub rows_max: usize,
    /// Time that a query may take, planning and fetching included.
    pub time_max: Duration,
    /// Memory that it may take of what all queries have together.
    pub memory_max_bytes: usize,
}

impl Default for Limits {
    /// Chosen so that a mistaken cross join on a laptop ends by itself: 10,000 rows fill a screen many times over,
    /// a minute is longer than anyone waits for a page. Half of the memory, so that two such queries leave room for none but
    /// one leaves room for others.
    fn default() -> Self {
        Limits { rows_max: 10_000, time_max: Duration::from_secs(60), memory_max_bytes: 512 << 20 }
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
