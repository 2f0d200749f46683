//! Reads Parquet: into columns with the file's own dictionaries kept, or row by row for the connectors.
//!
//! A string column is asked for as Arrow dictionaries, so that a text which a row group repeats is looked up in the
//! interner once and not once a row. Numbers, dates and times get one canonical text (ISO 8601; decimals with their
//! scale; whole floats without `.0`), nested structs become dotted paths and lists JSON, as in NDJSON.

mod cell;
mod columns;

use super::ndjson::flatten;
use super::{Limits, Reject};
use crate::Error;
use crate::connect::error;
use cell::json;
use datafusion::arrow::array::types::Int32Type;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use serde_json::{Map, Value};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// Rows decoded at once: a batch of 15 text columns is then a few MB.
const BATCH_ROWS: usize = 8192;

fn damaged(path: &Path, detail: impl std::fmt::Display) -> Error {
    error::fault(
        "K-SOURCE-PARQUET",
        path.display(),
        format!("could not read {} as Parquet", path.display()),
        format!("The file is damaged, cut off or of another kind ({detail})."),
        "Copy or export the file again, or state the right `kind`.",
    )
}

fn open(path: &Path, dictionaries: bool) -> Result<ParquetRecordBatchReader, Error> {
    let file = File::open(path).map_err(|e| error::io(path, &e))?;
    // Parquet's own types only: those that a writer's Arrow schema adds (views, dictionaries, time zones of display)
    // would give the same value other texts.
    let plain = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let mut metadata = ArrowReaderMetadata::load(&file, plain).map_err(|e| damaged(path, e))?;
    if dictionaries {
        let fields = metadata.schema().fields().iter().map(|field| match field.data_type() {
            DataType::Utf8 => {
                let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
                Arc::new(Field::new(field.name(), dictionary, field.is_nullable()))
            }
            _ => Arc::clone(field),
        });
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let options = ArrowReaderOptions::new().with_schema(schema);
        metadata = ArrowReaderMetadata::load(&file, options).map_err(|e| damaged(path, e))?;
    }
    ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata)
        .with_batch_size(BATCH_ROWS)
        .build()
        .map_err(|e| damaged(path, e))
}

/// The rows of a Parquet file.
pub struct ParquetRows {
    path: std::path::PathBuf,
    reader: ParquetRecordBatchReader,
    names: Vec<String>,
    limits: Limits,
    batch: Option<RecordBatch>,
    /// The next row of the batch, and its number in the file from 1.
    at: usize,
    row: u64,
}

impl ParquetRows {
    /// Opens a file.
    pub fn open(path: &Path, limits: Limits) -> Result<ParquetRows, Error> {
        let reader = open(path, false)?;
        let schema = datafusion::arrow::array::RecordBatchReader::schema(&reader);
        let mut names = Vec::new();
        for field in schema.fields() {
            leaf_names("", field, &mut names);
        }
        Ok(ParquetRows { path: path.into(), reader, names, limits, batch: None, at: 0, row: 0 })
    }

    /// The columns; the members of a struct as dotted paths.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The next row with its number from 1, or why it is refused; `None` at the end.
    #[allow(clippy::type_complexity)]
    pub fn next_row(&mut self) -> Result<Option<(u64, Result<Map<String, Value>, Reject>)>, Error> {
        while self.batch.as_ref().is_none_or(|batch| self.at >= batch.num_rows()) {
            let Some(batch) = self.reader.next() else { return Ok(None) };
            self.batch = Some(batch.map_err(|e| damaged(&self.path, e))?);
            self.at = 0;
        }
        let Some(batch) = &self.batch else { return Ok(None) };
        let at = self.at;
        self.at += 1;
        self.row += 1;
        if let Some((name, bytes)) = too_large(batch, at, self.limits) {
            return Ok(Some((self.row, Err(reject(self.row, name, bytes, self.limits)))));
        }
        let mut row = Map::with_capacity(batch.num_columns());
        for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
            let value = json(column, at).map_err(|e| damaged(&self.path, e))?;
            row.insert(field.name().clone(), value);
        }
        Ok(Some((self.row, Ok(flatten(row)))))
    }
}

fn leaf_names(prefix: &str, field: &Field, names: &mut Vec<String>) {
    let name = if prefix.is_empty() { field.name().clone() } else { format!("{prefix}.{}", field.name()) };
    match field.data_type() {
        DataType::Struct(inner) => inner.iter().for_each(|f| leaf_names(&name, f, names)),
        _ => names.push(name),
    }
}

fn reject(row: u64, column: &str, bytes: &[u8], limits: Limits) -> Reject {
    let reason = format!(
        "the column {column} has {} bytes; at most {} are read. Leave the large value out of the export.",
        bytes.len(),
        limits.row_bytes
    );
    Reject::new(format!("row {row}"), "K-LAND-TOO-LARGE", reason, bytes, bytes.len() as u64)
}

/// The first text or binary cell of a row that is larger than the limit.
fn too_large(batch: &RecordBatch, row: usize, limits: Limits) -> Option<(&str, &[u8])> {
    let names = batch.schema_ref().fields().iter().map(|f| f.name().as_str());
    names.zip(batch.columns()).find_map(|(name, column)| {
        // A batch whose whole column is smaller than the limit, the usual case, needs no look at its cells.
        if column.get_buffer_memory_size() <= limits.row_bytes {
            return None;
        }
        cell_bytes(column, row).filter(|bytes| bytes.len() > limits.row_bytes).map(|bytes| (name, bytes))
    })
}

fn cell_bytes(column: &ArrayRef, row: usize) -> Option<&[u8]> {
    if column.is_null(row) {
        return None;
    }
    Some(match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().value(row).as_bytes(),
        DataType::LargeUtf8 => column.as_string::<i64>().value(row).as_bytes(),
        DataType::Utf8View => column.as_string_view().value(row).as_bytes(),
        DataType::Binary => column.as_binary::<i32>().value(row),
        DataType::LargeBinary => column.as_binary::<i64>().value(row),
        DataType::Dictionary(..) => {
            let dictionary = column.as_dictionary_opt::<Int32Type>()?;
            return cell_bytes(dictionary.values(), dictionary.key(row)?);
        }
        _ => return None,
    })
}
