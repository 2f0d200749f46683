//! Kith's binary: the command line, the HTTP API and the embedded user interface.
//!
//! `cli/` has one file per command, `api/` one per resource; both ask the engine and only shape its answers.
//! `collect/` is the door for events. `server.rs` listens, `observe.rs` sends traces, `kept.rs`, `tokens.rs`, `users.rs` and `standing.rs` say who may ask,
//! `wire/` speaks PostgreSQL's protocol, `ui.rs` serves the pages, `demo/` invents a company.

mod cli;
mod api;
mod collect;
mod kept;
mod observe;
mod server;
mod sign_on;
mod standing;
mod tokens;
mod users;
mod wire;
mod ui;
mod demo;
mod flight;

use clap::Parser;
use cli::failure::Failure;
use std::io::IsTerminal;
use std::process::ExitCode;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

/// Events are many small values on several threads: they cost a third less CPU than with the system's allocator, and a resolution
/// of a million records takes a fifth less memory (docs/benchmarks.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let traces = observe::traces();
    log_to_stderr(cli.verbose, cli.quiet, traces.as_ref());
    let json = cli.json();
    // A panic is a defect of Kith. The default hook has told where; the exit code says so too.
    let code = match std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| cli.execute())) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(failure)) => failure.tell(json),
        Err(_) => Failure::defect().tell(json),
    };
    observe::end(traces);
    code
}

/// Only our own crates speak below a warning; `KITH_LOG` takes a filter such as `kith=debug,kith_engine=trace`. The Delta
/// kernel calls a table that is not there yet an error; what matters of it comes back to us as one. Ballista warns of each
/// shuffle that goes through the disk, which is no fault, and calls a plan an error that it can not draw. What the clients of brokers
/// say of each try, the source's status says once.
fn log_to_stderr(verbose: u8, quiet: bool, traces: Option<&observe::Traces>) {
    const HUSHED: &str = "buoyant_kernel=off,ballista_core::execution_plans::sort_shuffle=error,ballista_scheduler::display=off,rskafka=off,async_nats=off";
    let level = match (quiet, verbose) {
        (true, _) => format!("error,{HUSHED}"),
        (false, 0) => format!("warn,{HUSHED},kith=info"),
        (false, 1) => format!("warn,{HUSHED},kith=debug,kith_engine=info,kith_live=info"),
        (false, _) => "info,kith=trace,kith_engine=debug,kith_live=debug".to_string(),
    };
    let filter = EnvFilter::try_from_env("KITH_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    // A log that can not be written, on a full disk for instance, must not end the request that it is of.
    let log = tracing_subscriber::fmt::layer().log_internal_errors(false);
    let log = log.with_writer(std::io::stderr).with_ansi(colour).with_filter(filter);
    tracing_subscriber::registry().with(log).with(traces.map(observe::layer)).init();
}
