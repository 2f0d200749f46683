//! Batch work: run this plan over these files, leave Parquet there. [`BatchEngine`] is the seam behind which DataFusion
//! in this process and a Ballista cluster are the same.
//!
//! Reads:  Parquet files, named one by one, never folders: what a lost executor left behind is not read.
//! Decides: nothing.
//! Writes: Parquet files ([`super::leave`]).
//! Fails:  `K-CLUSTER-…`; a step is a function of its inputs, so it can be run again.

use super::leave;
use crate::error::{Error, Result};
use crate::resolve::spread::functions;
use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::UInt64Type;
use datafusion::config::ConfigOptions;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::error::DataFusionError;
use datafusion::execution::SessionStateBuilder;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::runtime::Runtime;

/// One query over files.
pub struct Step<'a> {
    /// What it makes; also the name of its folder.
    pub name: &'a str,
    /// Tables, and the files that they are.
    pub inputs: &'a [(&'a str, &'a Left)],
    /// The query.
    pub sql: String,
}

/// What a step left.
#[derive(Clone, Debug, Default)]
pub struct Left {
    /// The files.
    pub files: Vec<PathBuf>,
    /// Their rows.
    pub rows: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Left {
    /// Calls for each batch of rows, in order of the files.
    pub fn read(&self, each: &mut dyn FnMut(&RecordBatch) -> Result<()>) -> Result<()> {
        for path in &self.files {
            let failed = |e: &dyn std::fmt::Display| not_shared(path, e);
            let file = std::fs::File::open(path).map_err(|e| failed(&e))?;
            let reader = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| failed(&e))?;
            for batch in reader.build().map_err(|e| failed(&e))? {
                each(&batch.map_err(|e| failed(&e))?)?;
            }
        }
        Ok(())
    }
}

/// A file that one process wrote is not there for another.
pub(crate) fn not_shared(path: &Path, cause: &dyn std::fmt::Display) -> Error {
    Error::data(
        "K-CLUSTER-PATH",
        format!("{} can not be read: {cause}", path.display()),
        "Scheduler, executors and this machine must see the same folder under the same path: name one with --shared-dir.",
    )
}

/// A place where plans run.
pub trait BatchEngine: Send + Sync {
    /// Runs a query and leaves its rows in a folder, which is made.
    fn run(&self, step: &Step, folder: &Path) -> Result<Left>;
}

/// Which engine, as a person names it.
#[derive(Clone, Debug)]
pub struct EngineChoice {
    /// `ballista://host:port`, or `datafusion` for the same plans in this process.
    pub url: String,
    /// The folder in which steps leave their files; all executors see it under this path.
    pub shared_dir: PathBuf,
    /// Partitions of a shuffle; `None` = by the number of records.
    pub partitions: Option<usize>,
}

impl EngineChoice {
    /// The engine, for so many records.
    pub(crate) fn open(&self, records: usize) -> Result<Box<dyn BatchEngine>> {
        let partitions =
            self.partitions.unwrap_or((records / RECORDS_PER_PARTITION).clamp(8, PARTITIONS_MAX));
        if self.url == "datafusion" {
            return Ok(Box::new(InProcess::new(partitions)?));
        }
        if !self.url.starts_with("ballista://") {
            let message = format!("there is no engine {:?}", self.url);
            return Err(Error::input("K-CLUSTER-ADDRESS", message, "Write ballista://host:port."));
        }
        #[cfg(feature = "cluster")]
        return Ok(Box::new(super::cluster::Cluster::connect(&self.url, partitions)?));
        #[cfg(not(feature = "cluster"))]
        return Err(Error::input(
            "K-CLUSTER-FEATURE",
            "this kith was built without clusters",
            "Build it with the feature `cluster`, which is on by default.",
        ));
    }
}

/// A record is in some ten blocks and takes some 60 bytes in each, so a partition of a shuffle takes about 70 MB, and
/// whoever works on it 0.5 GB (docs/scale.md).
const RECORDS_PER_PARTITION: usize = 100_000;

/// The scheduler keeps the place of each partition of each task, partitions times partitions of them.
const PARTITIONS_MAX: usize = 1_000;

/// DataFusion in this process.
pub struct InProcess {
    context: SessionContext,
    runtime: Runtime,
}

impl InProcess {
    /// An engine with so many partitions.
    pub fn new(partitions: usize) -> Result<InProcess> {
        let mut config = SessionConfig::new().with_target_partitions(partitions);
        set_common(config.options_mut());
        let state = SessionStateBuilder::new()
            .with_default_features()
            .with_config(config)
            .with_query_planner(Arc::new(leave::Planner))
            .build();
        let context = SessionContext::new_with_state(state);
        functions::all().into_iter().for_each(|f| context.register_udf(f));
        Ok(InProcess { context, runtime: runtime()? })
    }
}

