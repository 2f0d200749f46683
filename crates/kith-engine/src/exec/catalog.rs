//! The tenant's catalog `kith`, with the schemas `source`, `identity`, `master`, `land` and `event` over the Delta
//! tables, `catalog` and `kith` over the store, and a schema for each connection. A table is opened when a query names it, so every query sees the current version.

use crate::catalog;
use crate::fresh::{Base, Fresh};
use crate::lake::{SCHEMAS, open_delta, position_of, table_names};
use crate::remote::Connections;
use crate::told::{self, Told};
use async_trait::async_trait;
use datafusion::catalog::{CatalogProvider, SchemaProvider, TableProvider};
use datafusion::error::DataFusionError;
use kith_core::id::SourceName;
use kith_live::Live;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// One tenant's tables.
#[derive(Debug)]
pub(super) struct LakeCatalog {
    pub(super) dir: PathBuf,
    /// Catalogues that events refer to, which are read from the store.
    pub(super) items: Option<Arc<ItemSchema>>,
    /// What has changed since the lake was written.
    pub(super) fresh: Option<Fresh>,
    /// What is read from the store when somebody asks.
    pub(super) told: Option<Told>,
    /// Databases that are read where they are.
    pub(super) connections: Connections,
}

impl CatalogProvider for LakeCatalog {
    fn schema_names(&self) -> Vec<String> {
        let items = self.items.iter().map(|_| catalog::SCHEMA);
        let remote = self.connections.names();
        let told = self.told.iter().map(|_| told::SCHEMA);
        SCHEMAS.into_iter().chain(items).chain(told).map(str::to_string).chain(remote).collect()
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        if let Some(items) = self.items.as_ref().filter(|_| name == catalog::SCHEMA) {
            return Some(items.clone());
        }
        let known = SCHEMAS.into_iter().chain(self.told.iter().map(|_| told::SCHEMA)).find(|s| *s == name);
        let Some(name) = known else { return self.connections.schema(name) };
        let (fresh, told) = (self.fresh.clone(), self.told.clone());
        Some(Arc::new(LakeSchema { name, dir: self.dir.join(name), fresh, told }))
    }
}

/// The schema `catalog`: a table for each catalogue of `kith.toml`, as it is when a query names it.
pub(super) struct ItemSchema {
    pub(super) live: Live,
    pub(super) names: Vec<SourceName>,
}

impl fmt::Debug for ItemSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.names).finish()
    }
}

#[async_trait]
impl SchemaProvider for ItemSchema {
    fn table_names(&self) -> Vec<String> {
        self.names.iter().map(|name| name.as_str().to_string()).collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>, DataFusionError> {
        let known = self.names.iter().find(|known| known.as_str() == name);
        known.map(|known| catalog::provider(&self.live, known)).transpose()
    }

    fn table_exist(&self, name: &str) -> bool {
        self.names.iter().any(|known| known.as_str() == name)
    }
}

#[derive(Debug)]
struct LakeSchema {
    name: &'static str,
    dir: PathBuf,
    fresh: Option<Fresh>,
    told: Option<Told>,
}

impl LakeSchema {
    /// What the lake has of a table.
    async fn base(&self, name: &str) -> Result<Option<Base>, DataFusionError> {
        // A name is only ever looked up among the folders that exist, never joined to a path as it came.
        if !table_names(&self.dir).iter().any(|known| known == name) {
            return Ok(None);
        }
        let external = |e: deltalake_core::DeltaTableError| DataFusionError::External(Box::new(e));
        let Some(delta) = open_delta(&self.dir.join(name)).await.map_err(external)? else { return Ok(None) };
        let position = position_of(&delta).await.map_err(external)?.unwrap_or_default();
        let provider: Arc<dyn TableProvider> = delta.table_provider().await?;
        Ok(Some((provider, position)))
    }
}

#[async_trait]
impl SchemaProvider for LakeSchema {
    fn table_names(&self) -> Vec<String> {
        let mut names = table_names(&self.dir);
        let arriving = self.fresh.iter().flat_map(|fresh| fresh.names(self.name));
        let told = self.told.iter().flat_map(|told| told.names(self.name));
        names.extend(arriving.chain(told).map(|name| name.to_string()));
        names.sort_unstable();
        names.dedup();
        names
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>, DataFusionError> {
        let base = self.base(name).await?;
        let (schema, name, fresh, told) =
            (self.name, name.to_string(), self.fresh.clone(), self.told.clone());
        // They read the store.
        let found = tokio::task::spawn_blocking(move || {
            if let Some(table) = told.map(|told| told.table(schema, &name)).transpose()?.flatten() {
                return Ok(Some(table));
            }
            let over =
                fresh.map_or_else(|| Ok(base.clone()), |fresh| fresh.over(schema, &name, base.clone()));
            over.map(|over| over.map(|(table, _)| table))
        });
        let found: crate::error::Result<_> =
            found.await.map_err(|e| DataFusionError::External(Box::new(e)))?;
        found.map_err(|e| DataFusionError::External(Box::new(e)))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.table_names().iter().any(|t| t == name)
    }
}
