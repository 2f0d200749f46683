//! SQLite files. A thread reads and sends batches; a query that nobody waits for is interrupted.

use super::ask::{Class, Dialect, Family, RemoteColumn, Value};
use super::cells::{Cell, Cells, Kind};
use super::writer::{SqlText, quoted};
use super::{Batches, Fetched, Remote, RemoteFacts, fault};
use crate::error::{Error, Result};
use async_trait::async_trait;
use futures::StreamExt;
use kith_core::config::{Connection, ConnectionLimits};
use rusqlite::types::{ToSqlOutput, Value as SqlValue, ValueRef};
use rusqlite::{ErrorCode, InterruptHandle, OpenFlags, ToSql};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;

/// Batches that wait for whoever fetches them.
const WAITING_MAX: usize = 2;
/// How long another program that writes is waited for.
const BUSY: Duration = Duration::from_secs(5);

/// A file.
#[derive(Clone, Debug)]
pub(super) struct Sqlite {
    pub name: String,
    pub path: PathBuf,
    pub limits: ConnectionLimits,
    pub dialect: Dialect,
}

impl Sqlite {
    pub fn new(connection: &Connection, base: &Path) -> Sqlite {
        Sqlite {
            name: connection.name.as_str().into(),
            path: base.join(connection.path.as_deref().unwrap_or(Path::new(""))),
            limits: connection.limits,
            dialect: Dialect::new(Family::Sqlite),
        }
    }

    fn connect(&self) -> Result<rusqlite::Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = rusqlite::Connection::open_with_flags(&self.path, flags);
        let ready = opened.and_then(|db| {
            db.busy_timeout(BUSY)?;
            // Views of a file from elsewhere call no functions but harmless ones.
            db.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA query_only = ON")?;
            // SQLite opens anything and complains at the first question.
            db.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
            Ok(db)
        });
        ready.map_err(|e| self.fault(&e))
    }

    fn fault(&self, e: &rusqlite::Error) -> Error {
        tracing::warn!(connection = %self.name, error = %e, "an SQLite file could not be read");
        match e.sqlite_error_code() {
            Some(ErrorCode::CannotOpen) => {
                fault::down(&self.name, "there is no such file, or no right to read it")
            }
            Some(ErrorCode::NotADatabase) => fault::down(&self.name, "the file is no SQLite database"),
            Some(ErrorCode::DatabaseCorrupt) => fault::down(&self.name, "the file is damaged or cut off"),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                fault::down(&self.name, "another program holds the file")
            }
            Some(ErrorCode::SchemaChanged) => fault::changed(&self.name),
            Some(ErrorCode::OperationInterrupted) => fault::refused(&self.name, "it was interrupted"),
            // A table or column that is gone has no code of its own.
            Some(ErrorCode::Unknown) => fault::changed(&self.name),
            _ => fault::refused(&self.name, "SQLite could not answer; the log says why"),
        }
    }

    fn facts(&self) -> Result<Vec<RemoteFacts>> {
        let db = self.connect()?;
        let names = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') \
                     AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
        let columns = "SELECT name, type, pk FROM pragma_table_xinfo(?1) WHERE hidden <> 1 ORDER BY cid";
        let looked = || {
            let mut names = db.prepare(names)?;
            let names = names.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
            let mut columns = db.prepare(columns)?;
            let mut tables = Vec::new();
            for name in names {
                // A view whose table is gone can not be described, and is not there.
                let described = columns
                    .query_map([&name], |row| {
                        Ok((column(row.get(0)?, &row.get::<_, String>(1)?), row.get::<_, i64>(2)? > 0))
                    })
                    .and_then(Iterator::collect::<rusqlite::Result<Vec<(RemoteColumn, bool)>>>);
                let Ok(described) = described else { continue };
                let key =
                    described.iter().enumerate().filter(|(_, column)| column.1).map(|(i, _)| i).collect();
                let columns = described.into_iter().map(|(column, _)| column).collect();
                let place = ("main".to_string(), name.clone());
                tables.push(RemoteFacts { rows: guess(&db, &name), name, place, columns, key });
            }
            Ok(tables)
        };
        looked().map_err(|e: rusqlite::Error| self.fault(&e))
    }

    fn read(
        &self,
        text: &SqlText,
        kinds: &[(String, Kind)],
        stop: &Stop,
        send: &mpsc::Sender<Result<Fetched>>,
    ) -> Result<()> {
        let db = self.connect()?;
        stop.holds(db.get_interrupt_handle());
        let mut statement = db.prepare(&text.sql).map_err(|e| self.fault(&e))?;
        let binds = rusqlite::params_from_iter(text.binds.iter());
        let mut rows = statement.query(binds).map_err(|e| self.fault(&e))?;
        let mut cells = Cells::new(&self.name, kinds, &self.limits);
        while let Some(row) = rows.next().map_err(|e| self.fault(&e))? {
            for index in 0..cells.width() {
                let value = row.get_ref(index).map_err(|e| self.fault(&e))?;
                cells.put(index, cell(value))?;
            }
            if let Some(full) = cells.row()? {
                // Nobody takes it: the query has ended.
                if stop.fallen() || send.blocking_send(Ok(full)).is_err() {
                    return Ok(());
                }
            }
        }
        if let Some(last) = cells.take()? {
            let _ = send.blocking_send(Ok(last));
        }
        Ok(())
    }
}

