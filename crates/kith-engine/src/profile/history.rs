//! How the values of one field of one customer came to be: every version that the log holds.

use super::shape::{History, HistoryValue};
use super::{Lookup, Reader, find_nodes, instant};
use crate::error::Result;
use kith_core::field::Field;

/// Oldest first, over all records of the profile.
pub(crate) fn history(reader: &Reader, lookup: &Lookup, field: Field) -> Result<History> {
    let position = reader.live.position();
    let mut nodes = Vec::new();
    for found in find_nodes(reader, lookup)? {
        match reader.live.profile_of(found)? {
            Some(id) => nodes.extend(reader.live.profile(id)?.map(|p| p.nodes).unwrap_or_default()),
            None => nodes.push(found),
        }
    }
    nodes.sort();
    nodes.dedup();
    let mut values = Vec::new();
    for node in nodes {
        let Some(about) = reader.live.node(node)? else { continue };
        for version in reader.live.value_history(node, field)? {
            // A removal is one line; a record with two phone numbers makes two.
            let shown = version.values.iter().map(Some).chain(version.values.is_empty().then_some(None));
            values.extend(shown.map(|value| HistoryValue {
                value: value.map(|v| v.normal.clone()),
                original: value.map(|v| v.original.clone()),
                source: about.source.clone(),
                key: about.key.clone(),
                position: version.position,
                at: instant(version.received_at_ms),
                event: version.event.to_string(),
            }));
        }
    }
    values.sort_by_key(|v| v.position);
    Ok(History { position, values })
}
