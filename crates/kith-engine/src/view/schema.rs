//! The schema `gold`, as one subject has it.

use super::{DEPTH_MAX, SCHEMA, Views, bad};
use crate::error::Error;
use crate::govern::Session;
use async_trait::async_trait;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::{SchemaProvider, Session as Context, TableProvider};
use datafusion::datasource::ViewTable;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use std::fmt;
use std::sync::Arc;

/// See the module.
pub(crate) struct GoldSchema {
    pub views: Views,
    /// Of whoever asks; each view is planned in one of its own, one deeper.
    pub session: Session,
}

impl fmt::Debug for GoldSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("GoldSchema").field(&self.views).finish()
    }
}

impl GoldSchema {
    async fn planned(&self, name: &str, text: &str) -> Result<ViewTable, Error> {
        let Some(deeper) = self.session.for_view(DEPTH_MAX) else {
            return Err(bad(
                name,
                format!("views name views more than {DEPTH_MAX} deep, or one of them names itself"),
            ));
        };
        Ok(ViewTable::new(deeper.view_plan(text).await?, Some(text.to_string())))
    }
}

#[async_trait]
impl SchemaProvider for GoldSchema {
    fn table_names(&self) -> Vec<String> {
        self.views.names().into_iter().filter(|name| self.session.reads(SCHEMA, name)).collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let external = |e: Error| DataFusionError::External(Box::new(e));
        if !self.session.reads(SCHEMA, name) {
            return Ok(None);
        }
        let Some(text) = self.views.text(name).map_err(external)? else { return Ok(None) };
        match self.planned(name, &text).await {
            Ok(view) => self.session.governed_view(SCHEMA, name, Arc::new(view)).map_err(external),
            // Lists of tables open each of them, and must not fail by one.
            Err(why) => Ok(Some(Arc::new(Broken::new(bad(name, why.to_string()))))),
        }
    }

    fn table_exist(&self, name: &str) -> bool {
        self.table_names().iter().any(|known| known == name)
    }
}

/// A view that can not be planned: it says so when it is read.
#[derive(Debug)]
struct Broken {
    why: Error,
    schema: SchemaRef,
}

impl Broken {
    fn new(why: Error) -> Broken {
        Broken { why, schema: Arc::new(Schema::new(vec![Field::new("error", DataType::Utf8, true)])) }
    }
}

#[async_trait]
impl TableProvider for Broken {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    async fn scan(
        &self,
        _: &dyn Context,
        _: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Err(DataFusionError::External(Box::new(self.why.again())))
    }
}
