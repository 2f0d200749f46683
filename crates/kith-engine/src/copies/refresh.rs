//! Makes a copy, or brings it up to date.
//!
//! Whole: all rows of the table are read into a new file. By cursor: rows at or behind the last value are read, and take the place of those
//! with their keys; the source is asked once, so what is merged is one reading. In either way the new file is on the disk before it
//! counts.

use super::hold::Current;
use super::{Copies, now_ms};
use crate::disk::sync_folder;
use crate::error::{Error, Result};
use crate::exec::sql_error::convert;
use datafusion::catalog::TableProvider;
use datafusion::common::{JoinType, ScalarValue};
use datafusion::functions_aggregate::expr_fn::max;
use datafusion::logical_expr::{ident, lit};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;
use datafusion::prelude::{DataFrame, SessionContext};
use futures::StreamExt;
use kith_core::config::Copy;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a refresh did.
pub(super) struct Refreshed {
    pub current: Current,
    /// Rows that the source gave.
    pub fetched: u64,
    pub whole: bool,
}

/// The rows of a table, for whoever keeps the house: no policy is above it.
pub(super) fn frame(context: &SessionContext, table: Arc<dyn TableProvider>) -> Result<DataFrame> {
    context.read_table(table).map_err(|e| convert(&e))
}

/// A file that is gone if it does not come to its end.
struct Unfinished(Option<PathBuf>);

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(path) = self.0.take() {
            let _ = std::fs::remove_file(path);
        }
    }
}

fn disk(path: &Path, error: impl std::fmt::Display) -> Error {
    let message = format!("a copy can not be written to {}: {error}", path.display());
    Error::data(
        "K-DATA-DISK",
        message,
        "Check rights and room on the disk; the copy of before is still there.",
    )
}

/// Writes rows into a new file; how many there were, and its bytes. It is on the disk when this comes back.
async fn write(rows: DataFrame, path: &Path) -> Result<(u64, u64)> {
    let mut batches = rows.execute_stream().await.map_err(|e| convert(&e))?;
    let unfinished = Unfinished(Some(path.to_path_buf()));
    let file = File::create(path).map_err(|e| disk(path, e))?;
    let level = ZstdLevel::try_new(3).map_err(|e| disk(path, e))?;
    let settings = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(Some(128 * 1024))
        .build();
    let mut writer =
        ArrowWriter::try_new(file, batches.schema(), Some(settings)).map_err(|e| disk(path, e))?;
    let mut count = 0;
    while let Some(batch) = batches.next().await {
        let batch = batch.map_err(|e| convert(&e))?;
        count += batch.num_rows() as u64;
        writer.write(&batch).map_err(|e| disk(path, e))?;
    }
    let file = writer.into_inner().map_err(|e| disk(path, e))?;
    file.sync_all().map_err(|e| disk(path, e))?;
    let bytes = file.metadata().map_err(|e| disk(path, e))?.len();
    if let Some(folder) = path.parent() {
        sync_folder(folder).map_err(|e| disk(path, e))?;
    }
    let mut unfinished = unfinished;
    unfinished.0 = None;
    Ok((count, bytes))
}

/// A name for a file that is new: the moment, and no other is in the same millisecond.
fn name(at_ms: i64, folder: &Path) -> String {
    let of = |ms: i64| match jiff::Timestamp::from_millisecond(ms) {
        Ok(at) => at.strftime("%Y%m%dT%H%M%S%3f").to_string() + "Z",
        Err(_) => format!("at{ms}"),
    };
    (at_ms..).map(of).find(|name| !folder.join(format!("{name}.parquet")).exists()).unwrap_or_default()
}

