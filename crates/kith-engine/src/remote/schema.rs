//! The schema of a database. What tables there are is asked when a query wants to know, and kept for a moment.

use super::connections::{Connected, Found};
use super::table::RemoteTable;
use super::{Remote, RemoteFacts, ask::Dialect, fault};
use crate::error::{Error, Result};
use async_trait::async_trait;
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::error::DataFusionError;
use kith_core::config::ConnectionLimits;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long the list of tables is taken as it was.
const KNOWN: Duration = Duration::from_secs(10);
/// How long a database that could not be reached is not tried again: whoever asks meanwhile need not wait for it.
const DOWN: Duration = Duration::from_secs(3);
/// How long a list of tables is waited for.
const LIST: Duration = Duration::from_secs(10);

/// A connection that may be read.
#[derive(Debug)]
pub(super) struct Opened {
    pub name: String,
    /// Tables that may be read; empty = all.
    wanted: Vec<String>,
    limits: ConnectionLimits,
    remote: Arc<dyn Remote>,
    known: Mutex<Option<Known>>,
    places: Arc<Semaphore>,
}

#[derive(Debug)]
struct Known {
    at: Instant,
    tables: Result<Arc<Vec<RemoteFacts>>>,
}

impl Opened {
    pub fn new(name: &str, wanted: &[String], limits: ConnectionLimits, remote: Arc<dyn Remote>) -> Opened {
        // The schema that is not named where it is PostgreSQL's usual one.
        let wanted = wanted.iter().map(|t| t.strip_prefix("public.").unwrap_or(t).to_string()).collect();
        let places = Arc::new(Semaphore::new(usize::try_from(limits.scans).unwrap_or(1)));
        Opened { name: name.into(), wanted, limits, remote, known: Mutex::new(None), places }
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
            *self.known.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }

    /// The tables, as they were a moment ago at the latest.
    async fn tables(&self) -> Result<Arc<Vec<RemoteFacts>>> {
        if let Some(known) = &*self.known.lock().unwrap_or_else(PoisonError::into_inner) {
            let fresh = if known.tables.is_ok() { KNOWN } else { DOWN };
            if known.at.elapsed() < fresh {
                return known.tables.as_ref().map(Arc::clone).map_err(Error::again);
            }
        }
        let asked = tokio::time::timeout(LIST, self.remote.tables()).await;
        let tables = asked.unwrap_or_else(|_| Err(fault::slow(&self.name, LIST)));
        let columns_max = usize::try_from(self.limits.columns).unwrap_or(usize::MAX);
        let tables = tables.map(|mut tables| {
            tables.retain(|table| {
                let wanted = self.wanted.is_empty() || self.wanted.contains(&table.name);
                wanted && !table.columns.is_empty() && table.columns.len() <= columns_max
            });
            Arc::new(tables)
        });
        let again = tables.as_ref().map(Arc::clone).map_err(Error::again);
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Known { at: Instant::now(), tables });
        again
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
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = None;
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
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.as_ref()?;
        Some((known.at.elapsed(), known.tables.as_ref().map(Arc::clone).map_err(Error::again)))
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
