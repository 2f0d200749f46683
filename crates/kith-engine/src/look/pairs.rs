//! All scored pairs: how many of each weight, in which patterns they agree, and some of each to look at.
//!
//! 1. Every pair that was worth keeping is counted in its band of one bit, and in its step of stated probability.
//! 2. Of each band as many pairs are drawn by chance, the same ones whatever the order. So rare weights have examples
//!    too, and no answer ever needs more pairs than that.
//! 3. Patterns are counted on the drawn pairs: a pair of a band stands for as many as the band has for each one drawn.
//!    Where a band was drawn whole, that is exact.

use super::examples::{chance, named};
use super::reliability::{STEPS, step_of};
use super::shape::{ExamplePair, ExamplePairs, PairBand, PairPattern, ScoredPairs};
use crate::error::{Error, Result};
use crate::profile::{Reader, compared, label};
use crate::resolve::model::does_not_fit;
use kith_core::id::{NodeId, Position};
use kith_resolve::candidates::{probability, weight_bits};
use kith_resolve::compare::Cache;
use kith_resolve::score::Scorer;
use kith_resolve::{Linker, Model, Resolution};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::collections::BinaryHeap;

/// Pairs drawn of each band: a share of one half is then known to 5 points within a band.
const DRAWN: usize = 128;

/// The lowest band and the highest; what lies outside counts there.
const BANDS: (i32, i32) = (-10, 40);

/// Patterns shown, the commonest.
const PATTERNS: usize = 60;

/// What is kept of the scored pairs.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Pairs {
    pub position: Position,
    confidence: f64,
    bands: Vec<PairBand>,
    /// Of each step of stated probability: pairs, and the sum of what is stated of them.
    pub stated: Vec<(u64, f64)>,
    comparisons: Vec<String>,
    /// The names of the levels of each comparison, by number.
    levels: Vec<Vec<String>>,
    drawn: Vec<Drawn>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Drawn {
    a: NodeId,
    b: NodeId,
    weight: f32,
    merged: bool,
    levels: Vec<u8>,
}

impl Drawn {
    fn pattern(&self) -> String {
        self.levels.iter().map(u8::to_string).collect::<Vec<_>>().join(".")
    }
}

/// The band of a weight, by its lower end.
fn band_of(weight: f32) -> i32 {
    (weight.floor() as i32).clamp(BANDS.0, BANDS.1)
}

impl Pairs {
    /// Counts and draws.
    pub(super) fn of(
        (linker, model): (&Linker, &Model),
        nodes: &[NodeId],
        found: &Resolution,
        (confidence, position): (f64, Position),
    ) -> Result<Pairs> {
        let cluster = found.tree.clusters(confidence);
        let merged = |a: u32, b: u32| cluster.get(a as usize) == cluster.get(b as usize);
        let none = PairBand { from_bits: 0, to_bits: 0, pairs: 0, merged: 0 };
        let mut bands: Vec<PairBand> = (BANDS.0..=BANDS.1)
            .map(|from_bits| PairBand { from_bits, to_bits: from_bits + 1, ..none })
            .collect();
        let mut stated = vec![(0u64, 0f64); STEPS.len() - 1];
        let mut heaps: Vec<BinaryHeap<(u64, u32, u32, u32)>> =
            bands.iter().map(|_| BinaryHeap::new()).collect();
        for edge in &found.edges {
            let at = (band_of(edge.weight) - BANDS.0) as usize;
            let (Some(band), Some(heap)) = (bands.get_mut(at), heaps.get_mut(at)) else { continue };
            band.pairs += 1;
            band.merged += u64::from(merged(edge.a, edge.b));
            let says = edge.probability();
            if let Some((pairs, sum)) = stated.get_mut(step_of(says)) {
                (*pairs, *sum) = (*pairs + 1, *sum + says);
            }
            // A float's bits stand in for it in the heap, which needs an order; the chance alone decides it.
            heap.push((chance((edge.a, edge.b)), edge.a, edge.b, edge.weight.to_bits()));
            if heap.len() > DRAWN {
                heap.pop();
            }
        }
        let scorer = Scorer::new(linker.features(), model).map_err(does_not_fit)?;
        let mut cache: Vec<Cache> = scorer.bound.iter().map(|_| Cache::new()).collect();
        let mut inside = vec![u32::MAX; linker.len()];
        for at in 0..linker.len() as u32 {
            if let Some(place) = inside.get_mut(linker.outside(at) as usize) {
                *place = at;
            }
        }
        let mut drawn = Vec::new();
        for (_, a, b, weight) in heaps.into_iter().flat_map(BinaryHeap::into_sorted_vec) {
            let (Some(x), Some(y)) = (inside.get(a as usize), inside.get(b as usize)) else { continue };
            let (Some(left), Some(right)) = (nodes.get(a as usize), nodes.get(b as usize)) else { continue };
            let (x, y) = (linker.row(*x), linker.row(*y));
            let level = |at| scorer.part(at, linker.features(), x, y, &mut cache).level;
            let levels = (0..scorer.bound.len()).map(level).collect();
            let (weight, merged) = (f32::from_bits(weight), merged(a, b));
            drawn.push(Drawn { a: *left, b: *right, weight, merged, levels });
        }
        let texts =
            |aspect: kith_resolve::compare::Aspect| aspect.levels().iter().map(ToString::to_string).collect();
        Ok(Pairs {
            position,
            confidence,
            bands: trimmed(bands),
            stated,
            comparisons: model.comparisons.iter().map(|c| label(&compared(c))).collect(),
            levels: scorer.bound.iter().map(|bound| texts(bound.aspect)).collect(),
            drawn,
        })
    }

