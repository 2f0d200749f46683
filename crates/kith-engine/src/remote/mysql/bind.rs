//! Values beside a question.

use crate::remote::ask::Value;
use mysql_async::{Params, Value as Bound};

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// In the order in which they stand in the text; `None` = one can not be said.
pub(super) fn binds(values: &[Value]) -> Option<Params> {
    match values.is_empty() {
        true => Some(Params::Empty),
        false => values.iter().map(bind).collect::<Option<_>>().map(Params::Positional),
    }
}

fn bind(value: &Value) -> Option<Bound> {
    Some(match value {
        Value::Null => Bound::NULL,
        Value::Truth(truth) => Bound::Int(i64::from(*truth)),
        Value::Whole(whole) => Bound::Int(*whole),
        Value::Text(text) => Bound::Bytes(text.as_bytes().to_vec()),
        Value::Decimal(digits, scale) => Bound::Bytes(decimal(*digits, *scale).into_bytes()),
        Value::Day(day) => moment(i64::from(*day) * DAY)?,
        Value::Moment(micros, _) => moment(*micros)?,
    })
}

/// -1050 with two digits behind the point is `-10.50`.
fn decimal(digits: i128, scale: i8) -> String {
    let scale = usize::try_from(scale).unwrap_or(0);
    let text = format!("{:0>width$}", digits.unsigned_abs(), width = scale + 1);
    let (whole, behind) = text.split_at(text.len() - scale);
    let sign = if digits < 0 { "-" } else { "" };
    if behind.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{behind}") }
}

/// Microseconds since 1970, of the years 1 to 9999. By the calendar: what jiff calls a timestamp ends a day before.
fn moment(micros: i64) -> Option<Bound> {
    let days = jiff::Span::new().try_days(micros.div_euclid(DAY)).ok()?;
    let day = jiff::civil::date(1970, 1, 1).checked_add(days).ok()?;
    let behind = micros.rem_euclid(DAY);
    let part = |of: i64, unit: i64| u8::try_from(behind / unit % of).ok();
    let small = |n: i8| u8::try_from(n).ok();
    Some(Bound::Date(
        u16::try_from(day.year()).ok()?,
        small(day.month())?,
        small(day.day())?,
        part(24, 3_600_000_000)?,
        part(60, 60_000_000)?,
        part(60, 1_000_000)?,
        u32::try_from(behind % 1_000_000).ok()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_to_the_digit() {
        for (digits, scale, text) in
            [(-1_050, 2, "-10.50"), (1, 2, "0.01"), (0, 0, "0"), (7, 0, "7"), (-5, 1, "-0.5")]
        {
            assert_eq!(decimal(digits, scale), text);
        }
        assert_eq!(moment(-1), Some(Bound::Date(1969, 12, 31, 23, 59, 59, 999_999)));
        assert_eq!(moment(-719_162 * DAY), Some(Bound::Date(1, 1, 1, 0, 0, 0, 0)));
        assert_eq!(moment(2_932_897 * DAY - 1), Some(Bound::Date(9999, 12, 31, 23, 59, 59, 999_999)));
        assert_eq!([moment(i64::MAX), moment(i64::MIN)], [None, None]);
    }
}
