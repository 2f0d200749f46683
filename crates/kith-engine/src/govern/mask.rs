//! Masks over Arrow columns. A mask never fails on a value: what it can not shorten becomes NULL.

use super::rows::kind;
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, Int64Array, StringArray, TimestampSecondArray, new_null_array,
};
use datafusion::arrow::compute::{CastOptions, cast_with_options};
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type, TimeUnit, TimestampSecondType};
use datafusion::arrow::error::ArrowError;
use jiff::civil::Date;
use kith_core::govern::{Kind, Mask};
use std::sync::Arc;

/// What stands for every value under [`Mask::Fixed`].
const FIXED: &str = "***";
/// A text shorter than this has no last four characters to show: they would be most of it.
const LAST4_CHARS_MIN: usize = 8;

/// The type of a masked column: what the mask gives tells nothing of how the column is stored.
pub(super) fn masked_type(mask: Mask, data_type: &DataType) -> DataType {
    match (mask, data_type) {
        (Mask::None, _) => data_type.clone(),
        (_, DataType::Dictionary(_, values)) => values.as_ref().clone(),
        _ => data_type.clone(),
    }
}

/// A column under a mask that does not look at it.
pub(super) fn constant(mask: Mask, out: &DataType, rows: usize) -> Result<ArrayRef, ArrowError> {
    match mask {
        Mask::Fixed => cast(&(Arc::new(StringArray::from(vec![FIXED; rows])) as ArrayRef), out),
        _ => Ok(new_null_array(out, rows)),
    }
}

/// A column under a mask.
pub(super) fn masked(mask: Mask, column: &ArrayRef, out: &DataType) -> Result<ArrayRef, ArrowError> {
    let shortened: ArrayRef = match (mask, kind(column.data_type())) {
        (Mask::None, _) => return Ok(column.clone()),
        (Mask::Domain, Kind::Text) => texts(column, domain)?,
        (Mask::Last4, Kind::Text) => texts(column, last4)?,
        (Mask::Year, Kind::Text) => texts(column, |text| calendar(text, 4))?,
        (Mask::Month, Kind::Text) => texts(column, |text| calendar(text, 7))?,
        (Mask::Year, Kind::Day | Kind::Moment) => since(column, |day| day.first_of_year())?,
        (Mask::Month, Kind::Day | Kind::Moment) => since(column, |day| day.first_of_month())?,
        (Mask::Bucket(width), Kind::Whole) if width > 0 => {
            let width = i64::from(width);
            let whole = cast(column, &DataType::Int64)?;
            let floor = |n: i64| n.div_euclid(width).checked_mul(width);
            Arc::new(
                whole.as_primitive::<Int64Type>().iter().map(|n| n.and_then(floor)).collect::<Int64Array>(),
            )
        }
        (Mask::Bucket(width), Kind::Number) if width > 0 => {
            let width = f64::from(width);
            let number = cast(column, &DataType::Float64)?;
            let floor = |n: f64| Some((n / width).floor() * width).filter(|n| n.is_finite());
            let numbers = number.as_primitive::<Float64Type>().iter();
            Arc::new(numbers.map(|n| n.and_then(floor)).collect::<Float64Array>())
        }
        _ => return constant(mask, out, column.len()),
    };
    cast(&shortened, out)
}

/// What does not fit becomes NULL: an error would show the value.
fn cast(column: &ArrayRef, to: &DataType) -> Result<ArrayRef, ArrowError> {
    cast_with_options(column, to, &CastOptions { safe: true, ..CastOptions::default() })
}

fn texts(column: &ArrayRef, shorten: impl Fn(&str) -> Option<String>) -> Result<ArrayRef, ArrowError> {
    let text = cast(column, &DataType::Utf8)?;
    let text = text.as_string::<i32>().iter();
    Ok(Arc::new(text.map(|t| t.and_then(&shorten)).collect::<StringArray>()))
}

fn domain(text: &str) -> Option<String> {
    text.rsplit_once('@').map(|(_, domain)| domain.to_string())
}

fn last4(text: &str) -> Option<String> {
    let chars = text.chars().count();
    if chars < LAST4_CHARS_MIN {
        return Some(FIXED.to_string());
    }
    Some(FIXED.chars().chain(text.chars().skip(chars - 4)).collect())
}

