//! Street lines: house number, street words in short form, unit.
//!
//! The short form is the common one because long forms are ambiguous the other way: `st` is Street or Saint, and both
//! become `st`.

use super::{Outcome, fold};

/// Words and their short forms: United States, United Kingdom, Australia, Germany, France, Spain.
const SHORT: &[(&str, &str)] = &[
    ("street", "st"),
    ("str", "st"),
    ("strt", "st"),
    ("saint", "st"),
    ("avenue", "ave"),
    ("av", "ave"),
    ("aven", "ave"),
    ("road", "rd"),
    ("drive", "dr"),
    ("drv", "dr"),
    ("lane", "ln"),
    ("la", "ln"),
    ("court", "ct"),
    ("crt", "ct"),
    ("place", "pl"),
    ("boulevard", "blvd"),
    ("boul", "blvd"),
    ("bvd", "blvd"),
    ("blv", "blvd"),
    ("parkway", "pkwy"),
    ("pky", "pkwy"),
    ("highway", "hwy"),
    ("hiway", "hwy"),
    ("circle", "cir"),
    ("circ", "cir"),
    ("crescent", "cres"),
    ("cr", "cres"),
    ("crs", "cres"),
    ("square", "sq"),
    ("terrace", "ter"),
    ("terr", "ter"),
    ("tce", "ter"),
    ("trail", "trl"),
    ("close", "cl"),
    ("gardens", "gdns"),
    ("garden", "gdns"),
    ("gdn", "gdns"),
    ("grove", "grv"),
    ("gr", "grv"),
    ("heights", "hts"),
    ("expressway", "expy"),
    ("turnpike", "tpke"),
    ("alley", "aly"),
    ("esplanade", "esp"),
    ("parade", "pde"),
    ("circuit", "cct"),
    ("mount", "mt"),
    ("fort", "ft"),
    ("north", "n"),
    ("south", "s"),
    ("east", "e"),
    ("west", "w"),
    ("northeast", "ne"),
    ("northwest", "nw"),
    ("southeast", "se"),
    ("southwest", "sw"),
    ("first", "1st"),
    ("second", "2nd"),
    ("third", "3rd"),
    ("fourth", "4th"),
    ("fifth", "5th"),
    ("sixth", "6th"),
    ("seventh", "7th"),
    ("eighth", "8th"),
    ("ninth", "9th"),
    ("tenth", "10th"),
    ("strasse", "st"),
    ("platz", "pl"),
    ("allee", "al"),
    ("chemin", "ch"),
    ("calle", "cl"),
    ("avenida", "ave"),
    ("avda", "ave"),
    ("point", "pt"),
    ("extension", "ext"),
    ("junction", "jct"),
    ("ridge", "rdg"),
    ("view", "vw"),
    ("station", "sta"),
    ("building", "bldg"),
    ("floor", "fl"),
    ("level", "fl"),
    ("lvl", "fl"),
    ("way", "way"),
    ("wy", "way"),
];

const UNITS: &[&str] = &[
    "apt",
    "apartment",
    "appt",
    "unit",
    "suite",
    "ste",
    "flat",
    "room",
    "rm",
    "apmt",
    "wohnung",
    "whg",
    "villa",
    "townhouse",
];

/// Units go last: `Apt #4, 12 Main Street`, `4/12 Main St` and `12 Main St. Unit 4` are all `12 main st unit 4`.
pub(super) fn normalise(text: &str) -> Outcome {
    let marked = if text.contains(['#', '/', '½']) { with_unit_words(text) } else { text.to_string() };
    let folded = fold(&marked);
    if folded.is_empty() {
        return Outcome::invalid("an address has letters or digits");
    }
    let words: Vec<&str> = folded.split(' ').collect();
    if let Some(number) = box_number(&words) {
        return Outcome::Value(number);
    }
    let (mut street, mut unit) = (String::with_capacity(folded.len()), String::new());
    let mut i = 0;
    while let Some(word) = words.get(i) {
        let next = words.get(i + 1).copied();
        if UNITS.contains(word) && next.is_some_and(|n| UNITS.contains(&n)) {
            i += 1; // "Apt #4" was marked twice.
        } else if let (true, Some(id)) = (UNITS.contains(word), next.filter(|n| unit_id(n))) {
            unit = format!(" unit {id}");
            i += 2;
        } else {
            if !(i == 0 && matches!(*word, "no" | "nr") && next.is_some_and(number)) {
                push(&mut street, &short(word));
            }
            i += 1;
        }
    }
    Outcome::Value(street + &unit)
}

fn push(out: &mut String, word: &str) {
    if !out.is_empty() {
        out.push(' ');
    }
    out.push_str(word);
}

/// `#4` becomes `unit 4`; `4/12 Main St` becomes `unit 4 12 Main St`, but `1/2` stays a half.
fn with_unit_words(text: &str) -> String {
    let text = text.replace('#', " unit ").replace('½', " 1/2");
    let Some((unit, rest)) = text.trim_start().split_once('/') else { return text };
    let unit = unit.trim();
    let whole = rest.trim_start().starts_with(|c: char| c.is_ascii_digit());
    if whole && unit_id(unit) && !(unit == "1" && rest.starts_with("2 ")) {
        return format!("unit {unit} {}", rest.trim_start());
    }
    text
}

/// `4`, `4b`, `b4`, `b`
fn unit_id(word: &str) -> bool {
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    !word.is_empty() && word.len() <= 6 && word.chars().all(char::is_alphanumeric) && letters <= 2
}

fn number(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
}

fn short(word: &str) -> std::borrow::Cow<'_, str> {
    if let Some((_, short)) = SHORT.iter().find(|(long, _)| *long == word) {
        return (*short).into();
    }
    // German writes the street into the name: Hauptstrasse, Hauptstr.
    let stem = word.strip_suffix("strasse").or_else(|| word.strip_suffix("str")).filter(|s| s.len() >= 3);
    match stem {
        Some(stem) => format!("{stem}str").into(),
        None => word.into(),
    }
}

/// `P.O. Box 12`, `Post Office Box 12`, `Postfach 12`.
fn box_number(words: &[&str]) -> Option<String> {
    let rest = match words {
        ["p", "o", "box", rest @ ..] | ["po", "box", rest @ ..] | ["post", "office", "box", rest @ ..] => {
            rest
        }
        ["pobox", rest @ ..] | ["postfach", rest @ ..] => rest,
        _ => return None,
    };
    (!rest.is_empty()).then(|| format!("po box {}", rest.join(" ")))
}
