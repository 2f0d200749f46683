//! PostgreSQL. One question is one query on a connection of its own, read-only; rows come in the server's binary form as fast as
//! they are fetched. Dropped before its end, the query is cancelled at the server.

mod bind;
mod describe;
mod value;

use super::ask::{Dialect, Family};
use super::cells::{Cells, Kind};
use super::tls::{Guard, Tls};
use super::writer::SqlText;
use super::{Batches, Fetched, Remote, RemoteFacts, fault, tls};
use crate::connect;
use crate::error::{Error, Result};
use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt};
use kith_core::config::{Connection, ConnectionLimits, Secret};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio_postgres::config::Host;
use tokio_postgres::error::SqlState;
use tokio_postgres::{CancelToken, Client, Config, NoTls, RowStream};

/// How long a connection is waited for.
const CONNECT: Duration = Duration::from_secs(5);
/// Connections that are kept for the next question.
const IDLE_MAX: usize = 4;
/// One way of writing everything, and no writing into anything. Names are found in the system's schema only.
const SETTINGS: &str = "SET default_transaction_read_only = on; SET search_path = ''; SET timezone = 'UTC'; \
     SET datestyle = 'ISO, YMD'; SET intervalstyle = 'iso_8601'; SET bytea_output = 'hex'; SET extra_float_digits = 1; \
     SET standard_conforming_strings = on";

/// A database.
#[derive(Clone)]
pub(super) struct Postgres {
    pub name: String,
    pub url: Secret,
    pub password: Option<Secret>,
    pub base: PathBuf,
    pub limits: ConnectionLimits,
    pub dialect: Dialect,
    pub guard: Guard,
    pub idle: Arc<Mutex<Vec<Client>>>,
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Postgres({})", self.name)
    }
}

impl Postgres {
    pub fn new(connection: &Connection, base: &Path) -> Postgres {
        Postgres {
            name: connection.name.as_str().into(),
            url: connection.url.clone().unwrap_or(Secret::Plain(String::new())),
            password: connection.password.clone(),
            base: base.into(),
            limits: connection.limits,
            dialect: Dialect::new(Family::Postgres),
            guard: Guard::of(connection, base),
            idle: Arc::default(),
        }
    }

    /// How the server is reached: over TLS unless it is of this machine, or `sslmode` says so.
    fn config(&self) -> Result<(Config, Option<Tls>)> {
        let mut config = connect::postgres_config(&self.name, &self.url, self.password.as_ref(), &self.base)?;
        let here = |host: &Host| match host {
            Host::Tcp(host) => tls::loopback(host),
            Host::Unix(_) => true,
        };
        // What a URL asks for is not made less.
        let asked = config.get_ssl_mode() == tokio_postgres::config::SslMode::Require;
        let near = config.get_hosts().iter().all(here) && !asked;
        let tls = self.guard.tls(&self.name, near)?;
        config.ssl_mode(match tls {
            Some(_) => tokio_postgres::config::SslMode::Require,
            None => tokio_postgres::config::SslMode::Disable,
        });
        Ok((config, tls))
    }

    /// A connection that waits, or a new one.
    async fn client(&self) -> Result<Client> {
        loop {
            let Some(client) = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop() else { break };
            if !client.is_closed() {
                return Ok(client);
            }
        }
        let (config, tls) = self.config()?;
        let connecting = async {
            // A connection ends when its client is dropped; what goes wrong on it shows in the client's next call.
            let client = match tls {
                Some(tls) => {
                    let (client, connection) = config.connect(tls).await?;
                    tokio::spawn(connection);
                    client
                }
                None => {
                    let (client, connection) = config.connect(NoTls).await?;
                    tokio::spawn(connection);
                    client
                }
            };
            client.batch_execute(SETTINGS).await?;
            Ok(client)
        };
        match tokio::time::timeout(CONNECT, connecting).await {
            Ok(connected) => connected.map_err(|e: tokio_postgres::Error| self.fault(&e)),
            Err(_) => Err(fault::down(&self.name, "it does not answer")),
        }
    }

