//! Schemas that give out a copy for a table, or the table where it is.

use super::{Copies, Standing};
use crate::error::Error;
use crate::remote::Broken;
use async_trait::async_trait;
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::error::DataFusionError;
use kith_core::config::Mode;
use std::sync::Arc;

/// The schema of a connection some of whose tables have copies.
#[derive(Debug)]
pub(crate) struct Moded {
    pub connection: String,
    pub inner: Arc<dyn SchemaProvider>,
    pub copies: Copies,
}

fn external(error: Error) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

#[async_trait]
impl SchemaProvider for Moded {
    /// Those that have a copy are there when the source can not be reached, too.
    fn table_names(&self) -> Vec<String> {
        let mut names = self.inner.table_names();
        let copied = self.copies.of_connection(&self.connection);
        let copied = copied.filter(|copy| matches!(self.copies.standing(copy), Standing::Copy(_)));
        names.extend(copied.map(|copy| copy.table.clone()));
        names.sort_unstable();
        names.dedup();
        names
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>, DataFusionError> {
        let Some(copy) = self.copies.of(&self.connection, name) else { return self.inner.table(name).await };
        match self.copies.standing(copy) {
            Standing::Source => self.inner.table(name).await,
            Standing::Copy(current) => self.copies.provider(&current).await.map(Some).map_err(external),
            Standing::Refused(error) => Ok(Some(Arc::new(Broken::new(error)))),
        }
    }

    fn table_exist(&self, name: &str) -> bool {
        self.copies.of(&self.connection, name).is_some() || self.inner.table_exist(name)
    }
}

/// The tables of a connection that have moved, where they were: to be compared with.
#[derive(Debug)]
pub(crate) struct Old {
    pub connection: String,
    pub inner: Arc<dyn SchemaProvider>,
    pub copies: Copies,
}

#[async_trait]
impl SchemaProvider for Old {
    fn table_names(&self) -> Vec<String> {
        let all = self.copies.of_connection(&self.connection);
        all.filter(|copy| copy.mode == Mode::Migrated).map(|copy| copy.table.clone()).collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>, DataFusionError> {
        if self.table_exist(name) { self.inner.table(name).await } else { Ok(None) }
    }

    fn table_exist(&self, name: &str) -> bool {
        self.copies.of(&self.connection, name).is_some_and(|copy| copy.mode == Mode::Migrated)
    }
}
