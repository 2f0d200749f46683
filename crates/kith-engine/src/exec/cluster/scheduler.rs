//! `kith cluster scheduler`: plans, gives out tasks, notices lost executors.

use super::codec::{LogicalCodec, PhysicalCodec};
use super::{can_not_start, session, warn_of_network};
use crate::error::{Error, Result};
use crate::exec::batch::runtime;
use ballista_core::JobId;
use ballista_core::config::TaskSchedulingPolicy;
use ballista_core::error::BallistaError;
use ballista_scheduler::cluster::BallistaCluster;
use ballista_scheduler::config::{SchedulerConfig, TaskDistributionPolicy};
use ballista_scheduler::scheduler_process::{create_scheduler, start_grpc_service_with_listener};
use ballista_scheduler::scheduler_server::SchedulerServer;
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Where it listens, and when an executor counts as lost.
#[derive(Clone, Debug)]
pub struct SchedulerOptions {
    /// The address to listen on.
    pub bind: IpAddr,
    /// The port; 0 = any that is free.
    pub port: u16,
    /// An executor that is silent for so long is lost. Executors speak every second.
    pub silence_max_s: u64,
}

/// Executors ask for tasks. Were they given out instead, the scheduler would keep the account of an executor's free places,
/// and it does not give back those of tasks whose stage was rolled back with a lost executor: with all of them gone, a
/// job stands still for ever (Ballista 55, `TaskManager::sum_vcores_for_statuses`).
pub(super) const SCHEDULING: TaskSchedulingPolicy = TaskSchedulingPolicy::PullStaged;

/// Work waits for an executor three times as long as an executor may be silent: one that was ended is up again by then.
const PATIENCE: u64 = 3;

/// How long what a step has shuffled, and what is known of it, is kept behind its end: the next step reads other files.
const KEPT_S: u64 = 60;

/// How often it is looked after executors.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Runs until the process is ended; `ready` hears the address.
pub fn run_scheduler(options: &SchedulerOptions, ready: &dyn Fn(SocketAddr)) -> Result<()> {
    let failed = |cause| can_not_start("scheduler", cause);
    warn_of_network(options.bind);
    runtime()?.block_on(async {
        let listener = tokio::net::TcpListener::bind((options.bind, options.port)).await;
        let listener = listener.map_err(|e| failed(BallistaError::from(e)))?;
        let address = listener.local_addr().map_err(|e| Error::internal("the port is not known", e))?;
        let config = SchedulerConfig {
            bind_host: address.ip().to_string(),
            external_host: address.ip().to_string(),
            bind_port: address.port(),
            executor_timeout_seconds: options.silence_max_s,
            no_executors_grace_period_seconds: options.silence_max_s * PATIENCE,
            scheduling_policy: SCHEDULING,
            task_distribution: TaskDistributionPolicy::RoundRobin,
            expire_dead_executor_interval_seconds: 1,
            finished_job_data_clean_up_interval_seconds: KEPT_S,
            finished_job_state_clean_up_interval_seconds: KEPT_S,
            override_session_builder: Some(Arc::new(session)),
            override_logical_codec: Some(Arc::new(LogicalCodec::default())),
            override_physical_codec: Some(Arc::new(PhysicalCodec::default())),
            ..SchedulerConfig::default()
        };
        config.validate().map_err(failed)?;
        let cluster = BallistaCluster::new_from_config(&config).await.map_err(failed)?;
        let scheduler = create_scheduler::<LogicalPlanNode, PhysicalPlanNode>(cluster, Arc::new(config));
        let scheduler = scheduler.await.map_err(failed)?;
        tokio::spawn(end_waiting(scheduler.clone(), Duration::from_secs(options.silence_max_s * PATIENCE)));
        ready(address);
        start_grpc_service_with_listener(listener, scheduler).await.map_err(failed)
    })
}

/// Ends work that has not moved for too long, so that whoever asked can try again or hear of it: no executor is there
/// (Ballista itself looks only at work that had one and lost it), or no task of it runs or could (a fault of the plan's
/// bookkeeping, which nothing else would ever notice).
async fn end_waiting(scheduler: SchedulerServer<LogicalPlanNode, PhysicalPlanNode>, wait_max: Duration) {
    let mut waiting: HashMap<JobId, Instant> = HashMap::new();
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let jobs = scheduler.state.task_manager.get_running_job_cache();
        waiting.retain(|job, _| jobs.contains_key(job));
        for (job, info) in jobs.iter() {
            let moves = scheduler.is_ready() && {
                let graph = info.execution_graph.read().await;
                graph.available_tasks() > 0 || !graph.running_tasks().is_empty()
            };
            if moves {
                waiting.remove(job);
                continue;
            }
            let since = *waiting.entry(job.clone()).or_insert_with(Instant::now);
            if since.elapsed() > wait_max {
                tracing::warn!(%job, "no executor is there, or no task can run: the work is ended");
                if let Err(cause) = scheduler.cancel_job(job.clone()).await {
                    tracing::error!(%job, %cause, "the work can not be ended");
                }
            }
        }
    }
}
