//! Small tables from a text that names their columns: `oid:i relname:t relispartition:b relacl:a relnatts:s`.

use datafusion::arrow::array::{
    ArrayRef, BooleanBuilder, Float32Builder, Int16Builder, Int64Builder, ListBuilder, RecordBatch,
    StringBuilder,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::error::Result;
use std::sync::Arc;

/// A value of such a table.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    /// A number.
    Int(i64),
    /// A text.
    Text(String),
    /// True or false.
    Bool(bool),
}

impl From<i64> for Cell {
    fn from(value: i64) -> Self {
        Cell::Int(value)
    }
}

impl From<&str> for Cell {
    fn from(value: &str) -> Self {
        Cell::Text(value.to_string())
    }
}

impl From<bool> for Cell {
    fn from(value: bool) -> Self {
        Cell::Bool(value)
    }
}

/// The columns that a text names.
pub(super) fn schema(columns: &str) -> SchemaRef {
    let fields = columns.split_whitespace().map(|column| {
        let (name, kind) = column.split_once(':').unwrap_or((column, "t"));
        let kind = match kind {
            "i" => DataType::Int64,
            "s" => DataType::Int16,
            "f" => DataType::Float32,
            "b" => DataType::Boolean,
            "a" => DataType::List(Arc::new(Field::new("item", DataType::Utf8, true))),
            "v" => DataType::List(Arc::new(Field::new("item", DataType::Int64, true))),
            _ => DataType::Utf8,
        };
        Field::new(name, kind, true)
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// The rows as one batch. What a row does not say, or says in another kind, is NULL; lists always are.
pub(super) fn batch(schema: &SchemaRef, rows: &[Vec<(&str, Cell)>]) -> Result<RecordBatch> {
    let columns = schema.fields().iter().map(|field| {
        let cells =
            rows.iter().map(|row| row.iter().find(|(name, _)| name == field.name()).map(|(_, cell)| cell));
        column(field.data_type(), cells)
    });
    Ok(RecordBatch::try_new(schema.clone(), columns.collect())?)
}

fn column<'a>(kind: &DataType, cells: impl Iterator<Item = Option<&'a Cell>>) -> ArrayRef {
    let int = |cell: Option<&Cell>| match cell {
        Some(Cell::Int(value)) => Some(*value),
        _ => None,
    };
    match kind {
        DataType::Int64 => {
            let mut out = Int64Builder::new();
            cells.for_each(|cell| out.append_option(int(cell)));
            Arc::new(out.finish())
        }
        DataType::Int16 => {
            let mut out = Int16Builder::new();
            cells.for_each(|cell| out.append_option(int(cell).and_then(|value| i16::try_from(value).ok())));
            Arc::new(out.finish())
        }
        DataType::Float32 => {
            let mut out = Float32Builder::new();
            cells.for_each(|cell| out.append_option(int(cell).map(|value| value as f32)));
            Arc::new(out.finish())
        }
        DataType::Boolean => {
            let mut out = BooleanBuilder::new();
            cells.for_each(|cell| {
                out.append_option(match cell {
                    Some(Cell::Bool(value)) => Some(*value),
                    _ => None,
                });
            });
            Arc::new(out.finish())
        }
        DataType::List(item) if *item.data_type() == DataType::Utf8 => {
            let mut out = ListBuilder::new(StringBuilder::new());
            cells.for_each(|_| out.append_null());
            Arc::new(out.finish())
        }
        DataType::List(_) => {
            let mut out = ListBuilder::new(Int64Builder::new());
            cells.for_each(|_| out.append_null());
            Arc::new(out.finish())
        }
        _ => {
            let mut out = StringBuilder::new();
            cells.for_each(|cell| match cell {
                Some(Cell::Text(text)) => out.append_value(text),
                _ => out.append_null(),
            });
            Arc::new(out.finish())
        }
    }
}
