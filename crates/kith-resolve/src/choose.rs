//! Which blocking rules a model has.

use crate::block::Part;
use crate::compare::{Cache, plan};
use crate::linker::Linker;
use crate::model::Rule;
use crate::sample::{Candidate, Catalogue, Stratum, kinds, makes};
use crate::train::{State, pattern};
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
            let hit = |i: &u32| makes(linker, catalogue, r, found[*i as usize].0, found[*i as usize].1);
            (0..found.len() as u32).filter(hit).collect()
        })
        .collect();
    let mut value: Vec<f64> = found.iter().map(|f| f.2).collect();
    let total: f64 = value.iter().sum();
    let small = linker.len() as f64 / 4.0;
    let mut chosen: Vec<usize> = Vec::new();
    let (mut left, mut taken) = (budget, vec![false; rules.len()]);
    while chosen.len() < RULES_MAX {
        let gain = |i: usize| covers[i].iter().map(|p| value[*p as usize]).sum::<f64>();
        let rate = |i: usize| gain(i) / (rules[i].pairs + small);
        let open = (0..rules.len()).filter(|i| !taken[*i] && rules[*i].pairs <= left);
        let Some(best) = open.max_by(|a, b| rate(*a).total_cmp(&rate(*b)).then(b.cmp(a))) else { break };
        if gain(best) < total * GAIN_MIN {
            break;
        }
        left -= rules[best].pairs;
        covers[best].iter().for_each(|p| value[*p as usize] *= 0.5);
        chosen.push(best);
        for (i, rule) in rules.iter().enumerate() {
            taken[i] |= implies(rule, rules[best]);
        }
    }
    // A looser rule that came later makes all pairs of a stricter one.
    let spare = |i: usize| chosen.iter().any(|j| *j != i && implies(rules[i], rules[*j]));
    chosen.iter().filter(|i| !spare(**i)).map(|i| rules[*i].rule.clone()).collect()
}

/// True if every pair of `strict` is a pair of `loose`.
fn implies(strict: &Candidate, loose: &Candidate) -> bool {
    loose.oversize.is_empty()
        && loose.rule.keys.iter().all(|l| {
            strict
                .rule
                .keys
                .iter()
                .any(|s| s.column == l.column && (s.part == l.part || s.part == Part::Whole))
        })
}

/// Rules beyond this many cost more in building blocks than they find.
const RULES_MAX: usize = 32;

/// A rule that adds less than this share of the matches is not worth its blocks.
const GAIN_MIN: f64 = 1e-4;

/// The sampled pairs that are probably matches, each weighted by how many it stands for.
fn weighted_matches(
    linker: &Linker,
    catalogue: &Catalogue,
    strata: &[Stratum],
    state: &State,
) -> Vec<(u32, u32, f64)> {
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
                    let caught = strata.iter().filter(|s| makes(linker, catalogue, &s.rule, *a, *b)).count();
                    out.push((*a, *b, posterior * scale / caught.max(1) as f64));
                }
            }
            out
        })
        .collect()
}
