//! A table that can not be read, and why.

use crate::error::Error;
use async_trait::async_trait;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use std::sync::Arc;

/// See the module.
#[derive(Debug)]
pub(crate) struct Broken(Error);

impl Broken {
    pub fn new(error: Error) -> Broken {
        Broken(error)
    }

    /// Why.
    pub fn error(&self) -> Error {
        self.0.again()
    }
}

#[async_trait]
impl TableProvider for Broken {
    fn schema(&self) -> SchemaRef {
        Arc::new(Schema::empty())
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _: &dyn Session,
        _: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Err(DataFusionError::External(Box::new(self.error())))
    }
}
