//! Reading entries back, each with its checksum checked again.

use super::codec;
use super::recover::Segment;
use super::scan::{Scan, Step};
use crate::error::{LiveError, Result};
use crate::seams::Disk;
use kith_core::entry::Entry;
use kith_core::id::Position;
use std::path::PathBuf;
use std::sync::Arc;

/// A segment as it was when the reader was made.
pub(crate) struct Part {
    path: PathBuf,
    start: u64,
    end: u64,
    bad: Vec<(u64, u64)>,
}

impl Part {
    pub(crate) fn of(segment: &Segment, from: u64) -> Self {
        let start = segment.offset_before(from);
        Part { path: segment.path.clone(), start, end: segment.len, bad: segment.bad.clone() }
    }
}

/// An iterator over entries; independent of the log that made it, and of appends since.
pub struct Reader {
    disk: Arc<dyn Disk>,
    parts: std::vec::IntoIter<Part>,
    open: Option<(Part, Scan, u64)>,
    from: u64,
}

impl Reader {
    pub(crate) fn new(disk: Arc<dyn Disk>, parts: Vec<Part>, from: u64) -> Self {
        Reader { disk, parts: parts.into_iter(), open: None, from }
    }

    fn advance(&mut self) -> Result<Option<(Position, Entry)>> {
        loop {
            if self.open.is_none() {
                let Some(part) = self.parts.next() else { return Ok(None) };
                let file = self.disk.open(&part.path).map_err(LiveError::disk("open", &part.path))?;
                let scan = Scan::new(file, part.end);
                let start = part.start;
                self.open = Some((part, scan, start));
            }
            let Some((part, scan, offset)) = self.open.as_mut() else { return Ok(None) };
            if let Some((_, to)) = part.bad.iter().find(|(from, to)| (*from..*to).contains(offset)) {
                *offset = *to;
            }
            let read = |e| LiveError::disk("read", &part.path)(e);
            match scan.step(*offset).map_err(read)? {
                Step::End => self.open = None,
                Step::Frame(header) => {
                    let at = *offset;
                    *offset += header.size() as u64;
                    if header.position < self.from {
                        continue;
                    }
                    let payload = scan.payload(at, &header).map_err(read)?;
                    let entry = codec::decode(header.kind, payload);
                    let entry = entry.map_err(|what| LiveError::corrupt(&part.path, at, what))?;
                    return Ok(Some((Position(header.position), entry)));
                }
                Step::Bad(why) => {
                    let at = *offset;
                    *offset = scan.find(at + 1, |_| true).map_err(read)?.map_or(part.end, |(to, _)| to);
                    return Err(LiveError::corrupt(&part.path, at, why));
                }
            }
        }
    }
}

impl Iterator for Reader {
    type Item = Result<(Position, Entry)>;

    /// After an error item the reader goes on behind the damage; after an error of the disk it ends.
    fn next(&mut self) -> Option<Self::Item> {
        let item = self.advance().transpose();
        if let Some(Err(LiveError::Disk { .. })) = &item {
            self.open = None;
            self.parts = Vec::new().into_iter();
        }
        item
    }
}
