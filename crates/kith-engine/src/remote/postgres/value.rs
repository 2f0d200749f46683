//! A row's values, from the server's binary form.

use super::bind::{DAYS, MICROS};
use crate::error::Result;
use crate::remote::cells::{Cell, Cells, Kind};
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, Type};

/// The bytes of a value, whatever it is.
struct Raw<'a>(&'a [u8]);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, crate::Cause> {
        Ok(Raw(raw))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// Puts one value of a row into its column. A value of another type than was asked for is a lie.
pub(super) fn put(cells: &mut Cells, index: usize, row: &Row) -> Result<()> {
    let (Some(kind), Some(column)) = (cells.kind(index), row.columns().get(index)) else {
        return Err(cells.misfit(index));
    };
    let raw: Option<Raw> = row.try_get(index).map_err(|_| cells.misfit(index))?;
    let cell = match raw {
        None => Some(Cell::Null),
        Some(Raw(bytes)) => cell(kind, column.type_(), bytes),
    };
    match cell {
        Some(cell) => cells.put(index, cell),
        None => Err(cells.misfit(index)),
    }
}

fn cell<'a>(kind: Kind, sent: &Type, bytes: &'a [u8]) -> Option<Cell<'a>> {
    Some(match (kind, sent) {
        (Kind::Truth, &Type::BOOL) => Cell::Truth(i8::from_be_bytes(bytes.try_into().ok()?) != 0),
        (Kind::Int16, &Type::INT2) => Cell::Whole(i16::from_be_bytes(bytes.try_into().ok()?).into()),
        (Kind::Int32, &Type::INT4) => Cell::Whole(i32::from_be_bytes(bytes.try_into().ok()?).into()),
        (Kind::Int64, &Type::INT8) => Cell::Whole(i64::from_be_bytes(bytes.try_into().ok()?)),
        (Kind::Float32, &Type::FLOAT4) => Cell::Number(f32::from_be_bytes(bytes.try_into().ok()?).into()),
        (Kind::Float64, &Type::FLOAT8) => Cell::Number(f64::from_be_bytes(bytes.try_into().ok()?)),
        (Kind::Text | Kind::Decimal(..), &Type::TEXT | &Type::VARCHAR) => Cell::Text(bytes),
        (Kind::Bytes, &Type::BYTEA) => Cell::Bytes(bytes),
        // The first and the last of either mean infinity, which Arrow has not.
        (Kind::Day, &Type::DATE) => match i32::from_be_bytes(bytes.try_into().ok()?) {
            i32::MIN | i32::MAX => return None,
            days => Cell::Day(days.checked_add(DAYS)?),
        },
        (Kind::Moment { utc }, sent) if *sent == (if utc { Type::TIMESTAMPTZ } else { Type::TIMESTAMP }) => {
            match i64::from_be_bytes(bytes.try_into().ok()?) {
                i64::MIN | i64::MAX => return None,
                micros => Cell::Moment(micros.checked_add(MICROS)?),
            }
        }
        _ => return None,
    })
}
