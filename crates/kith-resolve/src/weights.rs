//! What each level of a comparison weighs, and how rarity changes it.

use crate::compare::{Aspect, NONE};
use crate::feature::{Extra, Feature};

/// The weights of one comparison.
pub(crate) struct Table {
    m_over_u: Vec<f32>,
    m_over_h: Vec<f32>,
    /// By level: whether and how the rarity of the value counts.
    rarity: Vec<Option<Rarity>>,
    shared: f64,
    m: Vec<f64>,
    u: Vec<f64>,
    /// What holds instead where both names agree.
    namesakes: Option<Box<Table>>,
}

#[derive(Clone, Copy)]
pub(crate) struct Rarity {
    slot: usize,
    by_local_part: bool,
    /// 1, or 0.5 on fuzzy levels.
    power: f32,
    /// The most that a value can give, bits.
    pub(crate) most: f32,
}

impl Rarity {
    /// True if both are of one text and count alike.
    pub(crate) fn same(&self, other: &Rarity) -> bool {
        (self.slot, self.by_local_part, self.power) == (other.slot, other.by_local_part, other.power)
    }

    /// Of the value of one record.
    pub(crate) fn bits(&self, features: &[Feature], row: &[u32]) -> f32 {
        let (feature, code) = (&features[self.slot], row[self.slot] as usize);
        self.power
            * match &feature.extra {
                Extra::Email(local) if self.by_local_part => local[code].rarity,
                _ => feature.rarity[code],
            }
    }
}

impl Table {
    /// The weights that hold where both names agree.
    pub(crate) fn add_namesakes(
        &mut self,
        aspect: Aspect,
        slots: [usize; 3],
        features: &[Feature],
        u: Vec<f64>,
    ) {
        let mut namesakes = Table::new(aspect, slots, features, self.m.clone(), u, self.shared);
        // Among namesakes a local part is as likely for a rare name as for a common one.
        namesakes.rarity.iter_mut().skip(2).for_each(|r| *r = None);
        self.namesakes = Some(Box::new(namesakes));
    }

    /// They, if there are any.
    pub(crate) fn namesakes(&self) -> Option<&Table> {
        self.namesakes.as_deref()
    }

    pub(crate) fn new(
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
        let mut rarity = vec![None];
        for level in 1..m.len() as u8 {
            rarity.push(None);
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
            rarity[usize::from(level)] = Some(Rarity { slot, by_local_part, power, most });
        }
        Table { m_over_u, m_over_h, rarity, shared, m, u, namesakes: None }
    }

    /// How many levels, "missing" among them.
    pub(crate) fn levels(&self) -> usize {
        self.m.len()
    }

    /// The most that a level gives, by itself or among namesakes; and the rarity that comes on top.
    pub(crate) fn reach(&self, level: usize) -> (f32, Option<&Rarity>) {
        let among_namesakes = self.namesakes.as_ref().map_or(f32::NEG_INFINITY, |t| t.m_over_u[level]);
        (self.m_over_u[level].max(among_namesakes), self.rarity[level].as_ref())
    }

    pub(crate) fn most(&self) -> f32 {
        let rarest = |level: usize| self.rarity[level].as_ref().map_or(0.0, |r| r.most);
        (1..self.m.len()).map(|l| self.m_over_u[l] + rarest(l)).fold(f32::MIN, f32::max)
    }

    /// log2(m / u), and what of it comes from rarity.
    pub(crate) fn bits(&self, level: u8, features: &[Feature], a: &[u32], b: &[u32]) -> (f32, f32) {
        let rarity = self.rarity[usize::from(level)].as_ref();
        let rarity_bits = rarity.map_or(0.0, |r| r.bits(features, a).min(r.bits(features, b)));
        (self.m_over_u[usize::from(level)] + rarity_bits, rarity_bits)
    }

    pub(crate) fn household_bits(&self, level: u8, rarity_bits: f32) -> f32 {
        match rarity_bits {
            r if r == 0.0 || self.shared == 0.0 => {
                self.m_over_h[level as usize] + if self.shared == 0.0 { r } else { 0.0 }
            }
            r => self.with_rarity(level, r),
        }
    }

    /// log2(m / h) where u is scaled by the rarity.
    fn with_rarity(&self, level: u8, rarity_bits: f32) -> f32 {
        let (m, u) = (self.m[level as usize], self.u[level as usize]);
        let scaled = u * f64::from(-rarity_bits).exp2();
        (m / (self.shared * m + (1.0 - self.shared) * scaled)).log2() as f32
    }
}
