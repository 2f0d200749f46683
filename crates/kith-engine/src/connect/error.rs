//! What can go wrong with a source: one shape, three parts (what / where and why / how to mend) and a stable code.

use crate::Error;
use std::fmt::Display;
use std::path::Path;

/// A fault that somebody has to mend: what could not be done, why, and what to do about it.
pub(crate) fn fault(
    code: &'static str,
    source: impl Display,
    message: impl Display,
    detail: impl Display,
    help: impl Into<String>,
) -> Error {
    debug_assert!(CODES.iter().any(|known| known.code == code), "{code} is not registered");
    let message = format!("{message}\n  {detail}");
    Error::Source {
        code,
        source_name: source.to_string(),
        message,
        help: help.into(),
        retry: false,
        cause: None,
    }
}

/// The same error, where trying again later can help.
pub(crate) fn passing(mut error: Error) -> Error {
    if let Error::Source { retry, .. } = &mut error {
        *retry = true;
    }
    error
}

/// A file that could not be opened or read.
pub(crate) fn io(path: &Path, error: &std::io::Error) -> Error {
    let shown = path.display();
    match error.kind() {
        std::io::ErrorKind::NotFound => fault(
            "K-SOURCE-MISSING",
            &shown,
            format!("could not find the file {shown}"),
            "There is no such file; in kith.toml, paths are relative to its folder.",
            "Correct the path, or put the file there.",
        ),
        std::io::ErrorKind::PermissionDenied => fault(
            "K-SOURCE-UNREADABLE",
            &shown,
            format!("could not read the file {shown}"),
            "This user has no permission to read it.",
            format!("Give the permission, for example: chmod u+r {shown}"),
        ),
        _ => passing(fault(
            "K-SOURCE-UNREADABLE",
            &shown,
            format!("could not read the file {shown}"),
            error,
            "Check the disk and the file, then run again.",
        )),
    }
}

/// One row of the list of codes.
#[derive(Clone, Copy, Debug)]
pub struct Code {
    /// The code.
    pub code: &'static str,
    /// What it says.
    pub summary: &'static str,
    /// How to mend it.
    pub help: &'static str,
}

macro_rules! codes {
    ($($code:literal $summary:literal $help:literal;)*) => {
        /// Every code of connecting and landing.
        pub const CODES: &[Code] = &[$(Code { code: $code, summary: $summary, help: $help }),*];
    };
}

codes! {
    "K-SOURCE-MISSING" "The file of a source does not exist." "Correct the path in kith.toml.";
    "K-SOURCE-UNREADABLE" "The file of a source can not be read." "Check permissions and disk.";
    "K-SOURCE-KIND" "It is not known how to read a source." "State kind = csv, ndjson, parquet, sqlite or postgres.";
    "K-SOURCE-GZIP" "A compressed file is damaged or cut off." "Copy or export the file again.";
    "K-SOURCE-CSV" "A file is not a CSV table." "Check the file, its delimiter and its encoding.";
    "K-SOURCE-ENCODING" "The stated character encoding is not known." "Use a WHATWG label such as utf-8 or windows-1252.";
    "K-SOURCE-NDJSON" "A file does not hold one JSON object a line." "Export it as newline-delimited JSON.";
    "K-SOURCE-PARQUET" "A Parquet file is damaged, cut off or of another kind." "Copy or export the file again.";
    "K-SOURCE-SQLITE" "A file is not a SQLite database, or it can not be read." "Check the path and the file.";
    "K-SOURCE-TABLE" "The database has no such table." "Correct `table` in kith.toml.";
    "K-SOURCE-COLUMN" "The configuration names a column that the source does not have." "Correct the name, or remove it from kith.toml.";
    "K-SOURCE-SECRET" "The place that a password is taken from holds none." "Set the environment variable or write the file.";
    "K-SOURCE-PASSWORD" "The database refused the user or the password." "Check user and password.";
    "K-SOURCE-UNREACHABLE" "The database server does not answer." "Check host, port and network; is the server running?";
    "K-SOURCE-DATABASE" "The database reported an error." "See its own message.";
    "K-LAND-ENCODING" "A row holds bytes that are no text in the source's encoding." "State the right `encoding`, or correct the row.";
    "K-LAND-FIELDS" "A row has more or fewer fields than the header." "Correct the row; often a quote or delimiter is missing.";
    "K-LAND-TOO-LARGE" "A row is larger than the limit." "Leave the large column out, or raise the limit.";
    "K-LAND-JSON" "A line is not a JSON object." "Correct the line.";
    "K-LAND-KEY" "A row has no value in its key column." "Give the row a key, or choose another key column.";
    "K-LAND-DUPLICATE-KEY" "Two rows of one pull have the same key; the second is refused." "Choose a key that is unique, or remove one of the rows.";
}
