//! The lake: each projection as a Delta table under `.kith/lake/<tenant>/<schema>/<table>/`.
//!
//! Reads:  Arrow batches that a stage has computed from the node store.
//! Decides: nothing; what a table holds is the stage's business.
//! Writes: one Delta commit per write, which carries the log position up to which the table is complete.
//! Fails:  `K-LAKE-READ` and `K-LAKE-WRITE`. A table can always be dropped and written again from the log.
//!
//! How a write becomes durable:
//! 1. deltalake writes the data files and then the commit file. `object_store`'s local store does not fsync them.
//! 2. We fsync the new data files, then the commit file, then the folders `_delta_log` and the table's own.
//! 3. Only now does the write return. Data files that no commit names any more, and that no running query can still
//!    be reading, are removed: an old copy of personal data must not lie about.

mod durable;
pub(crate) mod events;
pub(crate) mod sheet;

use crate::error::{Error, Result};
use datafusion::arrow::array::RecordBatch;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;
use deltalake_core::kernel::Transaction;
use deltalake_core::kernel::transaction::CommitProperties;
use deltalake_core::operations::write::SchemaMode;
use deltalake_core::protocol::SaveMode;
use deltalake_core::{DeltaTable, DeltaTableError, ensure_table_uri};
use kith_core::id::{Position, Tenant};
use std::fmt;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::runtime::Runtime;

/// The name under which a table's log position stands in its Delta transaction (`txn`) actions.
const POSITION_APP: &str = "kith";

/// The schemas of the catalog.
pub const SCHEMAS: [&str; 5] = ["source", "identity", "master", "land", events::SCHEMA];

/// A table of the lake.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TableName {
    /// One of [`SCHEMAS`].
    pub schema: &'static str,
    /// The table; a source's name in schema `source`.
    pub name: String,
}

impl TableName {
    /// `schema.name`.
    pub fn new(schema: &'static str, name: impl Into<String>) -> Self {
        TableName { schema, name: name.into() }
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.schema, self.name)
    }
}

/// One tenant's Delta tables.
#[derive(Clone)]
pub struct Lake {
    dir: PathBuf,
    pub(crate) runtime: Arc<Runtime>,
}

impl Lake {
    /// The lake of a tenant under a data directory. Nothing is made until something is written.
    pub fn open(data_dir: &Path, tenant: &Tenant, runtime: Arc<Runtime>) -> Lake {
        Lake { dir: data_dir.join("lake").join(tenant.as_str()), runtime }
    }

    /// The tenant's folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The folder of a table.
    pub fn table_dir(&self, table: &TableName) -> PathBuf {
        self.dir.join(table.schema).join(&table.name)
    }

    /// All tables, in order of name.
    pub fn tables(&self) -> Vec<TableName> {
        let mut found: Vec<TableName> = SCHEMAS
            .iter()
            .flat_map(|schema| {
                table_names(&self.dir.join(schema)).into_iter().map(|n| TableName::new(schema, n))
            })
            .collect();
        found.sort();
        found
    }

    /// Replaces the whole content of a table, and its columns, in one commit.
    pub fn overwrite(&self, table: &TableName, batches: Vec<RecordBatch>, position: Position) -> Result<()> {
        self.write(table, batches, position, SaveMode::Overwrite, &[])
    }

    /// Adds rows to a table that only grows. The columns must be those that it has.
    pub fn append(&self, table: &TableName, batches: Vec<RecordBatch>, position: Position) -> Result<()> {
        self.write(table, batches, position, SaveMode::Append, &[])
    }

    /// The same for a table that is divided by the values of some columns.
    pub fn append_by(
        &self,
        table: &TableName,
        batches: Vec<RecordBatch>,
        position: Position,
        by: &[&str],
    ) -> Result<()> {
        self.write(table, batches, position, SaveMode::Append, by)
    }

    /// Puts small files together up to a size, without changing what the table holds.
    pub fn compact(&self, table: &TableName, file_bytes: NonZeroU64) -> Result<()> {
        let dir = self.table_dir(table);
        let failed = |e: DeltaTableError| write_failed(table, e);
        self.runtime.block_on(async {
            let Some(delta) = open_delta(&dir).await.map_err(failed)? else { return Ok(()) };
            let before = files_of(table, &delta)?;
            let compacting = delta.optimize().with_target_size(file_bytes).with_max_concurrent_tasks(1);
            let (written, _) = compacting.with_writer_properties(properties()).await.map_err(failed)?;
            self.settle(table, &before, &written)
        })
    }

    /// Brings what was written to the disk, and removes what no reader can be using any more.
    fn settle(&self, table: &TableName, before: &[String], written: &DeltaTable) -> Result<()> {
        let dir = self.table_dir(table);
        let current = files_of(table, written)?;
        durable::sync_table(&dir, &self.dir).map_err(|e| write_failed(table, e))?;
        durable::remove_orphans(&dir, before, &current).map_err(|e| write_failed(table, e))
    }

