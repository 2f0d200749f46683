//! Opening the log, and leaving it: see the module above for the steps.

use super::frame::{SEGMENT_HEADER, SegmentHeader};
use super::recover::{Found, Segment, Walk};
use super::scan::Scan;
use super::{Log, Lost, Recovery, SEGMENT_BYTES, State, WRITE_BYTES, cut};
use crate::error::{LiveError, Result};
use crate::seams::{Disk, DiskFile, Random, append_all, read_full};
use kith_core::id::Position;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// The note of a good end: which segment, how long, under which log.
const CLEAN: &str = "clean.json";

impl Log {
    /// Opens the log in `dir`, made if missing, and recovers it. `acknowledged` is a position that is known to have
    /// been acknowledged, with the identity of the log that it is of (0 = none known).
    pub fn open(
        dir: &Path,
        disk: Arc<dyn Disk>,
        random: &dyn Random,
        acknowledged: (u64, Position),
    ) -> Result<Log> {
        Log::open_with(dir, disk, random, acknowledged, SEGMENT_BYTES)
    }

    /// The same with another size of segments: a test of the places between two of them needs small ones.
    pub fn open_with(
        dir: &Path,
        disk: Arc<dyn Disk>,
        random: &dyn Random,
        acknowledged: (u64, Position),
        segment_bytes: u64,
    ) -> Result<Log> {
        disk.create_dir_all(dir).map_err(LiveError::disk("create", dir))?;
        let names = disk.list(dir).map_err(LiveError::disk("list", dir))?;
        let mut paths: Vec<PathBuf> =
            names.iter().filter(|n| n.ends_with(".log")).map(|n| dir.join(n)).collect();
        let known = first_log_id(disk.as_ref(), &paths)?;
        let hint = if known == Some(acknowledged.0) { acknowledged.1.0 } else { 0 };
        let begin = cut::begin(disk.as_ref(), dir, known);
        cut::remove_leftovers(disk.as_ref(), &mut paths, begin)?;
        let mut walk = Walk::new(hint);
        walk.expected = begin;
        let mut segments: Vec<Segment> = Vec::new();
        let mut usable = true;
        for (i, path) in paths.iter().enumerate() {
            let file = disk.open(path).map_err(LiveError::disk("open", path))?;
            let len = file.len().map_err(LiveError::disk("measure", path))?;
            let mut scan = Scan::new(file, len);
            usable = true;
            match walk.segment(path, &mut scan, i + 1 == paths.len())? {
                Found::Good(segment) => segments.push(segment),
                Found::Foreign => usable = false,
                Found::NeverBorn => {
                    usable = false;
                    let aside = path.with_extension("unborn");
                    disk.rename(path, &aside).map_err(LiveError::disk("rename", path))?;
                    disk.sync_dir(dir).map_err(LiveError::disk("sync", dir))?;
                }
            }
        }
        let next = walk.expected.max(hint + 1);
        if next > walk.expected {
            walk.lost.push(Lost {
                path: dir.to_path_buf(),
                bytes: (0, 0),
                first: Position(walk.expected),
                last: Position(hint),
                what: "the end of the log is gone".into(),
            });
        }
        let recovery =
            Recovery { entries: walk.entries, segments: segments.len(), torn: walk.torn, lost: walk.lost };
        let id = walk.log_id.unwrap_or_else(|| random.next_u64() | 1);
        let state = State { segments, file: None, next, closed: None };
        let (dir, epoch, state) = (dir.to_path_buf(), walk.epoch + 1, Mutex::new(state));
        let log = Log { dir, disk, id, epoch, recovery, segment_bytes, state };
        if usable {
            log.reopen_tail()?;
        }
        Ok(log)
    }

