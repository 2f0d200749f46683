//! DataFusion in this process.

use super::catalog::{ItemSchema, LakeCatalog};
use super::{Answer, Engine, Limits, guard, sql_error};
use crate::error::{Error, Result};
use crate::lake::Lake;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::config::Dialect;
use datafusion::error::DataFusionError;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};
use futures::{StreamExt, TryStreamExt};
use kith_core::config::Config;
use kith_live::Live;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::runtime::Runtime;

/// Memory that all running queries share. Sorts and aggregates spill to disk before it is full.
const MEMORY_MAX_BYTES: usize = 1 << 30;

/// Functions that make a value of any size out of nothing. Planning folds constants outside the memory pool and the
/// time limit, so one short query could take all the memory of the server.
const UNBOUNDED: [&str; 10] = [
    "repeat",
    "lpad",
    "rpad",
    "array_repeat",
    "list_repeat",
    "array_resize",
    "list_resize",
    "range",
    "generate_series",
    "gen_series",
];

/// Parsers, planners and expressions recurse; the stack of a worker ([`STACK_BYTES`]) is enough for a text of this length.
const TEXT_MAX_BYTES: usize = 16 << 10;

/// The stack of everything that plans or runs a query.
pub(crate) const STACK_BYTES: usize = 64 << 20;

/// Runs queries in this process, one memory pool for all.
pub struct Embedded {
    context: SessionContext,
    runtime: Arc<Runtime>,
    dir: PathBuf,
}

impl Embedded {
    /// An engine over a tenant's lake. Spilled rows go to the data directory, not to a shared `/tmp`.
    pub fn new(lake: &Lake, spill_dir: &Path, runtime: Arc<Runtime>) -> Result<Embedded> {
        let internal = |e: DataFusionError| Error::internal("the query engine can not start", e);
        let env = RuntimeEnvBuilder::new()
            .with_memory_limit(MEMORY_MAX_BYTES, 1.0)
            .with_temp_file_path(spill_dir)
            .build_arc()
            .map_err(internal)?;
        let mut config = SessionConfig::new()
            .with_default_catalog_and_schema("kith", "master")
            .with_create_default_catalog_and_schema(false)
            .with_information_schema(true);
        config.options_mut().sql_parser.collect_spans = true;
        let context = SessionContext::new_with_config_rt(config, env);
        context
            .register_catalog("kith", Arc::new(LakeCatalog { dir: lake.dir().to_path_buf(), items: None }));
        for name in UNBOUNDED {
            context.deregister_udf(name);
        }
        Ok(Embedded { context, runtime, dir: lake.dir().to_path_buf() })
    }

    /// With the catalogues of a project, which are no lake tables.
    pub(crate) fn with_items(self, live: &Live, config: &Config) -> Embedded {
        let names = config.catalogs.iter().map(|catalog| catalog.name().clone()).collect();
        let items = Some(Arc::new(ItemSchema { live: live.clone(), names }));
        self.context.register_catalog("kith", Arc::new(LakeCatalog { dir: self.dir.clone(), items }));
        self
    }

    /// Parses, checks and plans. Nothing runs yet.
    async fn plan(&self, sql: &str) -> Result<DataFrame> {
        if sql.len() > TEXT_MAX_BYTES {
            return Err(Error::Sql {
                code: "K-SQL-UNSUPPORTED",
                message: format!("the query has {} bytes, and {TEXT_MAX_BYTES} is the most", sql.len()),
                help: "Shorten it: join with a table instead of listing values.".into(),
                line: None,
                column: None,
            });
        }
        let state = self.context.state();
        let statement = state.sql_to_statement(sql, &Dialect::Generic).map_err(|e| sql_error::convert(&e))?;
        guard::check_statement(&statement)?;
        let plan = state.statement_to_plan(statement).await.map_err(|e| sql_error::convert(&e))?;
        guard::check_plan(&plan)?;
        Ok(DataFrame::new(state, plan))
    }

    async fn collect(&self, sql: &str, rows_max: usize) -> Result<Answer> {
        let frame = self.plan(sql).await?;
        let mut stream = frame.execute_stream().await.map_err(|e| sql_error::convert(&e))?;
        let schema: SchemaRef = stream.schema();
        let (mut batches, mut rows, mut truncated) = (Vec::new(), 0, false);
        while let Some(batch) = stream.next().await {
            let batch: RecordBatch = batch.map_err(|e| sql_error::convert(&e))?;
            let room = rows_max - rows;
            if batch.num_rows() > room {
                truncated = true;
                batches.push(batch.slice(0, room));
                break;
            }
            rows += batch.num_rows();
            batches.push(batch);
        }
        Ok(Answer { schema, batches, truncated })
    }

    /// Runs the work on a worker's large stack, not on the caller's.
    fn run<T: Send>(&self, limits: &Limits, work: impl Future<Output = Result<T>> + Send) -> Result<T> {
        let on_large_stack = || self.run_here(limits, work);
        let stack = std::thread::Builder::new().stack_size(STACK_BYTES);
        std::thread::scope(|scope| match stack.spawn_scoped(scope, on_large_stack) {
            Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(cause) => Err(Error::internal("the query's thread can not start", cause)),
        })
    }

    fn run_here<T>(&self, limits: &Limits, work: impl Future<Output = Result<T>>) -> Result<T> {
        self.runtime.block_on(async {
            match tokio::time::timeout(limits.time_max, work).await {
                Ok(done) => done,
                Err(_) => Err(Error::Sql {
                    code: "K-SQL-TIMEOUT",
                    message: format!(
                        "the query took longer than {} s and was stopped",
                        limits.time_max.as_secs()
                    ),
                    help: "Read fewer rows: add a WHERE, or look for a join without a condition.".into(),
                    line: None,
                    column: None,
                }),
            }
        })
    }
}

impl Engine for Embedded {
    fn query(&self, sql: &str, limits: &Limits) -> Result<Answer> {
        self.run(limits, self.collect(sql, limits.rows_max))
    }

    fn leave_parquet(&self, sql: &str, file: &Path, limits: &Limits) -> Result<u64> {
        let failed = |e: &dyn std::fmt::Display| {
            Error::data(
                "K-SQL-WRITE",
                format!("{} can not be written: {e}", file.display()),
                "Check that the folder exists, that you may write there, and that the disk has room.",
            )
        };
        self.run(limits, async {
            let stream = self.plan(sql).await?.execute_stream().await.map_err(|e| sql_error::convert(&e))?;
            let out = std::fs::File::create(file).map_err(|e| failed(&e))?;
            let mut writer = ArrowWriter::try_new(out, stream.schema(), None).map_err(|e| failed(&e))?;
            let mut stream = stream.map_err(|e| sql_error::convert(&e));
            let mut rows = 0;
            while let Some(batch) = stream.try_next().await? {
                rows += batch.num_rows() as u64;
                writer.write(&batch).map_err(|e| failed(&e))?;
            }
            let out = writer.into_inner().map_err(|e| failed(&e))?;
            out.sync_all().map_err(|e| failed(&e))?;
            Ok(rows)
        })
    }
}
