//! Lines out of pieces of a file, each a JSON object.

use super::fault;
use crate::error::{Error, Result};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// One object: names and what stands behind them. Of a name that stands there twice the last counts.
pub(super) struct Object<'a>(pub Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }
        from.deserialize_map(Members).map(Object)
    }
}

/// Lines out of pieces of a file.
pub(super) struct Splitter {
    pub place: (String, String),
    /// The begin of a line whose end has not come.
    pub begun: Vec<u8>,
    pub line: u64,
    line_max: usize,
}

impl Splitter {
    pub fn new(place: (String, String), line_max: usize) -> Splitter {
        Splitter { place, begun: Vec::new(), line: 0, line_max }
    }

    fn bad(&self, why: &str) -> Error {
        fault::bad(&self.place.0, &self.place.1, &format!("line {} {why}", self.line))
    }

    /// The first line of these bytes, if it ends there: how many bytes were taken, and whether a whole line is now in `begun`.
    pub fn take(&mut self, bytes: &[u8]) -> Result<(usize, bool)> {
        let end = bytes.iter().position(|b| *b == b'\n');
        let part = &bytes[..end.unwrap_or(bytes.len())];
        if self.begun.len() + part.len() > self.line_max {
            self.line += 1;
            return Err(self.bad(&format!("is longer than {} bytes", self.line_max)));
        }
        self.begun.extend_from_slice(part);
        self.line += u64::from(end.is_some());
        Ok((end.map_or(bytes.len(), |end| end + 1), end.is_some()))
    }

    /// Looks at the line that was taken, unless it is empty.
    pub fn read(&mut self, mut each: impl FnMut(Object<'_>) -> Result<()>) -> Result<bool> {
        let line = std::mem::take(&mut self.begun);
        let text = line.strip_prefix("\u{feff}".as_bytes()).filter(|_| self.line <= 1).unwrap_or(&line);
        if text.iter().all(u8::is_ascii_whitespace) {
            return Ok(false);
        }
        match serde_json::from_slice::<Object<'_>>(text) {
            Ok(object) => each(object)?,
            Err(_) => return Err(self.bad("is not one JSON object")),
        }
        Ok(true)
    }
}
