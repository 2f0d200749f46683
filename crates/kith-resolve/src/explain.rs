//! Why two records match, or do not: the waterfall from the prior to the probability.

use crate::candidates::probability;
use crate::compare::{Aspect, Cache, NONE};
use crate::error::Error;
use crate::feature::Feature;
use crate::linker::Linker;
use crate::model::Model;
use crate::score::Scorer;
use serde::Serialize;

/// The whole sum: `prior_bits + Σ fields.weight_bits + household_bits + calibration_bits = weight_bits`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// log2 of the odds that two random records match.
    pub prior_bits: f64,
    /// One entry per comparison, in the model's order; then one for the sources, where they say something.
    pub fields: Vec<FieldWeight>,
    /// What is taken off because they may be two people of one household; 0 or less.
    pub household_bits: f64,
    /// What calibration adds: summed bits are worth a little less, since fields depend on each other.
    pub calibration_bits: f64,
    /// The match weight.
    pub weight_bits: f64,
    /// The match probability, 0..1.
    pub probability: f64,
}

/// What one comparison adds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldWeight {
    /// What was compared.
    pub aspect: Aspect,
    /// The columns that hold it.
    pub columns: Vec<String>,
    /// The left record's values, in order of `columns`; `None` = missing.
    pub left: Vec<Option<String>>,
    /// The right record's values.
    pub right: Vec<Option<String>>,
    /// The agreement level.
    pub level: String,
    /// Probability of the level for two records of one entity; `None` where a side is missing.
    pub m: Option<f64>,
    /// Probability of the level for two different entities.
    pub u: Option<f64>,
    /// What it adds to the weight, rarity included.
    pub weight_bits: f64,
    /// The part of `weight_bits` that comes from how rare the value is.
    pub term_frequency_bits: f64,
}

/// Explains the pair `a`, `b`; both must be records of the linker.
pub fn explain(linker: &Linker, model: &Model, a: u32, b: u32) -> Result<Explanation, Error> {
    let inside = |record| linker.inside(record).ok_or(Error::NoRecord { record, records: linker.len() });
    let (a, b) = (inside(a)?, inside(b)?);
    let scorer = linker.scorer(model)?;
    let (x, y) = (linker.row(a), linker.row(b));
    Ok(explain_rows(linker.features(), model, &scorer, x, y, linker.view().sources(a, b)))
}

/// Explains two records by their codes.
pub(crate) fn explain_rows(
    features: &[Feature],
    model: &Model,
    scorer: &Scorer,
    x: &[u32],
    y: &[u32],
    sources: Option<(u16, u16)>,
) -> Explanation {
    let mut cache: Vec<Cache> = scorer.bound.iter().map(|_| Cache::new()).collect();
    let parts: Vec<_> =
        (0..scorer.bound.len()).map(|at| scorer.part(at, features, x, y, &mut cache)).collect();
    let mut fields: Vec<FieldWeight> = parts
        .iter()
        .enumerate()
        .map(|(at, part)| {
            let slots = scorer.bound[at].slots.into_iter().filter(|s| *s != NONE);
            let own: Vec<usize> = match scorer.bound[at].aspect {
                Aspect::GivenName => slots.take(1).collect(),
                // A former name only where one of the two has it.
                Aspect::FamilyName => {
                    let [name, _, former] = scorer.bound[at].slots;
                    slots.filter(|s| *s == name || *s == former && (x[*s], y[*s]) != (0, 0)).collect()
                }
                _ => slots.collect(),
            };
            let value = |row: &[u32], slot: usize| {
                Some(features[slot].text(row[slot]).to_string()).filter(|v| !v.is_empty())
            };
            let level = &scorer.bound[at].aspect.levels()[part.level as usize];
            let known = part.level.checked_sub(1).map(|l| &model.comparisons[at].levels[l as usize]);
            FieldWeight {
                aspect: scorer.bound[at].aspect,
                columns: own.iter().map(|s| features[*s].column.name.clone()).collect(),
                left: own.iter().map(|s| value(x, *s)).collect(),
                right: own.iter().map(|s| value(y, *s)).collect(),
                level: (*level).into(),
                m: known.map(|l| l.m),
                u: known.map(|l| l.u),
                weight_bits: f64::from(part.bits),
                term_frequency_bits: f64::from(part.rarity_bits),
            }
        })
        .collect();
    let said = scorer.source_bits(sources);
    fields.extend(source_weight(scorer, sources, said));
    let (weight, household, calibration) = scorer.total(&parts, said);
    Explanation {
        prior_bits: scorer.prior_bits,
        fields,
        household_bits: f64::from(household),
        calibration_bits: f64::from(calibration),
        weight_bits: f64::from(weight),
        probability: probability(f64::from(weight)),
    }
}

/// What it says that both records are of one source.
fn source_weight(scorer: &Scorer, sources: Option<(u16, u16)>, bits: f32) -> Option<FieldWeight> {
    let name = sources.filter(|_| bits != 0.0).and_then(|(source, _)| scorer.source_name(source))?;
    Some(FieldWeight {
        aspect: Aspect::Source,
        columns: vec!["source".into()],
        left: vec![Some(name.clone())],
        right: vec![Some(name)],
        level: Aspect::Source.levels()[1].into(),
        m: None,
        u: None,
        weight_bits: f64::from(bits),
        term_frequency_bits: 0.0,
    })
}
