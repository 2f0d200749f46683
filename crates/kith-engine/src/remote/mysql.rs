//! MariaDB and MySQL. One question is one prepared statement on a connection of its own, read-only. A task reads its rows, which
//! wait in the server until they are fetched; when nobody waits for them, a second connection tells the server to end the query.

mod bind;
mod describe;
mod reach;
mod value;

use super::ask::{Dialect, Family};
use super::cells::{Cells, Kind};
use super::tls::Guard;
use super::writer::SqlText;
use super::{Batches, Fetched, Remote, RemoteFacts, fault};
use crate::error::{Error, Result};
use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt};
use kith_core::config::{Connection, ConnectionLimits, Secret};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Row};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;

/// How long a connection is waited for.
const CONNECT: Duration = Duration::from_secs(5);
/// Connections that are kept for the next question.
const IDLE_MAX: usize = 4;
/// Batches that wait for whoever fetches them.
const WAITING_MAX: usize = 2;
/// One way of reading everything, and no writing. A query of Kith takes an hour at most; so long the server waits for us too.
/// MariaDB reads `/*M!`, MySQL `/*!50708`, each what it knows.
const SETTINGS: &[&str] = &[
    "SET NAMES utf8mb4",
    "SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES,NO_ENGINE_SUBSTITUTION', SESSION time_zone = '+00:00', \
     SESSION sql_auto_is_null = 0, SESSION autocommit = 1, SESSION net_write_timeout = 3600 \
     /*M! , SESSION max_statement_time = 3600 */ /*!50708 , SESSION max_execution_time = 3600000 */",
    "SET SESSION TRANSACTION READ ONLY",
];

/// A database.
#[derive(Clone)]
pub(super) struct Mysql {
    pub name: String,
    pub url: Secret,
    pub password: Option<Secret>,
    pub base: PathBuf,
    pub limits: ConnectionLimits,
    pub dialect: Dialect,
    pub guard: Guard,
    pub idle: Arc<Mutex<Vec<Conn>>>,
}

/// Rows, or the end of them.
type Sent = Result<Option<Fetched>>;

impl std::fmt::Debug for Mysql {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mysql({})", self.name)
    }
}

impl Mysql {
    pub fn new(connection: &Connection, base: &Path) -> Mysql {
        Mysql {
            name: connection.name.as_str().into(),
            url: connection.url.clone().unwrap_or(Secret::Plain(String::new())),
            password: connection.password.clone(),
            base: base.into(),
            limits: connection.limits,
            dialect: Dialect::new(Family::Mysql),
            guard: Guard::of(connection, base),
            idle: Arc::default(),
        }
    }

    /// A connection that waits, or a new one.
    async fn client(&self) -> Result<Conn> {
        let waiting = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(mut client) = waiting {
            // A server closes what has waited for long, and only a question tells.
            if matches!(tokio::time::timeout(CONNECT, client.ping()).await, Ok(Ok(()))) {
                return Ok(client);
            }
        }
        let options = reach::options(self)?;
        let connecting = async {
            let mut client = Conn::new(options).await?;
            for setting in SETTINGS {
                client.query_drop(*setting).await?;
            }
            Ok(client)
        };
        match tokio::time::timeout(CONNECT, connecting).await {
            Ok(connected) => connected.map_err(|e: mysql_async::Error| reach::fault(&self.name, &e)),
            Err(_) => Err(fault::down(&self.name, "it does not answer")),
        }
    }

    fn keep(&self, client: Conn) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_MAX {
            idle.push(client);
        }
    }

    fn fault(&self, e: &mysql_async::Error) -> Error {
        reach::fault(&self.name, e)
    }

    /// Asks, and sends what comes, until it ends or nobody takes it.
    async fn run(self, text: SqlText, kinds: Vec<(String, Kind)>, send: mpsc::Sender<Sent>) {
        let client = tokio::select! {
            client = self.client() => client,
            () = send.closed() => return,
        };
        let mut client = match client {
            Ok(client) => client,
            Err(error) => return drop(send.send(Err(error)).await),
        };
        let id = client.id();
        let read = tokio::select! {
            read = self.read(&mut client, &text, &kinds, &send) => Some(read),
            () = send.closed() => None,
        };
        if let Some(Ok(())) = read {
            self.keep(client);
            return drop(send.send(Ok(None)).await);
        }
        self.kill(id).await;
        drop(client);
        if let Some(Err(error)) = read {
            let _ = send.send(Err(error)).await;
        }
    }

    async fn read(
        &self,
        client: &mut Conn,
        text: &SqlText,
        kinds: &[(String, Kind)],
        send: &mpsc::Sender<Sent>,
    ) -> Result<()> {
        let Some(binds) = bind::binds(&text.binds) else {
            return Err(fault::refused(&self.name, "a value can not be said to it"));
        };
        let statement = client.prep(text.sql.as_str()).await.map_err(|e| self.fault(&e))?;
        let mut cells = Cells::new(&self.name, kinds, &self.limits);
        let asked = client.exec_iter(&statement, binds).await.map_err(|e| self.fault(&e))?;
        let Some(mut rows) = asked.stream_and_drop::<Row>().await.map_err(|e| self.fault(&e))? else {
            return Err(fault::refused(&self.name, "it answers without rows"));
        };
        while let Some(row) = rows.try_next().await.map_err(|e| self.fault(&e))? {
            for index in 0..cells.width() {
                value::put(&mut cells, index, row.as_ref(index))?;
            }
            if let Some(full) = cells.row()? {
                // Where nobody takes it, the task is about to end.
                let _ = send.send(Ok(Some(full))).await;
            }
        }
        drop(rows);
        if let Some(last) = cells.take()? {
            let _ = send.send(Ok(Some(last))).await;
        }
        client.close(statement).await.map_err(|e| self.fault(&e))
    }

    /// Ends what a connection runs. A server that can not be told ends it when it finds the connection closed.
    async fn kill(&self, id: u32) {
        let killing = async {
            let mut other = Conn::new(reach::options(self).ok()?).await.ok()?;
            other.query_drop(format!("KILL QUERY {id}")).await.ok()?;
            other.disconnect().await.ok()
        };
        let _ = tokio::time::timeout(CONNECT, killing).await;
    }
}

#[async_trait]
impl Remote for Mysql {
    fn dialect(&self) -> Dialect {
        self.dialect
    }

    async fn tables(&self) -> Result<Vec<RemoteFacts>> {
        let mut client = self.client().await?;
        let tables = describe::tables(&mut client).await.map_err(|e| self.fault(&e))?;
        self.keep(client);
        Ok(tables)
    }

    async fn open(&self, text: SqlText, kinds: Vec<(String, Kind)>) -> Result<Batches> {
        let (send, receive) = mpsc::channel(WAITING_MAX);
        tokio::spawn(self.clone().run(text, kinds, send));
        let name = self.name.clone();
        let batches = futures::stream::try_unfold((receive, name), |(mut receive, name)| async move {
            match receive.recv().await {
                Some(Ok(Some(fetched))) => Ok(Some((fetched, (receive, name)))),
                Some(Ok(None)) => Ok(None),
                Some(Err(error)) => Err(error),
                // Rows that end without a word are not all rows.
                None => Err(fault::down(&name, "the connection was closed")),
            }
        });
        Ok(batches.boxed())
    }
}
