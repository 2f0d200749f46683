//! A scan of a table where it is.

use super::ask::Ask;
use super::lower::Lower;
use super::meter::Allowance;
use super::runtime_filter::{self, Asked};
use super::schema::Opened;
use super::writer::{self, SqlText};
use super::{Batches, Fetched};
use crate::error::{Error, Result};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::Statistics;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::config::ConfigOptions;
use datafusion::error::{DataFusionError, Result as Planned};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::expressions::DynamicFilterPhysicalExpr;
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::filter_pushdown::{
    ChildPushdownResult, FilterPushdownPhase, FilterPushdownPropagation, PushedDown,
};
use datafusion::physical_plan::metrics::{
    BaselineMetrics, Count, ExecutionPlanMetricsSet, MetricBuilder, MetricsSet,
};
use datafusion::physical_plan::statistics::StatisticsArgs;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};
use futures::{StreamExt, TryStreamExt, stream};
use std::fmt;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// What a scan does.
#[derive(Clone, Debug)]
pub(super) struct Doing {
    pub opened: Arc<Opened>,
    /// Its name in SQL.
    pub table: String,
    pub ask: Ask,
    /// Conditions that are left to us, for EXPLAIN.
    pub here: Vec<String>,
    /// True where EXPLAIN does not show the question, since conditions of the policy are in it.
    pub quiet: bool,
}

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct RemoteScan {
    doing: Doing,
    /// Filters that a join makes while the query runs.
    coming: Vec<Arc<dyn PhysicalExpr>>,
    about: Arc<Statistics>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl RemoteScan {
    pub fn new(doing: Doing, schema: SchemaRef, about: Statistics) -> RemoteScan {
        let properties = Arc::new(PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        ));
        let (coming, about) = (Vec::new(), Arc::new(about));
        RemoteScan { doing, coming, about, properties, metrics: ExecutionPlanMetricsSet::new() }
    }
}

impl DisplayAs for RemoteScan {
    /// The question without its values.
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "RemoteScan: {}", self.doing.table)?;
        match self.doing.quiet {
            true => f.write_str(", rows by policy")?,
            false => {
                write!(f, ", asked=[{}]", writer::write(&self.doing.ask, self.doing.opened.dialect()).sql)?
            }
        }
        if !self.doing.here.is_empty() {
            write!(f, ", here=[{}]", self.doing.here.join(", "))?;
        }
        if self.coming.is_empty() { Ok(()) } else { write!(f, ", run-time filters={}", self.coming.len()) }
    }
}

impl ExecutionPlan for RemoteScan {
    fn name(&self) -> &str {
        "RemoteScan"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Planned<TreeNodeRecursion>,
    ) -> Planned<TreeNodeRecursion> {
        let mut next = TreeNodeRecursion::Continue;
        for filter in &self.coming {
            next = visit(filter)?;
        }
        Ok(next)
    }

    fn with_new_children(self: Arc<Self>, _: Vec<Arc<dyn ExecutionPlan>>) -> Planned<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    fn statistics_from_inputs(&self, _: &[Arc<Statistics>], _: &StatisticsArgs) -> Planned<Arc<Statistics>> {
        Ok(self.about.clone())
    }

    fn execute(&self, partition: usize, _: Arc<TaskContext>) -> Planned<SendableRecordBatchStream> {
        let count = |name: &'static str| MetricBuilder::new(&self.metrics).counter(name, partition);
        let begin = Begin {
            doing: self.doing.clone(),
            coming: self.coming.clone(),
            baseline: BaselineMetrics::new(&self.metrics, partition),
            bytes: count("bytes_fetched"),
            filters: count("runtime_filters"),
        };
        let batches = stream::try_unfold(State::Begin(Box::new(begin)), |state| async move {
            let mut going = match state {
                State::Begin(begin) => begin.begin().await?,
                State::Going(going) => going,
            };
            Ok(going.next().await?.map(|batch| (batch, State::Going(going))))
        });
        let batches = batches.map_err(|e: Error| DataFusionError::External(Box::new(e)));
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), batches)))
    }

    /// Filters that come while the query runs are taken as hints: whoever made them goes on to apply them.
    fn handle_child_pushdown_result(
        &self,
        phase: FilterPushdownPhase,
        offered: ChildPushdownResult,
        _: &ConfigOptions,
    ) -> Planned<FilterPushdownPropagation<Arc<dyn ExecutionPlan>>> {
        let refused = vec![PushedDown::No; offered.parent_filters.len()];
        let answer = FilterPushdownPropagation::with_parent_pushdown_result(refused);
        // With a limit inside, fewer rows are not a part of the same rows.
        if phase != FilterPushdownPhase::Post || self.doing.ask.limit.is_some() {
            return Ok(answer);
        }
        let filters = offered.parent_filters.into_iter().map(|offered| offered.filter);
        let taken: Vec<_> = filters.filter(|filter| filter.is::<DynamicFilterPhysicalExpr>()).collect();
        if taken.is_empty() {
            return Ok(answer);
        }
        let coming = self.coming.iter().cloned().chain(taken).collect();
        Ok(answer.with_updated_node(Arc::new(RemoteScan { coming, ..self.clone() })))
    }
}

enum State {
    Begin(Box<Begin>),
    Going(Box<Going>),
}

struct Begin {
    doing: Doing,
    coming: Vec<Arc<dyn PhysicalExpr>>,
    baseline: BaselineMetrics,
    bytes: Count,
    filters: Count,
}

struct Going {
    opened: Arc<Opened>,
    batches: Batches,
    allowance: Allowance,
    baseline: BaselineMetrics,
    bytes: Count,
    _place: OwnedSemaphorePermit,
}

impl Begin {
    async fn begin(self) -> Result<Box<Going>> {
        let Begin { doing: Doing { opened, mut ask, .. }, coming, baseline, bytes, filters } = self;
        let lower = Lower { columns: &ask.columns, dialect: opened.dialect() };
        let learnt = runtime_filter::learnt(&coming, &Asked { lower, select: &ask.select }).await;
        filters.add(learnt.len());
        ask.filter.extend(learnt);
        let text: SqlText = writer::write(&ask, opened.dialect());
        let kinds = ask.kinds();
        let mut allowance = Allowance::new(&opened.name, *opened.limits());
        let place = allowance.wait(opened.place()).await??;
        let batches = allowance.wait(opened.remote().open(text, kinds)).await?;
        let batches = batches.inspect_err(|e| opened.learn(e))?;
        Ok(Box::new(Going { opened, batches, allowance, baseline, bytes, _place: place }))
    }
}

impl Going {
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        let Some(fetched) = self.allowance.wait(self.batches.next()).await? else { return Ok(None) };
        let Fetched { batch, bytes } = fetched.inspect_err(|e| self.opened.learn(e))?;
        self.allowance.rows(batch.num_rows())?;
        self.baseline.output_rows().add(batch.num_rows());
        self.bytes.add(bytes);
        Ok(Some(batch))
    }
}
