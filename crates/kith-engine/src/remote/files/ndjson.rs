//! JSON, an object a line. Which columns there are and what they hold is read from all lines, never from some: whole numbers of 64
//! bits, numbers, truths, and all else as text; objects, lists and columns of several kinds as the JSON that stands there.

use super::fault;
use super::lines::{Object, Splitter};
use super::text::Lines;
use crate::error::{Error, Result};
use datafusion::arrow::array::{
    ArrayRef, BooleanBuilder, Float64Builder, Int64Builder, RecordBatch, RecordBatchOptions, StringBuilder,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use std::collections::HashMap;
use std::sync::Arc;

/// What a column holds, as far as is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    Nothing,
    Truth,
    Whole,
    Number,
    Text,
}

impl Holds {
    fn of(raw: &str) -> Holds {
        match raw.as_bytes().first() {
            Some(b'n') => Holds::Nothing,
            Some(b't' | b'f') => Holds::Truth,
            Some(b'"' | b'{' | b'[') | None => Holds::Text,
            _ if raw.parse::<i64>().is_ok() => Holds::Whole,
            // A whole number of more digits would be another as a float.
            _ if raw.contains(['.', 'e', 'E']) && raw.parse::<f64>().is_ok_and(f64::is_finite) => {
                Holds::Number
            }
            _ => Holds::Text,
        }
    }

    /// What holds the values of both.
    pub fn and(self, other: Holds) -> Holds {
        match (self, other) {
            (one, two) if one == two => one,
            (Holds::Nothing, one) | (one, Holds::Nothing) => one,
            (Holds::Whole, Holds::Number) | (Holds::Number, Holds::Whole) => Holds::Number,
            _ => Holds::Text,
        }
    }

    fn kind(self) -> DataType {
        match self {
            Holds::Truth => DataType::Boolean,
            Holds::Whole => DataType::Int64,
            Holds::Number => DataType::Float64,
            Holds::Nothing | Holds::Text => DataType::Utf8,
        }
    }
}

/// The columns of a table.
pub(super) fn schema_of(columns: &[(String, Holds)]) -> Schema {
    Schema::new(columns.iter().map(|(name, holds)| Field::new(name, holds.kind(), true)).collect::<Vec<_>>())
}

/// Learns the columns of a file from all of it.
pub(super) struct Look {
    splitter: Splitter,
    pub columns: Vec<(String, Holds)>,
    places: HashMap<String, usize>,
    columns_max: usize,
    pub rows: usize,
}

impl Look {
    pub fn new(place: (String, String), line_max: usize, columns_max: usize) -> Look {
        let (columns, places) = (Vec::new(), HashMap::new());
        Look { splitter: Splitter::new(place, line_max), columns, places, columns_max, rows: 0 }
    }

    pub fn take(&mut self, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            let (taken, whole) = self.splitter.take(bytes)?;
            bytes = &bytes[taken..];
            if whole {
                self.line()?;
            }
        }
        Ok(())
    }

    pub fn end(&mut self) -> Result<()> {
        self.splitter.line += 1;
        self.line()
    }

    fn line(&mut self) -> Result<()> {
        let Look { splitter, columns, places, columns_max, .. } = self;
        let connection = splitter.place.0.clone();
        let there = splitter.read(|Object(members)| {
            for (name, raw) in members {
                let holds = Holds::of(raw.get());
                if let Some((_, known)) = places.get(&name).and_then(|place| columns.get_mut(*place)) {
                    *known = known.and(holds);
                    continue;
                }
                if columns.len() >= *columns_max {
                    let most = *columns_max as u64;
                    return Err(fault::limit(&connection, "columns", most, "found too many columns"));
                }
                places.insert(name.clone(), columns.len());
                columns.push((name, holds));
            }
            Ok(())
        })?;
        self.rows += usize::from(there);
        Ok(())
    }
}

enum Column {
    Truth(BooleanBuilder),
    Whole(Int64Builder),
    Number(Float64Builder),
    Text(StringBuilder),
}

impl Column {
    fn of(holds: Holds) -> Column {
        match holds {
            Holds::Truth => Column::Truth(BooleanBuilder::new()),
            Holds::Whole => Column::Whole(Int64Builder::new()),
            Holds::Number => Column::Number(Float64Builder::new()),
            Holds::Nothing | Holds::Text => Column::Text(StringBuilder::new()),
        }
    }

