//! The tables that a subject can name, as its queries would see them.

use super::super::catalog::{CATALOG, GovernedCatalogs};
use super::super::governed::GovernedTable;
use super::{Plan, Session};
use crate::error::{Error, Result};
use crate::exec::{Limits, sql_error};
use datafusion::catalog::{CatalogProviderList, SchemaProvider, TableProvider};
use datafusion::execution::session_state::SessionState;
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};
use std::sync::Arc;

/// A table, as a session sees it.
#[derive(Debug)]
pub struct TableSeen {
    /// The schema.
    pub schema: String,
    /// The table.
    pub table: String,
    /// Its columns, or why they can not be told: a database that is down is not a database without tables.
    pub columns: Result<Vec<ColumnSeen>>,
    /// Rows, as the source guesses, and whether it is sure. Never where the policy keeps something back.
    pub rows: Option<(usize, bool)>,
    /// True where the policy takes rows out.
    pub rows_filtered: bool,
}

/// A column, as a session sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnSeen {
    /// Its name.
    pub name: String,
    /// Its Arrow type.
    pub kind: String,
    /// The mask over it, and the rule that says so; `None` = it is shown as it is.
    pub masked: Option<(&'static str, String)>,
}

impl Session {
    /// The schemas that the subject can name, empty ones too. Any runtime may wait for it.
    pub async fn schemas(&self) -> Result<Vec<String>> {
        let catalogs = self.catalogs();
        // A list may have to ask a database, so it is made on the engine's threads.
        let names = self.shared.runtime.spawn(async move {
            catalogs.catalog(CATALOG).map(|catalog| catalog.schema_names()).unwrap_or_default()
        });
        names.await.map_err(|e| Error::internal("schemas can not be listed", e))
    }

    /// The tables of these schemas that the subject can name. One that can not be opened says why, and harms no other.
    pub async fn tables(&self, schemas: Vec<String>) -> Result<Vec<TableSeen>> {
        let state = Arc::new(self.state(Limits::default().memory_max_bytes)?);
        let reading = schemas.into_iter().map(|name| {
            let (catalogs, state) = (self.catalogs(), state.clone());
            self.shared.runtime.spawn(async move {
                let schema = catalogs.catalog(CATALOG).and_then(|catalog| catalog.schema(&name));
                let mut seen = Vec::new();
                if let Some(schema) = schema {
                    let mut names = schema.table_names();
                    names.sort();
                    for table in names {
                        seen.extend(see(&state, schema.as_ref(), &name, table).await);
                    }
                }
                seen
            })
        });
        let mut all = Vec::new();
        for schema in reading.collect::<Vec<_>>() {
            all.extend(schema.await.map_err(|e| Error::internal("tables can not be listed", e))?);
        }
        Ok(all)
    }

    /// The same as [`Session::plan`] for whoever must not block. Any runtime may wait for it.
    pub async fn planning(&self, sql: &str) -> Result<Plan> {
        let (session, sql) = (self.clone(), sql.to_string());
        let planned = self.shared.runtime.spawn(async move { session.planned(&sql).await });
        planned.await.unwrap_or_else(|e| Err(Error::internal("a query could not be planned", e)))
    }

    fn catalogs(&self) -> Arc<GovernedCatalogs> {
        Arc::new(GovernedCatalogs { postgres: false, ..self.own_catalogs() })
    }
}

/// `None` = for the subject there is no such table.
async fn see(
    state: &SessionState,
    from: &dyn SchemaProvider,
    schema: &str,
    table: String,
) -> Option<TableSeen> {
    let schema = schema.to_string();
    let provider = match from.table(&table).await {
        Ok(provider) => provider?,
        Err(error) => {
            let columns = Err(sql_error::convert(&error));
            return Some(TableSeen { schema, table, columns, rows: None, rows_filtered: false });
        }
    };
    // A view of which no policy says anything is as it is; the tables that it reads are governed.
    let governed = provider.downcast_ref::<GovernedTable>();
    let mask = |name: &str| {
        let found = governed?.masks().find(|(column, ..)| *column == name);
        found.map(|(_, mask, why)| (mask.as_str(), why.to_string()))
    };
    let fields = provider.schema();
    let columns = fields.fields().iter().map(|field| ColumnSeen {
        name: field.name().clone(),
        kind: field.data_type().to_string(),
        masked: mask(field.name()),
    });
    let rows = match governed {
        Some(_) => rows(state, provider.as_ref()).await,
        None => None,
    };
    let rows_filtered = governed.is_some_and(GovernedTable::filtered);
    Some(TableSeen { schema, table, columns: Ok(columns.collect()), rows, rows_filtered })
}

/// As a query would guess them when it plans: so never of a table of which the policy takes rows out.
async fn rows(state: &SessionState, table: &dyn TableProvider) -> Option<(usize, bool)> {
    let scan = table.scan(state, None, &[], None).await.ok()?;
    let known = StatisticsContext::new().compute(scan.as_ref(), &StatisticsArgs::new()).ok()?.num_rows;
    let sure = known.is_exact().unwrap_or(false);
    known.get_value().map(|rows| (*rows, sure))
}
