//! Candidate pairs, scored as they are made; only those worth keeping are stored.

use crate::block::Blocks;
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
    let blocks = Blocks::build(view.features, view.rows, &model.blocking, options.block_size_max);
    let floor = weight_bits(options.probability_min) as f32;
    let mut edges: Vec<Edge> = Vec::new();
    let mut reports = Vec::new();
    for (rule, (members, starts)) in blocks.members.iter().enumerate() {
        let spans = spans(starts);
        let parts: Vec<(Vec<Edge>, u64)> = spans
            .into_par_iter()
            .map(|(first, last)| {
                let mut cache: Vec<Cache> = scorer.bound.iter().map(|_| Cache::new()).collect();
                let mut found = (Vec::new(), 0u64);
                for block in first..last {
                    let records = &members[starts[block] as usize..starts[block + 1] as usize];
                    one_block(view, scorer, &blocks, rule, records, floor, &mut cache, &mut found);
                }
                found
            })
            .collect();
        let before = edges.len();
        let mut pairs = 0;
        for (found, made) in parts {
            edges.extend(found);
            pairs += made;
        }
        reports.push(RuleReport {
            rule: model.blocking[rule].to_string(),
            pairs,
            edges: (edges.len() - before) as u64,
        });
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

#[expect(clippy::too_many_arguments, reason = "the inner loop's state, borrowed apart")]
fn one_block(
    view: View,
    scorer: &Scorer,
    blocks: &Blocks,
    rule: usize,
    records: &[u32],
    floor: f32,
    cache: &mut [Cache],
    (found, made): &mut (Vec<Edge>, u64),
) {
    for (i, a) in records.iter().enumerate() {
        for b in &records[i + 1..] {
            let (a, b) = (*a.min(b), *a.max(b));
            if view.one_source(a, b) || blocks.made_before(rule, a, b) {
                continue;
            }
            *made += 1;
            let sources = scorer.source_bits(view.sources(a, b));
            if let Some(weight) =
                scorer.weight_from(sources, view.features, view.row(a), view.row(b), floor, cache)
            {
                found.push(Edge { a, b, weight });
            }
        }
    }
}
