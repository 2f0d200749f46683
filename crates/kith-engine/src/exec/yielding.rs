//! Joins that make much of little let others have the thread now and then. Without this, a query that was ended would run on: a
//! join that asks its source for nothing for minutes can not be told that nobody waits.
//!
//! 1. What a join gives passes an operator that yields after a number of batches. 2. A nested loop compares a batch of the one
//!    side with all rows of the other before it gives or asks anything, so it gets its batches in portions, as large as it can
//!    do in a few hundredths of a second.

use datafusion::arrow::array::RecordBatch;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::config::ConfigOptions;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::joins::{CrossJoinExec, HashJoinExec, NestedLoopJoinExec, SortMergeJoinExec};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::unnest::UnnestExec;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties,
    ReplaceChildrenOptions,
};
use futures::StreamExt;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A portion that takes longer makes the next one smaller.
const LONG: Duration = Duration::from_millis(40);
/// A portion that takes less makes the next one larger.
const SHORT: Duration = Duration::from_millis(10);

/// Puts the operators of the module's text into a plan.
#[derive(Debug)]
pub(crate) struct Yielding;

impl PhysicalOptimizerRule for Yielding {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|plan| {
            let plan = match plan.downcast_ref::<NestedLoopJoinExec>() {
                Some(join) => {
                    let right: Arc<dyn ExecutionPlan> = Arc::new(Portions { input: join.right().clone() });
                    let sides = vec![join.left().clone(), right];
                    plan.replace_children(
                        sides,
                        ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute),
                    )?
                }
                None => plan,
            };
            let multiplies = plan.is::<CrossJoinExec>()
                || plan.is::<NestedLoopJoinExec>()
                || plan.is::<HashJoinExec>()
                || plan.is::<SortMergeJoinExec>()
                || plan.is::<UnnestExec>();
            Ok(match multiplies {
                true => Transformed::yes(Arc::new(CooperativeExec::new(plan)) as _),
                false => Transformed::no(plan),
            })
        })
        .data()
    }

    fn name(&self) -> &str {
        "Yielding"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// The same rows in the same order, in batches that whoever takes them is done with soon.
#[derive(Debug)]
struct Portions {
    input: Arc<dyn ExecutionPlan>,
}

impl DisplayAs for Portions {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("PortionsExec")
    }
}

impl ExecutionPlan for Portions {
    fn name(&self) -> &str {
        "PortionsExec"
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
        let one = || DataFusionError::Internal("PortionsExec has one input".into());
        Ok(Arc::new(Portions { input: children.pop().ok_or_else(one)? }))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let input = self.input.execute(partition, context)?;
        let schema = input.schema();
        let cut = Cut { input, left: None, rows: 1, given: 0, given_at: None };
        let batches = futures::stream::unfold(cut, |mut cut| async { Some((cut.next().await?, cut)) });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, batches)))
    }
}

struct Cut {
    input: SendableRecordBatchStream,
    /// What is left of a batch.
    left: Option<RecordBatch>,
    /// Rows of the next portion.
    rows: usize,
    /// Rows of the last one: less than it might have had say nothing of how long more would take.
    given: usize,
    given_at: Option<Instant>,
}

impl Cut {
    async fn next(&mut self) -> Option<Result<RecordBatch>> {
        let took = self.given_at.map_or(SHORT, |at| at.elapsed());
        if took > SHORT {
            tokio::task::yield_now().await;
        }
        if took > LONG {
            self.rows = (self.rows / 2).max(1);
        } else if took < SHORT && self.given == self.rows {
            self.rows = self.rows.saturating_mul(2);
        }
        let batch = match self.left.take() {
            Some(left) => left,
            None => match self.input.next().await? {
                Ok(batch) => batch,
                Err(error) => return Some(Err(error)),
            },
        };
        let rows = self.rows.min(batch.num_rows());
        if rows < batch.num_rows() {
            self.left = Some(batch.slice(rows, batch.num_rows() - rows));
        }
        (self.given, self.given_at) = (rows, Some(Instant::now()));
        Some(Ok(batch.slice(0, rows)))
    }
}
