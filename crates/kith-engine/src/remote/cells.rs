//! Values as they come, gathered into batches of Arrow. A value that does not fit its column ends the query: the database lies.

use super::{Fetched, fault};
use crate::error::{Error, Result};
use datafusion::arrow::array::{
    ArrayRef, BinaryViewBuilder, BooleanBuilder, Date32Builder, Decimal128Builder, Float32Builder,
    Float64Builder, Int16Builder, Int32Builder, Int64Builder, RecordBatch, RecordBatchOptions,
    StringViewBuilder, TimestampMicrosecondBuilder,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use kith_core::config::ConnectionLimits;
use std::sync::Arc;

/// Rows of a batch.
const BATCH_ROWS: usize = 8_192;
/// A batch of long values is handed on before it has that many rows.
const BATCH_BYTES: usize = 4 << 20;

/// What a column holds here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Truth,
    Int16,
    Int32,
    Int64,
    Float32,
    Float64,
    Text,
    Bytes,
    Decimal(u8, i8),
    Day,
    Moment { utc: bool },
}

impl Kind {
    pub fn data_type(self) -> DataType {
        match self {
            Kind::Truth => DataType::Boolean,
            Kind::Int16 => DataType::Int16,
            Kind::Int32 => DataType::Int32,
            Kind::Int64 => DataType::Int64,
            Kind::Float32 => DataType::Float32,
            Kind::Float64 => DataType::Float64,
            // As in Kith's own tables: a join with them needs no cast, and can tell the database which keys it wants.
            Kind::Text => DataType::Utf8View,
            Kind::Bytes => DataType::BinaryView,
            Kind::Decimal(digits, scale) => DataType::Decimal128(digits, scale),
            Kind::Day => DataType::Date32,
            Kind::Moment { utc } => DataType::Timestamp(TimeUnit::Microsecond, utc.then(|| "UTC".into())),
        }
    }
}

/// The schema of columns of these names; whatever a database says now, it may hold NULL tomorrow.
pub(super) fn schema_of<'a>(columns: impl Iterator<Item = (&'a str, Kind)>) -> SchemaRef {
    let field = |(name, kind): (&str, Kind)| Field::new(name, kind.data_type(), true);
    Arc::new(Schema::new(columns.map(field).collect::<Vec<_>>()))
}

