//! Countries: ISO 3166-1 alpha-2 from codes and names.

use super::{Outcome, fold};
use std::collections::HashMap;
use std::sync::OnceLock;

/// Per line: alpha-2, alpha-3, names in normal form. Codes and English short names of ISO 3166-1; own names and
/// usual words of some countries beside them.
const TABLE: &str = include_str!("countries.txt");

fn names() -> &'static HashMap<&'static str, &'static str> {
    static NAMES: OnceLock<HashMap<&'static str, &'static str>> = OnceLock::new();
    NAMES.get_or_init(|| {
        let entry = |line: &'static str| {
            let mut words = line.splitn(3, ' ');
            let (code, alpha3) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            let names = words.next().unwrap_or_default().split('|');
            names.chain([code, alpha3]).map(move |name| (name, code)).collect::<Vec<_>>()
        };
        TABLE.lines().flat_map(entry).collect()
    })
}

/// The code of a country given by code or name: `usa`, `Deutschland`, `GB`.
pub fn alpha2(text: &str) -> Option<&'static str> {
    let folded = fold(text);
    let code = match folded.len() {
        2 | 3 => names().get(folded.to_uppercase().as_str()),
        _ => None,
    };
    code.or_else(|| names().get(folded.as_str())).copied()
}

pub(super) fn normalise(text: &str) -> Outcome {
    match alpha2(text) {
        Some(code) => Outcome::Value(code.into()),
        None if text.chars().any(char::is_alphabetic) => Outcome::Value(fold(text)),
        None => Outcome::invalid("not a country"),
    }
}
