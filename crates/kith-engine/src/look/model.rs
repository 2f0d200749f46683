//! The model in force, comparison by comparison, with what it meets in the records.

use super::examples::{named, unnamed};
use super::shape::{
    BlockingRule, ComparisonView, ModelView, RuleOutcome, RuleView, SelfMatch, TermFrequency, Unlinkable,
};
use crate::error::Result;
use crate::facts::Seen;
use crate::profile::{compared, label, model_level};
use crate::project::Project;
use crate::resolve::model::does_not_fit;
use crate::resolve::model::none as no_model;
use kith_core::config::{MatchRule, Verdict};
use kith_core::id::NodeId;
use kith_resolve::candidates::weight_bits;
use kith_resolve::compare::{Cache, NONE};
use kith_resolve::feature::Feature;
use kith_resolve::model::Comparison;
use kith_resolve::score::Scorer;
use kith_resolve::{Linker, Model};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Common and rare values shown of each comparison, as many of each.
const TERMS_SHOWN: usize = 5;

/// As many records that say least as fit a small table.
const LEAST_SHOWN: usize = 5;

/// Beyond these weights a curve says nothing that anybody asks.
const CURVE: (f64, f64) = (-20.0, 80.0);

/// The confidences at which unlinkable records are counted.
const UNLINKABLE_AT: [f64; 8] = [0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999, 0.9999];

/// What only the encoded records can tell of a model.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Met {
    comparisons: Vec<ComparisonView>,
    unlinkables: Vec<Unlinkable>,
    self_match: Vec<SelfMatch>,
    says_least: Vec<NodeId>,
    prior_bits: f64,
}

impl Met {
    pub(super) fn of((linker, model): (&Linker, &Model), nodes: &[NodeId], confidence: f64) -> Result<Met> {
        let scorer = Scorer::new(linker.features(), model).map_err(does_not_fit)?;
        let comparisons = model.comparisons.iter().zip(&scorer.bound);
        let comparisons = comparisons.map(|(c, bound)| comparison(c, bound.slots, linker)).collect();
        let weights = self_weights(linker, &scorer);
        let least = weights.iter().take(LEAST_SHOWN).filter_map(|(_, record)| nodes.get(*record as usize));
        Ok(Met {
            comparisons,
            unlinkables: unlinkables(&weights, confidence),
            self_match: curve(&weights),
            says_least: least.copied().collect(),
            prior_bits: scorer.prior_bits,
        })
    }
}

/// The model in force, without what the last resolution counted ([`follow`]) and without names.
pub(super) fn view(project: &Project, met: Met) -> Result<ModelView> {
    let (model_position, entry) = project.live.model()?.ok_or_else(no_model)?;
    let model = project.model()?.ok_or_else(no_model)?;
    Ok(ModelView {
        position: project.live.position(),
        model_position,
        toml: entry.toml,
        trained_on: model.trained_on,
        prior_match: model.prior_match,
        prior_bits: met.prior_bits,
        prior_relative: model.prior_relative,
        confidence: project.config().project.confidence,
        comparisons: met.comparisons,
        blocking: model.blocking.iter().map(|rule| uncounted(rule.to_string())).collect(),
        rules: Vec::new(),
        unlinkables: met.unlinkables,
        self_match: met.self_match,
        says_least: met.says_least.into_iter().map(unnamed).collect(),
    })
}

/// Adds what is of the moment: names, rules, and what the last resolution counted.
pub(super) fn follow(view: &mut ModelView, project: &Project, seen: &Seen) -> Result<()> {
    let counted = |rule: &str| seen.blocking.iter().find(|b| b.rule == rule).cloned();
    view.blocking.iter_mut().for_each(|rule| *rule = counted(&rule.rule).unwrap_or_else(|| rule.clone()));
    view.rules = project.config().rules.iter().map(|rule| rule_view(rule, seen)).collect();
    let reader = project.reader();
    let mut least = Vec::with_capacity(view.says_least.len());
    for record in std::mem::take(&mut view.says_least) {
        least.extend(named(&reader, record.node_id)?);
    }
    view.says_least = least;
    Ok(())
}

fn uncounted(rule: String) -> BlockingRule {
    BlockingRule { rule, pairs: None, edges: None }
}

fn comparison(comparison: &Comparison, slots: [usize; 3], linker: &Linker) -> ComparisonView {
    let own = slots.first().filter(|slot| **slot != NONE).and_then(|slot| linker.features().get(*slot));
    let counts = own.map(|feature| counts(feature, slots.first().copied().unwrap_or(0), linker));
    let counts = counts.unwrap_or_default();
    let present: u64 = counts.iter().map(|n| u64::from(*n)).sum();
    let rare = comparison.aspect.rarity(1).is_some();
    ComparisonView {
        label: label(&compared(comparison)),
        columns: comparison.columns.iter().filter(|c| !c.is_empty()).cloned().collect(),
        aspect: aspect(comparison),
        present,
        distinct: counts.iter().filter(|n| **n > 0).count() as u64,
        shared_in_household: comparison.shared_in_household,
        levels: comparison.levels.iter().map(model_level).collect(),
        term_frequencies: own.filter(|_| rare).map(|f| terms(f, &counts)).unwrap_or_default(),
    }
}

/// The aspect's word in model.toml.
fn aspect(comparison: &Comparison) -> String {
    serde_json::to_value(comparison.aspect)
        .ok()
        .and_then(|v| v.as_str().map(String::from))
        .unwrap_or_default()
}