#[async_trait]
impl Remote for Sqlite {
    fn dialect(&self) -> Dialect {
        self.dialect
    }

    async fn tables(&self) -> Result<Vec<RemoteFacts>> {
        let file = self.clone();
        let looked = tokio::task::spawn_blocking(move || file.facts()).await;
        looked.unwrap_or_else(|e| Err(Error::internal("the thread that reads SQLite is gone", e)))
    }

    async fn open(&self, text: SqlText, kinds: Vec<(String, Kind)>) -> Result<Batches> {
        let (send, receive) = mpsc::channel(WAITING_MAX);
        let stop = Stop::default();
        let (file, seen) = (self.clone(), stop.clone());
        tokio::task::spawn_blocking(move || {
            if let Err(error) = file.read(&text, &kinds, &seen, &send) {
                let _ = send.blocking_send(Err(error));
            }
        });
        let reading = (receive, StopsWithMe(stop));
        let batches = futures::stream::unfold(reading, |mut reading| async move {
            reading.0.recv().await.map(|fetched| (fetched, reading))
        });
        Ok(batches.boxed())
    }
}

/// Ends a query from outside, also one that has not begun.
#[derive(Clone, Default)]
struct Stop {
    fallen: Arc<AtomicBool>,
    handle: Arc<Mutex<Option<InterruptHandle>>>,
}

impl Stop {
    fn holds(&self, handle: InterruptHandle) {
        *self.handle.lock().unwrap_or_else(PoisonError::into_inner) = Some(handle);
    }

    fn fallen(&self) -> bool {
        self.fallen.load(Ordering::Relaxed)
    }
}

struct StopsWithMe(Stop);

impl Drop for StopsWithMe {
    fn drop(&mut self) {
        self.0.fallen.store(true, Ordering::Relaxed);
        if let Some(handle) = &*self.0.handle.lock().unwrap_or_else(PoisonError::into_inner) {
            handle.interrupt();
        }
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Value::Truth(truth) => ToSqlOutput::Owned(SqlValue::Integer(i64::from(*truth))),
            Value::Whole(whole) => ToSqlOutput::Owned(SqlValue::Integer(*whole)),
            Value::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            // No column of SQLite is of these classes.
            _ => ToSqlOutput::Owned(SqlValue::Null),
        })
    }
}

fn cell(value: ValueRef<'_>) -> Cell<'_> {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(whole) => Cell::Whole(whole),
        ValueRef::Real(number) => Cell::Number(number),
        ValueRef::Text(text) => Cell::Text(text),
        ValueRef::Blob(bytes) => Cell::Bytes(bytes),
    }
}

/// By what is declared, as SQLite does it; booleans and numbers of any kind by their usual names.
fn column(name: String, declared: &str) -> RemoteColumn {
    let declared = declared.to_ascii_uppercase();
    let has = |words: &[&str]| words.iter().any(|word| declared.contains(word));
    let (kind, class) = if has(&["INT"]) {
        (Kind::Int64, Some(Class::Whole))
    } else if has(&["CHAR", "CLOB", "TEXT"]) {
        (Kind::Text, Some(Class::Text))
    } else if has(&["BLOB"]) {
        (Kind::Bytes, None)
    } else if has(&["REAL", "FLOA", "DOUB", "NUMERIC", "DECIMAL"]) {
        (Kind::Float64, None)
    } else if has(&["BOOL"]) {
        (Kind::Truth, Some(Class::Truth))
    } else {
        // Dates, and what is not declared: whatever is there, as text, and compared here.
        (Kind::Text, None)
    };
    RemoteColumn {
        of: 0,
        name,
        kind,
        class,
        as_text: false,
        exact: false,
        near: false,
        ordered: true,
        sorted: true,
    }
}

/// As many as the last ANALYZE counted.
fn guess(db: &rusqlite::Connection, table: &str) -> Option<usize> {
    let counted = "SELECT max(CAST(stat AS INTEGER)) FROM sqlite_stat1 WHERE tbl = ?1";
    if let Ok(Some(rows)) = db.query_row(counted, [table], |row| row.get::<_, Option<i64>>(0)) {
        return usize::try_from(rows).ok();
    }
    // The largest row number is found at once; a view, or a table without numbers, has none.
    let largest = format!("SELECT max(t0.rowid) FROM main.{} AS t0", quoted(table, Family::Sqlite));
    let is_table = "SELECT 1 FROM sqlite_schema WHERE name = ?1 AND type = 'table'";
    db.query_row(is_table, [table], |_| Ok(())).ok()?;
    let rows = db.query_row(&largest, [], |row| row.get::<_, Option<i64>>(0)).ok()?;
    usize::try_from(rows.unwrap_or(0)).ok()
}
