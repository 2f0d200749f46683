//! Sources as evidence: a source that holds hardly any entity twice is unlikely to hold this one twice.
//!
//! Reads the numbers of the records' sources and their names ([`crate::Options::sources`]); writes, per source, how
//! often two of its records are one entity beside how often two records of different sources are.
//!
//! 1. Duplicates within a source look like matches across sources. So pairs are compared where strangers are rarest:
//!    among those that weigh as much as the better half of the matches across.
//! 2. A source counts only where it is plainly different from the rest: by more than chance, and by a factor of two.
//!    Sources that hold duplicates like any other say nothing.
//! 3. In a pair of one source the logarithm of that share is added to the prior. Between clusters each pair of records
//!    of one source counts, their sum growing with the root of their number: two records that each have their own
//!    counterpart in a clean source are two entities. So a better partner keeps a worse one away.

use crate::candidates::Edge;
use crate::linker::{Linker, View};
use crate::model::Model;
use crate::score::Scorer;
use serde::{Deserialize, Serialize};

/// What is known of one source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Its name.
    pub source: String,
    /// How often two of its records are one entity, as a multiple of how often two records of different sources are.
    pub duplicates: f64,
}

/// Counts within this factor of what is usual say nothing; of two sources alone it is not known whether one holds more
/// duplicates or fuller records.
const USUAL: f64 = 2.0;
const USUAL_OF_TWO: f64 = 8.0;
/// So many standard errors are no chance.
const SURE: f64 = 3.0;
/// Imagined pairs, so that none seen is not none ever (Jeffreys' prior).
const UNSEEN: f64 = 0.5;
/// A source that holds fewer duplicates than this is clean.
const CLEAN: f64 = 1.0 / 8.0;
/// If more of what was taken for matches lies within clean sources than this, training was misled.
const MISLED: f64 = 0.1;

/// From edges as they weigh without sources the model learns what sources say; its prior becomes that of records of
/// different sources. `clean` are sources that it has not seen pairs of. Nothing changes where sources say nothing;
/// else the answer is which clean sources misled training.
pub(crate) fn learn(
    linker: &Linker,
    view: View,
    model: &mut Model,
    edges: &[Edge],
    clean: &[bool],
) -> Option<Vec<bool>> {
    let names = linker.source_names();
    let source = view.source.filter(|_| !view.apart && names.len() > 1)?;
    let mut records = vec![0f64; names.len()];
    for number in source {
        *records.get_mut(usize::from(*number))? += 1.0;
    }
    let counted = Counted::new(&records, source, edges)?;
    let usual = if names.len() > 2 { USUAL } else { USUAL_OF_TWO };
    let share = |(seen, expected): (&f64, f64)| {
        let share = (seen + UNSEEN) / (expected + UNSEEN);
        let chance = (seen - expected).abs() < SURE * (seen.max(expected) + 1.0).sqrt();
        if chance || (1.0 / usual..usual).contains(&share) { 1.0 } else { (share * 1e4).round() / 1e4 }
    };
    let shares: Vec<f64> = counted.within.iter().zip(counted.expected(&records)).map(share).collect();
    if shares.iter().all(|share| *share == 1.0) {
        return None;
    }
    let pairs = |n: f64| n * (n - 1.0) / 2.0;
    let all = pairs(records.iter().sum());
    let across = all - records.iter().map(|n| pairs(*n)).sum::<f64>();
    let told = |at: usize| !clean.get(at).is_some_and(|clean| *clean);
    let within = (0..names.len()).filter(|at| told(*at)).map(|at| (pairs(records[at]), shares[at]));
    let (pairs, matches) =
        within.fold((across, across), |(n, m), (pairs, share)| (n + pairs, m + share * pairs));
    model.prior_match = (model.prior_match * pairs / matches.max(1.0)).min(0.5);
    let told = names.iter().zip(&shares).filter(|(_, share)| **share != 1.0);
    model.sources = told.map(|(name, share)| Source { source: name.clone(), duplicates: *share }).collect();
    model.sources.sort_by(|a, b| a.source.cmp(&b.source));
    let clean: Vec<bool> = shares.iter().map(|share| *share < CLEAN).collect();
    let within =
        |e: &&Edge| source[e.a as usize] == source[e.b as usize] && clean[usize::from(source[e.a as usize])];
    let matches = edges.iter().map(Edge::probability).sum::<f64>();
    let misled = edges.iter().filter(within).map(Edge::probability).sum::<f64>() > MISLED * matches;
    Some(if misled { clean } else { Vec::new() })
}

