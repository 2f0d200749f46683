//! Giving up the beginning of the log, once what it held is safe elsewhere.
//!
//! 1. A note says where the log begins. It is on the disk before any file goes, so that a file which is missing without a
//!    note is damage.
//! 2. Whole segments before it are removed. After a crash between the two, opening removes what is left of them.

use super::Log;
use super::recover::Segment;
use crate::error::{LiveError, Result};
use crate::seams::{Disk, append_all, read_full};
use kith_core::id::Position;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The note of where a log begins.
const BEGIN: &str = "begin.json";

#[derive(Serialize, Deserialize)]
struct Begin {
    /// The log's own name, as 16 hexadecimal digits.
    log: String,
    /// The first position that it still has.
    first: u64,
}

impl Log {
    /// The first position that it still has, or will have.
    pub fn first(&self) -> Position {
        Position(self.lock().segments.first().map_or(1, |segment| segment.first))
    }

    /// Gives up the oldest segments, as long as the others have `keep_bytes` and every position of theirs is less than
    /// `before`; where the log begins now. The caller has what they held in other files, fsynced. The last segment stays.
    pub fn cut(&self, before: Position, keep_bytes: u64) -> Result<Position> {
        let mut state = self.lock();
        let mut left: u64 = state.segments.iter().map(|s| s.len).sum();
        let mut spare = |segment: &Segment, next: &Segment| {
            left -= segment.len;
            left >= keep_bytes && next.first <= before.0
        };
        let keep = state.segments.windows(2).take_while(|two| matches!(two, [a, b] if spare(a, b))).count();
        let Some(first) = state.segments.get(keep).map(|s| s.first) else { return Ok(Position(1)) };
        if keep > 0 {
            self.note_begin(first)?;
            for segment in state.segments.drain(..keep) {
                remove(self.disk.as_ref(), &segment.path)?;
            }
            self.disk.sync_dir(&self.dir).map_err(LiveError::disk("sync", &self.dir))?;
        }
        Ok(Position(first))
    }

    fn note_begin(&self, first: u64) -> Result<()> {
        let path = self.dir.join("begin.new");
        let note = format!("{{\"log\":\"{:016x}\",\"first\":{first}}}\n", self.id);
        let mut file = self.empty_file(&path)?;
        append_all(file.as_mut(), note.as_bytes()).map_err(LiveError::disk("write to", &path))?;
        file.sync().map_err(LiveError::disk("sync", &path))?;
        self.disk.rename(&path, &self.dir.join(BEGIN)).map_err(LiveError::disk("rename", &path))?;
        self.disk.sync_dir(&self.dir).map_err(LiveError::disk("sync", &self.dir))
    }
}

/// Where the log with this name begins, by its note; 1 = nothing was given up.
pub(super) fn begin(disk: &dyn Disk, dir: &Path, log_id: Option<u64>) -> u64 {
    let Ok(file) = disk.open(&dir.join(BEGIN)) else { return 1 };
    let mut bytes = vec![0; 512];
    let got = read_full(file.as_ref(), 0, &mut bytes).unwrap_or(0);
    // A note that can not be read leaves the log as one whose first files are missing, which is said.
    let note: Option<Begin> = serde_json::from_slice(bytes.get(..got).unwrap_or(&[])).ok();
    let of = |note: &Begin| log_id.is_none_or(|id| note.log == format!("{id:016x}"));
    note.filter(of).map_or(1, |note| note.first.max(1))
}

/// Removes files that lie wholly before the beginning.
pub(super) fn remove_leftovers(disk: &dyn Disk, paths: &mut Vec<PathBuf>, begin: u64) -> Result<()> {
    let first = |path: &PathBuf| path.file_stem()?.to_str()?.parse::<u64>().ok();
    let nexts = paths.iter().skip(1);
    let left = nexts.take_while(|next| first(next).is_some_and(|next| next <= begin)).count();
    paths.drain(..left).try_for_each(|path| remove(disk, &path))
}

fn remove(disk: &dyn Disk, path: &Path) -> Result<()> {
    match disk.remove(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(LiveError::disk("remove", path)(e)),
        _ => Ok(()),
    }
}
