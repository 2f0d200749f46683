//! Compares both sides of a copy: the columns, then the rows, by sums of segments. Where a segment's sums differ its rows are looked at.

use super::Copies;
use super::hold::Current;
use super::refresh::frame;
use super::shape::{CopyChecked, RowDiffers};
use crate::error::{Error, Result};
use crate::exec::sql_error::convert;
use datafusion::arrow::datatypes::Schema;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::catalog::TableProvider;
use datafusion::prelude::SessionContext;
use futures::StreamExt;
use kith_core::config::Copy;
use kith_core::sides::{Cell, Difference, Row, Sum, differences};
use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// Segments of a table, by a hash of the key.
const SEGMENTS: usize = 4096;
/// Rows that are held at once to be compared one by one, of each side.
const HELD_MAX: usize = 200_000;
/// Rows that a report names.
const NAMED_MAX: usize = 100;

/// Where the key and the other columns are, of both sides.
struct Columns {
    key: Vec<String>,
    others: Vec<String>,
}

/// A side: its rows in segments.
struct Side {
    rows: u64,
    sums: Vec<Sum>,
    held: BTreeMap<usize, Vec<Row>>,
}

fn segment(row: &Row) -> usize {
    let mut hasher = DefaultHasher::new();
    row.key.hash(&mut hasher);
    usize::try_from(hasher.finish() % SEGMENTS as u64).unwrap_or(0)
}

fn rows(batch: &RecordBatch, columns: &Columns, mut saw: impl FnMut(Row)) -> Result<()> {
    let bad = |e: &dyn std::fmt::Display| Error::internal("a value can not be written", e.to_string());
    let options = FormatOptions::default();
    let formatters = |names: &[String]| {
        let of = |name: &String| {
            let column = batch.column_by_name(name).ok_or_else(|| bad(name))?;
            Ok((column, ArrayFormatter::try_new(column, &options).map_err(|e| bad(&e))?))
        };
        names.iter().map(of).collect::<Result<Vec<_>>>()
    };
    let (key, others) = (formatters(&columns.key)?, formatters(&columns.others)?);
    for row in 0..batch.num_rows() {
        let cell = |(column, formatter): &(&Arc<dyn datafusion::arrow::array::Array>, ArrayFormatter<'_>)| -> Result<Cell> {
            match column.is_null(row) {
                true => Ok(None),
                false => formatter.value(row).try_to_string().map(Some).map_err(|e| bad(&e)),
            }
        };
        let (key, cells) =
            (key.iter().map(cell).collect::<Result<_>>()?, others.iter().map(cell).collect::<Result<_>>()?);
        saw(Row { key, cells });
    }
    Ok(())
}

/// Reads a side; rows of the `wanted` segments are held.
async fn side(table: Arc<dyn TableProvider>, columns: &Columns, wanted: &HashMap<usize, ()>) -> Result<Side> {
    let context = SessionContext::new();
    let mut batches = frame(&context, table)?.execute_stream().await.map_err(|e| convert(&e))?;
    let mut side = Side { rows: 0, sums: vec![Sum::default(); SEGMENTS], held: BTreeMap::new() };
    while let Some(batch) = batches.next().await {
        rows(&batch.map_err(|e| convert(&e))?, columns, |row| {
            side.rows += 1;
            let at = segment(&row);
            side.sums[at].add(&row);
            if wanted.contains_key(&at) {
                side.held.entry(at).or_default().push(row);
            }
        })?;
    }
    Ok(side)
}

