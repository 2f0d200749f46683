//! The cells of an Arrow array as the texts that a person would write.
//!
//! Numbers and decimals as they are, whole floats without `.0` (pandas knows no missing integers), NaN as missing;
//! dates as 1815-12-10, moments at midnight as their date, moments with a time zone in UTC; bytes as text if they are
//! some. So a frame gives the texts that the file which it was read from would have given.

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, ArrayRef};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, TimeUnit};
use kith_dedupe::float_text;
use std::borrow::Cow;
use std::fmt::Display;

/// Where the texts go, row by row; `None` = missing.
type Put<'a> = &'a mut dyn FnMut(Option<&str>);

/// Gives the text of every row of an array in order. False, and nothing given, if values of its type have no text.
/// `nulls` says which rows are missing; the array's own are in it.
pub fn each(array: &ArrayRef, nulls: Option<&NullBuffer>, put: Put) -> bool {
    let cells = Cells { nulls, rows: array.len() };
    macro_rules! plain {
        ($kind:ty) => {{
            let values = array.as_primitive::<$kind>();
            cells.shown(put, |row| Some(values.value(row)))
        }};
    }
    macro_rules! float {
        ($kind:ty, $wide:expr) => {{
            let values = array.as_primitive::<$kind>();
            cells.owned(put, |row| {
                Some($wide(values.value(row))).filter(|f: &f64| !f.is_nan()).map(float_text)
            })
        }};
    }
    macro_rules! decimal {
        ($kind:ty, $precision:expr, $scale:expr) => {{
            let values = array.as_primitive::<$kind>();
            cells.shown(put, |row| Some(<$kind>::format_decimal(values.value(row), *$precision, *$scale)))
        }};
    }
    macro_rules! time {
        ($kind:ty) => {{
            let values = array.as_primitive::<$kind>();
            cells.shown(put, |row| values.value_as_time(row))
        }};
    }
    match array.data_type() {
        DataType::Null => cells.borrowed(put, |_| None),
        DataType::Utf8 => cells.borrowed(put, |row| Some(array.as_string::<i32>().value(row).into())),
        DataType::LargeUtf8 => cells.borrowed(put, |row| Some(array.as_string::<i64>().value(row).into())),
        DataType::Utf8View => cells.borrowed(put, |row| Some(array.as_string_view().value(row).into())),
        DataType::Binary => cells.borrowed(put, |row| Some(bytes(array.as_binary::<i32>().value(row)))),
        DataType::LargeBinary => cells.borrowed(put, |row| Some(bytes(array.as_binary::<i64>().value(row)))),
        DataType::BinaryView => cells.borrowed(put, |row| Some(bytes(array.as_binary_view().value(row)))),
        DataType::FixedSizeBinary(_) => {
            cells.borrowed(put, |row| Some(bytes(array.as_fixed_size_binary().value(row))))
        }
        DataType::Boolean => cells.shown(put, |row| Some(array.as_boolean().value(row))),
        DataType::Int8 => plain!(Int8Type),
        DataType::Int16 => plain!(Int16Type),
        DataType::Int32 => plain!(Int32Type),
        DataType::Int64 => plain!(Int64Type),
        DataType::UInt8 => plain!(UInt8Type),
        DataType::UInt16 => plain!(UInt16Type),
        DataType::UInt32 => plain!(UInt32Type),
        DataType::UInt64 => plain!(UInt64Type),
        DataType::Float16 => float!(Float16Type, |value: <Float16Type as ArrowPrimitiveType>::Native| {
            narrow(value.to_f32())
        }),
        DataType::Float32 => float!(Float32Type, narrow),
        DataType::Float64 => float!(Float64Type, |value| value),
        DataType::Decimal32(p, s) => decimal!(Decimal32Type, p, s),
        DataType::Decimal64(p, s) => decimal!(Decimal64Type, p, s),
        DataType::Decimal128(p, s) => decimal!(Decimal128Type, p, s),
        DataType::Decimal256(p, s) => decimal!(Decimal256Type, p, s),
        DataType::Time32(TimeUnit::Second) => time!(Time32SecondType),
        DataType::Time32(_) => time!(Time32MillisecondType),
        DataType::Time64(TimeUnit::Microsecond) => time!(Time64MicrosecondType),
        DataType::Time64(_) => time!(Time64NanosecondType),
        DataType::Dictionary(..) => return dictionary(array, nulls, put),
        _ => return moments(array, &cells, put),
    }
    true
}

