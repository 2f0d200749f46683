//! A settled component as the store keeps it.

use crate::resolve::components::Sets;
use kith_core::id::NodeId;
use kith_live::{Component, TreeEdge, TreeMerge};
use kith_resolve::Settled;
use std::collections::BTreeMap;

/// What is connected by evidence or merged, as [`components::split`] has it: a link that was refused connects nothing.
pub(super) fn parts(settled: &Settled) -> Vec<Component> {
    let mut nodes: Vec<NodeId> = settled.records.iter().map(|id| NodeId(*id)).collect();
    nodes.sort_unstable();
    let at = |id: u64| nodes.binary_search(&NodeId(id)).unwrap_or_default() as u32;
    let mut sets = Sets::new(nodes.len());
    let pairs = settled.edges.iter().chain(&settled.merges);
    pairs.for_each(|(a, b, _)| sets.join(at(*a), at(*b)));
    let mut parts: BTreeMap<u32, Component> = BTreeMap::new();
    for (node, place) in nodes.iter().zip(0..) {
        parts.entry(sets.find(place)).or_default().nodes.push(*node);
    }
    let pair = |a: u64, b: u64| (NodeId(a.min(b)), NodeId(a.max(b)));
    for (a, b, weight) in &settled.edges {
        let probability = kith_resolve::candidates::probability(f64::from(*weight)) as f32;
        let part = parts.entry(sets.find(at(*a))).or_default();
        let (a, b) = pair(*a, *b);
        part.edges.push(TreeEdge { a, b, weight: *weight, probability });
    }
    for (a, b, confidence) in &settled.merges {
        let part = parts.entry(sets.find(at(*a))).or_default();
        let (a, b) = pair(*a, *b);
        part.merges.push(TreeMerge { a, b, confidence: *confidence });
    }
    parts.into_values().collect()
}
