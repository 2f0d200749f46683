//! The table as a whole: what a column means also depends on what stands beside it.

mod pieces;
mod repeats;

use super::header::tokens;
use super::profile::Profile;
use super::{Column, Guess};
use crate::field::Field;
use pieces::{date_parts, name_pieces, street_pieces};
use repeats::repeated_text;

/// Corrects guesses made column by column.
pub(super) fn apply(columns: &[Column], profiles: &[Profile], guesses: &mut [Guess]) {
    date_parts(columns, profiles, guesses);
    lone_name(columns, profiles, guesses);
    neighbours(profiles, guesses);
    name_pieces(columns, guesses);
    street_pieces(columns, profiles, guesses);
    keys(columns, profiles, guesses);
    dates(columns, profiles, guesses);
    repeated_text(columns, guesses);
    once(columns, guesses);
}

fn is(guess: &Guess, field: Field) -> bool {
    guess.field == Some(field)
}

fn has(guesses: &[Guess], field: Field) -> bool {
    guesses.iter().any(|g| is(g, field))
}

/// `Name` or `nom` beside a given name is the family name; `nombre` without one is the whole; a `name` in a table
/// that tells nothing of people is that of a firm.
fn lone_name(columns: &[Column], profiles: &[Profile], guesses: &mut [Guess]) {
    let given = has(guesses, Field::GivenName);
    let family = has(guesses, Field::FamilyName);
    let person = [
        Field::BirthDate,
        Field::Gender,
        Field::Email,
        Field::FamilyName,
        Field::GivenName,
        Field::NationalId,
    ];
    let person = person.iter().any(|f| has(guesses, *f));
    for ((column, profile), guess) in columns.iter().zip(profiles).zip(guesses) {
        let name = tokens(column.name).concat();
        let one_word = profile.words_mean < 1.6;
        if is(guess, Field::FullName) && name == "name" && given && !family && one_word {
            *guess = Guess::of(Field::FamilyName, 0.85, "a name of one word beside a given name");
        } else if is(guess, Field::GivenName)
            && matches!(name.as_str(), "nombre" | "nome" | "first")
            && !family
            && !one_word
        {
            *guess = Guess::of(Field::FullName, 0.8, "several words, and no family name beside it");
        } else if is(guess, Field::FamilyName)
            && matches!(name.as_str(), "nom" | "last")
            && !given
            && !one_word
        {
            *guess = Guess::of(Field::FullName, 0.8, "several words, and no given name beside it");
        } else if is(guess, Field::FullName) && !person && profile.count >= 20 && like_firms(profile) {
            let reason = "a name, but hardly any given names in it, and nothing of people beside it";
            *guess = Guess::of(Field::Company, 0.6, reason);
        }
    }
}

/// Hardly any given names, or few of them beside words of firms.
fn like_firms(profile: &Profile) -> bool {
    profile.given_name < 0.05 || profile.given_name < 0.25 && profile.company > 0.1
}

/// What content alone does not give away, but the neighbourhood does: single words beside a given name, five digits
/// beside a city.
fn neighbours(profiles: &[Profile], guesses: &mut [Guess]) {
    let given = guesses.iter().position(|g| is(g, Field::GivenName));
    if let Some(given) = given.filter(|_| !has(guesses, Field::FamilyName)) {
        let single = |p: &Profile| p.alpha >= 0.85 && p.words_mean < 1.6 && p.distinct >= 0.3;
        let candidate = |i: &usize| {
            let weak = guesses.get(*i).is_some_and(|g| is(g, Field::Text) && g.certainty < 0.5);
            weak && profiles.get(*i).is_some_and(single)
        };
        let nearest = (0..guesses.len()).filter(candidate).min_by_key(|i| i.abs_diff(given));
        if let Some(guess) = nearest.and_then(|i| guesses.get_mut(i)) {
            *guess = Guess::of(Field::FamilyName, 0.55, "single words of all kinds, near a given name");
        }
    }
    let place = has(guesses, Field::City) || has(guesses, Field::Region) || has(guesses, Field::Street);
    if place && !has(guesses, Field::Postcode) {
        let like = |p: &Profile| p.postcode >= 0.95 && (4.5..=6.0).contains(&p.length_mean);
        let weak = |g: &Guess| is(g, Field::Number) && g.certainty < 0.5;
        let found = guesses.iter_mut().zip(profiles).find(|(g, p)| weak(g) && like(p));
        if let Some((guess, _)) = found {
            *guess =
                Guess::of(Field::Postcode, 0.55, "short numbers, in a table with other parts of addresses");
        }
    }
}

