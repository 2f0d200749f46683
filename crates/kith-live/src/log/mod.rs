//! The log: the truth, of which everything else is computed.
//!
//! - Reads: its segments, on opening (all checksums) and on request.
//! - Decides: what of the tail was never acknowledged, and what is damage (`recover`).
//! - Writes: frames (`frame`) at the end of the last segment; one append is one group, written and then fsynced, and
//!   after a crash it is there wholly or not at all.
//! - Fails: at the first failed write or fsync the log closes; nothing is acknowledged until it was opened again.
//!
//! On opening:
//! 1. Segments are walked in order; damage is named and stepped over, a torn tail is cut.
//! 2. Unless the last owner left a note that it ended well, the last segment is copied to a new file which replaces
//!    it: after a failed fsync the page cache shows bytes that the disk does not have, and no second fsync writes
//!    them. A copy is new bytes.

mod codec;
mod frame;
mod read;
mod recover;
mod scan;

pub use read::Reader;

pub(crate) use codec::{Bytes, decode_record, encode_record, put_number};

use crate::error::{LiveError, Result};
use crate::seams::{Disk, DiskFile, Random, append_all, read_full};
use frame::{FORMAT, SEGMENT_HEADER, SegmentHeader};
use kith_core::entry::Entry;
use kith_core::id::Position;
use recover::{Found, Segment, Walk};
use scan::Scan;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A segment is closed at this size. Small enough to copy on an unclean start (a tenth of a second), large enough
/// that a million records of 400 bytes are seven files.
const SEGMENT_BYTES: u64 = 64 << 20;
/// An append larger than this goes to the disk in several writes (and still one fsync).
const WRITE_BYTES: usize = 4 << 20;
/// The note of a good end: which segment, how long, under which log.
const CLEAN: &str = "clean.json";

/// What opening found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Recovery {
    /// Sound entries.
    pub entries: u64,
    /// Files.
    pub segments: usize,
    /// The end of an append that was never acknowledged, cut away.
    pub torn: Option<Torn>,
    /// Damage: acknowledged entries that can not be read any more. The bytes stay where they are.
    pub lost: Vec<Lost>,
}

/// A tail that was cut away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Torn {
    /// The segment.
    pub path: PathBuf,
    /// Where it ends now.
    pub offset: u64,
    /// How many bytes were cut.
    pub bytes: u64,
    /// The position that the next append gets.
    pub first: Position,
    /// What was wrong with them.
    pub what: String,
}

/// A damaged range.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lost {
    /// The segment.
    pub path: PathBuf,
    /// Its bytes, from and up to (not included); empty where the bytes are not there at all.
    pub bytes: (u64, u64),
    /// The first position lost.
    pub first: Position,
    /// The last position lost; less than `first` where no entry was lost.
    pub last: Position,
    /// What is wrong.
    pub what: String,
}

/// One tenant's log, open for appending.
pub struct Log {
    dir: PathBuf,
    disk: Arc<dyn Disk>,
    id: u64,
    epoch: u32,
    recovery: Recovery,
    segment_bytes: u64,
    state: Mutex<State>,
}

