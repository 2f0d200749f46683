//! Values that a table spreads over several columns.

use super::super::header::tokens;
use super::super::profile::Profile;
use super::super::{Column, Guess};
use super::{has, is};
use crate::field::{Field, Part};

/// Year, month and day in three neighbouring columns of whole numbers.
pub(super) fn date_parts(columns: &[Column], profiles: &[Profile], guesses: &mut [Guess]) {
    let open = |i: usize| {
        let weak = |g: &Guess| {
            g.certainty < 0.7 || matches!(g.field, Some(Field::Number | Field::BirthDate | Field::Date))
        };
        profiles.get(i).is_some_and(|p| p.count > 0 && p.integer > 0.95) && guesses.get(i).is_some_and(weak)
    };
    let within = |i: usize, low: i64, high: i64| {
        open(i) && profiles.get(i).is_some_and(|p| p.integers.0 >= low && p.integers.1 <= high)
    };
    let spread = |i: usize| profiles.get(i).map_or(0, |p| p.distinct_values);
    let top = |i: usize| profiles.get(i).map_or(0, |p| p.integers.1);
    for year in (0..columns.len()).filter(|i| within(*i, 1000, 2100)) {
        let near = |i: &usize| *i != year && i.abs_diff(year) <= 2;
        let month = (0..columns.len())
            .filter(near)
            .find(|i| within(*i, 1, 12) && (word(columns, *i, 'm') || spread(*i) >= 6));
        let Some(month) = month else { continue };
        let day = (0..columns.len())
            .filter(near)
            .find(|i| *i != month && within(*i, 1, 31) && (word(columns, *i, 'd') || top(*i) > 12));
        let Some(day) = day else { continue };
        let years = profiles.get(year).map_or((0, 0), |p| p.integers);
        let named = [year, month, day].iter().any(|i| birth_name(columns.get(*i).map_or("", |c| c.name)));
        let birth = named || years.1 - years.0 >= 25 && !has(guesses, Field::BirthDate);
        let field = if birth { Field::BirthDate } else { Field::Date };
        let said = word(columns, year, 'y') && word(columns, month, 'm') && word(columns, day, 'd');
        let certainty = if said { 0.85 } else { 0.65 };
        for (i, part) in [(year, Part::Year), (month, Part::Month), (day, Part::Day)] {
            let reason = format!("the {} of a date in three columns", part.name());
            if let Some(guess) = guesses.get_mut(i) {
                *guess = Guess { part: Some(part), ..Guess::of(field, certainty, reason) };
            }
        }
        return;
    }
}

/// The column's name ends in the year, month or day: `birth_year`, `by`, `Geburtsjahr`.
fn word(columns: &[Column], i: usize, which: char) -> bool {
    let words: &[&str] = match which {
        'y' => &["year", "yr", "yyyy", "jahr", "annee", "ano", "y", "anno", "jaar"],
        'm' => &["month", "mon", "mm", "monat", "mois", "mes", "m", "mese", "maand"],
        _ => &["day", "dd", "tag", "jour", "dia", "d", "giorno", "dag"],
    };
    let tokens = columns.get(i).map(|c| tokens(c.name)).unwrap_or_default();
    tokens.last().is_some_and(|last| {
        words.contains(&last.as_str())
            || words.iter().any(|w| w.len() >= 3 && last.ends_with(w))
            || last.len() == 2 && last.ends_with(which)
    })
}

fn birth_name(name: &str) -> bool {
    let tokens = tokens(name);
    let starts =
        |t: &String| ["birth", "geb", "naiss", "nac", "born", "dob"].iter().any(|w| t.starts_with(w));
    tokens.iter().any(starts)
        || tokens.len() == 1 && tokens.iter().any(|t| matches!(t.as_str(), "by" | "bm" | "bd"))
}

/// `fname_c1` and `fname_c2` are two pieces of one name.
pub(super) fn name_pieces(columns: &[Column], guesses: &mut [Guess]) {
    for field in [Field::GivenName, Field::FamilyName] {
        let found: Vec<usize> =
            (0..guesses.len()).filter(|i| guesses.get(*i).is_some_and(|g| is(g, field))).collect();
        let [first, second] = found.as_slice() else { continue };
        let names = [first, second].map(|i| columns.get(*i).map(|c| tokens(c.name)).unwrap_or_default());
        let [Some((one, stem)), Some((two, other))] = [names[0].split_last(), names[1].split_last()] else {
            continue;
        };
        if stem != other || one != "1" || two != "2" {
            continue;
        }
        for (i, part, which) in [(*first, Part::First, "first"), (*second, Part::Second, "second")] {
            if let Some(guess) = guesses.get_mut(i) {
                guess.part = Some(part);
                guess.reason = format!("{which} piece of a name in two columns; {}", guess.reason);
            }
        }
    }
}

/// House number, first and second line, in columns of their own.
pub(super) fn street_pieces(columns: &[Column], profiles: &[Profile], guesses: &mut [Guess]) {
    const NUMBERS: [&str; 13] = [
        "streetnumber",
        "streetno",
        "housenumber",
        "houseno",
        "hausnummer",
        "hausnr",
        "hnr",
        "hno",
        "numero",
        "numerorue",
        "streetnum",
        "housenum",
        "nr",
    ];
    let lines: Vec<usize> =
        (0..guesses.len()).filter(|i| guesses.get(*i).is_some_and(|g| is(g, Field::Street))).collect();
    let number = (0..columns.len()).find(|i| {
        let named = columns.get(*i).is_some_and(|c| NUMBERS.contains(&tokens(c.name).concat().as_str()));
        named && profiles.get(*i).is_some_and(|p| p.code > 0.5 || p.integer > 0.5)
    });
    let lines: Vec<usize> = lines.into_iter().filter(|i| Some(*i) != number).collect();
    // Billing and shipping street are two streets, not two lines.
    let second_line = |i: &usize| {
        let name = columns.get(*i).map(|c| tokens(c.name)).unwrap_or_default();
        name.last().is_some_and(|t| t == "2" || t == "zusatz" || t == "complement" || t.ends_with("zusatz"))
    };
    let first = lines.iter().copied().find(|i| !second_line(i));
    let second = lines.iter().copied().find(second_line);
    if first.is_none() || number.is_none() && second.is_none() {
        return;
    }
    let pieces = [
        (number, Part::HouseNumber, "the house number"),
        (first, Part::First, "the street"),
        (second, Part::Second, "the second line"),
    ];
    for (i, part, what) in pieces {
        let Some(guess) = i.and_then(|i| guesses.get_mut(i)) else { continue };
        let certainty = guess.certainty.max(0.8);
        *guess = Guess {
            part: Some(part),
            ..Guess::of(
                Field::Street,
                certainty,
                format!("by its name: {what} of an address in several columns"),
            )
        };
    }
}
