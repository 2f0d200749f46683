//! One resource of an application, as a table.

use super::super::json::data_type;
use super::super::rows::RowsScan;
use super::scan::Doing;
use super::schema::Api;
use async_trait::async_trait;
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use kith_core::config::{JsonKind, Resource, RestSign};
use std::sync::Arc;

/// See the module.
#[derive(Debug)]
pub(super) struct ApiTable {
    api: Arc<Api>,
    resource: Arc<Resource>,
    schema: SchemaRef,
}

impl ApiTable {
    pub fn new(api: Arc<Api>, resource: Resource) -> ApiTable {
        let field = |(name, kind): &(String, JsonKind)| Field::new(name, data_type(*kind), true);
        let schema = Arc::new(Schema::new(resource.columns.iter().map(field).collect::<Vec<_>>()));
        ApiTable { api, resource: Arc::new(resource), schema }
    }

    /// The parameter and its value that ask for what a condition leaves; `None` = it is not asked.
    fn asked(&self, filter: &Expr) -> Option<(String, String)> {
        let Expr::BinaryExpr(BinaryExpr { left, op, right }) = filter else { return None };
        let (column, op, value) = match (&**left, &**right) {
            (Expr::Column(column), Expr::Literal(value, _)) => (column, *op, value),
            (Expr::Literal(value, _), Expr::Column(column)) => (column, op.swap()?, value),
            _ => return None,
        };
        let sign = match op {
            Operator::Eq => RestSign::Equal,
            // What is more is at least as much: those that are equal are left out here.
            Operator::Gt | Operator::GtEq => RestSign::AtLeast,
            Operator::Lt | Operator::LtEq => RestSign::AtMost,
            _ => return None,
        };
        let known = self.resource.filters.iter().find(|f| f.column == column.name && f.sign == sign)?;
        let value = match value {
            ScalarValue::Utf8(Some(text))
            | ScalarValue::Utf8View(Some(text))
            | ScalarValue::LargeUtf8(Some(text)) => text.clone(),
            ScalarValue::Int64(Some(number)) => number.to_string(),
            ScalarValue::Boolean(Some(truth)) => truth.to_string(),
            _ => return None,
        };
        Some((known.param.clone(), value))
    }
}

#[async_trait]
impl TableProvider for ApiTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    /// Never exactly: what an application is asked is done here again.
    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        let takes = |filter: &&Expr| match self.asked(filter) {
            Some(_) => TableProviderFilterPushDown::Inexact,
            None => TableProviderFilterPushDown::Unsupported,
        };
        Ok(filters.iter().map(takes).collect())
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let select = projection.cloned().unwrap_or_else(|| (0..self.resource.columns.len()).collect());
        let schema = Arc::new(self.schema.project(&select)?);
        let mut asked: Vec<(String, String)> = Vec::new();
        for (param, value) in filters.iter().filter_map(|filter| self.asked(filter)) {
            // A parameter has one value; a second condition on it is done here only.
            if !asked.iter().any(|(known, _)| *known == param) {
                asked.push((param, value));
            }
        }
        // The first rows of all are not the first of those that a condition leaves.
        let limit = limit.filter(|_| filters.is_empty());
        let doing = Doing { api: self.api.clone(), resource: self.resource.clone(), select, asked, limit };
        Ok(Arc::new(RowsScan::new(doing, schema)))
    }
}
