//! A session: what one subject can ask. The only way from the text of a query to rows.
//!
//! Each query is planned in a context of its own, so nothing that one query does is there for the next. It runs on the engine's
//! threads; its rows pass a channel of two batches, so what nobody fetches is not computed. It ends when its rows are dropped,
//! when somebody ends it by its name, or when its time is over.

mod broken;
mod parameters;
mod shapes;
mod tables;
mod written;

pub use parameters::Described;
pub use tables::{ColumnSeen, TableSeen};

use super::catalog::{CATALOG, GovernedCatalogs, Ruling};
use super::functions;
use super::governed::GovernedTable;
use crate::error::{Error, Result};
use crate::exec::guard::{check_plan, check_statement};
use crate::exec::running::{FallsWithMe, Stop};
use crate::exec::{Answer, Limits, Rows, Shared, Yielding, sql_error, stream};
use crate::postgres::rewrite;
use crate::profile::shape::SqlRows;
use crate::remote::PushDown;
use crate::view::GoldSchema;
use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::config::Dialect;
use datafusion::datasource::source_as_provider;
use datafusion::execution::registry::FunctionRegistry;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::displayable;
use datafusion::prelude::{DataFrame, SessionConfig};
use kith_core::govern::{Decide, Subject};
use std::sync::Arc;

/// The stack of a worker is enough for a text of this length.
const TEXT_MAX_BYTES: usize = 16 << 10;

/// Keys of a join's small side that its large side is asked for one by one; of more only the smallest and the largest.
const RUN_TIME_VALUES_MAX: usize = 5_000;
const RUN_TIME_BYTES_MAX: usize = 1 << 20;

/// What one subject can ask.
#[derive(Clone)]
pub struct Session {
    shared: Shared,
    ruling: Ruling,
    /// For clients of PostgreSQL: the schema where names without one are looked for.
    postgres: Option<String>,
    /// How many views stand around what is planned.
    depth: u8,
}

/// What a query would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What is to be computed.
    pub logical: String,
    /// How.
    pub physical: String,
    /// The tables that it reads.
    pub tables: Vec<TableUse>,
}

/// What the policy does to a table of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableUse {
    /// `schema.table`.
    pub table: String,
    /// True where the policy takes rows out.
    pub rows_filtered: bool,
    /// Masked columns: column, mask, the rule that says so.
    pub masked: Vec<(String, &'static str, String)>,
}

impl Session {
    pub(crate) fn new(shared: Shared, subject: Subject, decider: Arc<dyn Decide>) -> Session {
        Session { shared, ruling: Ruling { subject: Arc::new(subject), decider }, postgres: None, depth: 0 }
    }

    /// The same for a client of PostgreSQL: its syntax, `pg_catalog`, and the functions that clients call.
    pub fn for_postgres(mut self, schema: &str) -> Session {
        self.postgres = Some(schema.to_string());
        self
    }

    /// Runs a read-only query to its end. It blocks: call it from a thread that may.
    pub fn query(&self, sql: &str, limits: &Limits) -> Result<Answer> {
        self.shared.runtime.block_on(async { self.stream(sql, limits).await?.collect().await })
    }

    /// The same as JSON values.
    pub fn rows(&self, sql: &str, limits: &Limits) -> Result<SqlRows> {
        Ok(SqlRows::of(&self.query(sql, limits)?))
    }

    /// Begins a read-only query; it is planned when this comes back. Any runtime may wait for it.
    pub async fn stream(&self, sql: &str, limits: &Limits) -> Result<Rows> {
        self.stream_with(sql, Vec::new(), limits).await
    }

    /// The same with values for `$1`, `$2` …, each an array of one.
    pub async fn stream_with(&self, sql: &str, values: Vec<ArrayRef>, limits: &Limits) -> Result<Rows> {
        let stop = Stop::new();
        let falls = FallsWithMe(stop.clone());
        let mut place = self.shared.running.begin(&self.ruling.subject, stop);
        let (session, sql, memory) = (self.clone(), sql.to_string(), limits.memory_max_bytes);
        let query = place.id().to_string();
        self.end_written_down(&mut place);
        let frame = async move {
            let frame = session.frame_with(&sql, &values, memory).await;
            session.written_down(query, &sql, &frame).await?;
            frame
        };
        stream::begin(&self.shared.runtime, &self.shared.watch, frame, place, falls, limits).await
    }

    /// What a query would do, without doing it. It blocks.
    pub fn plan(&self, sql: &str) -> Result<Plan> {
        let (session, sql) = (self.clone(), sql.to_string());
        let planned = self.shared.runtime.spawn(async move { session.planned(&sql).await });
        let planned = self.shared.runtime.block_on(planned);
        planned.unwrap_or_else(|e| Err(Error::internal("a query could not be planned", e)))
    }

    /// What a query takes and gives, without doing it. `given` = types that the caller knows. Any runtime may wait for it.
    pub async fn describe(&self, sql: &str, given: Vec<Option<DataType>>) -> Result<Described> {
        let (session, sql) = (self.clone(), sql.to_string());
        let described = self.shared.runtime.spawn(async move {
            let frame = session.frame(&sql, Limits::default().memory_max_bytes).await?;
            parameters::described(frame.logical_plan(), &given).map_err(|e| sql_error::convert(&e))
        });
        described.await.unwrap_or_else(|e| Err(Error::internal("a query could not be described", e)))
    }

