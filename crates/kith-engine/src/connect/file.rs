//! CSV, NDJSON and Parquet files as sources.
//!
//! The cursor is what tells one state of a file from another: size, time of change and SHA-256 of its bytes. Where
//! size and time are as before, the file is not opened; where only the time differs, the hash decides. A changed file
//! is read whole, and landing finds the rows that differ.

use super::{Connector, PullEnd, Pulled, Sink, error};
use crate::Result;
use crate::disk::pieces;
use crate::tabular::{CsvOptions, CsvRow, CsvRows, Format, NdjsonRow, NdjsonRows, ParquetRows};
use kith_core::hex;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// A file of rows.
pub(super) struct RowFile {
    path: PathBuf,
    format: Format,
    options: CsvOptions,
}

impl RowFile {
    pub fn new(path: PathBuf, format: Format, options: CsvOptions) -> RowFile {
        RowFile { path, format, options }
    }

    /// Hands over the rows; false if the sink stopped it.
    fn rows(&self, sink: Sink) -> Result<bool> {
        match self.format {
            Format::Csv => self.csv(sink),
            Format::Ndjson => self.ndjson(sink),
            Format::Parquet => self.parquet(sink),
        }
    }

    fn csv(&self, sink: Sink) -> Result<bool> {
        let mut rows = CsvRows::open(&self.path, &self.options)?;
        let names = rows.names().to_vec();
        while let Some(row) = rows.next_row()? {
            let pulled = match row {
                CsvRow::Row(cells) => Pulled::Row {
                    place: format!("line {}", cells.line),
                    row: csv_row(&names, cells.iter()),
                    original: Some(cells.original()),
                },
                CsvRow::Bad(reject, fields) => {
                    Pulled::Reject { reject, row: csv_row(&names, fields.iter().map(String::as_str)) }
                }
            };
            if sink(pulled)?.is_break() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn ndjson(&self, sink: Sink) -> Result<bool> {
        let encoding = self.options.encoding.as_deref();
        let mut rows = NdjsonRows::open(&self.path, encoding, self.options.limits)?;
        while let Some(row) = rows.next_row()? {
            let pulled = match row {
                NdjsonRow::Row { line, row, original } => {
                    Pulled::Row { place: format!("line {line}"), row, original: Some(original) }
                }
                NdjsonRow::Bad(reject) => Pulled::Reject { reject, row: Map::new() },
            };
            if sink(pulled)?.is_break() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn parquet(&self, sink: Sink) -> Result<bool> {
        let mut rows = ParquetRows::open(&self.path, self.options.limits)?;
        while let Some((number, row)) = rows.next_row()? {
            let pulled = match row {
                Ok(row) => Pulled::Row { place: format!("row {number}"), row, original: None },
                Err(reject) => Pulled::Reject { reject, row: Map::new() },
            };
            if sink(pulled)?.is_break() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// An empty cell of a CSV file is a missing value.
fn csv_row<'a>(names: &[String], cells: impl Iterator<Item = &'a str>) -> Map<String, Value> {
    let value = |cell: &str| if cell.is_empty() { Value::Null } else { Value::String(cell.into()) };
    names.iter().cloned().zip(cells.map(value)).collect()
}

impl Connector for RowFile {
    fn columns(&mut self) -> Result<Option<Vec<String>>> {
        Ok(match self.format {
            Format::Csv => Some(CsvRows::open(&self.path, &self.options)?.names().to_vec()),
            Format::Parquet => Some(ParquetRows::open(&self.path, self.options.limits)?.names().to_vec()),
            Format::Ndjson => None,
        })
    }

    fn key(&mut self) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    fn pull(&mut self, cursor: Option<&Value>, sink: Sink) -> Result<PullEnd> {
        let state = State::of(&self.path)?;
        let before = |name: &str| cursor.and_then(|c| c.get(name)).and_then(Value::as_u64);
        let size_same = before("size") == Some(state.size);
        if let Some(cursor) = cursor.filter(|_| size_same) {
            if before("changed_ns") == Some(state.changed_ns) {
                return Ok(PullEnd { cursor: cursor.clone(), whole: false });
            }
            let hash = content_hash(&self.path)?;
            if cursor.get("sha256").and_then(Value::as_str) == Some(&hash) {
                return Ok(PullEnd { cursor: state.cursor(hash), whole: false });
            }
        }
        if !self.rows(sink)? {
            return Ok(PullEnd { cursor: Value::Null, whole: false });
        }
        Ok(PullEnd { cursor: state.cursor(content_hash(&self.path)?), whole: true })
    }
}

/// Size and time of a file, taken before it is read: a change during the read shows at the next pull.
struct State {
    size: u64,
    changed_ns: u64,
}

impl State {
    fn of(path: &Path) -> Result<State> {
        let meta = std::fs::metadata(path).map_err(|e| error::io(path, &e))?;
        if meta.is_dir() {
            let message = format!("could not read {} as a file", path.display());
            let help = "Name one file per source; `kith init` takes a folder and lists its files.";
            return Err(error::fault("K-SOURCE-KIND", path.display(), message, "It is a folder.", help));
        }
        let changed = meta.modified().ok().and_then(|t| t.duration_since(UNIX_EPOCH).ok());
        Ok(State { size: meta.len(), changed_ns: changed.map_or(0, |d| d.as_nanos() as u64) })
    }

    fn cursor(&self, sha256: String) -> Value {
        json!({ "size": self.size, "changed_ns": self.changed_ns, "sha256": sha256 })
    }
}

fn content_hash(path: &Path) -> Result<String> {
    let mut hasher = Sha256::new();
    let read = std::fs::File::open(path).and_then(|file| {
        pieces(file, |piece| {
            hasher.update(piece);
            Ok(())
        })
    });
    read.map_err(|e| error::io(path, &e))?;
    Ok(hex(hasher.finalize()))
}
