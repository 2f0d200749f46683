//! What can go wrong with a program, in our own words. Its own can hold values, so they go to the log, and to whoever looks after the
//! connection: `kith doctor`, and the pull of a source.

use crate::error::Error;

fn scan(code: &'static str, connection: &str, message: String, help: &str, retry: bool) -> Error {
    debug_assert!(kith_core::error::find(code).is_some(), "{code} is not registered");
    let (source_name, help) = (connection.to_string(), help.to_string());
    Error::Source { code, source_name, message, help, retry, cause: None }
}

pub(super) fn absent(connection: &str, program: &str, why: &str) -> Error {
    let message = format!("the program {program} of the connection {connection} can not be run: {why}");
    let help = "Install it where Kith runs, or write its whole path into `command`; `kith doctor` tries each connection.";
    scan("K-SCAN-DOWN", connection, message, help, false)
}

pub(super) fn failed(connection: &str, how: &str, said: Option<&str>) -> Error {
    let said = said.filter(|said| !said.is_empty()).map(|said| format!("\n  It said: {said}"));
    let message = format!("the program of the connection {connection} {how}{}", said.unwrap_or_default());
    let help = "Look at what it wrote, in Kith's log; `kith doctor` runs it again and says it. Most often `config` is not right.";
    scan("K-SCAN-DOWN", connection, message, help, true)
}

pub(super) fn told(connection: &str, why: &str) -> Error {
    let message =
        format!("the program of the connection {connection} can not be told its configuration: {why}");
    let help = "Set the variable or write the file that `config`, `config_file` or `environment` refers to.";
    scan("K-SCAN-REFUSED", connection, message, help, false)
}

pub(super) fn answer(connection: &str, why: &str) -> Error {
    let message =
        format!("what the program of the connection {connection} writes is not its protocol: {why}");
    let help = "Check `kind` and `command`: a tap writes messages of Singer, a source those of Airbyte, and nothing else on its standard output.";
    scan("K-SCAN-ANSWER", connection, message, help, false)
}

pub(super) fn limit(connection: &str, key: &str, most: u64, what: &str) -> Error {
    let message =
        format!("the program of the connection {connection} wrote {what}; {most} bytes is the most");
    let help = format!("Ask for less, or raise `{key}` in the connection's `limits`.");
    scan("K-SCAN-LIMIT", connection, message, &help, false)
}
