//! What the samples of a column look like, as shares from 0 to 1.

use super::{Column, words};
use crate::field::Field;
use crate::standard::{Context, Outcome, country, fold, is_state, normalise};

/// The description of a column's content.
#[derive(Clone, Debug, Default)]
pub(super) struct Profile {
    /// Samples that hold a value.
    pub count: usize,
    /// Distinct values by samples, 0 to 1.
    pub distinct: f64,
    pub distinct_values: u64,
    /// Every row has a value, and no sample comes twice.
    pub unique: bool,
    pub email: f64,
    pub sha256: f64,
    pub uuid: f64,
    pub date: f64,
    /// A date with a time of day that is not midnight.
    pub time: f64,
    pub years: (i64, i64),
    pub phone: f64,
    pub gender: f64,
    pub state: f64,
    pub country: f64,
    pub postcode: f64,
    /// Letters and digits in a postcode, as in the United Kingdom.
    pub postcode_letters: f64,
    pub number: f64,
    pub integer: f64,
    pub integers: (i64, i64),
    /// Only letters, blanks and what stands in names.
    pub alpha: f64,
    /// Letters, but no digits and no @.
    pub letters: f64,
    pub given_name: f64,
    pub family_name: f64,
    /// Two to four words of letters.
    pub several_words: f64,
    pub city: f64,
    pub street: f64,
    pub comma: f64,
    pub company: f64,
    pub code: f64,
    pub words_mean: f64,
    pub length_mean: f64,
}

/// More samples do not change a share by more than 2 or 3 %.
const SAMPLES_MAX: usize = 400;

impl Profile {
    pub fn new(column: &Column) -> Profile {
        let ctx = Context::default();
        let step = column.samples.len().div_ceil(SAMPLES_MAX).max(1);
        let present = |s: &&str| normalise(Field::Category, s, &ctx) != Outcome::Missing;
        let samples: Vec<&str> =
            column.samples.iter().step_by(step).map(|s| s.trim()).filter(present).collect();
        let count = samples.len();
        let mut profile = Profile {
            count,
            distinct: column.distinct as f64 / column.samples.len().max(1) as f64,
            distinct_values: column.distinct,
            unique: column.nulls == 0 && count > 0 && column.distinct as usize == column.samples.len(),
            years: (i64::MAX, i64::MIN),
            integers: (i64::MAX, i64::MIN),
            ..Profile::default()
        };
        samples.iter().for_each(|s| profile.add(s, &ctx));
        profile.divide(count.max(1) as f64);
        for range in [&mut profile.years, &mut profile.integers] {
            if range.0 > range.1 {
                *range = (0, 0);
            }
        }
        profile
    }

    fn add(&mut self, sample: &str, ctx: &Context) {
        let valued = |field| matches!(normalise(field, sample, ctx), Outcome::Value(_) | Outcome::Junk(_));
        let count = |slot: &mut f64, yes: bool| *slot += f64::from(u8::from(yes));
        let digits = sample.bytes().filter(u8::is_ascii_digit).count();
        let letters = sample.chars().filter(|c| c.is_alphabetic()).count();
        let folded = fold(sample);
        let words: Vec<&str> = folded.split(' ').filter(|w| !w.is_empty()).collect();
        let first = words.first().copied().unwrap_or_default();
        count(&mut self.email, sample.contains('@') && valued(Field::Email));
        count(&mut self.sha256, sample.len() == 64 && valued(Field::EmailSha256));
        count(&mut self.uuid, uuid(sample));
        self.add_date(sample, digits, ctx);
        self.add_number(sample, letters);
        let dialled = sample.chars().all(|c| c.is_ascii_digit() || " ()+-./x#".contains(c));
        count(
            &mut self.phone,
            dialled && (7..=15).contains(&digits) && !iso_date(sample) && decimals(sample) != 1,
        );
        count(
            &mut self.gender,
            sample.len() <= 12 && matches!(normalise(Field::Gender, sample, ctx), Outcome::Value(_)),
        );
        count(&mut self.state, words.len() <= 3 && is_state(sample));
        count(&mut self.country, country::alpha2(sample).is_some());
        let short_code = (4..=10).contains(&sample.len()) && digits >= 2 && words.len() <= 2;
        count(&mut self.postcode, short_code && (letters > 0 || (4..=6).contains(&digits) || digits == 9));
        count(&mut self.postcode_letters, short_code && (2..=5).contains(&letters) && sample.len() >= 5);
        let name_like = |c: char| c.is_alphabetic() || c.is_whitespace() || "'’.-,&()".contains(c);
        count(&mut self.alpha, letters > 0 && sample.chars().all(name_like));
        count(&mut self.letters, letters > 0 && digits == 0 && !sample.contains('@'));
        count(&mut self.given_name, words::given_name(first));
        count(&mut self.family_name, words.last().is_some_and(|w| words::family_name(w)) && digits == 0);
        count(&mut self.several_words, letters > 0 && digits == 0 && (2..=5).contains(&words.len()));
        count(&mut self.city, words::city(first) && words.len() <= 3);
        let numbered = words.iter().any(|w| w.starts_with(|c: char| c.is_ascii_digit()));
        let street_word =
            words.iter().any(|w| words::street(w) || w.ends_with("strasse") || w.ends_with("str"));
        count(&mut self.street, street_word && (numbered || words.len() >= 2));
        count(&mut self.comma, sample.contains(',') && numbered);
        count(&mut self.company, words.iter().any(|w| words::company(w)) && words.len() >= 2);
        count(
            &mut self.code,
            !sample.contains(' ') && digits > 0 && sample.len() <= 40 && !sample.contains('@'),
        );
        self.words_mean += words.len() as f64;
        self.length_mean += sample.chars().count() as f64;
    }

