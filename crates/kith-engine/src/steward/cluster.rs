//! The records around one record, as a graph: what connects them, what became of each pair, where the cluster is weakest.

use super::shape::{ClusterGraph, DecisionView, EdgeState, GraphEdge, GraphNode, WeakestLink};
use super::view;
use crate::error::Result;
use crate::profile::shape::{Link, MergeStep};
use crate::profile::{Lookup, Reader, checked, find_nodes, record_name};
use kith_core::decision::Answers;
use kith_core::id::NodeId;
use kith_live::{Component, TreeEdge, TreeMerge};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

/// More records than this can not be looked at in one picture.
const NODES_MAX: usize = 400;

/// More pairs than this can not be drawn.
const EDGES_MAX: usize = 4_000;

/// The graph of the component of a record.
pub(super) fn graph(reader: &Reader, lookup: &Lookup, confidence: Option<f64>) -> Result<ClusterGraph> {
    let confidence = checked(confidence.unwrap_or(reader.config.project.confidence))?;
    let position = reader.live.position();
    let asked = find_nodes(reader, lookup)?.into_iter().next().unwrap_or(NodeId(0));
    let component = reader.live.component_of(asked)?.unwrap_or_else(|| Component::single(asked));
    let clusters = ordered(component.clusters(confidence), asked);
    let (nodes, cluster_of, truncated) = nodes(reader, clusters)?;
    let closure = reader.live.decided()?;
    let answers = closure.answers().named(|record| reader.live.node_of(&record.source, &record.key))?;
    let refused = refused(&answers, &cluster_of);
    let own: Vec<NodeId> = cluster_of.iter().filter(|(_, c)| **c == 0).map(|(n, _)| *n).collect();
    let known = |n: &NodeId| cluster_of.contains_key(n);
    let edges = component.edges.iter().filter(|e| known(&e.a) && known(&e.b));
    let mut edges: Vec<GraphEdge> =
        edges.map(|e| edge(e, &cluster_of, &refused, &answers, confidence)).collect();
    edges.sort_by(|x, y| y.weight.total_cmp(&x.weight).then((x.a, x.b).cmp(&(y.a, y.b))));
    let truncated = truncated || edges.len() > EDGES_MAX;
    edges.truncate(EDGES_MAX);
    let merges = component.merges.iter().filter(|m| known(&m.a) && known(&m.b));
    Ok(ClusterGraph {
        position,
        asked,
        confidence,
        weakest: weakest(&component, &own, confidence),
        merges: merges.map(|m| MergeStep { a: m.a, b: m.b, confidence: m.confidence }).collect(),
        decisions: decisions(reader, &nodes)?,
        nodes,
        edges,
        truncated,
    })
}

/// The clusters, that of the asked record first.
fn ordered(mut clusters: Vec<Vec<NodeId>>, asked: NodeId) -> Vec<Vec<NodeId>> {
    clusters.sort_by_key(|c| (c.binary_search(&asked).is_err(), c.first().copied()));
    clusters
}

type Nodes = (Vec<GraphNode>, BTreeMap<NodeId, u64>, bool);

/// The live records of the clusters, as many as fit, and the cluster of each.
fn nodes(reader: &Reader, clusters: Vec<Vec<NodeId>>) -> Result<Nodes> {
    let (mut nodes, mut cluster_of, mut truncated) = (Vec::new(), BTreeMap::new(), false);
    for (cluster, members) in (0u64..).zip(clusters) {
        for node in members {
            if nodes.len() >= NODES_MAX {
                truncated = true;
                break;
            }
            // A record that has gone since it was resolved has no place in the picture.
            if !reader.live.node(node)?.is_some_and(|n| n.alive) {
                continue;
            }
            if let Some(record) = record_name(reader, node)? {
                cluster_of.insert(node, cluster);
                nodes.push(GraphNode { record, profile_id: reader.live.profile_of(node)?, cluster });
            }
        }
    }
    Ok((nodes, cluster_of, truncated))
}

