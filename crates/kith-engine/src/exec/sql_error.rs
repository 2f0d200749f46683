//! DataFusion's errors in our words, with a stable code and the place in the query where it is known.

use crate::error::Error;
use datafusion::error::DataFusionError;

/// Turns an error of planning or running a query into ours.
pub(crate) fn convert(error: &DataFusionError) -> Error {
    if let DataFusionError::External(ours) = error.find_root()
        && let Some(ours) = ours.downcast_ref::<Error>()
    {
        return ours.again();
    }
    let (code, help) = classify(error);
    let text = error.strip_backtrace();
    let message = match error.diagnostic() {
        Some(diagnostic) => diagnostic.message.clone(),
        None => plain(&text),
    };
    let (line, column) = place(error).or_else(|| place_in_text(&text)).unzip();
    Error::Sql { code, message, help: help.into(), line, column }
}

fn classify(error: &DataFusionError) -> (&'static str, &'static str) {
    match error.find_root() {
        DataFusionError::SQL(..) => ("K-SQL-SYNTAX", "Correct the query at the place shown."),
        DataFusionError::Plan(_) | DataFusionError::SchemaError(..) | DataFusionError::Diagnostic(..) => (
            "K-SQL-PLAN",
            "Look at the names: `SHOW TABLES` lists the tables, `DESCRIBE master.customer` the columns of one.",
        ),
        DataFusionError::ResourcesExhausted(_) => {
            ("K-SQL-MEMORY", "Read fewer rows or columns: add a WHERE, or aggregate before you sort or join.")
        }
        DataFusionError::NotImplemented(_) => {
            ("K-SQL-UNSUPPORTED", "Say it in another way: the engine can not do this.")
        }
        DataFusionError::ArrowError(..) | DataFusionError::Execution(_) => (
            "K-SQL-FAILED",
            "A value does not allow what the query does with it, such as to divide by 0: leave such rows out by a WHERE, or use \
             NULLIF, CASE or TRY_CAST.",
        ),
        _ => (
            "K-SQL-FAILED",
            "If a lake table can not be read, `kith verify` says which and `kith rebuild` mends it.",
        ),
    }
}

fn place(error: &DataFusionError) -> Option<(u64, u64)> {
    let start = error.diagnostic()?.span?.start;
    Some((start.line, start.column))
}

/// The parser says its place in words only: `… at Line: 1, Column: 8`.
fn place_in_text(text: &str) -> Option<(u64, u64)> {
    let (_, rest) = text.split_once("Line: ")?;
    let (line, rest) = rest.split_once(", Column: ")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Some((line.parse().ok()?, digits.parse().ok()?))
}

/// Without the library's own prefixes.
fn plain(text: &str) -> String {
    let mut text = text;
    for prefix in
        ["SQL error: ", "Error during planning: ", "Schema error: ", "Execution error: ", "External error: "]
    {
        text = text.strip_prefix(prefix).unwrap_or(text);
    }
    let text = text.strip_prefix("ParserError(\"").and_then(|t| t.strip_suffix("\")")).unwrap_or(text);
    text.to_string()
}
