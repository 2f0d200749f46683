//! The records, and what was said of them, as the Parquet files that everything else is computed from.
//!
//! A record's number is the linker's, which follows from its content: it is the order that decides ties, and as good as
//! random, which keeps the rounds of `components` few.

use crate::error::{Error, Result};
use crate::exec::batch::Left;
use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Float32Array, RecordBatch, StringBuilder, UInt16Array, UInt32Array,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::errors::ParquetError;
use kith_resolve::{Constraints, Frequencies, Linker};
use std::path::Path;
use std::sync::Arc;

/// A file holds at least so many records, so that a small set is still read by several tasks.
const RECORDS_PER_FILE: usize = 10_000;

/// And there are at most so many files.
const FILES_MAX: usize = 1_000;

/// Rows that are made at a time.
const BATCH: usize = 10_000;

/// Writes all records: number, source, and a text for each column of the frequencies, in their order.
pub(super) fn write(linker: &Linker, frequencies: &Frequencies, folder: &Path) -> Result<Left> {
    let slots: Vec<Option<usize>> = frequencies
        .columns
        .iter()
        .map(|(name, _)| linker.features().iter().position(|f| f.column.name == *name))
        .collect();
    let mut fields =
        vec![Field::new("record", DataType::UInt32, false), Field::new("source", DataType::UInt16, false)];
    fields.extend((0..slots.len()).map(|at| Field::new(column(at), DataType::Utf8, true)));
    let schema: SchemaRef = Arc::new(Schema::new(fields));
    let per_file = RECORDS_PER_FILE.max(linker.len().div_ceil(FILES_MAX));
    let mut left = Left::default();
    for (number, first) in (0..linker.len().max(1)).step_by(per_file).enumerate() {
        let records = first as u32..(first + per_file).min(linker.len()) as u32;
        let starts = records.clone().step_by(BATCH);
        let batches = starts.map(|from| {
            let records = from..records.end.min(from + BATCH as u32);
            batch(linker, &slots, &schema, records)
        });
        write_file(&folder.join(format!("{number:04}.parquet")), &schema, batches, &mut left)?;
    }
    Ok(left)
}

/// The name of a column in files: names of the model may be anything.
pub(super) fn column(at: usize) -> String {
    format!("v{at}")
}

fn batch(
    linker: &Linker,
    slots: &[Option<usize>],
    schema: &SchemaRef,
    records: std::ops::Range<u32>,
) -> std::result::Result<RecordBatch, ParquetError> {
    let source = records.clone().map(|record| linker.source(record).unwrap_or(0));
    let mut columns: Vec<ArrayRef> = vec![
        Arc::new(UInt32Array::from_iter_values(records.clone())),
        Arc::new(UInt16Array::from_iter_values(source)),
    ];
    for slot in slots {
        let mut texts = StringBuilder::new();
        for record in records.clone() {
            let text = slot.map_or("", |slot| linker.features()[slot].text(linker.row(record)[slot]));
            texts.append_option(Some(text).filter(|text| !text.is_empty()));
        }
        columns.push(Arc::new(texts.finish()));
    }
    Ok(RecordBatch::try_new(schema.clone(), columns)?)
}

/// Writes what people and rules said, by the linker's numbers: `(a, b, said, apart)`.
pub(super) fn write_said(linker: &Linker, said: &Constraints, folder: &Path) -> Result<Left> {
    let mut inside = vec![0u32; linker.len()];
    (0..linker.len() as u32).for_each(|record| inside[linker.outside(record) as usize] = record);
    let of = |record: u32| {
        let help = "This is a fault of the program; please report it.";
        let missing = || Error::data("K-CLUSTER-FAILED", format!("there is no record {record}"), help);
        inside.get(record as usize).copied().ok_or_else(missing)
    };
    let mut rows: Vec<(u32, u32, Option<f32>)> = Vec::new();
    for joined in said.joined.iter().filter(|j| j.a != j.b) {
        rows.push((of(joined.a)?, of(joined.b)?, Some(joined.confidence)));
    }
    for (a, b) in &said.apart {
        rows.push((of(*a)?, of(*b)?, None));
    }
    let schema: SchemaRef = Arc::new(Schema::new(vec![
        Field::new("a", DataType::UInt32, false),
        Field::new("b", DataType::UInt32, false),
        Field::new("said", DataType::Float32, true),
        Field::new("apart", DataType::Boolean, false),
    ]));
    let columns: Vec<ArrayRef> = vec![
        Arc::new(UInt32Array::from_iter_values(rows.iter().map(|(a, b, _)| *a.min(b)))),
        Arc::new(UInt32Array::from_iter_values(rows.iter().map(|(a, b, _)| *a.max(b)))),
        Arc::new(rows.iter().map(|(_, _, said)| *said).collect::<Float32Array>()),
        Arc::new(rows.iter().map(|(_, _, said)| Some(said.is_none())).collect::<BooleanArray>()),
    ];
    let batch = RecordBatch::try_new(schema.clone(), columns).map_err(ParquetError::from);
    let mut left = Left::default();
    write_file(&folder.join("0000.parquet"), &schema, std::iter::once(batch), &mut left)?;
    Ok(left)
}

fn write_file(
    path: &Path,
    schema: &SchemaRef,
    batches: impl Iterator<Item = std::result::Result<RecordBatch, ParquetError>>,
    left: &mut Left,
) -> Result<()> {
    let written = (|| {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let file = std::fs::File::create(path)?;
        let mut writer = ArrowWriter::try_new(file, schema.clone(), None)?;
        for batch in batches {
            let batch = batch?;
            left.rows += batch.num_rows() as u64;
            writer.write(&batch)?;
        }
        let file = writer.into_inner()?;
        left.bytes += file.metadata()?.len();
        left.files.push(path.to_path_buf());
        Ok::<_, ParquetError>(())
    })();
    written.map_err(|e| {
        let message = format!("{} can not be written: {e}", path.display());
        Error::data("K-DATA-DISK", message, "Check rights and disk.")
    })
}
