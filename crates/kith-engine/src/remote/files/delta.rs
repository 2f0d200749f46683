//! A Delta table of a place, at its newest version when a query names it.

use super::fault;
use super::metered::{Metered, only};
use super::place::Place;
use super::scan::FileScan;
use super::table::ADDRESS;
use crate::error::{Error, Result};
use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Statistics;
use datafusion::error::{DataFusionError, Result as Planned};
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use deltalake_core::{DeltaTableBuilder, DeltaTableError};
use reqwest::Url;
use std::collections::HashMap;
use std::sync::Arc;

/// See the module.
#[derive(Debug)]
pub(super) struct DeltaFiles {
    place: Arc<Place>,
    name: String,
    inner: Arc<dyn TableProvider>,
    store: Arc<Metered>,
}

impl DeltaFiles {
    pub async fn open(place: Arc<Place>, name: &str, path: &str) -> Result<DeltaFiles> {
        let bad = |e: DeltaTableError| {
            tracing::warn!(connection = place.name(), path, error = %e, "a Delta table can not be opened");
            of_ours(&e).unwrap_or_else(|| fault::bad(place.name(), path, "its Delta log can not be read"))
        };
        let store = place.metered(HashMap::new())?;
        let mut url = Url::parse(ADDRESS).map_err(|e| Error::internal("an address is wrong", e))?;
        url.set_path(&format!("{path}/"));
        let builder = DeltaTableBuilder::from_url(url.clone()).map_err(bad)?;
        let table = builder.with_storage_backend(store.clone(), url).load().await.map_err(bad)?;
        let inner = table.table_provider().await.map_err(|e| bad(e.into()))?;
        Ok(DeltaFiles { name: name.to_string(), inner, store, place })
    }
}

/// What a limit or a link said, somewhere in it.
fn of_ours(error: &DeltaTableError) -> Option<Error> {
    let mut at: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(here) = at {
        if let Some(ours) = here.downcast_ref::<Error>() {
            return Some(ours.again());
        }
        at = here.source();
    }
    None
}

#[async_trait]
impl TableProvider for DeltaFiles {
    fn schema(&self) -> SchemaRef {
        self.inner.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Planned<Vec<TableProviderFilterPushDown>> {
        self.inner.supports_filters_pushdown(filters)
    }

    fn statistics(&self) -> Option<Statistics> {
        self.inner.statistics()
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Planned<Arc<dyn ExecutionPlan>> {
        let own = state.as_any().downcast_ref::<SessionState>();
        let own = own.ok_or_else(|| DataFusionError::Internal("a session is of another kind".into()))?;
        let url = ObjectStoreUrl::parse(ADDRESS)?;
        // The library looks for its files in the session: here it finds these, and no others.
        let env = only(state.runtime_env(), &url, self.store.clone())?;
        let own = SessionStateBuilder::new_from_existing(own.clone()).with_runtime_env(env).build();
        let scan = self.inner.scan(&own, projection, filters, limit).await;
        let scan = scan.map_err(|e| fault::of_scan(self.place.name(), &self.name, e))?;
        let said = format!("{}.{}, format=delta", self.place.name(), self.name);
        Ok(Arc::new(FileScan::new(said, self.place.clone(), self.store.clone(), url, scan)))
    }
}
