//! What a pair's evidence is worth, seen from the clusters: calibration that needs no label.
//!
//! A pair alone knows its two records. The merge tree knows more: the other records of both, that one entity is
//! transitive, that sources without duplicates give a record one partner at most. So how often pairs of a certain
//! evidence end up together, as the tree is confident, says what that evidence is worth. Where the fields of strangers
//! are alike together (papers of one author at one conference), the two differ most.
//!
//! 1. A model is tried on records enough to count pairs by; in a large set the first ones of the order by content.
//! 2. Edges are sorted into bins of evidence; each bin's share of pairs together is taken, beside a few imagined pairs
//!    that behave as the unlabelled curve says.
//! 3. Shares that fall are pooled until they rise (Ayer 1955); the bins' middles are the points of the curve.

use crate::Error;
use crate::block::{self, mix, part_hash};
use crate::calibrate::{Calibration, Curve, line};
use crate::candidates::{Edge, probability, score_candidates, weight_bits};
use crate::cluster::{Constraints, MergeTree, cluster};
use crate::linker::{Linker, Options, View};
use crate::model::Model;
use crate::path::Paths;
use crate::records::Kind;
use crate::sizes;
use crate::sources;
use crate::worth::Worth;

/// What was seen: evidence, how likely it is one entity, for how many pairs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub bits: f64,
    pub share: f64,
    pub pairs: f64,
}

/// The evidence behind a confidence at face value, as far as 32 bits hold it.
pub(crate) fn evidence(confidence: f32) -> f32 {
    weight_bits(f64::from(confidence).min(1.0 - 1e-7)) as f32
}

/// Sizes follow from clusters, and clusters from sizes: so many times.
const ROUNDS: usize = 2;
/// So many records are enough for a curve.
const RECORDS_MAX: usize = 50_000;
/// Bins of evidence: from this many bits, so wide, so many.
const BINS: (f64, f64, usize) = (-4.0, 2.0, 14);
/// Beyond the bins the curve goes on as it was believed to, for so many bits.
const TAIL_BITS: f64 = 8.0;
/// How many imagined pairs in each bin behave as was believed before.
const IMAGINED: f64 = 20.0;

/// Learns what sources say, and calibrates. Returns which sources should have been left out of training, if that is
/// news; the model is then worth nothing.
pub(crate) fn train(
    linker: &Linker,
    model: &mut Model,
    options: &Options,
    clean: &[bool],
) -> Result<Vec<bool>, Error> {
    let part = Part::of(linker);
    let edges = at_face_value(linker, &part, model, options)?;
    let Some(news) = sources::learn(linker, part.view(linker), model, &edges, clean) else {
        fit(linker, &part, edges, model, options)?;
        return Ok(Vec::new());
    };
    if clean.is_empty() && news.contains(&true) {
        return Ok(news);
    }
    let edges = at_face_value(linker, &part, model, options)?;
    fit(linker, &part, edges, model, options)?;
    Ok(Vec::new())
}

/// Counts how large entities are, and gives the model a curve for pairs that agrees with what its clusters say. The
/// curve for merges is the one it has.
pub fn calibrate(linker: &Linker, model: &mut Model, options: &Options) -> Result<(), Error> {
    let part = Part::of(linker);
    let edges = at_face_value(linker, &part, model, options)?;
    fit(linker, &part, edges, model, options)
}

/// The records that are looked at.
struct Part {
    rows: Vec<u32>,
    source: Option<Vec<u16>>,
    /// Which share of all records they are.
    share: f64,
    /// True if entities are whole in it, by and large.
    whole: bool,
}

impl Part {
    /// All records, or those of some family names (by sound), else local parts: so that entities are not torn apart.
    fn of(linker: &Linker) -> Part {
        let view = linker.view();
        if view.len() <= RECORDS_MAX {
            let source = view.source.map(<[u16]>::to_vec);
            return Part { rows: view.rows.to_vec(), source, share: 1.0, whole: true };
        }
        let column = |kind| linker.features().iter().position(|f| f.column.kind == kind);
        let named = column(Kind::FamilyName).map(|at| (at, block::Part::Sound));
        let named = named.or(column(Kind::Email).map(|at| (at, block::Part::LocalPart)));
        let hashes: Vec<u64> = named.map_or(Vec::new(), |(slot, part)| {
            let feature = &linker.features()[slot];
            (0..=feature.column.dict.len() as u32).map(|code| part_hash(feature, part, code)).collect()
        });
        let key = |record: u32| {
            let hash = named.map_or(0, |(slot, _)| hashes[linker.row(record)[slot] as usize]);
            mix(if hash == 0 { mix(u64::from(record)) } else { hash })
        };
        let wanted = RECORDS_MAX as f64 / view.len() as f64;
        let limit = (wanted * u64::MAX as f64) as u64;
        let records: Vec<u32> = (0..view.len() as u32).filter(|r| key(*r) <= limit).collect();
        Part {
            rows: records.iter().flat_map(|r| linker.row(*r)).copied().collect(),
            source: view.source.map(|s| records.iter().map(|r| s[*r as usize]).collect()),
            share: records.len().max(1) as f64 / view.len() as f64,
            whole: named.is_some(),
        }
    }

    fn view<'a>(&'a self, linker: &'a Linker) -> View<'a> {
        View { rows: &self.rows, source: self.source.as_deref(), ..linker.view() }
    }
}

/// More than will be kept.
fn wider(options: &Options) -> Options {
    Options { probability_min: options.probability_min / 4.0, ..options.clone() }
}

