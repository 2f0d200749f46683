//! Rows of Arrow batches as JSON values, for the API and `--json`.

use super::Answer;
use crate::profile::shape::{SqlColumn, SqlRows};
use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{
    DataType, FieldRef, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, Schema,
};
use datafusion::arrow::datatypes::{UInt8Type, UInt16Type, UInt32Type, UInt64Type};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use serde_json::Value;

impl SqlColumn {
    /// The columns of an answer.
    pub fn of(schema: &Schema) -> Vec<SqlColumn> {
        let column = |f: &FieldRef| SqlColumn { name: f.name().clone(), kind: f.data_type().to_string() };
        schema.fields().iter().map(column).collect()
    }
}

impl SqlRows {
    /// An answer as JSON values.
    pub fn of(answer: &Answer) -> SqlRows {
        let columns = SqlColumn::of(&answer.schema);
        SqlRows { columns, rows: rows_as_json(&answer.batches), truncated: answer.truncated }
    }
}

/// Numbers and booleans stay what they are; everything else is its text; NULL is null.
pub fn rows_as_json(batches: &[RecordBatch]) -> Vec<Vec<Value>> {
    let mut rows = Vec::new();
    for batch in batches {
        for row in 0..batch.num_rows() {
            rows.push(batch.columns().iter().map(|column| cell_as_json(column, row)).collect());
        }
    }
    rows
}

/// One value of a column.
pub fn cell_as_json(column: &ArrayRef, row: usize) -> Value {
    if column.is_null(row) {
        return Value::Null;
    }
    match column.data_type() {
        // It has no list of what is missing: all of it is.
        DataType::Null => Value::Null,
        DataType::Boolean => column.as_boolean().value(row).into(),
        DataType::Int8 => column.as_primitive::<Int8Type>().value(row).into(),
        DataType::Int16 => column.as_primitive::<Int16Type>().value(row).into(),
        DataType::Int32 => column.as_primitive::<Int32Type>().value(row).into(),
        DataType::Int64 => column.as_primitive::<Int64Type>().value(row).into(),
        DataType::UInt8 => column.as_primitive::<UInt8Type>().value(row).into(),
        DataType::UInt16 => column.as_primitive::<UInt16Type>().value(row).into(),
        DataType::UInt32 => column.as_primitive::<UInt32Type>().value(row).into(),
        DataType::UInt64 => column.as_primitive::<UInt64Type>().value(row).into(),
        DataType::Float32 => f64::from(column.as_primitive::<Float32Type>().value(row)).into(),
        DataType::Float64 => column.as_primitive::<Float64Type>().value(row).into(),
        _ => text(column, row),
    }
}

fn text(column: &ArrayRef, row: usize) -> Value {
    match ArrayFormatter::try_new(column, &FormatOptions::default()) {
        Ok(formatter) => formatter.value(row).try_to_string().map_or(Value::Null, Value::String),
        Err(_) => Value::Null,
    }
}
