//! The default country: what most rows say; else what the machine is set to.

use super::InitOptions;
use crate::connect::Preview;
use kith_core::field::Field;
use kith_core::recognise::Guess;
use kith_core::standard::country;
use std::collections::BTreeMap;

/// Counts the countries that a source's rows name.
pub(super) fn count(preview: &Preview, guesses: &[Guess], counts: &mut BTreeMap<&'static str, usize>) {
    for (column, guess) in preview.columns.iter().zip(guesses) {
        if guess.target() == Some(Field::Country.into()) {
            for code in column.samples.iter().filter_map(|text| country::alpha2(text)) {
                *counts.entry(code).or_insert(0) += 1;
            }
        }
    }
}

/// The default country, and why.
pub(super) fn choose(
    options: &InitOptions,
    countries: &BTreeMap<&'static str, usize>,
) -> (Option<String>, String) {
    if let Some(region) = &options.region {
        return (Some(region.to_ascii_uppercase()), "as you said".into());
    }
    if let Some((code, _)) = countries.iter().max_by_key(|(_, n)| **n) {
        return (Some(code.to_string()), "most rows that name a country name this one".into());
    }
    // `en_GB.UTF-8`
    let locale =
        ["LC_ALL", "LANG"].iter().filter_map(|name| std::env::var(name).ok()).find(|l| l.contains('_'));
    let code =
        locale.and_then(|l| l.split_once('_').map(|(_, rest)| rest.chars().take(2).collect::<String>()));
    match code.filter(|c| country::alpha2(c).is_some()) {
        Some(code) => (Some(code), "no row names a country; this machine is set to this one".into()),
        None => {
            (Some("US".into()), "no row names a country; correct it in kith.toml if it is another".into())
        }
    }
}
