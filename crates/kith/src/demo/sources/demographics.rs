//! The data vendor's file: what it knows of e-mail addresses that the company sent it, under their SHA-256.

use super::super::people::{Person, TODAY};
use super::super::records::{Record, Source};
use super::super::rng::Rng;
use super::super::{Error, words};
use super::{SourceSummary, line, save};
use kith_core::hex;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::path::Path;

/// Columns, in order.
pub const COLUMNS: [&str; 5] = ["email_sha256", "age_band", "income_band", "homeowner", "occupation"];

/// Rows for some of the mailboxes that the sources hold. A mailbox that a household shares would say nothing of one
/// person, and a mistyped one nothing at all: the vendor answers for own mailboxes only.
pub fn answers(people: &[Person], records: &[Record], rng: &mut Rng) -> Vec<Record> {
    let mut asked = HashSet::new();
    let mut answers = Vec::new();
    for record in records {
        let Some(person) = people.get(record.person as usize) else { continue };
        let own = person.emails.contains(&record.email);
        if own && asked.insert(&record.email) && rng.chance(0.17) {
            let mut answer = record.blank(Source::Demographics);
            answer.email = record.email.clone();
            answer.key = hex(Sha256::digest(record.email.to_lowercase()));
            answers.push(answer);
        }
    }
    answers
}

/// Writes `demographics.csv`, in the order of the hashes.
pub fn write(
    dir: &Path,
    people: &[Person],
    rows: &mut [&mut Record],
    rng: &mut Rng,
) -> Result<SourceSummary, Error> {
    rows.sort_by(|a, b| a.key.cmp(&b.key));
    let mut lines = vec![line(&COLUMNS, ',')];
    for row in rows.iter() {
        let Some(person) = people.get(row.person as usize) else { continue };
        let age = TODAY.year() - person.born.year();
        let band =
            if age < 25 { "18-24".into() } else { format!("{0}-{1}", age / 10 * 10, age / 10 * 10 + 9) };
        let income = *rng.pick(&["under 25k", "25k-50k", "50k-75k", "75k-100k", "over 100k"]);
        let occupation = if age > 67 { "Retired" } else { rng.pick(&words::OCCUPATIONS) };
        let homeowner = *rng.pick(&["Y", "N", "U"]);
        lines.push(line(&[&row.key, &band, income, homeowner, occupation], ','));
    }
    save(dir, "demographics.csv", &lines.concat())?;
    Ok(SourceSummary::new(Source::Demographics, "demographics.csv", rows))
}
