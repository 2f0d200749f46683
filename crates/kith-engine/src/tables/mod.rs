//! The catalogue as somebody sees it: which tables there are, what their columns hold, and what a query asks of their sources.
//!
//! Reads:  a [`Session`], and nothing around it: what the policy keeps back is not in any list, count or profile.
//! Decides: nothing.
//! Writes: nothing; a profile stands in the audit log as the queries that it makes.
//! Fails:  as the queries do. A database that is down harms the entry of its own tables.
//!
//! 1. [`list`] names the tables, with their columns, masks, and what is pushed down to their source.
//! 2. [`profile`] reads a sample of one through the session, and folds it column by column (`fold`).
//! 3. [`explain`] plans a query, or runs it, and says what each remote database is asked (`asked`).
//! 4. `connections` has the databases themselves: where they are, what was last found, and a try.

mod asked;
mod connections;
mod fold;
mod profile;
pub mod shape;
#[cfg(test)]
mod tests;

pub use asked::explain;
pub use profile::profile;

use crate::error::{Error, Result};
use crate::govern::{ColumnSeen, Session, TableSeen};
use crate::project::Project;
use crate::remote::PUSHED;
use kith_core::table;
use shape::{ColumnView, Fault, MaskView, TableView};

/// The tables that a session can name: in one schema, or in all.
pub async fn list(project: &Project, session: &Session, schema: Option<&str>) -> Result<Vec<TableView>> {
    let mut schemas = session.schemas().await?;
    schemas.retain(|name| schema.is_none_or(|wanted| wanted == name));
    let seen = session.tables(schemas).await?;
    Ok(seen.into_iter().map(|seen| view(project, seen)).collect())
}

/// One of them.
pub async fn one(project: &Project, session: &Session, schema: &str, table: &str) -> Result<TableView> {
    let listed = list(project, session, Some(schema)).await?;
    listed.into_iter().find(|view| view.table == table).ok_or_else(|| {
        let message = format!("there is no table {schema}.{table}");
        Error::not_found("K-SQL-PLAN", message, "`GET /v1/tables` lists those that you can read.")
    })
}

fn view(project: &Project, seen: TableSeen) -> TableView {
    let config = project.config();
    let connection = config.connections.iter().find(|c| c.name.as_str() == seen.schema);
    let known = project.remote().known(&seen.schema).and_then(|(_, tables)| tables.ok());
    let facts = known.as_ref().and_then(|tables| tables.iter().find(|t| t.name == seen.table));
    let described = match connection {
        None => table::find(&format!("{}.{}", seen.schema, seen.table)),
        Some(_) => None,
    };
    let (columns, fault) = match seen.columns {
        Ok(columns) => (columns, None),
        Err(error) => (Vec::new(), Some(Fault::of(&error))),
    };
    let column = |column: ColumnSeen| {
        let text = described.as_ref().and_then(|t| t.columns.iter().find(|c| c.name == column.name));
        let there = facts.and_then(|facts| facts.columns.iter().find(|c| c.name == column.name));
        ColumnView {
            description: text.map(|c| c.text.to_string()),
            null_means: text.map(|c| c.null.to_string()).filter(|null| !null.is_empty()),
            compared_there: there.map(|c| c.class.is_some()),
            masked: column.masked.map(MaskView::of),
            name: column.name,
            kind: column.kind,
        }
    };
    TableView {
        kind: if connection.is_some() { "connection" } else { "own" },
        connection_kind: connection.map(|c| c.kind.name()),
        description: described.as_ref().map(|t| t.text.to_string()),
        grain: described.as_ref().map(|t| t.grain.to_string()),
        rows: seen.rows.map(|(rows, _)| rows as u64),
        rows_exact: seen.rows.is_some_and(|(_, exact)| exact),
        rows_filtered: seen.rows_filtered,
        pushed_down: if facts.is_some() { PUSHED.to_vec() } else { Vec::new() },
        columns: columns.into_iter().map(column).collect(),
        fault,
        schema: seen.schema,
        table: seen.table,
    }
}
