//! Dates and instants in many spellings.
//!
//! 1. The text is cut into numbers and words.
//! 2. A number of four digits is the year; a month by name settles the rest; a number above 12 can not be a
//!    month.
//! 3. What is still open (03/04/1975) goes by [`Context::day_first`], then by the region, then month first.
//! 4. The day must exist.

mod shape;

use super::{Context, Outcome};
use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};
use shape::{Token, tokens};

/// Two-digit years below this are of this century: 29 is 2029, 30 is 1930.
pub const TWO_DIGIT_PIVOT: i16 = 30;

/// A date, as much of it as is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parts {
    pub year: i16,
    pub month: Option<i8>,
    pub day: Option<i8>,
}

/// `1975-09-13`; `1975-09` and `1975` where no more is known.
pub(super) fn normalise(text: &str, ctx: &Context) -> Outcome {
    match parse(text, ctx) {
        Ok((parts, _)) => Outcome::Value(written(parts)),
        Err(reason) => Outcome::Invalid { reason },
    }
}

/// `2024-05-06T07:08:09Z`; a text without offset is taken for UTC, without time for midnight.
pub(super) fn normalise_timestamp(text: &str, ctx: &Context) -> Outcome {
    match instant(text, ctx) {
        Ok(at) => Outcome::Value(at.to_string()),
        Err(reason) => Outcome::Invalid { reason },
    }
}

/// Milliseconds since 1970 UTC of a date or instant in any of the known spellings.
pub fn timestamp_ms(text: &str, ctx: &Context) -> Option<i64> {
    instant(text.trim(), ctx).ok().map(|at| at.as_millisecond())
}

/// Whether the dates of a column put the day before the month: decided by the values that can be read in one way
/// only. `None` where no value, or contradicting values, tell.
pub fn day_first<'a>(samples: impl Iterator<Item = &'a str>) -> Option<bool> {
    let (mut day_first, mut month_first) = (0u32, 0u32);
    for sample in samples {
        let (found, _) = tokens(sample);
        if let [
            Token::Number { value: a, digits: ..=2 },
            Token::Number { value: b, digits: ..=2 },
            Token::Number { .. },
            ..,
        ] = found.as_slice()
        {
            let plausible = |n: i64| (1..=31).contains(&n);
            day_first += u32::from(plausible(*a) && *a > 12 && (1..=12).contains(b));
            month_first += u32::from(plausible(*b) && *b > 12 && (1..=12).contains(a));
        }
    }
    // A few slips in a column of the other order do not decide.
    if day_first > month_first * 4 {
        Some(true)
    } else if month_first > day_first * 4 {
        Some(false)
    } else {
        None
    }
}

/// A text of eight digits in the order of ISO 8601, whatever they say: `18620455` and `1862-04-55` as `1862-04-55`.
pub(super) fn spelling(text: &str) -> Option<String> {
    let text = text.trim();
    let plain = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'/' | b'.'));
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let (year, rest) = digits.split_at_checked(4)?;
    let (month, day) = rest.split_at_checked(2)?;
    let year_first = text.as_bytes().iter().take(4).all(u8::is_ascii_digit);
    (plain && year_first && day.len() == 2).then(|| format!("{year}-{month}-{day}"))
}

/// Year, month and day out of three columns.
pub(super) fn from_parts(year: &str, month: Option<&str>, day: Option<&str>) -> Option<String> {
    let number = |text: &str| text.trim().trim_end_matches(".0").parse::<i64>().ok();
    let year = full_year(number(year)?, year.trim().len())?;
    let month = month
        .and_then(|m| number(m).or_else(|| shape::month_of(m.trim())).and_then(|m| i8::try_from(m).ok()));
    let day = month.and(day).and_then(|d| number(d).and_then(|d| i8::try_from(d).ok()));
    checked(Parts { year, month, day }).ok().map(written)
}

fn written(parts: Parts) -> String {
    match (parts.month, parts.day) {
        (Some(month), Some(day)) => format!("{:04}-{month:02}-{day:02}", parts.year),
        (Some(month), None) => format!("{:04}-{month:02}", parts.year),
        _ => format!("{:04}", parts.year),
    }
}

fn instant(text: &str, ctx: &Context) -> Result<Timestamp, String> {
    if let Some(at) = epoch(text) {
        return Ok(at);
    }
    let (parts, rest) = parse(text, ctx)?;
    let date =
        Date::new(parts.year, parts.month.unwrap_or(1), parts.day.unwrap_or(1)).map_err(|e| e.to_string())?;
    let (time, offset_s) = shape::time(rest);
    let at = date.to_datetime(time).to_zoned(TimeZone::UTC).map_err(|e| e.to_string())?.timestamp();
    at.checked_sub(jiff::SignedDuration::from_secs(offset_s)).map_err(|e| e.to_string())
}

/// The date, and what follows it.
fn parse<'a>(text: &'a str, ctx: &Context) -> Result<(Parts, &'a str), String> {
    if let Some(parts) = iso(text) {
        return Ok((checked(parts)?, text.get(10..).unwrap_or_default()));
    }
    if let Some(at) = epoch(text) {
        let date = at.to_zoned(TimeZone::UTC).date();
        return Ok((Parts { year: date.year(), month: Some(date.month()), day: Some(date.day()) }, ""));
    }
    let (found, rest) = tokens(text);
    let parts = read(&found, text.contains('.'), ctx).ok_or("not a date in a spelling that Kith knows")?;
    Ok((checked(parts)?, rest))
}

