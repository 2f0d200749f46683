//! The customer relations system: UTF-8 CSV with American dates, telephone numbers in any shape, and typists. Or the
//! same rows in a PostgreSQL table.

use super::super::noise;
use super::super::records::{Birth, Record, Source};
use super::super::rng::Rng;
use super::super::{Error, postgres};
use super::{SourceSummary, line, save, scatter};
use std::path::Path;

/// Columns, in order.
pub const COLUMNS: [&str; 18] = [
    "customer_id",
    "title",
    "first_name",
    "middle_name",
    "last_name",
    "suffix",
    "former_name",
    "birth_date",
    "gender",
    "email",
    "phone",
    "street",
    "city",
    "state",
    "zip",
    "segment",
    "created",
    "modified",
];

/// Writes `crm.csv`, with lines that no reader can land.
pub fn write(dir: &Path, rows: &mut [&mut Record], rng: &mut Rng) -> Result<SourceSummary, Error> {
    let table = table(rows, rng);
    let mut lines = vec![line(&COLUMNS, ',')];
    lines.extend(table.iter().map(|cells| line(&cells.each_ref().map(String::as_str), ',')));
    let (ragged, wrong_bytes, repeated) = (ragged_lines(), wrong_bytes(), repeated_keys(&table));
    let mut summary = SourceSummary::new(Source::Crm, "crm.csv", rows);
    summary.reject("K-LAND-FIELDS", ragged.len());
    summary.reject("K-LAND-ENCODING", wrong_bytes.len());
    summary.reject("K-LAND-DUPLICATE-KEY", repeated.len());
    scatter(&mut lines, ragged, rng);
    scatter(&mut lines, wrong_bytes, rng);
    // A repeated key stands after the row whose key it repeats: the first one lands.
    lines.extend(repeated);
    save(dir, "crm.csv", &lines.concat())?;
    Ok(summary)
}

/// Writes the same rows to a table of a PostgreSQL database, which has no place for broken lines.
pub fn write_postgres(url: &str, rows: &mut [&mut Record], rng: &mut Rng) -> Result<SourceSummary, Error> {
    let table = table(rows, rng);
    postgres::load(url, &COLUMNS, &table)?;
    Ok(SourceSummary::new(Source::Crm, postgres::TABLE, rows))
}

fn table(rows: &mut [&mut Record], rng: &mut Rng) -> Vec<[String; 18]> {
    let number = |(i, row): (usize, &mut &mut Record)| {
        row.key = format!("C{:06}", 100_001 + i);
        cells(row, rng)
    };
    rows.iter_mut().enumerate().map(number).collect()
}

fn cells(row: &Record, rng: &mut Rng) -> [String; 18] {
    let title = match row.woman {
        Some(woman) if rng.chance(0.4) => if woman { "Ms" } else { "Mr" }.to_string(),
        _ => String::new(),
    };
    let gender = match row.woman {
        Some(woman) if rng.chance(0.9) => if woman { "F" } else { "M" }.to_string(),
        _ => String::new(),
    };
    let email = match rng.below(25) {
        0 => format!("{} ", row.email),
        1 => row.email.to_uppercase(),
        _ => row.email.clone(),
    };
    [
        row.key.clone(),
        title,
        if rng.chance(0.02) { row.given.to_uppercase() } else { row.given.clone() },
        row.middle.clone(),
        row.family.clone(),
        row.suffix.to_string(),
        row.former.clone(),
        match &row.birth {
            Birth::Missing if rng.chance(0.1) => "n/a".into(),
            Birth::Missing => String::new(),
            Birth::Day(day) => day.strftime("%m/%d/%Y").to_string(),
            Birth::Impossible(text) => text.to_string(),
        },
        gender,
        email,
        noise::phone_shape(&row.phone, rng),
        row.street.clone(),
        row.city.clone(),
        row.state.to_string(),
        row.postcode.clone(),
        rng.pick(&["new", "regular", "regular", "gold", ""]).to_string(),
        row.created.to_string(),
        format!("{} {:02}:{:02}:00", row.modified, row.second / 3600, row.second / 60 % 60),
    ]
}

/// A comma typed into a cell by an export that does not quote: one cell too many. And a line cut short.
fn ragged_lines() -> Vec<Vec<u8>> {
    [
        "C900001,Mr,Barnaby,,Underhill,,,04/11/1961,M,,(312) 555-0142,12 Tannery Lane, rear building,Fernton,IL,22470,regular,2019-05-02,2019-05-02 10:00:00\n",
        "C900002,,Ottilie,,Brandtner,,,,,ottilie@inkwell.example,,8 Lantern Way, Unit 3,Mosswood,OR,31880,,2021-02-11,2021-02-11 09:30:00\n",
        "C900003,Ms,Cordelia,,Vanpert\n",
    ]
    .map(|l| l.as_bytes().to_vec())
    .to_vec()
}

/// Two lines pasted from an old Latin-1 system into this UTF-8 file: é and ü as one byte each.
fn wrong_bytes() -> Vec<Vec<u8>> {
    [
        &b"C900004,Ms,Ren\xe9e,,Morvan,,,07/19/1983,F,renee.morvan@tidewire.example,,,,,,regular,2018-03-09,2018-03-09 16:20:00\n"[..],
        &b"C900005,Mr,J\xfcrgen,,Felsner,,,11/02/1957,M,,217-555-0177,,,,,,2018-03-09,2018-03-09 16:21:00\n"[..],
    ]
    .map(<[u8]>::to_vec)
    .to_vec()
}

/// The first two customers once more under the same key, with another date of change.
fn repeated_keys(table: &[[String; 18]]) -> Vec<Vec<u8>> {
    let again = |cells: &[String; 18]| {
        let mut cells = cells.clone();
        cells[17] = "2026-10-30 23:59:00".into();
        line(&cells.each_ref().map(String::as_str), ',')
    };
    table.iter().take(2).map(again).collect()
}
