//! A scan of a resource: page after page, until there is none or nobody wants more.

use super::super::meter::Allowance;
use super::fault;
use super::http::Caller;
use super::page::rows;
use super::paging::{Walk, first};
use super::schema::Api;
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
use futures::{TryStreamExt, stream};
use kith_core::config::{Paging, Resource};
use reqwest::Url;
use std::fmt;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// What a scan does.
#[derive(Clone, Debug)]
pub(super) struct Doing {
    pub api: Arc<Api>,
    pub resource: Arc<Resource>,
    /// Columns by their place in the resource.
    pub select: Vec<usize>,
    /// Parameters and their values.
    pub asked: Vec<(String, String)>,
    /// Rows after which no more are asked for.
    pub limit: Option<usize>,
}

/// See the module.
#[derive(Debug)]
pub(super) struct ApiScan {
    doing: Doing,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl ApiScan {
    pub fn new(doing: Doing, schema: SchemaRef) -> ApiScan {
        let properties = Arc::new(PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        ));
        ApiScan { doing, properties, metrics: ExecutionPlanMetricsSet::new() }
    }
}

impl DisplayAs for ApiScan {
    /// The request without its values.
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        let Doing { api, resource, asked, limit, .. } = &self.doing;
        write!(f, "RestScan: {}.{}, asked=[GET {}", api.name, resource.table, resource.path)?;
        for (i, (param, _)) in asked.iter().enumerate() {
            write!(f, "{}{param}=${}", if i == 0 { '?' } else { '&' }, i + 1)?;
        }
        let paging = match resource.paging {
            Paging::None => "none",
            Paging::Page(..) => "page",
            Paging::Offset(..) => "offset",
            Paging::Cursor(..) => "cursor",
            Paging::Link => "link",
        };
        write!(f, "], paging={paging}")?;
        limit.iter().try_for_each(|limit| write!(f, ", limit={limit}"))
    }
}

impl ExecutionPlan for ApiScan {
    fn name(&self) -> &str {
        "RestScan"
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
        let (bytes, requests) = (count("bytes_fetched"), count("requests"));
        let baseline = BaselineMetrics::new(&self.metrics, partition);
        let (doing, schema) = (self.doing.clone(), self.schema());
        let begin = State::Begin(Box::new((doing, schema, Metrics { bytes, requests, baseline })));
        let batches = stream::try_unfold(begin, |state| async move {
            let mut going = match state {
                State::Begin(begin) => Going::begin(*begin).await?,
                State::Going(going) => going,
            };
            Ok(going.next().await?.map(|batch| (batch, State::Going(going))))
        });
        let batches = batches.map_err(|e: Error| DataFusionError::External(Box::new(e)));
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), batches)))
    }
}

struct Metrics {
    bytes: Count,
    requests: Count,
    baseline: BaselineMetrics,
}

enum State {
    Begin(Box<(Doing, SchemaRef, Metrics)>),
    Going(Box<Going>),
}

struct Going {
    doing: Doing,
    schema: SchemaRef,
    caller: Caller,
    walk: Walk,
    /// The page that comes next.
    next: Option<Url>,
    allowance: Allowance,
    bytes_left: u64,
    rows_left: usize,
    metrics: Metrics,
    _place: OwnedSemaphorePermit,
}

impl Going {
    async fn begin((doing, schema, metrics): (Doing, SchemaRef, Metrics)) -> Result<Box<Going>> {
        let api = &doing.api;
        let mut allowance = Allowance::new(&api.name, api.limits);
        let place = allowance.wait(api.place()).await??;
        let caller = Caller::open(api)?;
        let url = first(api, &doing.resource, &doing.asked)?;
        let (walk, bytes_left) = (Walk::new(url.clone()), api.limits.bytes);
        let rows_left = doing.limit.unwrap_or(usize::MAX);
        let next = Some(url).filter(|_| rows_left > 0);
        Ok(Box::new(Going {
            doing,
            schema,
            caller,
            walk,
            next,
            allowance,
            bytes_left,
            rows_left,
            metrics,
            _place: place,
        }))
    }

    /// The rows of the next page that has any.
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        while let Some(url) = self.next.take() {
            let Doing { api, resource, select, .. } = &self.doing;
            let answer = self.caller.get(api, url.clone(), &mut self.allowance).await?;
            self.metrics.requests.add(1);
            self.metrics.bytes.add(answer.body.len());
            let left = self.bytes_left.checked_sub(answer.body.len() as u64);
            self.bytes_left =
                left.ok_or_else(|| fault::limit(&api.name, "bytes", api.limits.bytes, "bytes"))?;
            let (batch, found) = rows(api, resource, select, &self.schema, &answer.body, self.rows_left)?;
            self.allowance.rows(batch.num_rows())?;
            self.rows_left -= batch.num_rows();
            if self.rows_left > 0 {
                self.next = self.walk.next(api, resource, &url, &answer, found)?;
            }
            if batch.num_rows() > 0 {
                self.metrics.baseline.output_rows().add(batch.num_rows());
                return Ok(Some(batch));
            }
        }
        Ok(None)
    }
}
