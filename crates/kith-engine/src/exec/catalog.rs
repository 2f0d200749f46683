//! The tenant's catalog `kith`, with the schemas `source`, `identity`, `master` and `land` over the Delta tables.
//! A table is opened when a query names it, so every query sees the current version.

use crate::lake::{SCHEMAS, open_delta, table_names};
use async_trait::async_trait;
use datafusion::catalog::{CatalogProvider, SchemaProvider, TableProvider};
use datafusion::error::DataFusionError;
use std::path::PathBuf;
use std::sync::Arc;

/// One tenant's tables.
#[derive(Debug)]
pub(super) struct LakeCatalog {
    pub(super) dir: PathBuf,
}

impl CatalogProvider for LakeCatalog {
    fn schema_names(&self) -> Vec<String> {
        SCHEMAS.iter().map(|s| s.to_string()).collect()
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        let name = SCHEMAS.iter().find(|s| **s == name)?;
        Some(Arc::new(LakeSchema { dir: self.dir.join(name) }))
    }
}

#[derive(Debug)]
struct LakeSchema {
    dir: PathBuf,
}

#[async_trait]
impl SchemaProvider for LakeSchema {
    fn table_names(&self) -> Vec<String> {
        table_names(&self.dir)
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>, DataFusionError> {
        // A name is only ever looked up among the folders that exist, never joined to a path as it came.
        if !self.table_exist(name) {
            return Ok(None);
        }
        let external = |e: deltalake_core::DeltaTableError| DataFusionError::External(Box::new(e));
        match open_delta(&self.dir.join(name)).await.map_err(external)? {
            Some(delta) => {
                let provider: Arc<dyn TableProvider> = delta.table_provider().await?;
                Ok(Some(provider))
            }
            None => Ok(None),
        }
    }

    fn table_exist(&self, name: &str) -> bool {
        self.table_names().iter().any(|t| t == name)
    }
}