struct State {
    segments: Vec<Segment>,
    /// The last segment's file; `None` = the next append makes a new segment.
    file: Option<Box<dyn DiskFile>>,
    next: u64,
    closed: Option<String>,
}

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
        let paths: Vec<PathBuf> = names.iter().filter(|n| n.ends_with(".log")).map(|n| dir.join(n)).collect();
        let known = first_log_id(disk.as_ref(), &paths)?;
        let hint = if known == Some(acknowledged.0) { acknowledged.1.0 } else { 0 };
        let mut walk = Walk::new(hint);
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

    /// What opening found.
    pub fn recovery(&self) -> &Recovery {
        &self.recovery
    }

    /// The log's own random name, so that a store of another log is never taken for this one's.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The last position given out.
    pub fn position(&self) -> Position {
        Position(self.lock().next - 1)
    }

    /// Bytes of all segments.
    pub fn bytes(&self) -> u64 {
        self.lock().segments.iter().map(|s| s.len).sum()
    }

    /// Appends entries as one group. When it returns a position, all of them are on the disk; after an error none of
    /// them counts, though a power cut in the middle may leave all of them there.
    pub fn append(&self, entries: &[Entry]) -> Result<Position> {
        let mut state = self.lock();
        if entries.is_empty() {
            return Ok(Position(state.next - 1));
        }
        if let Some(reason) = &state.closed {
            return Err(LiveError::Closed { path: self.dir.clone(), reason: reason.clone() });
        }
        let result = self.append_group(&mut state, entries);
        if let Err(e) = &result
            && !matches!(e, LiveError::Refused { .. })
        {
            state.closed = Some(e.to_string());
        }
        result
    }

    /// The entries from a position on (`Position(0)` and `Position(1)` are both the beginning), up to the end as it
    /// is now. Damage that opening named is stepped over; damage found since is an error item.
    pub fn read(&self, from: Position) -> Reader {
        let state = self.lock();
        let wanted = state.segments.iter().filter(|s| s.last >= from.0 && s.last >= s.first);
        Reader::new(self.disk.clone(), wanted.map(|s| read::Part::of(s, from.0)).collect(), from.0)
    }

    /// The entry at a position; `None` if there is none or it is lost.
    pub fn entry(&self, position: Position) -> Result<Option<Entry>> {
        match self.read(position).next().transpose()? {
            Some((at, entry)) if at == position => Ok(Some(entry)),
            _ => Ok(None),
        }
    }

    /// Reads everything again with all checksums: what opening would find now.
    pub fn verify(&self) -> Result<Recovery> {
        let segments = self.lock().segments.clone();
        let mut walk = Walk::new(0);
        walk.log_id = Some(self.id);
        for segment in &segments {
            let file = self.disk.open(&segment.path).map_err(LiveError::disk("open", &segment.path))?;
            walk.segment(&segment.path, &mut Scan::new(file, segment.len), false)?;
        }
        Ok(Recovery { entries: walk.entries, segments: segments.len(), torn: walk.torn, lost: walk.lost })
    }

    fn append_group(&self, state: &mut State, entries: &[Entry]) -> Result<Position> {
        if state.segments.last().is_none_or(|s| s.len >= self.segment_bytes) {
            state.file = None;
        }
        if state.file.is_none() {
            self.begin_segment(state)?;
        }
        let (Some(segment), Some(file)) = (state.segments.last_mut(), state.file.as_mut()) else {
            return Err(LiveError::corrupt(&self.dir, 0, "the log has no segment"));
        };
        let write = |e| LiveError::disk("write to", &segment.path)(e);
        let (group, start) = (state.next, segment.len);
        let (mut notes, mut buffer, mut flushed) = (Vec::with_capacity(entries.len()), Vec::new(), start);
        for (i, entry) in entries.iter().enumerate() {
            let (position, last) = (group + i as u64, i + 1 == entries.len());
            notes.push((position, flushed + buffer.len() as u64));
            if let Err(what) = frame::put(entry, position, group, self.epoch, last, &mut buffer) {
                file.truncate(start).map_err(write)?;
                return Err(LiveError::Refused { index: i, what });
            }
            if buffer.len() >= WRITE_BYTES {
                append_all(file.as_mut(), &buffer).map_err(write)?;
                flushed += buffer.len() as u64;
                buffer.clear();
            }
        }
        append_all(file.as_mut(), &buffer).map_err(write)?;
        file.sync().map_err(LiveError::disk("sync", &segment.path))?;
        segment.len = flushed + buffer.len() as u64;
        notes.into_iter().for_each(|(position, offset)| segment.note(position, offset));
        state.next += entries.len() as u64;
        Ok(Position(state.next - 1))
    }

    fn begin_segment(&self, state: &mut State) -> Result<()> {
        let path = self.dir.join(format!("{:020}.log", state.next));
        let mut file = match self.disk.create(&path) {
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
                return Err(LiveError::corrupt(&path, 0, "the next segment's file is there already"));
            }
            other => other.map_err(LiveError::disk("create", &path))?,
        };
        let header = SegmentHeader { format: FORMAT, log_id: self.id, first: state.next, epoch: self.epoch };
        append_all(file.as_mut(), &header.encode()).map_err(LiveError::disk("write to", &path))?;
        file.sync().map_err(LiveError::disk("sync", &path))?;
        self.disk.sync_dir(&self.dir).map_err(LiveError::disk("sync", &self.dir))?;
        state.segments.push(Segment::new(path, state.next));
        state.file = Some(file);
        Ok(())
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

    fn empty_file(&self, path: &Path) -> Result<Box<dyn DiskFile>> {
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

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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
