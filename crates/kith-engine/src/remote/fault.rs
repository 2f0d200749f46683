//! What can go wrong with a scan, in our own words: what a database says can hold values, so it goes to the log and no further.

use crate::error::Error;
use kith_core::config::ConnectionLimits;
use std::time::Duration;

fn scan(code: &'static str, connection: &str, message: String, help: &str, retry: bool) -> Error {
    debug_assert!(kith_core::error::find(code).is_some(), "{code} is not registered");
    let (source_name, help) = (connection.to_string(), help.to_string());
    Error::Source { code, source_name, message, help, retry, cause: None }
}

pub(super) fn down(connection: &str, why: &str) -> Error {
    let message = format!("the database of the connection {connection} can not be read: {why}");
    let help = "Check the address, the password and whether it runs; `kith doctor` tries each connection.";
    scan("K-SCAN-DOWN", connection, message, help, true)
}

pub(super) fn unsafe_way(connection: &str, why: &str) -> Error {
    let message =
        format!("the database of the connection {connection} is not reached as safely as is asked: {why}");
    let help =
        "Switch TLS on at the server, name its authority with `ca`, or write what is enough into `sslmode`.";
    scan("K-SCAN-TLS", connection, message, help, false)
}

pub(super) fn slow(connection: &str, after: Duration) -> Error {
    let message = format!("the connection {connection} was waited for longer than {} s", after.as_secs());
    let help = "Ask for less, or raise `seconds` in the connection's `limits`.";
    scan("K-SCAN-SLOW", connection, message, help, true)
}

pub(super) fn too_many_rows(connection: &str, limits: &ConnectionLimits) -> Error {
    let message = format!("a scan of the connection {connection} fetched more than {} rows", limits.rows);
    let help = "Ask for less: add a WHERE; or raise `rows` in the connection's `limits`.";
    scan("K-SCAN-LIMIT", connection, message, help, false)
}

pub(super) fn large_cell(connection: &str, column: &str, bytes: usize, most: usize) -> Error {
    let message = format!("a value of {connection}, column {column}, has {bytes} bytes; {most} is the most");
    let help = "Leave the column out of the query, or raise `cell_bytes` in the connection's `limits`.";
    scan("K-SCAN-LIMIT", connection, message, help, false)
}

/// A row is one packet, which is not taken in if it is too long.
pub(super) fn large_row(connection: &str) -> Error {
    let message = format!("a row of {connection} is longer than what `cell_bytes` allows");
    let help = "Leave long columns out of the query, or raise `cell_bytes` in the connection's `limits`.";
    scan("K-SCAN-LIMIT", connection, message, help, false)
}

/// Which value it is is not said: it may be one that must not be seen.
pub(super) fn misfit(connection: &str, column: &str, kind: &str) -> Error {
    let message = format!("{connection} has a value in the column {column} that is no {kind}");
    let help = "Correct it at the source, or leave the column out of the query.";
    scan("K-SCAN-TYPE", connection, message, help, false)
}

pub(super) fn refused(connection: &str, what: &str) -> Error {
    let message = format!("the database of the connection {connection} refused the question: {what}");
    let help = "Give the connection's user the right to read, or look into the database's log.";
    scan("K-SCAN-REFUSED", connection, message, help, false)
}

pub(super) fn changed(connection: &str) -> Error {
    let message = format!("a table of the connection {connection} is not what it was a moment ago");
    scan("K-SCAN-SCHEMA", connection, message, "Ask again: it is then looked at anew.", true)
}
