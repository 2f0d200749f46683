//! The newsletter tool, bought in Germany: semicolons, Latin-1, German column names and days.

use super::super::Error;
use super::super::records::{Record, Source};
use super::super::rng::Rng;
use super::{SourceSummary, line, save, scatter};
use encoding_rs::WINDOWS_1252;
use std::path::Path;

/// Columns, in order.
pub const COLUMNS: [&str; 9] =
    ["abo_nr", "email", "anrede", "vorname", "nachname", "plz", "ort", "angemeldet_am", "status"];

/// Writes `newsletter.csv`, with one line cut short.
pub fn write(dir: &Path, rows: &mut [&mut Record], rng: &mut Rng) -> Result<SourceSummary, Error> {
    let mut lines = vec![line(&COLUMNS, ';')];
    for (i, row) in rows.iter_mut().enumerate() {
        row.key = (70_001 + i).to_string();
        let salutation = match row.woman {
            Some(true) if !row.family.is_empty() => "Frau",
            Some(false) if !row.family.is_empty() => "Herr",
            _ => "",
        };
        let signed_up = row.modified.strftime("%d.%m.%Y").to_string();
        let status = *rng.pick(&["aktiv", "aktiv", "aktiv", "abgemeldet"]);
        let (given, family) = (&row.given, &row.family);
        let cells: [&str; 9] =
            [&row.key, &row.email, salutation, given, family, &row.postcode, &row.city, &signed_up, status];
        let text = String::from_utf8_lossy(&line(&cells, ';')).into_owned();
        lines.push(WINDOWS_1252.encode(&text).0.into_owned());
    }
    let mut summary = SourceSummary::new(Source::Newsletter, "newsletter.csv", rows);
    let ragged = vec![b"99001;thaddeus@paperplane.example;Herr\n".to_vec()];
    summary.reject("K-LAND-FIELDS", ragged.len());
    scatter(&mut lines, ragged, rng);
    save(dir, "newsletter.csv", &lines.concat())?;
    Ok(summary)
}
