//! Phone numbers.
//!
//! 1. The number is cut out of its cell: the first of several, without extension.
//! 2. Ten digits in North America are written as E.164 at once; this covers most values and costs no look-up.
//!    Numbers that no exchange would issue (test data, 555) are kept like all others.
//! 3. Other numbers are read with the numbering plans.
//! 4. What no plan knows stays as its digits, with + if it had one: two records that agree on it still agree.

use super::Outcome;
use unicode_normalization::UnicodeNormalization;

/// E.164, or 7 to 15 bare digits where no numbering plan knows the number.
pub(super) fn normalise(text: &str, region: Option<&str>) -> Outcome {
    // Full-width digits are digits; what else is not ASCII belongs to no number.
    let plain: String = match text.is_ascii() {
        true => text.to_string(),
        false => text.nfkc().map(|c| if c.is_ascii() { c } else { ' ' }).collect(),
    };
    let number = one_number(&plain);
    let mut digits: String =
        number.chars().filter_map(|c| c.to_digit(10)).filter_map(|d| char::from_digit(d, 10)).collect();
    if float(number) {
        digits.pop();
    }
    let has_letters = number.bytes().any(|b| b.is_ascii_alphabetic());
    if number.contains(['e', 'E'])
        && number.contains(['+', '.', ','])
        && digits.len() < 16
        && spreadsheet(number)
    {
        return Outcome::invalid("a spreadsheet has rounded the number");
    }
    let international = number.trim_start().starts_with('+') || digits.starts_with("00") && digits.len() > 11;
    let american = region.is_some_and(|r| matches!(r, "US" | "CA" | "PR"));
    let dialled = if has_letters { keypad(number) } else { digits.clone() };
    if let Some(number) = north_american(&dialled).filter(|_| american && !international) {
        return Outcome::Value(number);
    }
    if international && digits.len() == 11 && digits.starts_with('1') {
        return Outcome::Value(format!("+{digits}"));
    }
    // Seven digits without area code and impossible area codes: no plan knows them, and asking costs tens of
    // microseconds, the first time some 100 milliseconds to load the plans.
    if american && !international && matches!(digits.len(), 7 | 10) {
        return Outcome::Value(digits);
    }
    if let Some(number) = planned(number, &digits, region, international) {
        return Outcome::Value(number);
    }
    match digits.len() {
        0..=6 => Outcome::invalid("too few digits for a phone number"),
        7..=15 if international => Outcome::Value(format!("+{}", digits.trim_start_matches('0'))),
        7..=15 => Outcome::Value(digits),
        _ => Outcome::invalid("too many digits for a phone number"),
    }
}

/// Area codes begin with 2 to 9; the exchange is not looked at.
fn north_american(digits: &str) -> Option<String> {
    let ten = match digits.len() {
        10 => digits,
        11 => digits.strip_prefix('1')?,
        _ => return None,
    };
    matches!(ten.as_bytes().first(), Some(b'2'..=b'9')).then(|| format!("+1{ten}"))
}

/// 1-800-FLOWERS as it is dialled.
fn keypad(number: &str) -> String {
    const KEYS: &[u8; 26] = b"22233344455566677778889999";
    let key = |c: char| match c {
        '0'..='9' => Some(c),
        'A'..='Z' => KEYS.get(c as usize - 'A' as usize).map(|k| char::from(*k)),
        _ => None,
    };
    number.chars().filter_map(key).collect()
}

fn planned(number: &str, digits: &str, region: Option<&str>, international: bool) -> Option<String> {
    let country = region.and_then(|r| r.parse::<phonenumber::country::Id>().ok());
    if country.is_none() && !international || digits.len() < 5 {
        return None;
    }
    let text = match digits.strip_prefix("00") {
        Some(rest) if international => format!("+{rest}"),
        _ => {
            // Local convention: +44 (0)20 …
            let bare = number.replace("(0)", "");
            let digits = bare.chars().filter(char::is_ascii_digit);
            bare.trim_start().chars().take_while(|c| *c == '+').take(1).chain(digits).collect()
        }
    };
    let parsed = phonenumber::parse(country, text).ok()?;
    parsed.is_valid().then(|| parsed.format().mode(phonenumber::Mode::E164).to_string())
}

/// The first number of a cell, without its extension.
fn one_number(text: &str) -> &str {
    let enough = |t: &str| t.bytes().filter(u8::is_ascii_digit).count() >= 7;
    let cut = |t: &str, at: usize| t.get(..at).map(str::trim).filter(|head| enough(head)).map(str::len);
    let mut end = text.len();
    for (i, c) in text.char_indices() {
        let ends = matches!(c, ';' | ',' | '/' | '|' | 'x' | 'X' | '#' | '\n') || word_at(text, i);
        if let Some(at) = cut(text, i).filter(|_| ends) {
            end = at;
            break;
        }
    }
    text.get(..end).unwrap_or(text)
}

fn word_at(text: &str, at: usize) -> bool {
    const WORDS: [&str; 3] = ["ext", " or ", " and "];
    let starts = |word: &str| text.get(at..at + word.len()).is_some_and(|t| t.eq_ignore_ascii_case(word));
    WORDS.iter().any(|word| starts(word))
}

/// `3342559831.0`: a number column of a program that has no whole numbers with gaps.
fn float(number: &str) -> bool {
    number.strip_suffix(".0").is_some_and(|n| n.len() >= 7 && n.bytes().all(|b| b.is_ascii_digit()))
}

/// `3.34256E+09`
fn spreadsheet(number: &str) -> bool {
    number.parse::<f64>().is_ok_and(|n| n.is_finite())
}
