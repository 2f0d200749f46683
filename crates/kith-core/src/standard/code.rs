//! Short values: gender, identifiers, categories, numbers.

use super::{Outcome, fold};
use crate::field::Field;

/// `f`, `m` or `x`, from words of several languages and from ISO 5218 (1 male, 2 female).
pub(super) fn gender(text: &str) -> Outcome {
    let folded = fold(text);
    let gender = match folded.as_str() {
        "f" | "female" | "w" | "woman" | "girl" | "weiblich" | "frau" | "femme" | "feminin" | "mujer"
        | "femenino" | "femmina" | "donna" | "fem" | "2" | "mrs" | "ms" | "miss" => "f",
        "m" | "male" | "man" | "boy" | "mannlich" | "maennlich" | "mann" | "herr" | "homme" | "masculin"
        | "hombre" | "masculino" | "maschio" | "uomo" | "h" | "1" | "mr" => "m",
        "x" | "nonbinary" | "non binary" | "nb" | "d" | "diverse" | "divers" | "other" | "o" | "third"
        | "3" | "intersex" | "agender" | "genderqueer" => "x",
        "u" | "0" | "9" | "not known" => return Outcome::Missing,
        _ => return Outcome::invalid("not a gender that Kith knows"),
    };
    Outcome::Value(gender.into())
}

/// Upper case letters and digits; what only separates them is dropped.
pub(super) fn identifier(field: Field, text: &str) -> Outcome {
    let text = text.strip_suffix(".0").filter(|t| t.bytes().all(|b| b.is_ascii_digit())).unwrap_or(text);
    let id: String = text.chars().flat_map(char::to_uppercase).filter(|c| c.is_alphanumeric()).collect();
    if field == Field::NationalId && id.chars().count() < 4 {
        return Outcome::invalid("too short for a national number");
    }
    Outcome::Value(id)
}

/// Folded words.
pub(super) fn words(text: &str) -> Outcome {
    let folded = fold(text);
    // "+" or "%" is all punctuation, yet says something.
    Outcome::Value(if folded.is_empty() { text.to_lowercase() } else { folded })
}

/// A plain decimal number without thousands separators, currency or percent sign.
pub(super) fn number(text: &str) -> Outcome {
    let sign = text.split(|c: char| c.is_ascii_digit()).next().is_some_and(|before| before.contains('-'));
    let negative = sign || text.starts_with('(') && text.ends_with(')');
    let core: String = text.chars().filter(|c| c.is_ascii_digit() || matches!(c, '.' | ',')).collect();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    if core.is_empty() || letters > 3 {
        return match text.parse::<f64>() {
            Ok(n) if n.is_finite() => Outcome::Value(n.to_string()),
            _ => Outcome::invalid("not a number"),
        };
    }
    if let (true, Ok(n)) = (letters > 0, text.parse::<f64>()) {
        return Outcome::Value(n.to_string());
    }
    let plain = decimal_point(&core);
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    if fraction.contains('.') {
        return Outcome::invalid("not a number: several decimal points");
    }
    let whole = whole.trim_start_matches('0');
    let fraction = fraction.trim_end_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let sign = if negative && (whole != "0" || !fraction.is_empty()) { "-" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    Outcome::Value(format!("{sign}{whole}{point}{fraction}"))
}

/// Of two kinds of separator the last one is the decimal point; of one kind, a comma followed by exactly three digits
/// separates thousands (1,234) and any other comma is a decimal point (12,5).
fn decimal_point(core: &str) -> String {
    let (dots, commas) = (core.matches('.').count(), core.matches(',').count());
    let comma_is_point = match (core.rfind('.'), core.rfind(',')) {
        (Some(dot), Some(comma)) => comma > dot,
        (None, Some(comma)) => commas == 1 && core.len() - comma - 1 != 3,
        (Some(_), None) if dots > 1 => return core.replace('.', ""),
        _ => false,
    };
    if comma_is_point { core.replace('.', "").replace(',', ".") } else { core.replace(',', "") }
}
