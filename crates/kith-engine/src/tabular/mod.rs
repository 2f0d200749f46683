//! Reads files into columns, fast and lean: what `kith dedupe` begins with, and the row readers of the file
//! connectors.
//!
//! Reads: CSV, NDJSON and Parquet files, gzip or not. Decides: encoding, delimiter, quote and header where nobody
//! states them. Writes: one dictionary of distinct texts and one code a row for each column. Fails: a file that is
//! missing, damaged or of another kind; a bad *row* never fails, it becomes a [`Reject`] with its original bytes, so
//! that rows read = rows + rejects.
//!
//! 1. Every file is opened and its columns are joined to those before it by name.
//! 2. Each cell goes through its column's interner: a text seen before costs a look-up, a new one its bytes.
//! 3. A column that a file does not have is missing (code 0) in all of its rows.

mod csv;
mod dialect;
mod input;
mod ndjson;
mod parquet;
mod text;
#[cfg(test)]
mod tests;

pub(crate) use csv::distinct_names;
pub use csv::{Cells, CsvOptions, CsvRow, CsvRows};
pub(crate) use dialect::{Dialect, recognise};
pub use input::{Format, stem};
pub use ndjson::{NdjsonRow, NdjsonRows, flatten, value_text};
pub use parquet::ParquetRows;

use crate::Error;
use crate::connect::error;
use kith_core::entry::RejectedEntry;
use kith_dedupe::{DictColumn, Interner, Table};
use rustc_hash::FxHashMap;
use std::path::{Path, PathBuf};

/// A reject keeps this many of its original bytes.
pub(crate) const ORIGINAL_BYTES_MAX: usize = RejectedEntry::ORIGINAL_MAX_BYTES;

/// Sizes that are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest row, and so the largest cell, that is loaded, bytes.
    pub row_bytes: usize,
}

impl Default for Limits {
    /// 16 MiB: far beyond any description of a customer, small enough that one row can not exhaust the memory.
    fn default() -> Self {
        Limits { row_bytes: 16 << 20 }
    }
}

/// A row that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// Where: `line 17`, `row 3`; with the file's name in front if there are several.
    pub place: String,
    /// A stable code.
    pub code: &'static str,
    /// What is wrong and how to mend it.
    pub reason: String,
    /// The first bytes of the original, at most [`RejectedEntry::ORIGINAL_MAX_BYTES`].
    pub original: Vec<u8>,
    /// How long the original was.
    pub original_bytes: u64,
}

impl Reject {
    pub(crate) fn new(
        place: String,
        code: &'static str,
        reason: String,
        original: &[u8],
        bytes: u64,
    ) -> Reject {
        let original = original[..original.len().min(ORIGINAL_BYTES_MAX)].to_vec();
        Reject { place, code, reason, original, original_bytes: bytes }
    }
}

/// Files as columns.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// The columns' names, in order of appearance.
    pub names: Vec<String>,
    /// The columns.
    pub columns: Vec<DictColumn>,
    /// How many rows there are.
    pub rows: usize,
    /// The rows that could not be read, in order.
    pub rejects: Vec<Reject>,
    /// The files' names without folder and extensions.
    pub files: Vec<String>,
    /// For every row the index in `files` of the one that holds it.
    pub file_of: Vec<u16>,
    /// What was recognised of every file, in words.
    pub notes: Vec<String>,
}

impl Frame {
    /// The column of a name.
    pub fn column(&self, name: &str) -> Option<&DictColumn> {
        self.columns.get(self.names.iter().position(|n| n == name)?)
    }

    /// What is left to resolve, once rejects and notes are reported.
    pub fn into_table(self) -> Table {
        let Frame { names, columns, rows, files, file_of, .. } = self;
        Table { names, columns, rows, parts: files, part_of: file_of }
    }
}

/// Reads files into one table: a union by column name.
pub fn read_columns(paths: &[PathBuf]) -> Result<Frame, Error> {
    read_columns_with(paths, &CsvOptions::default())
}