/// Dates and moments.
fn moments(array: &ArrayRef, cells: &Cells, put: Put) -> bool {
    macro_rules! moment {
        ($kind:ty, $zone:expr) => {{
            let values = array.as_primitive::<$kind>();
            let zone = if $zone { "Z" } else { "" };
            cells.owned(put, |row| Some(moment(&values.value_as_datetime(row)?.to_string(), zone)))
        }};
    }
    match array.data_type() {
        DataType::Date32 => {
            cells.shown(put, |row| array.as_primitive::<Date32Type>().value_as_date(row));
        }
        DataType::Date64 => moment!(Date64Type, false),
        DataType::Timestamp(TimeUnit::Second, zone) => moment!(TimestampSecondType, zone.is_some()),
        DataType::Timestamp(TimeUnit::Millisecond, zone) => moment!(TimestampMillisecondType, zone.is_some()),
        DataType::Timestamp(TimeUnit::Microsecond, zone) => moment!(TimestampMicrosecondType, zone.is_some()),
        DataType::Timestamp(TimeUnit::Nanosecond, zone) => moment!(TimestampNanosecondType, zone.is_some()),
        _ => return false,
    }
    true
}

/// `1990-01-01 00:00:00` as a date, other moments as ISO 8601.
fn moment(text: &str, zone: &str) -> String {
    match text.split_once(' ') {
        Some((date, "00:00:00")) => date.into(),
        Some((date, time)) => format!("{date}T{time}{zone}"),
        None => text.into(),
    }
}

/// A dictionary's texts are made once each.
fn dictionary(array: &ArrayRef, nulls: Option<&NullBuffer>, put: Put) -> bool {
    let dictionary = array.as_any_dictionary();
    let mut texts: Vec<Option<String>> = Vec::with_capacity(dictionary.values().len());
    let values = dictionary.values();
    if !each(values, values.logical_nulls().as_ref(), &mut |text| texts.push(text.map(str::to_string))) {
        return false;
    }
    if texts.is_empty() {
        (0..array.len()).for_each(|_| put(None));
        return true;
    }
    for (row, key) in dictionary.normalized_keys().into_iter().enumerate() {
        let missing = nulls.is_some_and(|nulls| nulls.is_null(row));
        put(texts.get(key).and_then(Option::as_deref).filter(|_| !missing));
    }
    true
}

/// 0.1 as a narrow float is 0.10000000149 as a wide one; by way of its shortest text it stays 0.1.
fn narrow(float: f32) -> f64 {
    float.to_string().parse().unwrap_or(f64::NAN)
}

/// Text, if it is some, else PostgreSQL's `\x…` form.
fn bytes(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => format!("\\x{}", bytes.iter().map(|b| format!("{b:02x}")).collect::<String>()).into(),
    }
}

/// The rows of an array and which of them are missing.
struct Cells<'a> {
    nulls: Option<&'a NullBuffer>,
    rows: usize,
}

impl Cells<'_> {
    fn borrowed<'t>(&self, put: Put, text: impl Fn(usize) -> Option<Cow<'t, str>>) {
        for row in 0..self.rows {
            let missing = self.nulls.is_some_and(|nulls| nulls.is_null(row));
            put(if missing { None } else { text(row) }.as_deref());
        }
    }

    fn owned(&self, put: Put, text: impl Fn(usize) -> Option<String>) {
        self.borrowed(put, |row| text(row).map(Cow::Owned));
    }

    fn shown<T: Display>(&self, put: Put, value: impl Fn(usize) -> Option<T>) {
        self.owned(put, |row| value(row).map(|value| value.to_string()));
    }
}
