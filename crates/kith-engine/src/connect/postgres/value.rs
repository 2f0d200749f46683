//! Columns and values: the server renders every type as text, and its kind says what the text stands for.

use crate::connect::quoted;
use crate::{Error, Result};
use serde_json::Value;
use tokio_postgres::types::{FromSql, Type};

/// How a column's text becomes a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Text,
    Bool,
    /// Whole or floating number.
    Number,
    /// JSON, arrays, composites.
    Json,
}

/// A column of the catalogue.
pub(super) struct Column {
    pub name: String,
    /// With type modifiers, as the server writes it.
    pub sql_type: String,
    pub shape: Shape,
    /// The expression that reads it.
    pub select: String,
}

/// How a column of a type is read.
pub(super) fn column(name: String, sql_type: String, type_name: &str, category: &str) -> Column {
    let quoted = quoted(&name);
    let (shape, select) = match (type_name, category) {
        ("bool", _) => (Shape::Bool, format!("{quoted}::text")),
        ("int2" | "int4" | "int8" | "float4" | "float8", _) => (Shape::Number, format!("{quoted}::text")),
        ("json" | "jsonb", _) => (Shape::Json, format!("{quoted}::text")),
        // JSON's form of dates and times is ISO 8601; arrays and composites keep their structure.
        ("date" | "time" | "timetz" | "timestamp" | "timestamptz", _) => {
            (Shape::Text, format!("pg_catalog.to_json({quoted}) #>> '{{}}'"))
        }
        (_, "A" | "C") => (Shape::Json, format!("pg_catalog.to_json({quoted})::text")),
        _ => (Shape::Text, format!("{quoted}::text")),
    };
    Column { name, sql_type, shape, select }
}

/// A cell's value out of the text that the server sent.
pub(super) fn value(shape: Shape, text: &str) -> Value {
    let kept = || Value::String(text.into());
    match shape {
        Shape::Text => kept(),
        Shape::Bool => Value::Bool(text == "true"),
        // NaN and Infinity are no JSON numbers and stay text.
        Shape::Number | Shape::Json => serde_json::from_str(text).unwrap_or_else(|_| kept()),
    }
}

/// The bytes of a value that the server sends as text, whether they are text or not.
pub(super) struct Raw<'a>(pub &'a [u8]);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, crate::Cause> {
        Ok(Raw(raw))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// A cell of a row that Kith's own query asked for.
pub(super) fn get<'a, T: FromSql<'a>>(row: &'a tokio_postgres::Row, index: usize) -> Result<T> {
    row.try_get(index)
        .map_err(|e| Error::internal("PostgreSQL sent a value of another type than asked for", e))
}
