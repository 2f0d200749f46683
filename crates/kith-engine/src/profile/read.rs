//! One profile at one confidence.
//!
//! 1. Find the nodes that carry the identifier. A profile id stands for its first node.
//! 2. If they lie in several clusters at this confidence, take the cluster that holds most of them, then the older
//!    one: a shared phone must not make two people one. The answer's `asked` and `records` show what was taken.
//! 3. Read the cluster's nodes, compute the golden values, and cut the tree at other confidences beside it.

use super::household::household;
use super::shape::{Asked, Candidate, GoldenValue, Link, MergeStep, OtherView, Profile};
use super::{Lookup, Reader, certainty, identifiers, instant, record};
use crate::error::{Error, Result};
use kith_core::id::{NodeId, ProfileId};
use kith_core::survivorship::{self, Golden};
use kith_live::{Component, Node};
use std::collections::BTreeMap;

/// The confidences at which the size of a profile is shown beside the asked one.
const OTHER_CONFIDENCES: [f64; 6] = [0.5, 0.8, 0.9, 0.95, 0.99, 0.999];

/// Reads the profile of whoever is meant.
pub(crate) fn profile(reader: &Reader, lookup: &Lookup, confidence: Option<f64>) -> Result<Profile> {
    let position = reader.live.position();
    let Found { confidence, nodes, first, redirected_from } = found(reader, lookup, confidence)?;
    let component = reader.live.component_of(first)?;
    let golden = reader.rules.golden(&nodes);
    let ids: Vec<NodeId> = nodes.iter().map(|n| n.id).collect();
    let sizes = other_views(reader, lookup)?;
    let activity = match reader.collector {
        Some(collector) => collector.activity(&nodes, reader.live.now_ms())?,
        None => None,
    };
    let seen = activity.as_ref().map(|activity| activity.seen_ids.as_slice()).unwrap_or_default();
    Ok(Profile {
        position,
        profile_id: reader.live.profile_of(first)?,
        asked: Asked { kind: lookup.kind().into(), value: lookup.value() },
        confidence,
        certainty: certainty(component.as_ref(), &ids, confidence),
        redirected_from,
        golden: golden.into_iter().filter_map(golden_value).collect(),
        links: links(component.as_ref(), &ids),
        merges: merges(component.as_ref(), &ids, confidence),
        household: household(reader, &ids)?,
        identifiers: identifiers::all(&nodes, seen),
        activity,
        records: nodes.into_iter().map(record).collect(),
        looser: sizes.iter().filter(|v| v.confidence < confidence).cloned().collect(),
        stricter: sizes.iter().filter(|v| v.confidence > confidence).cloned().collect(),
    })
}

/// Whoever is meant.
struct Found {
    confidence: f64,
    /// Their records, ascending.
    nodes: Vec<Node>,
    first: NodeId,
    redirected_from: Option<ProfileId>,
}

fn found(reader: &Reader, lookup: &Lookup, confidence: Option<f64>) -> Result<Found> {
    let confidence = checked(confidence.unwrap_or(reader.config.project.confidence))?;
    let (ids, redirected_from) = members(reader, lookup, confidence)?;
    let nodes = live_nodes(reader, &ids)?;
    match nodes.first().map(|n| n.id) {
        Some(first) => Ok(Found { confidence, nodes, first, redirected_from }),
        None => Err(nobody(lookup)),
    }
}

/// The records of whoever is meant, ascending.
pub(crate) fn records(reader: &Reader, lookup: &Lookup, confidence: Option<f64>) -> Result<Vec<Node>> {
    found(reader, lookup, confidence).map(|found| found.nodes)
}

pub(crate) fn checked(confidence: f64) -> Result<f64> {
    if confidence > 0.0 && confidence < 1.0 {
        return Ok(confidence);
    }
    let help = "Use a probability such as 0.8 (a newsletter) or 0.99 (an order confirmation).";
    Err(Error::input(
        "K-LOOKUP-CONFIDENCE",
        format!("the confidence {confidence} is not between 0 and 1"),
        help,
    ))
}

