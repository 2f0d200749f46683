//! A column is missing because its table can not be read: then that is what is said.

use crate::error::Error;
use crate::govern::governed::GovernedTable;
use datafusion::execution::session_state::SessionState;
use datafusion::sql::parser::Statement;

/// The error of a statement that could not be planned, or that of a table of it. What is asked of the catalogue is governed: of a
/// table that somebody may not read nothing is told.
pub(super) async fn why(state: &SessionState, statement: &Statement, error: Error) -> Error {
    if error.code() != "K-SQL-PLAN" {
        return error;
    }
    let Ok(tables) = state.resolve_table_references(statement) else { return error };
    for table in tables {
        let Ok(schema) = state.schema_for_ref(table.clone()) else { continue };
        let Ok(Some(provider)) = schema.table(table.table()).await else { continue };
        if let Some(broken) = provider.downcast_ref::<GovernedTable>().and_then(GovernedTable::broken) {
            return broken;
        }
    }
    error
}
