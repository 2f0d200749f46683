//! A program, as a schema of the catalogue: its streams are tables. It is asked for them when somebody wants to know, and that is kept
//! for a while, since it takes its time.

use super::super::connections::Connected;
use super::super::fault::slow;
use super::super::schema::listed;
use super::program::{Program, Told};
use super::table::StreamTable;
use super::{Line, Protocol, Stream, fault};
use super::{airbyte::Airbyte, singer::Singer};
use crate::error::{Error, Result};
use async_trait::async_trait;
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::error::DataFusionError;
use kith_core::config::{self, Connection, ConnectionKind, ConnectionLimits};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};

/// How long what a program said of its streams is taken as it was.
const KNOWN: Duration = Duration::from_secs(600);
/// How long one that could not say it is not asked again.
const DOWN: Duration = Duration::from_secs(10);
/// Bytes of what it says of its streams.
const CATALOG_BYTES: u64 = 64 << 20;

type Known = Option<(Instant, Result<Arc<Vec<Stream>>>)>;

/// A program that gives out rows.
#[derive(Debug)]
pub(crate) struct Tap {
    pub(super) name: String,
    pub(super) protocol: Box<dyn Protocol>,
    pub(super) settings: config::Tap,
    pub(super) limits: ConnectionLimits,
    pub(super) base: PathBuf,
    /// Streams that may be read; empty = all.
    wanted: Vec<String>,
    known: Mutex<Known>,
    places: Arc<Semaphore>,
}

impl Tap {
    /// That of a connection. Nothing runs yet.
    pub fn new(connection: &Connection, base: &Path) -> Tap {
        let protocol: Box<dyn Protocol> = match connection.kind {
            ConnectionKind::Airbyte => Box::new(Airbyte),
            _ => Box::new(Singer),
        };
        Tap {
            name: connection.name.as_str().into(),
            protocol,
            settings: connection.tap.clone().unwrap_or_default(),
            limits: connection.limits,
            // The program runs there, so what is relative would be looked for from there twice.
            base: std::path::absolute(base).unwrap_or_else(|_| base.into()),
            wanted: connection.tables.clone(),
            known: Mutex::default(),
            places: Arc::new(Semaphore::new(usize::try_from(connection.limits.scans).unwrap_or(1))),
        }
    }

    /// A place among the programs that run at the same time.
    pub(super) async fn place(&self) -> Result<OwnedSemaphorePermit> {
        let place = self.places.clone().acquire_owned().await;
        place.map_err(|e| Error::internal("a connection is closed", e))
    }

    /// Its streams, as they were a while ago at the latest. `tell` = errors say what the program says of itself.
    pub(super) async fn streams(&self, tell: bool) -> Result<Arc<Vec<Stream>>> {
        let mut known = self.known.lock().await;
        if let Some((at, streams)) = &*known {
            let fresh = if streams.is_ok() { KNOWN } else { DOWN };
            if at.elapsed() < fresh && (streams.is_ok() || !tell) {
                return streams.as_ref().map(Arc::clone).map_err(Error::again);
            }
        }
        let most = Duration::from_secs(self.limits.seconds);
        let found = tokio::time::timeout(most, self.discover(tell)).await;
        let found = found.unwrap_or_else(|_| Err(slow(&self.name, most)));
        // What is told to one is not told to all.
        let kept = found.as_ref().map(Arc::clone).map_err(Error::again);
        *known = (!(tell && kept.is_err())).then_some((Instant::now(), kept));
        found
    }

    async fn discover(&self, tell: bool) -> Result<Arc<Vec<Stream>>> {
        let (told, config) = Told::of(self)?;
        let mut program = Program::start(self, told, &self.protocol.discover(&config), tell)?;
        let failed = |line: &[u8]| match self.protocol.line(line) {
            Ok(Line::Failed(words)) => Some(words),
            _ => None,
        };
        let words = |all: &[u8]| all.split(|byte| *byte == b'\n').find_map(failed);
        let written = program.all(CATALOG_BYTES, words).await?;
        let streams = self.protocol.streams(&written).map_err(|why| fault::answer(&self.name, &why))?;
        let columns_max = usize::try_from(self.limits.columns).unwrap_or(usize::MAX);
        let mut streams: Vec<Stream> = streams;
        streams.retain(|stream| {
            let wanted = self.wanted.is_empty() || self.wanted.contains(&stream.name);
            wanted && !stream.columns.is_empty() && stream.columns.len() <= columns_max
        });
        Ok(Arc::new(streams))
    }

    /// A stream by its name, for whoever looks after the connection.
    pub(crate) async fn stream(&self, name: &str) -> Result<Option<Stream>> {
        Ok(self.streams(true).await?.iter().find(|stream| stream.name == name).cloned())
    }

    /// The names of its streams.
    pub(crate) async fn names(&self) -> Result<Vec<String>> {
        Ok(self.streams(true).await?.iter().map(|stream| stream.name.clone()).collect())
    }
}

#[async_trait]
impl Connected for Tap {
    fn name(&self) -> &str {
        &self.name
    }

    fn schema(self: Arc<Self>) -> Arc<dyn SchemaProvider> {
        Arc::new(TapSchema(self))
    }

    async fn check(&self) -> Result<usize> {
        *self.known.lock().await = None;
        let streams = self.streams(true).await?;
        let missing = self.wanted.iter().find(|name| !streams.iter().any(|stream| stream.name == **name));
        match missing {
            Some(missing) => Err(fault::answer(&self.name, &format!("it has no stream {missing:?}"))),
            None => Ok(streams.len()),
        }
    }
}

/// The schema of a program.
#[derive(Debug)]
struct TapSchema(Arc<Tap>);

#[async_trait]
impl SchemaProvider for TapSchema {
    fn table_names(&self) -> Vec<String> {
        if !self.0.wanted.is_empty() {
            return self.0.wanted.clone();
        }
        let streams = listed(self.0.streams(false));
        streams.map(|all| all.iter().map(|stream| stream.name.clone()).collect()).unwrap_or_default()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>, DataFusionError> {
        let found = self.0.streams(false).await.map_err(|e| DataFusionError::External(Box::new(e)))?;
        let stream = found.iter().find(|stream| stream.name == name);
        Ok(stream.map(|stream| Arc::new(StreamTable::new(self.0.clone(), stream.clone())) as _))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.0.wanted.is_empty() || self.0.wanted.iter().any(|wanted| wanted == name)
    }
}
