//! Copies on the disk: a folder for each table, a Parquet file for each reading, and a small file that names the one in force.

use super::{Copies, now_ms};
use crate::disk::replace_file;
use crate::error::{Error, Result};
use crate::remote::Place;
use datafusion::catalog::TableProvider;
use kith_core::config::ConnectionLimits;
use kith_core::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const CURRENT: &str = "current.json";
/// A query that began with an older file may read it for this long behind the switch: more than the longest allowed one.
const OLD_MS: i64 = 600_000;

/// What is in force of a copy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Current {
    /// The table, as SQL says it.
    pub table: String,
    /// Its file, without the end of its name.
    pub file: String,
    /// Rows.
    pub rows: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// When the reading began: what changed at the source later may not be in it.
    pub taken_at_ms: i64,
    /// When the last whole reading began.
    pub whole_at_ms: i64,
    /// True once it was the truth: then it is never deleted without being told to by name.
    #[serde(default)]
    pub moved: bool,
    /// Files before it, and when they were replaced.
    #[serde(default)]
    pub old: Vec<(String, i64)>,
    /// The last check: when, and how many rows differed.
    #[serde(default)]
    pub checked: Option<(i64, u64)>,
}

fn disk(path: &Path, error: impl std::fmt::Display) -> Error {
    let message = format!("{} can not be written: {error}", path.display());
    Error::data(
        "K-DATA-DISK",
        message,
        "Check rights and room on the disk; the copy of before is still there.",
    )
}

impl Copies {
    /// The folder of a table's copy. Names of tables may hold anything, so it is not named by them.
    pub(super) fn folder(&self, table: &str) -> PathBuf {
        let hash = Sha256::digest(table);
        self.0.dir.join(hex(&hash[..12]))
    }

    /// What is in force; `None` = there is no copy.
    pub(super) fn current(&self, table: &str) -> Result<Option<Current>> {
        read(&self.folder(table).join(CURRENT))
    }

    /// All that lie on the disk, whether the configuration knows them or not.
    pub(super) fn lying(&self) -> Result<Vec<Current>> {
        let entries = match std::fs::read_dir(&self.0.dir) {
            Ok(entries) => entries,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(disk(&self.0.dir, e)),
        };
        let found = entries.filter_map(|entry| Some(entry.ok()?.path().join(CURRENT)));
        let mut all: Vec<Current> =
            found.filter_map(|path| read(&path).transpose()).collect::<Result<_>>()?;
        all.sort_by(|a, b| a.table.cmp(&b.table));
        Ok(all)
    }

    /// Puts another in force, and deletes files that no query can be reading any more.
    pub(super) fn put(&self, table: &str, current: &Current) -> Result<()> {
        let folder = self.folder(table);
        let path = folder.join(CURRENT);
        let mut current = current.clone();
        let (keep, gone): (Vec<_>, Vec<_>) =
            std::mem::take(&mut current.old).into_iter().partition(|(_, at)| now_ms() - at < OLD_MS);
        current.old = keep;
        let text = serde_json::to_vec_pretty(&current).map_err(|e| disk(&path, e))?;
        replace_file(&path, &text).map_err(|e| disk(&path, e))?;
        for (file, _) in gone {
            // If it is still there, it is no harm.
            let _ = std::fs::remove_file(folder.join(format!("{file}.parquet")));
        }
        Ok(())
    }

    /// Deletes a copy. What is in force goes first: half of a copy is none.
    pub(super) fn remove(&self, table: &str) -> Result<()> {
        let folder = self.folder(table);
        let path = folder.join(CURRENT);
        std::fs::remove_file(&path)
            .and_then(|()| crate::disk::sync_folder(&folder))
            .map_err(|e| disk(&path, e))?;
        std::fs::remove_dir_all(&folder).map_err(|e| disk(&folder, e))
    }

    /// The copy, as a table.
    pub(super) async fn provider(&self, current: &Current) -> Result<Arc<dyn TableProvider>> {
        self.file(&current.table, &current.file).await
    }

    /// A file of a copy, as a table.
    pub(super) async fn file(&self, table: &str, file: &str) -> Result<Arc<dyn TableProvider>> {
        let place =
            Place::of_folder(&format!("copy of {table}"), &self.folder(table), ConnectionLimits::widest());
        let found = Arc::new(place).open(file).await?;
        found.ok_or_else(|| {
            let message = format!("the copy of {table} is damaged: its file {file} is gone");
            Error::data(
                "K-DATA-FORMAT",
                message,
                format!("`kith copy refresh {table} --whole` makes it again."),
            )
        })
    }
}

fn read(path: &Path) -> Result<Option<Current>> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) if matches!(e.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(e) => return Err(disk(path, e)),
    };
    serde_json::from_slice(&bytes).map(Some).map_err(|e| {
        let message = format!("{} is damaged: {e}", path.display());
        Error::data("K-DATA-FORMAT", message, "Delete its folder; `kith copy refresh` makes the copy again.")
    })
}
