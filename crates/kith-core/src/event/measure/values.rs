//! Values that are counted each by itself.

use super::{Cell, Definition, Measure, text};
use serde_json::Value;
use std::collections::BTreeMap;

impl Measure {
    /// How often each value came, at a moment; empty where values are not counted.
    pub fn tallies(&self, definition: &Definition, now_ms: i64) -> BTreeMap<String, u64> {
        let since = definition.since_ms(now_ms).unwrap_or(i64::MIN);
        let mut all = BTreeMap::new();
        for (_, cell) in self.buckets.iter().filter(|(at, _)| **at >= since) {
            let Cell::Values(values) = cell else { continue };
            values.iter().for_each(|(value, count)| *all.entry(value.clone()).or_default() += count);
        }
        all
    }
}

/// The values of a path, each with how often it came: those of a list where the path goes through one (`products[].id`).
pub(super) fn each(path: &str, value: &Value) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    match value {
        Value::Array(list) if path.contains("[]") => {
            list.iter().for_each(|value| *counts.entry(text(value)).or_default() += 1);
        }
        value => _ = counts.insert(text(value), 1),
    }
    counts
}
