//! Columns out of JSON values, each as its kind says.

use datafusion::arrow::array::{ArrayRef, BooleanBuilder, Float64Builder, Int64Builder, StringViewBuilder};
use datafusion::arrow::datatypes::DataType;
use kith_core::config::JsonKind;
use std::sync::Arc;

/// The type of a column.
pub(super) fn data_type(kind: JsonKind) -> DataType {
    match kind {
        // As in Kith's own tables: a join with them needs no cast.
        JsonKind::Text => DataType::Utf8View,
        JsonKind::Whole => DataType::Int64,
        JsonKind::Number => DataType::Float64,
        JsonKind::Truth => DataType::Boolean,
    }
}

/// The values of a column so far.
pub(super) enum Column {
    Text(StringViewBuilder),
    Whole(Int64Builder),
    Number(Float64Builder),
    Truth(BooleanBuilder),
}

impl Column {
    pub fn of(kind: JsonKind) -> Column {
        match kind {
            JsonKind::Text => Column::Text(StringViewBuilder::new()),
            JsonKind::Whole => Column::Whole(Int64Builder::new()),
            JsonKind::Number => Column::Number(Float64Builder::new()),
            JsonKind::Truth => Column::Truth(BooleanBuilder::new()),
        }
    }

    /// `Err` = it does not fit; what it should have been.
    pub fn push(&mut self, raw: Option<&str>) -> std::result::Result<(), &'static str> {
        let raw = raw.filter(|raw| *raw != "null");
        match (self, raw) {
            (Column::Text(values), None) => values.append_null(),
            (Column::Whole(values), None) => values.append_null(),
            (Column::Number(values), None) => values.append_null(),
            (Column::Truth(values), None) => values.append_null(),
            (Column::Text(values), Some(raw)) if raw.starts_with('"') => {
                values.append_value(serde_json::from_str::<String>(raw).map_err(|_| "text")?);
            }
            (Column::Text(values), Some(raw)) => values.append_value(raw),
            (Column::Whole(values), Some(raw)) => {
                values.append_value(raw.parse().map_err(|_| "whole number")?)
            }
            (Column::Number(values), Some(raw)) => {
                let number = raw.parse::<f64>().ok().filter(|number| number.is_finite());
                values.append_value(number.ok_or("number")?);
            }
            (Column::Truth(values), Some(raw)) => {
                values.append_value(raw.parse().map_err(|_| "truth value")?)
            }
        }
        Ok(())
    }

    pub fn finish(&mut self) -> ArrayRef {
        match self {
            Column::Text(values) => Arc::new(values.finish()),
            Column::Whole(values) => Arc::new(values.finish()),
            Column::Number(values) => Arc::new(values.finish()),
            Column::Truth(values) => Arc::new(values.finish()),
        }
    }
}
