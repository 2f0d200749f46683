//! Copies of files and folders, on the disk when they are made.

use super::disk;
use crate::disk::{pieces, sync_folder};
use crate::error::{Error, Result};
use std::fs::{File, Metadata, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// An open file that is to be copied, as long as it was when it was opened: what is removed or grows meanwhile is copied
/// all the same.
pub(super) struct Opened {
    file: File,
    facts: Metadata,
    path: PathBuf,
}

impl Opened {
    /// Opens a file; `None` = it is gone.
    pub fn new(path: &Path) -> Result<Option<Opened>> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(disk("read", path, &e)),
        };
        let facts = file.metadata().map_err(|e| disk("read", path, &e))?;
        Ok(Some(Opened { file, facts, path: path.into() }))
    }

    /// Copies it to a new file that the same people may read; `saw` is shown every piece.
    pub fn copy(self, to: &Path, mut saw: impl FnMut(&[u8])) -> Result<()> {
        if let Some(dir) = to.parent() {
            std::fs::create_dir_all(dir).map_err(|e| disk("made", dir, &e))?;
        }
        let mut out =
            OpenOptions::new().write(true).create_new(true).open(to).map_err(|e| disk("made", to, &e))?;
        out.set_permissions(self.facts.permissions()).map_err(|e| disk("made", to, &e))?;
        let copied = pieces(self.file.take(self.facts.len()), |bytes| {
            saw(bytes);
            out.write_all(bytes)
        });
        copied.map_err(|e| disk("copied", &self.path, &e))?;
        out.sync_all().map_err(|e| disk("synced", to, &e))
    }
}

/// Copies a file; false = it is not there.
pub(super) fn copy_file(from: &Path, to: &Path) -> Result<bool> {
    let Some(opened) = Opened::new(from)? else { return Ok(false) };
    opened.copy(to, |_| ())?;
    Ok(true)
}

/// The files below a folder, sorted, with their paths in it as text; none if it is not there.
pub(super) fn files(root: &Path) -> Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(e) if e.kind() == ErrorKind::NotFound => continue,
            Err(e) => return Err(disk("listed", &folder, &e)),
        };
        for entry in entries {
            let entry = entry.map_err(|e| disk("listed", &folder, &e))?;
            let path = entry.path();
            match entry.file_type().map_err(|e| disk("read", &path, &e))?.is_dir() {
                true => folders.push(path),
                false => found.push((name_in(root, &path)?, path)),
            }
        }
    }
    found.sort();
    Ok(found)
}

/// A file's path in a folder, with `/` between the names.
fn name_in(root: &Path, path: &Path) -> Result<String> {
    let names = path.strip_prefix(root).unwrap_or(path).iter();
    let name = names.map(|name| name.to_str()).collect::<Option<Vec<_>>>().map(|names| names.join("/"));
    name.filter(|name| !name.contains(['\n', '\\'])).ok_or_else(|| {
        let help = "Rename it: Unicode, without line ends or backslashes.";
        Error::data("K-BACKUP-DISK", format!("{} has a name that a list can not hold", path.display()), help)
    })
}

/// Brings the entries of a folder, and of all below it, to the disk.
pub(super) fn sync_folders(root: &Path) -> Result<()> {
    let synced = |dir: &Path| sync_folder(dir).map_err(|e| disk("synced", dir, &e));
    let mut folders: Vec<PathBuf> =
        files(root)?.iter().flat_map(|(_, path)| path.ancestors().skip(1).map(Path::to_path_buf)).collect();
    folders.retain(|folder| folder.starts_with(root));
    folders.sort();
    folders.dedup();
    folders.iter().rev().try_for_each(|folder| synced(folder))?;
    root.parent().filter(|dir| !dir.as_os_str().is_empty()).map_or(Ok(()), synced)
}
