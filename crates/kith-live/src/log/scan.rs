//! Walks the frames of one segment through a window, and finds the next sound frame after damage.

use super::frame::{FRAME_HEADER, FrameHeader, MARKER, sound};
use crate::seams::{DiskFile, read_full};
use std::io;

/// How much is read at once: large enough for the disk to stream, small enough to be nothing.
const WINDOW_BYTES: usize = 1 << 20;

/// What lies at an offset.
pub(crate) enum Step {
    /// A sound frame.
    Frame(FrameHeader),
    /// Bytes that are no sound frame; why, in words.
    Bad(&'static str),
    /// The end.
    End,
}

/// A cursor over one segment.
pub(crate) struct Scan {
    file: Box<dyn DiskFile>,
    /// Bytes beyond this one are not looked at.
    end: u64,
    window: Vec<u8>,
    window_at: u64,
}

impl Scan {
    pub(crate) fn new(file: Box<dyn DiskFile>, end: u64) -> Self {
        Scan { file, end, window: Vec::new(), window_at: 0 }
    }

    pub(crate) fn end(&self) -> u64 {
        self.end
    }

    /// Up to `len` bytes at `offset`; fewer only at the end.
    pub(crate) fn bytes(&mut self, offset: u64, len: usize) -> io::Result<&[u8]> {
        let len = (len as u64).min(self.end.saturating_sub(offset)) as usize;
        let have_end = self.window_at + self.window.len() as u64;
        if offset < self.window_at || offset + len as u64 > have_end {
            let want = (len.max(WINDOW_BYTES) as u64).min(self.end.saturating_sub(offset)) as usize;
            self.window.clear();
            self.window.resize(want, 0);
            self.window_at = offset;
            let got = read_full(self.file.as_ref(), offset, &mut self.window)?;
            self.window.truncate(got);
        }
        let from = (offset - self.window_at) as usize;
        Ok(self.window.get(from..).map_or(&[], |rest| rest.get(..len).unwrap_or(rest)))
    }

    /// Looks at the frame at `offset`; its bytes are then in reach of [`Scan::payload`].
    pub(crate) fn step(&mut self, offset: u64) -> io::Result<Step> {
        if offset >= self.end {
            return Ok(Step::End);
        }
        let Some(header) = FrameHeader::decode(self.bytes(offset, FRAME_HEADER)?) else {
            return Ok(Step::Bad("no entry begins here"));
        };
        if offset + header.size() as u64 > self.end {
            return Ok(Step::Bad("the entry is longer than the file"));
        }
        if sound(self.bytes(offset, header.size())?, &header) {
            Ok(Step::Frame(header))
        } else {
            Ok(Step::Bad("the checksum is wrong"))
        }
    }

    /// The payload of the frame at `offset`.
    pub(crate) fn payload(&mut self, offset: u64, header: &FrameHeader) -> io::Result<&[u8]> {
        self.bytes(offset + FRAME_HEADER as u64, header.length)
    }

    /// The first sound frame at or after `from` that `wanted` accepts.
    pub(crate) fn find(
        &mut self,
        mut from: u64,
        wanted: impl Fn(&FrameHeader) -> bool,
    ) -> io::Result<Option<(u64, FrameHeader)>> {
        while from + FRAME_HEADER as u64 <= self.end {
            let chunk = self.bytes(from, WINDOW_BYTES)?;
            let Some(hit) = chunk.windows(MARKER.len()).position(|w| w == MARKER) else {
                from += (chunk.len().saturating_sub(MARKER.len() - 1)).max(1) as u64;
                continue;
            };
            let offset = from + hit as u64;
            if let Step::Frame(header) = self.step(offset)?
                && wanted(&header)
            {
                return Ok(Some((offset, header)));
            }
            from = offset + 1;
        }
        Ok(None)
    }
}
