//! `master.activity` and `master.trait`: one walk over the profiles, or those that a query names.

use crate::collect::Collector;
use crate::collect::shape::Activity;
use crate::error::{Error, Result};
use crate::lake::sheet::{Cell, Sheet};
use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::{DataFusionError, Result as Planned};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{BinaryExpr, Expr, Operator, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use kith_core::id::{NodeId, ProfileId};
use kith_live::Live;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// Profiles of one batch.
const BATCH: usize = 500;

/// The table of traits, or of activity.
pub(super) fn provider(live: &Live, collector: &Collector, traits: bool) -> Result<Arc<dyn TableProvider>> {
    let schema = sheet(traits).finish().map_err(|e| Error::internal("a table can not be built", e))?.schema();
    Ok(Arc::new(PerProfile { live: live.clone(), collector: collector.clone(), traits, schema }))
}

fn sheet(traits: bool) -> Sheet {
    Sheet::of(if traits { "master.trait" } else { "master.activity" })
}

#[derive(Clone)]
struct PerProfile {
    live: Live,
    collector: Collector,
    traits: bool,
    schema: SchemaRef,
}

impl fmt::Debug for PerProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what profiles did")
    }
}

impl PerProfile {
    /// Rows of some profiles.
    fn rows(&self, profiles: Vec<(ProfileId, Vec<NodeId>)>) -> Result<RecordBatch> {
        let mut sheet = sheet(self.traits);
        let now = self.live.now_ms();
        for (profile, nodes) in profiles {
            let nodes = self.live.alive(&nodes)?;
            let Some(activity) = self.collector.activity(&nodes, now)? else { continue };
            match self.traits {
                true => traits(&mut sheet, &profile.to_string(), &activity),
                false => figures(&mut sheet, &profile.to_string(), &activity),
            }
        }
        sheet.finish().map_err(|e| Error::internal("a table can not be built", e))
    }
}

fn figures(sheet: &mut Sheet, profile: &str, activity: &Activity) {
    let at = |text: &Option<String>| {
        let at = text.as_deref().and_then(|text| text.parse::<jiff::Timestamp>().ok());
        at.map_or(Cell::Null, |at| Cell::Time(at.as_millisecond()))
    };
    let contexts: Option<u64> = activity.context_counts.iter().map(|count| count.count).sum();
    sheet.push(&[
        Cell::Text(profile),
        activity.events.into(),
        at(&activity.first_at),
        at(&activity.last_at),
        contexts.map_or(Cell::Null, Cell::from),
        (activity.identities.len() as u64).into(),
    ]);
}

fn traits(sheet: &mut Sheet, profile: &str, activity: &Activity) {
    for (origin, traits) in [("computed", &activity.traits), ("said", &activity.said)] {
        for (name, value) in traits {
            let text = match value {
                Value::Null => None,
                Value::String(text) => Some(text.clone()),
                other => Some(other.to_string()),
            };
            sheet.push(&[
                Cell::Text(profile),
                Cell::Text(name),
                Cell::Text(origin),
                text.as_deref().into(),
                value.as_f64().map_or(Cell::Null, Cell::Float),
            ]);
        }
    }
}

/// The profiles that a condition leaves, if it says so: `profile_id = 'p…'` and `profile_id IN ('p…', …)`.
fn named(filter: &Expr) -> Option<BTreeSet<String>> {
    let id = |expr: &Expr| matches!(expr, Expr::Column(column) if column.name() == "profile_id");
    let text = |expr: &Expr| match expr {
        Expr::Literal(value, _) => value.try_as_str().flatten().map(str::to_string),
        _ => None,
    };
    match filter {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) => {
            let value = if id(left) { right } else { left };
            (id(left) || id(right)).then(|| text(value)).flatten().map(|one| [one].into())
        }
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => {
            let (mut one, other) = (named(left)?, named(right)?);
            one.extend(other);
            Some(one)
        }
        Expr::InList(list) if id(&list.expr) && !list.negated => list.list.iter().map(text).collect(),
        _ => None,
    }
}

#[async_trait]
impl TableProvider for PerProfile {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Planned<Vec<TableProviderFilterPushDown>> {
        let answer = |filter: &&Expr| match named(filter) {
            Some(_) => TableProviderFilterPushDown::Inexact,
            None => TableProviderFilterPushDown::Unsupported,
        };
        Ok(filters.iter().map(answer).collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Planned<Arc<dyn ExecutionPlan>> {
        let wanted = filters.iter().filter_map(named);
        let wanted = wanted.reduce(|one, other| one.intersection(&other).cloned().collect());
        let walk = Walk { table: self.clone(), wanted };
        let table = StreamingTable::try_new(self.schema.clone(), vec![Arc::new(walk)])?;
        table.scan(state, projection, &[], limit).await
    }
}

#[derive(Debug)]
struct Walk {
    table: PerProfile,
    wanted: Option<BTreeSet<String>>,
}

impl Walk {
    fn profiles(&self) -> Box<dyn Iterator<Item = Result<(ProfileId, Vec<NodeId>)>> + Send> {
        let Some(wanted) = self.wanted.clone() else {
            return Box::new(self.table.live.profiles().map(|profile| Ok(profile?)));
        };
        let live = self.table.live.clone();
        Box::new(wanted.into_iter().filter_map(move |id| {
            let id: ProfileId = id.parse().ok()?;
            // An id that leads to another has no row.
            match live.profile(id) {
                Ok(state) => state.filter(|state| state.id == id).map(|state| Ok((id, state.nodes))),
                Err(error) => Some(Err(error.into())),
            }
        }))
    }
}

impl PartitionStream for Walk {
    fn schema(&self) -> &SchemaRef {
        &self.table.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let (mut profiles, table) = (self.profiles(), self.table.clone());
        let batches = std::iter::from_fn(move || {
            let next: Result<Vec<_>> = profiles.by_ref().take(BATCH).collect();
            match next {
                Ok(profiles) if profiles.is_empty() => None,
                next => Some(next.and_then(|profiles| table.rows(profiles))),
            }
        });
        let batches = batches.map(|batch| batch.map_err(|e| DataFusionError::External(Box::new(e))));
        Box::pin(RecordBatchStreamAdapter::new(self.table.schema.clone(), futures::stream::iter(batches)))
    }
}