    /// The histogram and the commonest patterns.
    pub(super) fn view(&self) -> ScoredPairs {
        let pairs = self.bands.iter().map(|band| band.pairs).sum();
        let (patterns, patterns_found) = self.patterns(pairs);
        ScoredPairs {
            position: self.position,
            confidence: self.confidence,
            weight_bits: weight_bits(self.confidence),
            pairs,
            sampled: self.drawn.len() as u64,
            bands: self.bands.clone(),
            comparisons: self.comparisons.clone(),
            patterns,
            patterns_found,
        }
    }

    /// The commonest patterns, and how many there are.
    fn patterns(&self, pairs: u64) -> (Vec<PairPattern>, u64) {
        let mut of_band: FxHashMap<i32, u64> = FxHashMap::default();
        self.drawn.iter().for_each(|one| *of_band.entry(band_of(one.weight)).or_insert(0) += 1);
        let stands_for = |band: i32| {
            let all = self.bands.iter().find(|b| b.from_bits == band).map_or(0, |b| b.pairs);
            all as f64 / of_band.get(&band).copied().unwrap_or(1).max(1) as f64
        };
        let stands_for: FxHashMap<i32, f64> = of_band.keys().map(|band| (*band, stands_for(*band))).collect();
        let mut found: FxHashMap<&[u8], PairPattern> = FxHashMap::default();
        for one in &self.drawn {
            let weighs = stands_for.get(&band_of(one.weight)).copied().unwrap_or(1.0);
            let pattern = found.entry(&one.levels).or_insert_with(|| PairPattern {
                id: one.pattern(),
                levels: self.named(&one.levels),
                sampled: 0,
                pairs_estimated: 0.0,
                share: 0.0,
                weight_low: one.weight,
                weight_high: one.weight,
                merged_share: 0.0,
            });
            pattern.sampled += 1;
            pattern.pairs_estimated += weighs;
            pattern.weight_low = pattern.weight_low.min(one.weight);
            pattern.weight_high = pattern.weight_high.max(one.weight);
            pattern.merged_share += if one.merged { weighs } else { 0.0 };
        }
        let mut patterns: Vec<PairPattern> = found.into_values().collect();
        patterns
            .sort_by(|x, y| y.pairs_estimated.total_cmp(&x.pairs_estimated).then_with(|| x.id.cmp(&y.id)));
        let all = patterns.len() as u64;
        patterns.truncate(PATTERNS);
        for pattern in &mut patterns {
            pattern.merged_share /= pattern.pairs_estimated;
            pattern.share = pattern.pairs_estimated / pairs.max(1) as f64;
        }
        (patterns, all)
    }

    fn named(&self, levels: &[u8]) -> Vec<String> {
        let name = |(at, level): (usize, &u8)| self.levels.get(at)?.get(*level as usize).cloned();
        levels.iter().enumerate().map(|level| name(level).unwrap_or_default()).collect()
    }

