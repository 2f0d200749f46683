//! Candidate pairs, scored as they are made; only those worth keeping are stored.

use crate::blocks::{Blocks, Members};
use crate::compare::Cache;
use crate::linker::{Options, View};
use crate::model::Model;
use crate::score::Scorer;
use rayon::prelude::*;

/// A pair that may be one entity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge {
    /// The smaller record.
    pub a: u32,
    /// The larger record.
    pub b: u32,
    /// Match weight, bits.
    pub weight: f32,
}

impl Edge {
    /// Probability of a match, 0..1.
    pub fn probability(&self) -> f64 {
        probability(f64::from(self.weight))
    }
}

/// Probability that goes with a weight in bits.
pub fn probability(weight_bits: f64) -> f64 {
    1.0 / (1.0 + (-weight_bits).exp2())
}

/// The weight that goes with a probability.
pub fn weight_bits(probability: f64) -> f64 {
    (probability / (1.0 - probability)).log2()
}

/// What one blocking rule did.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct RuleReport {
    /// The rule in words.
    pub rule: String,
    /// Pairs that it was the first to make.
    pub pairs: u64,
    /// Of them, pairs kept as edges.
    pub edges: u64,
}

/// Makes and scores all candidate pairs. The result is in order of the records, whatever the number of threads.
pub fn score_candidates(
    view: View,
    model: &Model,
    scorer: &Scorer,
    options: &Options,
) -> (Vec<Edge>, Vec<RuleReport>) {
    let mut blocks = Blocks::new(view.features, view.rows, &model.blocking, options.block_size_max);
    let floor = scorer.evidence(weight_bits(options.probability_min) as f32);
    let mut edges: Vec<Edge> = Vec::new();
    let mut reports = Vec::new();
    let together = rayon::current_num_threads().max(1);
    for first in (0..blocks.len()).step_by(together) {
        let rules = first..blocks.len().min(first + together);
        let made = blocks.make(rules.clone(), view.len());
        for (rule, members) in rules.zip(made) {
            let parts: Vec<(Vec<Edge>, u64)> = spans(&members.starts)
                .into_par_iter()
                .map(|span| Span { view, scorer, blocks: &blocks, rule, floor }.score(&members, span))
                .collect();
            let kept = parts.iter().map(|(found, _)| found.len() as u64).sum();
            let pairs = parts.iter().map(|(_, made)| made).sum();
            edges.extend(parts.into_iter().flat_map(|(found, _)| found));
            reports.push(RuleReport { rule: model.blocking[rule].to_string(), pairs, edges: kept });
        }
    }
    edges.par_sort_unstable_by_key(|e| (e.a, e.b));
    (edges, reports)
}

/// Runs of blocks with about equally many pairs.
fn spans(starts: &[u32]) -> Vec<(usize, usize)> {
    const PAIRS: u64 = 200_000;
    let (mut out, mut first, mut pairs) = (Vec::new(), 0, 0u64);
    for block in 0..starts.len().saturating_sub(1) {
        let size = u64::from(starts[block + 1] - starts[block]);
        pairs += size * (size - 1) / 2;
        if pairs >= PAIRS {
            out.push((first, block + 1));
            (first, pairs) = (block + 1, 0);
        }
    }
    out.push((first, starts.len().saturating_sub(1)));
    out
}

/// Records whose codes are fetched together: the memory then answers several at once.
const FETCHED: usize = 512;

/// Scores the pairs of some blocks.
struct Span<'a> {
    view: View<'a>,
    scorer: &'a Scorer,
    blocks: &'a Blocks,
    rule: usize,
    floor: f32,
}

impl Span<'_> {
    /// The pairs worth keeping, and how many were looked at.
    fn score(&self, members: &Members, (first, last): (usize, usize)) -> (Vec<Edge>, u64) {
        let mut cache: Vec<Cache> = self.scorer.bound.iter().map(|_| Cache::new()).collect();
        let (mut rows, mut codes) = (Vec::new(), Vec::new());
        let (mut found, mut made) = (Vec::new(), 0);
        let mut begin = first;
        while begin < last {
            let (from, mut end) = (members.starts[begin] as usize, begin + 1);
            while end < last && members.starts[end] as usize - from < FETCHED {
                end += 1;
            }
            let records = &members.records[from..members.starts[end] as usize];
            rows.clear();
            codes.clear();
            records.iter().for_each(|record| rows.extend_from_slice(self.view.row(*record)));
            records.iter().for_each(|record| codes.extend_from_slice(self.blocks.row(*record)));
            for block in begin..end {
                let places = members.starts[block] as usize - from..members.starts[block + 1] as usize - from;
                for i in places.clone() {
                    made += self.one(i, i + 1..places.end, records, (&rows, &codes), &mut cache, &mut found);
                }
            }
            begin = end;
        }
        (found, made)
    }

    /// One record against some that come after it.
    fn one(
        &self,
        i: usize,
        others: std::ops::Range<usize>,
        records: &[u32],
        (rows, codes): (&[u32], &[u32]),
        cache: &mut [Cache],
        found: &mut Vec<Edge>,
    ) -> u64 {
        let (width, keys) = (self.view.features.len(), self.blocks.width());
        let row = |place: usize| &rows[place * width..][..width];
        let code = |place: usize| &codes[place * keys..][..keys];
        let a = records[i];
        let mut made = 0;
        for (j, b) in others.clone().zip(&records[others]) {
            if self.view.one_source(a, *b) || self.blocks.made_before(self.rule, a, code(i), code(j)) {
                continue;
            }
            made += 1;
            let sources = self.scorer.source_bits(self.view.sources(a, *b));
            let weight =
                self.scorer.weight_over(sources, self.view.features, row(i), row(j), self.floor, cache);
            found.extend(weight.map(|weight| Edge { a, b: *b, weight }));
        }
        made
    }
}
