//! Rows of Arrow as PostgreSQL's text and binary values.

use super::frame::message;
use super::parameters::{EPOCH_DAYS, EPOCH_MICROS};
use kith_engine::arrow::array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, Float32Array, Float64Array, Int16Array,
    Int32Array, Int64Array, RecordBatch, StringArray, StringViewArray, TimestampMicrosecondArray,
};
use kith_engine::arrow::compute::cast;
use kith_engine::arrow::datatypes::{DataType, TimeUnit};
use kith_engine::arrow::error::ArrowError;
use kith_engine::arrow::util::display::{ArrayFormatter, FormatOptions};
use kith_engine::exec::cell_as_json;
use kith_engine::postgres::{INT2, INT4, INT8, JSON, NUMERIC, type_of};
use std::io::Write;

/// The columns of a batch, ready to be written row by row.
pub struct Columns(Vec<Column>);

struct Column {
    cells: Cells,
    array: ArrayRef,
    binary: bool,
}

/// A column in one of the few shapes that are written.
enum Cells {
    Bool(BooleanArray),
    Int2(Int16Array),
    Int4(Int32Array),
    Int8(Int64Array),
    Float4(Float32Array),
    Float8(Float64Array),
    Text(StringArray),
    View(StringViewArray),
    Bytes(BinaryArray),
    Date(Date32Array),
    Moment(TimestampMicrosecondArray, bool),
    /// Written in decimal digits.
    Numeric,
    /// Lists, structs and maps.
    Json,
    /// What has no shape of its own is its text.
    Shown,
}

/// A copy that shares the values.
fn typed<A: Array + Clone + 'static>(array: &ArrayRef) -> Result<A, ArrowError> {
    let typed = array.as_any().downcast_ref::<A>().cloned();
    typed
        .ok_or_else(|| ArrowError::CastError(format!("a column of {} can not be written", array.data_type())))
}

fn cells(array: &ArrayRef) -> Result<Cells, ArrowError> {
    let to = |kind: DataType| cast(array, &kind);
    let micros = TimeUnit::Microsecond;
    Ok(match array.data_type() {
        DataType::Boolean => Cells::Bool(typed(array)?),
        DataType::Utf8View => Cells::View(typed(array)?),
        DataType::Utf8 | DataType::LargeUtf8 => Cells::Text(typed(&to(DataType::Utf8)?)?),
        DataType::Float16 | DataType::Float32 => Cells::Float4(typed(&to(DataType::Float32)?)?),
        DataType::Float64 => Cells::Float8(typed(array)?),
        DataType::Date32 | DataType::Date64 => Cells::Date(typed(&to(DataType::Date32)?)?),
        DataType::Timestamp(_, zone) => {
            Cells::Moment(typed(&to(DataType::Timestamp(micros, zone.clone()))?)?, zone.is_some())
        }
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            Cells::Bytes(typed(&to(DataType::Binary)?)?)
        }
        DataType::Dictionary(_, value) => return cells(&to(value.as_ref().clone())?),
        kind => match type_of(kind) {
            INT2 => Cells::Int2(typed(&to(DataType::Int16)?)?),
            INT4 => Cells::Int4(typed(&to(DataType::Int32)?)?),
            INT8 => Cells::Int8(typed(&to(DataType::Int64)?)?),
            NUMERIC => Cells::Numeric,
            JSON => Cells::Json,
            _ => Cells::Shown,
        },
    })
}

impl Columns {
    /// Of a batch; `binary` says how the client wants each column.
    pub fn of(batch: &RecordBatch, binary: impl Fn(usize) -> bool) -> Result<Columns, ArrowError> {
        let columns = batch.columns().iter().enumerate().map(|(place, array)| {
            // A dictionary of decimals or lists must not reach the formatter as a dictionary.
            let array = match array.data_type() {
                DataType::Dictionary(_, value) => cast(array, value)?,
                _ => array.clone(),
            };
            Ok(Column { cells: cells(&array)?, array, binary: binary(place) })
        });
        Ok(Columns(columns.collect::<Result<_, ArrowError>>()?))
    }

