//! What training looks at: random pairs, for u, and strata of pairs that agree on a blocking key, for m.

use crate::block::{Codes, Key, Part, mix, part_codes, parts, rule_key, rule_keys};
use crate::compare::{Bound, Cache, NONE};
use crate::feature::Feature;
use crate::groups::repeated;
use crate::linker::Linker;
use crate::model::Rule;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

/// Random pairs looked at for u: enough that a level of probability 1e-5 is seen ten times.
const RANDOM_PAIRS: u64 = 500_000;
/// Records sampled to count the pairs of a candidate rule.
const RULE_SAMPLE: usize = 40_000;
/// Pairs looked at in one stratum.
const STRATUM_PAIRS: u64 = 20_000;
/// A stratum's pairs are sampled from about so many times as many.
const SAMPLED_FROM: u64 = 2;
/// Blocks of at least so many records are looked at.
const RECORDS_MIN: u64 = 125_000;

/// Level counts of random pairs, one table per comparison.
pub fn random_levels(linker: &Linker, bound: &[Bound], clean: &[bool]) -> Vec<[f64; 16]> {
    let n = linker.len() as u64;
    let all = n * n.saturating_sub(1) / 2;
    let draws = RANDOM_PAIRS.min(all);
    let pair = |i: u64| {
        if all <= RANDOM_PAIRS {
            return unrank(i);
        }
        let (x, y) = (mix(2 * i + 1) % n, mix(2 * i + 2) % n);
        (x as u32, y as u32)
    };
    let chunks: Vec<u64> = (0..draws.div_ceil(16_384)).collect();
    let tables: Vec<Vec<[f64; 16]>> = chunks
        .par_iter()
        .map(|chunk| {
            let mut cache: Vec<Cache> = bound.iter().map(|_| Cache::new()).collect();
            let mut counts = vec![[0f64; 16]; bound.len()];
            for i in chunk * 16_384..((chunk + 1) * 16_384).min(draws) {
                let (a, b) = pair(i);
                if a == b || !linker.comparable(a, b, clean) {
                    continue;
                }
                for (at, comparison) in bound.iter().enumerate() {
                    let level =
                        comparison.level(linker.features(), linker.row(a), linker.row(b), &mut cache[at]);
                    counts[at][level as usize] += 1.0;
                }
            }
            counts
        })
        .collect();
    let mut total = vec![[0f64; 16]; bound.len()];
    for table in tables {
        for (sum, part) in total.iter_mut().zip(table) {
            sum.iter_mut().zip(part).for_each(|(s, p)| *s += p);
        }
    }
    total
}

/// The i-th pair (a > b) in the order (1,0), (2,0), (2,1), (3,0) …
pub fn unrank(i: u64) -> (u32, u32) {
    let mut a = ((1.0 + (1.0 + 8.0 * i as f64).sqrt()) / 2.0) as u64;
    while a * (a - 1) / 2 > i {
        a -= 1;
    }
    while a * (a + 1) / 2 <= i {
        a += 1;
    }
    (a as u32, (i - a * (a - 1) / 2) as u32)
}

/// A candidate rule with what is known of it before any training.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The rule.
    pub rule: Rule,
    /// Feature slots of its keys.
    pub slots: Vec<usize>,
    /// Codes of its parts are `keys[i]` of [`Catalogue::keys`].
    pub keys: Vec<usize>,
    /// About how many pairs it makes.
    pub pairs: f64,
    /// Keys of blocks that are over the size limit: their records are not in the rule.
    pub oversize: FxHashSet<u64>,
    /// How much of that is more than chance would give, 0..1: near 1 where it finds nearly only matches or relatives.
    pub purity: f64,
}

/// All keys and candidate rules of a data set.
pub struct Catalogue {
    /// Every key with its slot and its code per value code.
    pub keys: Vec<(usize, Part, Codes)>,
    /// The rules of one and two keys, and of three where two make too many pairs.
    pub rules: Vec<Candidate>,
}

