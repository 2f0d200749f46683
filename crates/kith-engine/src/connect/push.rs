//! Rows that another system has sent: a connector over what is at hand.

use super::{Connector, PullEnd, Pulled, Sink};
use crate::Result;
use serde_json::{Map, Value};

/// Rows as they were sent. They are some of what the source has, never all of it.
pub(crate) struct Rows(Vec<Map<String, Value>>);

impl Rows {
    /// Nested objects become dotted paths, as everywhere.
    pub(crate) fn of(rows: Vec<Map<String, Value>>) -> Rows {
        Rows(rows.into_iter().map(crate::tabular::flatten).collect())
    }

    /// There is nothing to read between two sendings.
    pub(crate) fn none() -> Rows {
        Rows(Vec::new())
    }
}

impl Connector for Rows {
    fn columns(&mut self) -> Result<Option<Vec<String>>> {
        Ok(None)
    }

    fn key(&mut self) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    fn pull(&mut self, cursor: Option<&Value>, sink: Sink) -> Result<PullEnd> {
        for (number, row) in std::mem::take(&mut self.0).into_iter().enumerate() {
            let place = format!("record {}", number + 1);
            if sink(Pulled::Row { place, row, original: None })?.is_break() {
                break;
            }
        }
        // Where the next pull of the source itself begins has not changed.
        Ok(PullEnd { cursor: cursor.cloned().unwrap_or_default(), whole: false })
    }
}