    /// Writes a row as a DataRow.
    pub fn row(&self, out: &mut Vec<u8>, row: usize) -> Result<(), ArrowError> {
        let mut failed = Ok(());
        message(out, b'D', |out| {
            out.extend(u16::try_from(self.0.len()).unwrap_or(u16::MAX).to_be_bytes());
            for column in &self.0 {
                if column.is_null(row) {
                    out.extend((-1i32).to_be_bytes());
                    continue;
                }
                let start = out.len();
                out.extend([0; 4]);
                if let Err(error) = column.cell(out, row) {
                    failed = Err(error);
                }
                let length = u32::try_from(out.len() - start - 4).unwrap_or(u32::MAX);
                out[start..start + 4].copy_from_slice(&length.to_be_bytes());
            }
        });
        failed
    }
}

impl Column {
    /// An array of the type `Null` has no list of its nulls.
    fn is_null(&self, row: usize) -> bool {
        *self.array.data_type() == DataType::Null || self.array.is_null(row)
    }

    fn cell(&self, out: &mut Vec<u8>, row: usize) -> Result<(), ArrowError> {
        let binary = self.binary;
        match &self.cells {
            Cells::Bool(a) if binary => out.push(u8::from(a.value(row))),
            Cells::Bool(a) => out.push(if a.value(row) { b't' } else { b'f' }),
            Cells::Int2(a) if binary => out.extend(a.value(row).to_be_bytes()),
            Cells::Int2(a) => show(out, a.value(row)),
            Cells::Int4(a) if binary => out.extend(a.value(row).to_be_bytes()),
            Cells::Int4(a) => show(out, a.value(row)),
            Cells::Int8(a) if binary => out.extend(a.value(row).to_be_bytes()),
            Cells::Int8(a) => show(out, a.value(row)),
            Cells::Float4(a) if binary => out.extend(a.value(row).to_be_bytes()),
            Cells::Float4(a) => float(out, f64::from(a.value(row)), a.value(row)),
            Cells::Float8(a) if binary => out.extend(a.value(row).to_be_bytes()),
            Cells::Float8(a) => float(out, a.value(row), a.value(row)),
            Cells::Text(a) => text(out, a.value(row)),
            Cells::View(a) => text(out, a.value(row)),
            Cells::Bytes(a) if binary => out.extend(a.value(row)),
            Cells::Bytes(a) => {
                out.extend(b"\\x");
                out.extend(kith_core::hex(a.value(row)).bytes());
            }
            Cells::Date(a) if binary => out.extend(a.value(row).saturating_sub(EPOCH_DAYS).to_be_bytes()),
            Cells::Date(a) => date(out, i64::from(a.value(row)), ""),
            Cells::Moment(a, _) if binary => {
                out.extend(a.value(row).saturating_sub(EPOCH_MICROS).to_be_bytes());
            }
            Cells::Moment(a, zone) => moment(out, a.value(row), *zone),
            Cells::Numeric => {
                let shown = self.shown(row)?;
                if binary { numeric(out, &shown) } else { out.extend_from_slice(shown.as_bytes()) }
            }
            Cells::Json => out.extend(json(&self.array, row).to_string().bytes()),
            Cells::Shown => text(out, &self.shown(row)?),
        }
        Ok(())
    }

    fn shown(&self, row: usize) -> Result<String, ArrowError> {
        ArrayFormatter::try_new(&self.array, &FormatOptions::default())?.value(row).try_to_string()
    }
}

fn show(out: &mut Vec<u8>, value: impl std::fmt::Display) {
    // Writing to memory does not fail.
    let _ = write!(out, "{value}");
}

fn float(out: &mut Vec<u8>, value: f64, shown: impl std::fmt::Display) {
    match value {
        v if v.is_nan() => out.extend(b"NaN"),
        v if v.is_infinite() => out.extend(if v > 0.0 { &b"Infinity"[..] } else { b"-Infinity" }),
        _ => show(out, shown),
    }
}

/// Clients take a zero byte for the end of a text.
fn text(out: &mut Vec<u8>, text: &str) {
    match text.contains('\0') {
        false => out.extend_from_slice(text.as_bytes()),
        true => out.extend_from_slice(text.replace('\0', "\u{fffd}").as_bytes()),
    }
}

