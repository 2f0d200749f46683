//! Reads sources: CSV, NDJSON and Parquet files, SQLite and PostgreSQL tables, the tables of connections, and the streams of
//! their programs.
//!
//! Reads: a file or a table, from where the last pull ended. Decides: nothing about customers; a connector only says
//! what is there. Writes: rows into a sink, nested objects flattened to dotted paths. Fails: with what, where and how
//! to mend it if the source as a whole can not be read; a single bad row becomes a [`Reject`].
//!
//! 1. Open the source.
//! 2. Compare it with the cursor of the last pull: an unchanged file is not read again; a table with an
//!    `updated_at` column is read from the latest time seen.
//! 3. Hand over its rows.
//! 4. Say which other rows are still there (by key), so that removed ones are noticed.
//! 5. Return the cursor for the next pull.

mod connection;
pub(crate) mod error;
mod file;
mod postgres;
mod preview;
pub(crate) mod push;
mod sqlite;
mod tap;

#[cfg(test)]
pub(crate) use postgres::tests::Server as TestServer;
pub use preview::{Preview, PreviewColumn, preview};

use crate::Result;
use crate::tabular::{CsvOptions, Format, Limits, Reject};
use kith_core::config::{Secret, Source, SourceKind};
use serde_json::{Map, Value};
use std::ops::ControlFlow;
use std::path::Path;

/// What a connector hands over.
#[derive(Clone, Debug, PartialEq)]
pub enum Pulled {
    /// A row.
    Row {
        /// Where: `line 17`, `row 3`.
        place: String,
        /// Column, or dotted path, and value.
        row: Map<String, Value>,
        /// Its bytes in the source, where it is text; kept if the row is refused later.
        original: Option<Vec<u8>>,
    },
    /// A row that could not be read.
    Reject {
        /// Where and why, with the original bytes.
        reject: Reject,
        /// What could be made out of it. If its key is there, the row counts as still present in the source.
        row: Map<String, Value>,
    },
    /// A row that is still there and was not read, since it did not change: only its key columns.
    Present(Map<String, Value>),
}

/// How a pull ended.
#[derive(Clone, Debug, PartialEq)]
pub struct PullEnd {
    /// Where the next pull begins.
    pub cursor: Value,
    /// True if every row that the source has was handed over as `Row`, `Reject` or `Present`: all others are gone.
    pub whole: bool,
}

/// Takes what a connector hands over; `Break` asks it to stop early.
pub type Sink<'a> = &'a mut dyn FnMut(Pulled) -> Result<ControlFlow<()>>;

/// A source that can be read.
pub trait Connector: Send {
    /// The columns, where the source has fixed ones; `None` where each row says its own (NDJSON).
    fn columns(&mut self) -> Result<Option<Vec<String>>>;

    /// The columns that the source itself declares to be the key of a row; empty if it declares none.
    fn key(&mut self) -> Result<Vec<String>>;

    /// Hands over what is new since a cursor (all, without one).
    fn pull(&mut self, cursor: Option<&Value>, sink: Sink) -> Result<PullEnd>;
}

/// Opens a source of the configuration; relative paths begin at `base`, the folder of `kith.toml`.
pub fn open(source: &Source, base: &Path) -> Result<Box<dyn Connector>> {
    open_with(source, base, Limits::default())
}

