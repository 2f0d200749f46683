//! The model in force, comparison by comparison, with what it meets in the records.

use super::shape::{
    BlockingRule, ComparisonView, ModelView, RuleOutcome, RuleView, TermFrequency, Unlinkable,
};
use crate::error::Result;
use crate::facts::Seen;
use crate::profile::{Encoded, compared, label, model_level};
use crate::project::Project;
use crate::resolve::model::does_not_fit;
use crate::resolve::model::none as no_model;
use kith_core::config::{MatchRule, Verdict};
use kith_resolve::candidates::{probability, weight_bits};
use kith_resolve::compare::{Cache, NONE};
use kith_resolve::feature::Feature;
use kith_resolve::model::Comparison;
use kith_resolve::score::Scorer;
use kith_resolve::{Linker, Model};
use rayon::prelude::*;

/// Common and rare values shown of each comparison, as many of each.
const TERMS_SHOWN: usize = 5;

/// The confidences at which unlinkable records are counted.
const UNLINKABLE_AT: [f64; 8] = [0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999, 0.9999];

pub(super) fn view(project: &Project, seen: &Seen) -> Result<ModelView> {
    let position = project.live.position();
    let (model_position, entry) = project.live.model()?.ok_or_else(no_model)?;
    let model = project.model()?.ok_or_else(no_model)?;
    let confidence = project.config().project.confidence;
    let encoded = project.encoded(&model)?;
    let Encoded { linker, .. } = encoded.as_ref();
    let scorer = Scorer::new(linker.features(), &model).map_err(does_not_fit)?;
    let comparisons = model.comparisons.iter().zip(&scorer.bound);
    let comparisons = comparisons.map(|(c, bound)| comparison(c, bound.slots, linker)).collect();
    Ok(ModelView {
        position,
        model_position,
        toml: entry.toml,
        trained_on: model.trained_on,
        prior_match: model.prior_match,
        prior_bits: scorer.prior_bits,
        prior_relative: model.prior_relative,
        confidence,
        comparisons,
        blocking: blocking(&model, seen),
        rules: project.config().rules.iter().map(|rule| rule_view(rule, seen)).collect(),
        unlinkables: unlinkables(linker, &scorer, confidence),
    })
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

/// The rules of the model, with what the last resolution counted.
fn blocking(model: &Model, seen: &Seen) -> Vec<BlockingRule> {
    let counted = |rule: &str| seen.blocking.iter().find(|b| b.rule == rule).cloned();
    let rules = model.blocking.iter().map(|rule| rule.to_string());
    rules.map(|rule| counted(&rule).unwrap_or(BlockingRule { rule, pairs: None, edges: None })).collect()
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

/// How many records would not reach each confidence even against a perfect copy.
fn unlinkables(linker: &Linker, scorer: &Scorer, confidence: f64) -> Vec<Unlinkable> {
    let weight = |cache: &mut Vec<Cache>, record: u32| {
        let row = linker.row(record);
        scorer.weight(linker.features(), row, row, f32::NEG_INFINITY, cache).unwrap_or(f32::NEG_INFINITY)
    };
    let fresh = || scorer.bound.iter().map(|_| Cache::new()).collect::<Vec<_>>();
    let mut weights: Vec<f32> = (0..linker.len() as u32)
        .into_par_iter()
        .with_min_len(4_096)
        .map_init(fresh, |cache, record| weight(cache, record))
        .collect();
    weights.sort_by(f32::total_cmp);
    let mut asked = UNLINKABLE_AT.to_vec();
    asked.push(confidence);
    asked.sort_by(f64::total_cmp);
    asked.dedup();
    let count = |c: f64| weights.partition_point(|w| probability(f64::from(*w)) < c) as u64;
    let share = |records: u64| if weights.is_empty() { 0.0 } else { records as f64 / weights.len() as f64 };
    let row = |confidence: f64| {
        let records = count(confidence);
        Unlinkable { confidence, weight_bits: weight_bits(confidence), records, share: share(records) }
    };
    asked.into_iter().map(row).collect()
}
