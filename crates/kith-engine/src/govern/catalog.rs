//! The catalogue of one session: the tenant's tables, each of them governed. What the subject may not read is not there, by any
//! name and in any list.

use super::governed::GovernedTable;
use crate::postgres::WithPgCatalog;
use crate::view::{self, GoldSchema};
use async_trait::async_trait;
use datafusion::catalog::{CatalogProvider, CatalogProviderList, SchemaProvider, TableProvider};
use datafusion::error::DataFusionError;
use kith_core::govern::{Decide, Subject, TableRef};
use std::sync::Arc;

/// The name of the one catalogue.
pub(super) const CATALOG: &str = "kith";

/// Who asks, and who decides.
#[derive(Clone, Debug)]
pub(super) struct Ruling {
    pub subject: Arc<Subject>,
    pub decider: Arc<dyn Decide>,
}

/// All that a session can name.
#[derive(Debug)]
pub(super) struct GovernedCatalogs {
    pub ruling: Ruling,
    pub inner: Arc<dyn CatalogProvider>,
    /// The schema of views.
    pub views: Option<Arc<GoldSchema>>,
    /// With `pg_catalog`.
    pub postgres: bool,
}

impl CatalogProviderList for GovernedCatalogs {
    /// Nothing can be added.
    fn register_catalog(&self, _: String, _: Arc<dyn CatalogProvider>) -> Option<Arc<dyn CatalogProvider>> {
        None
    }

    fn catalog_names(&self) -> Vec<String> {
        vec![CATALOG.to_string()]
    }

    fn catalog(&self, name: &str) -> Option<Arc<dyn CatalogProvider>> {
        if name != CATALOG {
            return None;
        }
        let catalog: Arc<dyn CatalogProvider> = Arc::new(GovernedCatalog {
            ruling: self.ruling.clone(),
            inner: self.inner.clone(),
            views: self.views.clone(),
        });
        Some(match self.postgres {
            true => Arc::new(WithPgCatalog::over(catalog, &self.ruling.subject.user)),
            false => catalog,
        })
    }
}

#[derive(Debug)]
struct GovernedCatalog {
    ruling: Ruling,
    inner: Arc<dyn CatalogProvider>,
    views: Option<Arc<GoldSchema>>,
}

impl CatalogProvider for GovernedCatalog {
    fn schema_names(&self) -> Vec<String> {
        let readable = |name: &String| self.schema(name).is_some();
        let views = self.views.iter().map(|_| view::SCHEMA.to_string());
        self.inner.schema_names().into_iter().chain(views).filter(readable).collect()
    }

    /// A schema is there if it is empty or something in it may be read.
    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        if let Some(views) = self.views.as_ref().filter(|_| name == view::SCHEMA) {
            return (!views.table_names().is_empty()).then(|| views.clone() as _);
        }
        let inner = self.inner.schema(name)?;
        let schema = GovernedSchema { ruling: self.ruling.clone(), name: name.to_string(), inner };
        let there = self.ruling.subject.owns()
            || schema.inner.table_names().is_empty()
            || !schema.table_names().is_empty();
        there.then(|| Arc::new(schema) as _)
    }
}

#[derive(Debug)]
struct GovernedSchema {
    ruling: Ruling,
    name: String,
    inner: Arc<dyn SchemaProvider>,
}

impl GovernedSchema {
    fn reads(&self, table: &str) -> bool {
        let name = TableRef { schema: self.name.clone(), table: table.to_string() };
        self.ruling.decider.reads(&self.ruling.subject, &name)
    }
}

#[async_trait]
impl SchemaProvider for GovernedSchema {
    fn table_names(&self) -> Vec<String> {
        self.inner.table_names().into_iter().filter(|name| self.reads(name)).collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>, DataFusionError> {
        if !self.table_exist(name) {
            return Ok(None);
        }
        let Some(inner) = self.inner.table(name).await? else { return Ok(None) };
        let table = TableRef { schema: self.name.clone(), table: name.to_string() };
        let governed = GovernedTable::of(table, inner, &self.ruling.subject, self.ruling.decider.as_ref())
            .map_err(|e| DataFusionError::External(Box::new(e)))?;
        Ok(governed.map(|table| Arc::new(table) as _))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.reads(name) && self.inner.table_exist(name)
    }
}
