//! Names of people.

use super::{Outcome, fold};
use crate::field::Field;

/// The pieces of a whole name, in normal form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameParts {
    /// `dr`
    pub title: Option<String>,
    /// The first given name; nothing is known where only one word is given, which is then taken for this.
    pub given: Option<String>,
    /// All names between.
    pub middle: Option<String>,
    /// With its particles: `van der berg`.
    pub family: Option<String>,
    /// `jr`, `sr`, `iii`; degrees are dropped.
    pub suffix: Option<String>,
}

const TITLES: &[&str] = &[
    "mr",
    "mrs",
    "ms",
    "miss",
    "mx",
    "dr",
    "prof",
    "professor",
    "sir",
    "dame",
    "rev",
    "reverend",
    "herr",
    "frau",
    "mme",
    "mlle",
    "madame",
    "monsieur",
    "senor",
    "senora",
    "srta",
    "sig",
    "dipl",
    "ing",
    "capt",
    "captain",
    "col",
    "lt",
    "sgt",
    "hon",
    "fraulein",
    "doctor",
    "doktor",
    "mister",
];

/// Generations tell father from son; they stay apart from the name.
const GENERATIONS: &[(&str, &str)] = &[
    ("jr", "jr"),
    ("jnr", "jr"),
    ("junior", "jr"),
    ("sr", "sr"),
    ("snr", "sr"),
    ("senior", "sr"),
    ("ii", "ii"),
    ("2nd", "ii"),
    ("iii", "iii"),
    ("3rd", "iii"),
    ("iv", "iv"),
    ("4th", "iv"),
    ("v", "v"),
    ("5th", "v"),
];

const DEGREES: &[&str] = &[
    "md", "phd", "dds", "esq", "esquire", "cpa", "rn", "dvm", "jd", "mba", "obe", "mbe", "kc", "qc", "pe",
    "frcs",
];

const PARTICLES: &[&str] = &[
    "van", "von", "vom", "zu", "zum", "zur", "de", "del", "della", "di", "da", "das", "dos", "do", "du",
    "der", "den", "ten", "ter", "la", "le", "los", "las", "el", "al", "bin", "ibn", "bint", "st", "saint",
    "af", "av", "op", "auf", "mac", "mc", "fitz", "dello", "dalla", "degli", "dal",
];

/// Lower case, accents folded; titles dropped, and what follows a name (Jr, MD) dropped from family and given names.
pub(super) fn normalise(field: Field, text: &str) -> Outcome {
    if !text.chars().any(char::is_alphabetic) {
        return Outcome::invalid("a name has letters");
    }
    if field == Field::FullName {
        return Outcome::Value(whole(text));
    }
    let folded = fold(text);
    let words: Vec<&str> = folded.split(' ').collect();
    let words = without_titles(&words);
    let words = if field == Field::MiddleName { words } else { without_suffixes(words) };
    Outcome::Value(words.join(" "))
}

/// `jr`, `sr`, `ii` …
pub(super) fn suffix(text: &str) -> Outcome {
    let folded = fold(text);
    let known = GENERATIONS.iter().find(|(word, _)| *word == folded).map(|(_, normal)| (*normal).to_string());
    Outcome::Value(known.unwrap_or(folded))
}

/// The generation that follows a family name, if there is one: `Smith Jr` gives `jr`.
pub(super) fn generation(text: &str) -> Option<String> {
    let folded = fold(text);
    let last = folded.split(' ').skip(1).last()?;
    // A lone v is a middle initial more often than the fifth of that name.
    GENERATIONS
        .iter()
        .find(|(word, _)| *word == last && *word != "v")
        .map(|(_, normal)| (*normal).to_string())
}

/// `Lovelace, Ada` as `ada lovelace`.
fn whole(text: &str) -> String {
    let parts = split_full_name(text);
    let words = [parts.given, parts.middle, parts.family, parts.suffix];
    words.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// Splits a whole name. Best effort: which word is the family name is a convention of each culture; here it is the
/// last one with the particles before it, or what stands before a comma.
pub fn split_full_name(normal_or_raw: &str) -> NameParts {
    let mut parts = NameParts::default();
    let sections: Vec<String> = normal_or_raw.split(',').map(fold).filter(|s| !s.is_empty()).collect();
    let sections: Vec<Vec<&str>> = sections.iter().map(|s| s.split(' ').collect()).collect();
    let (after, names): (Vec<&Vec<&str>>, Vec<&Vec<&str>>) =
        sections.iter().partition(|s| s.iter().all(follows));
    parts.suffix = after.iter().flat_map(|s| s.iter()).find_map(|w| generation_word(w));
    match names.as_slice() {
        [] => {
            parts.given = sections.first().map(|s| s.join(" "));
            parts.suffix = None;
        }
        [one] => straight(one, &mut parts),
        [family, given, ..] => {
            let (title, family) = cut_title(family);
            let (family, generation) = cut_suffix(family);
            let (second_title, given) = cut_title(given);
            let (given, second) = cut_suffix(given);
            parts.title = title.or(second_title);
            parts.suffix = parts.suffix.take().or(generation).or(second);
            parts.family = joined(family);
            parts.given = given.first().map(|w| (*w).to_string());
            parts.middle = joined(given.get(1..).unwrap_or_default());
        }
    }
    parts
}

/// `Dr Ada King van Lovelace Jr`
fn straight(words: &[&str], parts: &mut NameParts) {
    let (title, words) = cut_title(words);
    let (words, generation) = cut_suffix(words);
    parts.title = title;
    parts.suffix = parts.suffix.take().or(generation);
    let [given, rest @ ..] = words else { return };
    parts.given = Some((*given).to_string());
    let Some(last) = rest.len().checked_sub(1) else { return };
    let mut start = last;
    while start > 0 && rest.get(start - 1).is_some_and(|w| PARTICLES.contains(w)) {
        start -= 1;
    }
    parts.family = joined(rest.get(start..).unwrap_or_default());
    parts.middle = joined(rest.get(..start).unwrap_or_default());
}

fn joined(words: &[&str]) -> Option<String> {
    (!words.is_empty()).then(|| words.join(" "))
}

fn follows(word: &&str) -> bool {
    generation_word(word).is_some() || DEGREES.contains(word)
}

fn generation_word(word: &str) -> Option<String> {
    GENERATIONS.iter().find(|(w, _)| *w == word).map(|(_, normal)| (*normal).to_string())
}

fn cut_title<'a, 'b>(words: &'b [&'a str]) -> (Option<String>, &'b [&'a str]) {
    let rest = without_titles(words);
    (joined(words.get(..words.len() - rest.len()).unwrap_or_default()), rest)
}

/// Leading titles, as long as a name remains.
fn without_titles<'a, 'b>(mut words: &'b [&'a str]) -> &'b [&'a str] {
    while let [first, rest @ ..] = words {
        if rest.is_empty() || !TITLES.contains(first) {
            break;
        }
        words = rest;
    }
    words
}

/// Trailing generations and degrees, as long as a name remains. A single `v` stays: it is an initial.
fn without_suffixes<'a, 'b>(mut words: &'b [&'a str]) -> &'b [&'a str] {
    while let [rest @ .., last] = words {
        if rest.is_empty() || *last == "v" || !follows(last) {
            break;
        }
        words = rest;
    }
    words
}

fn cut_suffix<'a, 'b>(words: &'b [&'a str]) -> (&'b [&'a str], Option<String>) {
    let rest = without_suffixes(words);
    let cut = words.get(rest.len()..).unwrap_or_default();
    (rest, cut.iter().find_map(|w| generation_word(w)))
}
