//! The key of a row in its source.

use crate::tabular::value_text;
use kith_core::hex;
use rustc_hash::FxHashMap;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// A longer key is text in the wrong column; the store could not hold it.
const KEY_MAX_BYTES: usize = 4096;

/// Gives rows their keys.
pub(super) struct Keys {
    columns: Vec<String>,
    /// Without key columns: how often each content has occurred in this pull.
    occurrences: FxHashMap<[u8; 16], u32>,
}

impl Keys {
    /// By columns; none = by content.
    pub fn new(columns: Vec<String>) -> Keys {
        Keys { columns, occurrences: FxHashMap::default() }
    }

    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The key of a row, or why it has none.
    pub fn of(&mut self, row: &Map<String, Value>) -> Result<String, String> {
        if self.columns.is_empty() {
            return Ok(self.by_content(row));
        }
        let columns = self.columns.join(", ");
        match self.declared(row) {
            None => Err(format!("the row has no value in its key ({columns}). Give it one.")),
            Some(key) if key.len() > KEY_MAX_BYTES => Err(format!(
                "the key ({columns}) has {} bytes, and {KEY_MAX_BYTES} is the most. Choose another key.",
                key.len()
            )),
            Some(key) => Ok(key),
        }
    }

    /// The key by columns; `None` also without any.
    pub fn declared(&self, row: &Map<String, Value>) -> Option<String> {
        let mut parts = Vec::with_capacity(self.columns.len());
        for column in &self.columns {
            let text = value_text(row.get(column)?)?;
            let text = text.trim();
            if text.is_empty() {
                return None;
            }
            parts.push(text.to_string());
        }
        match parts.len() {
            0 => None,
            1 => parts.pop(),
            // ("a|b", "c") and ("a", "b|c") are two keys.
            _ => Some(
                parts
                    .iter()
                    .map(|p| p.replace('\\', "\\\\").replace('|', "\\|"))
                    .collect::<Vec<_>>()
                    .join("|"),
            ),
        }
    }

    /// 128 bits of the content's SHA-256, whatever the order of its columns; a repeated content is another row.
    fn by_content(&mut self, row: &Map<String, Value>) -> String {
        let sorted: BTreeMap<&String, &Value> = row.iter().filter(|(_, value)| !value.is_null()).collect();
        let text = serde_json::to_string(&sorted).unwrap_or_default();
        let mut hash = [0; 16];
        hash.copy_from_slice(&Sha256::digest(text)[..16]);
        let n = self.occurrences.entry(hash).or_insert(0);
        *n += 1;
        let hex = hex(hash);
        if *n == 1 { hex } else { format!("{hex}-{n}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn row(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn keys_tell_rows_apart() {
        let mut keys = Keys::new(vec!["a".into(), "b".into()]);
        let one = keys.of(&row(json!({"a": "x|y", "b": "z"})));
        let other = keys.of(&row(json!({"a": "x", "b": "y|z"})));
        assert_ne!(one, other);
        assert!(keys.of(&row(json!({"a": "x", "b": " "}))).is_err());
        let long = "x".repeat(KEY_MAX_BYTES);
        assert!(keys.of(&row(json!({"a": long, "b": "y"}))).is_err(), "the store could not hold it");
        let mut keys = Keys::new(vec!["id".into()]);
        assert_eq!(keys.of(&row(json!({"id": 7.0}))).as_deref(), Ok("7"));
        let mut keys = Keys::new(Vec::new());
        let first = keys.of(&row(json!({"a": 1, "b": null})));
        let again = keys.of(&row(json!({"b": null, "a": 1})));
        assert_eq!(again, first.map(|f| f + "-2"));
    }
}
