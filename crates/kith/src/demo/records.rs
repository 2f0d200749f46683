//! What each source came to know of a person: a record, before the source writes it in its own format.
//!
//! 1. `chapters` decides in which sources a person appears and how often.
//! 2. `hearsay` writes each record: what was true on its day, less what the source does not ask for, with some of it wrong.
//! 3. A record that has nothing but a name in common with its person's others would be a riddle without an answer: most
//!    such get an e-mail address or telephone number in common after all (`tie`).

use super::hearsay;
use super::people::{Person, World};
use super::rng::Rng;
use super::words;
use jiff::civil::Date;
use serde::Serialize;

/// The seven sources, most trusted first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    Crm,
    Loyalty,
    Shop,
    Tills,
    Tickets,
    Newsletter,
    Demographics,
}

impl Source {
    /// All of them.
    pub const ALL: [Source; 7] = [
        Source::Crm,
        Source::Loyalty,
        Source::Shop,
        Source::Tills,
        Source::Tickets,
        Source::Newsletter,
        Source::Demographics,
    ];

    /// Its name in `kith.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Source::Crm => "crm",
            Source::Loyalty => "loyalty",
            Source::Shop => "shop",
            Source::Tills => "tills",
            Source::Tickets => "tickets",
            Source::Newsletter => "newsletter",
            Source::Demographics => "demographics",
        }
    }
}

/// A birth date as a source holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Birth {
    /// Not asked or not told.
    Missing,
    /// A day, right or wrong.
    Day(Date),
    /// No day at all, such as 02/30/1980.
    Impossible(&'static str),
}

/// One row to be of one source. Texts are empty where the source knows nothing.
#[derive(Clone, Debug)]
pub struct Record {
    pub source: Source,
    /// Given when the source is written.
    pub key: String,
    pub person: u32,
    pub household: u32,
    pub woman: Option<bool>,
    pub given: String,
    pub middle: String,
    pub family: String,
    pub former: String,
    pub suffix: &'static str,
    pub birth: Birth,
    pub email: String,
    /// Ten digits.
    pub phone: String,
    /// Loyalty card number.
    pub card: String,
    pub street: String,
    pub city: String,
    pub state: &'static str,
    pub postcode: String,
    pub created: Date,
    pub modified: Date,
    /// Time of day of the last change, in seconds.
    pub second: u32,
}

impl Record {
    /// A record of the same person in another source, which knows nothing yet.
    pub fn blank(&self, source: Source) -> Record {
        let (created, modified, second) = (self.created, self.modified, self.second);
        Record::of(self.person, self.household, source, created, modified, second)
    }

    /// A record that knows nothing yet.
    pub fn of(
        person: u32,
        household: u32,
        source: Source,
        created: Date,
        modified: Date,
        second: u32,
    ) -> Record {
        Record {
            source,
            key: String::new(),
            person,
            household,
            woman: None,
            given: String::new(),
            middle: String::new(),
            family: String::new(),
            former: String::new(),
            suffix: "",
            birth: Birth::Missing,
            email: String::new(),
            phone: String::new(),
            card: String::new(),
            street: String::new(),
            city: String::new(),
            state: "",
            postcode: String::new(),
            created,
            modified,
            second,
        }
    }
}

/// Everything that the six own sources know of one person. (The vendor's file comes later: it only answers e-mail
/// addresses that the company sent it.)
pub fn chapters(world: &mut World, person: &Person) -> Vec<Record> {
    let mut records = Vec::new();
    let mut cards: Vec<String> = Vec::new();
    if world.rng.chance(0.30) {
        // Who has lost a card has a second row.
        for _ in 0..1 + usize::from(world.rng.chance(0.03)) {
            let mut row = hearsay::record(world, person, Source::Loyalty);
            row.card = card(person.id, cards.len());
            tie(&mut world.rng, person, &mut row, &mut records);
            cards.push(row.card.clone());
            records.push(row);
        }
    }
    let plan = [
        (Source::Crm, 0.58, 0.04),
        (Source::Shop, 0.44, 0.05),
        (Source::Newsletter, 0.29, 0.03),
        (Source::Tickets, 0.16, 0.25),
        (Source::Tills, if cards.is_empty() { 0.18 } else { 0.55 }, 0.28),
    ];
    for (source, first, again) in plan {
        let mut chance = first;
        while world.rng.chance(chance) {
            let mut row = hearsay::record(world, person, source);
            if source == Source::Tills && !cards.is_empty() && world.rng.chance(0.6) {
                row.card = world.rng.pick(&cards).clone();
            }
            tie(&mut world.rng, person, &mut row, &mut records);
            records.push(row);
            chance = again;
        }
    }
    if records.is_empty() {
        let source = *world.rng.pick(&[Source::Crm, Source::Crm, Source::Shop]);
        records.push(hearsay::record(world, person, source));
    }
    records
}

/// A card number that nobody else has and that says nothing of its holder: 3^18 and 10^9 have no common factor, so
/// that different products have different last nine digits.
fn card(person: u32, earlier: usize) -> String {
    let serial = u64::from(person) * 8 + earlier as u64 + 3;
    format!("HP{:09}", serial * 387_420_489 % 1_000_000_000)
}

/// True where two records of a person share a value that few others have.
fn tied(a: &Record, b: &Record) -> bool {
    let house =
        |r: &Record| r.street.split(' ').next().map(|number| (number.to_string(), r.postcode.clone()));
    (a.email == b.email && usable(&a.email, &words::JUNK_EMAILS))
        || (a.phone == b.phone && usable(&a.phone, &words::JUNK_PHONES))
        || (a.card == b.card && !a.card.is_empty())
        || (a.birth == b.birth && matches!(a.birth, Birth::Day(_)))
        || (!a.street.is_empty() && house(a) == house(b))
}

fn usable(text: &str, junk: &[&str]) -> bool {
    !text.is_empty() && !junk.contains(&text)
}

/// Ties a record, which nothing but a name would tie to its person's earlier ones, to one of them: they then have the
/// same e-mail address or telephone number. One in eight stays loose.
fn tie(rng: &mut Rng, person: &Person, row: &mut Record, earlier: &mut [Record]) {
    if earlier.is_empty() || earlier.iter().any(|e| tied(row, e)) || rng.chance(0.12) {
        return;
    }
    let i = rng.below(earlier.len());
    let Some(other) = earlier.get_mut(i) else { return };
    let shared_by_all = row.given.is_empty() && person.family_email.as_ref() == Some(&other.email);
    if usable(&other.email, &words::JUNK_EMAILS) && !shared_by_all {
        row.email = other.email.clone();
    } else if usable(&other.phone, &words::JUNK_PHONES) && row.source != Source::Newsletter {
        row.phone = other.phone.clone();
    } else {
        if !usable(&row.email, &words::JUNK_EMAILS) {
            row.email = person.emails.first().cloned().unwrap_or_default();
        }
        other.email = row.email.clone();
    }
}
