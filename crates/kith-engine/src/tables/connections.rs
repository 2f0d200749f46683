//! The databases that SQL reads where they are: where each is, what was last found of it, and a try.

use super::shape::{ConnectionTest, ConnectionView, Fault, LimitsView};
use crate::error::{Error, Result};
use crate::project::Project;
use crate::remote::PUSHED;
use kith_core::config::{Connection, ConnectionKind, Secret};
use std::time::{Duration, Instant};

impl Project {
    /// Its connections, as they were last found. None is reached for this.
    pub fn connections(&self) -> Vec<ConnectionView> {
        let config = self.config();
        config.connections.iter().map(|connection| self.connection(connection)).collect()
    }

    fn connection(&self, connection: &Connection) -> ConnectionView {
        let name = connection.name.as_str();
        let known = self.remote().known(name);
        let looked_ms_ago = known.as_ref().map(|(ago, _)| milliseconds(*ago));
        let (state, tables, fault) = match known {
            None => ("untried", None, None),
            Some((_, Ok(tables))) => ("good", Some(tables.len() as u64), None),
            Some((_, Err(error))) => ("failed", None, Some(Fault::of(&error))),
        };
        let limits = connection.limits;
        ConnectionView {
            name: name.into(),
            kind: connection.kind.name(),
            place: place(connection),
            wanted: connection.tables.clone(),
            state,
            looked_ms_ago,
            tables,
            fault,
            pushed_down: pushed(connection.kind),
            limits: LimitsView {
                rows: limits.rows,
                cell_bytes: limits.cell_bytes,
                seconds: limits.seconds,
                columns: limits.columns,
                scans: limits.scans,
            },
        }
    }

    /// Tries a connection now, whatever was found before.
    pub async fn test_connection(&self, name: &str) -> Result<ConnectionTest> {
        let begun = Instant::now();
        let tested = self.remote().test(name).await.ok_or_else(|| {
            let message = format!("there is no connection {name:?}");
            Error::not_found("K-SCAN-NO-CONNECTION", message, "`GET /v1/connections` lists them.")
        })?;
        let (tables, fault) = match &tested {
            Ok(tables) => (Some(*tables as u64), None),
            Err(error) => (None, Some(Fault::of(error))),
        };
        let took_ms = milliseconds(begun.elapsed());
        Ok(ConnectionTest { name: name.into(), good: tested.is_ok(), took_ms, tables, fault })
    }
}

/// Where it is: an address, a folder, a program. No secret stands in any of them.
fn place(connection: &Connection) -> Option<String> {
    let file = connection.path.as_ref().map(|path| path.display().to_string());
    let bucket = connection.bucket.as_ref().map(|bucket| bucket.url());
    let application = connection.rest.as_ref().map(|rest| rest.url.clone());
    let server = connection.flight.as_ref().map(|flight| flight.url());
    let program = connection.tap.as_ref().map(|tap| tap.command.join(" "));
    connection.url.as_ref().map(Secret::to_text).or(file).or(bucket).or(application).or(server).or(program)
}

/// What is asked of it, by its kind.
fn pushed(kind: ConnectionKind) -> Vec<&'static str> {
    match kind {
        ConnectionKind::Postgres | ConnectionKind::Mysql | ConnectionKind::Sqlite => PUSHED.to_vec(),
        ConnectionKind::Files => vec!["columns", "conditions", "limit"],
        ConnectionKind::Clickhouse | ConnectionKind::Flight => vec!["columns", "limit"],
        ConnectionKind::Rest => vec!["conditions that its filters name", "limit"],
        ConnectionKind::Singer | ConnectionKind::Airbyte => Vec::new(),
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
