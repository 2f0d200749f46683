//! The stores' tills: Parquet, names in capitals without accents, now and then a loyalty card, never a birth date.

use super::super::Error;
use super::super::noise;
use super::super::records::{Record, Source};
use super::super::rng::Rng;
use super::{SourceSummary, save};
use jiff::civil::{Date, date};
use kith_engine::arrow::array::{ArrayRef, Int64Array, StringArray, TimestampMillisecondArray};
use kith_engine::arrow::record_batch::RecordBatch;
use kith_engine::parquet::arrow::ArrowWriter;
use kith_engine::parquet::errors::ParquetError;
use std::path::Path;
use std::sync::Arc;

/// Writes `tills.parquet`.
pub fn write(dir: &Path, rows: &mut [&mut Record], rng: &mut Rng) -> Result<SourceSummary, Error> {
    for (i, row) in rows.iter_mut().enumerate() {
        row.key = format!("R{:02}-{:06}", 1 + rng.below(12), 400_001 + i);
    }
    let bytes =
        parquet(rows, rng).map_err(|cause| Error::Parquet { path: dir.join("tills.parquet"), cause })?;
    save(dir, "tills.parquet", &bytes)?;
    Ok(SourceSummary::new(Source::Tills, "tills.parquet", rows))
}

fn parquet(rows: &[&mut Record], rng: &mut Rng) -> Result<Vec<u8>, ParquetError> {
    let texts = |text: &mut dyn FnMut(&Record) -> String| -> ArrayRef {
        let cells = rows.iter().map(|r| Some(text(r)).filter(|t| !t.is_empty()));
        Arc::new(cells.collect::<StringArray>())
    };
    let sold_at = rows.iter().map(|r| milliseconds(r.modified, r.second)).collect::<Vec<_>>();
    let totals = rows.iter().map(|_| rng.range(250, 30_000)).collect::<Vec<_>>();
    let store = |key: &str| key.get(1..3).map(|number| format!("Store {number}")).unwrap_or_default();
    let batch = RecordBatch::try_from_iter([
        ("receipt_id", texts(&mut |r| r.key.clone())),
        ("store", texts(&mut |r| store(&r.key))),
        ("sold_at", Arc::new(TimestampMillisecondArray::from(sold_at).with_timezone("UTC")) as ArrayRef),
        ("total_cents", Arc::new(Int64Array::from(totals)) as ArrayRef),
        ("loyalty_card", texts(&mut |r| r.card.clone())),
        ("customer_name", texts(&mut |r| name(r, rng))),
        ("phone", texts(&mut |r| noise::phone_shape(&r.phone, rng))),
        ("email", texts(&mut |r| r.email.clone())),
        ("zip", texts(&mut |r| r.postcode.clone())),
    ])?;
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None)?;
    writer.write(&batch)?;
    writer.into_inner()
}

/// `JANE MILLER` or, by tills of an older make, `MILLER, JANE`.
fn name(row: &Record, rng: &mut Rng) -> String {
    let text = if row.given.is_empty() || row.family.is_empty() || rng.chance(0.75) {
        super::full_name(row)
    } else {
        format!("{}, {} {}", row.family, row.given, row.suffix)
    };
    noise::capitals(text.trim())
}

fn milliseconds(day: Date, second: u32) -> i64 {
    let days = date(1970, 1, 1).until(day).map_or(0, |span| span.get_days());
    (i64::from(days) * 86_400 + i64::from(second)) * 1_000
}