/// The same, with other limits.
pub fn open_with(source: &Source, base: &Path, limits: Limits) -> Result<Box<dyn Connector>> {
    let name = source.name.as_str();
    let path = base.join(source.path.as_deref().unwrap_or(Path::new("")));
    let format = match source.kind {
        SourceKind::Csv => Format::Csv,
        SourceKind::Ndjson => Format::Ndjson,
        SourceKind::Parquet => Format::Parquet,
        SourceKind::Sqlite => {
            let table = source.table.clone().unwrap_or_default();
            let (key, updated_at) = (source.key.clone(), source.updated_at.clone());
            return Ok(Box::new(sqlite::Table::new(path, table, key, updated_at, limits)));
        }
        SourceKind::Push | SourceKind::Events | SourceKind::Nats | SourceKind::Kafka => {
            return Ok(Box::new(push::Rows::none()));
        }
        SourceKind::Connection => {
            let table = source.table.as_deref().and_then(|table| table.split_once('.'));
            let (Some(connection), Some((_, table))) = (&source.connection, table) else {
                return Ok(Box::new(push::Rows::none()));
            };
            if connection.tap.is_some() {
                let updated_at = source.updated_at.clone();
                return Ok(Box::new(tap::Rows::new(name, connection, table, updated_at, base, limits)));
            }
            return Ok(Box::new(connection::Table::new(name, connection, table, base, limits)));
        }
        SourceKind::Postgres => {
            let url = secret(name, source.url.as_ref().unwrap_or(&Secret::Plain(String::new())), base)?;
            let stated = matches!(source.url, Some(Secret::Plain(_)));
            let password = source.password.as_ref().map(|p| secret(name, p, base)).transpose()?;
            let server = postgres::Server::new(name, &url, stated, password)?;
            let table = source.table.clone().unwrap_or_default();
            let (key, updated_at) = (source.key.clone(), source.updated_at.clone());
            return Ok(Box::new(postgres::Table::new(server, table, key, updated_at, limits)));
        }
    };
    let delimiter = source.delimiter.and_then(|c| u8::try_from(c).ok());
    let options = CsvOptions { delimiter, encoding: source.encoding.clone(), limits };
    Ok(Box::new(file::RowFile::new(path, format, options)))
}

/// How a PostgreSQL server is reached.
pub(crate) fn postgres_config(
    name: &str,
    url: &Secret,
    password: Option<&Secret>,
    base: &Path,
) -> Result<tokio_postgres::Config> {
    let text = secret(name, url, base)?;
    let password = password.map(|p| secret(name, p, base)).transpose()?;
    Ok(postgres::Server::new(name, &text, matches!(url, Secret::Plain(_)), password)?.config())
}

/// A file of rows, by its name.
pub(crate) fn file(path: &Path) -> Box<dyn Connector> {
    let format = Format::of(path).unwrap_or(Format::Csv);
    Box::new(file::RowFile::new(path.to_path_buf(), format, CsvOptions::default()))
}

/// What a reference refers to.
pub(crate) fn secret(source: &str, secret: &Secret, base: &Path) -> Result<String> {
    let missing = |what: String, help: String| {
        error::fault(
            "K-SOURCE-SECRET",
            source,
            format!("could not read a secret of source {source}"),
            what,
            help,
        )
    };
    match secret {
        Secret::Plain(text) => Ok(text.clone()),
        Secret::Env(name) => std::env::var(name).map_err(|_| {
            missing(
                format!("The environment variable {name} is not set."),
                format!("Set it before Kith runs, for example: export {name}=…"),
            )
        }),
        Secret::File(path) => {
            let path = base.join(path);
            let text = std::fs::read_to_string(&path).map_err(|e| {
                missing(
                    format!("The file {} can not be read ({e}).", path.display()),
                    "Write the secret into it, readable by this user only.".into(),
                )
            })?;
            Ok(text.trim_end_matches(['\r', '\n']).to_string())
        }
    }
}

/// A database's cell beyond the limit; the caller knows the place.
fn too_large(column: &str, bytes: &[u8], limits: Limits) -> Reject {
    let reason = format!(
        "the column {column} has {} bytes; at most {} are read. Leave the column out (a view), or shorten the value.",
        bytes.len(),
        limits.row_bytes
    );
    Reject::new(String::new(), "K-LAND-TOO-LARGE", reason, bytes, bytes.len() as u64)
}

/// A cell whose bytes are no text.
fn broken_text(column: &str, bytes: &[u8]) -> Reject {
    let reason = format!("the column {column} is not text in UTF-8. Correct the value in the source.");
    Reject::new(String::new(), "K-LAND-ENCODING", reason, bytes, bytes.len() as u64)
}

/// A table that is not there, with those that are.
fn no_table(source: &str, table: &str, tables: &[String]) -> crate::Error {
    let help = match tables.iter().find(|t| t.eq_ignore_ascii_case(table)) {
        Some(near) => format!("Did you mean {near}? Correct `table` in kith.toml."),
        None if tables.is_empty() => "Check that it is the right database.".into(),
        None => format!("Correct `table` in kith.toml. There are: {}.", tables.join(", ")),
    };
    let message = format!("could not find the table {table:?} in {source}");
    error::fault("K-SOURCE-TABLE", source, message, "The database has no table or view of that name.", help)
}

/// An SQL identifier, quoted.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
