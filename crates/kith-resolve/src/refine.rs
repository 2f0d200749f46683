//! Training, last step where data are few: every pair is looked at.
//!
//! A stratum leaves out the columns that it ties, so m of a field is learned among pairs that agree on two others. Where
//! duplicates have about one error each, that error is then always in the field at hand, and its m comes out far too
//! low. Where all pairs are scored anyway, they can be the sample: nothing is tied, nothing is chosen.

use crate::compare::{Aspect, Bound, Cache};
use crate::linker::Linker;
use crate::sample::unrank;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// Agreement patterns of all pairs and how many pairs show each, in order of the patterns.
pub fn all_patterns(linker: &Linker, bound: &[Bound], clean: &[bool]) -> Vec<(Vec<u8>, f64)> {
    const CHUNK: u64 = 65_536;
    let n = linker.len() as u64;
    let all = n * n.saturating_sub(1) / 2;
    let tables: Vec<FxHashMap<Vec<u8>, f64>> = (0..all.div_ceil(CHUNK))
        .into_par_iter()
        .map(|chunk| {
            let mut cache: Vec<Cache> = bound.iter().map(|_| Cache::new()).collect();
            let mut counts: FxHashMap<Vec<u8>, f64> = FxHashMap::default();
            let mut pattern = vec![0u8; bound.len()];
            for (a, b) in (chunk * CHUNK..((chunk + 1) * CHUNK).min(all)).map(unrank) {
                if !linker.comparable(a, b, clean) {
                    continue;
                }
                let (x, y) = (linker.row(a), linker.row(b));
                for ((level, bound), cache) in pattern.iter_mut().zip(bound).zip(&mut cache) {
                    *level = bound.level(linker.features(), x, y, cache);
                }
                match counts.get_mut(&pattern) {
                    Some(count) => *count += 1.0,
                    None => _ = counts.insert(pattern.clone(), 1.0),
                }
            }
            counts
        })
        .collect();
    let mut total: FxHashMap<Vec<u8>, f64> = FxHashMap::default();
    for (pattern, count) in tables.into_iter().flatten() {
        *total.entry(pattern).or_insert(0.0) += count;
    }
    let mut out: Vec<(Vec<u8>, f64)> = total.into_iter().collect();
    out.sort_by(|a, b| a.0.cmp(&b.0));
    out
}

/// True if given and family name agree at least roughly; `names` are their places in the pattern.
pub fn names_agree(pattern: &[u8], names: [usize; 2]) -> bool {
    (1..=6).contains(&pattern[names[0]]) && (1..=4).contains(&pattern[names[1]])
}

/// Places of given and family name among the comparisons.
pub fn names(bound: &[Bound]) -> Option<[usize; 2]> {
    let find = |aspect| bound.iter().position(|b| b.aspect == aspect);
    Some([find(Aspect::GivenName)?, find(Aspect::FamilyName)?])
}
