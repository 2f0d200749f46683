//! What the steps left, read back as a `Resolution` in the order that one process gives.

use super::Spread;
use crate::error::{Error, Result};
use crate::exec::batch::Left;
use datafusion::arrow::array::{ArrowPrimitiveType, AsArray, PrimitiveArray, RecordBatch};
use datafusion::arrow::datatypes::{Float32Type, UInt8Type, UInt32Type, UInt64Type};
use kith_resolve::candidates::RuleReport;
use kith_resolve::{Edge, Merge, MergeTree, Resolution};

/// A column of numbers.
pub(super) fn column<T: ArrowPrimitiveType>(batch: &RecordBatch, at: usize) -> Result<&PrimitiveArray<T>> {
    let found = batch.columns().get(at).and_then(|c| c.as_primitive_opt::<T>());
    found.ok_or_else(|| {
        Error::internal("a step left another column", format!("column {at} of {}", batch.schema()))
    })
}

/// Edges, merges and what the rules did, by the caller's numbers.
pub(super) fn resolution(spread: &Spread, merges: Option<&Left>) -> Result<Resolution> {
    let pair = |a: u32, b: u32| {
        let (a, b) = (spread.linker.outside(a), spread.linker.outside(b));
        (a.min(b), a.max(b))
    };
    let mut edges: Vec<Edge> = Vec::with_capacity(spread.edges.rows as usize);
    spread.edges.read(&mut |batch| {
        let (a, b) = (column::<UInt32Type>(batch, 0)?, column::<UInt32Type>(batch, 1)?);
        let weights = column::<Float32Type>(batch, 2)?;
        edges.extend((0..batch.num_rows()).map(|row| {
            let (a, b) = pair(a.value(row), b.value(row));
            Edge { a, b, weight: weights.value(row) }
        }));
        Ok(())
    })?;
    edges.sort_unstable_by_key(|e| (e.a, e.b));
    let mut found: Vec<(u32, Merge)> = Vec::new();
    if let Some(merges) = merges {
        merges.read(&mut |batch| {
            let component = column::<UInt32Type>(batch, 0)?;
            let (a, b) = (column::<UInt32Type>(batch, 1)?, column::<UInt32Type>(batch, 2)?);
            let confidence = column::<Float32Type>(batch, 3)?;
            found.extend((0..batch.num_rows()).map(|row| {
                let (a, b) = pair(a.value(row), b.value(row));
                (component.value(row), Merge { a, b, confidence: confidence.value(row) })
            }));
            Ok(())
        })?;
    }
    // Stable: the merges of a component keep their order.
    found.sort_by_key(|(component, _)| *component);
    let merges = found.into_iter().map(|(_, merge)| merge).collect();
    let tree = MergeTree { len: spread.linker.len(), merges };
    Ok(Resolution { edges, tree, rules: rules(spread)? })
}

fn rules(spread: &Spread) -> Result<Vec<RuleReport>> {
    let report = |rule: &kith_resolve::model::Rule| RuleReport { rule: rule.to_string(), pairs: 0, edges: 0 };
    let mut reports: Vec<RuleReport> = spread.model.blocking.iter().map(report).collect();
    let summed = spread.run(
        "rules",
        &[("blocks", &spread.blocks)],
        "SELECT rule, sum(pairs['made']) AS made, sum(pairs['kept']) AS kept FROM blocks GROUP BY rule"
            .into(),
    )?;
    summed.read(&mut |batch| {
        let rules = column::<UInt8Type>(batch, 0)?;
        let (made, kept) = (column::<UInt64Type>(batch, 1)?, column::<UInt64Type>(batch, 2)?);
        for row in 0..batch.num_rows() {
            if let Some(report) = reports.get_mut(usize::from(rules.value(row))) {
                (report.pairs, report.edges) = (made.value(row), kept.value(row));
            }
        }
        Ok(())
    })?;
    Ok(reports)
}
