//! From the library's record numbers to nodes: connected components with their trees and edges, and the clusters at
//! one confidence.

use kith_core::id::NodeId;
use kith_live::{Component, TreeEdge, TreeMerge};
use kith_resolve::{MergeTree, Resolution};

/// Splits edges and merges into connected components of two or more nodes, ordered by their smallest node.
pub(crate) fn split(nodes: &[NodeId], resolution: &Resolution) -> Vec<Component> {
    let mut sets = Sets::new(nodes.len());
    for edge in &resolution.edges {
        sets.join(edge.a, edge.b);
    }
    for merge in &resolution.tree.merges {
        sets.join(merge.a, merge.b);
    }
    let mut place = vec![usize::MAX; nodes.len()];
    let mut components: Vec<Component> = Vec::new();
    for (record, node) in nodes.iter().enumerate() {
        let root = sets.find(record as u32) as usize;
        if sets.size[root] < 2 {
            continue;
        }
        if place[root] == usize::MAX {
            place[root] = components.len();
            components.push(Component { nodes: Vec::new(), merges: Vec::new(), edges: Vec::new() });
        }
        components[place[root]].nodes.push(*node);
    }
    for merge in &resolution.tree.merges {
        let (a, b) = (nodes[merge.a as usize], nodes[merge.b as usize]);
        let at = place[sets.find(merge.a) as usize];
        components[at].merges.push(TreeMerge { a, b, confidence: merge.confidence });
    }
    for edge in &resolution.edges {
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
