//! Builds Arrow batches row by row, for tables whose columns are declared (`kith_core::table`) and for tables whose columns are found.

use datafusion::arrow::array::{
    ArrayRef, BooleanBuilder, Float64Builder, Int64Builder, RecordBatch, StringArray, StringBuilder,
    TimestampMicrosecondBuilder,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use datafusion::arrow::error::ArrowError;
use kith_core::table::{self, Type};
use rustc_hash::FxHashMap;
use serde_json::Value;
use std::sync::Arc;

/// One value on its way into a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cell<'a> {
    Null,
    Text(&'a str),
    Integer(i64),
    Float(f64),
    Boolean(bool),
    /// Milliseconds since 1970 UTC.
    Time(i64),
}

impl<'a> From<Option<&'a str>> for Cell<'a> {
    fn from(text: Option<&'a str>) -> Cell<'a> {
        text.map_or(Cell::Null, Cell::Text)
    }
}

/// Ids are log positions; a log with 2^63 entries will not be written.
impl From<u64> for Cell<'_> {
    fn from(number: u64) -> Self {
        Cell::Integer(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

enum Builder {
    Text(StringBuilder),
    Integer(Int64Builder),
    Float(Float64Builder),
    Boolean(BooleanBuilder),
    Time(TimestampMicrosecondBuilder),
}

/// A table whose columns are known beforehand.
pub(crate) struct Sheet {
    columns: Vec<(String, Builder)>,
}

impl Sheet {
    /// An empty table with the columns that the registry declares for it.
    pub(crate) fn of(table: &str) -> Sheet {
        let declared = table::find(table).expect("every table that the engine writes is registered");
        let builder = |kind| match kind {
            Type::Text => Builder::Text(StringBuilder::new()),
            Type::Integer => Builder::Integer(Int64Builder::new()),
            Type::Float => Builder::Float(Float64Builder::new()),
            Type::Boolean => Builder::Boolean(BooleanBuilder::new()),
            Type::Time => Builder::Time(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
        };
        Sheet { columns: declared.columns.iter().map(|c| (c.name.to_string(), builder(c.kind))).collect() }
    }

    /// Adds a row. A cell of another type than its column, which our own tests would show, is null.
    pub(crate) fn push(&mut self, row: &[Cell]) {
        assert_eq!(row.len(), self.columns.len(), "a row has one cell per column");
        for ((_, builder), cell) in self.columns.iter_mut().zip(row) {
            match (builder, *cell) {
                (Builder::Text(b), Cell::Text(v)) => b.append_value(v),
                (Builder::Text(b), _) => b.append_null(),
                (Builder::Integer(b), Cell::Integer(v)) => b.append_value(v),
                (Builder::Integer(b), _) => b.append_null(),
                (Builder::Float(b), Cell::Float(v)) => b.append_value(v),
                (Builder::Float(b), _) => b.append_null(),
                (Builder::Boolean(b), Cell::Boolean(v)) => b.append_value(v),
                (Builder::Boolean(b), _) => b.append_null(),
                (Builder::Time(b), Cell::Time(ms)) => b.append_value(ms.saturating_mul(1000)),
                (Builder::Time(b), _) => b.append_null(),
            }
        }
    }

    /// The finished batch.
    pub(crate) fn finish(self) -> Result<RecordBatch, ArrowError> {
        let mut fields = Vec::new();
        let mut arrays: Vec<ArrayRef> = Vec::new();
        for (name, builder) in self.columns {
            let (kind, array): (DataType, ArrayRef) = match builder {
                Builder::Text(mut b) => (DataType::Utf8, Arc::new(b.finish())),
                Builder::Integer(mut b) => (DataType::Int64, Arc::new(b.finish())),
                Builder::Float(mut b) => (DataType::Float64, Arc::new(b.finish())),
                Builder::Boolean(mut b) => (DataType::Boolean, Arc::new(b.finish())),
                Builder::Time(mut b) => {
                    (DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), Arc::new(b.finish()))
                }
            };
            fields.push(Field::new(name, kind, true));
            arrays.push(array);
        }
        RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
    }
}

/// Columns that are found while the rows of a source go by. Each is text until the end; one that only ever held
/// JSON integers, numbers or booleans becomes a column of these.
#[derive(Default)]
pub(crate) struct FoundColumns {
    columns: Vec<Found>,
    by_name: FxHashMap<String, usize>,
    len: usize,
}

struct Found {
    name: String,
    texts: StringBuilder,
    len: usize,
    kind: Option<Type>,
}

impl FoundColumns {
    /// Adds one row.
    pub(crate) fn push(&mut self, row: &serde_json::Map<String, Value>) {
        for (name, value) in row {
            if value.is_null() {
                continue;
            }
            let at = match self.by_name.get(name) {
                Some(at) => *at,
                None => {
                    self.by_name.insert(name.clone(), self.columns.len());
                    self.columns.push(Found {
                        name: name.clone(),
                        texts: StringBuilder::new(),
                        len: 0,
                        kind: None,
                    });
                    self.columns.len() - 1
                }
            };
            self.columns[at].set(self.len, value);
        }
        self.len += 1;
    }

    /// The finished columns with names that SQL can use without quotes.
    pub(crate) fn finish(self) -> Result<Vec<(String, ArrayRef)>, ArrowError> {
        let len = self.len;
        let mut taken = rustc_hash::FxHashSet::default();
        self.columns
            .into_iter()
            .map(|column| {
                let name = sql_name(&column.name, &mut taken);
                Ok((name, column.finish(len)?))
            })
            .collect()
    }
}

impl Found {
    fn set(&mut self, row: usize, value: &Value) {
        self.pad(row);
        self.len += 1;
        let kind = match value {
            Value::Bool(_) => Type::Boolean,
            Value::Number(n) if n.is_i64() => Type::Integer,
            Value::Number(_) => Type::Float,
            _ => Type::Text,
        };
        self.kind = Some(match (self.kind, kind) {
            (None, kind) => kind,
            (Some(a), b) if a == b => a,
            (Some(Type::Integer | Type::Float), Type::Integer | Type::Float) => Type::Float,
            _ => Type::Text,
        });
        match value {
            Value::String(text) => self.texts.append_value(text),
            other => self.texts.append_value(other.to_string()),
        }
    }

    fn pad(&mut self, to: usize) {
        while self.len < to {
            self.texts.append_null();
            self.len += 1;
        }
    }

    fn finish(mut self, len: usize) -> Result<ArrayRef, ArrowError> {
        self.pad(len);
        let texts: StringArray = self.texts.finish();
        match self.kind {
            Some(Type::Integer) => cast(&texts, &DataType::Int64),
            Some(Type::Float) => cast(&texts, &DataType::Float64),
            Some(Type::Boolean) => cast(&texts, &DataType::Boolean),
            _ => Ok(Arc::new(texts)),
        }
    }
}

/// `Requester.E-Mail` becomes `requester_e_mail`; a name that is taken gets a number. Delta refuses spaces and most
/// punctuation in names, and SQL would need quotes for them.
fn sql_name(name: &str, taken: &mut rustc_hash::FxHashSet<String>) -> String {
    let plain: String =
        name.trim().chars().map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    let plain = if plain.is_empty() { "column".to_string() } else { plain };
    let mut candidate = plain.clone();
    let mut number = 2;
    while !taken.insert(candidate.to_lowercase()) {
        candidate = format!("{plain}_{number}");
        number += 1;
    }
    candidate
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rows(values: &[Value]) -> Vec<(String, ArrayRef)> {
        let mut found = FoundColumns::default();
        for value in values {
            found.push(value.as_object().expect("an object"));
        }
        found.finish().expect("columns")
    }

    #[test]
    fn columns_get_the_narrowest_type_that_holds_all_their_values() {
        let columns = rows(&[
            json!({"Customer No": 1, "zip": "01234", "net": 1, "ok": true, "mixed": 1}),
            json!({"Customer No": 2, "net": 2.5, "mixed": "x", "late": "a"}),
        ]);
        let types: Vec<(&str, &DataType)> =
            columns.iter().map(|(n, a)| (n.as_str(), a.data_type())).collect();
        assert_eq!(
            types,
            [
                ("customer_no", &DataType::Int64),
                ("zip", &DataType::Utf8),
                ("net", &DataType::Float64),
                ("ok", &DataType::Boolean),
                ("mixed", &DataType::Utf8),
                ("late", &DataType::Utf8)
            ]
        );
        assert!(columns.iter().all(|(_, a)| a.len() == 2));
    }

    #[test]
    fn names_that_fall_together_are_told_apart() {
        let columns = rows(&[json!({"a.b": 1, "a b": 2, "A-B": 3})]);
        let names: Vec<&str> = columns.iter().map(|(n, _)| n.as_str()).collect();
        assert_eq!(names, ["a_b", "a_b_2", "a_b_3"]);
    }
}