/// One key. Other identifiers are of the customer if their name says so, else of something else.
fn keys(columns: &[Column], profiles: &[Profile], guesses: &mut [Guess]) {
    let id_like = |g: &Guess| is(g, Field::RecordKey) || is(g, Field::CustomerId);
    let score = |i: &usize| {
        let (Some(guess), Some(profile)) = (guesses.get(*i), profiles.get(*i)) else { return 0.0 };
        // An empty or repeating column can not single out rows; the first of equals stands left.
        let named = if is(guess, Field::RecordKey) { guess.certainty + 0.2 } else { guess.certainty };
        if profile.unique && id_like(guess) { named - *i as f64 * 0.001 } else { 0.0 }
    };
    let best = (0..guesses.len()).max_by(|a, b| score(a).total_cmp(&score(b))).filter(|i| score(i) > 0.0);
    for (i, guess) in guesses.iter_mut().enumerate() {
        if !id_like(guess) {
            continue;
        }
        if Some(i) == best {
            let reason = format!("no value comes twice; {}", guess.reason);
            *guess = Guess::of(Field::RecordKey, guess.certainty.max(0.8), reason);
        } else if is(guess, Field::RecordKey) {
            let name = columns.get(i).map_or("", |c| c.name);
            *guess = Guess::none(match best {
                Some(_) => format!(
                    "an identifier of something else: another column is the key, and {name:?} does not name the customer"
                ),
                None => {
                    "an identifier that comes more than once, and its name does not say whose".to_string()
                }
            });
        }
    }
}

/// A second date over many years without a name is no second birth date; `created_at` is once, too.
fn dates(columns: &[Column], profiles: &[Profile], guesses: &mut [Guess]) {
    lone_date(profiles, guesses);
    for field in [Field::BirthDate, Field::CreatedAt, Field::UpdatedAt] {
        let best = best_of(guesses, field);
        for (i, guess) in guesses.iter_mut().enumerate() {
            if is(guess, field) && guess.part.is_none() && Some(i) != best {
                let fits = profiles.get(i).is_some_and(|p| p.date > 0.3);
                let kept = best.and_then(|b| columns.get(b)).map_or("", |c| c.name);
                *guess = if fits {
                    Guess::of(Field::Date, 0.5, format!("dates; {kept:?} is the {}", field.name()))
                } else {
                    Guess::none(format!("{kept:?} is the {}", field.name()))
                };
            }
        }
    }
}

/// The only dates beside names of people, over many years: most likely of birth, even if all are young.
fn lone_date(profiles: &[Profile], guesses: &mut [Guess]) {
    let people =
        has(guesses, Field::GivenName) || has(guesses, Field::FamilyName) || has(guesses, Field::FullName);
    let by_content = |g: &Guess| is(g, Field::Date) && g.part.is_none() && g.certainty <= 0.6;
    let several = guesses.iter().filter(|g| is(g, Field::Date)).count() != 1;
    if !people || several || has(guesses, Field::BirthDate) {
        return;
    }
    for (guess, profile) in guesses.iter_mut().zip(profiles).filter(|(g, _)| by_content(g)) {
        if profile.years.1 - profile.years.0 >= 12 && profile.time == 0.0 {
            let reason = format!("{}, the only ones beside names, over more than 12 years", guess.reason);
            *guess = Guess::of(Field::BirthDate, 0.6, reason);
        }
    }
}

fn best_of(guesses: &[Guess], field: Field) -> Option<usize> {
    let candidates = guesses.iter().enumerate().filter(|(_, g)| is(g, field));
    // The parts of one value go before a whole one that has to compete; of equals, the first.
    candidates.rev().max_by(|(_, a), (_, b)| a.certainty.total_cmp(&b.certainty)).map(|(i, _)| i)
}

/// Of what a person has once, one column is taken.
fn once(columns: &[Column], guesses: &mut [Guess]) {
    const SEVERAL: [Field; 6] =
        [Field::FullName, Field::Category, Field::Text, Field::Number, Field::Date, Field::Company];
    for field in Field::ALL.iter().filter(|f| !f.many() && !SEVERAL.contains(f)) {
        let Some(best) = best_of(guesses, *field) else { continue };
        let parts = guesses.iter().any(|g| is(g, *field) && g.part.is_some());
        let kept = columns.get(best).map_or("", |c| c.name);
        for (i, guess) in guesses.iter_mut().enumerate() {
            let other = if parts { guess.part.is_none() } else { i != best };
            if is(guess, *field) && other {
                *guess = Guess::none(format!(
                    "{kept:?} is taken for the {}; map this one by hand if it is better",
                    field.name()
                ));
            }
        }
    }
}
