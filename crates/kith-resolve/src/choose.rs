//! Which blocking rules a model has.

use crate::block::{Key, Part};
use crate::compare::{Cache, plan};
use crate::linker::Linker;
use crate::model::Rule;
use crate::sample::{Candidate, Catalogue, Stratum, kinds, makes};
use crate::train::{PAIRS_MIN, State, pattern};
use rayon::prelude::*;

/// Picks rules one by one: the most matches newly found per pair, where finding one again counts half as much each
/// time. Redundancy matters: the sampled matches agree on two columns exactly, the ones to be found may not.
pub(crate) fn choose_rules(
    linker: &Linker,
    catalogue: &Catalogue,
    strata: &[Stratum],
    state: &State,
    budget: f64,
) -> Vec<Rule> {
    let found = weighted_matches(linker, catalogue, strata, state);
    let rules: Vec<&Candidate> = catalogue.rules.iter().filter(|r| r.pairs <= budget / 2.0).collect();
    let covers: Vec<Vec<u32>> = rules
        .par_iter()
        .map(|r| {
            let hit = |i: &u32| found[*i as usize].made_by(linker, catalogue, r);
            (0..found.len() as u32).filter(hit).collect()
        })
        .collect();
    let mut value: Vec<f64> = found.iter().map(|f| f.stands_for).collect();
    let total: f64 = value.iter().sum();
    let small = linker.len() as f64 / 4.0;
    // A stricter rule finds only what a looser one leaves out because its blocks are too large: often next to nothing.
    let implied = |strict: usize, loose: usize| {
        let beyond = |p: &&u32| covers[loose].binary_search(p).is_err();
        let more =
            || covers[strict].iter().filter(beyond).map(|p| found[*p as usize].stands_for).sum::<f64>();
        implies(rules[strict], rules[loose])
            && (rules[loose].oversize.is_empty() || more() < total * GAIN_MIN)
    };
    let mut chosen: Vec<usize> = Vec::new();
    let (mut left, mut taken) = (budget, vec![false; rules.len()]);
    while chosen.len() < RULES_MAX {
        let gain = |i: usize| covers[i].iter().map(|p| value[*p as usize]).sum::<f64>();
        let open = (0..rules.len()).into_par_iter().filter(|i| !taken[*i] && rules[*i].pairs <= left);
        let rated = open.map(|i| (i, gain(i))).map(|(i, gain)| (gain / (rules[i].pairs + small), i, gain));
        let best = rated.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        let Some((_, best, gain)) = best else { break };
        if gain < total * GAIN_MIN {
            break;
        }
        taken[best] = true;
        if budget - left > PAIRS_MIN && gain < rules[best].pairs * RATE_MIN {
            continue;
        }
        left -= rules[best].pairs;
        covers[best].iter().for_each(|p| value[*p as usize] *= 0.5);
        chosen.push(best);
        (0..rules.len()).for_each(|i| taken[i] |= implied(i, best));
    }
    // A looser rule that came later makes all pairs of a stricter one.
    let spare = |i: usize| chosen.iter().any(|j| *j != i && implied(i, *j));
    chosen.iter().filter(|i| !spare(**i)).map(|i| rules[*i].rule.clone()).collect()
}

/// True if every pair of `strict` is a pair of `loose`, unless the block is too large there.
fn implies(strict: &Candidate, loose: &Candidate) -> bool {
    let held = |l: &Key, s: &Key| s.column == l.column && (s.part == l.part || s.part == Part::Whole);
    loose.rule.keys.iter().all(|l| strict.rule.keys.iter().any(|s| held(l, s)))
}

/// Rules beyond this many cost more in building blocks than they find.
const RULES_MAX: usize = 32;

/// A rule that adds less than this share of the matches is not worth its blocks.
const GAIN_MIN: f64 = 1e-4;

/// Once a second of one core is spent, a rule has to find a match in so many pairs. On a million records this makes
/// 8.0 million pairs instead of 9.9 and F1 stays; 0.003 makes 5.4 million, and F1 falls by .0005.
const RATE_MIN: f64 = 0.001;

/// A sampled pair that is probably a match.
struct Found {
    pair: (u32, u32),
    /// How many matches it stands for.
    stands_for: f64,
    /// On which of the catalogue's keys both agree, one bit each.
    agree: Vec<u64>,
}

impl Found {
    fn agreeing(linker: &Linker, catalogue: &Catalogue, (a, b): (u32, u32)) -> Vec<u64> {
        let (x, y) = (linker.row(a), linker.row(b));
        let mut agree = vec![0u64; catalogue.keys.len().div_ceil(64)];
        for (at, (slot, _, codes)) in catalogue.keys.iter().enumerate() {
            let (p, q) = (codes.of(x[*slot]), codes.of(y[*slot]));
            agree[at / 64] |= u64::from(p != 0 && p == q) << (at % 64);
        }
        agree
    }

    /// True if a rule makes the pair.
    fn made_by(&self, linker: &Linker, catalogue: &Catalogue, rule: &Candidate) -> bool {
        rule.keys.iter().all(|at| self.agree[at / 64] >> (at % 64) & 1 == 1)
            && (rule.oversize.is_empty() || makes(linker, catalogue, rule, self.pair.0, self.pair.1))
    }
}

/// The sampled pairs that are probably matches, each weighted by how many it stands for.
fn weighted_matches(linker: &Linker, catalogue: &Catalogue, strata: &[Stratum], state: &State) -> Vec<Found> {
    let bound = plan(&kinds(linker.features()));
    strata
        .par_iter()
        .zip(&state.mixture)
        .zip(&state.same_names)
        .flat_map_iter(|((stratum, [matches, relatives]), same_names)| {
            let mut cache: Vec<Cache> = bound.iter().map(|_| Cache::new()).collect();
            let step = stratum.sample.len().div_ceil(2_000).max(1);
            let scale = stratum.pairs / (stratum.sample.len().div_ceil(step)).max(1) as f64;
            let mut out = Vec::new();
            for (a, b) in stratum.sample.iter().step_by(step) {
                let p = state.classes(&pattern(linker, &bound, stratum, (*a, *b), &mut cache), *same_names);
                let joint = [p[0] * matches, p[1] * relatives, p[2] * (1.0 - matches - relatives)];
                let posterior = joint[0] / joint.iter().sum::<f64>().max(1e-300);
                if posterior > 0.5 {
                    let agree = Found::agreeing(linker, catalogue, (*a, *b));
                    let mut found = Found { pair: (*a, *b), stands_for: posterior * scale, agree };
                    let caught = strata.iter().filter(|s| found.made_by(linker, catalogue, &s.rule)).count();
                    found.stands_for /= caught.max(1) as f64;
                    out.push(found);
                }
            }
            out
        })
        .collect()
}
