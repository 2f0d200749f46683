//! ClickHouse servers, whose tables SQL reads where they are, by their HTTP door and in Arrow.
//!
//! Reads:  the tables of the database of a `[[connection]]` of kind `clickhouse`, when a query names them.
//! Decides: how a column is asked for ([`schema`]): numbers, texts, truth values, days and decimals as they are, times in UTC, all else as
//!         its text. The server is asked for columns and a limit; conditions are not, so all else is done here.
//! Writes: nothing: every question is asked with `readonly = 2`.
//! Fails:  `K-SCAN-…`, for the query that reads the table. What a server says of a failure is not told.
//!
//! 1. [`schema`] asks `system.columns`, and keeps what it says for a moment; of the table that a query names it asks the types in Arrow.
//! 2. [`table`] makes a scan; dropped, the connection is closed, and the server told before to end the query then.

mod schema;
mod table;

pub(super) use schema::Clickhouse;
