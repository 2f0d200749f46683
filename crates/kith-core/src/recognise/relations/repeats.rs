//! Columns that say again what other columns say.

use super::super::{Column, Guess};
use super::{best_of, has, is};
use crate::field::Field;
use crate::standard::fold;
use std::collections::HashSet;

/// A whole name beside its parts, a whole address beside its parts, a hash beside its e-mail.
pub(super) fn repeated_text(columns: &[Column], guesses: &mut [Guess]) {
    let parts_of_name = [Field::GivenName, Field::MiddleName, Field::FamilyName, Field::NameSuffix];
    if has(guesses, Field::GivenName) && has(guesses, Field::FamilyName) {
        whole_beside_parts(columns, guesses, Field::FullName, &parts_of_name);
    } else if let Some(best) = best_of(guesses, Field::FullName) {
        repeats(guesses, Field::FullName, best, columns);
    }
    let parts_of_address = [Field::Street, Field::City, Field::Region, Field::Postcode];
    if has(guesses, Field::Street) && (has(guesses, Field::City) || has(guesses, Field::Postcode)) {
        whole_beside_parts(columns, guesses, Field::FullAddress, &parts_of_address);
    }
    if has(guesses, Field::Email) {
        for guess in guesses.iter_mut().filter(|g| is(g, Field::EmailSha256)) {
            guess.redundant = true;
            guess.reason = format!("{}; the e-mail itself stands beside it", guess.reason);
        }
    }
}

/// Marks whole texts whose words come from the columns of their parts. Samples of two columns need not be of the same
/// rows, so the words are compared with all words of the parts.
fn whole_beside_parts(columns: &[Column], guesses: &mut [Guess], whole: Field, parts: &[Field]) {
    let of_parts =
        columns.iter().zip(guesses.iter()).filter(|(_, g)| g.field.is_some_and(|f| parts.contains(&f)));
    let known: HashSet<String> =
        of_parts.flat_map(|(c, _)| c.samples.iter()).flat_map(|s| words(s)).collect();
    for (column, guess) in columns.iter().zip(guesses).filter(|(_, g)| is(g, whole)) {
        let all: Vec<Vec<String>> = column.samples.iter().map(|s| words(s)).collect();
        let count = all.iter().map(Vec::len).sum::<usize>().max(1);
        let shared = all.iter().flatten().filter(|w| known.contains(*w)).count() as f64 / count as f64;
        if shared < 0.5 {
            continue;
        }
        guess.redundant = true;
        let longer = all.iter().filter(|words| words.len() > 2).count() as f64 / all.len().max(1) as f64;
        let more = match whole {
            Field::FullName if longer > 0.02 => format!(
                ", and {:.0} % of the values have three words or more, such as middle names, which the parts may lack",
                longer * 100.0
            ),
            _ => String::new(),
        };
        guess.reason =
            format!("{}; it repeats its parts, which have columns of their own{more}", guess.reason);
    }
}

fn words(text: &str) -> Vec<String> {
    fold(text).split(' ').filter(|w| !w.is_empty()).map(String::from).collect()
}

fn repeats(guesses: &mut [Guess], field: Field, best: usize, columns: &[Column]) {
    let kept = columns.get(best).map_or("", |c| c.name);
    for (_, guess) in guesses.iter_mut().enumerate().filter(|(i, g)| *i != best && is(g, field)) {
        guess.redundant = true;
        guess.reason = format!("{}; {kept:?} says the same", guess.reason);
    }
}
