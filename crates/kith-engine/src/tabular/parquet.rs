//! Reads Parquet: into columns with the file's own dictionaries kept, or row by row for the connectors.
//!
//! A string column is asked for as Arrow dictionaries, so that a text which a row group repeats is looked up in the
//! interner once and not once a row. Numbers, dates and times get one canonical text (ISO 8601; decimals with their
//! scale; whole floats without `.0`), nested structs become dotted paths and lists JSON, as in NDJSON.

use super::ndjson::{flatten, float_text, value_text};
use super::{Builder, Limits, Reject};
use crate::Error;
use crate::connect::error;
use datafusion::arrow::array::types::{
    Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use serde_json::{Map, Number, Value};
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

/// One cell as JSON.
fn json(array: &ArrayRef, row: usize) -> Result<Value, ArrowError> {
    if array.is_null(row) {
        return Ok(Value::Null);
    }
    let list = |items: ArrayRef| -> Result<Value, ArrowError> {
        (0..items.len()).map(|i| json(&items, i)).collect::<Result<Vec<_>, _>>().map(Value::Array)
    };
    Ok(match array.data_type() {
        DataType::Null => Value::Null,
        DataType::Boolean => array.as_boolean().value(row).into(),
        DataType::Int8 => array.as_primitive::<Int8Type>().value(row).into(),
        DataType::Int16 => array.as_primitive::<Int16Type>().value(row).into(),
        DataType::Int32 => array.as_primitive::<Int32Type>().value(row).into(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).into(),
        DataType::UInt8 => array.as_primitive::<UInt8Type>().value(row).into(),
        DataType::UInt16 => array.as_primitive::<UInt16Type>().value(row).into(),
        DataType::UInt32 => array.as_primitive::<UInt32Type>().value(row).into(),
        DataType::UInt64 => array.as_primitive::<UInt64Type>().value(row).into(),
        DataType::Float16 => narrow(array.as_primitive::<Float16Type>().value(row).to_f32()),
        DataType::Float32 => narrow(array.as_primitive::<Float32Type>().value(row)),
        DataType::Float64 => number(array.as_primitive::<Float64Type>().value(row)),
        DataType::Utf8 => array.as_string::<i32>().value(row).into(),
        DataType::LargeUtf8 => array.as_string::<i64>().value(row).into(),
        DataType::Utf8View => array.as_string_view().value(row).into(),
        DataType::Binary => binary(array.as_binary::<i32>().value(row)),
        DataType::LargeBinary => binary(array.as_binary::<i64>().value(row)),
        DataType::BinaryView => binary(array.as_binary_view().value(row)),
        DataType::FixedSizeBinary(_) => binary(array.as_fixed_size_binary().value(row)),
        DataType::List(_) => list(array.as_list::<i32>().value(row))?,
        DataType::LargeList(_) => list(array.as_list::<i64>().value(row))?,
        DataType::FixedSizeList(..) => list(array.as_fixed_size_list().value(row))?,
        DataType::Struct(fields) => {
            let columns = fields.iter().zip(array.as_struct().columns());
            let members = columns.map(|(f, c)| Ok::<_, ArrowError>((f.name().clone(), json(c, row)?)));
            Value::Object(members.collect::<Result<Map<_, _>, _>>()?)
        }
        DataType::Map(..) => {
            let entries = array.as_map().value(row);
            let mut object = Map::new();
            for i in 0..entries.len() {
                let key = json(entries.column(0), i)?;
                let key = value_text(&key).unwrap_or_default().into_owned();
                object.insert(key, json(entries.column(1), i)?);
            }
            Value::Object(object)
        }
        _ => ArrayFormatter::try_new(array, &FormatOptions::default())?.value(row).to_string().into(),
    })
}

/// NaN is how tools without missing numbers write "missing"; JSON has no infinities.
fn number(float: f64) -> Value {
    if float.is_infinite() {
        return Value::String(float.to_string());
    }
    Number::from_f64(float).map_or(Value::Null, Value::Number)
}

/// 0.1 as a narrow float is 0.10000000149 as a wide one; by way of its shortest text it stays 0.1.
fn narrow(float: f32) -> Value {
    float.to_string().parse().map_or(Value::Null, number)
}

/// Text, if it is some (older writers leave the mark of text columns out), else PostgreSQL's `\x…` form.
fn binary(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => format!("\\x{}", bytes.iter().map(|b| format!("{b:02x}")).collect::<String>()).into(),
    }
}