    fn add_date(&mut self, sample: &str, digits: usize, ctx: &Context) {
        let date_like = digits >= 4 && sample.len() <= 40 && sample.chars().any(|c| !c.is_ascii_digit())
            || digits == 8 && sample.len() == 8;
        if !date_like || decimals(sample) == 1 {
            return;
        }
        let Some(Outcome::Value(date) | Outcome::Junk(date)) = Some(normalise(Field::BirthDate, sample, ctx))
        else {
            return;
        };
        let year: i64 = date.get(..4).and_then(|y| y.parse().ok()).unwrap_or(0);
        if date.len() == 10 && (1000..=2999).contains(&year) {
            self.date += 1.0;
            self.years = (self.years.0.min(year), self.years.1.max(year));
            let time = sample.contains(':') && !sample.contains("00:00:00");
            self.time += f64::from(u8::from(time));
        }
    }

    fn add_number(&mut self, sample: &str, letters: usize) {
        let whole = sample.strip_suffix(".0").unwrap_or(sample).parse::<i64>();
        if let Ok(value) = whole {
            self.integer += 1.0;
            self.integers = (self.integers.0.min(value), self.integers.1.max(value));
        }
        let plain = sample.chars().all(|c| c.is_ascii_digit() || "., -+$€£%()eE".contains(c));
        let number = letters <= 1 && plain && decimals(sample) <= 1 && !iso_date(sample);
        let ok = number && matches!(normalise(Field::Number, sample, &Context::default()), Outcome::Value(_));
        self.number += f64::from(u8::from(ok));
    }

    fn divide(&mut self, n: f64) {
        for share in [
            &mut self.email,
            &mut self.sha256,
            &mut self.uuid,
            &mut self.date,
            &mut self.time,
            &mut self.phone,
            &mut self.gender,
            &mut self.state,
            &mut self.country,
            &mut self.postcode,
            &mut self.postcode_letters,
            &mut self.number,
            &mut self.integer,
            &mut self.alpha,
            &mut self.letters,
            &mut self.given_name,
            &mut self.family_name,
            &mut self.several_words,
            &mut self.city,
            &mut self.street,
            &mut self.comma,
            &mut self.company,
            &mut self.code,
            &mut self.words_mean,
            &mut self.length_mean,
        ] {
            *share /= n;
        }
    }

    /// How much of the content could be an id.
    fn id(&self) -> f64 {
        if self.words_mean <= 3.0 && self.email < 0.5 && self.date < 0.9 { 0.9 } else { 0.2 }
    }

    /// How much of the content could be that field, 0 to 1.
    pub fn fit(&self, field: Field) -> f64 {
        // A value that only looks right, in a column of few values, is no less right.
        let short_list = if self.distinct_values <= 60 || self.distinct <= 0.1 { 1.0 } else { 0.2 };
        match field {
            Field::GivenName | Field::FamilyName | Field::MiddleName | Field::FormerName => {
                if self.words_mean < 3.0 { self.letters } else { 0.2 }
            }
            Field::FullName => {
                if self.words_mean <= 6.0 {
                    self.letters
                } else {
                    0.2
                }
            }
            Field::NameSuffix => {
                if self.length_mean <= 6.0 {
                    short_list
                } else {
                    0.1
                }
            }
            Field::NameTitle => {
                if self.length_mean <= 12.0 {
                    self.letters.min(short_list)
                } else {
                    0.1
                }
            }
            Field::BirthDate | Field::Date => self.date,
            Field::UpdatedAt | Field::CreatedAt => {
                let epoch = self.integer == 1.0 && self.integers.0 > 100_000_000;
                if epoch { 1.0 } else { self.date }
            }
            Field::Gender => self.gender,
            Field::Email => self.email,
            Field::EmailSha256 => self.sha256,
            Field::Phone => self.phone,
            Field::Street | Field::FullAddress => {
                if self.length_mean < 3.0 || self.email > 0.5 || self.number > 0.9 {
                    0.1
                } else {
                    (self.letters + self.street + 0.6).min(1.0)
                }
            }
            Field::City | Field::Region => {
                if self.words_mean <= 4.0 {
                    self.letters
                } else {
                    0.2
                }
            }
            Field::Postcode => self.postcode,
            Field::Country => {
                if self.country > 0.5 {
                    self.country
                } else {
                    0.25 * self.letters
                }
            }
            Field::Company => self.letters.max(0.6 * (1.0 - self.number)),
            Field::CustomerId | Field::NationalId | Field::RecordKey => self.id(),
            Field::UserId
            | Field::AnonymousId
            | Field::FacebookId
            | Field::SocialId
            | Field::DeviceToken
            | Field::AdvertisingId
            | Field::Cookie => self.id(),
            Field::Category | Field::Source => short_list.max(if self.words_mean <= 4.0 { 0.6 } else { 0.2 }),
            Field::Text => 0.9 * (1.0 - self.number),
            Field::Number => self.number,
        }
    }
}

fn uuid(text: &str) -> bool {
    let hex = text.bytes().filter(u8::is_ascii_hexdigit).count();
    hex == 32 && (text.len() == 32 || text.len() == 36 && text.bytes().filter(|b| *b == b'-').count() == 4)
}

fn iso_date(text: &str) -> bool {
    let b = text.as_bytes();
    b.len() >= 8
        && (b.get(4) == Some(&b'-') || b.get(4) == Some(&b'/'))
        && b.iter().take(4).all(u8::is_ascii_digit)
}

/// Decimal points in a text that holds only digits and points.
fn decimals(text: &str) -> usize {
    let plain = text.trim_start_matches('-').bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if plain { text.matches('.').count() } else { 0 }
}
