//! Batches of a Parquet file into dictionary-encoded columns.

use super::cell::json;
use super::{damaged, open, reject, too_large};
use crate::Result;
use crate::tabular::ndjson::{flatten, value_text};
use crate::tabular::{Builder, Limits};
use datafusion::arrow::array::types::{Float64Type, Int32Type};
use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use kith_dedupe::float_text;
use serde_json::Map;
use std::path::Path;
use std::sync::Arc;

impl Builder {
    /// Adds a file's rows.
    pub(in crate::tabular) fn read_parquet(&mut self, path: &Path, limits: Limits) -> Result<String> {
        let reader = open(path, true)?;
        let mut file_row = 0u64;
        let mut translations: Vec<Option<Translation>> = Vec::new();
        for batch in reader {
            let mut batch = batch.map_err(|e| damaged(path, e))?;
            let refused = self.refuse_large(&batch, file_row, limits);
            file_row += batch.num_rows() as u64;
            if refused.iter().any(|r| *r) {
                let keep: BooleanArray = refused.iter().map(|r| Some(!r)).collect();
                batch = filter_record_batch(&batch, &keep).map_err(|e| damaged(path, e))?;
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
