//! A scan of files, within the limits of its connection. What is beneath can name no files but those.

use super::fault;
use super::metered::{Metered, only};
use super::place::Place;
use datafusion::common::Statistics;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::config::ConfigOptions;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::filter_pushdown::{
    ChildPushdownResult, FilterDescription, FilterPushdownPhase, FilterPushdownPropagation,
};
use datafusion::physical_plan::metrics::{
    BaselineMetrics, ExecutionPlanMetricsSet, MetricBuilder, MetricsSet,
};
use datafusion::physical_plan::statistics::{ChildStats, StatisticsArgs};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::{FutureExt, StreamExt, stream};
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct FileScan {
    /// For EXPLAIN.
    said: String,
    place: Arc<Place>,
    store: Arc<Metered>,
    url: ObjectStoreUrl,
    input: Arc<dyn ExecutionPlan>,
    metrics: ExecutionPlanMetricsSet,
}

impl FileScan {
    pub fn new(
        said: String,
        place: Arc<Place>,
        store: Arc<Metered>,
        url: ObjectStoreUrl,
        input: Arc<dyn ExecutionPlan>,
    ) -> FileScan {
        FileScan { said, place, store, url, input, metrics: ExecutionPlanMetricsSet::new() }
    }

    fn over(&self, input: Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
        Arc::new(FileScan { input, ..self.clone() })
    }
}

impl DisplayAs for FileScan {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "FileScan: {}", self.said)
    }
}

impl ExecutionPlan for FileScan {
    fn name(&self) -> &str {
        "FileScan"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let input =
            children.pop().ok_or_else(|| DataFusionError::Internal("FileScan has one input".into()))?;
        Ok(self.over(input))
    }

    fn repartitioned(&self, target: usize, config: &ConfigOptions) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        Ok(self.input.repartitioned(target, config)?.map(|input| self.over(input)))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    fn child_stats_requests(&self, partition: Option<usize>) -> Vec<ChildStats> {
        vec![ChildStats::At(partition)]
    }

    fn statistics_from_inputs(
        &self,
        inputs: &[Arc<Statistics>],
        _: &StatisticsArgs,
    ) -> Result<Arc<Statistics>> {
        let input = inputs.first().cloned();
        Ok(input.unwrap_or_else(|| Arc::new(Statistics::new_unknown(&self.schema()))))
    }

    fn supports_limit_pushdown(&self) -> bool {
        true
    }

    fn gather_filters_for_pushdown(
        &self,
        _: FilterPushdownPhase,
        filters: Vec<Arc<dyn PhysicalExpr>>,
        _: &ConfigOptions,
    ) -> Result<FilterDescription> {
        FilterDescription::from_children(filters, &self.children())
    }

    fn handle_child_pushdown_result(
        &self,
        _: FilterPushdownPhase,
        offered: ChildPushdownResult,
        _: &ConfigOptions,
    ) -> Result<FilterPushdownPropagation<Arc<dyn ExecutionPlan>>> {
        Ok(FilterPushdownPropagation::if_all(offered))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let env = only(&context.runtime_env(), &self.url, self.store.clone())?;
        let context = Arc::new(TaskContext::new(
            context.task_id(),
            context.session_id(),
            context.session_config().clone(),
            context.scalar_functions().clone(),
            context.higher_order_functions().clone(),
            context.aggregate_functions().clone(),
            context.window_functions().clone(),
            env,
        ));
        let going = Going {
            batches: self.input.execute(partition, context)?,
            place: self.place.clone(),
            store: self.store.clone(),
            said: self.said.clone(),
            left: Duration::from_secs(self.place.limits().seconds),
            baseline: BaselineMetrics::new(&self.metrics, partition),
            // All partitions read through one meter; the first of them tells of it.
            bytes: (partition == 0).then(|| MetricBuilder::new(&self.metrics).global_gauge("bytes_read")),
        };
        let batches = stream::try_unfold(going, |mut going| async move {
            Ok(going.next().await?.map(|batch| (batch, going)))
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), batches)))
    }
}

struct Going {
    batches: SendableRecordBatchStream,
    place: Arc<Place>,
    store: Arc<Metered>,
    said: String,
    /// Time that may still be waited. Time in which nobody fetches does not count.
    left: Duration,
    baseline: BaselineMetrics,
    bytes: Option<datafusion::physical_plan::metrics::Gauge>,
}

impl Going {
    async fn next(&mut self) -> Result<Option<datafusion::arrow::array::RecordBatch>> {
        let begun = Instant::now();
        // Of a damaged file, a library may panic.
        let next = AssertUnwindSafe(self.batches.next()).catch_unwind();
        let next = tokio::time::timeout(self.left, next).await;
        self.left = self.left.saturating_sub(begun.elapsed());
        if let Some(gauge) = &self.bytes {
            gauge.set(usize::try_from(self.store.meter.bytes()).unwrap_or(usize::MAX));
        }
        let external = |e: crate::error::Error| DataFusionError::External(Box::new(e));
        let slow = Duration::from_secs(self.place.limits().seconds);
        let next = next.map_err(|_| external(fault::slow(self.place.name(), slow)))?;
        let table = self.said.split([',', '.']).nth(1).unwrap_or_default();
        let next = next.map_err(|_| external(fault::damaged(self.place.name(), table)))?;
        let Some(batch) = next else { return Ok(None) };
        let batch = batch.map_err(|e| fault::of_scan(self.place.name(), table, e))?;
        self.store.meter.rows(batch.num_rows()).map_err(external)?;
        self.baseline.output_rows().add(batch.num_rows());
        Ok(Some(batch))
    }
}
