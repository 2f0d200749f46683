//! Offers filters to a plan from outside, as an operator above it would.

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::config::ConfigOptions;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::filter_pushdown::FilterPushdown;
use datafusion::physical_plan::filter_pushdown::{
    ChildFilterDescription, FilterDescription, FilterPushdownPhase,
};
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use std::fmt;
use std::sync::Arc;

/// The plan, having taken what it can of the filters. They are hints: who offers them goes on to apply them.
pub(super) fn offer(
    plan: &Arc<dyn ExecutionPlan>,
    filters: Vec<Arc<dyn PhysicalExpr>>,
    config: &ConfigOptions,
) -> Result<Arc<dyn ExecutionPlan>> {
    let offer = Arc::new(Offer { plan: plan.clone(), filters });
    let taken = FilterPushdown::new_post_optimization().optimize(offer, config)?;
    taken.children().into_iter().next().cloned().ok_or_else(|| one_child("Offer"))
}

pub(super) fn one_child(name: &str) -> DataFusionError {
    DataFusionError::Internal(format!("{name} has one input"))
}

#[derive(Debug)]
struct Offer {
    plan: Arc<dyn ExecutionPlan>,
    filters: Vec<Arc<dyn PhysicalExpr>>,
}

impl DisplayAs for Offer {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("Offer")
    }
}

impl ExecutionPlan for Offer {
    fn name(&self) -> &str {
        "Offer"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.plan.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.plan]
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
        let plan = children.pop().ok_or_else(|| one_child("Offer"))?;
        Ok(Arc::new(Offer { plan, filters: self.filters.clone() }))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        self.plan.execute(partition, context)
    }

    fn gather_filters_for_pushdown(
        &self,
        _: FilterPushdownPhase,
        parent_filters: Vec<Arc<dyn PhysicalExpr>>,
        _: &ConfigOptions,
    ) -> Result<FilterDescription> {
        let child = ChildFilterDescription::all_unsupported(&parent_filters);
        Ok(FilterDescription::new().with_child(child.with_self_filters(self.filters.clone())))
    }
}
