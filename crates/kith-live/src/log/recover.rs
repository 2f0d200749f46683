//! What is left of the log after whatever happened.
//!
//! - Reads: every segment, once, with all checksums.
//! - Decides: for each run of bad bytes, whether it is the torn tail of an append that was never acknowledged, or
//!   damage. Torn: it is in the last segment, and no frame of a later group follows. Damage: anything else.
//! - Writes: nothing here; [`super::Log::open`] cuts the torn tail.
//! - Fails: if the disk can not be read, or a segment has a newer format.
//!
//! 1. Frames are read one after the other, each with the expected position.
//! 2. At bad bytes, the next sound frame is looked for. If a frame of a later group follows, everything before that
//!    group had been fsynced: the positions between are lost, named in the report, and reading goes on behind them.
//! 3. Otherwise the log ends before the group that the bad bytes belong to: an append is wholly there or not at all.
//! 4. The caller may know a position that had been acknowledged (the store's). Bad bytes at or before it are damage
//!    too, even at the very end.

use super::frame::{FORMAT, FrameHeader, SEGMENT_HEADER, SegmentHeader};
use super::scan::{Scan, Step};
use super::{Lost, Torn};
use crate::error::{LiveError, Result};
use kith_core::id::Position;
use std::path::{Path, PathBuf};

/// How far apart the entries of a segment's index are.
pub(crate) const INDEX_STRIDE_BYTES: u64 = 64 << 10;

/// One file of the log, as far as it is good.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub path: PathBuf,
    /// What its header says of how its entries are written.
    pub format: u32,
    /// Position of its first entry.
    pub first: u64,
    /// Position of its last entry; `first - 1` = it has none.
    pub last: u64,
    /// Good bytes.
    pub len: u64,
    /// Some (position, offset) pairs, ascending: where to begin reading.
    pub index: Vec<(u64, u64)>,
    /// Byte ranges known to be damaged.
    pub bad: Vec<(u64, u64)>,
}

impl Segment {
    pub(crate) fn new(path: PathBuf, format: u32, first: u64) -> Self {
        let len = SEGMENT_HEADER as u64;
        Segment {
            path,
            format,
            first,
            last: first.saturating_sub(1),
            len,
            index: Vec::new(),
            bad: Vec::new(),
        }
    }

    /// Takes note of a frame at `offset`.
    pub(crate) fn note(&mut self, position: u64, offset: u64) {
        if self.index.last().is_none_or(|(_, at)| offset - at >= INDEX_STRIDE_BYTES) {
            self.index.push((position, offset));
        }
        self.last = position;
    }

    /// The offset of a frame at or before `position`.
    pub(crate) fn offset_before(&self, position: u64) -> u64 {
        let after = self.index.partition_point(|(p, _)| *p <= position);
        let entry = after.checked_sub(1).and_then(|i| self.index.get(i));
        entry.map_or(SEGMENT_HEADER as u64, |(_, offset)| *offset)
    }
}

/// Where the scan of the segments stands.
pub(crate) struct Walk {
    /// The next position that should come.
    pub expected: u64,
    /// Identity of the log; `None` until a header was read.
    pub log_id: Option<u64>,
    /// The highest epoch seen.
    pub epoch: u32,
    /// Entries seen.
    pub entries: u64,
    pub lost: Vec<Lost>,
    pub torn: Option<Torn>,
    /// A position known to have been acknowledged.
    pub acknowledged: u64,
}

/// What a segment turned out to be.
pub(crate) enum Found {
    /// Use it.
    Good(Segment),
    /// Its creation was cut short; nothing was ever acknowledged in it.
    NeverBorn,
    /// Not of this log.
    Foreign,
}

impl Walk {
    pub(crate) fn new(acknowledged: u64) -> Self {
        let (lost, torn) = (Vec::new(), None);
        Walk { expected: 1, log_id: None, epoch: 0, entries: 0, lost, torn, acknowledged }
    }

    fn lose(&mut self, path: &Path, bytes: (u64, u64), next: u64, what: &str) {
        self.lost.push(Lost {
            path: path.to_path_buf(),
            bytes,
            first: Position(self.expected),
            last: Position(next.saturating_sub(1)),
            what: what.to_string(),
        });
        self.expected = self.expected.max(next);
    }

