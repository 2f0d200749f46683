//! An application, as a schema of the catalogue. Its tables are those of the configuration, so lists of them ask nobody.

use super::super::connections::Connected;
use super::super::fault::slow;
use super::super::meter::Allowance;
use super::http::Caller;
use super::paging::first;
use super::table::ApiTable;
use crate::error::{Error, Result};
use async_trait::async_trait;
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::error::DataFusionError;
use kith_core::config::{Connection, ConnectionLimits, Resource, Rest};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long `kith doctor` waits for an application.
const LOOK: Duration = Duration::from_secs(10);

/// An application that may be read.
#[derive(Debug)]
pub(crate) struct Api {
    pub name: String,
    pub rest: Rest,
    pub limits: ConnectionLimits,
    pub base: PathBuf,
    places: Arc<Semaphore>,
}

impl Api {
    /// That of a connection. Nothing is reached yet.
    pub fn new(connection: &Connection, base: &Path) -> Api {
        let rest = connection.rest.clone().unwrap_or_default();
        let places = Arc::new(Semaphore::new(usize::try_from(connection.limits.scans).unwrap_or(1)));
        let name = connection.name.as_str().to_string();
        Api { name, rest, limits: connection.limits, base: base.into(), places }
    }

    /// A place among the scans that run at the same time.
    pub async fn place(&self) -> Result<OwnedSemaphorePermit> {
        let place = self.places.clone().acquire_owned().await;
        place.map_err(|e| Error::internal("a connection is closed", e))
    }

    fn resource(&self, table: &str) -> Option<&Resource> {
        self.rest.resources.iter().find(|resource| resource.table == table)
    }
}

#[async_trait]
impl Connected for Api {
    fn name(&self) -> &str {
        &self.name
    }

    fn schema(self: Arc<Self>) -> Arc<dyn SchemaProvider> {
        Arc::new(ApiSchema(self))
    }

    /// Asks for the first page of its first table: how many tables it has.
    async fn check(&self) -> Result<usize> {
        let Some(resource) = self.rest.resources.first() else { return Ok(0) };
        let asked = async {
            let mut allowance = Allowance::new(&self.name, self.limits);
            let url = first(self, resource, &[])?;
            Caller::open(self)?.get(self, url, &mut allowance).await
        };
        tokio::time::timeout(LOOK, asked).await.unwrap_or_else(|_| Err(slow(&self.name, LOOK)))?;
        Ok(self.rest.resources.len())
    }
}

/// The schema of an application.
#[derive(Debug)]
struct ApiSchema(Arc<Api>);

#[async_trait]
impl SchemaProvider for ApiSchema {
    fn table_names(&self) -> Vec<String> {
        self.0.rest.resources.iter().map(|resource| resource.table.clone()).collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>, DataFusionError> {
        let resource = self.0.resource(name).cloned();
        Ok(resource.map(|resource| Arc::new(ApiTable::new(self.0.clone(), resource)) as _))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.0.resource(name).is_some()
    }
}
