//! What the evidence between two clusters is worth, given what it consists of.
//!
//! Fellegi and Sunter add up bits as if fields were independent. How far they are wrong depends on the fields that
//! carry the sum: one address that agrees is worth what it says; of five fields that agree each says a little less than
//! alone, since records are alike together. Evidence *against* counts in full. And how likely a merge is beforehand
//! depends on the sizes of the two clusters ([`crate::sizes`]): where everybody has three records a single one belongs
//! somewhere.
//!
//! worth = `agreement` · (prior + what agrees) + what disagrees + `size` · bits of sizes + `given` - `field` · fields that
//! agree - `smaller` · log2 of the smaller cluster's records
//!
//! Five numbers for all data: fitted on ten sets with truth, checked on ten others (`docs/research/resolution.md`).
//! "Fields that agree" is the participation ratio (Σ bits)² / Σ bits²: two equal fields are two, one strong and one weak
//! field little more than one.

use serde::{Deserialize, Serialize};

/// What evidence between clusters is worth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Worth {
    /// The part of a bit of agreement that counts.
    pub agreement: f64,
    /// What each agreeing field costs, bits.
    pub field: f64,
    /// What every merge is given, bits.
    pub given: f64,
    /// The part of a bit that counts of what sizes say.
    pub size: f64,
    /// What each doubling of the smaller cluster costs, bits: of many records that belong together some pair would have
    /// shown it before.
    pub smaller: f64,
    /// How many entities there are of 1, 2, 3 … records; beyond the last as many as of the last. Empty: not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entities: Vec<f64>,
}

impl Default for Worth {
    fn default() -> Worth {
        Worth { agreement: 0.83, field: 0.74, given: 3.3, size: 0.92, smaller: 0.94, entities: Vec::new() }
    }
}

/// So many bits may come from sizes.
const SIZE_BITS_MAX: f32 = 4.0;

impl Worth {
    /// What is wrong with it, if anything.
    pub(crate) fn fault(&self) -> Option<String> {
        let factors = [self.agreement, self.field, self.given, self.size, self.smaller];
        let bad = factors.iter().any(|f| !f.is_finite()) || self.agreement <= 0.0;
        let none = self.entities.iter().any(|n| !(*n > 0.0 && n.is_finite()));
        (bad || none).then(|| "calibration.worth needs finite numbers, and entities above 0".into())
    }
}

/// What is known of the evidence between two clusters.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Summed {
    /// What speaks for a merge, field by field: the sum of its bits, and of their squares.
    pub agree: f32,
    pub squares: f32,
    /// What speaks against it, bits.
    pub against: f32,
    /// The sizes of the two.
    pub sizes: (usize, usize),
}

/// The same, ready to be used.
#[derive(Clone, Debug)]
pub(crate) struct Weigher {
    worth: Option<Worth>,
    prior_bits: f32,
    /// log2 of the entities of each size, from one on.
    entities: Vec<f32>,
}

impl Weigher {
    pub(crate) fn new(worth: Option<&Worth>, prior: f64) -> Weigher {
        let entities = worth.map_or(&[][..], |w| &w.entities).iter().map(|n| n.log2() as f32).collect();
        Weigher { worth: worth.cloned(), prior_bits: prior.log2() as f32, entities }
    }

    /// What evidence is worth; prior and households are in it.
    pub(crate) fn worth(&self, evidence: f32, summed: &Summed) -> f32 {
        let Some(worth) = &self.worth else { return evidence };
        let agree = evidence - summed.against;
        let fields = match summed.squares {
            squares if squares > 0.0 => (summed.agree * summed.agree / squares).max(1.0),
            _ => 1.0,
        };
        evidence - (1.0 - worth.agreement as f32) * agree - worth.field as f32 * fields
            + worth.given as f32
            + worth.size as f32 * self.size_bits(summed.sizes)
            - worth.smaller as f32 * (summed.sizes.0.min(summed.sizes.1) as f32).log2()
    }

    /// How much likelier two clusters of these sizes are one entity cut in two than two records taken at random are one.
    fn size_bits(&self, (a, b): (usize, usize)) -> f32 {
        let Some(last) = self.entities.len().checked_sub(1) else { return 0.0 };
        let of = |size: usize| self.entities[(size - 1).min(last)];
        (of(a + b) - of(a) - of(b) - self.prior_bits).clamp(-SIZE_BITS_MAX, SIZE_BITS_MAX)
    }
}
