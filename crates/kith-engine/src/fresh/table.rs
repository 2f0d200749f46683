//! A table of the lake with the layers over it, as one table.

use super::absent::{Absent, Keys};
use super::layer::Layer;
use crate::error::{Error, Result};
use async_trait::async_trait;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::ScalarValue;
use datafusion::datasource::MemTable;
use datafusion::datasource::empty::EmptyTable;
use datafusion::error::Result as Planned;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{CastExpr, Column, Literal, binary};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::union::UnionExec;
use std::sync::Arc;

/// Rows of one place, without those that are outdated.
#[derive(Debug)]
struct Part {
    table: Arc<dyn TableProvider>,
    without: Vec<(&'static str, Arc<Keys>)>,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct FreshTable {
    /// The lake's first.
    parts: Vec<Part>,
    schema: SchemaRef,
}

impl FreshTable {
    /// `None` where no layer says anything of the table.
    pub(super) fn over(
        schema: &str,
        table: &str,
        base: Arc<dyn TableProvider>,
        layers: &[Arc<Layer>],
    ) -> Result<Option<FreshTable>> {
        if layers.is_empty() {
            return Ok(None);
        }
        let mut parts = vec![Part { table: base, without: Vec::new() }];
        for layer in layers {
            for part in &mut parts {
                part.without.extend(layer.outdated(schema, table));
            }
            if layer.everything {
                // What the lake says of columns stays.
                parts = vec![Part {
                    table: Arc::new(EmptyTable::new(parts[0].table.schema())),
                    without: Vec::new(),
                }];
            }
            if let Some(rows) = layer.rows(schema, table) {
                let table = MemTable::try_new(rows.schema(), vec![vec![rows.clone()]]);
                let table = table.map_err(|e| Error::internal("fresh rows are no table", e))?;
                parts.push(Part { table: Arc::new(table), without: Vec::new() });
            }
        }
        Ok(Some(FreshTable::with(parts)))
    }

    /// The rows of several tables.
    pub(super) fn of(tables: impl Iterator<Item = Arc<dyn TableProvider>>) -> FreshTable {
        FreshTable::with(tables.map(|table| Part { table, without: Vec::new() }).collect())
    }

    fn with(parts: Vec<Part>) -> FreshTable {
        let schema = parts.iter().map(|part| part.table.schema()).reduce(|a, b| widened(&a, &b));
        FreshTable { parts, schema: schema.unwrap_or_else(|| Arc::new(Schema::empty())) }
    }
}

/// The columns of both. One that is of two types is text, as where a run finds both kinds of values in it.
fn widened(one: &SchemaRef, other: &SchemaRef) -> SchemaRef {
    let mut fields: Vec<Field> = one.fields().iter().map(|field| field.as_ref().clone()).collect();
    for field in other.fields() {
        match fields.iter_mut().find(|known| known.name() == field.name()) {
            Some(known) => {
                *known = Field::new(field.name(), wider(known.data_type(), field.data_type()), true)
            }
            None => fields.push(field.as_ref().clone().with_nullable(true)),
        }
    }
    Arc::new(Schema::new(fields))
}

fn wider(one: &DataType, other: &DataType) -> DataType {
    let text = |kind: &DataType| matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
    match (one, other) {
        (one, other) if one == other => one.clone(),
        (one, other) if text(one) && text(other) => one.clone(),
        (DataType::Int64, DataType::Float64) | (DataType::Float64, DataType::Int64) => DataType::Float64,
        (DataType::Timestamp(..), DataType::Timestamp(..)) => one.clone(),
        (one, _) if text(one) => one.clone(),
        _ => DataType::Utf8,
    }
}

impl Part {
    /// The wanted columns of its rows, typed as the whole table is.
    async fn scan(
        &self,
        state: &dyn Session,
        wanted: &SchemaRef,
        filters: &[Expr],
    ) -> Planned<Arc<dyn ExecutionPlan>> {
        let own = self.table.schema();
        let mut read: Vec<usize> = Vec::new();
        let names = wanted.fields().iter().map(|field| field.name().as_str());
        for name in names.chain(self.without.iter().map(|(column, _)| *column)) {
            read.extend(own.index_of(name).ok().filter(|place| !read.contains(place)));
        }
        let told: Vec<Expr> =
            filters.iter().filter(|filter| self.understands(filter, wanted)).cloned().collect();
        let mut plan = self.table.scan(state, Some(&read), &told, None).await?;
        let given = plan.schema();
        let column = |name: &str| -> Option<Arc<dyn PhysicalExpr>> {
            given.index_of(name).ok().map(|place| Arc::new(Column::new(name, place)) as _)
        };
        let mut kept: Option<Arc<dyn PhysicalExpr>> = None;
        for (name, keys) in &self.without {
            let Some(column) = column(name) else { continue };
            let absent: Arc<dyn PhysicalExpr> = Arc::new(Absent { column, keys: keys.clone() });
            kept = Some(match kept {
                Some(kept) => binary(kept, datafusion::logical_expr::Operator::And, absent, &given)?,
                None => absent,
            });
        }
        if let Some(kept) = kept {
            // Few rows have changed.
            plan = Arc::new(FilterExec::try_new(kept, plan)?.with_default_selectivity(100)?);
        }
        let columns = wanted.fields().iter().map(|field| {
            let (name, kind) = (field.name(), field.data_type());
            let value: Arc<dyn PhysicalExpr> = match column(name) {
                None => Arc::new(Literal::new(ScalarValue::try_from(kind)?)),
                Some(column) if column.data_type(&given)? == *kind => column,
                Some(column) => Arc::new(CastExpr::new(column, kind.clone(), None)),
            };
            Ok((value, name.clone()))
        });
        let columns: Vec<(Arc<dyn PhysicalExpr>, String)> = columns.collect::<Planned<_>>()?;
        Ok(Arc::new(ProjectionExec::try_new(columns, plan)?))
    }

    /// True for a condition on columns that are here what they are in the whole table.
    fn understands(&self, filter: &Expr, whole: &SchemaRef) -> bool {
        let own = self.table.schema();
        filter.column_refs().iter().all(|column| {
            let here = own.field_with_name(column.name()).ok();
            let there = whole.field_with_name(column.name()).ok();
            here.is_some_and(|here| there.is_none_or(|there| there.data_type() == here.data_type()))
        })
    }
}

#[async_trait]
impl TableProvider for FreshTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    /// The lake leaves out files and row groups by them; what decides stands above.
    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Planned<Vec<TableProviderFilterPushDown>> {
        use TableProviderFilterPushDown::{Inexact, Unsupported};
        let Some(first) = self.parts.first() else { return Ok(vec![Unsupported; filters.len()]) };
        let answers = first.table.supports_filters_pushdown(filters)?;
        Ok(answers
            .into_iter()
            .map(|answer| if answer == Unsupported { Unsupported } else { Inexact })
            .collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        _: Option<usize>,
    ) -> Planned<Arc<dyn ExecutionPlan>> {
        let wanted = match projection {
            Some(projection) => Arc::new(self.schema.project(projection)?),
            None => self.schema.clone(),
        };
        let mut plans = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            plans.push(part.scan(state, &wanted, filters).await?);
        }
        match plans.len() {
            1 => Ok(plans.remove(0)),
            _ => UnionExec::try_new(plans),
        }
    }
}
