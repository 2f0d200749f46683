//! What there is for a subject, without a row of it: tables, columns, views, and where columns come from.

use super::super::catalog::CATALOG;
use super::super::governed::GovernedTable;
use super::super::rows::kind;
use super::Session;
use crate::error::{Error, Result};
use crate::exec::Limits;
use crate::view::lineage::{Lineage, lineage};
use datafusion::catalog::TableProvider;
use datafusion::logical_expr::LogicalPlan;
use kith_core::govern::{TableFacts, TableRef};
use std::sync::Arc;

impl Session {
    /// The tables that are there for this subject, and their columns as they are shown; at most so many. One that can not be opened
    /// is left out. It blocks.
    pub fn facts(&self, schema: Option<&str>, table: Option<&str>, most: usize) -> Result<Vec<TableFacts>> {
        self.shared.runtime.block_on(async {
            let state = self.state(Limits::default().memory_max_bytes)?;
            let mut found = Vec::new();
            let Some(catalog) = state.catalog_list().catalog(CATALOG) else { return Ok(found) };
            let wanted = |names: Vec<String>, one: Option<&str>| {
                let mut names: Vec<String> =
                    names.into_iter().filter(|name| one.is_none_or(|one| one == name)).collect();
                names.sort();
                names
            };
            for name in wanted(catalog.schema_names(), schema) {
                let Some(schema) = catalog.schema(&name) else { continue };
                for table in wanted(schema.table_names(), table) {
                    let Ok(Some(provider)) = schema.table(&table).await else { continue };
                    let columns = provider.schema();
                    let columns = columns.fields().iter().map(|f| (f.name().clone(), kind(f.data_type())));
                    let columns = columns.collect();
                    found.push(TableFacts { name: TableRef { schema: name.clone(), table }, columns });
                    if found.len() == most {
                        return Ok(found);
                    }
                }
            }
            Ok(found)
        })
    }

    /// Where the columns of a query come from. It blocks.
    pub fn lineage(&self, sql: &str) -> Result<Lineage> {
        let (session, sql) = (self.clone(), sql.to_string());
        let followed = self.shared.runtime.spawn(async move { lineage(&session.view_plan(&sql).await?) });
        let followed = self.shared.runtime.block_on(followed);
        followed.unwrap_or_else(|e| Err(Error::internal("a query could not be followed", e)))
    }

    /// True if the subject may know of a table.
    pub(crate) fn reads(&self, schema: &str, table: &str) -> bool {
        let name = TableRef { schema: schema.into(), table: table.into() };
        self.ruling.decider.reads(&self.ruling.subject, &name)
    }

    /// The session that a view is planned in: of the same subject, in our own dialect. `None` = views stand too deep in each other.
    pub(crate) fn for_view(&self, depth_max: u8) -> Option<Session> {
        (self.depth < depth_max).then(|| Session { postgres: None, depth: self.depth + 1, ..self.clone() })
    }

    /// The plan of a view, which is one SELECT.
    pub(crate) async fn view_plan(&self, text: &str) -> Result<LogicalPlan> {
        let frame = self.frame(text.trim().trim_end_matches(';'), Limits::default().memory_max_bytes).await?;
        match frame.into_parts() {
            (_, LogicalPlan::Explain(_) | LogicalPlan::Analyze(_) | LogicalPlan::DescribeTable(_)) => {
                Err(Error::Sql {
                    code: "K-SQL-UNSUPPORTED",
                    message: "a view is one SELECT".into(),
                    help: "Write a SELECT.".into(),
                    line: None,
                    column: None,
                })
            }
            (_, plan) => Ok(plan),
        }
    }

    /// A view as the policy shows it: as it is where no policy says anything of the view itself. Its tables are governed anyway.
    pub(crate) fn governed_view(
        &self,
        schema: &str,
        name: &str,
        view: Arc<dyn TableProvider>,
    ) -> Result<Option<Arc<dyn TableProvider>>> {
        let table = TableRef { schema: schema.into(), table: name.into() };
        let governed =
            GovernedTable::of(table, view.clone(), &self.ruling.subject, self.ruling.decider.as_ref())?;
        Ok(governed.map(|governed| if governed.open() { view } else { Arc::new(governed) as _ }))
    }
}
