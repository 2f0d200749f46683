//! A text file as a window of bytes that moves forward, in an encoding that is stated or recognised.
//!
//! 1. A byte-order mark decides.
//! 2. Zero bytes at every second place: UTF-16.
//! 3. Valid multi-byte UTF-8 in the first 256 KiB: UTF-8, and broken rows are rejected one by one.
//! 4. High bytes that read as Western letters inside words: windows-1252 (which holds Latin-1).
//! 5. Only ASCII so far: decided at the first row that is not.
//!
//! UTF-8 and single-byte encodings are decoded row by row, so that a rejected row keeps its original bytes. All
//! others (UTF-16, Shift_JIS, GB18030 …) use ASCII bytes inside characters, so the stream is decoded before it is
//! cut into rows.

use super::input::Bytes;
use crate::Error;
use crate::connect::error;
use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::borrow::Cow;
use std::path::Path;

/// How much is read at once, and how much recognition sees.
/// Small in tests, so that rows, characters and quotes fall across its edges.
const CHUNK: usize = if cfg!(test) { 1024 } else { 256 * 1024 };

/// How the bytes of a row become text.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Charset {
    /// UTF-8; not settled while everything was ASCII.
    Utf8 { settled: bool },
    /// One byte a character, ASCII in the lower half.
    SingleByte(&'static Encoding),
    /// Already decoded to UTF-8 on the way in.
    Stream(&'static Encoding),
}

/// The window: `buf[start..end]` is there, from the beginning of the present row to what was read last.
pub(super) struct Text {
    bytes: Bytes,
    charset: Charset,
    decoder: Option<Decoder>,
    pub buf: Vec<u8>,
    /// Where the present row begins.
    pub start: usize,
    /// Where what was read ends.
    pub end: usize,
    raw: Vec<u8>,
    /// True once the file has been read to its end.
    pub eof: bool,
}

impl Text {
    /// Opens a file and recognises its encoding, unless a WHATWG label states it.
    pub fn open(path: &Path, label: Option<&str>) -> Result<Text, Error> {
        let mut bytes = Bytes::open(path)?;
        let mut first = vec![0; CHUNK];
        let n = bytes.fill(&mut first)?;
        first.truncate(n);
        let (charset, mark) = match label {
            Some(label) => stated(path, label, &first)?,
            None => recognise(&first),
        };
        let eof = n < CHUNK;
        let mut text =
            Text { bytes, charset, decoder: None, buf: Vec::new(), start: 0, end: 0, raw: Vec::new(), eof };
        first.drain(..mark);
        if let Charset::Stream(encoding) = charset {
            text.decoder = Some(encoding.new_decoder_without_bom_handling());
            text.decode(&first);
        } else {
            text.end = first.len();
            text.buf = first;
        }
        Ok(text)
    }

    /// What recognition may look at: the beginning of the file.
    pub fn sample(&self) -> &[u8] {
        &self.buf[self.start..self.end]
    }

    /// The name of the encoding in use.
    pub fn encoding(&self) -> &'static str {
        match self.charset {
            Charset::Utf8 { .. } => UTF_8.name(),
            Charset::SingleByte(encoding) | Charset::Stream(encoding) => encoding.name(),
        }
    }

    /// Reads more behind `end`, keeping `start..end` (which moves to the front). False at the end of the file.
    pub fn more(&mut self) -> Result<bool, Error> {
        self.buf.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.eof {
            return Ok(false);
        }
        if self.decoder.is_some() {
            let mut raw = std::mem::take(&mut self.raw);
            raw.resize(CHUNK, 0);
            let n = self.bytes.fill(&mut raw)?;
            self.eof = n < CHUNK;
            self.decode(&raw[..n]);
            self.raw = raw;
            return Ok(true);
        }
        if self.buf.len() < self.end + CHUNK {
            let wanted = (self.end + CHUNK).max(self.buf.len() * 2);
            self.buf.resize(wanted, 0);
        }
        let n = self.bytes.fill(&mut self.buf[self.end..self.end + CHUNK])?;
        self.eof = n < CHUNK;
        self.end += n;
        Ok(n > 0)
    }

    /// Settles the encoding at a row that is not ASCII, where everything before it was.
    pub fn settle(&mut self) {
        if self.charset == (Charset::Utf8 { settled: false }) {
            self.charset = recognise_high_bytes(&self.buf[self.start..self.end], self.eof);
        }
    }

    /// The text of bytes out of the window; `None` if they are no text in this encoding.
    pub fn decode_row<'a>(&self, bytes: &'a [u8]) -> Option<Cow<'a, str>> {
        match self.charset {
            Charset::SingleByte(encoding) => {
                encoding.decode_without_bom_handling_and_without_replacement(bytes)
            }
            _ => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
        }
    }

    /// Bytes of the window as they were in the file.
    pub fn original(&self, bytes: &[u8]) -> Vec<u8> {
        let (Charset::Stream(encoding), Ok(text)) = (self.charset, std::str::from_utf8(bytes)) else {
            return bytes.to_vec();
        };
        if encoding == UTF_16LE {
            text.encode_utf16().flat_map(u16::to_le_bytes).collect()
        } else if encoding == UTF_16BE {
            text.encode_utf16().flat_map(u16::to_be_bytes).collect()
        } else {
            encoding.encode(text).0.into_owned()
        }
    }

    /// Decodes a chunk of the stream into the window. A malformed sequence becomes the byte FF, which no UTF-8 text
    /// holds, so that its row is rejected later and not silently changed.
    fn decode(&mut self, raw: &[u8]) {
        let Some(decoder) = self.decoder.as_mut() else { return };
        let mut at = 0;
        loop {
            let room =
                decoder.max_utf8_buffer_length_without_replacement(raw.len() - at).unwrap_or(CHUNK) + 1;
            if self.buf.len() < self.end + room {
                self.buf.resize(self.end + room, 0);
            }
            let (result, read, written) =
                decoder.decode_to_utf8_without_replacement(&raw[at..], &mut self.buf[self.end..], self.eof);
            at += read;
            self.end += written;
            match result {
                DecoderResult::InputEmpty => return,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => {
                    if self.buf.len() == self.end {
                        self.buf.push(0);
                    }
                    self.buf[self.end] = 0xff;
                    self.end += 1;
                }
            }
        }
    }
}

