//! What is said of copies: for the API, its document and the command line.

use serde::Serialize;
use utoipa::ToSchema;

/// A copy of data that Kith holds.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CopyView {
    /// The table, as SQL says it.
    pub table: String,
    /// `copy`: of a table of a connection; `landed`: the records of a source, in the log and the lake.
    pub kind: &'static str,
    /// `virtual`, `accelerated`, `migrated`; `left`: it lies there, and `kith.toml` has no copy of this name any more.
    pub mode: &'static str,
    /// What queries get now: `copy`, `source` or `refused`.
    pub read_from: &'static str,
    /// Who answers for it.
    pub owner: Option<String>,
    /// What it is for.
    pub purpose: Option<String>,
    /// Its last day.
    pub expires: Option<String>,
    /// True when that day is over.
    pub expired: bool,
    /// Rows; none where nothing was copied yet.
    pub rows: Option<u64>,
    /// Bytes on the disk.
    pub bytes: Option<u64>,
    /// When the reading that is in force began.
    pub taken_at: Option<String>,
    /// How old that is, seconds.
    pub age_s: Option<i64>,
    /// How old it may be, seconds.
    pub max_age_s: Option<i64>,
    /// When both sides were last compared.
    pub checked_at: Option<String>,
    /// How many rows differed then.
    pub rows_differed: Option<u64>,
}

/// What a refresh did.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CopyRefreshed {
    /// The table, as SQL says it.
    pub table: String,
    /// Rows of the copy now.
    pub rows: u64,
    /// Bytes of it on the disk.
    pub bytes: u64,
    /// Rows that the source gave for it.
    pub fetched: u64,
    /// True where all rows were read.
    pub whole: bool,
    /// How long it took.
    pub took_ms: u64,
}

/// Both sides of a copy, compared.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct CopyChecked {
    /// The table, as SQL says it.
    pub table: String,
    /// True where nothing differs.
    pub equal: bool,
    /// What differs between the columns, in words.
    pub columns_differ: Vec<String>,
    /// Rows at the source.
    pub rows_source: u64,
    /// Rows of the copy.
    pub rows_copy: u64,
    /// Parts into which the rows were divided by their keys.
    pub segments: u64,
    /// Of these, with rows that differ.
    pub segments_different: u64,
    /// Of these, looked at row by row; the others were too many.
    pub segments_looked_at: u64,
    /// Rows that differ, in the segments that were looked at.
    pub rows_differ: u64,
    /// The first of them.
    pub rows: Vec<RowDiffers>,
    /// How long it took.
    pub took_ms: u64,
}

/// A row that is not the same on both sides.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RowDiffers {
    /// Its key; without a key in `kith.toml`, all of it.
    pub key: Vec<Option<String>>,
    /// `missing` in the copy, `extra` there, `changed`, or there more than once (`repeated`).
    pub kind: &'static str,
    /// Of a changed one, the columns.
    pub columns: Vec<String>,
}
