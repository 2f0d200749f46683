//! What columns seem to hold: a proposal for a person to accept. Nothing is decided by it.
//!
//! 1. What `kith.toml` maps a column to.
//! 2. Numbers that check themselves: cards (Luhn), bank accounts (ISO 7064 mod 97), addresses of the Internet.
//! 3. Words in the name for what the law protects most.
//! 4. What recognition says, as `kith init` uses it.
//! 5. The shape of the values.

use kith_core::field::Field;
use kith_core::govern::Label;
use kith_core::recognise::{Column, recognise};
use std::net::IpAddr;

/// Share of the samples that must fit.
const FITS: f64 = 0.8;
/// Below this recognition is a guess that would only be in the way.
const CERTAINTY_MIN: f64 = 0.3;

/// What a column may hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The label.
    pub label: Label,
    /// Why.
    pub why: String,
}

/// Words in names of columns, in English and German, and what they stand for.
const WORDS: &[(&str, &str)] = &[
    ("diagnos", "health"),
    ("illness", "health"),
    ("disease", "health"),
    ("allerg", "health"),
    ("medica", "health"),
    ("krankheit", "health"),
    ("disability", "health"),
    ("religio", "belief"),
    ("konfession", "belief"),
    ("political", "belief"),
    ("trade_union", "belief"),
    ("ethnic", "origin"),
    ("nationalit", "origin"),
    ("sexual", "sexuality"),
    ("orientation", "sexuality"),
    ("fingerprint", "biometric"),
    ("biometric", "biometric"),
    ("genetic", "biometric"),
    ("convict", "criminal"),
    ("offence", "criminal"),
    ("password", "password"),
    ("passwort", "password"),
    ("passwd", "password"),
    ("secret", "password"),
    ("latitude", "location"),
    ("longitude", "location"),
    ("geo_point", "location"),
];

/// What each column may hold; `mapped` = what `kith.toml` says of it. Likeliest first; empty = no idea.
pub fn propose(columns: &[Column], mapped: &dyn Fn(&str) -> Option<Field>) -> Vec<Vec<Proposal>> {
    let guesses = recognise(columns);
    let proposed = columns.iter().zip(guesses).map(|(column, guess)| {
        let mut found: Vec<Proposal> = Vec::new();
        let mut add = |label: Label, why: String| {
            if !found.iter().any(|known| known.label == label) {
                found.push(Proposal { label, why });
            }
        };
        if let Some(field) = mapped(column.name) {
            add(field.into(), format!("kith.toml maps it to {}", field.name()));
        }
        if let Some((label, share)) = checked(column) {
            add(label, format!("{:.0} % of the values check as that", share * 100.0));
        }
        if let Some((word, label)) = word(column.name) {
            add(label, format!("by its name ({word})"));
        }
        if let Some(field) = guess.field.filter(|_| guess.certainty >= CERTAINTY_MIN) {
            // Whoever wrote a text may have written anything.
            let free = Label::parse("free_text").ok().filter(|_| field == Field::Text);
            add(free.unwrap_or(field.into()), guess.reason.clone());
        }
        if found.is_empty() {
            found.extend(by_shape(column));
        }
        found
    });
    proposed.collect()
}

fn word(name: &str) -> Option<(&'static str, Label)> {
    let name = name.to_lowercase().replace([' ', '-'], "_");
    let (word, label) = WORDS.iter().find(|(word, _)| name.contains(word))?;
    Some((word, Label::parse(label).ok()?))
}

fn checked(column: &Column) -> Option<(Label, f64)> {
    let shares = [
        ("payment_card", share(column, card)),
        ("bank_account", share(column, iban)),
        ("ip_address", share(column, address)),
    ];
    let shares = shares.into_iter();
    let (name, share) = shares.filter(|(_, share)| *share >= FITS).max_by(|a, b| a.1.total_cmp(&b.1))?;
    Some((Label::parse(name).ok()?, share))
}

fn share(column: &Column, fits: impl Fn(&str) -> bool) -> f64 {
    let all = column.samples.len().max(1);
    column.samples.iter().filter(|value| fits(value.trim())).count() as f64 / all as f64
}

