//! The model's own judgement of the pairs that people have decided, as if nobody had decided.

use super::shape::{Confusion, LabelCounts};
use crate::error::Result;
use crate::project::Project;
use crate::steward::decided_pairs;
use kith_core::id::NodeId;
use kith_resolve::Model;

/// A labelled pair.
#[derive(Clone, Copy, Debug)]
pub(super) struct Label {
    pub a: NodeId,
    pub b: NodeId,
    /// The match probability.
    pub probability: f64,
    /// What people say: one person?
    pub same: bool,
}

/// All labelled pairs.
pub(super) struct Labels(Vec<Label>);

impl Labels {
    /// Of the decisions in force whose records are both there.
    pub(super) fn of(project: &Project, model: &Model) -> Result<Labels> {
        let said = decided_pairs(project)?;
        let pairs: Vec<(NodeId, NodeId)> = said.iter().map(|(a, b, _)| (*a, *b)).collect();
        let weighed = project.weigh_all(model, &pairs)?;
        // A record that has gone says nothing any more.
        let label = |((a, b, same), found): ((NodeId, NodeId, bool), Option<kith_resolve::Explanation>)| {
            found.map(|found| Label { a, b, probability: found.probability, same })
        };
        Ok(Labels(said.into_iter().zip(weighed).filter_map(label).collect()))
    }

    #[cfg(test)]
    pub(super) fn from(labels: Vec<Label>) -> Labels {
        Labels(labels)
    }

    pub(super) fn all(&self) -> &[Label] {
        &self.0
    }

    pub(super) fn counts(&self) -> LabelCounts {
        let always = self.0.iter().filter(|label| label.same).count() as u64;
        LabelCounts { always, never: self.0.len() as u64 - always }
    }

    /// What the model says at a confidence; `None` = there are no labels.
    pub(super) fn confusion(&self, confidence: f64) -> Option<Confusion> {
        if self.0.is_empty() {
            return None;
        }
        let count = |same: bool, says: bool| {
            self.0.iter().filter(|l| l.same == same && (l.probability >= confidence) == says).count() as u64
        };
        let (tp, fp, fne, tn) =
            (count(true, true), count(false, true), count(true, false), count(false, false));
        let share = |part: u64, of: u64| (of > 0).then(|| part as f64 / of as f64);
        Some(Confusion {
            true_positives: tp,
            false_positives: fp,
            false_negatives: fne,
            true_negatives: tn,
            precision: share(tp, tp + fp),
            recall: share(tp, tp + fne),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stricter_threshold_moves_pairs_from_said_to_not_said() {
        let label = |probability, same| Label { a: NodeId(1), b: NodeId(2), probability, same };
        let labels = Labels(vec![label(0.99, true), label(0.7, true), label(0.8, false), label(0.2, false)]);
        assert_eq!(labels.counts(), LabelCounts { always: 2, never: 2 });
        let at = |c| labels.confusion(c).map(|c| (c.true_positives, c.false_positives, c.false_negatives));
        assert_eq!(at(0.5), Some((2, 1, 0)));
        assert_eq!(at(0.95), Some((1, 0, 1)));
        assert_eq!(labels.confusion(0.95).and_then(|c| c.precision), Some(1.0));
        assert_eq!(labels.confusion(0.999).and_then(|c| c.precision), None, "nothing is joined");
        assert!(Labels(Vec::new()).confusion(0.5).is_none());
    }
}
