//! The operator at the top of every batch plan: it leaves its input as Parquet files in a folder, and says which.
//!
//! 1. Each partition writes a file of its own under a name that nobody else has, so a task that runs twice, because
//!    its executor was lost, never touches what the other attempt wrote.
//! 2. The rows that come out name the files. They come from the attempt that counts; files that nobody names are
//!    leftovers and are not read.
//! 3. A partition without rows leaves nothing, unless it is its task's first: so an empty result has its columns.

use async_trait::async_trait;
use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray, UInt64Array};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DFSchema, DFSchemaRef};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::context::QueryPlanner;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{
    Expr, Extension, LogicalPlan, UserDefinedLogicalNode, UserDefinedLogicalNodeCore,
};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, Partitioning, PlanProperties,
};
use datafusion::physical_planner::{DefaultPhysicalPlanner, ExtensionPlanner, PhysicalPlanner};
use futures::StreamExt;
use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the rows say: which file, how many rows, how many bytes.
pub(super) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("file", DataType::Utf8, false),
        Field::new("rows", DataType::UInt64, false),
        Field::new("bytes", DataType::UInt64, false),
    ]))
}

/// "Leave this there", in a logical plan.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Leave {
    pub input: LogicalPlan,
    pub folder: String,
    schema: DFSchemaRef,
}

impl Leave {
    pub(super) fn new(input: LogicalPlan, folder: String) -> Result<Leave> {
        let schema = Arc::new(DFSchema::try_from(schema())?);
        Ok(Leave { input, folder, schema })
    }

    /// The plan with this on top.
    pub(super) fn plan(input: LogicalPlan, folder: &Path) -> Result<LogicalPlan> {
        let node = Arc::new(Leave::new(input, folder.display().to_string())?);
        Ok(LogicalPlan::Extension(Extension { node }))
    }
}

impl PartialOrd for Leave {
    fn partial_cmp(&self, other: &Leave) -> Option<std::cmp::Ordering> {
        (&self.folder, &self.input).partial_cmp(&(&other.folder, &other.input))
    }
}

impl UserDefinedLogicalNodeCore for Leave {
    fn name(&self) -> &str {
        "Leave"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "Leave: {}", self.folder)
    }

    fn with_exprs_and_inputs(&self, _: Vec<Expr>, mut inputs: Vec<LogicalPlan>) -> Result<Leave> {
        let input = inputs.pop().ok_or_else(|| DataFusionError::Plan("Leave needs an input".into()))?;
        Leave::new(input, self.folder.clone())
    }
}

/// Plans [`Leave`], and everything else as usual.
#[derive(Debug)]
pub(super) struct Planner;

#[async_trait]
impl QueryPlanner for Planner {
    async fn create_physical_plan(
        &self,
        plan: &LogicalPlan,
        session: &dyn datafusion::catalog::Session,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let planner = DefaultPhysicalPlanner::with_extension_planners(vec![Arc::new(Planner)]);
        planner.create_physical_plan(plan, session).await
    }
}

#[async_trait]
impl ExtensionPlanner for Planner {
    async fn plan_extension(
        &self,
        _: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        _: &[&LogicalPlan],
        inputs: &[Arc<dyn ExecutionPlan>],
        _: &dyn datafusion::catalog::Session,
        _: &datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let leave = node.as_any().downcast_ref::<Leave>().zip(inputs.first());
        Ok(leave.map(|(leave, input)| LeaveExec::plan(input.clone(), leave.folder.clone())))
    }
}

/// "Leave this there", where it runs.
#[derive(Debug)]
pub(super) struct LeaveExec {
    input: Arc<dyn ExecutionPlan>,
    pub folder: String,
    properties: Arc<PlanProperties>,
}

impl LeaveExec {
    pub(super) fn plan(input: Arc<dyn ExecutionPlan>, folder: String) -> Arc<dyn ExecutionPlan> {
        let properties = Arc::new(PlanProperties::new(
            EquivalenceProperties::new(schema()),
            Partitioning::UnknownPartitioning(input.output_partitioning().partition_count()),
            EmissionType::Final,
            Boundedness::Bounded,
        ));
        Arc::new(LeaveExec { input, folder, properties })
    }
}

impl DisplayAs for LeaveExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "LeaveExec: {}", self.folder)
    }
}

impl ExecutionPlan for LeaveExec {
    fn name(&self) -> &str {
        "LeaveExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
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
        let input = children.pop().ok_or_else(|| DataFusionError::Plan("LeaveExec needs an input".into()))?;
        Ok(LeaveExec::plan(input, self.folder.clone()))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let input = self.input.execute(partition, context)?;
        let left = write(input, PathBuf::from(&self.folder), partition == 0);
        let batches = futures::stream::once(left).filter_map(|left| async { left.transpose() });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema(), batches)))
    }
}

async fn write(
    mut input: SendableRecordBatchStream,
    folder: PathBuf,
    even_if_empty: bool,
) -> Result<Option<RecordBatch>> {
    let failed = |e: std::io::Error| {
        DataFusionError::Execution(format!("K-CLUSTER-PATH: {} can not be written: {e}", folder.display()))
    };
    let path = folder.join(format!("{}.parquet", name_of_its_own()));
    let mut writer: Option<ArrowWriter<std::fs::File>> = None;
    let open = |schema: SchemaRef| -> Result<ArrowWriter<std::fs::File>> {
        let zstd = Compression::ZSTD(ZstdLevel::try_new(1)?);
        let properties = WriterProperties::builder()
            .set_compression(zstd)
            .set_max_row_group_row_count(Some(64 << 10))
            .build();
        let file = std::fs::File::create_new(&path).map_err(failed)?;
        Ok(ArrowWriter::try_new(file, schema, Some(properties))?)
    };
    let mut rows = 0u64;
    while let Some(batch) = input.next().await {
        let batch = batch?;
        if batch.num_rows() > 0 {
            rows += batch.num_rows() as u64;
            let out = match &mut writer {
                Some(writer) => writer,
                None => writer.insert(open(input.schema())?),
            };
            out.write(&batch)?;
        }
    }
    if writer.is_none() && even_if_empty {
        writer = Some(open(input.schema())?);
    }
    let Some(writer) = writer else { return Ok(None) };
    let bytes = writer.into_inner()?.metadata().map_err(failed)?.len();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from(vec![path.display().to_string()])),
        Arc::new(UInt64Array::from(vec![rows])),
        Arc::new(UInt64Array::from(vec![bytes])),
    ];
    Ok(Some(RecordBatch::try_new(schema(), columns)?))
}

/// 128 random bits: std seeds its hashers from the system.
pub(crate) fn name_of_its_own() -> String {
    let half = || RandomState::new().build_hasher().finish();
    let process = u64::from(std::process::id());
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_nanos());
    format!("{:016x}{:016x}", half() ^ process.rotate_left(32), half() ^ now as u64)
}
