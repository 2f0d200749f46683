//! Which tables there are, and of which files they are made: looked up anew for each query.

use super::fault;
use super::place::Place;
use crate::error::Result;
use futures::TryStreamExt;
use object_store::path::Path as At;
use object_store::{ObjectMeta, ObjectStoreExt};

/// Files of one table.
const FILES_MAX: usize = 10_000;
/// Letters of a table's name.
const NAME_MAX: usize = 128;
/// How Hive writes that there is no value.
const HIVE_NULL: &str = "__HIVE_DEFAULT_PARTITION__";

/// What a file is by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Parquet,
    Csv,
    Json,
}

impl Format {
    /// By the end of its name.
    pub fn of(name: &str) -> Option<Format> {
        let (stem, end) = name.rsplit_once('.')?;
        if stem.is_empty() || stem.ends_with('/') {
            return None;
        }
        match end.to_ascii_lowercase().as_str() {
            "parquet" => Some(Format::Parquet),
            "csv" => Some(Format::Csv),
            "ndjson" | "jsonl" | "json" => Some(Format::Json),
            _ => None,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Format::Parquet => "parquet",
            Format::Csv => "csv",
            Format::Json => "ndjson",
        }
    }
}

/// What may be a table: a file, or a folder, right under the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    /// Of the table.
    pub name: String,
    pub path: String,
    pub folder: bool,
}

impl Candidate {
    fn of(path: String, folder: bool) -> Option<Candidate> {
        let name = match folder {
            true => path.as_str(),
            false => path.rsplit_once('.').map(|(stem, _)| stem).filter(|_| Format::of(&path).is_some())?,
        };
        let hidden = name.starts_with(['.', '_']) || name.is_empty() || name.len() > NAME_MAX;
        let odd = hidden || name.chars().any(char::is_control) || At::parse(&path).is_err();
        let name = name.to_string();
        (!odd).then_some(Candidate { name, path, folder })
    }

    /// Of what lies right under a place.
    pub fn all(folders: Vec<String>, files: Vec<String>) -> Vec<Candidate> {
        let folders = folders.into_iter().filter_map(|path| Candidate::of(path, true));
        folders.chain(files.into_iter().filter_map(|path| Candidate::of(path, false))).collect()
    }
}

/// Files of a table, with the values that their folders say.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    pub format: Format,
    pub files: Vec<(ObjectMeta, Vec<Option<String>>)>,
    /// The columns that folders are named by.
    pub keys: Vec<String>,
}

/// What a table is made of.
#[derive(Clone, Debug)]
pub(super) enum Found {
    Files(Parts),
    Delta(String),
}

/// What is behind a name, now; `None` = nothing.
pub(super) async fn find(place: &Place, table: &str) -> Result<Option<Found>> {
    let (connection, store) = (place.name(), place.store()?);
    let mut candidates: Vec<Candidate> = place.candidates().await?;
    candidates.retain(|candidate| candidate.name == table);
    let candidate = match candidates.len() {
        0 => return Ok(None),
        1 => candidates.remove(0),
        _ => {
            let places: Vec<String> = candidates.into_iter().map(|candidate| candidate.path).collect();
            return Err(fault::ambiguous(connection, table, &places));
        }
    };
    let at = At::parse(&candidate.path)
        .map_err(|_| fault::bad(connection, &candidate.path, "its name is no path"))?;
    let failed = |e| fault::of_store(connection, &candidate.path, &e);
    if !candidate.folder {
        let Some(format) = Format::of(&candidate.path) else { return Ok(None) };
        let file = store.head(&at).await.map_err(failed)?;
        // Under a prefix, the store tells the whole name.
        let file = ObjectMeta { location: at, ..file };
        return Ok(Some(Found::Files(Parts { format, files: vec![(file, Vec::new())], keys: Vec::new() })));
    }
    let (mut listed, mut all) = (store.list(Some(&at)), Vec::new());
    let log = format!("{}/_delta_log/", candidate.path);
    while let Some(file) = listed.try_next().await.map_err(failed)? {
        if file.location.as_ref().starts_with(&log) {
            return Ok(Some(Found::Delta(candidate.path)));
        }
        all.push(file);
        if all.len() > FILES_MAX * 10 {
            return Err(fault::too_many_files(connection, table, FILES_MAX));
        }
    }
    parts(connection, table, &candidate.path, all).map(|parts| parts.map(Found::Files))
}

/// The files of a folder that count, all of one kind and under the same keys.
fn parts(connection: &str, table: &str, folder: &str, all: Vec<ObjectMeta>) -> Result<Option<Parts>> {
    let mut found: Option<Parts> = None;
    let mut all = all;
    all.sort_by(|a, b| a.location.cmp(&b.location));
    for file in all {
        let path = file.location.to_string();
        let Some(below) = path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/')) else { continue };
        let Some(format) = Format::of(below) else { continue };
        if below.split('/').any(|part| part.starts_with(['.', '_'])) {
            continue;
        }
        let (keys, values) = said(below);
        let parts = found.get_or_insert_with(|| Parts { format, files: Vec::new(), keys: keys.clone() });
        if parts.format != format {
            let why = format!("it is {}, and they are {}", format.name(), parts.format.name());
            return Err(fault::unlike(connection, &path, &why));
        }
        if parts.keys != keys {
            let why = "it lies in folders of other names, as in year=2026/";
            return Err(fault::unlike(connection, &path, why));
        }
        parts.files.push((file, values));
        if parts.files.len() > FILES_MAX {
            return Err(fault::too_many_files(connection, table, FILES_MAX));
        }
    }
    Ok(found)
}

/// What the folders of a path say: `year=2026/land=de/part.parquet`.
fn said(below: &str) -> (Vec<String>, Vec<Option<String>>) {
    let folders = below.rsplit_once('/').map_or("", |(folders, _)| folders);
    let pairs = folders.split('/').filter_map(|folder| folder.split_once('='));
    pairs.map(|(key, value)| (decoded(key), Some(decoded(value)).filter(|value| value != HIVE_NULL))).unzip()
}

/// Without the escapes of an address.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(byte) = bytes.get(at) {
        let digits = text.get(at + 1..at + 3).filter(|_| *byte == b'%');
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(value) => {
                out.push(value);
                at += 3;
            }
            None => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_tables_are_those_of_files_and_never_more() {
        let names = |files: &[&str]| -> Vec<String> {
            let files = files.iter().map(ToString::to_string).collect();
            Candidate::all(Vec::new(), files).into_iter().map(|candidate| candidate.name).collect()
        };
        assert_eq!(names(&["orders.parquet", "A b.CSV", "x\";DROP.json"]), ["orders", "A b", "x\";DROP"]);
        assert!(
            names(&[".csv", "_x.csv", ".x.csv", "x", "x.txt", "x.csv.gz", "a\nb.csv", "..csv"]).is_empty()
        );
    }

    #[test]
    fn folders_say_values() {
        let some = |text: &str| Some(text.to_string());
        assert_eq!(said("year=2026/land=d%20e/x.csv").1, [some("2026"), some("d e")]);
        assert_eq!(said("a/b/x.csv"), (vec![], vec![]));
        assert_eq!(said("y=__HIVE_DEFAULT_PARTITION__/x.csv").1, [None]);
        assert_eq!(decoded("100%"), "100%");
    }
}
