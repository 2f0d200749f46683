//! Scoring: from agreement levels to a match weight in bits.
//!
//! Three classes explain a pair: the same entity (M), unrelated entities (U), and different people of one household
//! (H), who share address, family name and phone because they live together. With per-field probabilities m, u and
//! h = s·m + (1 - s)·u (s: how often a household shares the field), the weight is
//! log2 of P(M) ∏m / (P(U) ∏u + P(H) ∏h).
//!
//! Where a value is rare its agreement says more: u is scaled by the value's share (term frequency), so that for
//! exact agreement it *is* the value's share.

use crate::calibrate::{Calibration, Curve};
use crate::compare::{Aspect, Bound, Cache, NONE};
use crate::error::Error;
use crate::feature::Feature;
use crate::model::Model;
use crate::screen::Screen;
use crate::weights::Table;
use crate::worth::{Summed, Weigher};

/// Sums in another order differ by less, bits.
const ROUNDING: f32 = 0.01;

/// A model bound to the columns of a data set. The features are given with each call, so that they may grow.
pub struct Scorer {
    /// The comparisons, in the model's order.
    pub bound: Vec<Bound>,
    tables: Vec<Table>,
    /// log2 of P(M) / P(U).
    pub prior_bits: f64,
    relative_bits: Option<f64>,
    order: Vec<usize>,
    screens: Vec<Screen>,
    /// The comparisons of given and family name.
    names: Option<[usize; 2]>,
    /// What summed evidence is worth: of a pair, of two clusters.
    curves: [Curve; 2],
    weigher: Weigher,
    /// Bits for a pair within each source, by number; empty where sources say nothing.
    pub(crate) sources: Vec<(String, f32)>,
}

/// The parts of one pair's weight for one comparison.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// The agreement level.
    pub level: u8,
    /// log2(m / u) with rarity.
    pub bits: f32,
    /// The part of `bits` that comes from rarity.
    pub rarity_bits: f32,
    pub(crate) household_bits: f32,
}

impl Scorer {
    /// Binds the model; fails if a column is missing.
    pub fn new(features: &[Feature], model: &Model) -> Result<Scorer, Error> {
        let slot = |name: &String| features.iter().position(|f| f.column.name == *name).unwrap_or(NONE);
        let mut bound = Vec::new();
        let mut tables = Vec::new();
        for comparison in &model.comparisons {
            let mut slots = [NONE; 3];
            for (place, name) in slots.iter_mut().zip(&comparison.columns) {
                *place = slot(name);
            }
            let m: Vec<f64> = std::iter::once(1.0).chain(comparison.levels.iter().map(|l| l.m)).collect();
            let u: Vec<f64> = std::iter::once(1.0).chain(comparison.levels.iter().map(|l| l.u)).collect();
            let shared = comparison.shared_in_household;
            bound.push(Bound { aspect: comparison.aspect, slots });
            let mut table = Table::new(comparison.aspect, slots, features, m, u, shared);
            if !comparison.u_when_names_agree.is_empty() {
                let u = std::iter::once(1.0).chain(comparison.u_when_names_agree.iter().copied()).collect();
                table.add_namesakes(comparison.aspect, slots, features, u);
            }
            tables.push(table);
        }
        // A column that is empty today says nothing; a model of which no column is there belongs to other data. One without
        // comparisons compares nothing on purpose.
        if !bound.is_empty() && bound.iter().all(|b: &Bound| b.slots.iter().all(|s| *s == NONE)) {
            let columns = model.comparisons.iter().flat_map(|c| &c.columns).filter(|c| !c.is_empty());
            return Err(Error::MissingColumn { column: columns.cloned().collect::<Vec<_>>().join(", ") });
        }
        let unrelated = (1.0 - model.prior_match - model.prior_relative).max(1e-12);
        let relative = model.prior_relative;
        let relative_bits = (relative > 0.0).then(|| (model.prior_match / relative).log2());
        let prior_bits = (model.prior_match / unrelated).log2();
        let most: Vec<f32> = tables.iter().map(Table::most).collect();
        let screens = bound.iter().zip(&tables).map(|(b, table)| Screen::new(b, table)).collect();
        let mut order: Vec<usize> = (0..bound.len()).collect();
        order.sort_by(|a, b| most[*b].total_cmp(&most[*a]));
        let find = |aspect| bound.iter().position(|b| b.aspect == aspect);
        let names = find(Aspect::GivenName).zip(find(Aspect::FamilyName)).map(|(g, f)| [g, f]);
        let points = |of: fn(&Calibration) -> &Vec<[f64; 2]>| {
            Curve::new(model.calibration.as_ref().map_or(&[], |c| of(c).as_slice()))
        };
        let curves = [points(|c| &c.pairs), points(|c| &c.merges)];
        let worth = model.calibration.as_ref().and_then(|c| c.worth.as_ref());
        let weigher = Weigher::new(worth, model.prior_match);
        Ok(Scorer {
            weigher,
            sources: Vec::new(),
            bound,
            tables,
            prior_bits,
            relative_bits,
            order,
            screens,
            names,
            curves,
        })
    }

    /// The match weight of two records in bits, or `None` as soon as it can not reach `floor`.
    pub fn weight(
        &self,
        features: &[Feature],
        a: &[u32],
        b: &[u32],
        floor: f32,
        cache: &mut [Cache],
    ) -> Option<f32> {
        self.weight_from(0.0, features, a, b, floor, cache)
    }

