//! Reads delimited text row by row.
//!
//! csv-core finds rows and fields; the window of bytes stays ours, so that a rejected row keeps its original bytes
//! and a cell of 100 MB is skipped as it streams past instead of being loaded. A row is rejected if it is not text
//! in the file's encoding, if it has more or fewer fields than the header, or if it is larger than the limit.

use super::dialect::{self, Dialect};
use super::text::Text;
use super::{Limits, Reject};
use crate::Error;
use crate::connect::error;
use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use std::path::Path;

/// What the configuration states of a delimited file; everything else is recognised.
#[derive(Clone, Debug, Default)]
pub struct CsvOptions {
    /// The byte between fields.
    pub delimiter: Option<u8>,
    /// A WHATWG label.
    pub encoding: Option<String>,
    /// Sizes that are refused.
    pub limits: Limits,
}

/// The rows of a delimited file.
pub struct CsvRows {
    text: Text,
    core: Reader,
    dialect: Dialect,
    names: Vec<String>,
    limits: Limits,
    /// Where the parser is in the window.
    at: usize,
    out: Vec<u8>,
    ends: Vec<usize>,
    row: String,
    row_ends: Vec<usize>,
}

/// A row, or why there is none.
pub enum CsvRow<'a> {
    /// A good row.
    Row(Cells<'a>),
    /// A refused row, with as many of its fields as could be made out.
    Bad(Reject, Vec<String>),
}

/// The fields of a row.
#[derive(Clone, Copy)]
pub struct Cells<'a> {
    /// The line on which the row begins, from 1.
    pub line: u64,
    text: &'a str,
    ends: &'a [usize],
    window: &'a Text,
    /// Where the row lies in the window.
    range: (usize, usize),
}

impl<'a> Cells<'a> {
    /// The row as its bytes stand in the file, without the line end.
    pub fn original(self) -> Vec<u8> {
        let raw = &self.window.buf[self.range.0..self.range.1];
        let end = raw.iter().rposition(|b| !matches!(b, b'\r' | b'\n')).map_or(0, |at| at + 1);
        self.window.original(&raw[..end])
    }

    /// The fields in order.
    pub fn iter(self) -> impl Iterator<Item = &'a str> {
        let mut start = 0;
        self.ends.iter().map(move |end| {
            let cell = self.text.get(start..*end).unwrap_or_default();
            start = *end;
            cell
        })
    }
}

/// Where a row lies in the output and in the window.
struct Found {
    line: u64,
    bytes: usize,
    fields: usize,
    /// Set for a row beyond the limit: its first bytes and its length.
    too_large: Option<(Vec<u8>, u64)>,
}

impl CsvRows {
    /// Opens a file and recognises what is not stated.
    pub fn open(path: &Path, options: &CsvOptions) -> Result<CsvRows, Error> {
        let mut text = Text::open(path, options.encoding.as_deref())?;
        let not_a_table = |detail: &str, help: &str| {
            error::fault(
                "K-SOURCE-CSV",
                path.display(),
                format!("could not read {} as CSV", path.display()),
                detail,
                help,
            )
        };
        if text.sample().is_empty() {
            return Err(not_a_table("The file is empty.", "Export it again, with a header line."));
        }
        if text.sample().contains(&0) {
            let help = "State the right `kind` (sqlite, parquet …) or `encoding`.";
            return Err(not_a_table("It holds zero bytes, so it is not text.", help));
        }
        if !text.sample().is_ascii() {
            text.settle();
        }
        let dialect = dialect::recognise(&String::from_utf8_lossy(text.sample()), options.delimiter);
        let core = ReaderBuilder::new().delimiter(dialect.delimiter).quote(dialect.quote).build();
        let mut rows = CsvRows {
            text,
            core,
            dialect,
            names: Vec::new(),
            limits: options.limits,
            at: 0,
            out: vec![0; 4096],
            ends: vec![0; 64],
            row: String::new(),
            row_ends: Vec::new(),
        };
        rows.read_names(path)?;
        Ok(rows)
    }