/// Pairs that weigh as much as the better half of those across sources.
struct Counted {
    /// Within each source.
    within: Vec<f64>,
    /// Between two sources, both ways.
    across: Vec<Vec<f64>>,
}

impl Counted {
    fn new(records: &[f64], source: &[u16], edges: &[Edge]) -> Option<Counted> {
        let of = |e: &Edge| (usize::from(source[e.a as usize]), usize::from(source[e.b as usize]));
        let across = |e: &&Edge| e.weight > 0.0 && of(e).0 != of(e).1;
        let mut weights: Vec<f32> = edges.iter().filter(across).map(|e| e.weight).collect();
        weights.sort_unstable_by(f32::total_cmp);
        let middle = weights.get(weights.len() / 2).copied()?;
        let mut counted = Counted {
            within: vec![0.0; records.len()],
            across: vec![vec![0.0; records.len()]; records.len()],
        };
        for (s, t) in edges.iter().filter(|e| e.weight >= middle).map(of) {
            match s == t {
                true => counted.within[s] += 1.0,
                false => [(s, t), (t, s)].iter().for_each(|(s, t)| counted.across[*s][*t] += 1.0),
            }
        }
        Some(counted)
    }

    /// How many there would be within each source if it held as many duplicates as its matches with the others
    /// suggest: sources of full records have more pairs of such weight, of sparse ones fewer. The pairs of two sources
    /// are taken to be a product of two factors, one of each, which is fitted by turns.
    fn expected(&self, records: &[f64]) -> Vec<f64> {
        let places = || 0..records.len();
        let others = |s: usize| places().filter(move |t| *t != s);
        let all: f64 = self.across.iter().flatten().sum();
        let pairs: f64 =
            places().flat_map(|s| others(s).map(move |t| (s, t))).map(|(s, t)| records[s] * records[t]).sum();
        let mut factors = vec![(all / pairs.max(1.0)).sqrt(); records.len()];
        for _ in 0..50 {
            let before = factors.clone();
            for s in places().filter(|_| records.len() > 2) {
                let seen: f64 = others(s).map(|t| self.across[s][t]).sum();
                let base: f64 = others(s).map(|t| records[s] * records[t] * before[t]).sum();
                factors[s] = (before[s] * (seen / base.max(1e-300))).sqrt();
            }
        }
        places().map(|s| factors[s] * factors[s] * records[s] * (records[s] - 1.0) / 2.0).collect()
    }
}

/// Each source's name and the bits of a pair within it, by the sources' numbers; none where nothing is known.
pub(crate) fn bits(model: &Model, names: &[String]) -> Vec<(String, f32)> {
    let of = |name: &String| model.sources.iter().find(|s| s.source == *name);
    if model.sources.is_empty() {
        return Vec::new();
    }
    let bits = |name: &String| of(name).map_or(0.0, |s| s.duplicates.log2() as f32);
    names.iter().map(|name| (name.clone(), bits(name))).collect()
}

impl Scorer {
    /// The same with what the model knows of the sources of these names.
    pub fn with_sources(mut self, model: &Model, names: &[String]) -> Scorer {
        self.sources = bits(model, names);
        self
    }

    /// What it says that two records are of these sources, bits.
    pub fn source_bits(&self, sources: Option<(u16, u16)>) -> f32 {
        let within = sources.filter(|(a, b)| a == b).and_then(|(a, _)| self.sources.get(usize::from(a)));
        within.map_or(0.0, |(_, bits)| *bits)
    }

    pub(crate) fn source_name(&self, source: u16) -> Option<String> {
        self.sources.get(usize::from(source)).map(|(name, _)| name.clone())
    }
}
