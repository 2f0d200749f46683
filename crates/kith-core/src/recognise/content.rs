//! What the content alone says, and how it settles a name that can mean two things.

use super::Guess;
use super::profile::Profile;
use crate::field::Field;

/// The field that a name means given what is in the column: a `title` may be of a person or of a paper, an `address`
/// a street or the whole of it, an `id` a name.
pub(super) fn refine(field: Field, p: &Profile) -> Field {
    match field {
        Field::NameTitle if p.fit(Field::NameTitle) < 0.3 && p.words_mean >= 1.5 => Field::Text,
        Field::GivenName | Field::FamilyName
            if p.several_words > 0.8 && p.given_name > 0.25 && p.words_mean >= 2.0 =>
        {
            Field::FullName
        }
        Field::Street if p.comma > 0.6 && p.words_mean >= 5.0 => Field::FullAddress,
        Field::Text if p.fit(Field::Text) < 0.3 => Field::Number,
        Field::Date if p.time > 0.5 => Field::Date,
        Field::Source if p.distinct_values > 200 => Field::Category,
        field => field,
    }
}

/// A guess without a telling name: the most specific form that nearly all samples have.
pub(super) fn guess(p: &Profile) -> Guess {
    if p.count == 0 {
        return Guess::none("the column is empty and its name says nothing");
    }
    let percent = |share: f64| format!("{:.0} %", share * 100.0);
    let say = |field, certainty, what: &str, share: f64| {
        Guess::of(field, certainty, format!("{} of the values are {what}", percent(share)))
    };
    let birth = p.years.1 - p.years.0 >= 25 && p.years.1 <= 2030;
    match () {
        () if p.email >= 0.6 => say(Field::Email, 0.95, "e-mail addresses", p.email),
        () if p.sha256 >= 0.8 => {
            say(Field::EmailSha256, 0.85, "SHA-256 hashes, most likely of e-mails", p.sha256)
        }
        () if p.uuid >= 0.9 && p.unique => say(Field::RecordKey, 0.8, "UUIDs, none twice", p.uuid),
        () if p.uuid >= 0.9 => Guess::none("UUIDs of something else: they come more than once"),
        () if p.gender >= 0.95 && p.distinct_values <= 8 && p.integer < 0.5 => {
            say(Field::Gender, 0.8, "words for a gender", p.gender)
        }
        () if p.date >= 0.8 && p.time > 0.5 => say(Field::CreatedAt, 0.5, "instants", p.date),
        () if p.date >= 0.8 && birth => say(Field::BirthDate, 0.75, "dates, over more than 25 years", p.date),
        () if p.date >= 0.8 => say(Field::Date, 0.6, "dates", p.date),
        () if p.state >= 0.9 && p.distinct_values >= 3 => {
            say(Field::Region, 0.8, "states or their codes", p.state)
        }
        () if p.country >= 0.9 && p.distinct_values >= 2 => say(Field::Country, 0.75, "countries", p.country),
        () if p.phone >= 0.8 && likely_phone(p) => say(Field::Phone, 0.7, "phone numbers", p.phone),
        () if p.postcode_letters >= 0.8 && p.distinct > 0.02 => {
            say(Field::Postcode, 0.7, "like postcodes", p.postcode_letters)
        }
        () if p.street >= 0.5 && p.comma >= 0.6 && p.words_mean >= 5.0 => {
            say(Field::FullAddress, 0.75, "whole addresses", p.street)
        }
        () if p.street >= 0.5 => say(Field::Street, 0.75, "streets", p.street),
        () if p.company >= 0.3 => say(Field::Company, 0.65, "names of firms", p.company),
        () if p.alpha >= 0.85 => of_words(p),
        () => of_codes(p),
    }
}

/// Numbers with separators, or of ten digits and more that are not counted through.
fn likely_phone(p: &Profile) -> bool {
    let bare = p.integer > 0.9;
    let dense = p.integers.1.saturating_sub(p.integers.0) < 100 * p.count as i64;
    p.length_mean >= 9.5 && !(bare && (dense || p.length_mean > 13.0)) || !bare && p.length_mean >= 8.0
}

fn of_words(p: &Profile) -> Guess {
    let names = |what: &str, share: f64| format!("{:.0} % are common {what}", share * 100.0);
    let short_list = p.distinct_values <= 40 && p.distinct <= 0.1 && p.count >= 20;
    match () {
        () if p.several_words > 0.7 && p.given_name >= 0.2 => {
            Guess::of(Field::FullName, 0.75, names("given names and more words", p.given_name))
        }
        () if p.city > 0.25 && p.city > p.family_name && p.city > p.given_name => {
            Guess::of(Field::City, 0.65, names("cities", p.city))
        }
        () if p.given_name >= 0.2 && p.given_name >= p.family_name && p.words_mean < 2.0 => {
            Guess::of(Field::GivenName, 0.7, names("given names", p.given_name))
        }
        () if p.family_name >= 0.15 && p.words_mean < 2.0 => {
            Guess::of(Field::FamilyName, 0.7, names("family names", p.family_name))
        }
        () if short_list => category(p),
        () if p.words_mean >= 2.5 => Guess::of(Field::Text, 0.45, "words"),
        () if p.distinct <= 0.3 && p.distinct_values <= 500 => category(p),
        () => Guess::of(Field::Text, 0.35, "words"),
    }
}

fn of_codes(p: &Profile) -> Guess {
    let counted = p.integer > 0.95 || p.code > 0.9;
    match () {
        () if p.unique && p.count >= 2 && counted => {
            Guess::of(Field::RecordKey, 0.6, "every row has its own")
        }
        () if p.postcode >= 0.95 && p.integer > 0.9 && p.length_mean >= 4.5 && p.distinct < 0.98 => {
            Guess::of(Field::Postcode, 0.45, "short numbers, most likely postcodes")
        }
        () if p.distinct_values <= 40 && p.distinct <= 0.2 && p.integer < 0.5 => category(p),
        () if p.number >= 0.9 => Guess::of(Field::Number, 0.4, "numbers"),
        () if p.code >= 0.8 => Guess::none("codes of something else: they come more than once"),
        () if p.words_mean >= 2.0 => Guess::of(Field::Text, 0.4, "words"),
        () => Guess::none("neither its name nor its content says what it is"),
    }
}

fn category(p: &Profile) -> Guess {
    Guess::of(Field::Category, 0.5, format!("a short list: {} different values", p.distinct_values))
}
