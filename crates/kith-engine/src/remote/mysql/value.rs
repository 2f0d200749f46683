//! A row's values, from the server's binary form.

use crate::error::Result;
use crate::remote::cells::{Cell, Cells, Kind};
use mysql_async::Value;

/// Puts one value of a row into its column. A value of another type than was asked for is a lie.
pub(super) fn put(cells: &mut Cells, index: usize, value: Option<&Value>) -> Result<()> {
    let (Some(kind), Some(value)) = (cells.kind(index), value) else { return Err(cells.misfit(index)) };
    let written;
    let cell = match (kind, value) {
        (_, Value::NULL) => Some(Cell::Null),
        (Kind::Truth, Value::Bytes(bits)) => match bits.as_slice() {
            [bit @ (0 | 1)] => Some(Cell::Truth(*bit == 1)),
            _ => None,
        },
        (Kind::Truth | Kind::Int16 | Kind::Int32 | Kind::Int64, Value::Int(n)) => Some(Cell::Whole(*n)),
        (Kind::Truth | Kind::Int16 | Kind::Int32 | Kind::Int64, Value::UInt(n)) => {
            i64::try_from(*n).ok().map(Cell::Whole)
        }
        // Sums of whole numbers are decimals there.
        (Kind::Int64, Value::Bytes(digits)) => whole(digits).map(Cell::Whole),
        (Kind::Float32, Value::Float(n)) => Some(Cell::Number(f64::from(*n))),
        (Kind::Float64, Value::Double(n)) => Some(Cell::Number(*n)),
        (Kind::Text | Kind::Decimal(..), Value::Bytes(text)) => Some(Cell::Text(text)),
        (Kind::Decimal(..), Value::UInt(n)) => {
            written = n.to_string();
            Some(Cell::Text(written.as_bytes()))
        }
        (Kind::Decimal(..), Value::Int(n)) => {
            written = n.to_string();
            Some(Cell::Text(written.as_bytes()))
        }
        (Kind::Text, Value::Time(..)) => {
            written = span(value);
            Some(Cell::Text(written.as_bytes()))
        }
        (Kind::Bytes, Value::Bytes(bytes)) => Some(Cell::Bytes(bytes)),
        (Kind::Day, Value::Date(y, m, d, 0, 0, 0, 0)) => day(*y, *m, *d).map(Cell::Day),
        (Kind::Moment { .. }, Value::Date(y, m, d, h, min, s, micros)) => {
            let seconds = i64::from(*h) * 3_600 + i64::from(*min) * 60 + i64::from(*s);
            day(*y, *m, *d)
                .map(|day| Cell::Moment((i64::from(day) * 86_400 + seconds) * 1_000_000 + i64::from(*micros)))
        }
        _ => None,
    };
    match cell {
        Some(cell) => cells.put(index, cell),
        None => Err(cells.misfit(index)),
    }
}

fn whole(digits: &[u8]) -> Option<i64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// A time of the server is a span, of up to 838 hours.
fn span(value: &Value) -> String {
    let Value::Time(negative, days, hours, minutes, seconds, micros) = value else { return String::new() };
    let (sign, hours) = (if *negative { "-" } else { "" }, u64::from(*days) * 24 + u64::from(*hours));
    match micros {
        0 => format!("{sign}{hours:02}:{minutes:02}:{seconds:02}"),
        micros => format!("{sign}{hours:02}:{minutes:02}:{seconds:02}.{micros:06}"),
    }
}

/// Days since 1970; `None` for 0000-00-00 and days that are not in the calendar, which these servers can hold.
fn day(year: u16, month: u8, day: u8) -> Option<i32> {
    let (year, month, day) = (i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    let date = jiff::civil::Date::new(year, month, day).ok().filter(|_| year > 0)?;
    let before = i32::from(date.year()) - 1;
    // Days of the years before, of 365 and of 366 days, from the year 1; 1970 begins after 719,162 of them.
    let whole_years = before * 365 + before / 4 - before / 100 + before / 400;
    Some(whole_years + i32::from(date.day_of_year()) - 1 - 719_162)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_1970() {
        for (date, days) in [
            ((1970, 1, 1), 0),
            ((1969, 12, 31), -1),
            ((1, 1, 1), -719_162),
            ((9999, 12, 31), 2_932_896),
            ((2000, 2, 29), 11_016),
            ((2024, 10, 4), 20_000),
        ] {
            assert_eq!(day(date.0, date.1, date.2), Some(days), "{date:?}");
        }
        assert_eq!([day(0, 0, 0), day(2023, 2, 29), day(2023, 0, 1)], [None; 3]);
        assert_eq!(span(&Value::Time(true, 34, 22, 59, 59, 0)), "-838:59:59");
        assert_eq!(whole(b"-12"), Some(-12));
    }
}
