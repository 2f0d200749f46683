//! What people know, turned into a better model.
//!
//! Reads labelled pairs; writes a model with other field weights and other curves. Nothing is taken at once: every
//! number has a prior where training without labels left it, so twenty labels move little and two hundred more.
//!
//! 1. *Fields.* Each level of each comparison gets a correction in bits, by logistic regression of the labels on the
//!    levels beside the model's own evidence, with a strong pull to none.
//! 2. *Merges.* The log-odds that are stated for the merge that first brings two records together are corrected by a
//!    slope and a shift. The curve for pairs follows from the clusters, as without labels ([`crate::trial`]): pairs are
//!    not asked about at random, so answers say little of all pairs of one weight.

use crate::calibrate::{Calibration, TEMPERATURE};
use crate::compare::Cache;
use crate::error::Error;
use crate::linker::{Linker, Options};
use crate::model::Model;
use crate::path::Paths;
use crate::score::{Part, Scorer};
use crate::trial;
use std::f64::consts::LN_2;

/// How far a level's weight strays from the model's, bits, before a label has been seen.
const FIELD_BITS: f64 = 0.5;
/// The same for a curve's slope.
const SLOPE: f64 = 0.08;
/// And for its worth where evidence is even, bits.
const SHIFT_BITS: f64 = 0.4;
/// No curve is flatter than this: evidence is evidence.
const SLOPE_MIN: f64 = 0.3;

/// Learns from labelled pairs, named by the caller's numbers; true = one entity.
pub fn recalibrate(
    linker: &Linker,
    model: &Model,
    labels: &[(u32, u32, bool)],
    options: &Options,
) -> Result<Model, Error> {
    let inside = |record| linker.inside(record).ok_or(Error::NoRecord { record, records: linker.len() });
    let mut labels: Vec<(u32, u32, bool)> = labels
        .iter()
        .map(|(a, b, same)| Ok((inside(*a)?, inside(*b)?, *same)))
        .map(|label| label.map(|(a, b, same)| (a.min(b), a.max(b), same)))
        .collect::<Result<_, Error>>()?;
    labels.sort_unstable();
    let mut model = Model { calibration: None, ..model.clone() };
    if labels.is_empty() {
        trial::calibrate(linker, &mut model, options)?;
        return Ok(model);
    }
    weigh_fields(linker, &mut model, &labels)?;
    trial::calibrate(linker, &mut model, options)?;
    let tree = crate::resolve(linker, &model, options)?.tree;
    let paths = Paths::new(&tree);
    let joined = |(a, b, same): &(u32, u32, bool)| {
        let confidence = paths.confidence(linker.outside(*a), linker.outside(*b))?;
        Some((f64::from(trial::evidence(confidence)), *same))
    };
    let stated: Vec<(f64, bool)> = labels.iter().filter_map(joined).collect();
    let (slope, shift) = corrected(&stated);
    let before = model.calibration.take().unwrap_or_else(Calibration::unlabelled);
    let merges = before.merges.iter().map(|[x, y]| [*x, slope * y + shift]).collect();
    model.calibration = Some(Calibration { merges, labels: labels.len() as u64, ..before });
    trial::calibrate(linker, &mut model, options)?;
    Ok(model)
}

/// The parts of each labelled pair's weight.
fn evidence(linker: &Linker, scorer: &Scorer, labels: &[(u32, u32, bool)]) -> Vec<(Vec<Part>, f32, bool)> {
    let mut cache: Vec<Cache> = scorer.bound.iter().map(|_| Cache::new()).collect();
    let mut parts = |a: u32, b: u32| {
        let part = |at| scorer.part(at, linker.features(), linker.row(a), linker.row(b), &mut cache);
        (0..scorer.bound.len()).map(part).collect()
    };
    let sources = |a: u32, b: u32| scorer.source_bits(linker.view().sources(a, b));
    labels.iter().map(|(a, b, same)| (parts(*a, *b), sources(*a, *b), *same)).collect()
}

