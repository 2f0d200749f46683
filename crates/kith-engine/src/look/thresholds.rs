//! What each threshold would give, from the merge trees as they are.
//!
//! 1. A merge of clusters with i and j records joins i·j pairs; each is one person with the merge's confidence. So
//!    the true pairs at a threshold are the sum over the merges above it.
//! 2. A scored pair that no merge ever joins is one person with its own probability: missed at every threshold.
//! 3. Precision: true pairs of those joined. Recall: true pairs joined of all expected.

use super::labels::Labels;
use super::shape::{LabelCounts, Threshold, Thresholds};
use crate::error::Result;
use crate::project::Project;
use crate::resolve::model::none as no_model;
use kith_core::id::NodeId;
use kith_live::Component;
use kith_resolve::candidates::{probability, weight_bits};
use rustc_hash::FxHashMap;

/// From even odds to 1 : 16,384, three steps to a bit.
const STEPS: i32 = 42;

/// Computes all thresholds, that in force among them; without labels ([`judge`]).
pub(super) fn thresholds(project: &Project) -> Result<Thresholds> {
    let position = project.live.position();
    let confidence = project.config().project.confidence;
    project.model()?.ok_or_else(no_model)?;
    let records = project.live.node_count()?;
    let mut curve = Curve::default();
    for component in project.live.components() {
        curve.add(&component?);
    }
    curve.merges.sort_by(|x, y| y.confidence.total_cmp(&x.confidence));
    let mut asked: Vec<f64> = (0..=STEPS).map(|step| probability(f64::from(step) / 3.0)).collect();
    asked.push(confidence);
    asked.sort_by(f64::total_cmp);
    asked.dedup();
    let thresholds = asked.iter().map(|c| curve.at(*c, records)).collect();
    Ok(Thresholds { position, confidence, records, labels: LabelCounts::default(), thresholds })
}

/// Adds what people's decisions say.
pub(super) fn judge(thresholds: &mut Thresholds, labels: &Labels) {
    thresholds.labels = labels.counts();
    thresholds.thresholds.iter_mut().for_each(|one| one.labelled = labels.confusion(one.confidence));
}

/// Every merge with the sizes that it joins.
#[derive(Default)]
struct Curve {
    merges: Vec<Sized>,
    never_joined: f64,
}

struct Sized {
    confidence: f32,
    left: u64,
    right: u64,
}

impl Curve {
    fn add(&mut self, component: &Component) {
        let mut roots: FxHashMap<NodeId, NodeId> = FxHashMap::default();
        let mut sizes: FxHashMap<NodeId, u64> = FxHashMap::default();
        let mut merges: Vec<_> = component.merges.iter().collect();
        merges.sort_by(|x, y| y.confidence.total_cmp(&x.confidence));
        for merge in merges {
            let (a, b) = (root(&mut roots, merge.a), root(&mut roots, merge.b));
            if a == b {
                continue;
            }
            let (left, right) = (sizes.remove(&a).unwrap_or(1), sizes.remove(&b).unwrap_or(1));
            roots.insert(a.max(b), a.min(b));
            sizes.insert(a.min(b), left + right);
            self.merges.push(Sized { confidence: merge.confidence, left, right });
        }
        for edge in &component.edges {
            if root(&mut roots, edge.a) != root(&mut roots, edge.b) {
                self.never_joined += f64::from(edge.probability);
            }
        }
    }

    fn at(&self, confidence: f64, records: u64) -> Threshold {
        let (mut true_pairs, mut joined, mut expected) = (0.0, 0u64, self.never_joined);
        let (mut merges, mut merged_records, mut largest) = (0u64, 0u64, u64::from(records > 0));
        for merge in &self.merges {
            let pairs = merge.left * merge.right;
            let right = pairs as f64 * f64::from(merge.confidence);
            expected += right;
            if merge.confidence < confidence as f32 {
                continue;
            }
            true_pairs += right;
            joined += pairs;
            merges += 1;
            merged_records += u64::from(merge.left == 1) + u64::from(merge.right == 1);
            largest = largest.max(merge.left + merge.right);
        }
        let share = |part: f64, of: f64| if of > 0.0 { part / of } else { 1.0 };
        Threshold {
            confidence,
            weight_bits: weight_bits(confidence),
            clusters: records.saturating_sub(merges),
            merged_records,
            largest,
            pairs: joined,
            precision_estimated: share(true_pairs, joined as f64),
            recall_estimated: share(true_pairs, expected),
            labelled: None,
        }
    }
}

fn root(roots: &mut FxHashMap<NodeId, NodeId>, node: NodeId) -> NodeId {
    let mut at = node;
    while let Some(up) = roots.get(&at).copied() {
        at = up;
    }
    if at != node {
        roots.insert(node, at);
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use kith_live::{TreeEdge, TreeMerge};

    #[test]
    fn sizes_and_estimates_follow_the_tree() {
        let n = NodeId;
        let merge = |a, b, confidence| TreeMerge { a: n(a), b: n(b), confidence };
        let edge = |a, b, probability| TreeEdge { a: n(a), b: n(b), weight: 0.0, probability };
        let component = Component {
            nodes: [1, 2, 3, 4, 5].map(n).into(),
            merges: vec![merge(1, 2, 0.75), merge(3, 4, 0.75), merge(1, 3, 0.5)],
            edges: vec![edge(1, 2, 0.75), edge(4, 5, 0.25)],
        };
        let mut curve = Curve::default();
        curve.add(&component);
        let loose = curve.at(0.5, 6);
        assert_eq!((loose.clusters, loose.merged_records, loose.largest, loose.pairs), (3, 4, 4, 6));
        assert!((loose.precision_estimated - (0.75 + 0.75 + 4.0 * 0.5) / 6.0).abs() < 1e-9);
        assert!((loose.recall_estimated - 3.5 / 3.75).abs() < 1e-9);
        let strict = curve.at(0.75, 6);
        assert_eq!((strict.clusters, strict.merged_records, strict.largest, strict.pairs), (4, 4, 2, 2));
        assert!((strict.recall_estimated - 1.5 / 3.75).abs() < 1e-9);
        let nothing = curve.at(0.9, 6);
        assert_eq!((nothing.clusters, nothing.precision_estimated), (6, 1.0));
    }
}
