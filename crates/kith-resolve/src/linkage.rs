//! The evidence between two clusters, field by field.
//!
//! For each comparison the evidence of all pairs that have both values is averaged; pairs that lack one say nothing,
//! instead of pulling the sum towards the prior, as an average over whole weights would. The prior is counted once.
//!
//! A person has several e-mails, phones and addresses: for these the *likelihood ratios* are averaged, so one agreement
//! among several values counts nearly in full. A birth date or a name is one value that may be misspelt: where members
//! of both clusters hold the same value, the others' errors say little, but members that disagree weigh against. So
//! the square roots of the ratios are averaged, half way between the mean of the bits and the mean of the ratios.
//!
//! Disagreement that is the same in all pairs is more than that of one: it grows slowly with their number.

use crate::compare::{Aspect, Cache};
use crate::feature::Feature;
use crate::score::Scorer;
use crate::worth::Summed;

/// No model compares more aspects than this.
pub const ASPECTS_MAX: usize = 16;

/// One comparison's bits are cut to this range before averaging, so that one pair does not decide alone.
const BITS: (f32, f32) = (-8.0, 20.0);

/// How evidence against a merge grows with the number of pairs that show it: by 1.6 for a hundred pairs.
const DISSENT: f32 = 0.1;

/// Sums over the pairs between two clusters.
#[derive(Clone, Copy, Debug, Default)]
pub struct Evidence {
    pairs: [u32; ASPECTS_MAX],
    unrelated: [f32; ASPECTS_MAX],
    relative: [f32; ASPECTS_MAX],
    /// All pairs; those of one source of which something is known, and what it says, bits.
    all: u32,
    one_source: u32,
    sources: f32,
}

impl Evidence {
    /// No pair.
    pub const NONE: Evidence = Evidence {
        pairs: [0; ASPECTS_MAX],
        unrelated: [0.0; ASPECTS_MAX],
        relative: [0.0; ASPECTS_MAX],
        all: 0,
        one_source: 0,
        sources: 0.0,
    };

    /// Adds the pair of two records.
    pub fn add_pair(
        &mut self,
        scorer: &Scorer,
        features: &[Feature],
        a: &[u32],
        b: &[u32],
        cache: &mut [Cache],
    ) {
        for at in 0..scorer.bound.len().min(ASPECTS_MAX) {
            let part = scorer.part(at, features, a, b, cache);
            if part.level == 0 {
                continue;
            }
            let power = power(scorer.bound[at].aspect);
            let fold = |bits: f32| (power * bits.clamp(BITS.0, BITS.1)).exp2();
            self.pairs[at] += 1;
            self.unrelated[at] += fold(part.bits);
            self.relative[at] += fold(part.household_bits);
        }
    }

    /// Adds what the sources of a pair say, bits.
    pub fn add_sources(&mut self, bits: f32) {
        self.all += 1;
        self.one_source += u32::from(bits != 0.0);
        self.sources += bits;
    }

    /// Against a merge each pair of one source speaks anew, though not independently; for it they do so on average.
    fn source_bits(&self) -> f32 {
        match self.sources {
            bits if bits < 0.0 => bits / (self.one_source as f32).sqrt(),
            bits => bits / self.all.max(1) as f32,
        }
    }

    /// Adds the pairs of another part of the same cluster.
    pub fn add(&mut self, other: &Evidence) {
        self.all += other.all;
        self.one_source += other.one_source;
        self.sources += other.sources;
        for at in 0..ASPECTS_MAX {
            self.pairs[at] += other.pairs[at];
            self.unrelated[at] += other.unrelated[at];
            self.relative[at] += other.relative[at];
        }
    }

    /// The match weight of the two clusters of these sizes, bits.
    pub fn weight(&self, scorer: &Scorer, sizes: (usize, usize)) -> f32 {
        let sources = self.source_bits();
        let (mut unrelated, mut relative) = (sources, sources);
        let mut summed = Summed { sizes, agree: sources.max(0.0), against: sources.min(0.0), squares: 0.0 };
        for (bits, household) in (0..scorer.bound.len().min(ASPECTS_MAX)).filter_map(|at| self.of(scorer, at))
        {
            unrelated += bits;
            relative += household;
            if bits > 0.0 {
                summed.agree += bits;
                summed.squares += bits * bits;
            } else {
                summed.against += bits;
            }
        }
        scorer.weight_of(unrelated, relative, &summed)
    }

    /// Summed over the comparisons: log2 of m over u, and over h.
    pub(crate) fn sums(&self, scorer: &Scorer) -> (f32, f32) {
        let parts = (0..scorer.bound.len().min(ASPECTS_MAX)).filter_map(|at| self.of(scorer, at));
        parts.fold((0.0, 0.0), |(u, h), (unrelated, relative)| (u + unrelated, h + relative))
    }

    /// One comparison's share in [`Evidence::sums`]; `None` if no pair has both values.
    pub(crate) fn of(&self, scorer: &Scorer, at: usize) -> Option<(f32, f32)> {
        if self.pairs[at] == 0 {
            return None;
        }
        let (pairs, power) = (self.pairs[at] as f32, power(scorer.bound[at].aspect));
        let mean = |sum: f32| match (sum / pairs).log2() / power {
            bits if bits < 0.0 && pairs > 1.0 => bits * pairs.powf(DISSENT),
            bits => bits,
        };
        Some((mean(self.unrelated[at]), mean(self.relative[at])))
    }
}

/// Averages are taken of likelihood ratios to this power: 1 for what one person can have several of at once.
fn power(aspect: Aspect) -> f32 {
    use Aspect::{Email, Identifier, Locality, Phone, Street};
    if matches!(aspect, Email | Phone | Street | Locality | Identifier) { 1.0 } else { 0.5 }
}