    #[cfg(test)]
    pub(super) fn physical(&self, sql: &str) -> Result<Arc<dyn datafusion::physical_plan::ExecutionPlan>> {
        self.shared.runtime.block_on(async {
            let frame = self.frame(sql, Limits::default().memory_max_bytes).await?;
            frame.create_physical_plan().await.map_err(|e| sql_error::convert(&e))
        })
    }

    async fn planned(&self, sql: &str) -> Result<Plan> {
        let frame = self.frame(sql, Limits::default().memory_max_bytes).await?;
        let tables = tables_of(frame.logical_plan())?;
        let logical = frame.logical_plan().display_indent().to_string();
        let physical = frame.create_physical_plan().await.map_err(|e| sql_error::convert(&e))?;
        Ok(Plan { logical, physical: displayable(physical.as_ref()).indent(false).to_string(), tables })
    }

    /// Parses, checks and plans. Nothing runs yet.
    async fn frame(&self, sql: &str, memory_max_bytes: usize) -> Result<DataFrame> {
        if sql.len() > TEXT_MAX_BYTES {
            return Err(Error::Sql {
                code: "K-SQL-UNSUPPORTED",
                message: format!("the query has {} bytes, and {TEXT_MAX_BYTES} is the most", sql.len()),
                help: "Shorten it: join with a table instead of listing values.".into(),
                line: None,
                column: None,
            });
        }
        let state = self.state(memory_max_bytes)?;
        let dialect = if self.postgres.is_some() { Dialect::PostgreSQL } else { Dialect::Generic };
        let mut statement = state.sql_to_statement(sql, &dialect).map_err(|e| sql_error::convert(&e))?;
        check_statement(&statement)?;
        if self.postgres.is_some() {
            rewrite(&mut statement);
        }
        let plan = match state.statement_to_plan(statement.clone()).await {
            Ok(plan) => plan,
            Err(error) => return Err(broken::why(&state, &statement, sql_error::convert(&error)).await),
        };
        check_plan(&plan)?;
        Ok(DataFrame::new(state, plan))
    }

    /// The same with values for its parameters.
    async fn frame_with(&self, sql: &str, values: &[ArrayRef], memory_max_bytes: usize) -> Result<DataFrame> {
        let frame = self.frame(sql, memory_max_bytes).await?;
        if values.is_empty() {
            return Ok(frame);
        }
        let scalars = values.iter().map(|array| ScalarValue::try_from_array(array, 0));
        let scalars =
            scalars.collect::<std::result::Result<Vec<_>, _>>().map_err(|e| sql_error::convert(&e))?;
        frame.with_param_values(scalars).map_err(|e| sql_error::convert(&e))
    }

    /// What this subject can name.
    fn own_catalogs(&self) -> GovernedCatalogs {
        let views = self.shared.views.clone().map(|views| GoldSchema { views, session: self.clone() });
        GovernedCatalogs {
            ruling: self.ruling.clone(),
            inner: self.shared.tables.clone(),
            views: views.map(Arc::new),
            postgres: self.postgres.is_some(),
        }
    }

    /// A context with this subject's catalogue and the allowed functions: no files, no table functions, no other catalogue.
    fn state(&self, memory_max_bytes: usize) -> Result<SessionState> {
        let mut config = SessionConfig::new()
            .with_default_catalog_and_schema(CATALOG, self.postgres.as_deref().unwrap_or("master"))
            .with_create_default_catalog_and_schema(false)
            .with_information_schema(true);
        config.options_mut().sql_parser.collect_spans = true;
        let catalogs = self.own_catalogs();
        // What a join has learnt of its small side is told to the database that has the large one.
        config.options_mut().optimizer.hash_join_inlist_pushdown_max_distinct_values = RUN_TIME_VALUES_MAX;
        config.options_mut().optimizer.hash_join_inlist_pushdown_max_size = RUN_TIME_BYTES_MAX;
        let builder = SessionStateBuilder::new()
            .with_config(config)
            .with_runtime_env(self.shared.env_for_one(memory_max_bytes)?)
            .with_catalog_list(Arc::new(catalogs))
            .with_optimizer_rule(Arc::new(PushDown))
            .with_physical_optimizer_rule(Arc::new(Yielding));
        let mut state = functions::allowed(builder).build();
        // `now()` is the moment when the query began.
        state.mark_start_execution();
        if let Some(schema) = &self.postgres {
            let functions = crate::postgres::functions(&self.ruling.subject.user, schema);
            functions
                .into_iter()
                .try_for_each(|f| state.register_udf(f).map(|_| ()))
                .map_err(|e| sql_error::convert(&e))?;
        }
        Ok(state)
    }
}

/// The governed tables of a plan, subqueries included, each once.
fn tables_of(plan: &LogicalPlan) -> Result<Vec<TableUse>> {
    let mut found: Vec<TableUse> = Vec::new();
    let visited = plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            let provider = source_as_provider(&scan.source)?;
            if let Some(table) = provider.downcast_ref::<GovernedTable>() {
                let masked =
                    table.masks().map(|(column, mask, why)| (column.into(), mask.as_str(), why.into()));
                let used = TableUse {
                    table: format!("{}.{}", table.name().schema, table.name().table),
                    rows_filtered: table.filtered(),
                    masked: masked.collect(),
                };
                if !found.contains(&used) {
                    found.push(used);
                }
            }
        }
        Ok(TreeNodeRecursion::Continue)
    });
    visited.map_err(|e| sql_error::convert(&e))?;
    Ok(found)
}
