//! The model's own judgement of the pairs that people have decided, as if nobody had decided.

use super::shape::{Confusion, LabelCounts};
use crate::error::Result;
use crate::project::Project;
use crate::resolve::model;
use kith_core::decision::Decision;
use kith_resolve::Model;

/// Labelled pairs: the match probability, and whether they are one person.
pub(super) struct Labels(Vec<(f64, bool)>);

impl Labels {
    /// Of the decisions in force whose records are both there.
    pub(super) fn of(project: &Project, model: &Model) -> Result<Labels> {
        let closure = project.live.decided()?;
        let pairs: Vec<_> = closure.decisions().iter().filter(|(_, d)| d.pair().is_some()).collect();
        if pairs.is_empty() {
            return Ok(Labels(Vec::new()));
        }
        let encoded = project.encoded(model)?;
        let mut labels = Vec::with_capacity(pairs.len());
        for (_, decision) in pairs {
            let Some((a, b)) = decision.pair() else { continue };
            let node = |r: &kith_core::decision::RecordRef| project.live.node_of(&r.source, &r.key);
            let (Some(a), Some(b)) = (node(a)?, node(b)?) else { continue };
            // A record that has gone says nothing any more.
            let (Ok(a), Ok(b)) = (encoded.number(a), encoded.number(b)) else { continue };
            let found = kith_resolve::explain(&encoded.linker, model, a, b).map_err(model::does_not_fit)?;
            labels.push((found.probability, matches!(decision, Decision::Always { .. })));
        }
        Ok(Labels(labels))
    }

    #[cfg(test)]
    pub(super) fn none() -> Labels {
        Labels(Vec::new())
    }

    pub(super) fn counts(&self) -> LabelCounts {
        let always = self.0.iter().filter(|(_, same)| *same).count() as u64;
        LabelCounts { always, never: self.0.len() as u64 - always }
    }

    /// What the model says at a confidence; `None` = there are no labels.
    pub(super) fn confusion(&self, confidence: f64) -> Option<Confusion> {
        if self.0.is_empty() {
            return None;
        }
        let count = |same: bool, says: bool| {
            self.0.iter().filter(|(p, s)| *s == same && (*p >= confidence) == says).count() as u64
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
        let labels = Labels(vec![(0.99, true), (0.7, true), (0.8, false), (0.2, false)]);
        assert_eq!(labels.counts(), LabelCounts { always: 2, never: 2 });
        let at = |c| labels.confusion(c).map(|c| (c.true_positives, c.false_positives, c.false_negatives));
        assert_eq!(at(0.5), Some((2, 1, 0)));
        assert_eq!(at(0.95), Some((1, 0, 1)));
        assert_eq!(labels.confusion(0.95).and_then(|c| c.precision), Some(1.0));
        assert_eq!(labels.confusion(0.999).and_then(|c| c.precision), None, "nothing is joined");
        assert!(Labels(Vec::new()).confusion(0.5).is_none());
    }
}
