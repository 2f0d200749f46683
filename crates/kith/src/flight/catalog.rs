//! Lists of what there is, as far as whoever asks may know of it: asked of that person's own session.

use super::admit::Admitted;
use super::{Flight, refusal};
use arrow_flight::sql::metadata::{GetTablesBuilder, SqlInfoData, SqlInfoDataBuilder};
use arrow_flight::sql::{CommandGetDbSchemas, CommandGetTables, SqlInfo, SqlSupportedTransaction};
use kith_engine::Limits;
use kith_engine::arrow::array::RecordBatch;
use kith_engine::arrow::datatypes::Schema;
use kith_engine::arrow::util::display::array_value_to_string;
use kith_engine::exec::Answer;
use kith_engine::postgres::DATABASE;
use tonic::Status;

/// The one catalogue.
pub(super) const CATALOG: &str = DATABASE;
/// What tables are.
pub(super) const TABLE_TYPES: [&str; 2] = ["BASE TABLE", "VIEW"];

const TABLES: &str = "SELECT table_schema, table_name, table_type FROM information_schema.tables ORDER BY table_schema, table_name";
const SCHEMAS: &str = "SELECT schema_name FROM information_schema.schemata ORDER BY schema_name";

fn texts(answer: &Answer) -> Result<Vec<Vec<String>>, Status> {
    let mut rows = Vec::new();
    for batch in &answer.batches {
        for row in 0..batch.num_rows() {
            let cells = batch.columns().iter().map(|column| array_value_to_string(column, row));
            rows.push(cells.collect::<Result<_, _>>().map_err(|e| refusal::unwritable(&e))?);
        }
    }
    Ok(rows)
}

impl Flight {
    async fn list(&self, user: &Admitted, sql: &str) -> Result<Vec<Vec<String>>, Status> {
        let limits = Limits { rows_max: 1_000_000, ..Limits::default() };
        let rows = self.session(user)?.stream(sql, &limits).await.map_err(|e| refusal::of(&e))?;
        texts(&rows.collect().await.map_err(|e| refusal::of(&e))?)
    }

    pub(super) async fn schemas(
        &self,
        user: &Admitted,
        query: CommandGetDbSchemas,
    ) -> Result<RecordBatch, Status> {
        let mut builder = query.into_builder();
        for row in self.list(user, SCHEMAS).await? {
            row.first().iter().for_each(|name| builder.append(CATALOG, name));
        }
        builder.build().map_err(|e| Status::internal(e.to_string()))
    }

    pub(super) async fn tables(
        &self,
        user: &Admitted,
        query: CommandGetTables,
    ) -> Result<RecordBatch, Status> {
        let with_schema = query.include_schema;
        let mut builder: GetTablesBuilder = query.into_builder();
        for row in self.list(user, TABLES).await? {
            let [schema, table, kind] = row.as_slice() else { continue };
            let columns = match with_schema {
                true => self.columns(user, schema, table).await,
                false => Schema::empty(),
            };
            builder
                .append(CATALOG, schema, table, kind, &columns)
                .map_err(|e| Status::internal(e.to_string()))?;
        }
        builder.build().map_err(|e| Status::internal(e.to_string()))
    }

    /// The columns of a table; none where it can not be read, so that the list goes on.
    async fn columns(&self, user: &Admitted, schema: &str, table: &str) -> Schema {
        let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
        let sql = format!("SELECT * FROM {}.{}", quoted(schema), quoted(table));
        let Ok(session) = self.session(user) else { return Schema::empty() };
        let described = session.describe(&sql, Vec::new()).await;
        described.map_or_else(|_| Schema::empty(), |described| described.schema.as_ref().clone())
    }
}

/// What this server is and can do.
pub(super) fn about() -> Result<SqlInfoData, Status> {
    let mut builder = SqlInfoDataBuilder::new();
    builder.append(SqlInfo::FlightSqlServerName, "Kith");
    builder.append(SqlInfo::FlightSqlServerVersion, env!("CARGO_PKG_VERSION"));
    builder.append(SqlInfo::FlightSqlServerArrowVersion, "1.3");
    builder.append(SqlInfo::FlightSqlServerReadOnly, true);
    builder.append(SqlInfo::FlightSqlServerSql, true);
    builder.append(SqlInfo::FlightSqlServerSubstrait, false);
    builder.append(SqlInfo::FlightSqlServerTransaction, SqlSupportedTransaction::None as i32);
    builder.append(SqlInfo::FlightSqlServerCancel, true);
    builder.append(SqlInfo::SqlDdlCatalog, false);
    builder.append(SqlInfo::SqlDdlSchema, false);
    builder.append(SqlInfo::SqlDdlTable, false);
    builder.append(SqlInfo::SqlIdentifierQuoteChar, "\"");
    builder.build().map_err(|e| Status::internal(e.to_string()))
}