/// Lists the candidate rules and counts their pairs on a sample.
pub fn catalogue(linker: &Linker, budget: f64, size_max: usize) -> Catalogue {
    let features = linker.features();
    let keys: Vec<(usize, Part, Codes)> = features
        .iter()
        .enumerate()
        .flat_map(|(slot, f)| parts(f.column.kind).iter().map(move |p| (slot, *p)))
        .map(|(slot, part)| (slot, part, part_codes(&features[slot], part)))
        .collect();
    let rows = sample_rows(linker);
    let scale = (linker.len() as f64 / (rows.len() / linker.width()).max(1) as f64).powi(2);
    let size_max = ((size_max as f64 / scale.sqrt()).ceil() as usize).max(4);
    let values = |slot: usize| features[slot].column.dict.len();
    let alone: Vec<f64> = keys
        .par_iter()
        .map(|(slot, _, codes)| agreement(&rows, linker.width(), *slot, codes, values(*slot)))
        .collect();
    let count = |set: &[usize]| candidate(linker, &keys, &rows, set, scale, size_max, &alone);
    let mut sets: Vec<Vec<usize>> = (0..keys.len()).map(|i| vec![i]).collect();
    for i in 0..keys.len() {
        sets.extend((i + 1..keys.len()).filter(|j| keys[*j].0 != keys[i].0).map(|j| vec![i, j]));
    }
    let rules: Vec<Candidate> = sets.par_iter().map(|s| count(s)).collect();
    let wide: Vec<&Candidate> =
        rules.iter().filter(|r| r.keys.len() == 2 && r.pairs > budget / 8.0).collect();
    let mut triples: Vec<Vec<usize>> = Vec::new();
    for rule in wide {
        let (i, j) = (rule.keys[0], rule.keys[1]);
        let free = (j + 1..keys.len()).filter(|k| keys[*k].0 != keys[i].0 && keys[*k].0 != keys[j].0);
        triples.extend(free.map(|k| vec![i, j, k]));
    }
    // A quarter of a thousand is more than is ever chosen; the rest would cost counting time on wide tables.
    let step = triples.len().div_ceil(250).max(1);
    let triples: Vec<Vec<usize>> = triples.into_iter().step_by(step).collect();
    let more: Vec<Candidate> = triples.par_iter().map(|s| count(s)).collect();
    Catalogue { rules: rules.into_iter().chain(more).filter(|r| r.pairs > 0.0).collect(), keys }
}

fn sample_rows(linker: &Linker) -> Vec<u32> {
    let n = linker.len();
    if n <= RULE_SAMPLE {
        return linker.rows().to_vec();
    }
    let mut picked: Vec<(u64, u32)> = (0..n as u32).map(|i| (mix(u64::from(i) + 7), i)).collect();
    picked.select_nth_unstable(RULE_SAMPLE);
    picked[..RULE_SAMPLE].iter().flat_map(|(_, i)| linker.row(*i).iter().copied()).collect()
}

fn pairs_of(records: u32) -> f64 {
    f64::from(records) * (f64::from(records) - 1.0) / 2.0
}

/// Probability that two random records agree on a key.
fn agreement(rows: &[u32], width: usize, slot: usize, codes: &Codes, values: usize) -> f64 {
    let mut counts = vec![0u32; values + 1];
    let mut records = 0u32;
    for row in rows.chunks_exact(width) {
        counts[codes.of(row[slot]) as usize] += 1;
        records += 1;
    }
    counts.iter().skip(1).map(|c| pairs_of(*c)).sum::<f64>() / pairs_of(records).max(1.0)
}

fn candidate(
    linker: &Linker,
    keys: &[(usize, Part, Codes)],
    rows: &[u32],
    set: &[usize],
    scale: f64,
    size_max: usize,
    alone: &[f64],
) -> Candidate {
    let features = linker.features();
    let parts: Vec<(usize, &Codes)> = set.iter().map(|k| (keys[*k].0, &keys[*k].2)).collect();
    let mut blocks: FxHashMap<u64, u32> = FxHashMap::default();
    for key in rule_keys(rows, linker.width(), &parts).into_iter().filter(|key| *key != 0) {
        *blocks.entry(key).or_insert(0) += 1;
    }
    let found: f64 = blocks.values().map(|c| pairs_of(*c)).sum();
    let within: f64 = blocks.values().filter(|c| **c as usize <= size_max).map(|c| pairs_of(*c)).sum();
    let n = (rows.len() / linker.width().max(1)) as f64;
    let all = (n * (n - 1.0) / 2.0).max(1.0);
    let oversize = blocks.iter().filter(|(_, c)| **c as usize > size_max).map(|(key, _)| *key).collect();
    let chance = set.iter().map(|k| alone[*k]).product::<f64>() * all;
    let purity = if set.len() == 1 { 0.0 } else { (1.0 - chance / found.max(1e-9)).max(0.0) };
    let rule = Rule {
        keys: set
            .iter()
            .map(|k| Key { column: features[keys[*k].0].column.name.clone(), part: keys[*k].1 })
            .collect(),
    };
    Candidate {
        rule,
        slots: parts.iter().map(|p| p.0).collect(),
        keys: set.to_vec(),
        pairs: within * scale,
        purity,
        oversize,
    }
}

