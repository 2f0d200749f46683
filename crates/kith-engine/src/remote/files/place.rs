//! A place of files: a folder, or a bucket. Its tables are a schema of the catalogue.

use super::super::connections::Connected;
use super::super::schema::listed;
use super::delta::DeltaFiles;
use super::facts::Known;
use super::found::{Candidate, Found, find};
use super::local::Folder;
use super::metered::{Meter, Metered};
use super::table::FilesTable;
use super::{bucket, fault};
use crate::error::{Error, Result};
use async_trait::async_trait;
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::error::DataFusionError;
use kith_core::config::{Bucket, Connection, ConnectionLimits};
use object_store::ObjectStore;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// How long a list of names, and nothing but that, is taken as it was.
const KNOWN: Duration = Duration::from_secs(3);
/// How long a place is waited for before a query has begun to read.
const LOOK: Duration = Duration::from_secs(30);

/// Where the files are.
#[derive(Debug)]
enum Root {
    Folder(PathBuf),
    Bucket { bucket: Bucket, base: PathBuf, store: OnceLock<Arc<dyn ObjectStore>> },
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Place {
    name: String,
    /// Tables that may be read; empty = all.
    wanted: Vec<String>,
    limits: ConnectionLimits,
    root: Root,
    names: Mutex<Option<(Instant, Vec<String>)>>,
    known: Known,
}

impl Place {
    /// The place of a connection. Nothing is reached yet.
    pub fn new(connection: &Connection, base: &Path) -> Place {
        let root = match &connection.bucket {
            Some(bucket) => {
                Root::Bucket { bucket: bucket.clone(), base: base.into(), store: OnceLock::new() }
            }
            None => Root::Folder(base.join(connection.path.as_deref().unwrap_or(Path::new(".")))),
        };
        let (name, wanted) = (connection.name.as_str().to_string(), connection.tables.clone());
        let (names, known) = (Mutex::new(None), Known::default());
        Place { name, wanted, limits: connection.limits, root, names, known }
    }

    /// A folder of ours, all of whose files are tables.
    pub fn of_folder(name: &str, folder: &Path, limits: ConnectionLimits) -> Place {
        let (names, known) = (Mutex::new(None), Known::default());
        Place {
            name: name.into(),
            wanted: Vec::new(),
            limits,
            root: Root::Folder(folder.into()),
            names,
            known,
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn limits(&self) -> &ConnectionLimits {
        &self.limits
    }

    pub(super) fn known(&self) -> &Known {
        &self.known
    }

    fn folder(&self, path: &Path) -> Result<Folder> {
        Folder::open(&self.name, path)
            .map_err(|e| fault::down(&self.name, &format!("{}: {e}", path.display())))
    }

    /// What its files are read from; nothing is counted.
    pub(super) fn store(&self) -> Result<Arc<dyn ObjectStore>> {
        match &self.root {
            Root::Folder(path) => Ok(Arc::new(self.folder(path)?)),
            Root::Bucket { bucket, base, store } => {
                if let Some(store) = store.get() {
                    return Ok(store.clone());
                }
                let made = bucket::open(&self.name, bucket, base)?;
                Ok(store.get_or_init(|| made).clone())
            }
        }
    }

    /// The same for one scan, counted.
    pub(super) fn metered(&self, tags: HashMap<object_store::path::Path, String>) -> Result<Arc<Metered>> {
        let meter = Meter::new(&self.name, self.limits.bytes, self.limits.rows);
        Ok(Arc::new(Metered { inner: self.store()?, meter, tags: Arc::new(tags) }))
    }

    fn wants(&self, table: &str) -> bool {
        self.wanted.is_empty() || self.wanted.iter().any(|wanted| wanted == table)
    }

    /// What may be a table, now.
    pub(super) async fn candidates(&self) -> Result<Vec<Candidate>> {
        let mut all = match &self.root {
            Root::Folder(path) => self.local(path)?,
            Root::Bucket { .. } => {
                let failed = |e| fault::of_store(&self.name, "", &e);
                let listed = self.store()?.list_with_delimiter(None).await.map_err(failed)?;
                let last = |at: &object_store::path::Path| at.filename().map(str::to_string);
                let folders = listed.common_prefixes.iter().filter_map(last).collect();
                Candidate::all(folders, listed.objects.iter().filter_map(|o| last(&o.location)).collect())
            }
        };
        all.retain(|candidate| self.wants(&candidate.name));
        Ok(all)
    }

    fn local(&self, path: &Path) -> Result<Vec<Candidate>> {
        let (folders, files) = self
            .folder(path)?
            .top()
            .map_err(|e| fault::down(&self.name, &format!("{}: {e}", path.display())))?;
        Ok(Candidate::all(folders, files))
    }

    /// Names of tables, for lists: none where it can not be reached.
    fn names(&self) -> Vec<String> {
        if let Some((at, names)) = &*self.names.lock().unwrap_or_else(PoisonError::into_inner)
            && at.elapsed() < KNOWN
            && matches!(self.root, Root::Bucket { .. })
        {
            return names.clone();
        }
        let found = match &self.root {
            Root::Folder(path) => self.local(path).ok(),
            Root::Bucket { .. } => match listed(self.in_time(self.candidates())) {
                Some(found) => Some(found),
                None => return Vec::new(),
            },
        };
        let mut names: Vec<String> =
            found.unwrap_or_default().into_iter().map(|candidate| candidate.name).collect();
        names.retain(|name| self.wants(name));
        names.sort();
        names.dedup();
        *self.names.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), names.clone()));
        names
    }

