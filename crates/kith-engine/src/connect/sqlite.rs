//! A table or view of an SQLite file as a source, read without ever writing to it.
//!
//! Everything is read in one transaction, so that a pull sees one state. With an `updated_at` column only rows at or
//! after the latest time seen are read (at: several rows can share a time); then the keys of all others, which are
//! little, so that removed rows are noticed.

use super::{Connector, PullEnd, Pulled, Sink, broken_text, error, no_table, quoted, too_large};
use crate::tabular::{Limits, Reject};
use crate::{Error, Result};
use kith_core::hex;
use rusqlite::types::{Value as SqlValue, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, Row};
use serde_json::{Map, Number, Value, json};
use std::path::{Path, PathBuf};

/// A table.
pub(super) struct Table {
    path: PathBuf,
    table: String,
    /// The configured key; empty = the table's primary key.
    key: Vec<String>,
    updated_at: Option<String>,
    limits: Limits,
}

impl Table {
    pub fn new(
        path: PathBuf,
        table: String,
        key: Vec<String>,
        updated_at: Option<String>,
        limits: Limits,
    ) -> Table {
        Table { path, table, key, updated_at, limits }
    }

    fn fault(&self, e: rusqlite::Error) -> Error {
        fault(&self.path, &e)
    }

    /// (name, place in the primary key: 0 = none), in the order of the table.
    fn shape(&self, db: &Connection) -> Result<Vec<(String, i64)>> {
        let mut statement =
            db.prepare("SELECT name, pk FROM pragma_table_info(?1)").map_err(|e| self.fault(e))?;
        let columns = statement
            .query_map([&self.table], |row| Ok((row.get(0)?, row.get(1)?)))
            .and_then(Iterator::collect::<rusqlite::Result<Vec<(String, i64)>>>)
            .map_err(|e| self.fault(e))?;
        if columns.is_empty() {
            let tables = tables(db).map_err(|e| self.fault(e))?;
            return Err(no_table(&self.path.display().to_string(), &self.table, &tables));
        }
        Ok(columns)
    }

