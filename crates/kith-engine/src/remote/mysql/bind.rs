//! Values beside a question.

use crate::remote::ask::Value;
use mysql_async::{Params, Value as Bound};

/// In the order in which they stand in the text.
pub(super) fn binds(values: &[Value]) -> Params {
    match values.is_empty() {
        true => Params::Empty,
        false => Params::Positional(values.iter().map(bind).collect()),
    }
}

fn bind(value: &Value) -> Bound {
    match value {
        Value::Null => Bound::NULL,
        Value::Truth(truth) => Bound::Int(i64::from(*truth)),
        Value::Whole(whole) => Bound::Int(*whole),
        Value::Text(text) => Bound::Bytes(text.as_bytes().to_vec()),
        Value::Decimal(digits, scale) => Bound::Bytes(decimal(*digits, *scale).into_bytes()),
        Value::Day(day) => moment(i64::from(*day) * 86_400_000_000),
        Value::Moment(micros, _) => moment(*micros),
    }
}

/// -1050 with two digits behind the point is `-10.50`.
fn decimal(digits: i128, scale: i8) -> String {
    let scale = usize::try_from(scale).unwrap_or(0);
    let text = format!("{:0>width$}", digits.unsigned_abs(), width = scale + 1);
    let (whole, behind) = text.split_at(text.len() - scale);
    let sign = if digits < 0 { "-" } else { "" };
    if behind.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{behind}") }
}

/// Microseconds since 1970; only what lies between the years 1 and 9999 is told.
fn moment(micros: i64) -> Bound {
    let Ok(at) = jiff::Timestamp::from_microsecond(micros) else { return Bound::NULL };
    let at = at.to_zoned(jiff::tz::TimeZone::UTC).datetime();
    let small = |n: i8| u8::try_from(n).unwrap_or(0);
    let behind = u32::try_from(at.subsec_nanosecond() / 1_000).unwrap_or(0);
    let year = u16::try_from(at.year()).unwrap_or(0);
    Bound::Date(
        year,
        small(at.month()),
        small(at.day()),
        small(at.hour()),
        small(at.minute()),
        small(at.second()),
        behind,
    )
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
        assert_eq!(moment(-1), Bound::Date(1969, 12, 31, 23, 59, 59, 999_999));
        assert_eq!(moment(-719_162 * 86_400_000_000), Bound::Date(1, 1, 1, 0, 0, 0, 0));
    }
}
