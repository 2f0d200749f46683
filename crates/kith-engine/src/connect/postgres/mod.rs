//! A table or view of a PostgreSQL database as a source.
//!
//! 1. Connect (the password comes by reference, never from kith.toml).
//! 2. Begin one read-only transaction at repeatable read: a pull sees one state of the table.
//! 3. Find the table's columns, their types and primary key in the catalogue.
//! 4. Read rows through a portal, a batch at a time; the server renders every type as text, so that `numeric`
//!    keeps all digits and times come as ISO 8601 in UTC.
//! 5. With an `updated_at` column only rows at or after the latest time seen are read, and of all others the
//!    keys, so that removed rows are noticed.
//!
//! The server is spoken to on a thread of its own, whatever runtime the caller is in. TLS is not there yet: a server
//! that insists on it is refused with a message that says so.

mod server;
#[cfg(test)]
pub(crate) mod tests;
mod value;

pub(super) use server::Server;

use super::{Connector, PullEnd, Pulled, Sink, broken_text, no_table, quoted, too_large};
use crate::tabular::{Limits, flatten};
use crate::{Error, Result};
use serde_json::{Map, Value, json};
use server::{alone, block_on};
use std::sync::mpsc::{SyncSender, sync_channel};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, IsolationLevel, Transaction};
use value::{Column, Raw, column, get, value};

/// Rows asked for at once: few enough that a batch of long texts is some MB, many enough that a round trip is shared.
const BATCH_ROWS: i32 = 1000;

/// A table.
pub(in crate::connect) struct Table {
    server: Server,
    table: String,
    /// The configured key; empty = the table's primary key.
    key: Vec<String>,
    updated_at: Option<String>,
    limits: Limits,
}

struct Catalogue {
    /// Quoted, with its schema.
    table: String,
    columns: Vec<Column>,
    primary_key: Vec<String>,
}

impl Table {
    pub fn new(
        server: Server,
        table: String,
        key: Vec<String>,
        updated_at: Option<String>,
        limits: Limits,
    ) -> Table {
        Table { server, table, key, updated_at, limits }
    }

    fn fault(&self, e: tokio_postgres::Error) -> Error {
        self.server.fault(&e)
    }

