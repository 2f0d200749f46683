//! One cell of an Arrow array as JSON.

use crate::tabular::value_text;
use datafusion::arrow::array::types::{
    Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use kith_core::hex;
use serde_json::{Map, Number, Value};

/// One cell as JSON.
pub(super) fn json(array: &ArrayRef, row: usize) -> Result<Value, ArrowError> {
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
        Err(_) => format!("\\x{}", hex(bytes)).into(),
    }
}
