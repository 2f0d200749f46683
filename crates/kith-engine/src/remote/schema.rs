//! The schema of a database. What tables there are is asked when a query wants to know, and kept for a moment.

use super::connections::{Connected, Found};
use super::known::Known;
use super::table::RemoteTable;
use super::{Remote, RemoteFacts, ask::Dialect, fault};
use crate::error::{Error, Result};
use async_trait::async_trait;
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::error::DataFusionError;
use kith_core::config::ConnectionLimits;
use std::sync::Arc;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A connection that may be read.
#[derive(Debug)]
pub(super) struct Opened {
    pub name: String,
    /// Tables that may be read; empty = all.
    wanted: Vec<String>,
    limits: ConnectionLimits,
    remote: Arc<dyn Remote>,
    known: Known<RemoteFacts>,
    places: Arc<Semaphore>,
}

impl Opened {
    pub fn new(name: &str, wanted: &[String], limits: ConnectionLimits, remote: Arc<dyn Remote>) -> Opened {
        // The schema that is not named where it is PostgreSQL's usual one.
        let wanted = wanted.iter().map(|t| t.strip_prefix("public.").unwrap_or(t).to_string()).collect();
        let places = Arc::new(Semaphore::new(usize::try_from(limits.scans).unwrap_or(1)));
        Opened { name: name.into(), wanted, limits, remote, known: Known::default(), places }
    }

    pub fn limits(&self) -> &ConnectionLimits {
        &self.limits
    }

    pub fn remote(&self) -> &Arc<dyn Remote> {
        &self.remote
    }

    pub fn dialect(&self) -> Dialect {
        self.remote.dialect()
    }

    /// A place among the scans that run at the same time.
    pub async fn place(&self) -> Result<OwnedSemaphorePermit> {
        let place = self.places.clone().acquire_owned().await;
        place.map_err(|e| Error::internal("a connection is closed", e))
    }

    /// What an error tells of the tables: they are not what they were.
    pub fn learn(&self, error: &Error) {
        if matches!(error.code(), "K-SCAN-SCHEMA" | "K-SCAN-DOWN") {
            self.known.forget();
        }
    }

    /// The tables, as they were a moment ago at the latest.
    async fn tables(&self) -> Result<Arc<Vec<RemoteFacts>>> {
        let columns_max = usize::try_from(self.limits.columns).unwrap_or(usize::MAX);
        let find = async {
            let mut tables = self.remote.tables().await?;
            tables.retain(|table| {
                let wanted = self.wanted.is_empty() || self.wanted.contains(&table.name);
                wanted && !table.columns.is_empty() && table.columns.len() <= columns_max
            });
            Ok(tables)
        };
        self.known.of(&self.name, find).await
    }

    /// For lists, which can not wait: their names, or none where the database can not be reached.
    fn names(&self) -> Vec<String> {
        if !self.wanted.is_empty() {
            return self.wanted.clone();
        }
        let tables = listed(self.tables());
        tables.map(|tables| tables.iter().map(|table| table.name.clone()).collect()).unwrap_or_default()
    }
}

#[async_trait]
impl Connected for Opened {
    fn name(&self) -> &str {
        &self.name
    }

    fn schema(self: Arc<Self>) -> Arc<dyn SchemaProvider> {
        Arc::new(RemoteSchema { opened: self })
    }

    fn forget(&self) {
        self.known.forget();
    }

    async fn check(&self) -> Result<usize> {
        self.forget();
        let tables = self.tables().await?;
        let missing = self.wanted.iter().find(|wanted| !tables.iter().any(|table| table.name == **wanted));
        match missing {
            Some(missing) => Err(fault::refused(
                &self.name,
                &format!("there is no table {missing:?} that its user may read"),
            )),
            None => Ok(tables.len()),
        }
    }

    fn known(&self) -> Option<Found> {
        self.known.last()
    }
}

/// What a list, which can not wait, waits for: where there is a thread that may.
pub(super) fn listed<T>(work: impl Future<Output = Result<T>>) -> Option<T> {
    match Handle::try_current() {
        Ok(handle) if handle.runtime_flavor() == RuntimeFlavor::MultiThread => {
            tokio::task::block_in_place(|| handle.block_on(work)).ok()
        }
        _ => None,
    }
}

/// The schema of one connection.
#[derive(Debug)]
struct RemoteSchema {
    opened: Arc<Opened>,
}

#[async_trait]
impl SchemaProvider for RemoteSchema {
    fn table_names(&self) -> Vec<String> {
        self.opened.names()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>, DataFusionError> {
        let tables = self.opened.tables().await.map_err(|e| DataFusionError::External(Box::new(e)))?;
        let facts = tables.iter().find(|table| table.name == name);
        Ok(facts.map(|facts| Arc::new(RemoteTable::new(self.opened.clone(), facts.clone())) as _))
    }

    /// Whether it is there turns out when it is opened, so that a database that is down is not taken for one without tables.
    fn table_exist(&self, name: &str) -> bool {
        self.opened.wanted.is_empty() || self.opened.wanted.iter().any(|wanted| wanted == name)
    }
}
