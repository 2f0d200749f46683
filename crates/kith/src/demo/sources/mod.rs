//! The seven sources as files: each writes the same kind of record in its own format, with its own bad habits.

pub mod crm;
pub mod demographics;
pub mod loyalty;
pub mod newsletter;
pub mod shop;
pub mod tickets;
pub mod tills;

use super::records::{Birth, Record, Source};
use super::rng::Rng;
use jiff::civil::Date;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What one source holds after it was written, and what a careful reader must refuse of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SourceSummary {
    /// Its name in `kith.toml`.
    pub source: Source,
    /// The file, or the table, that holds it.
    pub place: String,
    /// Rows in it, broken ones too: `rows = landed + rejected`.
    pub rows: u64,
    /// Rows that can be landed.
    pub landed: u64,
    /// Rows that must go to the rejects, by the code of the refusal.
    pub rejected: Vec<Rejected>,
    /// Landed rows whose birth date is no day, such as 02/30/1980: the row lands, the value does not.
    pub impossible_dates: u64,
}

impl SourceSummary {
    /// All rows that must be refused.
    pub fn rejected_total(&self) -> u64 {
        self.rejected.iter().map(|r| r.rows).sum()
    }

    fn new(source: Source, place: &str, landed: &[&mut Record]) -> SourceSummary {
        let impossible = landed.iter().filter(|r| matches!(r.birth, Birth::Impossible(_))).count();
        let rows = landed.len() as u64;
        SourceSummary {
            source,
            place: place.into(),
            rows,
            landed: rows,
            rejected: vec![],
            impossible_dates: impossible as u64,
        }
    }

    fn reject(&mut self, code: &'static str, rows: usize) {
        self.rows += rows as u64;
        self.rejected.push(Rejected { code, rows: rows as u64 });
    }
}

/// Rows that are broken on purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rejected {
    /// In what way, as the rejects table says it: `K-LAND-FIELDS`, `K-LAND-ENCODING`, `K-LAND-DUPLICATE-KEY`,
    /// `K-LAND-JSON`.
    pub code: &'static str,
    /// How many.
    pub rows: u64,
}

/// One line of a delimited file, quoted where needed.
pub fn line(cells: &[&str], delimiter: char) -> Vec<u8> {
    let mut line = String::new();
    for (i, cell) in cells.iter().enumerate() {
        if i > 0 {
            line.push(delimiter);
        }
        if cell.contains([delimiter, '"', '\n']) {
            line.push_str(&format!("\"{}\"", cell.replace('"', "\"\"")));
        } else {
            line.push_str(cell);
        }
    }
    line.push('\n');
    line.into_bytes()
}

/// Puts broken lines among the good ones, anywhere but first.
pub fn scatter(lines: &mut Vec<Vec<u8>>, broken: Vec<Vec<u8>>, rng: &mut Rng) {
    for line in broken {
        let place = 1 + rng.below(lines.len());
        lines.insert(place, line);
    }
}

/// `2026-10-31T09:15:00Z`.
pub fn instant(day: Date, second: u32) -> String {
    format!("{day}T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60)
}

/// Given, middle and family name and suffix in one text.
pub fn full_name(row: &Record) -> String {
    let parts = [row.given.as_str(), &row.middle, &row.family, row.suffix];
    parts.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Writes a whole file; the error names it.
pub fn save(dir: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf, super::Error> {
    let path = dir.join(name);
    std::fs::write(&path, bytes).map_err(|cause| super::Error::Write { path: path.clone(), cause })?;
    Ok(path)
}

/// Gzip without a time stamp, so that the same rows are the same bytes.
pub fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    use std::io::Write;
    let mut gz = flate2::GzBuilder::new().mtime(0).write(Vec::new(), flate2::Compression::fast());
    gz.write_all(bytes)?;
    gz.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_that_hold_a_delimiter_are_quoted() {
        assert_eq!(line(&["a", "b, c", "say \"d\"", ""], ','), b"a,\"b, c\",\"say \"\"d\"\"\",\n");
        assert_eq!(line(&["a", "b, c"], ';'), b"a;b, c\n");
    }
}
