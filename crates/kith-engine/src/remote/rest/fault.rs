//! What can go wrong with an application, in our own words: what it answers can hold values, so it is never said.

use crate::error::Error;

fn scan(code: &'static str, connection: &str, message: String, help: &str, retry: bool) -> Error {
    debug_assert!(kith_core::error::find(code).is_some(), "{code} is not registered");
    let (source_name, help) = (connection.to_string(), help.to_string());
    Error::Source { code, source_name, message, help, retry, cause: None }
}

pub(super) fn down(connection: &str, why: &str) -> Error {
    let message = format!("the application of the connection {connection} can not be read: {why}");
    let help = "Check the url, the network and whether it runs; `kith doctor` tries each connection.";
    scan("K-SCAN-DOWN", connection, message, help, true)
}

pub(super) fn refused(connection: &str, why: &str) -> Error {
    let message = format!("the application of the connection {connection} refused the request: {why}");
    let help = "Check the url, the path of the resource, and who asks: bearer, username or header.";
    scan("K-SCAN-REFUSED", connection, message, help, false)
}

pub(super) fn answer(table: &str, connection: &str, why: &str) -> Error {
    let message =
        format!("what the application of the connection {connection} answers for {table} is no table: {why}");
    let help =
        "Compare rows, columns and paging of the [[connection.resource]] with what the application answers.";
    scan("K-SCAN-ANSWER", connection, message, help, false)
}

pub(super) fn limit(connection: &str, key: &str, most: u64, what: &str) -> Error {
    let message =
        format!("a scan of the connection {connection} fetched too many {what}; {most} is the most");
    let help = format!(
        "Ask for less: add a WHERE that the application is asked; or raise `{key}` in the connection's `limits`."
    );
    scan("K-SCAN-LIMIT", connection, message, &help, false)
}

pub(super) fn large_page(connection: &str, most: usize) -> Error {
    let message =
        format!("an answer of the application of the connection {connection} is longer than {most} bytes");
    scan(
        "K-SCAN-LIMIT",
        connection,
        message,
        "Ask for smaller pages: `size` of the [[connection.resource]].",
        false,
    )
}
