//! What a client is told when something does not go: SQLSTATE, our code, how to mend it, and where.

use super::frame::{message, put_text};
use kith_engine::Error;

/// An answer that is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Five letters that programs go by.
    pub state: &'static str,
    /// What happened.
    pub message: String,
    /// How to mend it.
    pub hint: String,
    /// The character in the query, from 1.
    pub position: Option<usize>,
}

/// Why a piece of work ended early.
pub enum Ended {
    /// The client is told, and the connection goes on.
    Refused(Refusal),
    /// The client has left, or can not be understood.
    Gone,
}

impl From<Refusal> for Ended {
    fn from(refusal: Refusal) -> Self {
        Ended::Refused(refusal)
    }
}

impl From<std::io::Error> for Ended {
    fn from(_: std::io::Error) -> Self {
        Ended::Gone
    }
}

impl Refusal {
    /// One of our own.
    pub fn new(state: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Refusal {
        Refusal { state, message: message.into(), hint: hint.into(), position: None }
    }

    /// The query was ended by its client.
    pub fn cancelled() -> Refusal {
        Refusal::new("57014", "the query was ended (K-SQL-CANCELLED)", "Ask again if you need it.")
    }

    /// Of the engine's error. `before` = characters of the text before this statement.
    pub fn of(error: &Error, sql: &str, before: usize) -> Refusal {
        let message = match error {
            Error::Internal { .. } => {
                tracing::error!(%error, "a question over the wire failed");
                "Kith failed, and its log says how".to_string()
            }
            other => other.to_string(),
        };
        let position = match error {
            Error::Sql { line: Some(line), column: Some(column), .. } => position(sql, *line, *column),
            _ => None,
        };
        Refusal {
            state: state(error.code(), &message),
            message: format!("{message} ({})", error.code()),
            hint: error.help().to_string(),
            position: position.map(|at| at + before),
        }
    }

    /// As a message; a fatal one ends the connection.
    pub fn write(&self, out: &mut Vec<u8>, fatal: bool) {
        let severity = if fatal { "FATAL" } else { "ERROR" };
        message(out, b'E', |out| {
            let mut field = |kind: u8, text: &str| {
                if !text.is_empty() {
                    out.push(kind);
                    put_text(out, text);
                }
            };
            field(b'S', severity);
            field(b'V', severity);
            field(b'C', self.state);
            field(b'M', &self.message);
            field(b'H', &self.hint);
            field(b'P', &self.position.map(|at| at.to_string()).unwrap_or_default());
            out.push(0);
        });
    }
}

fn state(code: &str, message: &str) -> &'static str {
    let says = |part: &str| message.to_ascii_lowercase().contains(part);
    match code {
        "K-SQL-SYNTAX" => "42601",
        "K-SQL-PLAN" if says("table") && says("not found") => "42P01",
        "K-SQL-PLAN" if says("column") && says("not found") || says("no field named") => "42703",
        "K-SQL-PLAN" if says("invalid function") => "42883",
        "K-SQL-PLAN" => "42000",
        "K-SQL-READ-ONLY" => "25006",
        "K-POLICY-BAD" | "K-POLICY-DENIED" => "42501",
        "K-SQL-CANCELLED" | "K-SQL-TIMEOUT" => "57014",
        "K-SQL-MEMORY" => "53200",
        "K-SQL-UNSUPPORTED" => "0A000",
        "K-SQL-FAILED" if says("divide by zero") => "22012",
        "K-SQL-FAILED" if says("cast") || says("parse") => "22P02",
        "K-SQL-FAILED" if says("overflow") => "22003",
        _ => "XX000",
    }
}

/// The character that a line and a column mean.
fn position(sql: &str, line: u64, column: u64) -> Option<usize> {
    let line = usize::try_from(line).ok()?.checked_sub(1)?;
    let before: usize = sql.split_inclusive('\n').take(line).map(|line| line.chars().count()).sum();
    Some(before + usize::try_from(column).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_counted_in_characters() {
        assert_eq!(position("SELECT x", 1, 8), Some(8));
        assert_eq!(position("SELECT\n 'é',\n  x", 3, 3), Some(16));
        assert_eq!(position("SELECT", 0, 1), None);
    }
}
