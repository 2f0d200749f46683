//! The columns that a source has against those that its configuration names.

use crate::connect::error;
use crate::{Error, Result};
use kith_core::config::Source;
use kith_core::hex;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// Raised when a change of the normal forms makes all rows worth standardising again.
const STANDARD_VERSION: u32 = 1;

/// What, if it changes, makes a source worth reading whole again: where it is, how it is read, what its columns mean.
pub(super) fn mapping_hash(source: &Source, region: Option<&str>) -> String {
    let fields: Vec<(String, String)> =
        source.fields.iter().map(|m| (m.column.clone(), m.target.to_string())).collect();
    let url = source.url.as_ref().map(|url| url.to_text());
    let text = json!([
        STANDARD_VERSION,
        source.kind.name(),
        source.path,
        url,
        source.table,
        source.delimiter,
        source.encoding,
        source.key,
        source.updated_at,
        fields,
        region
    ]);
    let hash = Sha256::digest(text.to_string());
    hex(&hash[..8])
}

/// Refuses a source that lacks a column which the configuration names.
pub(super) fn check_columns(source: &Source, key: &[String], columns: &[String]) -> Result<()> {
    let has = |name: &str| columns.iter().any(|c| c == name || is_inside(name, c));
    let mapped = source.fields.iter().map(|m| ("fields", m.column.as_str()));
    let keys = key.iter().map(|k| ("key", k.as_str()));
    let updated = source.updated_at.iter().map(|u| ("updated_at", u.as_str()));
    match mapped.chain(keys).chain(updated).find(|(_, name)| !has(name)) {
        Some((role, name)) => Err(vanished(source, role, name, columns)),
        None => Ok(()),
    }
}

/// True for `address.city` where the source has a column `address` that may hold JSON.
fn is_inside(path: &str, column: &str) -> bool {
    path.strip_prefix(column).is_some_and(|rest| rest.starts_with('.'))
}

/// A column that the configuration names and the source has not.
pub(super) fn vanished(source: &Source, role: &str, column: &str, columns: &[String]) -> Error {
    let name = source.name.as_str();
    let near = columns.iter().find(|c| c.eq_ignore_ascii_case(column));
    let help = match near {
        Some(near) => format!("Did you mean {near:?}? Correct kith.toml."),
        None => format!(
            "If the source renamed it, correct kith.toml; if it is gone for good, remove it there. The columns are: {}.",
            columns.join(", ")
        ),
    };
    let message = format!("could not find the column {column:?} in source {name}");
    let detail = format!(
        "`{role}` of source {name} in kith.toml names it, and the source has no such column. Nothing was changed."
    );
    error::fault("K-SOURCE-COLUMN", name, message, detail, help)
}

/// Every path that occurs in rows.
pub(super) fn paths(rows: &[&Map<String, Value>]) -> Vec<String> {
    let mut all: Vec<String> = rows.iter().flat_map(|row| row.keys().cloned()).collect();
    all.sort();
    all.dedup();
    all
}
