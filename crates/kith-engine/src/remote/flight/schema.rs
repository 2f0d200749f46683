//! A server of Flight SQL, as a schema of the catalogue.

use super::super::connections::Connected;
use super::super::fault::refused;
use super::super::known::Known;
use super::super::rows::shown;
use super::super::schema::listed;
use super::super::tls::Guard;
use super::table::FlightTable;
use crate::error::{Error, Result};
use arrow_flight::IpcMessage;
use arrow_flight::sql::CommandGetTables;
use async_trait::async_trait;
use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::error::DataFusionError;
use futures::TryStreamExt;
use kith_core::config::{Connection, ConnectionLimits, Flight};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Schemas whose tables are named without them: what servers call the usual one.
const USUAL: [&str; 3] = ["", "public", "main"];

/// A table of a server.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    /// Its name here.
    pub name: String,
    /// Its schema and its name there.
    pub place: (String, String),
    pub schema: SchemaRef,
}

/// A server that may be read.
#[derive(Debug)]
pub(crate) struct FlightServer {
    pub(super) name: String,
    pub(super) flight: Flight,
    pub(super) limits: ConnectionLimits,
    pub(super) base: PathBuf,
    pub(super) guard: Guard,
    /// Tables that may be read; empty = all.
    wanted: Vec<String>,
    known: Known<Facts>,
    places: Arc<Semaphore>,
}

/// A text of each row of a column; nothing where it is missing.
fn texts(batch: &RecordBatch, column: &str) -> Option<Vec<String>> {
    let column = cast(batch.column_by_name(column)?, &DataType::Utf8).ok()?;
    let column = column.as_string::<i32>();
    Some(
        (0..column.len())
            .map(|row| if column.is_null(row) { String::new() } else { column.value(row).into() })
            .collect(),
    )
}

fn facts(batch: &RecordBatch) -> Option<Vec<Facts>> {
    let (schemas, tables) = (texts(batch, "db_schema_name")?, texts(batch, "table_name")?);
    let columns = batch.column_by_name("table_schema")?.as_binary_opt::<i32>()?;
    let one = |row: usize| {
        let schema = Schema::try_from(IpcMessage(columns.value(row).to_vec().into())).ok()?;
        let (of, table) = (schemas.get(row)?.clone(), tables.get(row)?.clone());
        let name = if USUAL.contains(&of.as_str()) { table.clone() } else { format!("{of}.{table}") };
        Some(Facts { name, place: (of, table), schema: shown(&schema) })
    };
    // A table whose columns can not be told is not there.
    Some((0..batch.num_rows()).filter_map(one).collect())
}

impl FlightServer {
    /// That of a connection. Nothing is reached yet.
    pub fn new(connection: &Connection, base: &Path) -> FlightServer {
        FlightServer {
            name: connection.name.as_str().into(),
            flight: connection.flight.clone().unwrap_or_default(),
            limits: connection.limits,
            base: base.into(),
            guard: Guard::of(connection, base),
            wanted: connection.tables.clone(),
            known: Known::default(),
            places: Arc::new(Semaphore::new(usize::try_from(connection.limits.scans).unwrap_or(1))),
        }
    }

    /// A place among the scans that run at the same time.
    pub(super) async fn place(&self) -> Result<OwnedSemaphorePermit> {
        let place = self.places.clone().acquire_owned().await;
        place.map_err(|e| Error::internal("a connection is closed", e))
    }

    async fn tables(&self) -> Result<Arc<Vec<Facts>>> {
        self.known.of(&self.name, self.list()).await
    }

    async fn list(&self) -> Result<Vec<Facts>> {
        let mut client = self.client().await?;
        let request = CommandGetTables { include_schema: true, ..CommandGetTables::default() };
        let info = client.get_tables(request).await.map_err(|e| self.failed(&e))?;
        let mut all = Vec::new();
        for ticket in info.endpoint.into_iter().filter_map(|endpoint| endpoint.ticket) {
            let rows = client.do_get(ticket).await.map_err(|e| self.failed(&e))?;
            let batches: Vec<RecordBatch> = rows.try_collect().await.map_err(|e| self.failed(&e))?;
            for batch in &batches {
                all.extend(
                    facts(batch)
                        .ok_or_else(|| refused(&self.name, "its list of tables is not one of Flight SQL"))?,
                );
            }
        }
        let most = usize::try_from(self.limits.columns).unwrap_or(usize::MAX);
        all.retain(|table| {
            let wanted = self.wanted.is_empty() || self.wanted.contains(&table.name);
            wanted && (1..=most).contains(&table.schema.fields().len())
        });
        Ok(all)
    }
}

#[async_trait]
impl Connected for FlightServer {
    fn name(&self) -> &str {
        &self.name
    }

    fn schema(self: Arc<Self>) -> Arc<dyn SchemaProvider> {
        Arc::new(FlightSchema(self))
    }

    fn forget(&self) {
        self.known.forget();
    }

    async fn check(&self) -> Result<usize> {
        self.forget();
        let tables = self.tables().await?;
        match self.wanted.iter().find(|wanted| !tables.iter().any(|table| table.name == **wanted)) {
            Some(missing) => {
                Err(refused(&self.name, &format!("there is no table {missing:?} that its user may read")))
            }
            None => Ok(tables.len()),
        }
    }
}

/// The schema of a server.
#[derive(Debug)]
struct FlightSchema(Arc<FlightServer>);

#[async_trait]
impl SchemaProvider for FlightSchema {
    fn table_names(&self) -> Vec<String> {
        if !self.0.wanted.is_empty() {
            return self.0.wanted.clone();
        }
        let tables = listed(self.0.tables());
        tables.map(|tables| tables.iter().map(|table| table.name.clone()).collect()).unwrap_or_default()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>, DataFusionError> {
        let tables = self.0.tables().await.map_err(|e| DataFusionError::External(Box::new(e)))?;
        let facts = tables.iter().find(|table| table.name == name);
        Ok(facts.map(|facts| Arc::new(FlightTable::new(self.0.clone(), facts.clone())) as _))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.0.wanted.is_empty() || self.0.wanted.iter().any(|wanted| wanted == name)
    }
}
