//! Reading the log: is it as it was written, what is in it, and who reads which table.

use super::chain::{Head, code, parts};
use super::writer::files;
use super::{Deed, Entry, FOLDER, Who};
use crate::error::{Error, Result};
use crate::project::DATA_DIR;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use utoipa::ToSchema;

/// Whether the log is as it was written.
#[derive(Clone, Debug, Serialize)]
pub struct Verified {
    /// True if every line is, and none is missing.
    pub good: bool,
    /// Lines that were read.
    pub entries: u64,
    /// Where it stands, as far as it is good.
    pub head: Head,
    /// What is wrong, if anything; what is behind it was not looked at.
    pub broken: Option<Broken>,
}

/// Where the log is not as it was written.
#[derive(Clone, Debug, Serialize)]
pub struct Broken {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1; 0 = the file as a whole.
    pub line: u64,
    /// What is wrong with it.
    pub what: String,
}

/// Who reads which table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Usage {
    /// `schema.table`.
    pub table: String,
    /// The name.
    pub user: String,
    /// What for, where it was said.
    pub purpose: Option<String>,
    /// The day, UTC.
    pub day: String,
    /// Queries that read it.
    pub queries: u64,
    /// Rows that these queries gave in all.
    pub rows: u64,
}

/// Reads the whole log of a project and compares every line with its code; with a head that was kept elsewhere, also that it
/// is still in it.
pub fn verify(project: &Path, kept: Option<&Head>) -> Result<Verified> {
    let folder = project.join(DATA_DIR).join(FOLDER);
    let mut found = Verified { good: false, entries: 0, head: Head::nothing(), broken: None };
    let mut wanted: Vec<(PathBuf, Head)> = Vec::new();
    let noted = folder.join("head.json");
    match std::fs::read(&noted).map(|text| serde_json::from_slice(&text)) {
        Ok(Ok(head)) => wanted.push((noted, head)),
        Ok(Err(_)) => found.broken = Some(whole(&noted, "it is not a head")),
        Err(e) if e.kind() == io::ErrorKind::NotFound => {}
        Err(e) => return Err(unreadable(&noted, &e)),
    }
    wanted.extend(kept.map(|head| (folder.clone(), head.clone())));
    let paths = files(&folder).map_err(|e| unreadable(&folder, &e))?;
    if paths.is_empty() && wanted.is_empty() && found.broken.is_none() {
        return Ok(Verified { good: true, ..found });
    }
    let key = folder.join("key");
    let key = std::fs::read_to_string(&key).map_err(|e| unreadable(&key, &e))?;
    for path in &paths {
        if found.broken.is_some() {
            break;
        }
        each(path, &mut |number, line| {
            found.broken = follow(key.trim().as_bytes(), &mut found.head, line).err().map(|what| Broken {
                file: path.clone(),
                line: number,
                what,
            });
            for (_, head) in wanted.iter().filter(|(_, head)| head.number == found.head.number) {
                if found.broken.is_none() && head.code != found.head.code {
                    let what = "a head that was noted names another line in its place".to_string();
                    found.broken = Some(Broken { file: path.clone(), line: number, what });
                }
            }
            found.entries += u64::from(found.broken.is_none());
            found.broken.is_none()
        })?;
    }
    let missing = wanted.into_iter().find(|(_, head)| head.number > found.head.number);
    if let (None, Some((file, head))) = (&found.broken, missing) {
        let what = format!("the log ends with line {}, and had {}", found.head.number, head.number);
        found.broken = Some(whole(&file, &what));
    }
    found.good = found.broken.is_none();
    Ok(found)
}

/// Goes on by one line, if it fits.
fn follow(key: &[u8], head: &mut Head, line: &str) -> std::result::Result<(), String> {
    let (said, entry) = parts(line).ok_or("it is not a line of the log")?;
    if said != code(key, &head.code, entry) {
        return Err("it was changed, moved or added, or the line before it was taken out".into());
    }
    let entry: Entry = serde_json::from_str(entry).map_err(|e| format!("it can not be read: {e}"))?;
    if entry.number != head.number + 1 {
        return Err(format!("it has the number {} behind {}", entry.number, head.number));
    }
    *head = Head { number: entry.number, code: said.into() };
    Ok(())
}

