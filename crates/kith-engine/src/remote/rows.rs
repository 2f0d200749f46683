//! A scan whose rows come one batch after the other from something that is asked once and can not be divided.

use crate::error::{Error, Result};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::{DataFusionError, Result as Planned};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::metrics::{
    BaselineMetrics, Count, ExecutionPlanMetricsSet, MetricBuilder, MetricsSet,
};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};
use futures::TryStreamExt;
use futures::stream::BoxStream;
use std::fmt::{self, Debug};
use std::sync::Arc;

/// Where the rows come from.
pub(super) trait Rows: Debug + Send + Sync {
    /// What a plan calls such a scan.
    fn name(&self) -> &'static str;

    /// What a plan says of it: what is asked, without values.
    fn say(&self, f: &mut fmt::Formatter) -> fmt::Result;

    /// Begins. Dropped, it ends there too.
    fn open(&self, schema: SchemaRef, counts: Counts) -> BoxStream<'static, Result<RecordBatch>>;
}

/// What is counted of a scan, for `EXPLAIN ANALYZE`. Whoever reads counts bytes and requests; rows are counted here.
pub(super) struct Counts {
    pub bytes: Count,
    pub requests: Count,
}

/// See the module.
#[derive(Debug)]
pub(super) struct RowsScan {
    rows: Arc<dyn Rows>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl RowsScan {
    pub fn new(rows: impl Rows + 'static, schema: SchemaRef) -> RowsScan {
        let properties = Arc::new(PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        ));
        RowsScan { rows: Arc::new(rows), properties, metrics: ExecutionPlanMetricsSet::new() }
    }
}

impl DisplayAs for RowsScan {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        self.rows.say(f)
    }
}

impl ExecutionPlan for RowsScan {
    fn name(&self) -> &str {
        self.rows.name()
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Planned<TreeNodeRecursion>,
    ) -> Planned<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, _: Vec<Arc<dyn ExecutionPlan>>) -> Planned<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    fn execute(&self, partition: usize, _: Arc<TaskContext>) -> Planned<SendableRecordBatchStream> {
        let count = |name: &'static str| MetricBuilder::new(&self.metrics).counter(name, partition);
        let counts = Counts { bytes: count("bytes_fetched"), requests: count("requests") };
        let baseline = BaselineMetrics::new(&self.metrics, partition);
        let batches = self.rows.open(self.schema(), counts);
        let batches = batches
            .inspect_ok(move |batch| baseline.output_rows().add(batch.num_rows()))
            .map_err(|e: Error| DataFusionError::External(Box::new(e)));
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), batches)))
    }
}
