//! The numbers and words that a date is written with, and the time after it.

use super::super::fold::unaccent;
use jiff::civil::Time;

/// A piece of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Number { value: i64, digits: usize },
    Month(i64),
}

/// At most three pieces, and what follows them. Weekdays, ordinals (1st) and "of" are skipped; any other word ends
/// the date.
pub(super) fn tokens(text: &str) -> (Vec<Token>, &str) {
    let mut found = Vec::with_capacity(3);
    let mut rest = text;
    while found.len() < 3 {
        let start = rest.find(char::is_alphanumeric).unwrap_or(rest.len());
        let (before, at) = rest.split_at(start);
        let Some(first) = at.chars().next() else { return (found, at) };
        // 1975-09 07:30 has no third piece.
        let digit = first.is_ascii_digit();
        let end = at.find(|c: char| !c.is_alphanumeric() || c.is_ascii_digit() != digit).unwrap_or(at.len());
        let (word, after) = at.split_at(end);
        if digit {
            if after.starts_with(':') || before.contains(':') {
                return (found, at);
            }
            let Ok(value) = word.parse() else { return (Vec::new(), at) };
            found.push(Token::Number { value, digits: word.len() });
        } else if let Some(month) = month_of(word) {
            found.push(Token::Month(month));
        } else if !skipped(word) {
            return if found.is_empty() { (Vec::new(), at) } else { (found, at) };
        }
        rest = after;
    }
    (found, rest)
}

fn skipped(word: &str) -> bool {
    const DAYS: [&str; 19] = [
        "mon", "tue", "wed", "thu", "fri", "sat", "sun", "st", "nd", "rd", "th", "of", "de", "le", "the",
        "den", "er", "del", "e",
    ];
    let lower = word.to_ascii_lowercase();
    DAYS.contains(&lower.as_str()) || lower.len() > 5 && lower.ends_with("day")
}

/// The month of a name in English, German, French, Spanish, Italian or Dutch, whole or cut to three letters or more.
pub(super) fn month_of(word: &str) -> Option<i64> {
    let word = unaccent(word);
    // Mär and Jän(ner) fold to mar and jan.
    const STEMS: [(&str, i64); 38] = [
        ("january", 1),
        ("januar", 1),
        ("janvier", 1),
        ("enero", 1),
        ("gennaio", 1),
        ("janner", 1),
        ("february", 2),
        ("februar", 2),
        ("fevrier", 2),
        ("febrero", 2),
        ("march", 3),
        ("marz", 3),
        ("mars", 3),
        ("maart", 3),
        ("april", 4),
        ("avril", 4),
        ("abril", 4),
        ("aprile", 4),
        ("may", 5),
        ("mayo", 5),
        ("mai", 5),
        ("maggio", 5),
        ("mei", 5),
        ("june", 6),
        ("juni", 6),
        ("juin", 6),
        ("july", 7),
        ("juli", 7),
        ("juillet", 7),
        ("august", 8),
        ("aout", 8),
        ("agosto", 8),
        ("september", 9),
        ("settembre", 9),
        ("october", 10),
        ("oktober", 10),
        ("november", 11),
        ("december", 12),
    ];
    const MORE: [(&str, i64); 14] = [
        ("sept", 9),
        ("septembre", 9),
        ("septiembre", 9),
        ("octobre", 10),
        ("octubre", 10),
        ("ottobre", 10),
        ("novembre", 11),
        ("noviembre", 11),
        ("dezember", 12),
        ("decembre", 12),
        ("diciembre", 12),
        ("dicembre", 12),
        ("junio", 6),
        ("julio", 7),
    ];
    if word.len() < 3 {
        return None;
    }
    // "jui" could be June or July; "jun" and "jul" decide by their third letter.
    let hit = |stems: &[(&str, i64)]| {
        stems.iter().find(|(stem, _)| stem.starts_with(&word)).map(|(_, month)| *month)
    };
    if word == "jui" { None } else { hit(&STEMS).or_else(|| hit(&MORE)) }
}

/// Time of day and offset from UTC in seconds: `T07:08:09.123+02:00`, ` 7:08 PM`. What can not be read is midnight UTC.
pub(super) fn time(text: &str) -> (Time, i64) {
    let text = text.trim_start_matches(|c: char| !c.is_ascii_digit());
    let mut numbers = [0i64; 3];
    let mut nanos = 0i32;
    let mut rest = text;
    for (i, slot) in numbers.iter_mut().enumerate() {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let Ok(value) = rest.get(..end).unwrap_or_default().parse() else { break };
        *slot = value;
        rest = rest.get(end..).unwrap_or_default();
        match rest.strip_prefix(':') {
            Some(more) if i < 2 => rest = more,
            _ => break,
        }
    }
    if let Some(fraction) = rest.strip_prefix(['.', ',']) {
        let end = fraction.find(|c: char| !c.is_ascii_digit()).unwrap_or(fraction.len());
        let digits: String =
            fraction.get(..end).unwrap_or_default().chars().chain("000000000".chars()).take(9).collect();
        nanos = digits.parse().unwrap_or(0);
        rest = fraction.get(end..).unwrap_or_default();
    }
    let rest = rest.trim();
    let lower = rest.to_ascii_lowercase();
    let [mut hour, minute, second] = numbers;
    if lower.starts_with('p') && hour < 12 {
        hour += 12;
    } else if lower.starts_with("am") && hour == 12 {
        hour = 0;
    }
    let small = |n: i64| i8::try_from(n).unwrap_or(0);
    // A leap second is counted to the second before.
    let time =
        Time::new(small(hour), small(minute), small(second.min(59)), nanos).unwrap_or(Time::midnight());
    (time, offset(rest))
}

/// `+02:00`, `-0500`, `+02`; everything else is UTC.
fn offset(text: &str) -> i64 {
    let Some(at) = text.find(['+', '-']) else { return 0 };
    let sign = if text.get(at..).is_some_and(|t| t.starts_with('-')) { -1 } else { 1 };
    let digits: String =
        text.get(at..).unwrap_or_default().chars().filter(char::is_ascii_digit).take(4).collect();
    let number =
        |range: std::ops::Range<usize>| digits.get(range).and_then(|d| d.parse::<i64>().ok()).unwrap_or(0);
    sign * (number(0..2.min(digits.len())) * 3600 + number(2..4) * 60)
}