    /// The columns: from the header, or `column_1`, `column_2` … without one.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// What was recognised or stated, in words: `delimiter ";", windows-1252`.
    pub fn describe(&self) -> String {
        let header = if self.dialect.header { "" } else { ", no header" };
        let delimiter = (self.dialect.delimiter as char).to_string();
        format!("delimiter {delimiter:?}, {}{header}", self.text.encoding())
    }

    /// The next row; `None` at the end.
    pub fn next_row(&mut self) -> Result<Option<CsvRow<'_>>, Error> {
        let Some(found) = self.find()? else { return Ok(None) };
        if let Some((head, bytes)) = found.too_large {
            let reason = format!(
                "the row has {bytes} bytes; at most {} are read. Leave the large column out of the export.",
                self.limits.row_bytes
            );
            let reject = self.reject(found.line, "K-LAND-TOO-LARGE", reason, &head, bytes);
            return Ok(Some(CsvRow::Bad(reject, Vec::new())));
        }
        if !self.decode(found.bytes, found.fields) {
            return Ok(Some(self.broken_encoding(&found)));
        }
        let width = self.names.len();
        if self.row_ends.len() > width && width > 0 {
            // Exports often end every line with delimiters; empty surplus fields say nothing.
            let kept = self.row_ends[width - 1];
            if self.row[kept..].trim().is_empty() {
                self.row_ends.truncate(width);
            }
        }
        let cells = self.cells(found.line);
        if self.row_ends.len() == width {
            return Ok(Some(CsvRow::Row(cells)));
        }
        let reason = format!(
            "the row has {} fields where the header has {width}. Often a quote or a delimiter is missing.",
            self.row_ends.len()
        );
        let fields = cells.iter().map(str::to_string).collect();
        let original = self.cells(0).original();
        let reject = self.reject(found.line, "K-LAND-FIELDS", reason, &original, original.len() as u64);
        Ok(Some(CsvRow::Bad(reject, fields)))
    }

    fn read_names(&mut self, path: &Path) -> Result<(), Error> {
        let header = self.dialect.header;
        let names: Vec<String> = if header {
            match self.find()? {
                Some(found) if found.too_large.is_none() && self.decode(found.bytes, found.fields) => {
                    self.cells(1).iter().map(|name| name.trim().to_string()).collect()
                }
                _ => {
                    return Err(error::fault(
                        "K-SOURCE-CSV",
                        path.display(),
                        format!("could not read the header of {}", path.display()),
                        format!("Its first line is not text in {} or is too long.", self.text.encoding()),
                        "State the `encoding` in kith.toml, or check that the file is CSV.",
                    ));
                }
            }
        } else {
            vec![String::new(); self.dialect.fields]
        };
        self.names = distinct_names(names);
        Ok(())
    }

    /// Finds the next row and leaves its fields in `out` and `ends`, its bytes in the window from `start` to `at`.
    fn find(&mut self) -> Result<Option<Found>, Error> {
        self.text.start = self.at;
        let mut line = self.core.line();
        let (mut bytes, mut fields) = (0, 0);
        let mut too_large: Option<(Vec<u8>, u64)> = None;
        loop {
            // To csv-core, an empty input is the end of the file.
            while self.at == self.text.end && !self.text.eof {
                if bytes == 0 && fields == 0 {
                    line += self.skip_line_ends();
                }
                self.refill(&mut too_large)?;
            }
            let input = &self.text.buf[self.at..self.text.end];
            let (result, read, written, ended) =
                self.core.read_record(input, &mut self.out[bytes..], &mut self.ends[fields..]);
            self.at += read;
            bytes += written;
            fields += ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull if self.out.len() <= self.limits.row_bytes => {
                    self.out.resize(self.out.len() * 2, 0);
                }
                ReadRecordResult::OutputEndsFull if too_large.is_none() => {
                    self.ends.resize(self.ends.len() * 2, 0);
                }
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    (bytes, fields) = (0, 0);
                    too_large.get_or_insert_default();
                }
                ReadRecordResult::Record => break,
                ReadRecordResult::End => return Ok(None),
            }
        }
        line += self.skip_line_ends();
        if bytes > self.limits.row_bytes {
            too_large.get_or_insert_default();
        }
        if let Some(large) = &mut too_large {
            self.cut(large);
        }
        Ok(Some(Found { line, bytes, fields, too_large }))
    }

    /// Reads on. The bytes of a row that is too large are counted and let go.
    fn refill(&mut self, too_large: &mut Option<(Vec<u8>, u64)>) -> Result<(), Error> {
        if let Some(large) = too_large {
            self.cut(large);
            self.text.start = self.at;
        }
        let before = self.text.start;
        self.text.more()?;
        self.at -= before - self.text.start;
        Ok(())
    }

    /// Takes the window's row bytes into the head of a row that is too large, up to what a reject keeps.
    fn cut(&self, (head, length): &mut (Vec<u8>, u64)) {
        let raw = &self.text.buf[self.text.start..self.at];
        let room = super::ORIGINAL_BYTES_MAX.saturating_sub(head.len()).min(raw.len());
        head.extend_from_slice(&raw[..room]);
        *length += raw.len() as u64;
    }

    /// Moves the row's start over the ends of the lines before it; how many lines these were.
    fn skip_line_ends(&mut self) -> u64 {
        let mut lines = 0;
        while self.text.start < self.at && matches!(self.text.buf[self.text.start], b'\r' | b'\n') {
            lines += u64::from(self.text.buf[self.text.start] == b'\n');
            self.text.start += 1;
        }
        lines
    }

    /// Turns the fields found into text; false if they are none.
    fn decode(&mut self, bytes: usize, fields: usize) -> bool {
        let out = &self.out[..bytes];
        self.row.clear();
        self.row_ends.clear();
        if !out.is_ascii() {
            self.text.settle();
        }
        let mut start = 0;
        if let Ok(text) = std::str::from_utf8(out)
            && (out.is_ascii() || self.text.decode_row(out).as_deref() == Some(text))
        {
            self.row.push_str(text);
            self.row_ends.extend_from_slice(&self.ends[..fields]);
            return self.row_ends.iter().all(|end| text.is_char_boundary(*end));
        }
        for end in &self.ends[..fields] {
            let Some(text) = self.text.decode_row(&out[start..*end]) else { return false };
            self.row.push_str(&text);
            self.row_ends.push(self.row.len());
            start = *end;
        }
        true
    }

    fn broken_encoding(&self, found: &Found) -> CsvRow<'_> {
        let mut start = 0;
        let ends = self.ends[..found.fields].iter();
        let fields = ends.map(|end| {
            let field = String::from_utf8_lossy(&self.out[start..*end]).into_owned();
            start = *end;
            field
        });
        let fields = fields.collect();
        let reason = format!(
            "the row is not text in {}. State the right `encoding` for the source, or correct the row.",
            self.text.encoding()
        );
        let original = self.cells(0).original();
        CsvRow::Bad(
            self.reject(found.line, "K-LAND-ENCODING", reason, &original, original.len() as u64),
            fields,
        )
    }

    fn cells(&self, line: u64) -> Cells<'_> {
        let range = (self.text.start, self.at);
        Cells { line, text: &self.row, ends: &self.row_ends, window: &self.text, range }
    }

    fn reject(&self, line: u64, code: &'static str, reason: String, original: &[u8], bytes: u64) -> Reject {
        Reject::new(format!("line {line}"), code, reason, original, bytes)
    }
}

/// Every column needs a name of its own: an empty one becomes `column_3`, a repeated one `name_2`.
pub(crate) fn distinct_names(names: Vec<String>) -> Vec<String> {
    let mut distinct: Vec<String> = Vec::with_capacity(names.len());
    for (index, name) in names.into_iter().enumerate() {
        let base = if name.is_empty() { format!("column_{}", index + 1) } else { name };
        let mut candidate = base.clone();
        let mut n = 2;
        while distinct.contains(&candidate) {
            candidate = format!("{base}_{n}");
            n += 1;
        }
        distinct.push(candidate);
    }
    distinct
}
