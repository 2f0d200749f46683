//! Finding a value in somebody else's JSON.

use crate::event::wire::json::{self, Members};

/// The value at a path of names and places with dots between them (`data.items.0.id`). A member whose own name has dots is
/// found too.
pub(super) fn at<'a>(text: &'a str, path: &str) -> Option<&'a str> {
    if text.starts_with('[') {
        let (step, rest) = path.split_once('.').unwrap_or((path, ""));
        let found = *json::elements(text).ok()?.get(step.parse::<usize>().ok()?)?;
        return if rest.is_empty() { Some(found) } else { at(found, rest) };
    }
    let members = text.starts_with('{').then(|| Members::of(text).ok()).flatten()?;
    if let Some(found) = members.get(path) {
        return Some(found);
    }
    let (step, rest) = path.split_once('.')?;
    at(members.get(step)?, rest)
}

/// True for a value that can be an id or a name: a text that is not empty, or a number.
pub(super) fn says(value: &str) -> bool {
    match value.as_bytes().first() {
        Some(b'"') => value != "\"\"",
        Some(byte) => byte.is_ascii_digit() || *byte == b'-',
        None => false,
    }
}

/// A text or a number as text.
pub(super) fn plain(value: &str) -> Option<String> {
    match value.starts_with('"') {
        true => json::text(value).map(|text| text.into_owned()),
        false => says(value).then(|| value.to_string()),
    }
}
