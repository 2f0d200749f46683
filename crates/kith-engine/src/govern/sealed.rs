//! The scan of a table of which something is kept back. A leaf to everything above it: the rows that come out are those the
//! policy leaves, under its masks, and nothing else of what is inside can be seen or moved.

use super::leakproof::leakproof_at_run_time;
use super::mask::{constant, masked};
use super::offer::offer;
use datafusion::arrow::array::{RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{ColumnStatistics, Statistics};
use datafusion::config::ConfigOptions;
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::Expr;
use datafusion::physical_expr::utils::reassign_expr_columns;
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::reset_plan_states;
use datafusion::physical_plan::filter_pushdown::{
    ChildPushdownResult, FilterPushdownPhase, FilterPushdownPropagation, PushedDown,
};
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, Partitioning, PlanProperties,
};
use futures::StreamExt;
use kith_core::govern::Mask;
use std::fmt;
use std::sync::Arc;

/// A column that comes out.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    /// How much of it.
    pub mask: Mask,
    /// Its place inside; `None` where the mask does not look at it, and it is not read.
    pub inside: Option<usize>,
}

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct SealedScan {
    table: String,
    inner: Arc<dyn ExecutionPlan>,
    shown: Arc<Vec<Shown>>,
    /// True where the policy takes rows out: how many there are is then not told.
    filtered: bool,
    /// Conditions of the query that are evaluated inside, for EXPLAIN.
    conditions: Vec<String>,
    /// Filters that went in while the query runs, as they were offered. Whoever makes one looks for those who wait for it.
    coming: Vec<Arc<dyn PhysicalExpr>>,
    properties: Arc<PlanProperties>,
}

impl SealedScan {
    pub(super) fn new(
        table: String,
        inner: Arc<dyn ExecutionPlan>,
        schema: SchemaRef,
        shown: Vec<Shown>,
        filtered: bool,
    ) -> SealedScan {
        let properties = Arc::new(PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::UnknownPartitioning(inner.output_partitioning().partition_count()),
            inner.pipeline_behavior(),
            inner.boundedness(),
        ));
        let (conditions, coming) = (Vec::new(), Vec::new());
        SealedScan { table, inner, shown: Arc::new(shown), filtered, conditions, coming, properties }
    }

    pub(super) fn with_conditions(self, of_query: &[Expr]) -> SealedScan {
        SealedScan { conditions: of_query.iter().map(ToString::to_string).collect(), ..self }
    }

    #[cfg(test)]
    pub(super) fn inside(&self) -> &Arc<dyn ExecutionPlan> {
        &self.inner
    }

    fn open(&self, name: &str) -> bool {
        let schema = self.schema();
        let shown = schema.index_of(name).ok().and_then(|i| self.shown.get(i));
        shown.is_some_and(|shown| shown.mask.shows_all())
    }
}

impl DisplayAs for SealedScan {
    /// Not what the policy's filter says: its values may be its own.
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        let schema = self.schema();
        let columns: Vec<String> = schema
            .fields()
            .iter()
            .zip(self.shown.iter())
            .map(|(field, shown)| match shown.mask {
                Mask::None => field.name().clone(),
                mask => format!("{} ({})", field.name(), mask.as_str()),
            })
            .collect();
        write!(f, "GovernedScan: {}, columns=[{}]", self.table, columns.join(", "))?;
        if !self.conditions.is_empty() {
            write!(f, ", conditions=[{}]", self.conditions.join(", "))?;
        }
        if self.filtered { f.write_str(", rows by policy") } else { Ok(()) }
    }
}

impl ExecutionPlan for SealedScan {
    fn name(&self) -> &str {
        "GovernedScan"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    /// Those that it waits for; not what is inside.
    fn apply_expressions(
        &self,
        visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        let mut next = TreeNodeRecursion::Continue;
        for filter in &self.coming {
            next = visit(filter)?;
        }
        Ok(next)
    }

    fn with_new_children(self: Arc<Self>, _: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn reset_state(self: Arc<Self>) -> Result<Arc<dyn ExecutionPlan>> {
        let inner = reset_plan_states(self.inner.clone())?;
        Ok(Arc::new(SealedScan { inner, ..Self::clone(&self) }))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let (schema, shown) = (self.schema(), self.shown.clone());
        let out = schema.clone();
        let batches = self.inner.execute(partition, context)?;
        let batches = batches.map(move |batch| show(&batch?, &shown, &out));
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, batches)))
    }

    /// A number of rows only where the policy takes none out, and of columns only what is true of open ones. Never bytes.
    fn statistics_from_inputs(
        &self,
        _: &[Arc<Statistics>],
        args: &StatisticsArgs,
    ) -> Result<Arc<Statistics>> {
        let mut told = Statistics::new_unknown(&self.schema());
        if self.filtered || args.partition().is_some() {
            return Ok(Arc::new(told));
        }
        let inner = StatisticsContext::new().compute(self.inner.as_ref(), args)?;
        told.num_rows = inner.num_rows;
        for (own, shown) in told.column_statistics.iter_mut().zip(self.shown.iter()) {
            let inside = shown.inside.filter(|_| shown.mask.shows_all());
            if let Some(known) = inside.and_then(|i| inner.column_statistics.get(i)) {
                *own = ColumnStatistics { byte_size: Precision::Absent, ..known.clone() };
            }
        }
        Ok(Arc::new(told))
    }

    /// Filters that come while the query runs go in, as hints, if they can not tell anything.
    fn handle_child_pushdown_result(
        &self,
        phase: FilterPushdownPhase,
        offered: ChildPushdownResult,
        config: &ConfigOptions,
    ) -> Result<FilterPushdownPropagation<Arc<dyn ExecutionPlan>>> {
        let refused = vec![PushedDown::No; offered.parent_filters.len()];
        let answer = FilterPushdownPropagation::with_parent_pushdown_result(refused);
        if phase != FilterPushdownPhase::Post {
            return Ok(answer);
        }
        let filters = offered.parent_filters.into_iter().map(|offered| offered.filter);
        let taken: Vec<_> =
            filters.filter(|filter| leakproof_at_run_time(filter, &|name| self.open(name))).collect();
        if taken.is_empty() {
            return Ok(answer);
        }
        let inside = self.inner.schema();
        let within = taken.iter().map(|filter| reassign_expr_columns(filter.clone(), &inside));
        let inner = offer(&self.inner, within.collect::<Result<_>>()?, config)?;
        let coming = self.coming.iter().cloned().chain(taken).collect();
        Ok(answer.with_updated_node(Arc::new(SealedScan { inner, coming, ..self.clone() })))
    }
}

fn show(batch: &RecordBatch, shown: &[Shown], schema: &SchemaRef) -> Result<RecordBatch> {
    let mut columns = Vec::with_capacity(shown.len());
    for (shown, field) in shown.iter().zip(schema.fields()) {
        columns.push(match shown.inside {
            Some(i) => masked(shown.mask, batch.column(i), field.data_type())?,
            None => constant(shown.mask, field.data_type(), batch.num_rows())?,
        });
    }
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    Ok(RecordBatch::try_new_with_options(schema.clone(), columns, &options)?)
}
