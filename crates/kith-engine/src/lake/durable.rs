//! What deltalake leaves undone on a local disk: fsync, and the removal of files that no commit names.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// A query that started before an overwrite may read the old files for this long: more than the longest allowed
/// query (`exec::Limits`, 60 s by default), with room.
const ORPHAN_AGE: Duration = Duration::from_secs(600);

/// Files younger than this are synced after a write. A write of a table takes seconds; syncing a file that is on
/// disk already costs nothing, so the window is generous.
const FRESH: Duration = Duration::from_secs(3600);

/// The folder of commits in a table's folder.
const COMMITS: &str = "_delta_log";

/// Brings a table's new data files, then its commit files, then the folders up to `root` to the disk.
pub(super) fn sync_table(table: &Path, root: &Path) -> io::Result<()> {
    for folder in data_folders(table)? {
        sync_fresh_files(&folder)?;
        sync_folder(&folder)?;
    }
    let log = table.join(COMMITS);
    sync_fresh_files(&log)?;
    sync_folder(&log)?;
    let mut folder = Some(table);
    while let Some(dir) = folder {
        sync_folder(dir)?;
        folder = if dir == root { None } else { dir.parent() };
    }
    Ok(())
}

/// The table's own folder, and below it one for each value that it is divided by (`day=2026-11-22`).
fn data_folders(table: &Path) -> io::Result<Vec<PathBuf>> {
    let mut folders = vec![table.to_path_buf()];
    for entry in std::fs::read_dir(table)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() && entry.file_name().to_string_lossy().contains('=') {
            folders.push(entry.path());
        }
    }
    Ok(folders)
}

fn sync_fresh_files(dir: &Path) -> io::Result<()> {
    let now = SystemTime::now();
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        let facts = entry.metadata()?;
        let fresh = facts.modified().map(|at| now.duration_since(at).map_or(true, |age| age < FRESH));
        if facts.is_file() && fresh.unwrap_or(true) {
            File::open(entry.path())?.sync_all()?;
        }
    }
    Ok(())
}

fn sync_folder(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// Removes data files that the current version does not name, once no query can be reading them.
pub(super) fn remove_orphans(table: &Path, current: &[String]) -> io::Result<()> {
    let now = SystemTime::now();
    let current: rustc_hash::FxHashSet<&str> =
        current.iter().filter_map(|uri| uri.rsplit('/').next()).collect();
    for folder in data_folders(table)? {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let age = entry.metadata()?.modified().ok().and_then(|at| now.duration_since(at).ok());
            let old = age.is_some_and(|age| age > ORPHAN_AGE);
            if name.ends_with(".parquet") && !current.contains(name.as_str()) && old {
                std::fs::remove_file(entry.path())?;
            }
        }
    }
    Ok(())
}
