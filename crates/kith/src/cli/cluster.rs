//! `kith cluster`: one scheduler and any number of executors, for matching that one machine does not hold; and the
//! choice of an engine that `kith run` and `kith dedupe` share.

use super::failure::Failure;
use super::output::Output;
use clap::{Args, Subcommand};
use kith_engine::EngineChoice;
use std::path::{Path, PathBuf};

/// Where matching and clustering run.
#[derive(Args)]
pub struct Engine {
    /// Match and cluster on a cluster: ballista://HOST:PORT [default: in this process].
    #[arg(long, value_name = "URL")]
    engine: Option<String>,
    /// The folder in which the cluster's steps leave their files; all its machines see it under this path.
    #[arg(long, value_name = "DIR", requires = "engine")]
    shared_dir: Option<PathBuf>,
    /// Partitions of a shuffle [default: one for 100,000 records, 8 to 1,000].
    #[arg(long, value_name = "N", requires = "engine", value_parser = clap::value_parser!(u16).range(1..=10_000))]
    partitions: Option<u16>,
}

impl Engine {
    /// The engine that was named; its files go to `default_dir` unless another folder was named.
    pub fn choice(self, default_dir: &Path) -> Option<EngineChoice> {
        let shared_dir = self.shared_dir.unwrap_or_else(|| default_dir.to_path_buf());
        let partitions = self.partitions.map(usize::from);
        self.engine.map(|url| EngineChoice { url, shared_dir, partitions })
    }
}

const AFTER_HELP: &str = "\
The ports know no passwords: whoever reaches them can run plans and read files. Keep them in a private network. All
machines, and the one that asks, must see one folder under the same path (--shared-dir).

Examples:
  kith cluster scheduler --bind 10.0.0.5
  kith cluster executor --scheduler 10.0.0.5:50050 --bind 10.0.0.6 --work-dir /var/tmp/kith
  kith run --engine ballista://10.0.0.5:50050 --shared-dir /mnt/kith";

/// Run a scheduler or an executor, where one machine is not enough.
#[derive(Subcommand)]
#[command(after_help = AFTER_HELP)]
pub enum Command {
    /// Plan, give out tasks, and notice lost executors.
    #[command(after_help = AFTER_HELP)]
    Scheduler(Scheduler),
    /// Run the tasks that a scheduler gives out.
    #[command(after_help = AFTER_HELP)]
    Executor(Executor),
}

/// Plan, give out tasks, and notice lost executors.
#[derive(Args)]
pub struct Scheduler {
    /// The address to listen on.
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    bind: std::net::IpAddr,
    /// The port; 0 = any that is free.
    #[arg(long, default_value = "50050")]
    port: u16,
    /// Seconds of silence after which an executor counts as lost, and what it had is run again.
    #[arg(long, value_name = "SECONDS", default_value = "20", value_parser = clap::value_parser!(u64).range(3..=3600))]
    executor_timeout: u64,
}

/// Run the tasks that a scheduler gives out.
#[derive(Args)]
pub struct Executor {
    /// The scheduler.
    #[arg(long, value_name = "HOST:PORT")]
    scheduler: String,
    /// The address to listen on: other executors fetch what this one has shuffled.
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    bind: std::net::IpAddr,
    /// The port for that; 0 = any that is free.
    #[arg(long, default_value = "0")]
    port: u16,
    /// The folder for what is shuffled, and for what does not fit into memory.
    #[arg(long, value_name = "DIR", default_value = "kith-executor")]
    work_dir: PathBuf,
    /// Tasks at a time [default: one for each core].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    concurrent_tasks: Option<u16>,
    /// Memory that tasks share, in megabytes [default: 70 % of the machine's].
    #[arg(long, value_name = "MB", value_parser = clap::value_parser!(u64).range(64..))]
    memory_mb: Option<u64>,
}

impl Command {
    /// Does what was asked.
    #[cfg(feature = "cluster")]
    pub fn execute(self, out: &mut Output) -> Result<(), Failure> {
        use kith_engine::exec::cluster::{ExecutorOptions, SchedulerOptions, run_executor, run_scheduler};
        use std::io::Write as _;
        match self {
            Command::Scheduler(asked) => {
                let options = SchedulerOptions {
                    bind: asked.bind,
                    port: asked.port,
                    silence_max_s: asked.executor_timeout,
                };
                let ready = |address: std::net::SocketAddr| {
                    // Whoever starts a scheduler waits for this line, for the port in it.
                    let said = writeln!(std::io::stdout(), "Scheduler: ballista://{address}");
                    drop(said);
                };
                Ok(run_scheduler(&options, &ready)?)
            }
            Command::Executor(asked) => {
                let cores = std::thread::available_parallelism().map_or(1, usize::from);
                let options = ExecutorOptions {
                    scheduler: asked.scheduler,
                    bind: asked.bind,
                    port: asked.port,
                    work_dir: std::path::absolute(&asked.work_dir)?,
                    tasks: asked.concurrent_tasks.map_or(cores, usize::from),
                    memory_bytes: asked.memory_mb.map(|mb| mb << 20),
                };
                out.line(format!("Executor of {}.", options.scheduler))?;
                out.flush()?;
                Ok(run_executor(&options)?)
            }
        }
    }

    /// Says that it can not be done.
    #[cfg(not(feature = "cluster"))]
    pub fn execute(self, _: &mut Output) -> Result<(), Failure> {
        let exit = super::failure::Exit::Usage;
        let help = "Build it with the feature `cluster`, which is on by default.";
        Err(Failure::new(exit, "K-CLUSTER-FEATURE", "this kith was built without clusters", help))
    }
}