    fn keep(&self, client: Client) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_MAX && !client.is_closed() {
            idle.push(client);
        }
    }

    /// The server's own words go to the log: they can hold values.
    fn fault(&self, e: &tokio_postgres::Error) -> Error {
        tracing::warn!(connection = %self.name, error = %e, cause = ?std::error::Error::source(e), "PostgreSQL failed");
        if let Some(why) = tls::why(e) {
            return fault::unsafe_way(&self.name, why);
        }
        let Some(code) = e.code() else {
            let why =
                if e.is_closed() { "the connection was closed" } else { "there is no connection to it" };
            return fault::down(&self.name, why);
        };
        match code.code().get(..2).unwrap_or_default() {
            "28" => fault::down(&self.name, "it does not know this user and password"),
            "3D" => fault::down(&self.name, "there is no such database"),
            "08" | "53" | "57" if *code != SqlState::QUERY_CANCELED => {
                fault::down(&self.name, &format!("it is not ready (SQLSTATE {})", code.code()))
            }
            _ if *code == SqlState::UNDEFINED_TABLE || *code == SqlState::UNDEFINED_COLUMN => {
                fault::changed(&self.name)
            }
            _ if *code == SqlState::INSUFFICIENT_PRIVILEGE => {
                fault::refused(&self.name, "its user may not read the table (SQLSTATE 42501)")
            }
            _ => fault::refused(&self.name, &format!("SQLSTATE {}", code.code())),
        }
    }
}

#[async_trait]
impl Remote for Postgres {
    fn dialect(&self) -> Dialect {
        self.dialect
    }

    async fn tables(&self) -> Result<Vec<RemoteFacts>> {
        let client = self.client().await?;
        let rows = client.query(describe::QUERY, &[]).await.map_err(|e| self.fault(&e))?;
        self.keep(client);
        describe::tables(&rows).map_err(|e| self.fault(&e))
    }

    async fn open(&self, text: SqlText, kinds: Vec<(String, Kind)>) -> Result<Batches> {
        let client = self.client().await?;
        let mut running = Running {
            cancel: Some(client.cancel_token()),
            handle: Handle::current(),
            client: Some(client),
            server: self.clone(),
        };
        let binds = text.binds.into_iter().map(bind::bind);
        let asked = match &running.client {
            Some(client) => client.query_typed_raw(&text.sql, binds).await,
            None => return Err(fault::down(&self.name, "there is no connection to it")),
        };
        let rows = asked.map_err(|e| {
            running.cancel = None;
            self.fault(&e)
        })?;
        let cells = Cells::new(&self.name, &kinds, &self.limits);
        let reading = Reading { rows: Some(Box::pin(rows)), cells, running };
        let batches = futures::stream::try_unfold(reading, |mut reading| async move {
            Ok(reading.next().await?.map(|fetched| (fetched, reading)))
        });
        Ok(batches.boxed())
    }
}

struct Reading {
    /// `None` = all rows have come.
    rows: Option<Pin<Box<RowStream>>>,
    cells: Cells,
    running: Running,
}

impl Reading {
    async fn next(&mut self) -> Result<Option<Fetched>> {
        let Some(rows) = &mut self.rows else { return Ok(None) };
        while let Some(row) = rows.try_next().await.map_err(|e| self.running.server.fault(&e))? {
            for index in 0..self.cells.width() {
                value::put(&mut self.cells, index, &row)?;
            }
            if let Some(full) = self.cells.row()? {
                return Ok(Some(full));
            }
        }
        self.rows = None;
        self.running.ended();
        self.cells.take()
    }
}

/// A query at the server. Dropped before its end, it is cancelled there.
struct Running {
    cancel: Option<CancelToken>,
    handle: Handle,
    client: Option<Client>,
    server: Postgres,
}

impl Running {
    fn ended(&mut self) {
        self.cancel = None;
        if let Some(client) = self.client.take() {
            self.server.keep(client);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(cancel) = self.cancel.take() {
            let tls = self.server.config().ok().and_then(|(_, tls)| tls);
            self.handle.spawn(async move {
                let cancelling = async {
                    match tls {
                        Some(tls) => cancel.cancel_query(tls).await,
                        None => cancel.cancel_query(NoTls).await,
                    }
                };
                // A server that can not be told ends the query when it finds the connection closed.
                let _ = tokio::time::timeout(CONNECT, cancelling).await;
            });
        }
    }
}
