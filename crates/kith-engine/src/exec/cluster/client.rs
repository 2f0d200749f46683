//! Whoever asks a cluster: sends plans, and runs a step again if its results were lost with an executor.

use super::codec::{LogicalCodec, PhysicalCodec};
use super::executor::scheduler;
use crate::error::{Error, Result};
use crate::exec::batch::{BatchEngine, Left, Step, on_large_stack, run, runtime, set_common};
use crate::resolve::spread::functions;
use ballista::prelude::{SessionConfigExt, SessionContextExt};
use datafusion::execution::SessionStateBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};
use std::net::{TcpStream, ToSocketAddrs};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;

/// A step is tried so often. Within a try, Ballista runs lost tasks and stages again by itself.
const TRIES: usize = 3;

/// Longer than any scheduler takes to answer that it is there.
const CONNECT_MAX: Duration = Duration::from_secs(5);

/// A cluster, as seen by whoever asks it.
pub struct Cluster {
    context: SessionContext,
    runtime: Runtime,
}

impl Cluster {
    /// Connects to `ballista://host:port`; a shuffle has so many partitions.
    pub fn connect(url: &str, partitions: usize) -> Result<Cluster> {
        let (host, port) = scheduler(url.strip_prefix("ballista://").unwrap_or(url))?;
        let reached = (host.as_str(), port).to_socket_addrs().map_err(|e| e.to_string()).and_then(|found| {
            let mut last = "the name is not known".to_string();
            for address in found {
                match TcpStream::connect_timeout(&address, CONNECT_MAX) {
                    Ok(_) => return Ok(()),
                    Err(e) => last = e.to_string(),
                }
            }
            Err(last)
        });
        reached.map_err(|why| {
            let message = format!("no scheduler answers at {host}:{port}: {why}");
            let help = "Start one with `kith cluster scheduler`, and check address and network.";
            Error::data("K-CLUSTER-SCHEDULER", message, help)
        })?;
        let mut config = SessionConfig::new_with_ballista()
            .with_target_partitions(partitions)
            .with_ballista_job_name("kith")
            // Planned once: a step's partitions are known, and a stage that a lost executor rolls back is never
            // resolved again by the adaptive planner (Ballista 55, `AdaptiveExecutionGraph::update_stage_progress`).
            .with_ballista_adaptive_query_planner(false)
            .with_ballista_logical_extension_codec(Arc::new(LogicalCodec::default()))
            .with_ballista_physical_extension_codec(Arc::new(PhysicalCodec::default()));
        set_common(config.options_mut());
        let state = SessionStateBuilder::new().with_default_features().with_config(config).build();
        let runtime = runtime()?;
        let address = format!("df://{host}:{port}");
        let context = on_large_stack(&runtime, async move {
            let context = SessionContext::remote_with_state(&address, state).await;
            context.map_err(|e| Error::internal("the session with the cluster can not be made", e))
        })?;
        // Behind `remote_with_state`, which puts its own list of functions in place.
        functions::all().into_iter().for_each(|f| context.register_udf(f));
        Ok(Cluster { context, runtime })
    }
}

impl BatchEngine for Cluster {
    fn run(&self, step: &Step, folder: &Path) -> Result<Left> {
        let mut tried = 1;
        loop {
            match on_large_stack(&self.runtime, run(&self.context, step, folder)) {
                Err(cause) if tried < TRIES && cause.code() == "K-CLUSTER-FAILED" => {
                    tracing::warn!(step = step.name, tried, %cause, "the step is run again");
                    tried += 1;
                }
                done => return done,
            }
        }
    }
}