    /// One read-only transaction with one way of writing times and bytes.
    async fn begin<'a>(&self, client: &'a mut Client) -> Result<Transaction<'a>> {
        let builder =
            client.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true);
        let transaction = builder.start().await.map_err(|e| self.fault(e))?;
        let settings = "SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL bytea_output = 'hex'; \
                        SET LOCAL intervalstyle = 'iso_8601'; SET LOCAL extra_float_digits = 1";
        transaction.batch_execute(settings).await.map_err(|e| self.fault(e))?;
        Ok(transaction)
    }

    async fn catalogue(&self, transaction: &Transaction<'_>) -> Result<Catalogue> {
        let (schema, name) = match self.table.split_once('.') {
            Some((schema, name)) => (Some(schema), name),
            None => (None, self.table.as_str()),
        };
        let sql = "SELECT c.oid, n.nspname::text FROM pg_catalog.pg_class c \
                   JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                   WHERE c.relname = $1::text AND c.relkind IN ('r', 'p', 'v', 'm', 'f') \
                   AND CASE WHEN $2::text IS NULL THEN pg_catalog.pg_table_is_visible(c.oid) ELSE n.nspname = $2 END";
        let found = transaction.query_opt(sql, &[&name, &schema]).await.map_err(|e| self.fault(e))?;
        let Some(found) = found else {
            let server = self.server.clone();
            // On another connection and thread: this one is inside its own runtime.
            let tables =
                std::thread::scope(|s| s.spawn(|| server.tables()).join()).unwrap_or(Ok(Vec::new()))?;
            return Err(no_table(&self.server.shown(), &self.table, &tables));
        };
        let (oid, schema): (u32, String) = (get(&found, 0)?, get(&found, 1)?);
        let sql = "SELECT a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod), t.typname::text, \
                   t.typcategory::text, coalesce(pg_catalog.array_position(i.indkey::int2[], a.attnum), -1) \
                   FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
                   LEFT JOIN pg_catalog.pg_index i ON i.indrelid = a.attrelid AND i.indisprimary \
                   WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum";
        let rows = transaction.query(sql, &[&oid]).await.map_err(|e| self.fault(e))?;
        let mut columns = Vec::with_capacity(rows.len());
        let mut key: Vec<(i32, String)> = Vec::new();
        for row in &rows {
            let column = column(get(row, 0)?, get(row, 1)?, &get::<String>(row, 2)?, &get::<String>(row, 3)?);
            let place: i32 = get(row, 4)?;
            if place >= 0 {
                key.push((place, column.name.clone()));
            }
            columns.push(column);
        }
        key.sort();
        let primary_key = key.into_iter().map(|(_, name)| name).collect();
        Ok(Catalogue { table: format!("{}.{}", quoted(&schema), quoted(name)), columns, primary_key })
    }

    /// Reads the whole conversation of a pull into a channel.
    async fn read(&self, since: Option<String>, send: SyncSender<Vec<Pulled>>) -> Result<PullEnd> {
        let mut client = self.server.connect().await?;
        let transaction = self.begin(&mut client).await?;
        let catalogue = self.catalogue(&transaction).await?;
        let Catalogue { table, columns, primary_key } = &catalogue;
        let key = if self.key.is_empty() { primary_key } else { &self.key };
        let updated_at = columns.iter().find(|c| Some(&c.name) == self.updated_at.as_ref());
        let mut latest = None;
        if let Some(column) = updated_at {
            let sql = format!("SELECT max({})::text FROM {table}", quoted(&column.name));
            let row = transaction.query_one(&sql, &[]).await.map_err(|e| self.fault(e))?;
            latest = get::<Option<String>>(&row, 0)?;
        }
        let end = PullEnd { cursor: json!({ "updated_at": latest }), whole: true };
        let stopped = PullEnd { cursor: Value::Null, whole: false };

        let all: Vec<&Column> = columns.iter().collect();
        let (Some(column), Some(since), false) = (updated_at, since, key.is_empty()) else {
            let whole = self.stream(&transaction, table, &all, None, false, &send).await?;
            return Ok(if whole { end } else { stopped });
        };
        let (name, sql_type) = (quoted(&column.name), &column.sql_type);
        let new = format!("{name} >= $1::text::{sql_type} OR {name} IS NULL");
        if !self.stream(&transaction, table, &all, Some((new, &since)), false, &send).await? {
            return Ok(stopped);
        }
        let keys: Vec<&Column> = columns.iter().filter(|c| key.contains(&c.name)).collect();
        let old = format!("{name} < $1::text::{sql_type}");
        let whole = self.stream(&transaction, table, &keys, Some((old, &since)), true, &send).await?;
        Ok(if whole { end } else { stopped })
    }

    /// Sends the rows of one query; false if nobody takes them any more.
    async fn stream(
        &self,
        transaction: &Transaction<'_>,
        table: &str,
        columns: &[&Column],
        filter: Option<(String, &String)>,
        only_keys: bool,
        send: &SyncSender<Vec<Pulled>>,
    ) -> Result<bool> {
        let selected = columns.iter().map(|c| c.select.as_str()).collect::<Vec<_>>().join(", ");
        let mut sql = format!("SELECT {selected} FROM {table}");
        let mut parameters: Vec<&(dyn ToSql + Sync)> = Vec::new();
        if let Some((condition, since)) = &filter {
            sql = format!("{sql} WHERE {condition}");
            parameters.push(since);
        }
        let statement = transaction.prepare(&sql).await.map_err(|e| self.fault(e))?;
        let portal = transaction.bind(&statement, &parameters).await.map_err(|e| self.fault(e))?;
        let mut number = 0u64;
        loop {
            let rows = transaction.query_portal(&portal, BATCH_ROWS).await.map_err(|e| self.fault(e))?;
            let mut batch = Vec::with_capacity(rows.len());
            for row in &rows {
                number += 1;
                batch.push(self.row(number, columns, row, only_keys)?);
            }
            let last = rows.len() < BATCH_ROWS as usize;
            if send.send(batch).is_err() {
                return Ok(false);
            }
            if last {
                return Ok(true);
            }
        }
    }

    fn row(
        &self,
        number: u64,
        columns: &[&Column],
        row: &tokio_postgres::Row,
        only_keys: bool,
    ) -> Result<Pulled> {
        let mut values = Map::with_capacity(columns.len());
        let mut refused = None;
        for (index, column) in columns.iter().enumerate() {
            let cell: Option<Raw> = get(row, index)?;
            let Some(Raw(bytes)) = cell else {
                values.insert(column.name.clone(), Value::Null);
                continue;
            };
            if bytes.len() > self.limits.row_bytes {
                refused.get_or_insert_with(|| too_large(&column.name, bytes, self.limits));
            } else if let Ok(text) = std::str::from_utf8(bytes) {
                values.insert(column.name.clone(), value(column.shape, text));
            } else {
                refused.get_or_insert_with(|| broken_text(&column.name, bytes));
            }
        }
        let place = format!("row {number}");
        let row = flatten(values);
        Ok(match refused {
            _ if only_keys => Pulled::Present(row),
            None => Pulled::Row { place, row, original: None },
            Some(mut reject) => {
                reject.place = place;
                Pulled::Reject { reject, row }
            }
        })
    }

    fn look(&self) -> Result<Catalogue> {
        alone(async {
            let mut client = self.server.connect().await?;
            let transaction = self.begin(&mut client).await?;
            self.catalogue(&transaction).await
        })
    }
}

impl Connector for Table {
    fn columns(&mut self) -> Result<Option<Vec<String>>> {
        Ok(Some(self.look()?.columns.into_iter().map(|c| c.name).collect()))
    }

    fn key(&mut self) -> Result<Vec<String>> {
        Ok(self.look()?.primary_key)
    }

    fn pull(&mut self, cursor: Option<&Value>, sink: Sink) -> Result<PullEnd> {
        let since = cursor.and_then(|c| c.get("updated_at")).and_then(Value::as_str).map(str::to_string);
        // Four batches: the server reads ahead while rows land.
        let (send, receive) = sync_channel(4);
        std::thread::scope(|scope| {
            let table = &*self;
            let reader = scope.spawn(move || block_on(table.read(since, send)));
            for pulled in receive.into_iter().flatten() {
                if sink(pulled)?.is_break() {
                    return Ok(PullEnd { cursor: Value::Null, whole: false });
                }
            }
            reader.join().unwrap_or_else(|_| {
                Err(Error::internal("the thread that reads PostgreSQL panicked", "panic"))
            })
        })
    }
}