/// The beginning of a text like `1975-09-13`.
fn calendar(text: &str, bytes: usize) -> Option<String> {
    let day = text.get(..10)?;
    let date: Date = day.parse().ok()?;
    // Only the form with which the parts stand where they are cut.
    (date.to_string() == day).then(|| day.get(..bytes).map(str::to_string)).flatten()
}

/// Days and moments, down to the first day of something, in UTC.
fn since(column: &ArrayRef, first: impl Fn(Date) -> Date) -> Result<ArrayRef, ArrowError> {
    const DAY: i64 = 86_400;
    let utc = DataType::Timestamp(TimeUnit::Second, Some("UTC".into()));
    let seconds = cast(column, &utc)?;
    let epoch = Date::constant(1970, 1, 1);
    let floor = |second: i64| {
        let days = jiff::Span::new().try_days(second.div_euclid(DAY)).ok()?;
        let day = first(epoch.checked_add(days).ok()?);
        i64::from(day.since((jiff::Unit::Day, epoch)).ok()?.get_days()).checked_mul(DAY)
    };
    let seconds = seconds.as_primitive::<TimestampSecondType>().iter();
    let floored: TimestampSecondArray = seconds.map(|s| s.and_then(floor)).collect();
    Ok(Arc::new(floored.with_timezone("UTC")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::arrow::array::{Date32Array, Decimal128Array, TimestampMillisecondArray};
    use datafusion::arrow::util::display::array_value_to_string;

    #[track_caller]
    fn shown(mask: Mask, column: ArrayRef) -> Vec<String> {
        let out = masked_type(mask, column.data_type());
        let masked = masked(mask, &column, &out).expect("a mask never fails");
        assert_eq!((masked.len(), masked.data_type()), (column.len(), &out));
        (0..masked.len()).map(|row| array_value_to_string(&masked, row).expect("shown")).collect()
    }

    #[test]
    fn texts_are_shortened_whatever_they_are_stored_as() {
        let texts: ArrayRef = Arc::new(StringArray::from(vec![
            Some("ann@x.org"),
            Some("4111 1111 1234"),
            Some("short"),
            None,
            Some(""),
        ]));
        for stored in [
            DataType::Utf8,
            DataType::LargeUtf8,
            DataType::Utf8View,
            DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
        ] {
            let column = cast(&texts, &stored).expect("stored");
            assert_eq!(shown(Mask::Domain, column.clone()), ["x.org", "", "", "", ""]);
            assert_eq!(shown(Mask::Last4, column.clone()), ["***.org", "***1234", "***", "", "***"]);
            assert_eq!(shown(Mask::Fixed, column.clone()), ["***"; 5], "NULL too");
            assert_eq!(shown(Mask::Null, column), [""; 5]);
        }
    }

    #[test]
    fn dates_keep_their_year_or_month() {
        let texts: ArrayRef =
            Arc::new(StringArray::from(vec!["1975-09-13", "13.9.1975", "1975-99-99", "1975"]));
        assert_eq!(shown(Mask::Year, texts.clone()), ["1975", "", "", ""]);
        assert_eq!(shown(Mask::Month, texts), ["1975-09", "", "", ""]);
        let days: ArrayRef =
            Arc::new(Date32Array::from(vec![Some(0), Some(-1), Some(2_081), None, Some(i32::MAX)]));
        assert_eq!(shown(Mask::Year, days.clone()), ["1970-01-01", "1969-01-01", "1975-01-01", "", ""]);
        assert_eq!(shown(Mask::Month, days), ["1970-01-01", "1969-12-01", "1975-09-01", "", ""]);
        let moments: ArrayRef =
            Arc::new(TimestampMillisecondArray::from(vec![179_876_543_210]).with_timezone("UTC"));
        assert_eq!(shown(Mask::Month, moments), ["1975-09-01T00:00:00Z"]);
    }

    #[test]
    fn numbers_go_down_to_a_multiple() {
        let whole: ArrayRef = Arc::new(Int64Array::from(vec![Some(17), Some(-1), Some(i64::MIN), None]));
        assert_eq!(shown(Mask::Bucket(10), whole.clone()), ["10", "-10", "", ""]);
        assert_eq!(shown(Mask::Last4, whole), [""; 4], "no mask for numbers");
        let money: ArrayRef =
            Arc::new(Decimal128Array::from(vec![12_345]).with_precision_and_scale(10, 2).expect("money"));
        assert_eq!(shown(Mask::Bucket(100), money), ["100.00"]);
    }
}