/// The nodes of the profile, and the id that was asked if it has been merged away.
fn members(reader: &Reader, lookup: &Lookup, confidence: f64) -> Result<(Vec<NodeId>, Option<ProfileId>)> {
    if let Lookup::Profile(id) = lookup {
        let Some(state) = reader.live.profile(*id)? else { return Err(nobody(lookup)) };
        let redirected = (state.id != *id).then_some(*id);
        // At the confidence that ids are issued at, the stored membership is the answer, tree or no tree.
        if confidence == reader.config.project.confidence {
            return Ok((state.nodes, redirected));
        }
        let ids = best_cluster(reader, &state.nodes, confidence)?;
        return Ok((ids, redirected));
    }
    let found = find_nodes(reader, lookup)?;
    Ok((best_cluster(reader, &found, confidence)?, None))
}

/// The cluster that holds most of the nodes; of equals the one with the smallest node.
fn best_cluster(reader: &Reader, nodes: &[NodeId], confidence: f64) -> Result<Vec<NodeId>> {
    let mut clusters: BTreeMap<Vec<NodeId>, usize> = BTreeMap::new();
    for node in nodes {
        *clusters.entry(reader.live.cluster(*node, confidence)?).or_insert(0) += 1;
    }
    let best = clusters.into_iter().rev().max_by_key(|(_, hits)| *hits);
    Ok(best.map(|(nodes, _)| nodes).unwrap_or_default())
}

/// The live nodes that carry an identifier, ascending; an error if there are none.
pub(crate) fn find_nodes(reader: &Reader, lookup: &Lookup) -> Result<Vec<NodeId>> {
    let mut found = match lookup {
        Lookup::Profile(id) => reader.live.profile(*id)?.map(|p| p.nodes).unwrap_or_default(),
        Lookup::Node(id) => reader.live.node(*id)?.filter(|n| n.alive).map(|n| n.id).into_iter().collect(),
        Lookup::Identifier { kind, value } => identifiers::find(reader, kind, value)?,
    };
    found.sort();
    found.dedup();
    if found.is_empty() { Err(nobody(lookup)) } else { Ok(found) }
}

fn live_nodes(reader: &Reader, ids: &[NodeId]) -> Result<Vec<Node>> {
    let mut nodes = reader.live.alive(ids)?;
    nodes.sort_by_key(|n| n.id);
    Ok(nodes)
}

fn other_views(reader: &Reader, lookup: &Lookup) -> Result<Vec<OtherView>> {
    OTHER_CONFIDENCES
        .iter()
        .map(|confidence| {
            let (nodes, _) = members(reader, lookup, *confidence)?;
            Ok(OtherView { confidence: *confidence, records: nodes.len() as u64 })
        })
        .collect()
}

fn golden_value(golden: Golden) -> Option<GoldenValue> {
    Some(GoldenValue {
        field: golden.field,
        label: label(golden.field.name()),
        winner: candidate(golden.winner?),
        rule: golden.rule,
        losers: golden.losers.into_iter().map(candidate).collect(),
        also: golden.also.into_iter().map(candidate).collect(),
    })
}

fn candidate(from: survivorship::Candidate) -> Candidate {
    Candidate {
        value: from.value.normal,
        original: from.value.original,
        source: from.source,
        key: from.key,
        node_id: from.node,
        updated_at: from.updated_at_ms.map(instant),
    }
}

/// `given_name` becomes `Given name`.
pub(crate) fn label(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().collect::<String>() + letters.as_str())
        .unwrap_or_default()
}

fn links(component: Option<&Component>, ids: &[NodeId]) -> Vec<Link> {
    let edges = component.map(|c| c.edges.as_slice()).unwrap_or_default();
    edges
        .iter()
        .filter(|e| ids.contains(&e.a) && ids.contains(&e.b))
        .map(|e| Link { a: e.a, b: e.b, weight: e.weight, probability: e.probability })
        .collect()
}

fn merges(component: Option<&Component>, ids: &[NodeId], confidence: f64) -> Vec<MergeStep> {
    let merges = component.map(|c| c.merges.as_slice()).unwrap_or_default();
    merges
        .iter()
        .filter(|m| f64::from(m.confidence) >= confidence && ids.contains(&m.a) && ids.contains(&m.b))
        .map(|m| MergeStep { a: m.a, b: m.b, confidence: m.confidence })
        .collect()
}

fn nobody(lookup: &Lookup) -> Error {
    Error::not_found(
        "K-LOOKUP-NOBODY",
        format!("nobody is known by {lookup}"),
        "Try `kith profile search` with a name, or check whether the last `kith run` read the source.",
    )
}