fn stated(path: &Path, label: &str, sample: &[u8]) -> Result<(Charset, usize), Error> {
    let encoding = Encoding::for_label(label.as_bytes()).ok_or_else(|| {
        error::fault("K-SOURCE-ENCODING", path.display(),
            format!("do not know the encoding {label:?}"),
            "It is not a label of the WHATWG Encoding Standard.",
            "Use for example utf-8, windows-1252, iso-8859-15, utf-16le or shift_jis; or leave `encoding` out to have it recognised.",
        )
    })?;
    let mark = Encoding::for_bom(sample).filter(|(e, _)| *e == encoding).map_or(0, |(_, length)| length);
    Ok((charset(encoding, true), mark))
}

fn charset(encoding: &'static Encoding, settled: bool) -> Charset {
    if encoding == UTF_8 {
        Charset::Utf8 { settled }
    } else if encoding.is_single_byte() {
        Charset::SingleByte(encoding)
    } else {
        Charset::Stream(encoding)
    }
}

fn recognise(sample: &[u8]) -> (Charset, usize) {
    if let Some((encoding, mark)) = Encoding::for_bom(sample) {
        return (charset(encoding, true), mark);
    }
    let zeros = |offset: usize| sample.iter().skip(offset).step_by(2).filter(|b| **b == 0).count();
    let (even, odd, pairs) = (zeros(0), zeros(1), sample.len() / 2);
    if odd * 10 > pairs * 3 && even * 20 < pairs {
        return (Charset::Stream(UTF_16LE), 0);
    }
    if even * 10 > pairs * 3 && odd * 20 < pairs {
        return (Charset::Stream(UTF_16BE), 0);
    }
    (recognise_high_bytes(sample, sample.len() < CHUNK), 0)
}