/// Sampled pairs that agree on the keys of one rule.
pub struct Stratum {
    /// Comparisons that the rule's keys decide, which say nothing here.
    pub tied: Vec<bool>,
    /// How many comparable pairs the whole rule makes.
    pub pairs: f64,
    /// The sampled pairs.
    pub sample: Vec<(u32, u32)>,
    /// The rule's purity.
    pub purity: f64,
    /// The rule.
    pub rule: Candidate,
}

/// Draws the pairs of a rule, the same ones on every run.
pub fn stratum(
    linker: &Linker,
    catalogue: &Catalogue,
    rule: &Candidate,
    bound: &[Bound],
    size_max: usize,
    clean: &[bool],
) -> Stratum {
    let parts: Vec<(usize, &Codes)> =
        rule.keys.iter().map(|k| (catalogue.keys[*k].0, &catalogue.keys[*k].2)).collect();
    let mut keys = rule_keys(linker.rows(), linker.width(), &parts);
    // In a large set a part of the blocks is sample enough: the keys are hashes, so any part is as good as another.
    let shares = (rule.pairs / (SAMPLED_FROM * STRATUM_PAIRS) as f64) as u64;
    let shares = shares.clamp(1, (linker.len() as u64 / RECORDS_MIN).max(1));
    if shares > 1 {
        keys.par_iter_mut().filter(|key| **key % shares != 0).for_each(|key| *key = 0);
    }
    let order = repeated(&keys);
    let blocks: Vec<&[(u64, u32)]> =
        order.chunk_by(|a, b| a.0 == b.0).filter(|b| b.len() > 1 && b.len() <= size_max).collect();
    let total: u64 = blocks.iter().map(|b| (b.len() * (b.len() - 1) / 2) as u64).sum();
    let keep_all = total <= STRATUM_PAIRS;
    let threshold = (STRATUM_PAIRS as f64 / total.max(1) as f64 * u64::MAX as f64) as u64;
    let (mut sample, mut picked) = (Vec::new(), 0u64);
    for block in blocks {
        for (i, (_, a)) in block.iter().enumerate() {
            for (_, b) in &block[i + 1..] {
                let pick = keep_all || mix(u64::from(*a) << 32 | u64::from(*b)) <= threshold;
                picked += u64::from(pick);
                if pick && linker.comparable(*a, *b, clean) {
                    sample.push((*a, *b));
                }
            }
        }
    }
    let tied = bound
        .iter()
        .map(|b| b.slots.iter().any(|s| *s != NONE && rule.slots.contains(s)) && owns(b, &rule.slots))
        .collect();
    let pairs = (total * shares) as f64 * sample.len() as f64 / picked.max(1) as f64;
    Stratum { tied, pairs, sample, purity: rule.purity, rule: rule.clone() }
}

/// Names look at each other's column only for swaps; that does not tie them.
fn owns(bound: &Bound, slots: &[usize]) -> bool {
    use crate::compare::Aspect;
    match bound.aspect {
        Aspect::Locality => true,
        _ => slots.contains(&bound.slots[0]),
    }
}

/// True if a rule makes the pair: both agree on every key, and their block is not too large.
pub fn makes(linker: &Linker, catalogue: &Catalogue, rule: &Candidate, a: u32, b: u32) -> bool {
    let codes = |record: u32| {
        rule.keys.iter().map(move |k| {
            let (slot, _, codes) = &catalogue.keys[*k];
            u64::from(codes.of(linker.row(record)[*slot]))
        })
    };
    let agree = codes(a).zip(codes(b)).all(|(x, y)| x != 0 && x == y);
    agree && (rule.oversize.is_empty() || !rule.oversize.contains(&rule_key(codes(a))))
}

/// The features' kinds, in order.
pub fn kinds(features: &[Feature]) -> Vec<crate::records::Kind> {
    features.iter().map(|f| f.column.kind).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unrank_names_every_pair_once() {
        let pairs: std::collections::BTreeSet<_> = (0..45).map(unrank).collect();
        assert_eq!(pairs.len(), 45);
        assert!(pairs.iter().all(|(a, b)| b < a && *a < 10));
    }
}
