//! Against a real PostgreSQL, a real MariaDB and real SQLite files.

mod clickhouse;
mod differential;
mod faults;
mod files;
mod generate;
mod governed;
mod hostile;
mod mariadb;
mod mariadb_only;
mod rest;
mod rows;
mod taps;
mod tls;

use super::Remote;
use super::ask::{Dialect, Family, Fault};
use super::connections::Connected;
use super::postgres::Postgres;
use super::schema::Opened;
use super::sqlite::Sqlite;
use crate::connect::TestServer;
use crate::exec::{Embedded, Limits, rows_as_json};
use crate::govern::Session;
use crate::lake::Lake;
use datafusion::catalog::{CatalogProvider, MemoryCatalogProvider, MemorySchemaProvider, SchemaProvider};
use governed::North;
use kith_core::config::{ConnectionLimits, Secret};
use kith_core::govern::{Decide, Door, Permit, Subject};
use kith_core::id::Tenant;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

fn dialect(family: Family, fault: Option<Fault>) -> Dialect {
    Dialect { family, fault }
}

fn opened(name: &str, limits: ConnectionLimits, remote: impl Remote + 'static) -> Arc<Opened> {
    Arc::new(Opened::new(name, &[], limits, Arc::new(remote)))
}

fn postgres(server: &TestServer, name: &str, fault: Option<Fault>, limits: ConnectionLimits) -> Arc<Opened> {
    let url = server.url_with_password();
    let dialect = dialect(Family::Postgres, fault);
    // As if it came from a variable of the environment: a URL in the file may hold no password.
    let folder = server.folder().to_path_buf();
    std::fs::write(folder.join("url"), url).expect("written");
    let remote = Postgres {
        name: name.into(),
        url: Secret::File("url".into()),
        password: None,
        base: folder,
        limits,
        dialect,
        guard: Default::default(),
        idle: Arc::default(),
    };
    opened(name, limits, remote)
}

fn mysql(
    server: &mariadb::MariaDb,
    name: &str,
    fault: Option<Fault>,
    limits: ConnectionLimits,
) -> Arc<Opened> {
    opened(name, limits, server.remote(name, fault, limits))
}

fn sqlite(path: &Path, name: &str, fault: Option<Fault>, limits: ConnectionLimits) -> Arc<Opened> {
    let remote =
        Sqlite { name: name.into(), path: path.into(), limits, dialect: dialect(Family::Sqlite, fault) };
    opened(name, limits, remote)
}

/// An engine over some schemas.
struct House {
    dir: TempDir,
    engine: Embedded,
    schemas: Arc<MemoryCatalogProvider>,
}

impl House {
    fn new() -> House {
        let mut threads = tokio::runtime::Builder::new_multi_thread();
        let runtime = Arc::new(threads.enable_all().thread_stack_size(64 << 20).build().expect("runtime"));
        let dir = TempDir::new().expect("a folder");
        let lake = Lake::open(dir.path(), &Tenant::default_tenant(), runtime.clone());
        let schemas = Arc::new(MemoryCatalogProvider::new());
        schemas.register_schema("master", Arc::new(MemorySchemaProvider::new())).expect("registered");
        let engine = Embedded::new(&lake, dir.path(), runtime).expect("engine").with_tables(schemas.clone());
        House { dir, engine, schemas }
    }

    fn with(self, opened: &Arc<Opened>) -> House {
        self.with_schema(opened.name(), opened.clone().schema())
    }

    fn with_schema(self, name: &str, schema: Arc<dyn SchemaProvider>) -> House {
        self.schemas.register_schema(name, schema).expect("registered");
        self
    }

    fn session(&self) -> Session {
        self.under(Arc::new(Permit))
    }

    fn under(&self, decider: Arc<dyn Decide>) -> Session {
        self.engine.session(&Subject::owner("ann", Tenant::default_tenant(), Door::Http), decider)
    }
}

/// The rows in order of their text, or the code of the error.
fn told(session: &Session, sql: &str) -> Result<Vec<String>, String> {
    let limits = Limits { rows_max: 1_000_000, ..Limits::default() };
    match session.query(sql, &limits) {
        Ok(answer) => {
            let mut rows: Vec<String> =
                rows_as_json(&answer.batches).iter().map(|row| format!("{row:?}")).collect();
            rows.sort();
            Ok(rows)
        }
        Err(error) => Err(format!("{} {error}", error.code())),
    }
}

#[track_caller]
fn one(session: &Session, sql: &str) -> String {
    told(session, sql).expect(sql).join("\n")
}