/// `1975-09-13`, the spelling of most values, without any allocation.
fn iso(text: &str) -> Option<Parts> {
    let b = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| {
        let slice = b.get(range)?;
        slice.iter().try_fold(0i16, |n, c| c.is_ascii_digit().then(|| n * 10 + i16::from(c - b'0')))
    };
    if b.len() < 10 || b.get(10).is_some_and(u8::is_ascii_digit) || *b.get(4)? != b'-' || *b.get(7)? != b'-' {
        return None;
    }
    Some(Parts { year: digits(0..4)?, month: Some(digits(5..7)? as i8), day: Some(digits(8..10)? as i8) })
}

/// Ten digits are seconds since 1970, thirteen milliseconds, both with an optional minus.
fn epoch(text: &str) -> Option<Timestamp> {
    let text = text.strip_suffix(".0").unwrap_or(text);
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let value: i64 = text.parse().ok()?;
    match digits.len() {
        9 | 10 => Timestamp::from_second(value).ok(),
        12 | 13 => Timestamp::from_millisecond(value).ok(),
        _ => None,
    }
}

fn read(found: &[Token], dotted: bool, ctx: &Context) -> Option<Parts> {
    use Token::{Month, Number};
    let date = |y: i64, y_digits: usize, m: i64, d: i64| {
        let (month, day) = (Some(i8::try_from(m).ok()?), Some(i8::try_from(d).ok()?));
        Some(Parts { year: full_year(y, y_digits)?, month, day })
    };
    match *found {
        [Number { value, digits: 8 }] => compact(value, ctx),
        [Number { value, digits: 4 }] => Some(Parts { year: full_year(value, 4)?, month: None, day: None }),
        [Number { value: y, digits: 4 }, Number { value: m, .. }] => {
            Some(Parts { year: full_year(y, 4)?, month: Some(i8::try_from(m).ok()?), day: None })
        }
        [Number { value: m, .. }, Number { value: y, digits: 4 }]
        | [Month(m), Number { value: y, digits: 4 }] => {
            Some(Parts { year: full_year(y, 4)?, month: Some(i8::try_from(m).ok()?), day: None })
        }
        [Number { value: y, digits: 4 }, Number { value: m, .. }, Number { value: d, .. }]
        | [Number { value: y, digits: 4 }, Month(m), Number { value: d, .. }] => {
            // 2024-31-01 is year, day, month; a month above 12 can be nothing else.
            if m > 12 { date(y, 4, d, m) } else { date(y, 4, m, d) }
        }
        [Number { value: d, .. }, Month(m), Number { value: y, digits }]
        | [Month(m), Number { value: d, .. }, Number { value: y, digits }] => date(y, digits, m, d),
        [Number { value: a, .. }, Number { value: b, .. }, Number { value: y, digits }] => {
            if a > 31 && digits <= 2 {
                return date(a, 2, b, y);
            }
            let day_first = match () {
                () if a > 12 => true,
                () if b > 12 => false,
                () if dotted => true,
                () => ctx.day_first.unwrap_or_else(|| region_day_first(ctx)),
            };
            if day_first { date(y, digits, b, a) } else { date(y, digits, a, b) }
        }
        _ => None,
    }
}

/// Eight digits: year first if that gives a plausible date, else year last.
fn compact(value: i64, ctx: &Context) -> Option<Parts> {
    let (year, month, day) = (value / 10_000, value / 100 % 100, value % 100);
    if (1000..=2999).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day) {
        return Some(Parts { year: year as i16, month: Some(month as i8), day: Some(day as i8) });
    }
    let (a, b, year) = (value / 1_000_000, value / 10_000 % 100, value % 10_000);
    let day_first = a > 12 || b <= 12 && ctx.day_first.unwrap_or_else(|| region_day_first(ctx));
    let (day, month) = if day_first { (a, b) } else { (b, a) };
    if (1000..=2999).contains(&year) && (1..=12).contains(&month) {
        return Some(Parts { year: year as i16, month: Some(month as i8), day: Some(day as i8) });
    }
    // Neither reading is a date; the first one names what is wrong with it.
    Some(Parts {
        year: (value / 10_000) as i16,
        month: Some((value / 100 % 100) as i8),
        day: Some((value % 100) as i8),
    })
}

fn region_day_first(ctx: &Context) -> bool {
    ctx.region.as_deref().is_some_and(|r| !matches!(r, "US" | "PH" | "PR" | "GU"))
}

fn full_year(year: i64, digits: usize) -> Option<i16> {
    let year = i16::try_from(year).ok()?;
    match digits {
        2 if year < TWO_DIGIT_PIVOT => Some(2000 + year),
        2 => Some(1900 + year),
        4 => Some(year),
        _ => None,
    }
}

fn checked(parts: Parts) -> Result<Parts, String> {
    let (month, day) = (parts.month.unwrap_or(1), parts.day.unwrap_or(1));
    if !(1..=12).contains(&month) {
        return Err(format!("there is no month {month}"));
    }
    match Date::new(parts.year, month, day) {
        Ok(_) => Ok(parts),
        Err(_) => Err(format!("{} does not exist", written(parts))),
    }
}
