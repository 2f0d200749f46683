//! A ClickHouse server, as a schema of the catalogue.

use super::super::connections::Connected;
use super::super::fault::{changed, down, refused};
use super::super::known::Known;
use super::super::meter::Allowance;
use super::super::rest::{Api, Caller, Pieces};
use super::super::rows::shown;
use super::super::schema::listed;
use super::table::{ServerTable, decoded};
use crate::error::{Error, Result};
use async_trait::async_trait;
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::error::DataFusionError;
use kith_core::config::Connection;
use reqwest::Url;
use std::path::Path;
use std::sync::Arc;

/// What is asked with every question. A user who may not change settings (`readonly = 1`) can not read by this door.
const SETTINGS: [(&str, &str); 6] = [
    ("readonly", "2"),
    ("cancel_http_readonly_queries_on_client_close", "1"),
    ("output_format_arrow_string_as_string", "1"),
    ("output_format_arrow_compression_method", "none"),
    ("output_format_arrow_low_cardinality_as_dictionary", "0"),
    ("wait_end_of_query", "0"),
];

/// A column of a table, and how it is asked for.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub name: String,
    pub asked: String,
}

/// A table of a server.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub name: String,
    pub columns: Vec<Column>,
}

/// A server that may be read.
#[derive(Debug)]
pub(crate) struct Clickhouse {
    pub(super) api: Arc<Api>,
    /// Tables that may be read; empty = all.
    wanted: Vec<String>,
    known: Known<Facts>,
}

pub(super) fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('\\', "\\\\").replace('`', "\\`"))
}

/// The type within `Nullable(…)` and `LowCardinality(…)`.
fn bare(kind: &str) -> &str {
    let within = |of: &str| kind.strip_prefix(of)?.strip_suffix(')');
    match within("Nullable(").or(within("LowCardinality(")) {
        Some(inner) => bare(inner),
        None => kind,
    }
}

/// How a column of a type is asked for.
fn asked(name: &str, kind: &str) -> String {
    let (column, kind) = (quoted(name), bare(kind));
    let word = kind.split('(').next().unwrap_or_default();
    match word {
        "Int8" | "Int16" | "Int32" | "Int64" | "UInt8" | "UInt16" | "UInt32" | "UInt64" | "Float32"
        | "Float64" | "String" | "Bool" | "Date32" | "Decimal" => column,
        "Date" => format!("toDate32({column})"),
        "DateTime" => format!("toDateTime64({column}, 0, 'UTC')"),
        "DateTime64" => {
            let digits = kind.trim_start_matches("DateTime64(").chars().take_while(char::is_ascii_digit);
            format!("toDateTime64({column}, {}, 'UTC')", digits.collect::<String>())
        }
        _ => format!("toString({column})"),
    }
}

impl Clickhouse {
    /// That of a connection. Nothing is reached yet.
    pub fn new(connection: &Connection, base: &Path) -> Clickhouse {
        let api = Arc::new(Api::new(connection, base));
        Clickhouse { api, wanted: connection.tables.clone(), known: Known::default() }
    }

    /// Asks a question, with a limit of time for all that it waits.
    pub(super) async fn ask(&self, sql: String, allowance: &mut Allowance) -> Result<Pieces> {
        let wrong = |_| Error::internal("an address is wrong", "it was checked when it was read");
        let mut url = Url::parse(&self.api.rest.url).map_err(wrong)?;
        let database = url.path().trim_matches('/').to_string();
        url.set_path("/");
        url.query_pairs_mut().extend_pairs(SETTINGS);
        if !database.is_empty() {
            url.query_pairs_mut().append_pair("database", &database);
        }
        Caller::open(&self.api)?.ask(&self.api, url, sql, allowance).await
    }

    async fn tables(&self) -> Result<Arc<Vec<Facts>>> {
        self.known.of(&self.api.name, self.list()).await
    }