/// Pairs of clusters that a decision keeps apart.
fn refused(answers: &Answers<NodeId>, cluster_of: &BTreeMap<NodeId, u64>) -> FxHashSet<(u64, u64)> {
    let mut clusters: FxHashMap<usize, Vec<u64>> = FxHashMap::default();
    for (node, group) in answers.numbers() {
        clusters.entry(group).or_default().extend(cluster_of.get(node));
    }
    let none = Vec::new();
    let of = |group: usize| clusters.get(&group).unwrap_or(&none);
    let pairs = answers
        .apart()
        .flat_map(|(a, b)| of(a).iter().flat_map(move |x| of(b).iter().map(move |y| (*x.min(y), *x.max(y)))));
    pairs.collect()
}

fn edge(
    edge: &TreeEdge,
    cluster_of: &BTreeMap<NodeId, u64>,
    refused: &FxHashSet<(u64, u64)>,
    answers: &Answers<NodeId>,
    confidence: f64,
) -> GraphEdge {
    let of = |node: &NodeId| cluster_of.get(node).copied().unwrap_or(u64::MAX);
    let (x, y) = (of(&edge.a), of(&edge.b));
    let kept_apart =
        || refused.contains(&(x.min(y), x.max(y))) || answers.says(&edge.a, &edge.b) == Some(false);
    let state = match () {
        () if x == y => EdgeState::Inside,
        () if kept_apart() => EdgeState::Refused,
        () if f64::from(edge.probability) >= confidence => EdgeState::Outvoted,
        () => EdgeState::Below,
    };
    GraphEdge { a: edge.a, b: edge.b, weight: edge.weight, probability: edge.probability, state }
}

/// The last merge of a cluster, its two sides, and the strongest pair between them.
fn weakest(component: &Component, own: &[NodeId], confidence: f64) -> Option<WeakestLink> {
    let inside =
        |m: &&TreeMerge| m.confidence >= confidence as f32 && own.contains(&m.a) && own.contains(&m.b);
    let mut merges: Vec<TreeMerge> = component.merges.iter().filter(inside).copied().collect();
    let (last, weakest) = merges
        .iter()
        .copied()
        .enumerate()
        .reduce(|x, y| if y.1.confidence <= x.1.confidence { y } else { x })?;
    merges.remove(last);
    let rest = Component { nodes: own.to_vec(), merges, edges: Vec::new() };
    let (left, right) = (rest.cluster(weakest.a, confidence), rest.cluster(weakest.b, confidence));
    let between = |e: &&TreeEdge| {
        let over = |a: &NodeId, b: &NodeId| left.contains(a) && right.contains(b);
        over(&e.a, &e.b) || over(&e.b, &e.a)
    };
    let strongest = component.edges.iter().filter(between).max_by(|x, y| x.weight.total_cmp(&y.weight));
    let strongest = strongest.map(|e| Link { a: e.a, b: e.b, weight: e.weight, probability: e.probability });
    Some(WeakestLink { confidence: weakest.confidence, left, right, strongest })
}

/// The decisions that name a record of the graph: those in force, and those taken back that still have their effect.
fn decisions(reader: &Reader, nodes: &[GraphNode]) -> Result<Vec<DecisionView>> {
    let seen = view::seen(reader)?;
    let inside: FxHashSet<(&str, &str)> =
        nodes.iter().map(|n| (n.record.source.as_str(), n.record.key.as_str())).collect();
    let mut found = Vec::new();
    for decided in reader.live.decisions()? {
        let named = decided.entry.decision.pair().is_some_and(|(a, b)| {
            [a, b].iter().any(|r| inside.contains(&(r.source.as_str(), r.key.as_str())))
        });
        if named && (decided.withdrawn.is_none() || view::waits(&decided, seen)) {
            found.push(view::view(reader, seen, decided)?);
        }
    }
    Ok(found)
}