    /// Hands over the rows of a query; false if the sink stopped it.
    fn rows(
        &self,
        db: &Connection,
        sql: &str,
        parameter: Option<&SqlValue>,
        each: &mut dyn FnMut(Read) -> Result<bool>,
    ) -> Result<bool> {
        let mut statement = db.prepare(sql).map_err(|e| self.fault(e))?;
        let names: Vec<String> = statement.column_names().iter().map(|n| n.to_string()).collect();
        let mut rows = statement.query(rusqlite::params_from_iter(parameter)).map_err(|e| self.fault(e))?;
        while let Some(row) = rows.next().map_err(|e| self.fault(e))? {
            if !each(self.row(&names, row)?)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn row(&self, names: &[String], row: &Row) -> Result<Read> {
        let mut values = Map::with_capacity(names.len());
        let mut refused = None;
        for (index, name) in names.iter().enumerate() {
            let cell = row.get_ref(index).map_err(|e| self.fault(e))?;
            let (ValueRef::Text(bytes) | ValueRef::Blob(bytes)) = cell else {
                values.insert(name.clone(), plain(cell));
                continue;
            };
            let text = std::str::from_utf8(bytes);
            if bytes.len() > self.limits.row_bytes {
                refused.get_or_insert_with(|| too_large(name, bytes, self.limits));
            } else if let Ok(text) = text {
                values.insert(name.clone(), text.into());
            } else if matches!(cell, ValueRef::Blob(_)) {
                values.insert(name.clone(), format!("\\x{}", hex(bytes)).into());
            } else {
                refused.get_or_insert_with(|| broken_text(name, bytes));
            }
        }
        Ok(match refused {
            None => Ok(values),
            Some(reject) => Err(Refused { reject, row: values }),
        })
    }

    /// The latest value of the `updated_at` column.
    fn latest(&self, db: &Connection, column: &str) -> Result<Value> {
        let sql = format!("SELECT max({}) FROM {}", quoted(column), quoted(&self.table));
        let mut latest = Value::Null;
        self.rows(db, &sql, None, &mut |row| {
            latest =
                row.ok().and_then(|mut row| row.values_mut().next().map(Value::take)).unwrap_or_default();
            Ok(true)
        })?;
        Ok(latest)
    }
}

impl Connector for Table {
    fn columns(&mut self) -> Result<Option<Vec<String>>> {
        let shape = self.shape(&connect(&self.path)?)?;
        Ok(Some(shape.into_iter().map(|(name, _)| name).collect()))
    }

    fn key(&mut self) -> Result<Vec<String>> {
        Ok(primary_key(self.shape(&connect(&self.path)?)?))
    }

    fn pull(&mut self, cursor: Option<&Value>, sink: Sink) -> Result<PullEnd> {
        let db = connect(&self.path)?;
        let db = db.unchecked_transaction().map_err(|e| self.fault(e))?;
        let shape = self.shape(&db)?;
        let columns = list(shape.iter().map(|(name, _)| name));
        let table = quoted(&self.table);
        let key = if self.key.is_empty() { primary_key(shape) } else { self.key.clone() };
        let latest = self.updated_at.as_deref().map(|c| self.latest(&db, c)).transpose()?;
        let end = PullEnd { cursor: json!({ "updated_at": latest }), whole: true };
        let stopped = PullEnd { cursor: Value::Null, whole: false };

        let mut number = 0;
        let mut row = |row: Read| {
            number += 1;
            let place = || format!("row {number}");
            let pulled = row.map_or_else(
                |refused| refused.at(place()),
                |row| Pulled::Row { place: place(), row, original: None },
            );
            Ok(sink(pulled)?.is_continue())
        };
        let since = cursor.and_then(|c| c.get("updated_at")).and_then(sql_value);
        let (Some(column), Some(since), false) = (&self.updated_at, since, key.is_empty()) else {
            let sql = format!("SELECT {columns} FROM {table}");
            return Ok(if self.rows(&db, &sql, None, &mut row)? { end } else { stopped });
        };
        let column = quoted(column);
        let sql = format!("SELECT {columns} FROM {table} WHERE {column} >= ?1 OR {column} IS NULL");
        if !self.rows(&db, &sql, Some(&since), &mut row)? {
            return Ok(stopped);
        }
        let sql = format!("SELECT {} FROM {table} WHERE {column} < ?1", list(key.iter()));
        let whole = self.rows(&db, &sql, Some(&since), &mut |row| {
            let key = row.unwrap_or_else(|refused| refused.row);
            Ok(sink(Pulled::Present(key))?.is_continue())
        })?;
        Ok(if whole { end } else { stopped })
    }
}

/// A row, or what could be made out of it and why it is refused.
type Read = Result<Map<String, Value>, Refused>;

struct Refused {
    reject: Reject,
    row: Map<String, Value>,
}

impl Refused {
    fn at(mut self, place: String) -> Pulled {
        self.reject.place = place;
        Pulled::Reject { reject: self.reject, row: self.row }
    }
}

fn primary_key(mut shape: Vec<(String, i64)>) -> Vec<String> {
    shape.retain(|(_, place)| *place > 0);
    shape.sort_by_key(|(_, place)| *place);
    shape.into_iter().map(|(name, _)| name).collect()
}

fn list<'a>(names: impl Iterator<Item = &'a String>) -> String {
    names.map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
}

/// Opens a file, read only. SQLite opens anything and complains at the first query; so one is made.
pub(super) fn connect(path: &Path) -> Result<Connection> {
    std::fs::File::open(path).map_err(|e| error::io(path, &e))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags).map_err(|e| fault(path, &e))?;
    // A shop that writes at the same moment is waited for.
    db.busy_timeout(std::time::Duration::from_secs(10)).map_err(|e| fault(path, &e))?;
    db.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())).map_err(|e| fault(path, &e))?;
    Ok(db)
}

/// The tables and views, by name.
pub(super) fn tables(db: &Connection) -> rusqlite::Result<Vec<String>> {
    db.prepare(
        "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
    )?
    .query_map([], |row| row.get(0))?
    .collect()
}

pub(super) fn fault(path: &Path, e: &rusqlite::Error) -> Error {
    let shown = path.display();
    let message = format!("could not read the SQLite file {shown}");
    let busy = matches!(e.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked));
    let (detail, help) = match e.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => (
            "The file is not an SQLite database, or it is encrypted.".to_string(),
            "Check the path, or state the right `kind`.",
        ),
        Some(ErrorCode::DatabaseCorrupt) => {
            (format!("The file is damaged or cut off ({e})."), "Copy it again, or restore it from a backup.")
        }
        _ if busy => {
            (format!("Another program holds it ({e})."), "Try again when that program has finished.")
        }
        _ => (format!("SQLite says: {e}."), "Check the file, `table` and `updated_at` in kith.toml."),
    };
    let fault = error::fault("K-SOURCE-SQLITE", shown, message, detail, help);
    if busy { error::passing(fault) } else { fault }
}

fn plain(cell: ValueRef) -> Value {
    match cell {
        ValueRef::Integer(integer) => integer.into(),
        ValueRef::Real(real) => Number::from_f64(real).map_or(Value::Null, Value::Number),
        _ => Value::Null,
    }
}

fn sql_value(value: &Value) -> Option<SqlValue> {
    match value {
        Value::String(text) => Some(SqlValue::Text(text.clone())),
        Value::Number(number) => {
            number.as_i64().map(SqlValue::Integer).or_else(|| number.as_f64().map(SqlValue::Real))
        }
        _ => None,
    }
}
