//! The server: login, address, and what its faults mean.

use crate::connect::error;
use crate::{Error, Result};
use std::future::Future;
use std::time::Duration;
use tokio_postgres::config::Host;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, NoTls};

/// Which database, as whom.
#[derive(Clone)]
pub(in crate::connect) struct Server {
    source: String,
    config: Config,
}

impl Server {
    /// From `postgres://user@host:port/database`. A URL that stands in kith.toml may not hold a password.
    pub fn new(source: &str, url: &str, in_config: bool, password: Option<String>) -> Result<Server> {
        let mut config: Config = url.parse().map_err(|e| {
            let detail = format!("It is not a PostgreSQL URL ({e}).");
            let message = format!("could not read the url of source {source}");
            error::fault(
                "K-SOURCE-DATABASE",
                source,
                message,
                detail,
                "Write postgres://user@host:5432/database.",
            )
        })?;
        if in_config && config.get_password().is_some() {
            return Err(error::fault(
                "K-SOURCE-SECRET",
                source,
                format!("the url of source {} holds a password", without_password(source)),
                "A configuration is shared and kept; a password must not stand in it.",
                "Take it out of the url and write password = \"env:PG_PASSWORD\" or \"file:PATH\".",
            ));
        }
        if let Some(password) = password {
            config.password(password);
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(10));
        }
        config.application_name("kith");
        Ok(Server { source: source.into(), config })
    }

    /// What is needed to reach it.
    pub fn config(self) -> Config {
        self.config
    }

    /// `user@host:port/database`, for messages.
    pub(super) fn shown(&self) -> String {
        let host = match self.config.get_hosts().first() {
            Some(Host::Tcp(host)) => host.clone(),
            Some(Host::Unix(path)) => path.display().to_string(),
            None => "localhost".into(),
        };
        let port = self.config.get_ports().first().copied().unwrap_or(5432);
        let user = self.config.get_user().unwrap_or("?");
        format!("{user}@{host}:{port}/{}", self.config.get_dbname().unwrap_or(user))
    }

    pub(super) async fn connect(&self) -> Result<Client> {
        let (client, connection) = self.config.connect(NoTls).await.map_err(|e| self.fault(&e))?;
        // The connection ends when the client is dropped; what went wrong on it shows in the client's next call.
        tokio::spawn(connection);
        Ok(client)
    }

    /// Tables and views outside the system's schemas; with the schema in front, unless it is `public`.
    pub fn tables(&self) -> Result<Vec<String>> {
        alone(async {
            let sql = "SELECT CASE n.nspname WHEN 'public' THEN c.relname::text ELSE n.nspname || '.' || c.relname END \
                       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                       WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition \
                       AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%' \
                       ORDER BY 1";
            let rows = self.connect().await?.query(sql, &[]).await.map_err(|e| self.fault(&e))?;
            Ok(rows.iter().filter_map(|row| row.try_get(0).ok()).collect())
        })
    }

    pub(super) fn fault(&self, e: &tokio_postgres::Error) -> Error {
        let server = self.shown();
        let said = e.as_db_error().map_or_else(|| chain(e), |db| db.message().to_string());
        let state = e.code();
        let no_password = chain(e).contains("password missing");
        if no_password
            || state == Some(&SqlState::INVALID_PASSWORD)
            || state == Some(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION)
        {
            return error::fault(
                "K-SOURCE-PASSWORD",
                &self.source,
                format!("the database {server} refused the login"),
                format!("It says: {said}."),
                "Check the user in `url` and the secret that `password` refers to (env:NAME or file:PATH). Kith can not \
                 speak TLS yet; a server that allows only TLS refuses it too.",
            );
        }
        if state.is_none() {
            return error::passing(error::fault(
                "K-SOURCE-UNREACHABLE",
                &self.source,
                format!("could not reach the database {server}"),
                format!("The connection failed: {said}."),
                "Check host and port in `url`, and that the server runs and this machine may connect to it.",
            ));
        }
        let help = if state == Some(&SqlState::INSUFFICIENT_PRIVILEGE) {
            "Give the user the right to read the table: GRANT SELECT ON … TO ….".to_string()
        } else if state == Some(&SqlState::INVALID_CATALOG_NAME) {
            "Correct the database's name, the last part of `url`.".to_string()
        } else {
            "See the database's own words.".to_string()
        };
        let message = format!("could not read from the database {server}");
        error::fault("K-SOURCE-DATABASE", &self.source, message, format!("It says: {said}."), help)
    }
}

/// An error with its causes; without them tokio-postgres says only "error connecting to server".
fn chain(e: &tokio_postgres::Error) -> String {
    let mut text = e.to_string();
    let mut cause = std::error::Error::source(e);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

/// Runs a conversation with a server on a thread and runtime of its own.
pub(super) fn alone<T: Send>(work: impl Future<Output = Result<T>> + Send) -> Result<T> {
    std::thread::scope(|scope| scope.spawn(|| block_on(work)).join())
        .unwrap_or_else(|_| Err(Error::internal("the thread that reads PostgreSQL panicked", "panic")))
}

pub(super) fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|e| Error::internal("could not start a thread to read PostgreSQL", e))?.block_on(work)
}

/// `postgres://user:…@host/db`: an error must not print what it warns of.
fn without_password(url: &str) -> String {
    let hidden = url.split_once("://").and_then(|(scheme, rest)| {
        let (user, host) = rest.rsplit_once('@')?;
        let (name, _) = user.split_once(':')?;
        Some(format!("{scheme}://{name}:…@{host}"))
    });
    hidden.unwrap_or_else(|| url.split("password=").next().unwrap_or_default().to_string())
}
