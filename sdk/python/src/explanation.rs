//! Why two records match, as a table and in words.

use crate::export::ArrowTable;
use arrow_array::{ArrayRef, Float64Array, StringArray};
use kith_resolve::{Explanation, FieldWeight};
use pyo3::prelude::*;
use std::sync::Arc;

/// The fields as a table; each in words, with its bits; prior, household, calibration, weight and
/// probability.
pub type Why = (ArrowTable, Vec<(String, String, f64)>, [f64; 5]);

/// An explanation on its way to Python.
pub fn shown(why: &Explanation) -> PyResult<Why> {
    let sums = [why.prior_bits, why.household_bits, why.calibration_bits, why.weight_bits, why.probability];
    Ok((fields_table(&why.fields)?, why.fields.iter().map(in_words).collect(), sums))
}

fn in_words(field: &FieldWeight) -> (String, String, f64) {
    let side = |values: &[Option<String>]| {
        let known: Vec<&str> = values.iter().flatten().map(String::as_str).collect();
        if known.is_empty() { "–".to_string() } else { known.join(", ") }
    };
    let (left, right) = (side(&field.left), side(&field.right));
    let values = if left == right { left } else { format!("{left} | {right}") };
    (field.columns.join(", "), format!("{}: {values}", field.level), field.weight_bits)
}

fn fields_table(fields: &[FieldWeight]) -> PyResult<ArrowTable> {
    let values = |pick: fn(&FieldWeight) -> &Vec<Option<String>>| -> ArrayRef {
        let joined = fields.iter().map(|field| {
            let known: Vec<&str> = pick(field).iter().flatten().map(String::as_str).collect();
            (!known.is_empty()).then(|| known.join(", "))
        });
        Arc::new(StringArray::from_iter(joined))
    };
    let number = |pick: fn(&FieldWeight) -> Option<f64>| -> ArrayRef {
        Arc::new(Float64Array::from_iter(fields.iter().map(pick)))
    };
    ArrowTable::new(vec![
        ("columns", Arc::new(StringArray::from_iter_values(fields.iter().map(|f| f.columns.join(", "))))),
        ("left", values(|f| &f.left)),
        ("right", values(|f| &f.right)),
        ("level", Arc::new(StringArray::from_iter_values(fields.iter().map(|f| f.level.as_str())))),
        ("m", number(|f| f.m)),
        ("u", number(|f| f.u)),
        ("weight_bits", number(|f| Some(f.weight_bits))),
        ("term_frequency_bits", number(|f| Some(f.term_frequency_bits))),
    ])
}