/// UTF-8 or windows-1252, by the bytes from 0x80 up. `whole`: the sample does not end inside a character.
fn recognise_high_bytes(sample: &[u8], whole: bool) -> Charset {
    let (mut valid, mut invalid) = (0u64, 0u64);
    let mut rest = sample;
    loop {
        match std::str::from_utf8(rest) {
            Ok(text) => {
                valid += text.bytes().filter(|b| *b >= 0xc0).count() as u64;
                break;
            }
            Err(e) => {
                let (good, bad) = rest.split_at(e.valid_up_to());
                valid += good.iter().filter(|b| **b >= 0xc0).count() as u64;
                let Some(length) = e.error_len() else {
                    invalid += u64::from(whole);
                    break;
                };
                invalid += 1;
                rest = &bad[length..];
            }
        }
    }
    match (valid, invalid) {
        (0, 0) => Charset::Utf8 { settled: false },
        (v, i) if i == 0 || v >= i => Charset::Utf8 { settled: true },
        _ if reads_as_western(sample) => Charset::SingleByte(WINDOWS_1252),
        _ => Charset::Utf8 { settled: true },
    }
}

/// True if at least four of five high bytes are, as windows-1252, a letter beside an ASCII letter ("José") or
/// common punctuation. `ÿþ` and such, typical of data that is no text, do not count.
fn reads_as_western(sample: &[u8]) -> bool {
    let letter = |at: Option<usize>| {
        at.and_then(|at| sample.get(at)).is_some_and(|b| b.is_ascii_alphabetic() || is_western_letter(*b))
    };
    let (mut high, mut good) = (0u64, 0u64);
    for (at, byte) in sample.iter().enumerate().filter(|(_, b)| **b >= 0x80) {
        high += 1;
        let in_word = is_western_letter(*byte) && (letter(at.checked_sub(1)) || letter(Some(at + 1)));
        // € … ‘ ’ “ ” – — NBSP £ § © « ° ² ³ ´ · º »
        let mark = matches!(byte, 0x80 | 0x85 | 0x91..=0x94 | 0x96 | 0x97 | 0xa0 | 0xa3 | 0xa7 | 0xa9 | 0xab)
            || matches!(byte, 0xb0 | 0xb2..=0xb4 | 0xb7 | 0xba | 0xbb);
        good += u64::from(in_word || mark);
    }
    good * 5 >= high * 4
}

/// Letters of windows-1252 that Western names use; not × ÷ ÿ þ ð.
fn is_western_letter(byte: u8) -> bool {
    matches!(byte, 0xc0..=0xd6 | 0xd8..=0xdd | 0xdf..=0xef | 0xf1..=0xf6 | 0xf8..=0xfd)
        || matches!(byte, 0x8a | 0x8c | 0x8e | 0x9a | 0x9c | 0x9e | 0x9f)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_told_apart() {
        let name = |bytes: &[u8]| match recognise(bytes).0 {
            Charset::Utf8 { .. } => "UTF-8",
            Charset::SingleByte(e) | Charset::Stream(e) => e.name(),
        };
        assert_eq!(name("id,name\n1,Zoë\n".as_bytes()), "UTF-8");
        assert_eq!(name(b"id,name\n1,Zo\xeb\n2,Jos\xe9\n"), "windows-1252");
        assert_eq!(name(b"id,name\n1,\xff\xfe\xfd\n2,Ada\n"), "UTF-8");
        assert_eq!(
            name(
                "id,name\n1,Zoë\n"
                    .as_bytes()
                    .to_vec()
                    .iter()
                    .chain(b"2,\xff\n")
                    .copied()
                    .collect::<Vec<u8>>()
                    .as_slice()
            ),
            "UTF-8"
        );
        let utf16: Vec<u8> = "id,name\n1,Zoë\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(name(&utf16), "UTF-16LE");
    }
}
