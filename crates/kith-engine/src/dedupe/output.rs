//! The files that `kith dedupe` leaves. Each is written whole under another name and then renamed, so that nobody
//! reads half of one.

use crate::error::{Error, Result};
use datafusion::arrow::array::{ArrayRef, Float32Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::parquet::arrow::ArrowWriter;
use kith_dedupe::{Clusters, Ids};
use kith_resolve::Edge;
use std::fmt::Display;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows in one Parquet batch: two columns of ids of some 20 bytes make 2.5 MB.
const BATCH_ROWS: usize = 65_536;

/// `record_id,cluster_id,confidence`; clusters are numbered in the order of their first records.
pub(super) fn write_clusters(file: &Path, ids: &Ids, clusters: &Clusters) -> Result<()> {
    let part = part(file);
    let failed = |e: &dyn Display| cannot_write(file, e);
    let out = BufWriter::new(File::create(&part).map_err(|e| failed(&e))?);
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(["record_id", "cluster_id", "confidence"]).map_err(|e| failed(&e))?;
    for (record, (number, sure)) in clusters.numbers.iter().zip(&clusters.certainty).enumerate() {
        let row = [ids.get(record).into_owned(), number.to_string(), format!("{sure:.6}")];
        csv.write_record(&row).map_err(|e| failed(&e))?;
    }
    let out = csv.into_inner().map_err(|e| failed(&e.error()))?;
    let out = out.into_inner().map_err(|e| failed(&e.error()))?;
    out.sync_all().and_then(|()| std::fs::rename(&part, file)).map_err(|e| failed(&e))
}

/// `id_l, id_r, match_weight, match_probability`.
pub(super) fn write_pairs(file: &Path, ids: &Ids, edges: &[Edge]) -> Result<()> {
    let part = part(file);
    let failed = |e: &dyn Display| cannot_write(file, e);
    let schema = Arc::new(Schema::new(vec![
        Field::new("id_l", DataType::Utf8, false),
        Field::new("id_r", DataType::Utf8, false),
        Field::new("match_weight", DataType::Float32, false),
        Field::new("match_probability", DataType::Float32, false),
    ]));
    let out = File::create(&part).map_err(|e| failed(&e))?;
    let mut writer = ArrowWriter::try_new(out, schema.clone(), None).map_err(|e| failed(&e))?;
    for edges in edges.chunks(BATCH_ROWS) {
        let id = |pick: fn(&Edge) -> u32| -> ArrayRef {
            Arc::new(StringArray::from_iter_values(edges.iter().map(|e| ids.get(pick(e) as usize))))
        };
        let number = |pick: fn(&Edge) -> f32| -> ArrayRef {
            Arc::new(Float32Array::from_iter_values(edges.iter().map(pick)))
        };
        let columns =
            vec![id(|e| e.a), id(|e| e.b), number(|e| e.weight), number(|e| e.probability() as f32)];
        let batch = RecordBatch::try_new(schema.clone(), columns).map_err(|e| failed(&e))?;
        writer.write(&batch).map_err(|e| failed(&e))?;
    }
    let out = writer.into_inner().map_err(|e| failed(&e))?;
    out.sync_all().and_then(|()| std::fs::rename(&part, file)).map_err(|e| failed(&e))
}

fn part(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

fn cannot_write(file: &Path, cause: &dyn Display) -> Error {
    Error::input(
        "K-DEDUPE-WRITE",
        format!("{} can not be written: {cause}", file.display()),
        "Check that the folder exists, that you may write there, and that the disk has room.",
    )
}