/// How many records hold each value; that of "missing" is 0.
fn counts(feature: &Feature, slot: usize, linker: &Linker) -> Vec<u32> {
    let mut counts = vec![0u32; feature.rarity.len()];
    for record in 0..linker.len() as u32 {
        let code = linker.row(record).get(slot).copied().unwrap_or(0) as usize;
        if let Some(count) = counts.get_mut(code).filter(|_| code > 0) {
            *count += 1;
        }
    }
    counts
}

/// The most common values, and of the rare ones those of the first records.
fn terms(feature: &Feature, counts: &[u32]) -> Vec<TermFrequency> {
    let mut codes: Vec<usize> = (1..counts.len()).filter(|code| counts[*code] > 0).collect();
    codes.sort_by_key(|code| (std::cmp::Reverse(counts[*code]), *code));
    let rare = codes.iter().rev().take(TERMS_SHOWN.min(codes.len().saturating_sub(TERMS_SHOWN)));
    let shown: Vec<usize> = codes.iter().take(TERMS_SHOWN).chain(rare).copied().collect();
    shown
        .into_iter()
        .map(|code| TermFrequency {
            value: feature.text(code as u32).to_string(),
            records: counts[code].into(),
            bits: feature.rarity.get(code).copied().unwrap_or(0.0).into(),
        })
        .collect()
}

/// A rule, with what the last resolution met; nothing yet if it is new.
fn rule_view(rule: &MatchRule, seen: &Seen) -> RuleView {
    let known = seen.rules.iter().find(|outcome| outcome.name == rule.name).cloned();
    let (name, verdict) = (rule.name.clone(), rule.verdict.name().to_string());
    let (confidence, group_max) = match rule.verdict {
        Verdict::Match { confidence, group_max } => (Some(confidence), Some(group_max)),
        Verdict::Differ => (None, None),
    };
    RuleView {
        fields: rule.fields.iter().map(|f| f.name().to_string()).collect(),
        confidence,
        group_max,
        outcome: known.unwrap_or(RuleOutcome { name, verdict, ..RuleOutcome::default() }),
    }
}

/// What each record weighs against a perfect copy of itself, the least first.
fn self_weights(linker: &Linker, scorer: &Scorer) -> Vec<(f32, u32)> {
    let weight = |cache: &mut Vec<Cache>, record: u32| {
        let row = linker.row(record);
        scorer.weight(linker.features(), row, row, f32::NEG_INFINITY, cache).unwrap_or(f32::NEG_INFINITY)
    };
    let fresh = || scorer.bound.iter().map(|_| Cache::new()).collect::<Vec<_>>();
    let mut weights: Vec<(f32, u32)> = (0..linker.len() as u32)
        .into_par_iter()
        .with_min_len(4_096)
        .map_init(fresh, |cache, record| (weight(cache, record), linker.outside(record)))
        .collect();
    weights.par_sort_unstable_by(|x, y| x.0.total_cmp(&y.0).then(x.1.cmp(&y.1)));
    weights
}

/// Share of the records that reach less than a weight.
fn below(weights: &[(f32, u32)], bits: f64) -> (u64, f64) {
    let records = weights.partition_point(|(weight, _)| f64::from(*weight) < bits) as u64;
    (records, if weights.is_empty() { 0.0 } else { records as f64 / weights.len() as f64 })
}

/// How many records would not reach each confidence even against a perfect copy.
fn unlinkables(weights: &[(f32, u32)], confidence: f64) -> Vec<Unlinkable> {
    let mut asked = UNLINKABLE_AT.to_vec();
    asked.push(confidence);
    asked.sort_by(f64::total_cmp);
    asked.dedup();
    let row = |confidence: f64| {
        let bits = weight_bits(confidence);
        let (records, share) = below(weights, bits);
        Unlinkable { confidence, weight_bits: bits, records, share }
    };
    asked.into_iter().map(row).collect()
}

/// The curve from the record that says least to where nearly all records are, half bit by half bit.
fn curve(weights: &[(f32, u32)]) -> Vec<SelfMatch> {
    let at = |share: f64| {
        weights.get((weights.len() as f64 * share) as usize).map(|(weight, _)| f64::from(*weight))
    };
    let (Some(first), Some(last)) = (at(0.0), at(0.99)) else { return Vec::new() };
    let (first, last) = (first.max(CURVE.0).floor(), last.min(CURVE.1).ceil());
    let steps = ((last - first) * 2.0).max(0.0) as usize;
    let point = |step: usize| {
        let weight_bits = first + step as f64 / 2.0;
        SelfMatch { weight_bits, share: below(weights, weight_bits).1 }
    };
    (0..=steps).map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_of_unlinkable_records_rises_to_all_of_them() {
        let weights: Vec<(f32, u32)> = (0..200u32).map(|i| (i as f32 / 10.0 - 2.0, i)).collect();
        let curve = curve(&weights);
        assert!(curve.is_sorted_by(|x, y| x.weight_bits < y.weight_bits && x.share <= y.share));
        assert_eq!(curve.first().map(|p| (p.weight_bits, p.share)), Some((-2.0, 0.0)));
        assert!(curve.last().is_some_and(|p| p.share > 0.98), "{:?}", curve.last());
        let at =
            |c: f64| unlinkables(&weights, 0.95).into_iter().find(|u| u.confidence == c).map(|u| u.records);
        assert_eq!(at(0.5), Some(20), "weights below 0");
        assert_eq!(at(0.95).zip(at(0.999)).map(|(x, y)| x < y), Some(true));
        assert!(super::curve(&[]).is_empty());
    }
}
