//! The merge tree of a connected component: cutting it at any confidence gives the clusters at that confidence.
//!
//! A cut at a stricter confidence takes a subset of the merges, so each of its clusters lies within one of a looser
//! cut, whatever the merges are.

use kith_core::id::NodeId;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

/// Nodes that some evidence connects, and how they merge.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Component {
    /// Its nodes, ascending.
    pub nodes: Vec<NodeId>,
    /// Merges by falling confidence.
    pub merges: Vec<TreeMerge>,
    /// The evidence.
    pub edges: Vec<TreeEdge>,
}

/// Two clusters become one at a confidence; each is named by its smallest node.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TreeMerge {
    /// One side.
    pub a: NodeId,
    /// The other.
    pub b: NodeId,
    /// The merge holds where this much confidence is asked, or less.
    pub confidence: f32,
}

/// A scored pair.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TreeEdge {
    /// One node.
    pub a: NodeId,
    /// The other.
    pub b: NodeId,
    /// Match weight, bits.
    pub weight: f32,
    /// Match probability.
    pub probability: f32,
}

/// People who live together, each named by the smallest node of the profile that it had when they were found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Household {
    /// Its members, ascending.
    pub members: Vec<NodeId>,
    /// What ties them.
    pub ties: Vec<HouseholdTie>,
}

/// Two members of a household.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HouseholdTie {
    /// One.
    pub a: NodeId,
    /// The other.
    pub b: NodeId,
    /// That they are two people of one household, 0..1.
    pub probability: f32,
    /// What they share, and how many bits that says.
    pub shared: Vec<(String, f32)>,
}

/// Components that a change has touched: what they were, and what they are now. [`crate::Live::touched`] makes it.
#[derive(Clone, Debug, Default)]
pub struct Touched {
    /// Nodes that are gone.
    pub(crate) gone: Vec<NodeId>,
    /// Every stored component that holds a node of these.
    pub(crate) before: Vec<Component>,
    /// Together they hold the nodes of `before` that are not gone.
    pub(crate) after: Vec<Component>,
}

impl Touched {
    /// The clusters at a confidence that were not there before, ascending by their smallest node.
    pub(crate) fn new_clusters(&self, confidence: f64) -> Vec<Vec<NodeId>> {
        let before: FxHashSet<Vec<NodeId>> =
            self.before.iter().flat_map(|component| component.clusters(confidence)).collect();
        let after = self.after.iter().flat_map(|component| component.clusters(confidence));
        let mut new: Vec<Vec<NodeId>> = after.filter(|cluster| !before.contains(cluster)).collect();
        new.sort_unstable();
        new
    }
}

impl Component {
    /// A node without any evidence to another.
    pub fn single(node: NodeId) -> Self {
        Component { nodes: vec![node], merges: Vec::new(), edges: Vec::new() }
    }

    /// The clusters at a confidence, each ascending, by their smallest node.
    pub fn clusters(&self, confidence: f64) -> Vec<Vec<NodeId>> {
        let mut roots = self.union(confidence);
        let mut clusters: FxHashMap<usize, Vec<NodeId>> = FxHashMap::default();
        for (i, node) in self.nodes.iter().enumerate() {
            clusters.entry(find(&mut roots, i)).or_default().push(*node);
        }
        let mut clusters: Vec<Vec<NodeId>> = clusters.into_values().collect();
        clusters.iter_mut().for_each(|c| c.sort_unstable());
        clusters.sort_unstable();
        clusters
    }

    /// The cluster of one node at a confidence, ascending; empty if the node is not of this component.
    pub fn cluster(&self, node: NodeId, confidence: f64) -> Vec<NodeId> {
        self.clusters(confidence).into_iter().find(|c| c.binary_search(&node).is_ok()).unwrap_or_default()
    }

    /// The lowest confidence among the merges that hold these nodes together; 1 for a single node.
    pub fn certainty(&self, cluster: &[NodeId], confidence: f64) -> f64 {
        let held = |m: &&TreeMerge| holds(m, confidence) && cluster.contains(&m.a) && cluster.contains(&m.b);
        self.merges.iter().filter(held).map(|m| f64::from(m.confidence)).fold(1.0, f64::min)
    }

    /// The same for every cluster of two or more nodes, by its smallest node.
    pub fn certainties(&self, confidence: f64) -> Vec<(NodeId, f64)> {
        let mut roots = self.union(confidence);
        let mut lowest: FxHashMap<NodeId, f64> = FxHashMap::default();
        for merge in self.merges.iter().filter(|m| holds(m, confidence)) {
            // A root is the smallest of its set, and the nodes are ascending.
            if let Ok(at) = self.nodes.binary_search(&merge.a)
                && let Some(smallest) = self.nodes.get(find(&mut roots, at))
            {
                let least = lowest.entry(*smallest).or_insert(1.0);
                *least = least.min(merge.confidence.into());
            }
        }
        let mut all: Vec<(NodeId, f64)> = lowest.into_iter().collect();
        all.sort_unstable_by_key(|(node, _)| *node);
        all
    }

    fn union(&self, confidence: f64) -> Vec<usize> {
        let place: FxHashMap<NodeId, usize> = self.nodes.iter().enumerate().map(|(i, n)| (*n, i)).collect();
        let mut roots: Vec<usize> = (0..self.nodes.len()).collect();
        for merge in self.merges.iter().filter(|m| holds(m, confidence)) {
            if let (Some(a), Some(b)) = (place.get(&merge.a), place.get(&merge.b)) {
                let (a, b) = (find(&mut roots, *a), find(&mut roots, *b));
                if let Some(root) = roots.get_mut(a.max(b)) {
                    *root = a.min(b);
                }
            }
        }
        roots
    }
}

fn holds(merge: &TreeMerge, confidence: f64) -> bool {
    // In f32, as the merge is stored: asking for the very confidence of a merge must include it.
    merge.confidence >= confidence as f32
}

fn find(roots: &mut [usize], mut i: usize) -> usize {
    while let Some(&parent) = roots.get(i)
        && parent != i
    {
        let grandparent = roots.get(parent).copied().unwrap_or(parent);
        if let Some(root) = roots.get_mut(i) {
            *root = grandparent;
        }
        i = grandparent;
    }
    i
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cluster_is_as_sure_as_its_weakest_merge() {
        let nodes: Vec<NodeId> = (1..=6).map(NodeId).collect();
        let merge = |a, b, confidence| TreeMerge { a: NodeId(a), b: NodeId(b), confidence };
        let merges = vec![merge(2, 3, 0.99), merge(5, 6, 0.9), merge(1, 2, 0.8), merge(1, 5, 0.3)];
        let component = Component { nodes, merges, edges: Vec::new() };
        for confidence in [0.2, 0.5, 0.85, 0.95, 0.999] {
            let all = component.certainties(confidence);
            for cluster in component.clusters(confidence) {
                let found = all.iter().find(|(node, _)| *node == cluster[0]).map_or(1.0, |(_, c)| *c);
                assert_eq!(found, component.certainty(&cluster, confidence), "{cluster:?} at {confidence}");
            }
        }
    }
}
