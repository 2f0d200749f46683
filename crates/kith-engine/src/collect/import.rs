//! Files of events that are tables: CSV and Parquet.

use crate::connect::{self, Pulled};
use crate::error::Result;
use crate::tabular::Format;
use kith_core::event::wire::row::Rows;
use serde_json::Value;
use std::ops::ControlFlow;
use std::path::Path;

/// A row of a file of events.
pub struct EventRow {
    /// Where: `line 17`, `row 3`.
    pub place: String,
    /// The event that it is, or why it is none: a code and a reason.
    pub event: std::result::Result<Value, (String, String)>,
    /// The row as it is in the file, where that is text.
    pub original: Option<Vec<u8>>,
}

/// True for a file of rows with named columns, by its name: `.csv`, `.tsv`, `.parquet`, also `.csv.gz`.
pub fn is_table(path: &Path) -> bool {
    matches!(Format::of(path), Some(Format::Csv | Format::Parquet))
}

/// Reads such a file, row by row.
pub fn event_rows(path: &Path, each: &mut dyn FnMut(EventRow) -> Result<()>) -> Result<()> {
    let mut rows = Rows::default();
    let mut file = connect::file(path);
    file.pull(None, &mut |pulled| {
        let row = match pulled {
            Pulled::Row { place, row, original } => {
                EventRow { place, event: Ok(rows.event(row)), original: original.map(|text| text.to_vec()) }
            }
            Pulled::Reject { reject, .. } => EventRow {
                place: reject.place,
                event: Err((reject.code.to_string(), reject.reason)),
                original: Some(reject.original),
            },
            // Only a database has rows that are not read again.
            Pulled::Present(_) => return Ok(ControlFlow::Continue(())),
        };
        each(row)?;
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(())
}