    fn write(
        &self,
        table: &TableName,
        batches: Vec<RecordBatch>,
        position: Position,
        mode: SaveMode,
        by: &[&str],
    ) -> Result<()> {
        let dir = self.table_dir(table);
        let failed = |e: DeltaTableError| write_failed(table, e);
        self.runtime.block_on(async {
            let url = ensure_table_uri(dir.to_string_lossy()).map_err(failed)?;
            let delta = DeltaTable::try_from_url(url).await.map_err(failed)?;
            let before = if delta.state.is_some() { files_of(table, &delta)? } else { Vec::new() };
            let version = i64::try_from(position.0).unwrap_or(i64::MAX);
            let commit = CommitProperties::default()
                .with_metadata([("kithPosition".to_string(), position.0.into())])
                .with_application_transaction(Transaction::new(POSITION_APP, version));
            let mut write = delta.write(batches).with_save_mode(mode).with_commit_properties(commit);
            if !by.is_empty() {
                write = write.with_partition_columns(by.iter().copied()).with_writer_properties(properties());
            }
            if mode == SaveMode::Overwrite {
                write = write.with_schema_mode(SchemaMode::Overwrite);
            }
            let written = write.await.map_err(failed)?;
            self.settle(table, &before, &written)
        })
    }

    /// The log position up to which a table is complete; `None` = there is no such table.
    pub fn position(&self, table: &TableName) -> Result<Option<Position>> {
        self.runtime.block_on(async {
            let Some(delta) = open_delta(&self.table_dir(table)).await.map_err(|e| read_failed(table, e))?
            else {
                return Ok(None);
            };
            position_of(&delta).await.map_err(|e| read_failed(table, e))
        })
    }

    /// How many data files the present version has; 0 = none, or no table.
    pub fn files(&self, table: &TableName) -> Result<usize> {
        self.runtime.block_on(async {
            match open_delta(&self.table_dir(table)).await.map_err(|e| read_failed(table, e))? {
                Some(delta) => Ok(delta.get_file_uris().map_err(|e| read_failed(table, e))?.count()),
                None => Ok(0),
            }
        })
    }

    /// True if every data file of the present version is there; a table that is not there lacks none.
    pub fn whole(&self, table: &TableName) -> Result<bool> {
        let dir = self.table_dir(table);
        self.runtime.block_on(async {
            let Some(delta) = open_delta(&dir).await.map_err(|e| read_failed(table, e))? else {
                return Ok(true);
            };
            let mut uris = delta.get_file_uris().map_err(|e| read_failed(table, e))?;
            Ok(uris.all(|uri| Path::new(uri.strip_prefix("file://").unwrap_or(&uri)).is_file()))
        })
    }

    /// Drops a table with all its files.
    pub fn drop_table(&self, table: &TableName) -> Result<()> {
        match std::fs::remove_dir_all(self.table_dir(table)) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(write_failed(table, e)),
            _ => Ok(()),
        }
    }
}

/// The data files of a version.
fn files_of(table: &TableName, delta: &DeltaTable) -> Result<Vec<String>> {
    Ok(delta.get_file_uris().map_err(|e| write_failed(table, e))?.collect())
}

/// How large tables are written: pages small enough that a single row is found quickly.
fn properties() -> WriterProperties {
    WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(64 << 10))
        .set_data_page_row_count_limit(1 << 10)
        .build()
}

/// The log position that a version of a table carries.
pub(crate) async fn position_of(delta: &DeltaTable) -> Result<Option<Position>, DeltaTableError> {
    let version = delta.snapshot()?.transaction_version(delta.log_store().as_ref(), POSITION_APP).await?;
    Ok(version.and_then(|v| u64::try_from(v).ok()).map(Position))
}

/// The present version of the table in a folder, if there is one.
pub(crate) async fn open_delta(dir: &Path) -> Result<Option<DeltaTable>, DeltaTableError> {
    if !dir.join("_delta_log").is_dir() {
        return Ok(None);
    }
    let table = DeltaTable::try_from_url(ensure_table_uri(dir.to_string_lossy())?).await?;
    Ok(table.state.is_some().then_some(table))
}

/// The names of the tables in a schema's folder.
pub(crate) fn table_names(schema_dir: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(schema_dir) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .flatten()
        .filter(|e| e.path().join("_delta_log").is_dir())
        .filter_map(|e| e.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}

pub(crate) fn read_failed(table: &TableName, cause: DeltaTableError) -> Error {
    Error::data(
        "K-LAKE-READ",
        format!("the lake table {table} can not be read: {cause}"),
        "Run `kith verify` to see what is damaged, and `kith rebuild` to write the lake again from the log.",
    )
    .because(cause)
}

fn write_failed<E: std::error::Error + Send + Sync + 'static>(table: &TableName, cause: E) -> Error {
    Error::data(
        "K-LAKE-WRITE",
        format!("the lake table {table} can not be written: {cause}"),
        "Check free disk space and the rights on the data directory, then run `kith run` again, or `kith rebuild` if the table is damaged.",
    )
    .because(cause)
}
