//! Whether a stated probability is a promise that holds: what the model states of pairs, against what people say of
//! them.
//!
//! 1. A pair that people have decided is judged by the model as if nobody had decided.
//! 2. Pairs of about the same stated probability are one bin. The share of them that people call one person lies, with
//!    95 % certainty, in Wilson's interval: it holds also for a handful of answers, and at 0 and 1.
//! 3. The calibration error is the mean distance between stated and said, weighted by answers.
//!
//! People answer the pairs that they are asked, and those are the hard ones. Within a bin that matters little, since its
//! pairs are equally hard for the model; over all bins it means that the error is that of hard pairs.

use super::examples::named;
use super::labels::{Label, Labels};
use super::pairs::Pairs;
use super::shape::{JudgedPair, Reliability, ReliabilityBin};
use crate::error::Result;
use crate::profile::Reader;
use kith_core::id::Position;
use kith_resolve::Model;

/// The bins' ends: finer where it matters, near 1.
pub(super) const STEPS: [f64; 13] = [0.0, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.99, 0.999, 1.0];

/// Fewer answers than this in a bin leave an interval of 50 points or so.
const BIN_FEW: u64 = 10;

/// Fewer answers than this on the whole say nothing about the model.
const FEW: u64 = 50;

/// With so many, re-calibration is worth its while (`docs/research/resolution.md`).
const WANTED: u64 = 200;

/// As many contradictions as fit a page.
const FURTHEST: usize = 10;

/// The bin of a probability.
pub(super) fn step_of(probability: f64) -> usize {
    STEPS[1..STEPS.len() - 1].partition_point(|end| *end <= probability)
}

pub(super) fn reliability(
    reader: &Reader,
    model: &Model,
    labels: &Labels,
    pairs: &Pairs,
    position: Position,
) -> Result<Reliability> {
    let bins: Vec<ReliabilityBin> = (0..STEPS.len() - 1).map(|at| bin(at, labels, pairs)).collect();
    let all = labels.all().len() as u64;
    let apart = |bin: &ReliabilityBin| {
        let (share, stated) = bin.share.zip(bin.stated_labelled)?;
        Some((share - stated).abs() * bin.labelled as f64 / all as f64)
    };
    Ok(Reliability {
        position,
        labels: labels.counts(),
        few: all < FEW,
        labels_wanted: WANTED,
        learnt_from: model.calibration.as_ref().map_or(0, |c| c.labels),
        calibration_error: (all >= FEW).then(|| bins.iter().filter_map(apart).sum()),
        furthest: furthest(reader, labels)?,
        bins,
    })
}

fn bin(at: usize, labels: &Labels, pairs: &Pairs) -> ReliabilityBin {
    let (scored, sum) = pairs.stated.get(at).copied().unwrap_or_default();
    let own = labels.all().iter().filter(|label| step_of(label.probability) == at);
    let (labelled, same, said) = own.fold((0u64, 0u64, 0.0), |(n, same, said), label| {
        (n + 1, same + u64::from(label.same), said + label.probability)
    });
    let share_of = |part: f64, n: u64| (n > 0).then(|| part / n as f64);
    let interval = wilson(same, labelled);
    ReliabilityBin {
        from: STEPS[at],
        to: STEPS[at + 1],
        pairs: scored,
        stated: share_of(sum, scored),
        labelled,
        same,
        stated_labelled: share_of(said, labelled),
        share: share_of(same as f64, labelled),
        low: interval.map(|(low, _)| low),
        high: interval.map(|(_, high)| high),
        few: labelled < BIN_FEW,
    }
}

/// Wilson's interval at 95 % for a share of so many; `None` of nothing.
fn wilson(of: u64, n: u64) -> Option<(f64, f64)> {
    if n == 0 {
        return None;
    }
    const Z: f64 = 1.959_963_984_540_054;
    let (p, n) = (of as f64 / n as f64, n as f64);
    let z2 = Z * Z / n;
    let middle = (p + z2 / 2.0) / (1.0 + z2);
    let reach = Z / (1.0 + z2) * (p * (1.0 - p) / n + z2 / (4.0 * n)).sqrt();
    Some(((middle - reach).max(0.0), (middle + reach).min(1.0)))
}

fn furthest(reader: &Reader, labels: &Labels) -> Result<Vec<JudgedPair>> {
    let off = |label: &Label| (label.probability - f64::from(u8::from(label.same))).abs();
    // Nearer than a coin's throw is no contradiction.
    let mut against: Vec<&Label> = labels.all().iter().filter(|label| off(label) > 0.5).collect();
    against.sort_by(|x, y| off(y).total_cmp(&off(x)).then((x.a, x.b).cmp(&(y.a, y.b))));
    let mut furthest = Vec::new();
    for label in against.into_iter().take(FURTHEST) {
        if let (Some(a), Some(b)) = (named(reader, label.a)?, named(reader, label.b)?) {
            furthest.push(JudgedPair { a, b, probability: label.probability, same: label.same });
        }
    }
    Ok(furthest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kith_core::id::NodeId;

    #[test]
    fn wilsons_interval_is_that_of_the_textbook() {
        let (low, high) = wilson(15, 20).expect("an interval");
        assert!((low - 0.5313).abs() < 5e-4 && (high - 0.8881).abs() < 5e-4, "{low} {high}");
        let (low, high) = wilson(10, 10).expect("an interval");
        assert!((low - 0.7225).abs() < 5e-4 && (high - 1.0).abs() < 1e-9, "ten of ten is not certainty");
        assert_eq!(wilson(0, 0), None);
    }

    #[test]
    fn every_probability_has_one_bin() {
        assert_eq!(
            [0.0, 0.049, 0.05, 0.5, 0.95, 0.9989, 0.999, 1.0].map(step_of),
            [0, 0, 1, 5, 9, 10, 11, 11]
        );
    }

    #[test]
    fn a_model_that_overstates_is_seen_only_with_enough_answers() {
        let label = |i: u64, same| Label { a: NodeId(i), b: NodeId(i + 1_000), probability: 0.92, same };
        let labels: Vec<Label> = (0..60).map(|i| label(i, i % 2 == 0)).collect();
        let of = |labels: &[Label]| {
            let labels = Labels::from(labels.to_vec());
            let bins: Vec<_> = (0..STEPS.len() - 1).map(|at| bin(at, &labels, &Pairs::default())).collect();
            *bins.iter().find(|b| b.labelled > 0).expect("a bin")
        };
        let few = of(&labels[..8]);
        assert!(few.few && few.low.is_some_and(|low| low < 0.3) && few.high.is_some_and(|high| high > 0.7));
        let many = of(&labels);
        assert_eq!((many.from, many.labelled, many.same, many.few), (0.9, 60, 30, false));
        assert!(many.high.is_some_and(|high| high < 0.9), "stated 0.92 is out of the interval: {many:?}");
    }
}
