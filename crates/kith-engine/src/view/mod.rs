//! Views: queries that are kept as files of the project, and are tables of the schema `gold`.
//!
//! Reads:  `views/NAME.sql`, anew whenever a query names the view; `views/NAME.toml`, its contract.
//! Decides: nothing. A view is planned in the session of whoever asks, so that person's policy is applied where its tables are scanned:
//!         two people can see different things in one view. Policies can name a view as well.
//! Writes: a view that is saved, as a file.
//! Fails:  `K-VIEW-…`. A view that can not be planned has one column, `error`, and harms nobody else.
//!
//! 1. [`schema`] plans a view when a query names it. 2. [`lineage`] follows each column of a plan back to the columns it comes from.
//! 3. [`contract`] holds a view against what it promises: columns, keys, freshness, checks.

pub mod contract;
pub mod lineage;
mod schema;

pub(crate) use schema::GoldSchema;

use crate::error::{Error, Result};
use std::path::{Path, PathBuf};

/// The schema of views.
pub const SCHEMA: &str = "gold";
/// The folder of their files.
pub const FOLDER: &str = "views";
/// Views may name views, so deep and no deeper: one that names itself comes to an end.
pub(crate) const DEPTH_MAX: u8 = 8;
/// Bytes of a view's text.
const TEXT_MAX_BYTES: usize = 16 << 10;

/// The views of a project.
#[derive(Clone, Debug)]
pub struct Views {
    folder: PathBuf,
}

impl Views {
    /// Those of the project in this folder.
    pub fn of(project: &Path) -> Views {
        Views { folder: project.join(FOLDER) }
    }

    /// Their names, in order. Files whose names can not be those of a table are not there.
    pub fn names(&self) -> Vec<String> {
        let entries =
            std::fs::read_dir(&self.folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let sql = entries.filter(|path| path.extension().is_some_and(|e| e == "sql"));
        let mut names: Vec<String> =
            sql.filter_map(|path| Some(path.file_stem()?.to_str()?.to_string())).collect();
        names.retain(|name| fits(name));
        names.sort();
        names
    }

    /// The text of a view; `None` = there is none of that name.
    pub fn text(&self, name: &str) -> Result<Option<String>> {
        if !fits(name) {
            return Ok(None);
        }
        match std::fs::read_to_string(self.file(name)) {
            Ok(text) if text.len() > TEXT_MAX_BYTES => {
                Err(bad(name, format!("it has {} bytes, and {TEXT_MAX_BYTES} is the most", text.len())))
            }
            Ok(text) => Ok(Some(text)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(bad(name, format!("its file can not be read: {e}"))),
        }
    }

    /// Saves a view; one of that name is replaced.
    pub(crate) fn save(&self, name: &str, text: &str) -> Result<()> {
        if !fits(name) {
            let message =
                format!("{:?} can not be the name of a view", name.chars().take(80).collect::<String>());
            let help = "Use 1 to 63 small letters, digits and '_', a letter first.";
            return Err(Error::input("K-VIEW-NAME", message, help));
        }
        let wrote = std::fs::create_dir_all(&self.folder)
            .and_then(|()| crate::disk::replace_file(&self.file(name), text.as_bytes()));
        wrote.map_err(|e| bad(name, format!("its file can not be written: {e}")))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name).with_extension("sql")
    }

    pub(crate) fn contract_file(&self, name: &str) -> PathBuf {
        self.folder.join(name).with_extension("toml")
    }
}

fn fits(name: &str) -> bool {
    let sign = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    (1..=63).contains(&name.len())
        && name.chars().all(sign)
        && name.starts_with(|c: char| c.is_ascii_lowercase())
}

fn bad(name: &str, why: String) -> Error {
    Error::input(
        "K-VIEW-BAD",
        format!("the view {SCHEMA}.{name} can not be used: {why}"),
        "Mend its file in the folder views.",
    )
}
