//! The bytes on disk: a segment is a header and frames.
//!
//! ```text
//! segment header, 36 bytes          frame, 34 bytes and the payload
//!   magic     8  KITHLOG\n            marker    4  can not occur in UTF-8
//!   format    4                       crc32     4  of everything after it
//!   log id    8                       length    4  of the payload
//!   first     8  position             position  8
//!   epoch     4                       group     8  position of the first entry of the same append
//!   crc32     4  of the above         epoch     4  how often the log had been opened
//!                                     kind      1
//!                                     flags     1  1 = last of its group
//! ```
//! All numbers are little-endian.
//!
//! *Why the group is in each frame.* An append is written, then fsynced, before the next one is written. So a frame
//! with a later group proves that everything before its group was durable; a hole before it is damage. A hole that
//! only frames of its own group follow is the torn tail of a write that was never acknowledged.

use super::codec;
use kith_core::entry::Entry;

/// The newest format that this code reads. A segment is written in the oldest one that its entries allow
/// ([`codec::format`]), so that an older Kith reads what it can and refuses the rest, instead of taking it for damage.
///
/// | format | what is new |
/// |---|---|
/// | 1 | |
/// | 2 | events with a place; what became of refused events |
/// | 3 | items of catalogues |
pub(crate) const FORMAT: u32 = 3;
pub(crate) const SEGMENT_MAGIC: &[u8; 8] = b"KITHLOG\n";
pub(crate) const SEGMENT_HEADER: usize = 36;
pub(crate) const FRAME_HEADER: usize = 34;
/// 0xff is never part of UTF-8.
pub(crate) const MARKER: [u8; 4] = [0xff, b'K', b'E', 0xff];
/// The longest payload: a length beyond it is damage, so that a flipped bit can not ask for 4 GiB of memory.
pub(crate) const PAYLOAD_MAX: usize = 256 << 20;
const LAST: u8 = 1;

/// What a segment says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    pub format: u32,
    pub log_id: u64,
    pub first: u64,
    pub epoch: u32,
}

impl SegmentHeader {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = SEGMENT_MAGIC.to_vec();
        out.extend_from_slice(&self.format.to_le_bytes());
        out.extend_from_slice(&self.log_id.to_le_bytes());
        out.extend_from_slice(&self.first.to_le_bytes());
        out.extend_from_slice(&self.epoch.to_le_bytes());
        let crc = crc32fast::hash(&out);
        out.extend_from_slice(&crc.to_le_bytes());
        out
    }

    /// `None` where these bytes are not a whole header.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let body = bytes.get(..SEGMENT_HEADER - 4)?;
        let crc = u32_at(bytes, SEGMENT_HEADER - 4)?;
        if !body.starts_with(SEGMENT_MAGIC) || crc32fast::hash(body) != crc {
            return None;
        }
        Some(SegmentHeader {
            format: u32_at(body, 8)?,
            log_id: u64_at(body, 12)?,
            first: u64_at(body, 20)?,
            epoch: u32_at(body, 28)?,
        })
    }
}

/// What a frame says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FrameHeader {
    pub crc: u32,
    pub length: usize,
    pub position: u64,
    pub group: u64,
    pub epoch: u32,
    pub kind: u8,
    pub last: bool,
}

impl FrameHeader {
    /// Reads a header without checking the checksum; `None` where it can not be one.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        if !bytes.starts_with(&MARKER) {
            return None;
        }
        let length = u32_at(bytes, 8)? as usize;
        let header = FrameHeader {
            crc: u32_at(bytes, 4)?,
            length,
            position: u64_at(bytes, 12)?,
            group: u64_at(bytes, 20)?,
            epoch: u32_at(bytes, 28)?,
            kind: *bytes.get(32)?,
            last: *bytes.get(33)? & LAST != 0,
        };
        let possible = length <= PAYLOAD_MAX && header.group <= header.position && header.position > 0;
        possible.then_some(header)
    }

    /// Bytes of the whole frame.
    pub(crate) fn size(&self) -> usize {
        FRAME_HEADER + self.length
    }
}

/// True if a whole frame's checksum is right.
pub(crate) fn sound(frame: &[u8], header: &FrameHeader) -> bool {
    frame.get(8..header.size()).is_some_and(|body| crc32fast::hash(body) == header.crc)
}

/// Writes one frame.
pub(crate) fn put(
    entry: &Entry,
    position: u64,
    group: u64,
    epoch: u32,
    last: bool,
    out: &mut Vec<u8>,
) -> Result<(), String> {
    let start = out.len();
    out.extend_from_slice(&MARKER);
    out.extend_from_slice(&[0; 8]);
    out.extend_from_slice(&position.to_le_bytes());
    out.extend_from_slice(&group.to_le_bytes());
    out.extend_from_slice(&epoch.to_le_bytes());
    out.push(codec::kind(entry));
    out.push(if last { LAST } else { 0 });
    codec::encode(entry, out)?;
    let length = out.len() - start - FRAME_HEADER;
    if length > PAYLOAD_MAX {
        return Err(format!("it is {length} bytes long, the most is {PAYLOAD_MAX}"));
    }
    set(out, start + 8, &(length as u32).to_le_bytes());
    let crc = crc32fast::hash(out.get(start + 8..).unwrap_or(&[]));
    set(out, start + 4, &crc.to_le_bytes());
    Ok(())
}

fn set(out: &mut [u8], at: usize, bytes: &[u8]) {
    if let Some(place) = out.get_mut(at..at + bytes.len()) {
        place.copy_from_slice(bytes);
    }
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes)
}
