//! The loyalty programme: gzipped CSV with ISO dates; its card number is what the tills read.

use super::super::records::{Birth, Record, Source};
use super::super::rng::Rng;
use super::super::{Error, noise};
use super::{SourceSummary, full_name, gzip, instant, line, save};
use std::path::Path;

/// Columns, in order.
pub const COLUMNS: [&str; 8] =
    ["card_number", "member", "birth_date", "email", "phone", "tier", "postcode", "updated"];

/// Writes `loyalty.csv.gz`, with three rows whose key is taken.
pub fn write(dir: &Path, rows: &mut [&mut Record], rng: &mut Rng) -> Result<SourceSummary, Error> {
    let mut lines = vec![line(&COLUMNS, ',')];
    for row in rows.iter_mut() {
        row.key = row.card.clone();
        lines.push(member(row, rng));
    }
    // A night's import ran twice for the first three, with new tiers.
    let again: Vec<Vec<u8>> = rows.iter().take(3).map(|row| member(row, rng)).collect();
    let mut summary = SourceSummary::new(Source::Loyalty, "loyalty.csv.gz", rows);
    summary.reject("K-LAND-DUPLICATE-KEY", again.len());
    lines.extend(again);
    let path = dir.join("loyalty.csv.gz");
    let bytes = gzip(&lines.concat()).map_err(|cause| Error::Write { path, cause })?;
    save(dir, "loyalty.csv.gz", &bytes)?;
    Ok(summary)
}

fn member(row: &Record, rng: &mut Rng) -> Vec<u8> {
    let birth = match &row.birth {
        Birth::Missing => String::new(),
        Birth::Day(day) => day.to_string(),
        Birth::Impossible(_) => "0000-00-00".into(),
    };
    let cells: [&str; 8] = [
        &row.card,
        &full_name(row),
        &birth,
        &row.email,
        &noise::phone_shape(&row.phone, rng),
        *rng.pick(&["basic", "basic", "silver", "gold"]),
        &row.postcode,
        &instant(row.modified, row.second),
    ];
    line(&cells, ',')
}