impl BatchEngine for InProcess {
    fn run(&self, step: &Step, folder: &Path) -> Result<Left> {
        on_large_stack(&self.runtime, run(&self.context, step, folder))
    }
}

/// Threads for planning and waiting.
pub(super) fn runtime() -> Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .thread_stack_size(super::STACK_BYTES)
        .enable_all()
        .thread_name("kith-batch")
        .build()
        .map_err(|e| Error::internal("threads can not be started", e))
}

/// What holds in this process and on executors alike.
pub(super) fn set_common(options: &mut ConfigOptions) {
    options.execution.parquet.schema_force_view_types = false;
    options.sql_parser.map_string_types_to_utf8view = false;
}

/// Waits for work on a thread whose stack is as large as a planner needs.
pub(super) fn on_large_stack<T: Send>(
    runtime: &Runtime,
    work: impl Future<Output = Result<T>> + Send,
) -> Result<T> {
    let stack = std::thread::Builder::new().stack_size(super::STACK_BYTES);
    std::thread::scope(|scope| match stack.spawn_scoped(scope, || runtime.block_on(work)) {
        Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
        Err(cause) => Err(Error::internal("the query's thread can not start", cause)),
    })
}

/// Runs one step in a session.
pub(super) async fn run(context: &SessionContext, step: &Step<'_>, folder: &Path) -> Result<Left> {
    let failed = |e: DataFusionError| step_failed(step.name, &e);
    std::fs::create_dir_all(folder).map_err(|e| {
        let message = format!("{} can not be made: {e}", folder.display());
        Error::data("K-DATA-DISK", message, "Check rights and disk.")
    })?;
    for (name, left) in step.inputs {
        context.deregister_table(*name).map_err(failed)?;
        context.register_table(*name, Arc::new(table(left)?)).map_err(failed)?;
    }
    let query = context.sql(&step.sql).await.map_err(failed)?;
    let plan = leave::Leave::plan(query.logical_plan().clone(), folder).map_err(failed)?;
    let said = context.execute_logical_plan(plan).await.map_err(failed)?;
    let mut left = Left::default();
    for batch in said.collect().await.map_err(failed)? {
        let (rows, bytes) =
            (batch.column(1).as_primitive::<UInt64Type>(), batch.column(2).as_primitive::<UInt64Type>());
        for (at, file) in batch.column(0).as_string::<i32>().iter().enumerate() {
            left.files.extend(file.map(PathBuf::from));
            left.rows += rows.value(at);
            left.bytes += bytes.value(at);
        }
    }
    left.files.sort();
    Ok(left)
}

/// Files as a table, each named: a scan of a folder would find what does not count, and miss what is not seen.
fn table(left: &Left) -> Result<ListingTable> {
    let internal = |e: DataFusionError| Error::internal("files can not be made a table", e);
    let Some(first) = left.files.first() else {
        return Err(Error::internal("a step left no file", "none was named"));
    };
    let file = std::fs::File::open(first).map_err(|e| not_shared(first, &e))?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| not_shared(first, &e))?;
    let urls: std::result::Result<Vec<_>, _> =
        left.files.iter().map(|f| ListingTableUrl::parse(f.display().to_string())).collect();
    let options = ListingOptions::new(Arc::new(ParquetFormat::default()));
    let config = ListingTableConfig::new_with_multi_paths(urls.map_err(internal)?)
        .with_listing_options(options)
        .with_schema(reader.schema().clone());
    ListingTable::try_new(config).map_err(internal)
}

/// DataFusion's word for what went wrong, as ours.
pub(super) fn step_failed(step: &str, cause: &DataFusionError) -> Error {
    let said = cause.strip_backtrace();
    if said.contains("K-CLUSTER-PATH") || said.contains("No such file") || said.contains("not found: /") {
        return Error::data(
            "K-CLUSTER-PATH",
            format!("the step {step:?} can not reach its files: {said}"),
            "Scheduler, executors and this machine must see the same folder under the same path: name one with --shared-dir.",
        );
    }
    // How Ballista says that a job was ended, which our scheduler alone does, and that nobody is left to go on with it.
    if said.ends_with("failed: Cancelled") || said.contains("all executors were lost") {
        return Error::data(
            "K-CLUSTER-SILENT",
            format!("no executor is there for the step {step:?}"),
            "Start executors with `kith cluster executor --scheduler HOST:PORT`, and look at what they say.",
        );
    }
    Error::data(
        "K-CLUSTER-FAILED",
        format!("the step {step:?} failed: {said}"),
        "Look at what the executors say on standard error; then run the command again.",
    )
}
