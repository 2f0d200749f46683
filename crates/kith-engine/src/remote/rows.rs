//! A scan whose rows come one batch after the other from something that is asked once and can not be divided.

use crate::error::{Error, Result};
use async_trait::async_trait;
use datafusion::arrow::array::{RecordBatch, RecordBatchOptions};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
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
use futures::{TryStreamExt, stream};
use std::fmt::{self, Debug};
use std::sync::Arc;

/// Where the rows come from.
#[async_trait]
pub(super) trait Rows: Debug + Send + Sync {
    /// What a plan calls such a scan.
    fn name(&self) -> &'static str;

    /// What a plan says of it: what is asked, without values.
    fn say(&self, f: &mut fmt::Formatter) -> fmt::Result;

    /// Begins, when the first rows are wanted.
    async fn begin(&self, schema: SchemaRef, counts: Counts) -> Result<Box<dyn Going>>;
}

/// Rows that come. Dropped, it ends there too.
#[async_trait]
pub(super) trait Going: Send {
    /// The next ones; `None` = these were all.
    async fn next(&mut self) -> Result<Option<RecordBatch>>;
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
        let (rows, schema) = (self.rows.clone(), self.schema());
        let begun = stream::once(async move { rows.begin(schema, counts).await });
        let batches = begun.map_ok(|going| {
            stream::try_unfold(going, |mut going| async move {
                Ok(going.next().await?.map(|batch| (batch, going)))
            })
        });
        let batches = batches
            .try_flatten()
            .inspect_ok(move |batch| baseline.output_rows().add(batch.num_rows()))
            .map_err(|e: Error| DataFusionError::External(Box::new(e)));
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), batches)))
    }
}

/// Columns that came in Arrow, as they are shown: texts in the type that Kith's own have, so that a join with them needs no cast. A
/// server is not believed that a value is never missing.
pub(super) fn shown(schema: &Schema) -> SchemaRef {
    let field = |field: &Arc<Field>| {
        let kind = match field.data_type() {
            DataType::Utf8 | DataType::LargeUtf8 => DataType::Utf8View,
            kind => kind.clone(),
        };
        Field::new(field.name(), kind, true)
    };
    Arc::new(Schema::new(schema.fields().iter().map(field).collect::<Vec<_>>()))
}

/// Rows that came in Arrow, in the types that the table has; `None` = in others, so the table has changed, or the server lies. Columns
/// more than are wanted are left aside.
pub(super) fn fitted(batch: &RecordBatch, schema: &SchemaRef) -> Option<RecordBatch> {
    let fit = |(place, field): (usize, &Arc<Field>)| {
        let array = batch.columns().get(place)?;
        match array.data_type() {
            same if same == field.data_type() => Some(array.clone()),
            // Texts may come in several ways.
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Dictionary(..) => {
                cast(array, field.data_type()).ok()
            }
            _ => None,
        }
    };
    let arrays = schema.fields().iter().enumerate().map(fit).collect::<Option<Vec<_>>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(schema.clone(), arrays, &options).ok()
}