/// Where the log stands now: to be kept elsewhere.
pub fn head(project: &Path) -> Result<Head> {
    let found = verify(project, None)?;
    match found.broken {
        None => Ok(found.head),
        Some(broken) => Err(changed(&broken)),
    }
}

/// What is said of a log that is not as it was written.
pub fn changed(broken: &Broken) -> Error {
    let message = format!("{}, line {}: {}", broken.file.display(), broken.line, broken.what);
    let help = "Keep the folder as it is for whoever looks into it. A backup has the log as it was.";
    Error::data("K-AUDIT-CHANGED", message, help)
}

/// Shows the entries, oldest first, until told to stop. It does not look at codes.
pub fn entries(project: &Path, saw: &mut dyn FnMut(Entry) -> bool) -> Result<()> {
    let folder = project.join(DATA_DIR).join(FOLDER);
    let mut goes_on = true;
    for path in files(&folder).map_err(|e| unreadable(&folder, &e))? {
        if goes_on {
            each(&path, &mut |_, line| {
                let entry = parts(line).and_then(|(_, entry)| serde_json::from_str(entry).ok());
                goes_on = entry.is_none_or(&mut *saw);
                goes_on
            })?;
        }
    }
    Ok(())
}

/// Who read which table, or saw profiles by which part of the API, by day; `from` is the first day, `YYYY-MM-DD`.
pub fn usage(project: &Path, from: &str) -> Result<Vec<Usage>> {
    type Reading = (String, String, Option<String>, String);
    let (mut sums, mut open) =
        (BTreeMap::<Reading, (u64, u64)>::new(), BTreeMap::<String, Vec<Reading>>::new());
    entries(project, &mut |entry| {
        let day = entry.at.get(..10).unwrap_or_default().to_string();
        match entry.deed {
            Deed::Asked { who: Who { user, purpose, .. }, query, tables, .. } if day.as_str() >= from => {
                let of = |table: String| (table, user.clone(), purpose.clone(), day.clone());
                let readings: Vec<Reading> = tables.into_iter().map(|read| of(read.table)).collect();
                readings.iter().for_each(|reading| sums.entry(reading.clone()).or_default().0 += 1);
                open.insert(query, readings);
            }
            Deed::Showed { who: Who { user, purpose, .. }, route, profiles } if day.as_str() >= from => {
                let sum = sums.entry((route, user, purpose, day)).or_default();
                *sum = (sum.0 + 1, sum.1 + profiles.len() as u64);
            }
            Deed::Ended { query, rows } => {
                for reading in open.remove(&query).unwrap_or_default() {
                    sums.entry(reading).or_default().1 += rows;
                }
            }
            _ => {}
        }
        true
    })?;
    let usage =
        |((table, user, purpose, day), (queries, rows))| Usage { table, user, purpose, day, queries, rows };
    Ok(sums.into_iter().map(usage).collect())
}

/// Shows each line of a file with its number, without its end, until told to stop. The last one may be half a line: whoever
/// writes it has not answered yet.
fn each(path: &Path, saw: &mut dyn FnMut(u64, &str) -> bool) -> Result<()> {
    let mut file = BufReader::new(File::open(path).map_err(|e| unreadable(path, &e))?);
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let read = file.read_until(b'\n', &mut line).map_err(|e| unreadable(path, &e))?;
        if read == 0 || line.pop() != Some(b'\n') || !saw(number, &String::from_utf8_lossy(&line)) {
            return Ok(());
        }
    }
    Ok(())
}

fn whole(file: &Path, what: &str) -> Broken {
    Broken { file: file.into(), line: 0, what: what.into() }
}

fn unreadable(path: &Path, cause: &io::Error) -> Error {
    let message = format!("{} can not be read: {cause}", path.display());
    Error::data("K-AUDIT-READ", message, "Check rights and disk.")
}
