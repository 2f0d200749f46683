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
use crate::feature::{Extra, Feature};
use crate::model::Model;
use crate::worth::{Summed, Weigher};

/// A model bound to the columns of a data set. The features are given with each call, so that they may grow.
pub struct Scorer {
    /// The comparisons, in the model's order.
    pub bound: Vec<Bound>,
    tables: Vec<Table>,
    /// log2 of P(M) / P(U).
    pub prior_bits: f64,
    relative_bits: Option<f64>,
    order: Vec<usize>,
    rest_max: Vec<f32>,
    /// The comparisons of given and family name.
    names: Option<[usize; 2]>,
    /// What summed evidence is worth: of a pair, of two clusters.
    curves: [Curve; 2],
    weigher: Weigher,
    /// Bits for a pair within each source, by number; empty where sources say nothing.
    pub(crate) sources: Vec<(String, f32)>,
}

struct Table {
    m_over_u: Vec<f32>,
    m_over_h: Vec<f32>,
    /// Rarity in bits for each code of the feature in this slot, by which levels use it.
    rarity: Vec<Rarity>,
    shared: f64,
    m: Vec<f64>,
    u: Vec<f64>,
    /// What holds instead where both names agree.
    namesakes: Option<Box<Table>>,
}

struct Rarity {
    level: u8,
    slot: usize,
    by_local_part: bool,
    /// 1, or 0.5 on fuzzy levels.
    power: f32,
    /// The most that a value can give, bits.
    most: f32,
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
                let m = table.m.clone();
                let mut namesakes = Table::new(comparison.aspect, slots, features, m, u, shared);
                // Among namesakes a local part is as likely for a rare name as for a common one.
                namesakes.rarity.retain(|r| r.level == 1);
                table.namesakes = Some(Box::new(namesakes));
            }
            tables.push(table);
        }
        // A column that is empty today says nothing; a model of which no column is there belongs to other data.
        if bound.iter().all(|b: &Bound| b.slots.iter().all(|s| *s == NONE)) {
            let columns = model.comparisons.iter().flat_map(|c| &c.columns).filter(|c| !c.is_empty());
            return Err(Error::MissingColumn { column: columns.cloned().collect::<Vec<_>>().join(", ") });
        }
        let unrelated = (1.0 - model.prior_match - model.prior_relative).max(1e-12);
        let relative = model.prior_relative;
        let relative_bits = (relative > 0.0).then(|| (model.prior_match / relative).log2());
        let prior_bits = (model.prior_match / unrelated).log2();
        let most: Vec<f32> = tables.iter().map(Table::most).collect();
        let mut order: Vec<usize> = (0..bound.len()).collect();
        order.sort_by(|a, b| most[*b].total_cmp(&most[*a]));
        let mut rest_max = vec![0f32; order.len() + 1];
        for i in (0..order.len()).rev() {
            rest_max[i] = rest_max[i + 1] + most[order[i]].max(0.0);
        }
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
            bound,
            tables,
            prior_bits,
            relative_bits,
            order,
            rest_max,
            names,
            curves,
            sources: Vec::new(),
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
        let floor = self.curves[0].evidence(floor);
        let mut unrelated = self.prior_bits as f32 + sources;
        let mut relative = self.relative_bits.unwrap_or(0.0) as f32 + sources;
        for (done, at) in self.order.iter().enumerate() {
            if unrelated + self.rest_max[done] < floor {
                return None;
            }
            let part = self.part(*at, features, a, b, cache);
            unrelated += part.bits;
            relative += part.household_bits;
        }
        let weight = self.combine(unrelated, relative);
        (weight >= floor).then(|| self.curves[0].worth(weight))
    }

    /// One comparison's part of the weight.
    pub fn part(&self, at: usize, features: &[Feature], a: &[u32], b: &[u32], cache: &mut [Cache]) -> Part {
        let level = self.bound[at].level(features, a, b, &mut cache[at]);
        let table = match &self.tables[at].namesakes {
            Some(namesakes) if level != 0 && self.names_agree(features, a, b, cache) => namesakes,
            _ => &self.tables[at],
        };
        let rarity_bits = table.rarity_bits(level, features, a, b);
        let household_bits = match rarity_bits {
            r if r == 0.0 || table.shared == 0.0 => {
                table.m_over_h[level as usize] + if table.shared == 0.0 { r } else { 0.0 }
            }
            r => table.with_rarity(level, r),
        };
        Part { level, bits: table.m_over_u[level as usize] + rarity_bits, rarity_bits, household_bits }
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

impl Table {
    fn new(
        aspect: Aspect,
        slots: [usize; 3],
        features: &[Feature],
        m: Vec<f64>,
        u: Vec<f64>,
        shared: f64,
    ) -> Table {
        let h = |i: usize| shared * m[i] + (1.0 - shared) * u[i];
        let m_over_u = (0..m.len()).map(|i| (m[i] / u[i]).log2() as f32).collect();
        let m_over_h = (0..m.len()).map(|i| (m[i] / h(i)).log2() as f32).collect();
        let mut rarity = Vec::new();
        for level in 1..m.len() as u8 {
            let Some(full) = aspect.rarity(level) else { continue };
            let slot = match (aspect, level) {
                (Aspect::Locality, 1 | 2) => slots[0],
                (Aspect::Locality, _) => slots[1],
                _ => slots[0],
            };
            if slot == NONE {
                continue;
            }
            let by_local_part = aspect == Aspect::Email && level == 2;
            let power = if full { 1.0 } else { 0.5 };
            let frequencies = &features[slot].frequencies;
            let tally = if by_local_part { &frequencies.pieces } else { &frequencies.values };
            let most = tally.rarity_bits(1).max(0.0) * power;
            rarity.push(Rarity { level, slot, by_local_part, power, most });
        }
        Table { m_over_u, m_over_h, rarity, shared, m, u, namesakes: None }
    }

    fn most(&self) -> f32 {
        let rarest = |level: usize| {
            let table = self.rarity.iter().find(|r| usize::from(r.level) == level);
            table.map_or(0.0, |r| r.most)
        };
        (1..self.m.len()).map(|l| self.m_over_u[l] + rarest(l)).fold(f32::MIN, f32::max)
    }

    fn rarity_bits(&self, level: u8, features: &[Feature], a: &[u32], b: &[u32]) -> f32 {
        let Some(rarity) = self.rarity.iter().find(|r| r.level == level) else { return 0.0 };
        let feature = &features[rarity.slot];
        let of = |code: u32| match &feature.extra {
            Extra::Email(local) if rarity.by_local_part => local[code as usize].rarity,
            _ => feature.rarity[code as usize],
        };
        of(a[rarity.slot]).min(of(b[rarity.slot])) * rarity.power
    }

    /// log2(m / h) where u is scaled by the rarity.
    fn with_rarity(&self, level: u8, rarity_bits: f32) -> f32 {
        let (m, u) = (self.m[level as usize], self.u[level as usize]);
        let scaled = u * f64::from(-rarity_bits).exp2();
        (m / (self.shared * m + (1.0 - self.shared) * scaled)).log2() as f32
    }
}