    /// `None` = it does not fit: the file is no more what it was when it was looked at.
    fn push(&mut self, raw: Option<&str>) -> Option<()> {
        let raw = raw.filter(|raw| *raw != "null");
        match (self, raw) {
            (Column::Truth(values), None) => values.append_null(),
            (Column::Whole(values), None) => values.append_null(),
            (Column::Number(values), None) => values.append_null(),
            (Column::Text(values), None) => values.append_null(),
            (Column::Truth(values), Some(raw)) => values.append_value(raw.parse().ok()?),
            (Column::Whole(values), Some(raw)) => values.append_value(raw.parse().ok()?),
            (Column::Number(values), Some(raw)) => values.append_value(raw.parse().ok()?),
            (Column::Text(values), Some(raw)) => match raw.starts_with('"') {
                true => values.append_value(serde_json::from_str::<String>(raw).ok()?),
                false => values.append_value(raw),
            },
        }
        Some(())
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Column::Truth(values) => Arc::new(values.finish()),
            Column::Whole(values) => Arc::new(values.finish()),
            Column::Number(values) => Arc::new(values.finish()),
            Column::Text(values) => Arc::new(values.finish()),
        }
    }
}

/// Rows of a file.
pub(super) struct JsonLines {
    splitter: Splitter,
    schema: SchemaRef,
    places: HashMap<String, usize>,
    columns: Vec<Column>,
    rows: usize,
    bytes: usize,
    batch_rows: usize,
}

/// A batch of long lines is handed on before it has all its rows.
const BATCH_BYTES: usize = 4 << 20;

impl JsonLines {
    /// `holds` = what the columns of the schema hold.
    pub fn new(
        place: (String, String),
        schema: SchemaRef,
        holds: Vec<Holds>,
        batch_rows: usize,
        line_max: usize,
    ) -> JsonLines {
        let places = schema.fields().iter().enumerate().map(|(i, field)| (field.name().clone(), i)).collect();
        let columns = holds.into_iter().map(Column::of).collect();
        JsonLines {
            splitter: Splitter::new(place, line_max),
            schema,
            places,
            columns,
            rows: 0,
            bytes: 0,
            batch_rows,
        }
    }

    fn line(&mut self) -> Result<()> {
        let JsonLines { splitter, places, columns, .. } = self;
        let mut found: Vec<Option<String>> = vec![None; columns.len()];
        let there = splitter.read(|Object(members)| {
            for (name, raw) in members {
                if let Some(slot) = places.get(&name).and_then(|place| found.get_mut(*place)) {
                    *slot = Some(raw.get().to_string());
                }
            }
            Ok(())
        })?;
        if !there {
            return Ok(());
        }
        for (column, raw) in columns.iter_mut().zip(found) {
            column.push(raw.as_deref()).ok_or_else(|| fault::changed(&splitter.place.0))?;
        }
        self.rows += 1;
        Ok(())
    }
}

impl Lines for JsonLines {
    fn take(&mut self, bytes: &[u8]) -> Result<usize> {
        let mut taken = 0;
        while taken < bytes.len() && self.rows < self.batch_rows && self.bytes < BATCH_BYTES {
            let (more, whole) = self.splitter.take(&bytes[taken..])?;
            taken += more;
            if whole {
                self.bytes += self.splitter.begun.len();
                self.line()?;
            }
        }
        Ok(taken)
    }

    fn end(&mut self) -> Result<()> {
        self.splitter.line += 1;
        self.line()
    }

    fn flush(&mut self) -> Result<Option<RecordBatch>> {
        if self.rows == 0 {
            return Ok(None);
        }
        self.bytes = 0;
        let options = RecordBatchOptions::new().with_row_count(Some(std::mem::take(&mut self.rows)));
        let columns = self.columns.iter_mut().map(Column::finish).collect();
        let batch = RecordBatch::try_new_with_options(self.schema.clone(), columns, &options);
        batch.map(Some).map_err(|e| Error::internal("rows of a file do not fit together", e))
    }
}