    /// Makes the last segment fit to append to: cut, and surely on the disk.
    fn reopen_tail(&self) -> Result<()> {
        let mut state = self.lock();
        let next = state.next;
        let Some(segment) = state.segments.last() else { return Ok(()) };
        let path = segment.path.clone();
        let file = self.disk.open(&path).map_err(LiveError::disk("open", &path))?;
        let len = file.len().map_err(LiveError::disk("measure", &path))?;
        let clean = len == segment.len && self.ended_well(segment);
        let file = if clean { file } else { self.copy_tail(segment, file)? };
        // Behind damage at the very end a new segment begins, so that no position is given out twice.
        state.file = if next == segment.last + 1 { Some(file) } else { None };
        Ok(())
    }

    fn copy_tail(&self, segment: &Segment, from: Box<dyn DiskFile>) -> Result<Box<dyn DiskFile>> {
        let path = &segment.path;
        let copy = path.with_extension("copy");
        let mut to = self.empty_file(&copy)?;
        let mut offset = 0;
        while offset < segment.len {
            let mut bytes = vec![0; (segment.len - offset).min(WRITE_BYTES as u64) as usize];
            let got = read_full(from.as_ref(), offset, &mut bytes).map_err(LiveError::disk("read", path))?;
            if got == 0 {
                return Err(LiveError::corrupt(path, offset, "the file became shorter while it was read"));
            }
            bytes.truncate(got);
            append_all(to.as_mut(), &bytes).map_err(LiveError::disk("write to", &copy))?;
            offset += got as u64;
        }
        to.sync().map_err(LiveError::disk("sync", &copy))?;
        self.disk.rename(&copy, path).map_err(LiveError::disk("rename", &copy))?;
        self.disk.sync_dir(&self.dir).map_err(LiveError::disk("sync", &self.dir))?;
        Ok(to)
    }

    pub(super) fn empty_file(&self, path: &Path) -> Result<Box<dyn DiskFile>> {
        match self.disk.create(path) {
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
                let mut file = self.disk.open(path).map_err(LiveError::disk("open", path))?;
                file.truncate(0).map_err(LiveError::disk("truncate", path))?;
                Ok(file)
            }
            other => other.map_err(LiveError::disk("create", path)),
        }
    }

    fn note_of(&self, segment: &Segment) -> String {
        let name = segment.path.file_name().unwrap_or_default().to_string_lossy();
        format!("{{\"log\":\"{:016x}\",\"segment\":\"{name}\",\"bytes\":{}}}\n", self.id, segment.len)
    }

    fn ended_well(&self, segment: &Segment) -> bool {
        let Ok(file) = self.disk.open(&self.dir.join(CLEAN)) else { return false };
        let mut bytes = vec![0; 512];
        let got = read_full(file.as_ref(), 0, &mut bytes).unwrap_or(0);
        bytes.get(..got) == Some(self.note_of(segment).as_bytes())
    }
}

impl Drop for Log {
    /// Leaves the note of a good end. Without it (or with an old one) the next opening copies one file more.
    fn drop(&mut self) {
        let state = self.lock();
        let Some(segment) = state.segments.last() else { return };
        if state.closed.is_some() || state.file.is_none() || self.ended_well(segment) {
            return;
        }
        let path = self.dir.join("clean.new");
        let written = self.empty_file(&path).is_ok_and(|mut file| {
            append_all(file.as_mut(), self.note_of(segment).as_bytes()).is_ok() && file.sync().is_ok()
        });
        if written {
            let _ = self.disk.rename(&path, &self.dir.join(CLEAN));
        }
    }
}

/// The identity in the first readable header.
fn first_log_id(disk: &dyn Disk, paths: &[PathBuf]) -> Result<Option<u64>> {
    for path in paths {
        let file = disk.open(path).map_err(LiveError::disk("open", path))?;
        let mut bytes = [0; SEGMENT_HEADER];
        read_full(file.as_ref(), 0, &mut bytes).map_err(LiveError::disk("read", path))?;
        if let Some(header) = SegmentHeader::decode(&bytes) {
            return Ok(Some(header.log_id));
        }
    }
    Ok(None)
}
