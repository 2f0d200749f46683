//! Normal forms: two ways of writing one thing become one text, so that matching and look-ups can compare them.
//!
//! Reads: one text as the source wrote it, the field it means, the [`Context`] of its column. Decides: the normal
//! form, or that there is no value, or that the value must not link anybody, or that it can not be true. Never fails,
//! never changes the original, which the caller keeps. Called once per distinct value of a column: simple forms cost
//! well below 2 microseconds; international phone numbers some tens.
//!
//! | Field | Normal form |
//! |-|-|
//! | names, city, company, category, text | lower case, accents folded (`ß` to `ss`, `ø` to `o`), words with one blank between |
//! | `email` | lower case, `googlemail.com` as `gmail.com`; plus-tags kept |
//! | `phone` | E.164 (`+15551234567`); 7 to 15 bare digits where the country is not known |
//! | `birth_date`, `date` | `1975-09-13`; `1975-09` or `1975` where the source knows no more |
//! | `updated_at`, `created_at` | `2024-05-06T07:08:09Z` |
//! | `gender` | `f`, `m`, `x` |
//! | `street` | house number and words in short form: `12 main st unit 4` |
//! | `region`, `country`, `postcode` | upper case codes: `CA`, `DE`, `02138`, `OX16 3JJ` |
//! | `number` | plain decimal: `1234.5` |

mod address;
mod code;
pub mod country;
pub mod date;
mod email;
mod expand;
mod fold;
mod junk;
mod name;
mod phone;
mod place;
mod region;
mod street;

pub use address::{AddressParts, split_full_address};
pub use date::{day_first, timestamp_ms};
pub use email::sha256 as email_sha256;
pub use expand::{expand, join};
pub use fold::fold;
pub use name::{NameParts, split_full_name};
pub(crate) use region::anywhere as is_state;

use crate::field::Field;

/// What is known of a column beside its field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// ISO 3166-1 alpha-2, for phone numbers and address words that name no country.
    pub region: Option<String>,
    /// Whether 03/04/1975 is in April; [`day_first`] decides it per column. `None` = by region, else month first.
    pub day_first: Option<bool>,
}

/// What a text turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The normal form.
    Value(String),
    /// Blank, or typed in place of a value: `n/a`, `unknown`, `-`.
    Missing,
    /// The normal form of something that many records share for no reason: `noemail@noemail.com`, `0000000000`. It
    /// is kept, and must not link.
    Junk(String),
    /// Not what the field can hold: 30 February.
    Invalid {
        /// What is wrong, in words.
        reason: String,
    },
}

impl Outcome {
    pub(crate) fn invalid(reason: impl Into<String>) -> Outcome {
        Outcome::Invalid { reason: reason.into() }
    }

    /// The normal form, if it may link.
    pub fn value(self) -> Option<String> {
        match self {
            Outcome::Value(value) => Some(value),
            _ => None,
        }
    }
}

/// The normal form of one text.
pub fn normalise(field: Field, text: &str, ctx: &Context) -> Outcome {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c.is_control() || c == '\u{feff}');
    if junk::missing(field, text) {
        return Outcome::Missing;
    }
    let outcome = match field {
        Field::GivenName | Field::MiddleName | Field::FamilyName | Field::FormerName | Field::FullName => {
            name::normalise(field, text)
        }
        Field::NameSuffix => name::suffix(text),
        Field::NameTitle => code::words(text),
        Field::BirthDate | Field::Date => date::normalise(text, ctx),
        Field::UpdatedAt | Field::CreatedAt => date::normalise_timestamp(text, ctx),
        Field::Gender => code::gender(text),
        Field::Email => email::normalise(text),
        Field::EmailSha256 => email::normalise_sha256(text),
        Field::Phone => phone::normalise(text, ctx.region.as_deref()),
        Field::Street => street::normalise(text),
        Field::FullAddress => street::normalise(&text.replace(['\n', '\r'], ", ")),
        Field::City => place::city(text),
        Field::Region => region::normalise(text, ctx.region.as_deref()),
        Field::Postcode => place::postcode(text, ctx.region.as_deref()),
        Field::Country => country::normalise(text),
        Field::Company => place::company(text),
        Field::CustomerId | Field::NationalId => code::identifier(field, text),
        Field::UserId
        | Field::AnonymousId
        | Field::FacebookId
        | Field::SocialId
        | Field::DeviceToken
        | Field::AdvertisingId
        | Field::Cookie => match crate::event::carrier::stands_for_nobody(text) {
            true => Outcome::Missing,
            false => Outcome::Value(text.to_string()),
        },
        Field::Category | Field::Text => code::words(text),
        Field::Number => code::number(text),
        Field::Source => Outcome::Value(text.to_lowercase()),
        Field::RecordKey => Outcome::Value(text.to_string()),
    };
    match outcome {
        Outcome::Value(value) if value.is_empty() => Outcome::Missing,
        Outcome::Value(value) if junk::junk(field, &value) => Outcome::Junk(value),
        outcome => outcome,
    }
}

/// What to compare two records by: the normal form, or of a date or an e-mail address that can not be true
/// (`1862-04-55`, `ada@x`) its text in the same spelling, because a slip of the pen still tells which one was meant.
/// For matching only: such a text is not a value to show or to look up.
pub fn comparable(field: Field, text: &str, ctx: &Context) -> Option<String> {
    match normalise(field, text, ctx) {
        Outcome::Value(value) => Some(value),
        Outcome::Missing | Outcome::Junk(_) => None,
        Outcome::Invalid { .. } => match field {
            Field::BirthDate | Field::Date => date::spelling(text),
            Field::Email => Some(text.trim().to_lowercase()).filter(|t| t.len() >= 5 && !t.contains(' ')),
            _ => None,
        },
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