/// Edges by their evidence alone.
fn at_face_value(linker: &Linker, part: &Part, model: &Model, options: &Options) -> Result<Vec<Edge>, Error> {
    let flat = Calibration { pairs: line(1.0, 0.0), ..Calibration::unlabelled() };
    let scorer = linker.scorer(&Model { calibration: Some(flat), ..model.clone() })?;
    Ok(score_candidates(part.view(linker), model, &scorer, &wider(options)).0)
}

fn fit(
    linker: &Linker,
    part: &Part,
    edges: Vec<Edge>,
    model: &mut Model,
    options: &Options,
) -> Result<(), Error> {
    let mut calibration = model.calibration.clone().unwrap_or_else(Calibration::unlabelled);
    let tried = |calibration: &Calibration| {
        let scorer = linker.scorer(&Model { calibration: Some(calibration.clone()), ..model.clone() })?;
        Ok::<_, Error>(cluster(part.view(linker), &scorer, &edges, &Constraints::default(), &wider(options)))
    };
    let mut tree = tried(&calibration)?;
    if let Some(worth) = calibration.worth.as_ref().filter(|_| part.whole).cloned() {
        for _ in 0..ROUNDS {
            let entities = sizes::entities(&tree, part.share);
            calibration.worth = Some(Worth { entities, ..worth.clone() });
            tree = tried(&calibration)?;
        }
    }
    // Without a pair there is nothing to learn.
    if !edges.is_empty() {
        calibration.pairs = curve(&fates(&edges, &tree), &Curve::new(&calibration.pairs));
    }
    model.calibration = Some(calibration);
    Ok(())
}

/// Each edge's evidence, and how likely the tree holds its records to be one entity.
fn fates(edges: &[Edge], tree: &MergeTree) -> Vec<Seen> {
    let paths = Paths::new(tree);
    let share = |e: &Edge| f64::from(paths.confidence(e.a, e.b).unwrap_or(0.0));
    let fate = |e: &Edge| Seen { bits: f64::from(e.weight), share: share(e), pairs: 1.0 };
    edges.iter().map(fate).collect()
}

/// The rising curve through the bins' shares.
fn curve(fates: &[Seen], before: &Curve) -> Vec<[f64; 2]> {
    let (from, width, bins) = BINS;
    let mut sums = vec![(0.0, 0.0); bins];
    let mean_pairs = fates.iter().map(|f| f.pairs).sum::<f64>() / fates.len().max(1) as f64;
    let imagined = IMAGINED * mean_pairs;
    for Seen { bits, share, pairs } in fates {
        let bin = ((bits - from) / width).floor();
        if bin >= 0.0 && bin < bins as f64 {
            sums[bin as usize].0 += pairs;
            sums[bin as usize].1 += share * pairs;
        }
    }
    let middle = |bin: usize| from + (bin as f64 + 0.5) * width;
    // Runs of bins that share one value: how many bins, their weight, their sum.
    let mut runs: Vec<(usize, f64, f64)> = Vec::new();
    for (bin, (count, sum)) in sums.iter().enumerate() {
        let expected = probability(f64::from(before.worth(middle(bin) as f32)));
        let mut run = (1, count + imagined, sum + imagined * expected);
        while let Some(last) = runs.last().filter(|last| last.2 / last.1 >= run.2 / run.1).copied() {
            runs.pop();
            run = (run.0 + last.0, run.1 + last.1, run.2 + last.2);
        }
        runs.push(run);
    }
    let mut points: Vec<[f64; 2]> = Vec::new();
    let mut bin = 0;
    for (length, weight, sum) in runs {
        let value = weight_bits((sum / weight).clamp(1e-4, 1.0 - 1e-6));
        let (first, last) = (middle(bin), middle(bin + length - 1));
        bin += length;
        points.push([first, value]);
        if last > first {
            points.push([last, value]);
        }
    }
    // What was pooled is level; a hair's rise keeps the order of the pairs.
    for i in 1..points.len() {
        points[i][1] = points[i][1].max(points[i - 1][1] + 0.02 * (points[i][0] - points[i - 1][0]));
    }
    let tail = |[x, y]: [f64; 2], bits: f64| {
        let slope = f64::from(before.worth((x + bits) as f32) - before.worth(x as f32));
        [x + bits, y + slope]
    };
    let ends = (tail(points[0], -TAIL_BITS), tail(points[points.len() - 1], TAIL_BITS));
    points.insert(0, ends.0);
    points.push(ends.1);
    points.iter().map(|p| p.map(|v| (v * 1e3).round() / 1e3)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_rises_and_follows_the_shares() {
        let seen = |bits, share, times: usize| vec![Seen { bits, share, pairs: 1.0 }; times];
        let fates = [seen(9.0, 0.9, 2000), seen(5.0, 0.1, 4000), seen(3.0, 0.5, 2000)].concat();
        let points = curve(&fates, &Curve::new(&[]));
        let found = Calibration { pairs: points.clone(), ..Calibration::unlabelled() };
        assert_eq!(found.fault(), None, "{points:?}");
        let worth = |bits: f32| crate::candidates::probability(f64::from(Curve::new(&points).worth(bits)));
        assert!((worth(9.0) - 0.9).abs() < 0.02, "{points:?}");
        // 2000 halves and 4000 tenths fall, so they are pooled.
        assert!((worth(3.0) - 0.24).abs() < 0.03 && (worth(5.0) - 0.24).abs() < 0.03, "{points:?}");
    }
}
