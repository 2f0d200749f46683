//! What is usual elsewhere, for as long as records are few: chance agreement can not be seen where little varies.
//!
//! 1. One record, or records of which no two differ: nothing can be learned, and [`model`] has usual numbers alone. Rows that
//!    agree in all they hold are one entity.
//! 2. A few records: what they show is taken beside [`IMAGINED_PAIRS`] pairs that behave as is usual. Twelve people of twelve
//!    given names do not show that a given name is worth thirty bits.

use crate::calibrate::Calibration;
use crate::compare::{Aspect, Bound};
use crate::linker::Linker;
use crate::model::{Comparison, FORMAT, Level, Model, Rule};

/// Two values of one entity agree exactly.
const AGREE: f64 = 0.9;
/// Two values of one entity differ, two of strangers do so.
const DIFFER: (f64, f64) = (0.03, 0.9);
/// So many random pairs are imagined beside those of the records: as many as 45 records have.
pub(crate) const IMAGINED_PAIRS: f64 = 1000.0;
/// No more of the pairs of a few records are matches beforehand.
const PRIOR_MAX: f64 = 0.3;
/// Where nothing varies, the model will meet records that it has seen nothing like.
const PRIOR_BLIND: f64 = 0.05;

/// How often two strangers agree exactly, in a town's worth of people: orders of magnitude, from the data sets of
/// `docs/research/resolution.md`.
pub(crate) fn chance(aspect: Aspect) -> f64 {
    match aspect {
        Aspect::Email | Aspect::Phone | Aspect::Identifier => 1e-6,
        Aspect::Date => 5e-5,
        Aspect::Street | Aspect::Text => 1e-4,
        Aspect::FamilyName | Aspect::Locality => 2e-3,
        Aspect::GivenName | Aspect::Number => 1e-2,
        Aspect::MiddleName => 5e-2,
        Aspect::Category | Aspect::Exact | Aspect::Source => 0.1,
    }
}

/// The share of exact agreement among random pairs, of which `pairs` were seen, beside what is usual. Never less than was
/// seen: what a few households share stays as common as it is among them. But of what is made to be one person's, those who agree
/// are rather the matches than the chance.
pub(crate) fn beside(aspect: Aspect, share: f64, pairs: f64) -> f64 {
    let both = (share * pairs + chance(aspect) * IMAGINED_PAIRS) / (pairs + IMAGINED_PAIRS);
    match aspect {
        Aspect::Email | Aspect::Identifier => both,
        _ => share.max(both),
    }
}

/// Three matches for ten records, as a share of all pairs.
pub(crate) fn prior(records: f64, pairs: f64) -> f64 {
    (0.3 * records / pairs).min(PRIOR_MAX)
}

/// True if there is nothing to learn from.
pub(crate) fn nothing_varies(linker: &Linker) -> bool {
    linker.len() < 2 || linker.features().iter().all(|f| f.column.dict.len() < 2)
}

/// A model of usual numbers.
pub(crate) fn model(linker: &Linker, bound: &[Bound], blocking: Vec<Rule>, pairs: f64) -> Model {
    let name = |slot: &usize| linker.features().get(*slot).map_or(String::new(), |f| f.column.name.clone());
    let levels = |aspect: Aspect| {
        let names = &aspect.levels()[1..];
        let (last, between) = (names.len() - 1, (names.len() as f64 - 2.0).max(1.0));
        let number = |at: usize, exact: f64, different: f64| match at {
            0 => exact,
            _ if at == last => different,
            _ => (1.0 - exact - different) / between,
        };
        let level = |(at, name): (usize, &&str)| Level {
            level: (*name).into(),
            m: number(at, AGREE, DIFFER.0),
            u: number(at, chance(aspect), DIFFER.1.min(1.0 - 2.0 * chance(aspect))),
        };
        names.iter().enumerate().map(level).collect()
    };
    let comparison = |b: &Bound| Comparison {
        aspect: b.aspect,
        columns: b.slots.iter().map(name).collect(),
        shared_in_household: 0.0,
        u_when_names_agree: Vec::new(),
        levels: levels(b.aspect),
    };
    Model {
        format: FORMAT,
        prior_match: prior(linker.len() as f64, pairs).min(PRIOR_BLIND),
        prior_relative: 0.0,
        trained_on: linker.len() as u64,
        estimated: None,
        frequencies: None,
        calibration: Some(Calibration::unlabelled()),
        sources: Vec::new(),
        blocking,
        comparisons: bound.iter().map(comparison).collect(),
    }
}