impl Builder {
    /// Adds a file's rows.
    pub(super) fn read_parquet(&mut self, path: &Path, limits: Limits) -> Result<String, Error> {
        let reader = open(path, true)?;
        let mut file_row = 0u64;
        let mut translations: Vec<Option<Translation>> = Vec::new();
        for batch in reader {
            let mut batch = batch.map_err(|e| damaged(path, e))?;
            let refused = self.refuse_large(&batch, file_row, limits);
            file_row += batch.num_rows() as u64;
            if refused.iter().any(|r| *r) {
                let keep: datafusion::arrow::array::BooleanArray = refused.iter().map(|r| Some(!r)).collect();
                batch = datafusion::arrow::compute::filter_record_batch(&batch, &keep)
                    .map_err(|e| damaged(path, e))?;
            }
            translations.resize_with(batch.num_columns(), || None);
            let schema = batch.schema();
            let columns = schema.fields().iter().zip(batch.columns()).zip(&mut translations);
            for ((field, column), translation) in columns {
                self.add_column(field.name(), column, translation).map_err(|e| damaged(path, e))?;
            }
            self.rows += batch.num_rows();
        }
        Ok("Parquet".into())
    }

    fn refuse_large(&mut self, batch: &RecordBatch, before: u64, limits: Limits) -> Vec<bool> {
        let mut refused = Vec::new();
        if batch.columns().iter().all(|c| c.get_buffer_memory_size() <= limits.row_bytes) {
            return refused;
        }
        for row in 0..batch.num_rows() {
            let large = too_large(batch, row, limits);
            refused.push(large.is_some());
            if let Some((name, bytes)) = large {
                self.reject(reject(before + row as u64 + 1, name, bytes, limits));
            }
        }
        refused
    }

    /// Adds a batch's cells of one column.
    fn add_column(
        &mut self,
        name: &str,
        column: &ArrayRef,
        translation: &mut Option<Translation>,
    ) -> Result<(), ArrowError> {
        let first_row = self.rows;
        let result = match column.data_type() {
            DataType::Dictionary(..) => self.add_dictionary(name, column, translation),
            kind if kind.is_integer() || kind.is_temporal() || is_decimal(kind) => {
                self.add_formatted(name, column)
            }
            _ => self.add_json(name, column),
        };
        self.rows = first_row;
        result
    }

    fn add_dictionary(
        &mut self,
        name: &str,
        column: &ArrayRef,
        translation: &mut Option<Translation>,
    ) -> Result<(), ArrowError> {
        let Some(dictionary) = column.as_dictionary_opt::<Int32Type>() else {
            return self.add_json(name, column);
        };
        let target = self.column(name);
        let values = dictionary.values();
        let Some(texts) = values.as_string_opt::<i32>() else { return self.add_json(name, column) };
        // The batches of a row group share one dictionary; its texts are looked up once for all of them.
        let reused = translation.take().filter(|t| Arc::ptr_eq(&t.values, values));
        let mut known = reused
            .unwrap_or_else(|| Translation { values: Arc::clone(values), codes: vec![None; values.len()] });
        let codes = &mut self.codes[target];
        codes.resize(self.rows, 0);
        for key in dictionary.keys() {
            let slot = key.and_then(|key| Some((key as usize, known.codes.get_mut(key as usize)?)));
            codes.push(match slot {
                None => 0,
                Some((_, Some(code))) => *code,
                Some((at, empty)) => {
                    let text = texts.is_valid(at).then(|| texts.value(at));
                    *empty.insert(text.map_or(0, |text| self.interners[target].intern(text)))
                }
            });
        }
        *translation = Some(known);
        Ok(())
    }

    fn add_formatted(&mut self, name: &str, column: &ArrayRef) -> Result<(), ArrowError> {
        let target = self.column(name);
        let options = FormatOptions::default();
        let formatter = ArrayFormatter::try_new(column, &options)?;
        let mut text = String::new();
        for row in 0..column.len() {
            if !column.is_null(row) {
                text.clear();
                formatter.value(row).write(&mut text)?;
                self.put(target, &text);
            }
            self.rows += 1;
        }
        Ok(())
    }

    fn add_json(&mut self, name: &str, column: &ArrayRef) -> Result<(), ArrowError> {
        let floats = column.as_primitive_opt::<Float64Type>();
        for row in 0..column.len() {
            if let Some(floats) = floats.filter(|f| f.is_valid(row) && f.value(row).is_finite()) {
                let target = self.column(name);
                self.put(target, &float_text(floats.value(row)));
            } else {
                let cell = Map::from_iter([(name.to_string(), json(column, row)?)]);
                for (path, value) in &flatten(cell) {
                    let target = self.column(path);
                    if let Some(text) = value_text(value) {
                        self.put(target, &text);
                    }
                }
            }
            self.rows += 1;
        }
        Ok(())
    }
}

fn is_decimal(kind: &DataType) -> bool {
    matches!(
        kind,
        DataType::Decimal32(..)
            | DataType::Decimal64(..)
            | DataType::Decimal128(..)
            | DataType::Decimal256(..)
    )
}

/// The codes that a file's dictionary got in ours, as far as they were needed.
struct Translation {
    values: ArrayRef,
    codes: Vec<Option<u32>>,
}