/// Corrects what each level weighs.
fn weigh_fields(linker: &Linker, model: &mut Model, labels: &[(u32, u32, bool)]) -> Result<(), Error> {
    let scorer = linker.scorer(model)?;
    let pairs: Vec<(Vec<usize>, f64, bool)> = evidence(linker, &scorer, labels)
        .into_iter()
        .map(|(parts, sources, same)| {
            let evidence = f64::from(scorer.total(&parts, sources).0);
            let level =
                |(at, part): (usize, &Part)| (part.level != 0).then(|| at * 16 + usize::from(part.level));
            (parts.iter().enumerate().filter_map(level).collect(), evidence, same)
        })
        .collect();
    let mut bits = vec![0f64; model.comparisons.len() * 16];
    let mut shift = 0.0;
    for _ in 0..200 {
        let mut slopes: Vec<f64> = bits.iter().map(|b| -b / FIELD_BITS.powi(2)).collect();
        let mut slope = -shift / SHIFT_BITS.powi(2);
        for (levels, evidence, same) in &pairs {
            let sum = evidence + shift + levels.iter().map(|l| bits[*l]).sum::<f64>();
            let error = f64::from(*same) - 1.0 / (1.0 + (-TEMPERATURE * sum).exp2());
            levels.iter().for_each(|l| slopes[*l] += error * TEMPERATURE * LN_2);
            slope += error * TEMPERATURE * LN_2;
        }
        // A step that is safe for the curvature: each label adds at most a quarter, over all its levels and the shift.
        let step = 1.0 / (1.0 / FIELD_BITS.powi(2) + 0.25 * 0.35 * pairs.len() as f64 * 4.0);
        bits.iter_mut().zip(&slopes).for_each(|(b, s)| *b += step * s);
        shift += step * slope;
    }
    for (comparison, bits) in model.comparisons.iter_mut().zip(bits.chunks_exact(16)) {
        for (at, (level, bits)) in comparison.levels.iter_mut().zip(&bits[1..]).enumerate() {
            level.u = (level.u * (-bits).exp2()).clamp(1e-9, 1.0);
            if let Some(u) = comparison.u_when_names_agree.get_mut(at) {
                *u = (*u * (-bits).exp2()).clamp(1e-9, 1.0);
            }
        }
    }
    Ok(())
}

/// Slope and shift of stated log-odds, bits, that the labels and the prior make most likely (Platt 1999, with a prior).
fn corrected(labelled: &[(f64, bool)]) -> (f64, f64) {
    let (mut slope, mut shift) = (1.0, 0.0);
    for _ in 0..50 {
        let mut gradient = [(1.0 - slope) / SLOPE.powi(2), -shift / SHIFT_BITS.powi(2)];
        let mut curvature = [1.0 / SLOPE.powi(2), 0.0, 1.0 / SHIFT_BITS.powi(2)];
        for (evidence, same) in labelled {
            let p = 1.0 / (1.0 + (-(slope * evidence + shift)).exp2());
            let (error, spread) = ((f64::from(*same) - p) * LN_2, p * (1.0 - p) * LN_2 * LN_2);
            gradient[0] += error * evidence;
            gradient[1] += error;
            curvature[0] += spread * evidence * evidence;
            curvature[1] += spread * evidence;
            curvature[2] += spread;
        }
        let [xx, xy, yy] = curvature;
        let determinant = xx * yy - xy * xy;
        slope = (slope + (yy * gradient[0] - xy * gradient[1]) / determinant).max(SLOPE_MIN);
        shift += (xx * gradient[1] - xy * gradient[0]) / determinant;
    }
    (slope, shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_follows_many_labels_and_stays_near_its_prior_with_few() {
        let dice = |i: u64| crate::block::mix(i) as f64 / u64::MAX as f64;
        let labelled: Vec<(f64, bool)> = (0..4000)
            .map(|i| {
                let evidence = dice(i) * 16.0 - 8.0;
                (evidence, dice(i + 9000) < 1.0 / (1.0 + (-(0.6 * evidence + 2.0)).exp2()))
            })
            .collect();
        let (slope, shift) = corrected(&labelled);
        assert!((shift - 2.0).abs() < 0.3 && (slope - 0.6).abs() < 0.07, "{slope} {shift}");
        let (slope, shift) = corrected(&[(1.0, false), (3.0, false)]);
        assert!(slope > 0.8 && shift > -2.0 && shift < 0.0, "{slope} {shift}");
    }
}