/// A value as it came.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cell<'a> {
    Null,
    Truth(bool),
    Whole(i64),
    Number(f64),
    Text(&'a [u8]),
    Bytes(&'a [u8]),
    /// Days since 1970.
    Day(i32),
    /// Microseconds since 1970.
    Moment(i64),
}

enum Builder {
    Truth(BooleanBuilder),
    Int16(Int16Builder),
    Int32(Int32Builder),
    Int64(Int64Builder),
    Float32(Float32Builder),
    Float64(Float64Builder),
    Text(StringViewBuilder),
    Bytes(BinaryViewBuilder),
    Decimal(Decimal128Builder, i8),
    Day(Date32Builder),
    Moment(TimestampMicrosecondBuilder),
}

/// Rows on their way into a batch.
pub(super) struct Cells {
    connection: String,
    names: Vec<String>,
    schema: SchemaRef,
    kinds: Vec<Kind>,
    builders: Vec<Builder>,
    cell_bytes: usize,
    rows: usize,
    bytes: usize,
}

impl Cells {
    pub fn new(connection: &str, columns: &[(String, Kind)], limits: &ConnectionLimits) -> Cells {
        let kinds: Vec<Kind> = columns.iter().map(|(_, kind)| *kind).collect();
        Cells {
            connection: connection.into(),
            names: columns.iter().map(|(name, _)| name.clone()).collect(),
            schema: schema_of(columns.iter().map(|(name, kind)| (name.as_str(), *kind))),
            builders: kinds.iter().map(|kind| builder(*kind)).collect(),
            kinds,
            cell_bytes: usize::try_from(limits.cell_bytes).unwrap_or(usize::MAX),
            rows: 0,
            bytes: 0,
        }
    }

    pub fn width(&self) -> usize {
        self.kinds.len()
    }

    pub fn kind(&self, index: usize) -> Option<Kind> {
        self.kinds.get(index).copied()
    }

    /// Adds one value of the row that is being read.
    pub fn put(&mut self, index: usize, cell: Cell) -> Result<()> {
        if let Cell::Text(bytes) | Cell::Bytes(bytes) = cell {
            if bytes.len() > self.cell_bytes {
                let column = self.names.get(index).map_or("", String::as_str);
                return Err(fault::large_cell(&self.connection, column, bytes.len(), self.cell_bytes));
            }
            self.bytes += bytes.len();
        } else {
            self.bytes += 8;
        }
        let fits = self.builders.get_mut(index).is_some_and(|builder| append(builder, cell));
        if fits { Ok(()) } else { Err(self.misfit(index)) }
    }

    /// A value that is not what its column says.
    pub fn misfit(&self, index: usize) -> Error {
        let column = self.names.get(index).map_or("", String::as_str);
        let kind = self.kinds.get(index).map_or_else(String::new, |kind| kind.data_type().to_string());
        fault::misfit(&self.connection, column, &kind)
    }

    /// Ends a row; a batch, when it is full.
    pub fn row(&mut self) -> Result<Option<Fetched>> {
        self.rows += 1;
        if self.rows >= BATCH_ROWS || self.bytes >= BATCH_BYTES { self.take() } else { Ok(None) }
    }

    /// What is there.
    pub fn take(&mut self) -> Result<Option<Fetched>> {
        if self.rows == 0 {
            return Ok(None);
        }
        let arrays: Vec<ArrayRef> = self.builders.iter_mut().map(finish).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        let batch = RecordBatch::try_new_with_options(self.schema.clone(), arrays, &options)
            .map_err(|e| Error::internal("a batch can not be made", e))?;
        let fetched = Fetched { batch, bytes: self.bytes };
        (self.rows, self.bytes) = (0, 0);
        Ok(Some(fetched))
    }
}

fn builder(kind: Kind) -> Builder {
    match kind {
        Kind::Truth => Builder::Truth(BooleanBuilder::new()),
        Kind::Int16 => Builder::Int16(Int16Builder::new()),
        Kind::Int32 => Builder::Int32(Int32Builder::new()),
        Kind::Int64 => Builder::Int64(Int64Builder::new()),
        Kind::Float32 => Builder::Float32(Float32Builder::new()),
        Kind::Float64 => Builder::Float64(Float64Builder::new()),
        Kind::Text => Builder::Text(StringViewBuilder::new()),
        Kind::Bytes => Builder::Bytes(BinaryViewBuilder::new()),
        Kind::Decimal(_, scale) => {
            let builder = Decimal128Builder::new().with_data_type(kind.data_type());
            Builder::Decimal(builder, scale)
        }
        Kind::Day => Builder::Day(Date32Builder::new()),
        Kind::Moment { utc } => {
            let builder = TimestampMicrosecondBuilder::new();
            Builder::Moment(if utc { builder.with_timezone("UTC") } else { builder })
        }
    }
}

/// False where the value does not fit.
fn append(builder: &mut Builder, cell: Cell) -> bool {
    /// Integers that a floating number holds exactly.
    const EXACT: i64 = 1 << 53;
    match (builder, cell) {
        (builder, Cell::Null) => null(builder),
        (Builder::Truth(b), Cell::Truth(v)) => b.append_value(v),
        (Builder::Truth(b), Cell::Whole(v @ (0 | 1))) => b.append_value(v == 1),
        (Builder::Int16(b), Cell::Whole(v)) => match i16::try_from(v) {
            Ok(v) => b.append_value(v),
            Err(_) => return false,
        },
        (Builder::Int32(b), Cell::Whole(v)) => match i32::try_from(v) {
            Ok(v) => b.append_value(v),
            Err(_) => return false,
        },
        (Builder::Int64(b), Cell::Whole(v)) => b.append_value(v),
        (Builder::Float32(b), Cell::Number(v)) => b.append_value(v as f32),
        (Builder::Float64(b), Cell::Number(v)) => b.append_value(v),
        (Builder::Float64(b), Cell::Whole(v)) if v.abs_diff(0) <= EXACT as u64 => b.append_value(v as f64),
        (Builder::Text(b), Cell::Text(v)) => match std::str::from_utf8(v) {
            Ok(v) => b.append_value(v),
            Err(_) => return false,
        },
        (Builder::Text(b), Cell::Whole(v)) => b.append_value(v.to_string()),
        (Builder::Text(b), Cell::Number(v)) => b.append_value(v.to_string()),
        (Builder::Bytes(b), Cell::Bytes(v) | Cell::Text(v)) => b.append_value(v),
        (Builder::Decimal(b, scale), Cell::Text(v)) => match decimal(v, *scale) {
            Some(v) => b.append_value(v),
            None => return false,
        },
        (Builder::Day(b), Cell::Day(v)) => b.append_value(v),
        (Builder::Moment(b), Cell::Moment(v)) => b.append_value(v),
        _ => return false,
    }
    true
}

fn null(builder: &mut Builder) {
    match builder {
        Builder::Truth(b) => b.append_null(),
        Builder::Int16(b) => b.append_null(),
        Builder::Int32(b) => b.append_null(),
        Builder::Int64(b) => b.append_null(),
        Builder::Float32(b) => b.append_null(),
        Builder::Float64(b) => b.append_null(),
        Builder::Text(b) => b.append_null(),
        Builder::Bytes(b) => b.append_null(),
        Builder::Decimal(b, _) => b.append_null(),
        Builder::Day(b) => b.append_null(),
        Builder::Moment(b) => b.append_null(),
    }
}

fn finish(builder: &mut Builder) -> ArrayRef {
    match builder {
        Builder::Truth(b) => Arc::new(b.finish()),
        Builder::Int16(b) => Arc::new(b.finish()),
        Builder::Int32(b) => Arc::new(b.finish()),
        Builder::Int64(b) => Arc::new(b.finish()),
        Builder::Float32(b) => Arc::new(b.finish()),
        Builder::Float64(b) => Arc::new(b.finish()),
        Builder::Text(b) => Arc::new(b.finish()),
        Builder::Bytes(b) => Arc::new(b.finish()),
        Builder::Decimal(b, _) => Arc::new(b.finish()),
        Builder::Day(b) => Arc::new(b.finish()),
        Builder::Moment(b) => Arc::new(b.finish()),
    }
}

/// `-12.30` with three digits behind the point is -12300. `None` where digits would be lost, and for NaN and infinity.
fn decimal(text: &[u8], scale: i8) -> Option<i128> {
    let text = std::str::from_utf8(text).ok()?;
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, behind) = digits.split_once('.').unwrap_or((digits, ""));
    let scale = usize::try_from(scale).ok()?;
    let (kept, lost) = behind.split_at_checked(scale).unwrap_or((behind, ""));
    if whole.is_empty() || lost.bytes().any(|b| b != b'0') {
        return None;
    }
    let mut value: i128 = 0;
    let zeros = std::iter::repeat_n(b'0', scale - kept.len());
    for digit in whole.bytes().chain(kept.bytes()).chain(zeros) {
        let digit = digit.is_ascii_digit().then(|| i128::from(digit - b'0'))?;
        value = value.checked_mul(10)?.checked_add(digit)?;
    }
    // 38 digits are the most that the type holds.
    (value < 10_i128.pow(38)).then_some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn decimals_keep_every_digit_or_are_refused() {
        assert_eq!(decimal(b"-12.30", 3), Some(-12_300));
        assert_eq!(decimal(b"7", 0), Some(7));
        assert_eq!(decimal(b"0.1200", 2), Some(12));
        for lost in [&b"0.123"[..], b"NaN", b"Infinity", b"", b"1e5", b".", b"\xff"] {
            assert_eq!(decimal(lost, 2), None, "{lost:?}");
        }
        assert_eq!(decimal(&[b'9'; 38], 0), Some(10_i128.pow(38) - 1));
        assert_eq!(decimal(&[b'9'; 39], 0), None);
    }
}
