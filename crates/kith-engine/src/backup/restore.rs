//! `kith backup restore`: a project from a backup, in a folder of its own.
//!
//! 1. Every file is copied and compared with its checksum on the way; `kith.toml` comes last, so that a restore which was cut
//!    off is no project.
//! 2. What is computed is made again: the store and the profiles on opening, the lake's tables after it.

use super::copy::{Opened, files, sync_folders};
use super::{PROJECT, disk, not_inside, sums};
use crate::error::{Error, Result};
use crate::project::Project;
use crate::report::{Progress, Stage};
use crate::story;
use kith_core::hex;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::time::Instant;

/// What was restored.
#[derive(Clone, Debug, Serialize)]
pub struct Restored {
    /// The project's folder.
    pub path: PathBuf,
    /// Files that were copied.
    pub files: u64,
    /// The position of its log of records.
    pub position: u64,
    /// The position of its log of events, if it takes any.
    pub events_position: Option<u64>,
    /// Profiles that it has.
    pub profiles: u64,
    /// Seconds for copying, and for making again what is computed.
    pub seconds: (f64, f64),
}

/// Restores a backup to a folder that is not there yet, or empty.
pub fn restore(backup: &Path, to: &Path, progress: &dyn Progress) -> Result<Restored> {
    let begun = Instant::now();
    let listed = sums::read(backup)?;
    not_inside(to, None)?;
    if !files(to)?.is_empty() {
        let message = format!("{} is not empty", to.display());
        return Err(Error::input(
            "K-BACKUP-TARGET",
            message,
            "Restore to a new folder; nothing was written.",
        ));
    }
    let inside = |name: &str| Some(name.strip_prefix(PROJECT)?.strip_prefix('/')?.to_string());
    let mut wanted: Vec<_> =
        listed.iter().filter_map(|(name, sum)| Some((name, sum, inside(name)?))).collect();
    wanted.sort_by_key(|(.., file)| file == "kith.toml");
    let total = wanted.len() as u64;
    for (done, (name, sum, file)) in (0..).zip(wanted) {
        progress.step(Stage::Copy, name, done, Some(total));
        let damaged = |what: &str| {
            let message = format!("{} {what}", backup.join(name).display());
            let help =
                "`kith backup verify` lists all that is damaged. Use another backup; empty the folder first.";
            Error::data("K-BACKUP-DAMAGED", message, help)
        };
        let opened = Opened::new(&backup.join(name))?.ok_or_else(|| damaged("is missing"))?;
        let mut hash = Sha256::new();
        opened.copy(&to.join(&file), |piece| hash.update(piece))?;
        if hex(hash.finalize()) != *sum {
            let half = to.join(&file);
            std::fs::remove_file(&half).map_err(|e| disk("removed", &half, &e))?;
            return Err(damaged("is not as it was"));
        }
    }
    sync_folders(to)?;
    let copied = begun.elapsed().as_secs_f64();
    let project = Project::open(to)?;
    let mut facts = project.facts.lock().unwrap_or_else(PoisonError::into_inner);
    let report = story::apply(&project, &mut facts, progress)?;
    Ok(Restored {
        path: to.into(),
        files: total,
        position: project.position().0,
        events_position: project.collector().map(|collector| collector.events().position().0),
        profiles: report.profiles,
        seconds: (copied, begun.elapsed().as_secs_f64() - copied),
    })
}