    async fn list(&self) -> Result<Vec<Facts>> {
        let mut allowance = Allowance::new(&self.api.name, self.api.limits);
        let sql = "SELECT table, name, type FROM system.columns WHERE database = currentDatabase() \
                   ORDER BY table, position FORMAT JSONCompactEachRow";
        let answer = self.ask(sql.into(), &mut allowance).await?.all(&self.api, &mut allowance).await?;
        let mut all: Vec<Facts> = Vec::new();
        for line in answer.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let row: (String, String, String) = serde_json::from_slice(line)
                .map_err(|_| down(&self.api.name, "its list of columns can not be read"))?;
            let (table, name, kind) = row;
            let column = Column { asked: asked(&name, &kind), name };
            match all.last_mut().filter(|facts| facts.name == table) {
                Some(facts) => facts.columns.push(column),
                None => all.push(Facts { name: table, columns: vec![column] }),
            }
        }
        let most = usize::try_from(self.api.limits.columns).unwrap_or(usize::MAX);
        all.retain(|table| {
            let wanted = self.wanted.is_empty() || self.wanted.contains(&table.name);
            wanted && table.columns.len() <= most
        });
        Ok(all)
    }

    /// A table, with the types that its columns have in Arrow: asked of the server, since they depend on what it is.
    async fn open(self: &Arc<Self>, facts: &Facts) -> Result<ServerTable> {
        let mut allowance = Allowance::new(&self.api.name, self.api.limits);
        let sql = super::table::question(facts, &(0..facts.columns.len()).collect::<Vec<_>>(), Some(0));
        let answer = self.ask(sql, &mut allowance).await?.all(&self.api, &mut allowance).await?;
        let schema = decoded(&answer).ok_or_else(|| changed(&self.api.name))?;
        Ok(ServerTable::new(self.clone(), facts.clone(), shown(&schema)))
    }
}

#[async_trait]
impl Connected for Clickhouse {
    fn name(&self) -> &str {
        &self.api.name
    }

    fn schema(self: Arc<Self>) -> Arc<dyn SchemaProvider> {
        Arc::new(ServerSchema(self))
    }

    fn forget(&self) {
        self.known.forget();
    }

    async fn check(&self) -> Result<usize> {
        self.forget();
        let tables = self.tables().await?;
        match self.wanted.iter().find(|wanted| !tables.iter().any(|table| table.name == **wanted)) {
            Some(missing) => {
                Err(refused(&self.api.name, &format!("there is no table {missing:?} that its user may read")))
            }
            None => Ok(tables.len()),
        }
    }
}

/// The schema of a server.
#[derive(Debug)]
struct ServerSchema(Arc<Clickhouse>);

#[async_trait]
impl SchemaProvider for ServerSchema {
    fn table_names(&self) -> Vec<String> {
        if !self.0.wanted.is_empty() {
            return self.0.wanted.clone();
        }
        let tables = listed(self.0.tables());
        tables.map(|tables| tables.iter().map(|table| table.name.clone()).collect()).unwrap_or_default()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>, DataFusionError> {
        let external = |e: Error| DataFusionError::External(Box::new(e));
        let tables = self.0.tables().await.map_err(external)?;
        let Some(facts) = tables.iter().find(|table| table.name == name) else { return Ok(None) };
        Ok(Some(Arc::new(self.0.open(facts).await.map_err(external)?)))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.0.wanted.is_empty() || self.0.wanted.iter().any(|wanted| wanted == name)
    }
}

#[cfg(test)]
mod tests {
    use super::asked;

    #[test]
    fn a_column_is_asked_for_in_a_type_that_is_read() {
        for (kind, wanted) in [
            ("Int64", "`a`"),
            ("Nullable(LowCardinality(String))", "`a`"),
            ("LowCardinality(Nullable(String))", "`a`"),
            ("Decimal(18, 4)", "`a`"),
            ("DateTime('Europe/Berlin')", "toDateTime64(`a`, 0, 'UTC')"),
            ("Nullable(DateTime64(6, 'UTC'))", "toDateTime64(`a`, 6, 'UTC')"),
            ("UUID", "toString(`a`)"),
            ("Array(Nullable(Int8))", "toString(`a`)"),
            ("Int256", "toString(`a`)"),
        ] {
            assert_eq!(asked("a", kind), wanted, "{kind}");
        }
        assert_eq!(asked("a`; DROP TABLE x", "Int8"), "`a\\`; DROP TABLE x`");
    }
}
