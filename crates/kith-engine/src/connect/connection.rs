//! A table of a connection as a source: whatever SQL reads in place can be landed, too.
//!
//! The table is read whole with each pull; landing compares each row with what it knows, so what has not changed is no new entry,
//! and what is gone is removed. It is read by the connection's own limits, on threads of its own, two batches ahead of landing.

use super::{Connector, PullEnd, Pulled, Sink, error, too_large};
use crate::exec::{cell_as_json, sql_error};
use crate::remote::Connections;
use crate::tabular::{Limits, Reject};
use crate::{Error, Result};
use datafusion::arrow::array::RecordBatch;
use datafusion::catalog::TableProvider;
use datafusion::prelude::SessionContext;
use futures::StreamExt;
use kith_core::config::Connection;
use serde_json::{Map, Value};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};

/// Batches that are read before they are landed.
const AHEAD: usize = 2;

/// See the module.
pub(super) struct Table {
    source: String,
    connections: Connections,
    /// The connection, and the table there.
    name: (String, String),
    limits: Limits,
}

impl Table {
    pub fn new(source: &str, connection: &Connection, table: &str, base: &Path, limits: Limits) -> Table {
        Table {
            source: source.into(),
            connections: Connections::of(std::slice::from_ref(connection), base),
            name: (connection.name.as_str().into(), table.into()),
            limits,
        }
    }

    async fn provider(&self) -> Result<Arc<dyn TableProvider>> {
        let (connection, table) = &self.name;
        let schema = self.connections.schema(connection);
        let found = match &schema {
            Some(schema) => schema.table(table).await.map_err(|e| sql_error::convert(&e))?,
            None => None,
        };
        found.ok_or_else(|| {
            let names = schema.map(|schema| schema.table_names()).unwrap_or_default();
            let what = format!("The connection {connection} has no table {table:?}.");
            let help = match names.is_empty() {
                true => "`kith doctor` tries the connection.".to_string(),
                false => format!("It has: {}.", names.join(", ")),
            };
            let problem = format!("could not read source {}", self.source);
            error::fault("K-SOURCE-TABLE", &self.source, problem, what, help)
        })
    }

    /// Sends batches until there are no more, or nobody takes them.
    async fn read(&self, to: &SyncSender<Result<RecordBatch>>) -> Result<()> {
        let table = SessionContext::new().read_table(self.provider().await?);
        let rows = table.map_err(|e| sql_error::convert(&e))?.execute_stream().await;
        let mut rows = rows.map_err(|e| sql_error::convert(&e))?;
        while let Some(batch) = rows.next().await {
            let batch = batch.map_err(|e| sql_error::convert(&e));
            let failed = batch.is_err();
            if to.send(batch).is_err() || failed {
                break;
            }
        }
        Ok(())
    }

    fn rows(&self, batch: &RecordBatch, first: u64, sink: &mut Sink) -> Result<bool> {
        let schema = batch.schema();
        for row in 0..batch.num_rows() {
            let place = format!("row {}", first + row as u64);
            let (mut values, mut refused) = (Map::new(), None);
            for (field, column) in schema.fields().iter().zip(batch.columns()) {
                let value = cell_as_json(column, row);
                match &value {
                    Value::String(text) if text.len() > self.limits.row_bytes => {
                        refused.get_or_insert_with(|| too_large(field.name(), text.as_bytes(), self.limits));
                    }
                    _ => _ = values.insert(field.name().clone(), value),
                }
            }
            let pulled = match refused {
                None => Pulled::Row { place, row: values, original: None },
                Some(reject) => Pulled::Reject { reject: Reject { place, ..reject }, row: values },
            };
            if sink(pulled)?.is_break() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Whatever runtime the caller is in: a conversation with a source has threads of its own.
pub(super) fn alone<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_stack_size(crate::exec::STACK_BYTES)
        .enable_all()
        .build();
    runtime.map_err(|e| Error::internal("could not start a thread to read a connection", e))?.block_on(work)
}

impl Connector for Table {
    fn columns(&mut self) -> Result<Option<Vec<String>>> {
        let table = &*self;
        let provider = std::thread::scope(|scope| scope.spawn(|| alone(table.provider())).join());
        let provider =
            provider.unwrap_or_else(|_| Err(Error::internal("a thread ended", "reading a table")))?;
        Ok(Some(provider.schema().fields().iter().map(|field| field.name().clone()).collect()))
    }

    /// What singles out a row is said in `kith.toml`, or its content does.
    fn key(&mut self) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    fn pull(&mut self, _: Option<&Value>, mut sink: Sink) -> Result<PullEnd> {
        let table = &*self;
        let whole = std::thread::scope(|scope| {
            let (to, from) = sync_channel(AHEAD);
            scope.spawn(move || {
                if let Err(error) = alone(table.read(&to)) {
                    // Whoever has left does not want to know.
                    let _ = to.send(Err(error));
                }
            });
            let mut first = 1;
            for batch in from {
                let batch = batch?;
                if !table.rows(&batch, first, &mut sink)? {
                    return Ok(false);
                }
                first += batch.num_rows() as u64;
            }
            Ok::<_, Error>(true)
        })?;
        Ok(PullEnd { cursor: Value::Null, whole })
    }
}