/// The same with what is known of delimiter, encoding and limits.
pub fn read_columns_with(paths: &[PathBuf], options: &CsvOptions) -> Result<Frame, Error> {
    let mut builder = Builder::default();
    for (index, path) in paths.iter().enumerate() {
        builder.place_prefix = if paths.len() > 1 { format!("{}: ", path.display()) } else { String::new() };
        let note = match format_of(path)? {
            Format::Csv => builder.read_csv(path, options)?,
            Format::Ndjson => builder.read_ndjson(path, options)?,
            Format::Parquet => builder.read_parquet(path, options.limits)?,
        };
        builder.end_file(index as u16, stem(path), note);
    }
    Ok(builder.finish())
}

/// What a file is, by its name; CSV where a name says nothing but the file is there.
fn format_of(path: &Path) -> Result<Format, Error> {
    Format::of(path).ok_or(()).or_else(|()| {
        std::fs::metadata(path).map_err(|e| error::io(path, &e))?;
        Ok(Format::Csv)
    })
}

/// Columns as they grow. A column's codes may lag behind `rows`; they are filled up with "missing" before a write
/// and at the end of each file.
#[derive(Default)]
pub(crate) struct Builder {
    names: Vec<String>,
    by_name: FxHashMap<String, usize>,
    interners: Vec<Interner>,
    codes: Vec<Vec<u32>>,
    rows: usize,
    rejects: Vec<Reject>,
    files: Vec<String>,
    file_of: Vec<u16>,
    notes: Vec<String>,
    place_prefix: String,
}

impl Builder {
    /// The index of a column; a new one if there is none of the name.
    fn column(&mut self, name: &str) -> usize {
        if let Some(index) = self.by_name.get(name) {
            return *index;
        }
        let index = self.names.len();
        self.by_name.insert(name.into(), index);
        self.names.push(name.into());
        self.interners.push(Interner::default());
        self.codes.push(Vec::new());
        index
    }

    /// Writes a text into the present row.
    fn put(&mut self, column: usize, text: &str) {
        let code = self.interners[column].intern(text);
        let codes = &mut self.codes[column];
        if codes.len() < self.rows {
            codes.resize(self.rows, 0);
        }
        codes.push(code);
    }

    fn reject(&mut self, mut reject: Reject) {
        reject.place.insert_str(0, &self.place_prefix);
        self.rejects.push(reject);
    }

    fn read_csv(&mut self, path: &Path, options: &CsvOptions) -> Result<String, Error> {
        let mut rows = CsvRows::open(path, options)?;
        let columns: Vec<usize> = rows.names().to_vec().iter().map(|name| self.column(name)).collect();
        while let Some(row) = rows.next_row()? {
            match row {
                CsvRow::Row(cells) => {
                    for (column, cell) in columns.iter().zip(cells.iter()) {
                        self.put(*column, cell);
                    }
                    self.rows += 1;
                }
                CsvRow::Bad(reject, _) => self.reject(reject),
            }
        }
        Ok(format!("CSV, {}", rows.describe()))
    }

    fn read_ndjson(&mut self, path: &Path, options: &CsvOptions) -> Result<String, Error> {
        let mut rows = NdjsonRows::open(path, options.encoding.as_deref(), options.limits)?;
        while let Some(row) = rows.next_row()? {
            match row {
                NdjsonRow::Row { row, .. } => {
                    for (name, value) in &row {
                        let column = self.column(name);
                        // A path can occur twice in odd objects ({"a.b": 1, "a": {"b": 2}}); the map kept one.
                        if let Some(text) = value_text(value) {
                            self.put(column, &text);
                        }
                    }
                    self.rows += 1;
                }
                NdjsonRow::Bad(reject) => self.reject(reject),
            }
        }
        Ok("NDJSON".into())
    }

    fn end_file(&mut self, index: u16, stem: String, note: String) {
        for codes in &mut self.codes {
            codes.resize(self.rows, 0);
        }
        self.file_of.resize(self.rows, index);
        self.files.push(stem);
        self.notes.push(note);
    }

    fn finish(self) -> Frame {
        let columns = self.interners.into_iter().zip(self.codes);
        let columns = columns.map(|(interner, mut codes)| {
            codes.shrink_to_fit();
            DictColumn { dict: interner.finish(), codes }
        });
        Frame {
            names: self.names,
            columns: columns.collect(),
            rows: self.rows,
            rejects: self.rejects,
            files: self.files,
            file_of: self.file_of,
            notes: self.notes,
        }
    }
}
