//! A Ballista cluster: one scheduler, any number of executors, all of them this same binary.
//!
//! Reads and writes: Parquet files in a folder that all of them, and whoever asks, see under the same path.
//! Decides: nothing; the scheduler spreads a plan's partitions, and runs again what a lost executor had.
//! Fails:  `K-CLUSTER-…`.
//!
//! The ports know no passwords: whoever reaches them can run plans and read files. They are for a private network, and
//! listen on this machine alone unless they are told otherwise.

mod client;
mod codec;
mod executor;
mod scheduler;

pub use client::Cluster;
pub use executor::{ExecutorOptions, run_executor};
pub use scheduler::{SchedulerOptions, run_scheduler};

use super::leave;
use crate::error::Error;
use crate::resolve::spread::functions;
use ballista_core::error::BallistaError;
use datafusion::error::DataFusionError;
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::prelude::SessionConfig;
use std::sync::Arc;

/// A session as the scheduler plans in it: with our operator and our functions.
fn session(config: SessionConfig) -> Result<SessionState, DataFusionError> {
    let state = ballista_core::utils::default_session_builder(config)?;
    let mut state =
        SessionStateBuilder::new_from_existing(state).with_query_planner(Arc::new(leave::Planner)).build();
    use datafusion::execution::FunctionRegistry;
    for function in functions::all() {
        state.register_udf(Arc::new(function))?;
    }
    Ok(state)
}

fn warn_of_network(bind: std::net::IpAddr) {
    if !bind.is_loopback() {
        tracing::warn!(%bind, "the port knows no passwords: whoever reaches it can run plans and read files");
    }
}

fn can_not_start(what: &str, cause: BallistaError) -> Error {
    Error::data(
        "K-CLUSTER-START",
        format!("the {what} has ended: {cause}"),
        "Check that the address is this machine's and its port free, and that the scheduler is up.",
    )
}
