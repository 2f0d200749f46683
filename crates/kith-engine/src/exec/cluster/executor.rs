//! `kith cluster executor`: runs the tasks that a scheduler gives out.

use super::codec::{LogicalCodec, PhysicalCodec};
use super::scheduler::SCHEDULING;
use super::{can_not_start, warn_of_network};
use crate::error::{Error, Result};
use crate::exec::batch::runtime;
use crate::resolve::spread::functions;
use ballista_core::registry::BallistaFunctionRegistry;
use ballista_executor::executor_process::{ExecutorProcessConfig, start_executor_process};
use std::fs::{File, TryLockError};
use std::net::{IpAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Whom it works for, and with what.
#[derive(Clone, Debug)]
pub struct ExecutorOptions {
    /// The scheduler, `host:port`.
    pub scheduler: String,
    /// The address to listen on: other executors fetch what this one has shuffled.
    pub bind: IpAddr,
    /// The port for that; 0 = any that is free.
    pub port: u16,
    /// What is shuffled, and what does not fit into memory, goes here.
    pub work_dir: PathBuf,
    /// Tasks at a time.
    pub tasks: usize,
    /// Memory that tasks share, in bytes; `None` = 70 % of the machine's.
    pub memory_bytes: Option<u64>,
}

/// The scheduler says when a job's data can go. Data of which nothing was heard for a week is a lost scheduler's.
const LEFTOVERS_MAX_S: u64 = 7 * 24 * 3600;

/// Runs until the process is ended.
pub fn run_executor(options: &ExecutorOptions) -> Result<()> {
    let (host, port) = scheduler(&options.scheduler)?;
    warn_of_network(options.bind);
    let (folder, _lock) = own_folder(&options.work_dir)?;
    let mut registry = BallistaFunctionRegistry::default();
    for function in functions::all() {
        registry.scalar_functions.insert(function.name().to_string(), Arc::new(function));
    }
    let config = ExecutorProcessConfig {
        bind_host: options.bind.to_string(),
        port: free_port(options.bind, options.port)?,
        grpc_port: free_port(options.bind, 0)?,
        scheduler_host: host,
        scheduler_port: port,
        scheduler_connect_timeout_seconds: 20,
        task_scheduling_policy: SCHEDULING,
        vcores: options.tasks,
        work_dir: Some(folder.display().to_string()),
        memory_pool_size: options.memory_bytes,
        executor_heartbeat_interval_seconds: 1,
        job_data_ttl_seconds: LEFTOVERS_MAX_S,
        job_data_clean_up_interval_seconds: 3600,
        override_function_registry: Some(Arc::new(registry)),
        override_logical_codec: Some(Arc::new(LogicalCodec::default())),
        override_physical_codec: Some(Arc::new(PhysicalCodec::default())),
        ..ExecutorProcessConfig::default()
    };
    let ended = runtime()?.block_on(start_executor_process(Arc::new(config)));
    ended.map_err(|cause| can_not_start("executor", cause))
}

/// `host:port`.
pub(super) fn scheduler(text: &str) -> Result<(String, u16)> {
    let parts = text.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse::<u16>().ok()?)));
    match parts {
        Some((host, port)) if !host.is_empty() && port > 0 => Ok((host.to_string(), port)),
        _ => Err(Error::input(
            "K-CLUSTER-ADDRESS",
            format!("{text:?} is not the address of a scheduler"),
            "Write host:port, such as 10.0.0.5:50050.",
        )),
    }
}

/// A folder of this executor alone, empty, and what keeps others out. When it ends, Ballista removes every folder that
/// it finds in there; so it is never the one that a person has named.
fn own_folder(work_dir: &Path) -> Result<(PathBuf, File)> {
    let (folder, lock) = (work_dir.join(".kith-executor"), work_dir.join(".kith-executor.lock"));
    let help = "Check rights and disk, or name another folder with --work-dir.";
    let failed = |e: std::io::Error| {
        Error::data("K-DATA-DISK", format!("{} can not be used: {e}", work_dir.display()), help)
    };
    std::fs::create_dir_all(work_dir).map_err(failed)?;
    let lock = File::create(lock).map_err(failed)?;
    take(&lock).map_err(|e| match e {
        TryLockError::Error(e) => failed(e),
        TryLockError::WouldBlock => {
            let message = format!("another executor uses the folder {}", work_dir.display());
            Error::data("K-CLUSTER-START", message, "Name another folder with --work-dir.")
        }
    })?;
    // What is in there is of one that was killed.
    if folder.exists() {
        std::fs::remove_dir_all(&folder).map_err(failed)?;
    }
    std::fs::create_dir(&folder).map_err(failed)?;
    Ok((folder, lock))
}

/// Takes a lock, or sees it taken for half a second: whoever starts a program holds it for a moment longer than it is open.
fn take(lock: &File) -> std::result::Result<(), TryLockError> {
    let mut tries = 0;
    loop {
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) if tries < 10 => tries += 1,
            other => return other,
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The port that was asked for, or one that is free now: Ballista tells its number to others before it listens.
fn free_port(bind: IpAddr, port: u16) -> Result<u16> {
    if port != 0 {
        return Ok(port);
    }
    let found = TcpListener::bind((bind, 0)).and_then(|listener| listener.local_addr());
    let address = found.map_err(|e| {
        let message = format!("no port can be opened on {bind}: {e}");
        Error::data("K-CLUSTER-START", message, "Check that the address is this machine's.")
    })?;
    Ok(address.port())
}

#[cfg(test)]
mod tests {
    use super::own_folder;

    #[test]
    fn a_folder_has_one_executor_and_keeps_what_is_not_its_own() {
        let dir = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(dir.path().join("photos")).expect("a folder");
        let (folder, lock) = own_folder(dir.path()).expect("its own folder");
        std::fs::create_dir(folder.join("job")).expect("a folder");
        assert_eq!(own_folder(dir.path()).expect_err("it is taken").code(), "K-CLUSTER-START");
        drop(lock);
        let (folder, _lock) = own_folder(dir.path()).expect("the next one's");
        assert!(!folder.join("job").exists() && dir.path().join("photos").exists());
    }
}
