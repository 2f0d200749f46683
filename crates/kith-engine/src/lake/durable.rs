//! What deltalake leaves undone on a local disk: fsync, and the removal of files that no commit names.

use crate::disk::sync_folder;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// A query that started before an overwrite may read the old files for this long behind it: more than the longest allowed
/// query (`exec::Limits`, 60 s by default), with room. A file's time is that of the overwrite: [`remove_orphans`] sets it.
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

/// Removes data files that the current version does not name, once no query can be reading them. Those that the version
/// before it still named are only marked with the time: queries that began with that version may be reading them.
pub(super) fn remove_orphans(table: &Path, before: &[String], current: &[String]) -> io::Result<()> {
    let now = SystemTime::now();
    let names = |uris: &[String]| -> rustc_hash::FxHashSet<String> {
        uris.iter().filter_map(|uri| uri.rsplit('/').next()).map(String::from).collect()
    };
    let (before, current) = (names(before), names(current));
    for folder in data_folders(table)? {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let age = entry.metadata()?.modified().ok().and_then(|at| now.duration_since(at).ok());
            let old = age.is_some_and(|age| age > ORPHAN_AGE);
            if !name.ends_with(".parquet") || current.contains(&name) {
                continue;
            }
            if before.contains(&name) {
                File::options().append(true).open(entry.path())?.set_modified(now)?;
            } else if old {
                std::fs::remove_file(entry.path())?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_goes_only_when_no_query_that_began_with_it_can_be_running() {
        let dir = tempfile::tempdir().expect("a folder");
        let long_ago = SystemTime::now() - 2 * ORPHAN_AGE;
        for name in ["current.parquet", "replaced.parquet", "left.parquet"] {
            let file = File::create(dir.path().join(name)).expect("a file");
            file.set_modified(long_ago).expect("a time");
        }
        let uri = |name: &str| format!("file:///t/{name}.parquet");
        let there = |name: &str| dir.path().join(name).with_extension("parquet").exists();
        remove_orphans(dir.path(), &[uri("replaced")], &[uri("current")]).expect("removed");
        assert!(there("current") && there("replaced"), "a query of before may be reading it");
        assert!(!there("left"), "the control: nobody reads what was replaced long ago");
        remove_orphans(dir.path(), &[uri("current")], &[uri("current")]).expect("removed");
        assert!(there("replaced"), "nor at the next write, soon behind it");
        File::options()
            .append(true)
            .open(dir.path().join("replaced.parquet"))
            .expect("it")
            .set_modified(long_ago)
            .expect("a time");
        remove_orphans(dir.path(), &[uri("current")], &[uri("current")]).expect("removed");
        assert!(!there("replaced"));
    }
}