/// A card: 13 to 19 digits whose last checks the others (ISO/IEC 7812, Luhn).
fn card(value: &str) -> bool {
    let kept: Option<Vec<u32>> =
        value.chars().filter(|c| !matches!(c, ' ' | '-')).map(|c| c.to_digit(10)).collect();
    let Some(digits) = kept.filter(|digits| (13..=19).contains(&digits.len())) else { return false };
    let doubled = |d: u32| if d > 4 { 2 * d - 9 } else { 2 * d };
    let sum: u32 =
        digits.iter().rev().enumerate().map(|(at, d)| if at % 2 == 1 { doubled(*d) } else { *d }).sum();
    sum.is_multiple_of(10) && digits.iter().any(|d| *d != 0)
}

/// A bank account: ISO 13616, checked by ISO 7064 mod 97.
fn iban(value: &str) -> bool {
    let text: Vec<char> = value.chars().filter(|c| *c != ' ').map(|c| c.to_ascii_uppercase()).collect();
    let shaped = (15..=34).contains(&text.len())
        && text[..2].iter().all(char::is_ascii_uppercase)
        && text[2..4].iter().all(char::is_ascii_digit)
        && text.iter().all(char::is_ascii_alphanumeric);
    shaped
        && text[4..].iter().chain(&text[..4]).filter_map(|c| c.to_digit(36)).fold(0, |rest, d| {
            let shift = if d > 9 { 100 } else { 10 };
            (rest * shift + d) % 97
        }) == 1
}

fn address(value: &str) -> bool {
    value.parse::<IpAddr>().is_ok()
}

/// What the values look like, where nothing else tells.
fn by_shape(column: &Column) -> Option<Proposal> {
    let samples = column.samples.len();
    if samples == 0 {
        return None;
    }
    let propose = |field: Field, why: &str| Some(Proposal { label: field.into(), why: why.to_string() });
    let length: usize = column.samples.iter().map(|value| value.chars().count()).sum::<usize>() / samples;
    let words = |value: &str| value.split_whitespace().count() >= 4;
    if length >= 30 && share(column, words) >= 0.5 {
        return Some(Proposal {
            label: Label::parse("free_text").ok()?,
            why: "long texts of several words".into(),
        });
    }
    let truths = ["0", "1", "true", "false", "t", "f", "yes", "no", "y", "n"];
    if share(column, |value| truths.contains(&value.to_lowercase().as_str())) == 1.0 {
        return propose(Field::Category, "yes or no");
    }
    if share(column, |value| value.parse::<f64>().is_ok()) == 1.0 {
        return propose(Field::Number, "numbers");
    }
    let few = column.distinct <= 20 && column.distinct as usize * 5 <= samples;
    if few { propose(Field::Category, "few different values") } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(name: &str, samples: &[&str]) -> Option<String> {
        let distinct = samples.iter().collect::<std::collections::BTreeSet<_>>().len() as u64;
        let column =
            Column { name, samples: samples.to_vec(), rows: samples.len() as u64, distinct, nulls: 0 };
        let proposals = propose(&[column], &|_| None).remove(0);
        proposals.first().map(|p| p.label.to_string())
    }

    #[test]
    fn content_and_names_tell_what_a_column_holds() {
        let cases: &[(&str, &[&str], Option<&str>)] = &[
            ("contact", &["ann@x.example", "bob@y.example", "zoe@z.example"], Some("email")),
            ("ref", &["4111 1111 1111 1111", "5500005555555559"], Some("payment_card")),
            ("ref", &["4111 1111 1111 1112", "5500005555555550"], Some("number")),
            ("konto", &["DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432"], Some("bank_account")),
            ("seen_from", &["192.0.2.7", "2001:db8::1"], Some("ip_address")),
            ("Main Diagnosis", &["J45.0", "E11.9"], Some("health")),
            ("password_hash", &["$2b$12$abc", "$2b$12$def"], Some("password")),
            (
                "q7",
                &["she called about the broken gate again", "wants a refund for the late delivery now"],
                Some("free_text"),
            ),
            ("x", &[], None),
        ];
        for (name, samples, expected) in cases {
            assert_eq!(first(name, samples).as_deref(), *expected, "{name} {samples:?}");
        }
    }

    #[test]
    fn what_the_configuration_maps_comes_first() {
        let column = Column { name: "c1", samples: vec!["4111111111111111"], rows: 1, distinct: 1, nulls: 0 };
        let proposals = propose(&[column], &|_| Some(Field::CustomerId)).remove(0);
        let labels: Vec<_> = proposals.iter().map(|p| p.label.name()).collect();
        assert_eq!(labels[..2], ["customer_id", "payment_card"]);
    }
}