/// The day of the calendar, from days since 1970 (Hinnant, "chrono-compatible low-level date algorithms").
fn date(out: &mut Vec<u8>, days: i64, then: &str) {
    let z = days + 719_468;
    let (era, of_era) = (z.div_euclid(146_097), z.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    match year > 0 {
        true => show(out, format_args!("{year:04}-{month:02}-{day:02}{then}")),
        false => show(out, format_args!("{:04}-{month:02}-{day:02}{then} BC", 1 - year)),
    }
}

fn moment(out: &mut Vec<u8>, micros: i64, zone: bool) {
    let (days, of_day) = (micros.div_euclid(86_400_000_000), micros.rem_euclid(86_400_000_000));
    let (seconds, part) = (of_day / 1_000_000, of_day % 1_000_000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let part = match part {
        0 => String::new(),
        part => format!(".{part:06}").trim_end_matches('0').to_string(),
    };
    let zone = if zone { "+00" } else { "" };
    date(out, days, &format!(" {hour:02}:{minute:02}:{second:02}{part}{zone}"));
}

/// Decimal digits in groups of four, from the point outwards.
fn numeric(out: &mut Vec<u8>, shown: &str) {
    let (minus, shown) = shown.strip_prefix('-').map_or((false, shown), |rest| (true, rest));
    let (whole, part) = shown.split_once('.').unwrap_or((shown, ""));
    let lead = (4 - whole.len() % 4) % 4;
    let tail = (4 - part.len() % 4) % 4;
    let digits = format!("{}{whole}{part}{}", "0".repeat(lead), "0".repeat(tail));
    let mut groups: Vec<i16> = digits
        .as_bytes()
        .chunks(4)
        .map(|four| four.iter().fold(0i16, |sum, digit| sum * 10 + i16::from(digit.wrapping_sub(b'0') % 10)))
        .collect();
    let mut weight = ((whole.len() + lead) / 4) as i16 - 1;
    while groups.last() == Some(&0) {
        groups.pop();
    }
    let zeros = groups.iter().take_while(|group| **group == 0).count();
    groups.drain(..zeros);
    weight = if groups.is_empty() { 0 } else { weight - zeros as i16 };
    let sign = if minus && !groups.is_empty() { 0x4000 } else { 0 };
    for word in [groups.len() as i16, weight, sign, part.len() as i16].into_iter().chain(groups) {
        out.extend(word.to_be_bytes());
    }
}

/// Lists and structs as JSON, to any depth.
fn json(array: &ArrayRef, row: usize) -> serde_json::Value {
    use kith_engine::arrow::array::{FixedSizeListArray, LargeListArray, ListArray, MapArray, StructArray};
    let any = array.as_any();
    let all = |list: ArrayRef| (0..list.len()).map(|at| json(&list, at)).collect::<serde_json::Value>();
    if *array.data_type() == DataType::Null || array.is_null(row) {
        serde_json::Value::Null
    } else if let Some(list) = any.downcast_ref::<ListArray>() {
        all(list.value(row))
    } else if let Some(list) = any.downcast_ref::<LargeListArray>() {
        all(list.value(row))
    } else if let Some(list) = any.downcast_ref::<FixedSizeListArray>() {
        all(list.value(row))
    } else if let Some(map) = any.downcast_ref::<MapArray>() {
        let entries: ArrayRef = std::sync::Arc::new(map.value(row));
        all(entries)
    } else if let Some(fields) = any.downcast_ref::<StructArray>() {
        let names = fields.column_names().into_iter().map(str::to_string);
        names.zip(fields.columns().iter().map(|column| json(column, row))).collect()
    } else {
        cell_as_json(array, row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn days_and_moments_are_those_of_the_calendar() {
        for (days, text) in
            [(0, "1970-01-01"), (-1, "1969-12-31"), (11_016, "2000-02-29"), (-719_163, "0001-12-31 BC")]
        {
            assert_eq!(written(|out| date(out, days, "")), text);
        }
        assert_eq!(written(|out| moment(out, 1_500_000, true)), "1970-01-01 00:00:01.5+00");
        assert_eq!(written(|out| moment(out, -1, false)), "1969-12-31 23:59:59.999999");
        assert_eq!(written(|out| float(out, f64::NEG_INFINITY, 0)), "-Infinity");
    }

    #[test]
    fn a_numeric_is_cut_into_groups_of_four() {
        let words = |text: &str| {
            let mut out = Vec::new();
            numeric(&mut out, text);
            out.chunks(2).map(|two| i16::from_be_bytes([two[0], two[1]])).collect::<Vec<_>>()
        };
        assert_eq!(words("-12345.678"), [3, 1, 0x4000, 3, 1, 2345, 6780]);
        assert_eq!(words("0.00"), [0, 0, 0, 2]);
        assert_eq!(words("0.00012"), [2, -1, 0, 5, 1, 2000]);
        assert_eq!(words("20000"), [1, 1, 0, 0, 2]);
    }
}
