//! Delimited text. Every column is text: what a column holds would else depend on the rows that somebody looked at. An empty field
//! is NULL.
//!
//! How a file is written (delimiter, quote, header) is recognised from its first 64 KiB, as for a source of kind `file`.

use super::fault;
use super::text::Lines;
use crate::error::Result;
use crate::tabular::{Dialect, distinct_names, recognise};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::csv::reader::{Decoder, ReaderBuilder};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;
use std::sync::Arc;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialected(pub Dialect);

/// What is looked at.
pub(super) const SAMPLE_BYTES: u64 = 64 << 10;

const BOM: &[u8] = "\u{feff}".as_bytes();

/// How it is written, and its columns. `whole` = the sample is all there is.
pub(super) fn look(place: (&str, &str), sample: &[u8], whole: bool) -> Result<(Dialected, Vec<String>)> {
    let (connection, file) = place;
    let sample = sample.strip_prefix(BOM).unwrap_or(sample);
    // The sample may end within a character.
    let text = match std::str::from_utf8(sample) {
        Ok(text) => text,
        Err(e) if !whole && e.error_len().is_none() => {
            std::str::from_utf8(&sample[..e.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return Err(fault::bad(connection, file, "it is not UTF-8")),
    };
    if text.contains('\0') {
        return Err(fault::bad(connection, file, "it holds zero bytes, so it is not text"));
    }
    if text.trim().is_empty() {
        return Err(fault::bad(connection, file, "it is empty: not even a header line is there"));
    }
    let dialect = recognise(text, None);
    let mut reader = csv::ReaderBuilder::new();
    reader.delimiter(dialect.delimiter).quote(dialect.quote).has_headers(false).flexible(true);
    let mut reader = reader.from_reader(text.as_bytes());
    let first = reader.records().next().and_then(std::result::Result::ok);
    let first = first.ok_or_else(|| fault::bad(connection, file, "its first line can not be read"))?;
    let named = |(place, name): (usize, &str)| match dialect.header {
        true => name.trim().to_string(),
        false => format!("column_{}", place + 1),
    };
    Ok((Dialected(dialect), distinct_names(first.iter().enumerate().map(named).collect())))
}

/// Rows of a CSV file.
pub(super) struct CsvLines {
    place: (String, String),
    decoder: Decoder,
    /// True once the mark of the byte order, if there is one, was left out.
    begun: bool,
    /// Bytes since the last rows came out.
    held: usize,
}

/// What 8,192 rows may take: with more a quote was opened that nobody closes.
const HELD_MAX: usize = 256 << 20;

impl CsvLines {
    pub fn new(
        place: (String, String),
        Dialected(dialect): Dialected,
        schema: &SchemaRef,
        places: &[usize],
        batch_rows: usize,
    ) -> CsvLines {
        let decoder = ReaderBuilder::new(Arc::clone(schema))
            .with_delimiter(dialect.delimiter)
            .with_quote(dialect.quote)
            .with_header(dialect.header)
            .with_batch_size(batch_rows)
            .with_projection(places.to_vec())
            .build_decoder();
        CsvLines { place, decoder, begun: false, held: 0 }
    }

    /// The library names the line and never the value.
    fn bad(&self, error: &ArrowError) -> crate::error::Error {
        let text = error.to_string();
        let why = text.strip_prefix("Csv error: ").unwrap_or("its lines do not make a table");
        fault::bad(&self.place.0, &self.place.1, why)
    }
}

impl Lines for CsvLines {
    fn take(&mut self, bytes: &[u8]) -> Result<usize> {
        let mut skipped = 0;
        if !self.begun && !bytes.is_empty() {
            self.begun = true;
            skipped = if bytes.starts_with(BOM) { BOM.len() } else { 0 };
        }
        let taken = self.decoder.decode(&bytes[skipped..]).map_err(|e| self.bad(&e))?;
        self.held += taken;
        if self.held > HELD_MAX {
            return Err(fault::bad(
                &self.place.0,
                &self.place.1,
                "its rows have no end: is a quote missing?",
            ));
        }
        Ok(taken + skipped)
    }

    fn end(&mut self) -> Result<()> {
        Ok(())
    }

    fn flush(&mut self) -> Result<Option<RecordBatch>> {
        self.held = 0;
        self.decoder.flush().map_err(|e| self.bad(&e))
    }
}
