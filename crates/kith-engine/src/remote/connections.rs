//! The connections of a project, each a schema of the catalogue.

use super::Remote;
use super::RemoteFacts;
use super::clickhouse::Clickhouse;
use super::files::Place;
use super::flight::FlightServer;
use super::mysql::Mysql;
use super::postgres::Postgres;
use super::rest::Api;
use super::schema::Opened;
use super::sqlite::Sqlite;
use super::tap::Tap;
use crate::copies::{Copies, Moded, Old};
use crate::error::{Error, Result};
use async_trait::async_trait;
use datafusion::catalog::SchemaProvider;
use kith_core::config::copies::LEGACY;
use kith_core::config::{Connection, ConnectionKind, Mode};
use std::fmt::Debug;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// What was last found of a connection: how long ago, and its tables or why there are none.
pub(crate) type Found = (Duration, Result<Arc<Vec<RemoteFacts>>>);

/// What a connection leads to.
#[async_trait]
pub(crate) trait Connected: Send + Sync + Debug {
    /// The name of its schema.
    fn name(&self) -> &str;

    /// Its tables.
    fn schema(self: Arc<Self>) -> Arc<dyn SchemaProvider>;

    /// Whether it can be reached now, whatever is known of it: how many tables there are.
    async fn check(&self) -> Result<usize>;

    /// Looks at its tables anew when they are next wanted.
    fn forget(&self) {}

    /// What was last found; `None` = nobody has looked yet, or it keeps nothing.
    fn known(&self) -> Option<Found> {
        None
    }
}

/// The connections of a project.
#[derive(Clone, Debug, Default)]
pub(crate) struct Connections {
    all: Vec<Arc<dyn Connected>>,
    copies: Copies,
}

impl Connections {
    /// Those of a configuration. Nothing is reached yet.
    pub fn of(connections: &[Connection], base: &Path) -> Connections {
        let all = connections.iter().map(|connection| open(connection, base)).collect();
        Connections { all, copies: Copies::default() }
    }

    /// With tables that are read from copies.
    pub fn with_copies(self, copies: Copies) -> Connections {
        Connections { copies, ..self }
    }

    /// The copies of their tables.
    pub fn copies(&self) -> &Copies {
        &self.copies
    }

    /// The names of their schemas, and of those with old tables.
    pub fn names(&self) -> impl Iterator<Item = String> {
        let moved = |connected: &&Arc<dyn Connected>| {
            self.copies.of_connection(connected.name()).any(|copy| copy.mode == Mode::Migrated)
        };
        let old = self.all.iter().filter(moved).map(|connected| format!("{}{LEGACY}", connected.name()));
        self.all.iter().map(|connected| connected.name().to_string()).chain(old)
    }

    fn get(&self, name: &str) -> Option<&Arc<dyn Connected>> {
        self.all.iter().find(|connected| connected.name() == name)
    }

    /// The schema of one: tables where they are, or their copies.
    pub fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        let copies = self.copies.clone();
        if let Some(inner) = self.there(name) {
            let connection = name.to_string();
            return Some(match copies.of_connection(name).next() {
                Some(_) => Arc::new(Moded { connection, inner, copies: copies.clone() }),
                None => inner,
            });
        }
        let connection = name.strip_suffix(LEGACY)?.to_string();
        let old = Old { inner: self.there(&connection)?, connection, copies };
        (!old.table_names().is_empty()).then(|| Arc::new(old) as _)
    }

    /// The same, looked at anew.
    pub fn there_now(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        self.get(name)?.forget();
        self.there(name)
    }

    /// The schema of one, with its tables where they are.
    pub fn there(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        Some(self.get(name)?.clone().schema())
    }

    /// What was last found of one. `None` = nobody has looked yet.
    pub fn known(&self, name: &str) -> Option<Found> {
        self.get(name)?.known()
    }

    /// Tries one now, whatever is known of it: how many tables it has. `None` = there is no such connection.
    pub async fn test(&self, name: &str) -> Option<Result<usize>> {
        Some(self.get(name)?.check().await)
    }

    /// Tries each: its name, and how many tables it has.
    pub fn probe(&self) -> Vec<(String, Result<usize>)> {
        let check = |connected: &Arc<dyn Connected>| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.map_err(|e| Error::internal("a thread can not be started", e));
            (connected.name().to_string(), runtime.and_then(|runtime| runtime.block_on(connected.check())))
        };
        self.all.iter().map(check).collect()
    }
}

fn open(connection: &Connection, base: &Path) -> Arc<dyn Connected> {
    let remote: Arc<dyn Remote> = match connection.kind {
        ConnectionKind::Postgres => Arc::new(Postgres::new(connection, base)),
        ConnectionKind::Mysql => Arc::new(Mysql::new(connection, base)),
        ConnectionKind::Sqlite => Arc::new(Sqlite::new(connection, base)),
        ConnectionKind::Files => return Arc::new(Place::new(connection, base)),
        ConnectionKind::Rest => return Arc::new(Api::new(connection, base)),
        ConnectionKind::Clickhouse => return Arc::new(Clickhouse::new(connection, base)),
        ConnectionKind::Flight => return Arc::new(FlightServer::new(connection, base)),
        ConnectionKind::Singer | ConnectionKind::Airbyte => return Arc::new(Tap::new(connection, base)),
    };
    Arc::new(Opened::new(connection.name.as_str(), &connection.tables, connection.limits, remote))
}
