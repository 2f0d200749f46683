//! From the library's record numbers to nodes: connected components with their trees and edges, and the clusters at
//! one confidence.

use crate::error::Result;
use kith_core::id::NodeId;
use kith_live::{Component, Live, TreeEdge, TreeMerge};
use kith_resolve::{Edge, Merge, MergeTree, Resolution, Settled};

/// Splits edges and merges into connected components of two or more nodes, ordered by their smallest node.
pub(crate) fn split(nodes: &[NodeId], resolution: &Resolution) -> Vec<Component> {
    connected(nodes, &resolution.edges, &resolution.tree.merges, 2)
}

/// A settled component of the resident records as the store keeps it: what is connected by evidence or merged. A link
/// that was refused connects nothing, so it may be several, single nodes among them.
pub(super) fn parts(settled: &Settled) -> Vec<Component> {
    let mut nodes: Vec<NodeId> = settled.records.iter().map(|id| NodeId(*id)).collect();
    nodes.sort_unstable();
    let at = |id: u64| nodes.binary_search(&NodeId(id)).unwrap_or_default() as u32;
    let pair = |a: u64, b: u64| (at(a.min(b)), at(a.max(b)));
    let edges = settled.edges.iter().map(|(a, b, weight)| {
        let (a, b) = pair(*a, *b);
        Edge { a, b, weight: *weight }
    });
    let merges = settled.merges.iter().map(|(a, b, confidence)| {
        let (a, b) = pair(*a, *b);
        Merge { a, b, confidence: *confidence }
    });
    connected(&nodes, &edges.collect::<Vec<_>>(), &merges.collect::<Vec<_>>(), 1)
}

/// The edges of the stored trees, by the places of their nodes, which are ascending.
pub(super) fn stored_edges(live: &Live, nodes: &[NodeId]) -> Result<Vec<Edge>> {
    let place = |node: NodeId| nodes.binary_search(&node).ok().map(|at| at as u32);
    let mut edges = Vec::new();
    for component in live.components() {
        for edge in component?.edges {
            if let (Some(a), Some(b)) = (place(edge.a), place(edge.b)) {
                edges.push(Edge { a: a.min(b), b: a.max(b), weight: edge.weight });
            }
        }
    }
    edges.sort_unstable_by_key(|edge| (edge.a, edge.b));
    Ok(edges)
}

/// The connected components of so many nodes at least. Edges and merges name nodes, which are ascending, by their place.
fn connected(nodes: &[NodeId], edges: &[Edge], merges: &[Merge], least: u32) -> Vec<Component> {
    let mut sets = Sets::new(nodes.len());
    edges.iter().for_each(|edge| sets.join(edge.a, edge.b));
    merges.iter().for_each(|merge| sets.join(merge.a, merge.b));
    let mut place = vec![usize::MAX; nodes.len()];
    let mut components: Vec<Component> = Vec::new();
    for (record, node) in nodes.iter().enumerate() {
        let root = sets.find(record as u32) as usize;
        if sets.size[root] < least {
            continue;
        }
        if place[root] == usize::MAX {
            place[root] = components.len();
            components.push(Component::default());
        }
        components[place[root]].nodes.push(*node);
    }
    for merge in merges {
        let (a, b) = (nodes[merge.a as usize], nodes[merge.b as usize]);
        let at = place[sets.find(merge.a) as usize];
        components[at].merges.push(TreeMerge { a, b, confidence: merge.confidence });
    }
    for edge in edges {
        let (a, b) = (nodes[edge.a as usize], nodes[edge.b as usize]);
        let at = place[sets.find(edge.a) as usize];
        components[at].edges.push(TreeEdge {
            a,
            b,
            weight: edge.weight,
            probability: edge.probability() as f32,
        });
    }
    components
}

/// The clusters at a confidence, single records included, each ascending, ordered by their smallest node.
pub(crate) fn clusters(nodes: &[NodeId], tree: &MergeTree, confidence: f64) -> Vec<Vec<NodeId>> {
    let smallest = tree.clusters(confidence);
    let mut place = vec![usize::MAX; nodes.len()];
    let mut clusters: Vec<Vec<NodeId>> = Vec::new();
    for (record, first) in smallest.iter().enumerate() {
        let first = *first as usize;
        if place[first] == usize::MAX {
            place[first] = clusters.len();
            clusters.push(Vec::new());
        }
        clusters[place[first]].push(nodes[record]);
    }
    clusters
}

/// Disjoint sets of records; the smallest record is the root.
pub(crate) struct Sets {
    parent: Vec<u32>,
    size: Vec<u32>,
}

impl Sets {
    pub(crate) fn new(len: usize) -> Sets {
        Sets { parent: (0..len as u32).collect(), size: vec![1; len] }
    }

    pub(crate) fn find(&mut self, mut record: u32) -> u32 {
        while self.parent[record as usize] != record {
            let up = self.parent[self.parent[record as usize] as usize];
            self.parent[record as usize] = up;
            record = up;
        }
        record
    }

    pub(crate) fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.find(a), self.find(b));
        if a != b {
            let (root, child) = (a.min(b), a.max(b));
            self.parent[child as usize] = root;
            self.size[root as usize] += self.size[child as usize];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kith_resolve::{Edge, Merge};

    #[test]
    fn records_become_nodes_in_components_and_clusters() {
        let nodes: Vec<NodeId> = [10, 20, 30, 40, 50].map(NodeId).into();
        let merge = |a, b, confidence| Merge { a, b, confidence };
        let resolution = Resolution {
            edges: vec![
                Edge { a: 0, b: 2, weight: 9.0 },
                Edge { a: 1, b: 4, weight: 3.0 },
                Edge { a: 2, b: 3, weight: 0.0 },
            ],
            tree: MergeTree { len: 5, merges: vec![merge(0, 2, 0.99), merge(1, 4, 0.9)] },
            rules: Vec::new(),
        };
        let components = split(&nodes, &resolution);
        assert_eq!(components.len(), 2);
        assert_eq!(components[0].nodes, [10, 30, 40].map(NodeId));
        assert_eq!((components[0].merges.len(), components[0].edges.len()), (1, 2));
        assert_eq!(components[1].nodes, [20, 50].map(NodeId));
        let strict = clusters(&nodes, &resolution.tree, 0.95);
        assert_eq!(
            strict,
            [vec![10, 30], vec![20], vec![40], vec![50]]
                .map(|c| c.into_iter().map(NodeId).collect::<Vec<_>>())
        );
        let loose = clusters(&nodes, &resolution.tree, 0.5);
        assert_eq!(loose.len(), 3);
    }
}