    /// Drawn pairs of a band, of a pattern, or of both.
    pub(super) fn examples(
        &self,
        reader: &Reader,
        band: Option<i32>,
        pattern: Option<&str>,
        limit: usize,
    ) -> Result<ExamplePairs> {
        let wanted = pattern.map(read_pattern).transpose()?;
        let fits = |one: &&Drawn| {
            band.is_none_or(|band| band_of(one.weight) == band)
                && wanted.as_ref().is_none_or(|levels| *levels == one.levels)
        };
        let mut fitting: Vec<&Drawn> = self.drawn.iter().filter(fits).collect();
        fitting.sort_by_key(|one| chance((one.a, one.b)));
        let mut pairs = Vec::new();
        for one in &fitting {
            if pairs.len() == limit {
                break;
            }
            let (Some(a), Some(b)) = (named(reader, one.a)?, named(reader, one.b)?) else { continue };
            let profile = reader.live.profile_of(one.a)?;
            pairs.push(ExamplePair {
                a,
                b,
                weight: one.weight,
                probability: probability(f64::from(one.weight)),
                merged: profile.is_some() && profile == reader.live.profile_of(one.b)?,
                pattern: one.pattern(),
                levels: self.named(&one.levels),
            });
        }
        Ok(ExamplePairs { position: self.position, found: fitting.len() as u64, pairs })
    }
}

/// Without the empty bands at both ends.
fn trimmed(bands: Vec<PairBand>) -> Vec<PairBand> {
    let first = bands.iter().position(|band| band.pairs > 0).unwrap_or(bands.len());
    let last = bands.iter().rposition(|band| band.pairs > 0).map_or(first, |at| at + 1);
    bands.get(first..last).unwrap_or_default().to_vec()
}

fn read_pattern(text: &str) -> Result<Vec<u8>> {
    let wrong = |_| {
        let help = "Take the id of a pattern as GET /v1/model/pairs has it, such as 1.3.0.2.";
        Error::input("K-PAIRS-PATTERN", format!("{text:?} is not a pattern"), help)
    };
    text.split('.').map(str::parse).collect::<std::result::Result<_, _>>().map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(weight: f32, levels: &[u8], merged: bool) -> Drawn {
        Drawn { a: NodeId(1), b: NodeId(2), weight, merged, levels: levels.to_vec() }
    }

    #[test]
    fn a_drawn_pair_stands_for_its_band() {
        let band = |from_bits, pairs| PairBand { from_bits, to_bits: from_bits + 1, pairs, merged: 0 };
        let pairs = Pairs {
            bands: vec![band(3, 200), band(4, 0), band(5, 2)],
            levels: vec![vec!["missing".into(), "exact".into()], vec!["missing".into(), "close".into()]],
            drawn: vec![
                drawn(3.2, &[1, 0], true),
                drawn(3.9, &[1, 1], false),
                drawn(5.0, &[1, 1], true),
                drawn(5.5, &[1, 1], true),
            ],
            ..Pairs::default()
        };
        let view = pairs.view();
        assert_eq!((view.pairs, view.sampled, view.patterns_found), (202, 4, 2));
        let found: Vec<(&str, f64, u64)> =
            view.patterns.iter().map(|p| (p.id.as_str(), p.pairs_estimated, p.sampled)).collect();
        assert_eq!(found, [("1.1", 102.0, 3), ("1.0", 100.0, 1)]);
        assert_eq!(view.patterns[0].levels, ["exact", "close"]);
        assert_eq!((view.patterns[0].weight_low, view.patterns[0].weight_high), (3.9, 5.5));
        assert!((view.patterns[0].merged_share - 2.0 / 102.0).abs() < 1e-9);
        assert!((view.patterns.iter().map(|p| p.share).sum::<f64>() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn weights_outside_count_in_the_outermost_bands() {
        assert_eq!(
            [-99.0, -10.5, -0.5, 0.0, 3.99, 400.0, f32::INFINITY].map(band_of),
            [-10, -10, -1, 0, 3, 40, 40]
        );
        assert!(read_pattern("1.2").is_ok_and(|p| p == [1, 2]));
        for bad in ["", "1.", "x", "1,2", "1.999"] {
            assert_eq!(read_pattern(bad).expect_err(bad).code(), "K-PAIRS-PATTERN");
        }
    }
}
