//! Databases whose tables SQL reads where they are: nothing is copied, and each query sees what is there when it runs.
//!
//! Reads:  the tables of each `[[connection]]`, when a query that names them runs.
//! Decides: which parts of a query the database answers (`lower`): what it does exactly as we do, and nothing that can fail on
//!         a row. All else is done here.
//! Writes: nothing; sessions at the database are read-only.
//! Fails:  `K-SCAN-…`. A database that is down, slow or lies harms the queries that read it, and no other.
//!
//! 1. [`connections`] are schemas of the catalogue, whose tables the session governs as any other; [`schema`] is that of a database.
//! 2. [`table`] takes the filters, columns and the limit of a scan, as an [`ask::Ask`].
//! 3. [`writer`] writes it in the words of the database, values apart from the text.
//! 4. [`push`], [`top`] and [`join`] find the aggregates, top-n and joins that can be asked for as one question.
//! 5. [`scan`] runs it within the connection's limits; when it is dropped, the query ends at the database too.
//!
//! Another kind of database is another [`Remote`] and another [`ask::Family`].

mod ask;
mod cells;
mod clickhouse;
mod connections;
mod fault;
mod files;
mod flight;
mod join;
mod json;
mod known;
mod lower;
mod meter;
mod mysql;
mod postgres;
mod push;
mod rest;
mod rows;
mod runtime_filter;
mod scan;
mod schema;
mod sqlite;
mod table;
mod tap;
#[cfg(test)]
mod tests;
mod tls;
mod top;
mod union;
mod writer;

pub(crate) use connections::Connections;
pub(crate) use files::{Broken, Place};
pub(crate) use push::PushDown;
pub(crate) use table::{done_here, with_columns};
pub(crate) use tap::{Reading, Said, Stream, Tap, Way};

/// What a database that is read in place is asked to do itself, as far as it does it exactly as we do.
pub(crate) const PUSHED: [&str; 7] = [
    "columns",
    "conditions",
    "limit",
    "the first by an order",
    "counts, sums, least and greatest",
    "joins by a key",
    "keys of a join",
];

use crate::error::Result;
use ask::{Dialect, RemoteColumn};
use async_trait::async_trait;
use cells::Kind;
use datafusion::arrow::array::RecordBatch;
use futures::stream::BoxStream;
use std::fmt::Debug;
use writer::SqlText;

/// A database of one kind.
#[async_trait]
pub(crate) trait Remote: Send + Sync + Debug {
    /// How it is spoken to.
    fn dialect(&self) -> Dialect;

    /// All tables that the user of the connection can read.
    async fn tables(&self) -> Result<Vec<RemoteFacts>>;

    /// Begins a query; the columns that come back are of these kinds. Dropped, it ends at the database.
    async fn open(&self, text: SqlText, kinds: Vec<(String, Kind)>) -> Result<Batches>;
}

/// Rows as they come, with their size.
pub(crate) type Batches = BoxStream<'static, Result<Fetched>>;

/// Some rows.
pub(crate) struct Fetched {
    pub batch: RecordBatch,
    /// Bytes of their values, as they came.
    pub bytes: usize,
}

/// A table of a database.
#[derive(Clone, Debug)]
pub(crate) struct RemoteFacts {
    /// Its name in SQL here.
    pub name: String,
    /// Its schema and its name there.
    pub place: (String, String),
    pub columns: Vec<RemoteColumn>,
    /// The places of the columns that tell its rows apart; empty = none are known to.
    pub key: Vec<usize>,
    /// Rows, as the database guesses.
    pub rows: Option<usize>,
}
