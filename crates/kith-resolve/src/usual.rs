//! The model where nothing can be learned: one record, or records of which no two differ.
//!
//! Chance can not be seen where nothing varies, so what is usual elsewhere is taken: rows that agree in all they hold
//! are one entity.

use crate::calibrate::Calibration;
use crate::compare::Bound;
use crate::linker::Linker;
use crate::model::{Comparison, FORMAT, Level, Model, Rule};

/// Two values of one entity agree exactly, two of strangers do so.
const EXACT: (f64, f64) = (0.9, 0.003);

/// True if there is nothing to learn from.
pub(crate) fn nothing_varies(linker: &Linker) -> bool {
    linker.len() < 2 || linker.features().iter().all(|f| f.column.dict.len() < 2)
}

/// A model of usual numbers.
pub(crate) fn model(linker: &Linker, bound: &[Bound], blocking: Vec<Rule>, pairs: f64) -> Model {
    let name = |slot: &usize| linker.features().get(*slot).map_or(String::new(), |f| f.column.name.clone());
    let levels = |names: &[&str]| {
        let (agree, chance) = EXACT;
        let (last, between) = (names.len() - 1, (names.len() as f64 - 2.0).max(1.0));
        let number = |at: usize, exact: f64, different: f64| match at {
            0 => exact,
            _ if at == last => different,
            _ => (1.0 - exact - different) / between,
        };
        let level = |(at, name): (usize, &&str)| Level {
            level: (*name).into(),
            m: number(at, agree, 0.03),
            u: number(at, chance, 0.9),
        };
        names.iter().enumerate().map(level).collect()
    };
    let comparison = |b: &Bound| Comparison {
        aspect: b.aspect,
        columns: b.slots.iter().map(name).collect(),
        shared_in_household: 0.0,
        u_when_names_agree: Vec::new(),
        levels: levels(&b.aspect.levels()[1..]),
    };
    Model {
        format: FORMAT,
        prior_match: (0.3 * linker.len() as f64 / pairs).min(0.3),
        prior_relative: 0.0,
        trained_on: linker.len() as u64,
        frequencies: None,
        calibration: Some(Calibration::unlabelled()),
        sources: Vec::new(),
        blocking,
        comparisons: bound.iter().map(comparison).collect(),
    }
}