    /// Reads one segment. `tail` = it is the last one, so it may be torn.
    pub(crate) fn segment(&mut self, path: &Path, scan: &mut Scan, tail: bool) -> Result<Found> {
        let read = |e| LiveError::disk("read", path)(e);
        let header = SegmentHeader::decode(scan.bytes(0, SEGMENT_HEADER).map_err(read)?);
        let first = match header {
            Some(h) if h.format > FORMAT => {
                return Err(LiveError::NewerFormat { path: path.into(), found: h.format, known: FORMAT });
            }
            Some(h) if self.log_id.is_some_and(|id| id != h.log_id) => {
                self.lose(path, (0, scan.end()), self.expected, "the file belongs to another log");
                return Ok(Found::Foreign);
            }
            Some(h) => {
                self.log_id = Some(h.log_id);
                self.epoch = self.epoch.max(h.epoch);
                h.first
            }
            None => {
                let expected = self.expected;
                match scan.find(0, |h| h.position >= expected).map_err(read)? {
                    Some((_, frame)) => frame.position,
                    None if tail && self.acknowledged < self.expected => return Ok(Found::NeverBorn),
                    None => self.expected,
                }
            }
        };
        if header.is_none() {
            self.lose(path, (0, SEGMENT_HEADER as u64), self.expected, "the header is damaged");
        }
        if first > self.expected {
            self.lose(path, (0, 0), first, "the file that held them is missing or cut short");
        }
        let format = header.as_ref().map_or(1, |header| header.format);
        let mut segment = Segment::new(path.to_path_buf(), format, first);
        if header.is_none() {
            segment.bad.push((0, SEGMENT_HEADER as u64));
        }
        self.frames(&mut segment, scan, tail).map_err(read)?;
        Ok(Found::Good(segment))
    }

    fn frames(&mut self, segment: &mut Segment, scan: &mut Scan, tail: bool) -> std::io::Result<()> {
        let mut offset = SEGMENT_HEADER as u64;
        // Offset and first position of the append that is being read, while its last frame has not come.
        let mut open_group: Option<(u64, u64)> = None;
        loop {
            let bad = match scan.step(offset)? {
                Step::End => break,
                Step::Bad(why) => why,
                Step::Frame(h) if h.position < self.expected || h.epoch < self.epoch => {
                    "an old entry is here again"
                }
                Step::Frame(h) => {
                    if h.position > self.expected {
                        self.lose(&segment.path, (offset, offset), h.position, "entries are missing");
                    }
                    segment.note(h.position, offset);
                    self.epoch = self.epoch.max(h.epoch);
                    self.expected = h.position + 1;
                    self.entries += 1;
                    open_group = if h.last { None } else { Some(open_group.unwrap_or((offset, h.position))) };
                    offset += h.size() as u64;
                    continue;
                }
            };
            let group = open_group.unwrap_or((offset, self.expected));
            let tail = tail && self.acknowledged < group.1;
            match self.after_damage(scan, offset, tail)? {
                After::Torn => {
                    self.tear(segment, group, scan.end(), bad);
                    return Ok(());
                }
                After::Lost { to, next } => {
                    self.lose(&segment.path, (offset, to), next, bad);
                    segment.bad.push((offset, to));
                    offset = to;
                    open_group = None;
                }
            }
        }
        match open_group {
            Some(group) if tail && self.acknowledged < group.1 => {
                self.tear(segment, group, scan.end(), "the append was not finished");
            }
            _ => segment.len = offset,
        }
        Ok(())
    }

    /// What bad bytes at `offset` are; only in a tail can they be torn.
    fn after_damage(&self, scan: &mut Scan, offset: u64, tail: bool) -> std::io::Result<After> {
        let (expected, epoch) = (self.expected, self.epoch);
        let known = |h: &FrameHeader| h.position >= expected && h.epoch >= epoch;
        if tail && scan.find(offset + 1, |h| known(h) && h.group > expected)?.is_none() {
            return Ok(After::Torn);
        }
        Ok(match scan.find(offset + 1, known)? {
            Some((to, header)) => After::Lost { to, next: header.position },
            None => After::Lost { to: scan.end(), next: expected.max(self.acknowledged + 1) },
        })
    }

    /// Ends the segment before an append that was never acknowledged: (offset, first position) of it.
    fn tear(&mut self, segment: &mut Segment, (start, first): (u64, u64), end: u64, what: &str) {
        segment.index.retain(|(_, offset)| *offset < start);
        segment.len = start;
        segment.last = first.saturating_sub(1);
        self.entries -= self.expected - first;
        self.expected = first;
        let bytes = end.saturating_sub(start);
        let path = segment.path.clone();
        self.torn = Some(Torn { path, offset: start, bytes, first: Position(first), what: what.to_string() });
    }
}

enum After {
    Torn,
    Lost { to: u64, next: u64 },
}
