//! Which column means what, by its name and its content.
//!
//! Reads: names and samples of all columns of one table. Decides: per column the field, or the piece of a field, with
//! certainty and reason. Fails: never; a column that says nothing gets no field.
//!
//! 1. The name is looked up, word for word and in several languages ([`header`]).
//! 2. The content is described: how many samples are e-mails, dates, common given names … ([`profile`]). A name
//!    that its content contradicts counts for nothing.
//! 3. Without a telling name the content alone decides, less surely ([`content`]).
//! 4. The table as a whole is looked at ([`relations`]): pieces of dates and streets, one key, one given name,
//!    whole names that repeat their parts.

mod content;
mod header;
mod profile;
mod relations;
mod words;

use crate::field::{Field, Part, Target};
use profile::Profile;

/// A column as it is found.
#[derive(Clone, Debug, Default)]
pub struct Column<'a> {
    /// Its name or dotted path.
    pub name: &'a str,
    /// Values that are not null, up to about 2,000 of them, spread over the table.
    pub samples: Vec<&'a str>,
    /// Rows of the table.
    pub rows: u64,
    /// Distinct values among the samples.
    pub distinct: u64,
    /// Rows without a value.
    pub nulls: u64,
}

/// What a column is taken for.
#[derive(Clone, Debug, PartialEq)]
pub struct Guess {
    /// The field; `None` = it says nothing that Kith uses.
    pub field: Option<Field>,
    /// Which piece of the field, where several columns make one value: the caller puts the pieces of a row together
    /// with [`crate::standard::join`] before it standardises them.
    pub part: Option<Part>,
    /// True where other columns say the same (a whole name beside its parts): use it to show and to find, but do not
    /// count it as evidence a second time.
    pub redundant: bool,
    /// 0 to 1. Below about 0.5 people should be asked.
    pub certainty: f64,
    /// Why, for people.
    pub reason: String,
}

impl Guess {
    fn none(reason: impl Into<String>) -> Guess {
        Guess { field: None, part: None, redundant: false, certainty: 0.0, reason: reason.into() }
    }

    fn of(field: Field, certainty: f64, reason: impl Into<String>) -> Guess {
        Guess { field: Some(field), part: None, redundant: false, certainty, reason: reason.into() }
    }

    /// Field and part in one, as the configuration writes it.
    pub fn target(&self) -> Option<Target> {
        self.field.map(|field| Target { field, part: self.part })
    }
}

/// One guess per column, in their order.
pub fn recognise(columns: &[Column]) -> Vec<Guess> {
    let profiles: Vec<Profile> = columns.iter().map(Profile::new).collect();
    let mut guesses: Vec<Guess> = columns.iter().zip(&profiles).map(|(c, p)| alone(c, p)).collect();
    relations::apply(columns, &profiles, &mut guesses);
    guesses
}

/// A column looked at by itself.
fn alone(column: &Column, profile: &Profile) -> Guess {
    let Some(named) = header::look_up(column.name) else { return content::guess(profile) };
    if profile.count == 0 {
        let reason = format!("by its name ({}); the column is empty", named.word);
        return Guess::of(named.field, named.strength * 0.5, reason);
    }
    let field = content::refine(named.field, profile);
    let fit = profile.fit(field);
    if fit < 0.3 {
        let mut guess = content::guess(profile);
        if guess.field.is_some() {
            let said = named.field.name();
            guess.reason = format!("the name says {said}, the content does not; {}", guess.reason);
        } else {
            guess.reason = format!("the name says {}, the content does not", named.field.name());
        }
        return guess;
    }
    let certainty = named.strength * (0.6 + 0.4 * fit);
    Guess::of(
        field,
        certainty,
        format!("by its name ({}); {:.0} % of the values fit", named.word, fit * 100.0),
    )
}

#[cfg(test)]
mod tests;
