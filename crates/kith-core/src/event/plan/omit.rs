//! An event without the properties that are not in its plan. Everything else stays the bytes that it was.

use super::Place;
use crate::event::wire::json::{self, Members};
use std::collections::BTreeSet;

/// The text without what stands at these JSON pointers, as [`Place`] writes them.
pub(super) fn without(text: &str, pointers: &BTreeSet<&str>) -> String {
    let mut out = String::with_capacity(text.len());
    put(text, "", pointers, &mut out);
    out
}

fn put(text: &str, at: &str, pointers: &BTreeSet<&str>, out: &mut String) {
    // Only what leads to one of them is taken apart.
    let below = format!("{at}/");
    let leads = pointers.range(below.as_str()..).next().is_some_and(|next| next.starts_with(&below));
    let members = (leads && text.starts_with('{')).then(|| Members::of(text).ok()).flatten();
    let items = (leads && text.starts_with('[')).then(|| json::elements(text).ok()).flatten();
    if let Some(members) = members {
        out.push('{');
        let mut first = true;
        for member in &members.0 {
            let at = format!("{at}{}", Place::Member(&Place::Root, &member.name));
            if pointers.contains(at.as_str()) {
                continue;
            }
            if !std::mem::replace(&mut first, false) {
                out.push(',');
            }
            out.push_str(member.quoted);
            out.push(':');
            put(member.value, &at, pointers, out);
        }
        out.push('}');
    } else if let Some(items) = items {
        out.push('[');
        for (i, item) in items.into_iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            put(item, &format!("{at}/{i}"), pointers, out);
        }
        out.push(']');
    } else {
        out.push_str(text);
    }
}
