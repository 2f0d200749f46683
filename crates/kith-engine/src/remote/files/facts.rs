//! What is to know of a file before it is read: read from the file itself each time, or remembered for as long as it is the same.

use super::csv::{self, Dialected};
use super::fault;
use super::found::Format;
use super::ndjson::{Holds, Look, schema_of};
use crate::error::Result;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::Statistics;
use datafusion::common::stats::Precision;
use datafusion::datasource::physical_plan::parquet::metadata::DFParquetMetadata;
use datafusion::parquet::arrow::parquet_to_arrow_schema;
use datafusion::parquet::file::metadata::{PageIndexPolicy, ParquetMetaData};
use futures::{FutureExt, StreamExt};
use kith_core::config::ConnectionLimits;
use object_store::path::Path as At;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// Files of which something is remembered.
const REMEMBERED_MAX: usize = 20_000;
/// A file that was written less than this ago may be written again without anybody seeing it by its time.
const SETTLED: Duration = Duration::from_secs(3);

/// What a file is.
#[derive(Debug)]
pub(super) enum Facts {
    Parquet { schema: SchemaRef, metadata: Arc<ParquetMetaData> },
    Csv { dialect: Dialected, names: Vec<String> },
    Json { columns: Vec<(String, Holds)>, rows: usize },
}

impl Facts {
    /// Its columns.
    pub fn schema(&self) -> Schema {
        match self {
            Facts::Parquet { schema, .. } => schema.as_ref().clone(),
            Facts::Csv { names, .. } => Schema::new(
                names.iter().map(|name| Field::new(name, DataType::Utf8, true)).collect::<Vec<_>>(),
            ),
            Facts::Json { columns, .. } => schema_of(columns),
        }
    }

    /// What it says of its rows, for the columns of the table.
    pub fn statistics(&self, table: &SchemaRef) -> Statistics {
        let unknown = Statistics::new_unknown(table);
        match self {
            Facts::Parquet { metadata, .. } => {
                DFParquetMetadata::statistics_from_parquet_metadata(metadata, table).unwrap_or(unknown)
            }
            Facts::Csv { .. } => unknown,
            Facts::Json { rows, .. } => Statistics { num_rows: Precision::Exact(*rows), ..unknown },
        }
    }
}

/// What was learnt of files, by what they were then.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<HashMap<At, (String, Arc<Facts>)>>);

impl Known {
    /// What is known of a file, looking at it where that is nothing.
    pub async fn of(
        &self,
        connection: &str,
        store: &dyn ObjectStore,
        file: &ObjectMeta,
        format: Format,
        limits: &ConnectionLimits,
    ) -> Result<Arc<Facts>> {
        let tag = file.e_tag.clone().map(|tag| format!("{tag} {}", file.size));
        if let Some(tag) = &tag
            && let Some((known, facts)) =
                self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&file.location)
            && known == tag
        {
            return Ok(facts.clone());
        }
        let facts = Arc::new(look(connection, store, file, format, limits).await?);
        let written: SystemTime = file.last_modified.into();
        let settled = written.elapsed().is_ok_and(|ago| ago > SETTLED);
        if let Some(tag) = tag.filter(|_| settled) {
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if known.len() >= REMEMBERED_MAX {
                known.clear();
            }
            known.insert(file.location.clone(), (tag, facts.clone()));
        }
        Ok(facts)
    }
}

async fn look(
    connection: &str,
    store: &dyn ObjectStore,
    file: &ObjectMeta,
    format: Format,
    limits: &ConnectionLimits,
) -> Result<Facts> {
    let path = file.location.as_ref();
    let failed = |e: object_store::Error| fault::of_store(connection, path, &e);
    match format {
        Format::Parquet => parquet(connection, store, file).await,
        Format::Csv => {
            let end = file.size.min(csv::SAMPLE_BYTES);
            let sample = if end == 0 {
                Default::default()
            } else {
                store.get_range(&file.location, 0..end).await.map_err(failed)?
            };
            let (dialect, names) = csv::look((connection, path), &sample, end == file.size)?;
            Ok(Facts::Csv { dialect, names })
        }
        Format::Json => {
            let place = (connection.to_string(), path.to_string());
            let most = |limit: u64| usize::try_from(limit).unwrap_or(usize::MAX);
            let mut look = Look::new(place, most(limits.cell_bytes), most(limits.columns));
            let mut pieces = store.get(&file.location).await.map_err(failed)?.into_stream();
            while let Some(piece) = pieces.next().await {
                look.take(&piece.map_err(failed)?)?;
                tokio::task::yield_now().await;
            }
            look.end()?;
            Ok(Facts::Json { columns: look.columns, rows: look.rows })
        }
    }
}

async fn parquet(connection: &str, store: &dyn ObjectStore, file: &ObjectMeta) -> Result<Facts> {
    let path = file.location.as_ref();
    let read = DFParquetMetadata::new(store, file).with_page_index_policy(Some(PageIndexPolicy::Skip));
    // Of a file that is none, the library may panic.
    let fetched = AssertUnwindSafe(read.fetch_metadata()).catch_unwind().await;
    let metadata = match fetched {
        Ok(Ok(metadata)) => metadata,
        Err(_) => return Err(not_parquet(connection, path)),
        Ok(Err(e)) => {
            let named = fault::of_scan(connection, path, e);
            return Err(match named.find_root() {
                datafusion::error::DataFusionError::External(ours)
                    if ours
                        .downcast_ref::<crate::error::Error>()
                        .is_some_and(|e| e.code() != "K-SCAN-FILE") =>
                {
                    ours.downcast_ref::<crate::error::Error>()
                        .map_or_else(|| not_parquet(connection, path), |e| e.again())
                }
                _ => not_parquet(connection, path),
            });
        }
    };
    let head = metadata.file_metadata();
    let schema = parquet_to_arrow_schema(head.schema_descr(), head.key_value_metadata())
        .map_err(|_| fault::bad(connection, path, "its columns are of a kind that is not known here"))?;
    let schema = Arc::new(Schema::new(schema.fields().clone()));
    Ok(Facts::Parquet { schema, metadata })
}

fn not_parquet(connection: &str, path: &str) -> crate::error::Error {
    fault::bad(connection, path, "it is not Parquet, or its end is missing")
}