/// What differs between the columns of both sides, in words.
fn columns_differ(source: &Schema, copy: &Schema) -> Vec<String> {
    let mut differ = Vec::new();
    for field in source.fields() {
        match copy.field_with_name(field.name()) {
            Err(_) => differ.push(format!("the copy has no column {:?}", field.name())),
            Ok(kept) if kept.data_type() != field.data_type() => {
                let (now, then) = (field.data_type(), kept.data_type());
                differ.push(format!("{:?} is {now} at the source and {then} in the copy", field.name()));
            }
            Ok(kept) if kept.is_nullable() != field.is_nullable() => {
                differ.push(format!("{:?} may be missing on one side and not on the other", field.name()));
            }
            Ok(_) => {}
        }
    }
    let gone = copy.fields().iter().filter(|field| source.field_with_name(field.name()).is_err());
    differ.extend(gone.map(|field| format!("the source has no column {:?} any more", field.name())));
    let order = |schema: &Schema| schema.fields().iter().map(|f| f.name().clone()).collect::<Vec<_>>();
    if differ.is_empty() && order(source) != order(copy) {
        differ.push("the columns are in another order".to_string());
    }
    differ
}

fn named(found: (Vec<Cell>, Difference), columns: &Columns) -> RowDiffers {
    let (key, difference) = found;
    let (kind, columns) = match difference {
        Difference::Missing => ("missing", Vec::new()),
        Difference::Extra => ("extra", Vec::new()),
        Difference::Changed(at) => {
            ("changed", at.iter().filter_map(|at| columns.others.get(*at).cloned()).collect())
        }
        Difference::Repeated(..) => ("repeated", Vec::new()),
    };
    RowDiffers { key, kind, columns }
}

impl Copies {
    /// Compares a copy with its table. A table that changes meanwhile differs.
    pub(super) async fn compare(
        &self,
        copy: &Copy,
        current: &Current,
        source: Arc<dyn TableProvider>,
    ) -> Result<CopyChecked> {
        let kept = self.provider(current).await?;
        let mut checked = CopyChecked {
            table: copy.name(),
            columns_differ: columns_differ(&source.schema(), &kept.schema()),
            segments: SEGMENTS as u64,
            ..CopyChecked::default()
        };
        // Only what both have can be compared; without a key a row is its own.
        let both: Vec<String> = source.schema().fields().iter().map(|f| f.name().clone()).collect();
        let both: Vec<String> =
            both.into_iter().filter(|name| kept.schema().field_with_name(name).is_ok()).collect();
        let by_key = !copy.key.is_empty() && copy.key.iter().all(|column| both.contains(column));
        let (key, others) = match by_key {
            true => (copy.key.clone(), both.into_iter().filter(|name| !copy.key.contains(name)).collect()),
            false => (both, Vec::new()),
        };
        let columns = Columns { key, others };
        let nothing = HashMap::new();
        let there = side(source.clone(), &columns, &nothing).await?;
        let here = side(kept.clone(), &columns, &nothing).await?;
        (checked.rows_source, checked.rows_copy) = (there.rows, here.rows);
        let differ: Vec<usize> = (0..SEGMENTS).filter(|at| there.sums[*at] != here.sums[*at]).collect();
        checked.segments_different = differ.len() as u64;
        let mut room = HELD_MAX as u64;
        let wanted: HashMap<usize, ()> = differ
            .iter()
            .take_while(|at| {
                let rows = there.sums[**at].rows.max(here.sums[**at].rows);
                let fits = room >= rows;
                room = room.saturating_sub(rows);
                fits
            })
            .map(|at| (*at, ()))
            .collect();
        checked.segments_looked_at = wanted.len() as u64;
        if !wanted.is_empty() {
            let there = side(source, &columns, &wanted).await?;
            let here = side(kept, &columns, &wanted).await?;
            let none = Vec::new();
            for at in wanted.keys() {
                let found =
                    differences(there.held.get(at).unwrap_or(&none), here.held.get(at).unwrap_or(&none));
                checked.rows_differ += found.len() as u64;
                let room = NAMED_MAX - checked.rows.len();
                checked.rows.extend(found.into_iter().take(room).map(|found| named(found, &columns)));
            }
            checked.rows.sort_by(|a, b| a.key.cmp(&b.key));
        }
        checked.equal = checked.columns_differ.is_empty() && differ.is_empty();
        Ok(checked)
    }
}
