//! Reads newline-delimited JSON: one object a line, nested objects flattened to dotted paths, arrays kept as JSON.

use super::text::Text;
use super::{Limits, Reject};
use crate::Error;
use crate::connect::error;
use kith_dedupe::float_text;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::path::Path;

/// The rows of a newline-delimited JSON file.
pub struct NdjsonRows {
    text: Text,
    limits: Limits,
    at: usize,
    line: u64,
}

/// A row, or why there is none.
pub enum NdjsonRow {
    /// A flattened object.
    Row {
        /// Its line, from 1.
        line: u64,
        /// Path and value.
        row: Map<String, Value>,
        /// The line's bytes.
        original: Vec<u8>,
    },
    /// A refused line.
    Bad(Reject),
}

impl NdjsonRows {
    /// Opens a file. A file that is one JSON array is refused with advice.
    pub fn open(path: &Path, encoding: Option<&str>, limits: Limits) -> Result<NdjsonRows, Error> {
        let text = Text::open(path, encoding)?;
        let first = text.sample().iter().find(|b| !b.is_ascii_whitespace());
        if first == Some(&b'[') {
            return Err(error::fault(
                "K-SOURCE-NDJSON",
                path.display(),
                format!("could not read {} line by line", path.display()),
                "The file is one JSON array; Kith reads one object a line.",
                format!("Convert it, for example: jq -c '.[]' {} > rows.ndjson", path.display()),
            ));
        }
        if text.sample().contains(&0) {
            return Err(error::fault(
                "K-SOURCE-NDJSON",
                path.display(),
                format!("could not read {} as JSON lines", path.display()),
                "It holds zero bytes, so it is not text.",
                "State the right `kind` (sqlite, parquet …) or `encoding`.",
            ));
        }
        Ok(NdjsonRows { text, limits, at: 0, line: 0 })
    }

    /// The next row; `None` at the end. Blank lines are passed over.
    pub fn next_row(&mut self) -> Result<Option<NdjsonRow>, Error> {
        loop {
            let Some((end, too_large)) = self.find()? else { return Ok(None) };
            let line = self.line;
            if let Some((head, bytes)) = too_large {
                let reason = format!(
                    "the line has {bytes} bytes; at most {} are read. Leave the large value out of the export.",
                    self.limits.row_bytes
                );
                let place = format!("line {line}");
                return Ok(Some(NdjsonRow::Bad(Reject::new(
                    place,
                    "K-LAND-TOO-LARGE",
                    reason,
                    &head,
                    bytes,
                ))));
            }
            let range = self.text.start..end;
            if self.text.buf[range.clone()].trim_ascii().is_empty() {
                continue;
            }
            if !self.text.buf[range.clone()].is_ascii() {
                self.text.settle();
            }
            let bytes = &self.text.buf[range];
            return Ok(Some(self.parse(line, bytes.trim_ascii())));
        }
    }

    fn parse(&self, line: u64, bytes: &[u8]) -> NdjsonRow {
        let refuse = |code, reason: String| {
            let original = self.text.original(bytes);
            NdjsonRow::Bad(Reject::new(
                format!("line {line}"),
                code,
                reason,
                &original,
                original.len() as u64,
            ))
        };
        let Some(text) = self.text.decode_row(bytes) else {
            let encoding = self.text.encoding();
            return refuse("K-LAND-ENCODING", format!("the line is not text in {encoding}. Correct it."));
        };
        match serde_json::from_str::<Value>(&text) {
            Ok(Value::Object(object)) => {
                NdjsonRow::Row { line, row: flatten(object), original: self.text.original(bytes) }
            }
            Ok(_) => {
                refuse("K-LAND-JSON", "the line is JSON, but no object. Write one object a line.".into())
            }
            Err(e) => refuse(
                "K-LAND-JSON",
                format!("the line is not JSON: {e} (the column counts within it). Correct the line."),
            ),
        }
    }

    /// Finds the next line: where it ends in the window, and its first bytes and length if it is too large.
    #[allow(clippy::type_complexity)]
    fn find(&mut self) -> Result<Option<(usize, Option<(Vec<u8>, u64)>)>, Error> {
        self.text.start = self.at;
        self.line += 1;
        let mut searched = self.at;
        let mut large: Option<(Vec<u8>, u64)> = None;
        loop {
            let newline = self.text.buf[searched..self.text.end].iter().position(|b| *b == b'\n');
            let end = newline.map_or(self.text.end, |n| searched + n);
            let length = end - self.text.start;
            if length > self.limits.row_bytes || large.is_some() {
                let (head, bytes) = large.get_or_insert_default();
                let room = super::ORIGINAL_BYTES_MAX.saturating_sub(head.len()).min(length);
                head.extend_from_slice(&self.text.buf[self.text.start..self.text.start + room]);
                *bytes += length as u64;
                self.text.start = end;
            }
            if newline.is_some() {
                self.at = end + 1;
                return Ok(Some((end, large)));
            }
            let kept = end - self.text.start;
            if !self.text.more()? {
                self.at = self.text.end;
                return Ok((kept > 0 || large.is_some()).then_some((self.text.end, large)));
            }
            searched = kept;
        }
    }
}

/// Nested objects become dotted paths (`requester.email`); an object without members says nothing.
pub fn flatten(object: Map<String, Value>) -> Map<String, Value> {
    if !object.values().any(Value::is_object) {
        return object;
    }
    let mut flat = Map::with_capacity(object.len() * 2);
    flatten_into("", object, &mut flat);
    flat
}

fn flatten_into(prefix: &str, object: Map<String, Value>, flat: &mut Map<String, Value>) {
    for (name, value) in object {
        let path = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
        match value {
            Value::Object(inner) => flatten_into(&path, inner, flat),
            value => {
                flat.insert(path, value);
            }
        }
    }
}

/// A value as text: what standardisation and matching see. `None` = missing.
pub fn value_text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Bool(true) => Some(Cow::Borrowed("true")),
        Value::Bool(false) => Some(Cow::Borrowed("false")),
        Value::Number(number) => Some(Cow::Owned(match number.as_f64() {
            Some(float) if number.is_f64() => float_text(float),
            _ => number.to_string(),
        })),
        Value::Array(_) | Value::Object(_) => Some(Cow::Owned(value.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn objects_are_flattened_and_arrays_kept() {
        let Value::Object(row) =
            json!({"id": 7, "who": {"name": {"first": "Ada"}, "tags": [1, {"a": 2}]}, "x": {}})
        else {
            unreachable!()
        };
        let flat = Value::Object(flatten(row));
        assert_eq!(flat, json!({"id": 7, "who.name.first": "Ada", "who.tags": [1, {"a": 2}]}));
        assert_eq!(value_text(&json!(12345.0)).as_deref(), Some("12345"));
        assert_eq!(value_text(&json!(0.1)).as_deref(), Some("0.1"));
        assert_eq!(value_text(&json!(null)), None);
    }
}
