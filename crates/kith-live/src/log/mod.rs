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
mod copied;
mod cut;
mod frame;
mod open;
mod read;
mod recover;
mod scan;

pub use copied::{Copied, settle_copy};
pub use read::Reader;

pub(crate) use codec::{Bytes, decode_record, encode_record, put_number};

use crate::error::{LiveError, Result};
use crate::seams::{Disk, DiskFile, append_all};
use frame::SegmentHeader;
use kith_core::entry::Entry;
use kith_core::id::Position;
use recover::{Segment, Walk};
use scan::Scan;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A segment is closed at this size. Small enough to copy on an unclean start (a tenth of a second), large enough
/// that a million records of 400 bytes are seven files.
pub(crate) const SEGMENT_BYTES: u64 = 64 << 20;
/// An append larger than this goes to the disk in several writes (and still one fsync).
const WRITE_BYTES: usize = 4 << 20;

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
            && !matches!(e, LiveError::Refused { .. } | LiveError::NoRoom { .. })
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
        walk.expected = segments.first().map_or(1, |segment| segment.first);
        for segment in &segments {
            let file = self.disk.open(&segment.path).map_err(LiveError::disk("open", &segment.path))?;
            walk.segment(&segment.path, &mut Scan::new(file, segment.len), false)?;
        }
        Ok(Recovery { entries: walk.entries, segments: segments.len(), torn: walk.torn, lost: walk.lost })
    }

    fn append_group(&self, state: &mut State, entries: &[Entry]) -> Result<Position> {
        let format = entries.iter().map(codec::format).max().unwrap_or(1);
        if state.segments.last().is_none_or(|s| s.len >= self.segment_bytes || s.format < format) {
            state.file = None;
        }
        if state.file.is_none() {
            self.begin_segment(state, format)?;
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
                append_or_undo(file.as_mut(), &segment.path, start, &buffer)?;
                flushed += buffer.len() as u64;
                buffer.clear();
            }
        }
        append_or_undo(file.as_mut(), &segment.path, start, &buffer)?;
        tracing::info_span!(target: "otel", "fsync")
            .in_scope(|| file.sync())
            .map_err(LiveError::disk("sync", &segment.path))?;
        segment.len = flushed + buffer.len() as u64;
        notes.into_iter().for_each(|(position, offset)| segment.note(position, offset));
        state.next += entries.len() as u64;
        Ok(Position(state.next - 1))
    }

    fn begin_segment(&self, state: &mut State, format: u32) -> Result<()> {
        let path = self.dir.join(format!("{:020}.log", state.next));
        let empty = state.segments.pop_if(|last| last.path == path && last.last < last.first).is_some();
        let mut file = match self.disk.create(&path) {
            // Begun in an older format, with nothing in it yet: begun anew.
            Err(e) if empty && e.kind() == std::io::ErrorKind::AlreadyExists => {
                let mut file = self.disk.open(&path).map_err(LiveError::disk("open", &path))?;
                file.truncate(0).map_err(LiveError::disk("truncate", &path))?;
                file
            }
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
                return Err(LiveError::corrupt(&path, 0, "the next segment's file is there already"));
            }
            other => other.map_err(LiveError::disk("create", &path))?,
        };
        // A larger one than is needed is not given up: what follows may need it again.
        let format = state.segments.last().map_or(format, |last| last.format.max(format));
        let header = SegmentHeader { format, log_id: self.id, first: state.next, epoch: self.epoch };
        if let Err(e) = append_or_undo(file.as_mut(), &path, 0, &header.encode()) {
            let _ = self.disk.remove(&path);
            return Err(e);
        }
        file.sync().map_err(LiveError::disk("sync", &path))?;
        self.disk.sync_dir(&self.dir).map_err(LiveError::disk("sync", &self.dir))?;
        state.segments.push(Segment::new(path, format, state.next));
        state.file = Some(file);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Appends bytes. Where the disk is full, the file ends at `start` again, and the log goes on when there is room.
fn append_or_undo(file: &mut dyn DiskFile, path: &Path, start: u64, bytes: &[u8]) -> Result<()> {
    match append_all(file, bytes) {
        Err(e) if e.kind() == std::io::ErrorKind::StorageFull && file.truncate(start).is_ok() => {
            Err(LiveError::NoRoom { path: path.to_path_buf() })
        }
        other => other.map_err(LiveError::disk("write to", path)),
    }
}