    /// The same with what their sources say ([`Scorer::source_bits`]).
    pub fn weight_from(
        &self,
        sources: f32,
        features: &[Feature],
        a: &[u32],
        b: &[u32],
        floor: f32,
        cache: &mut [Cache],
    ) -> Option<f32> {
        self.weight_over(sources, features, a, b, self.evidence(floor), cache)
    }

    /// The evidence of a pair that is worth so much.
    pub(crate) fn evidence(&self, weight: f32) -> f32 {
        self.curves[0].evidence(weight)
    }

    /// The match weight, or `None` as soon as the evidence can not reach `floor`.
    pub(crate) fn weight_over(
        &self,
        sources: f32,
        features: &[Feature],
        a: &[u32],
        b: &[u32],
        floor: f32,
        cache: &mut [Cache],
    ) -> Option<f32> {
        let enough = floor - ROUNDING;
        let mut most = self.prior_bits as f32 + sources;
        for ((screen, bound), cache) in self.screens.iter().zip(&self.bound).zip(cache.iter_mut()) {
            cache.last.most = screen.most(bound, features, a, b);
            most += cache.last.most;
        }
        if most < enough {
            return None;
        }
        let mut unrelated = self.prior_bits as f32 + sources;
        let mut names = None;
        for at in &self.order {
            let level = self.bound[*at].level(features, a, b, &mut cache[*at]);
            cache[*at].last.level = level;
            let bits = match level {
                0 => 0.0,
                _ => self.table(*at, &mut names, features, a, b, cache).bits(level, features, a, b).0,
            };
            most += bits - cache[*at].last.most;
            if most < enough {
                return None;
            }
            unrelated += bits;
        }
        let mut relative = self.relative_bits.unwrap_or(0.0) as f32 + sources;
        for at in &self.order {
            let level = cache[*at].last.level;
            let table = self.table(*at, &mut names, features, a, b, cache);
            relative += table.household_bits(level, table.bits(level, features, a, b).1);
        }
        let weight = self.combine(unrelated, relative);
        (weight >= floor).then(|| self.curves[0].worth(weight))
    }

    /// The table that holds for a pair; whether its names agree is found out once, if it matters.
    fn table(
        &self,
        at: usize,
        names: &mut Option<bool>,
        features: &[Feature],
        a: &[u32],
        b: &[u32],
        cache: &mut [Cache],
    ) -> &Table {
        let table = &self.tables[at];
        match table.namesakes() {
            Some(namesakes) if *names.get_or_insert_with(|| self.names_agree(features, a, b, cache)) => {
                namesakes
            }
            _ => table,
        }
    }

    /// One comparison's part of the weight.
    pub fn part(&self, at: usize, features: &[Feature], a: &[u32], b: &[u32], cache: &mut [Cache]) -> Part {
        let level = self.bound[at].level(features, a, b, &mut cache[at]);
        if level == 0 {
            return Part { level, bits: 0.0, rarity_bits: 0.0, household_bits: 0.0 };
        }
        let table = self.table(at, &mut None, features, a, b, cache);
        let (bits, rarity_bits) = table.bits(level, features, a, b);
        Part { level, bits, rarity_bits, household_bits: table.household_bits(level, rarity_bits) }
    }

    /// True if given and family name agree at least roughly.
    fn names_agree(&self, features: &[Feature], a: &[u32], b: &[u32], cache: &mut [Cache]) -> bool {
        let mut level = |at: usize| self.bound[at].level(features, a, b, &mut cache[at]);
        self.names.is_some_and(|[given, family]| {
            (1..=6).contains(&level(given)) && (1..=4).contains(&level(family))
        })
    }

    /// The weight, what the household class takes from it (≤ 0), and what calibration adds.
    pub fn total(&self, parts: &[Part], sources: f32) -> (f32, f32, f32) {
        let unrelated = self.prior_bits as f32 + sources + parts.iter().map(|p| p.bits).sum::<f32>();
        let relative = self.relative_bits.unwrap_or(0.0) as f32
            + sources
            + parts.iter().map(|p| p.household_bits).sum::<f32>();
        let evidence = self.combine(unrelated, relative);
        let weight = self.curves[0].worth(evidence);
        (weight, evidence - unrelated, weight - evidence)
    }

    /// The weight of two clusters from their summed evidence, to which the prior is added.
    pub(crate) fn weight_of(&self, unrelated: f32, relative: f32, summed: &Summed) -> f32 {
        let relative = self.relative_bits.unwrap_or(0.0) as f32 + relative;
        let evidence = self.combine(self.prior_bits as f32 + unrelated, relative);
        self.curves[1].worth(self.weigher.worth(evidence, summed))
    }

    /// The probability that two clusters are different people of one household, from their summed evidence.
    pub(crate) fn household(&self, unrelated: f32, relative: f32) -> f32 {
        let Some(relative_bits) = self.relative_bits else { return 0.0 };
        let (stranger, relative) = (self.prior_bits as f32 + unrelated, relative_bits as f32 + relative);
        1.0 / (1.0 + relative.exp2() + (relative - stranger).exp2())
    }

    fn combine(&self, unrelated: f32, relative: f32) -> f32 {
        match self.relative_bits {
            None => unrelated,
            // -log2(2^-u + 2^-r), from the smaller one so that nothing overflows
            Some(_) => {
                let (low, high) =
                    if unrelated < relative { (unrelated, relative) } else { (relative, unrelated) };
                low - (1.0 + (low - high).exp2()).log2()
            }
        }
    }
}