impl Copies {
    /// Reads a table into its copy. `whole` = although it has a cursor.
    pub(super) async fn read(
        &self,
        copy: &Copy,
        source: Arc<dyn TableProvider>,
        whole: bool,
    ) -> Result<Refreshed> {
        let (table, began) = (copy.name(), now_ms());
        let folder = self.folder(&table);
        std::fs::create_dir_all(&folder).map_err(|e| disk(&folder, e))?;
        let before = self.current(&table)?;
        let context = SessionContext::new();
        let file = name(began, &folder);
        let path = folder.join(format!("{file}.parquet"));
        let changed = match (&before, &copy.cursor, whole) {
            (Some(before), Some(cursor), false) if began - before.whole_at_ms < copy.whole_ms => {
                self.changes(&context, copy, cursor, before, source.clone(), &file).await?
            }
            _ => None,
        };
        let whole = changed.is_none();
        let (rows, bytes, fetched) = match changed {
            Some((merged, fetched, _part)) => {
                let (rows, bytes) = write(merged, &path).await?;
                (rows, bytes, fetched)
            }
            None => {
                let (rows, bytes) = write(frame(&context, source)?, &path).await?;
                (rows, bytes, rows)
            }
        };
        let mut old = before.as_ref().map(|before| before.old.clone()).unwrap_or_default();
        old.extend(before.iter().map(|before| (before.file.clone(), now_ms())));
        let whole_at_ms = match &before {
            Some(before) if !whole => before.whole_at_ms,
            _ => began,
        };
        let moved =
            before.as_ref().is_some_and(|b| b.moved) || copy.mode == kith_core::config::Mode::Migrated;
        let current =
            Current { table, file, rows, bytes, taken_at_ms: began, whole_at_ms, moved, old, checked: None };
        Ok(Refreshed { current, fetched, whole })
    }

    /// The rows of before with those that have changed since; `None` = they can not be told, so all are read. With how many the source
    /// gave, and the file that they are in until it is dropped.
    async fn changes(
        &self,
        context: &SessionContext,
        copy: &Copy,
        cursor: &str,
        before: &Current,
        source: Arc<dyn TableProvider>,
        file: &str,
    ) -> Result<Option<(DataFrame, u64, impl Drop + use<>)>> {
        let kept = self.provider(before).await?;
        if kept.schema().fields() != source.schema().fields() {
            return Ok(None);
        }
        let missing = |column: &String| kept.schema().column_with_name(column).is_none();
        if let Some(column) = copy.key.iter().chain([&cursor.to_string()]).find(|column| missing(column)) {
            let message = format!("{} has no column {column:?}, which its [[copy]] names", copy.name());
            return Err(Error::input("K-COPY-COLUMN", message, "Correct `key` and `cursor` in kith.toml."));
        }
        let last =
            frame(context, kept.clone())?.aggregate(Vec::new(), vec![max(ident(cursor)).alias("last")]);
        let last = last.map_err(|e| convert(&e))?.collect().await.map_err(|e| convert(&e))?;
        let last = last.first().map(|batch| ScalarValue::try_from_array(batch.column(0), 0)).transpose();
        let Some(last) = last.map_err(|e| convert(&e))?.filter(|last| !last.is_null()) else {
            return Ok(None);
        };
        // A row without a value there may have changed at any time.
        let since = ident(cursor).gt_eq(lit(last)).or(ident(cursor).is_null());
        let changed = frame(context, source)?.filter(since).map_err(|e| convert(&e))?;
        let part = format!("{file}part");
        let path = self.folder(&copy.name()).join(format!("{part}.parquet"));
        let (fetched, _) = write(changed, &path).await?;
        let unfinished = Unfinished(Some(path));
        let changed = || async { frame(context, self.file(&copy.name(), &part).await?) };
        let name = |i: usize| format!("__kith_key_{i}");
        let names: Vec<String> = (0..copy.key.len()).map(name).collect();
        let keys =
            copy.key.iter().zip(&names).map(|(column, name)| ident(column).alias(name)).collect::<Vec<_>>();
        let keys = changed().await?.select(keys).map_err(|e| convert(&e))?;
        let (left, right): (Vec<&str>, Vec<String>) = (
            names.iter().map(String::as_str).collect(),
            copy.key.iter().map(|column| quoted(column)).collect(),
        );
        let right: Vec<&str> = right.iter().map(String::as_str).collect();
        let rest = keys.join(frame(context, kept)?, JoinType::RightAnti, &left, &right, None);
        let merged = rest.map_err(|e| convert(&e))?.union(changed().await?);
        Ok(Some((merged.map_err(|e| convert(&e))?, fetched, unfinished)))
    }
}

/// A column's name as it stands, for what takes it for SQL.
fn quoted(column: &str) -> String {
    format!("\"{}\"", column.replace('"', "\"\""))
}
