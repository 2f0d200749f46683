//! The truth: `source,key,person_id,household_id` of every record that can be landed, gzipped, in a folder of its own.

use super::Error;
use super::records::Record;
use super::sources::gzip;
use flate2::read::MultiGzDecoder;
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Error as IoError};
use std::path::{Path, PathBuf};

/// Whose record: source, key, person, household.
pub type Truth = (String, String, String, String);

/// Writes `truth/truth.csv.gz`, ordered by source and key.
pub fn write(dir: &Path, records: &mut [Record]) -> Result<PathBuf, Error> {
    records.sort_by(|a, b| (a.source, &a.key).cmp(&(b.source, &b.key)));
    let path = dir.join("truth").join("truth.csv.gz");
    let mut text = String::from("source,key,person_id,household_id\n");
    for r in records.iter() {
        text.push_str(&format!("{},{},P{:06},H{:06}\n", r.source.name(), r.key, r.person, r.household));
    }
    let write = || {
        std::fs::create_dir_all(dir.join("truth"))?;
        std::fs::write(&path, gzip(text.as_bytes())?)
    };
    write().map_err(|cause| Error::Write { path: path.clone(), cause })?;
    Ok(path)
}

/// Reads the truth, gzipped or not.
pub fn read(path: &Path) -> Result<Vec<Truth>, Error> {
    read_lines(path).map_err(|cause| Error::Truth { path: path.into(), cause })
}

fn read_lines(path: &Path) -> Result<Vec<Truth>, IoError> {
    let file = File::open(path)?;
    let lines: Box<dyn BufRead> = if path.extension().is_some_and(|e| e == "gz") {
        Box::new(BufReader::new(MultiGzDecoder::new(file)))
    } else {
        Box::new(BufReader::new(file))
    };
    let mut truth = Vec::new();
    for (i, line) in lines.lines().enumerate().skip(1) {
        let line = line?;
        let cells: Vec<&str> = line.split(',').collect();
        let [source, key, person, household, ..] = cells[..] else {
            return Err(IoError::other(format!("line {} has {} of 4 cells", i + 1, cells.len())));
        };
        truth.push((source.into(), key.into(), person.into(), household.into()));
    }
    Ok(truth)
}

/// Pairs of records that are of one person.
pub fn pairs(records: &[Record]) -> u64 {
    let mut sizes: HashMap<u32, u64> = HashMap::new();
    for record in records {
        *sizes.entry(record.person).or_default() += 1;
    }
    sizes.values().map(|n| n * (n - 1) / 2).sum()
}