    async fn in_time<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::time::timeout(LOOK, work).await.unwrap_or_else(|_| Err(fault::slow(&self.name, LOOK)))
    }

    /// One of its tables.
    pub async fn open(self: &Arc<Self>, table: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        Ok(match find(self, table).await? {
            None => None,
            Some(Found::Files(parts)) => Some(Arc::new(FilesTable::open(self.clone(), table, parts).await?)),
            Some(Found::Delta(path)) => Some(Arc::new(DeltaFiles::open(self.clone(), table, &path).await?)),
        })
    }
}

#[async_trait]
impl Connected for Place {
    fn name(&self) -> &str {
        &self.name
    }

    fn schema(self: Arc<Self>) -> Arc<dyn SchemaProvider> {
        Arc::new(PlaceSchema(self))
    }

    async fn check(&self) -> Result<usize> {
        let mut names: Vec<String> =
            self.in_time(self.candidates()).await?.into_iter().map(|candidate| candidate.name).collect();
        names.sort();
        names.dedup();
        match self.wanted.iter().find(|wanted| !names.contains(wanted)) {
            Some(missing) => {
                Err(fault::down(&self.name, &format!("there is no file or folder for the table {missing:?}")))
            }
            None => Ok(names.len()),
        }
    }
}

/// The schema of a place.
#[derive(Debug)]
struct PlaceSchema(Arc<Place>);

#[async_trait]
impl SchemaProvider for PlaceSchema {
    fn table_names(&self) -> Vec<String> {
        self.0.names()
    }

    /// A table that can not be read is there without columns: lists of tables and columns go on, and who reads it is told why.
    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>, DataFusionError> {
        let opened = self.0.in_time(self.0.open(name)).await;
        Ok(match opened {
            Ok(found) => found,
            Err(error) => Some(Arc::new(super::broken::Broken::new(error)) as _),
        })
    }

    fn table_exist(&self, name: &str) -> bool {
        self.0.wants(name)
    }
}

/// A connection's secret, as text.
pub(super) fn secret(connection: &str, secret: &kith_core::config::Secret, base: &Path) -> Result<String> {
    crate::connect::secret(connection, secret, base)
        .map_err(|e: Error| fault::down(connection, &e.to_string()))
}
