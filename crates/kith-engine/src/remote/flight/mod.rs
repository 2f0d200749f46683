//! Servers of Arrow Flight SQL, whose tables SQL reads where they are: warehouses, DuckDB, another Kith.
//!
//! Reads:  the tables of a `[[connection]]` of kind `flight`, when a query names them.
//! Decides: nothing: how such a server compares texts or orders NULL is not known, so it is asked for columns and a limit, and all
//!         else is done here.
//! Writes: nothing; its only questions are lists of tables and `SELECT columns FROM table`.
//! Fails:  `K-SCAN-…`, for the query that reads the table. What a server says of a failure goes to the log only.
//!
//! 1. [`reach`] connects: TLS with authorities of the system or of `ca`, a token or a user with a password.
//! 2. [`schema`] asks for its tables with their columns, and keeps that for a moment.
//! 3. [`table`] makes a scan; dropped, the call ends, and with it the query there.

mod reach;
mod schema;
mod table;

pub(super) use schema::FlightServer;
