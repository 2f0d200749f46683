//! What one scan reads: counted, bounded, and of the very files that were looked at when it was planned.

use super::fault;
use async_trait::async_trait;
use bytes::Bytes;
use datafusion::error::{DataFusionError, Result as Planned};
use datafusion::execution::object_store::{ObjectStoreRegistry, ObjectStoreUrl};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use futures::stream::{BoxStream, StreamExt};
use object_store::path::Path as At;
use object_store::{
    CopyOptions, GetOptions, GetRange, GetResult, GetResultPayload, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result, coalesce_ranges,
};
use reqwest::Url;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Two ranges that are this near are read as one.
const NEAR: u64 = 1 << 20;

/// What is left to one scan.
#[derive(Debug)]
pub(super) struct Meter {
    connection: String,
    bytes_max: u64,
    rows_max: u64,
    bytes: AtomicU64,
    rows: AtomicU64,
}

impl Meter {
    pub fn new(connection: &str, bytes_max: u64, rows_max: u64) -> Arc<Meter> {
        let (bytes, rows) = (AtomicU64::new(0), AtomicU64::new(0));
        Arc::new(Meter { connection: connection.into(), bytes_max, rows_max, bytes, rows })
    }

    fn read(&self, bytes: usize) -> Result<()> {
        let all = self.bytes.fetch_add(bytes as u64, Ordering::Relaxed).saturating_add(bytes as u64);
        if all <= self.bytes_max {
            return Ok(());
        }
        let error = fault::limit(&self.connection, "bytes", self.bytes_max, "read too many bytes");
        Err(fault::in_store(error))
    }

    /// Counts rows that came out of files.
    pub fn rows(&self, rows: usize) -> crate::error::Result<()> {
        let all = self.rows.fetch_add(rows as u64, Ordering::Relaxed).saturating_add(rows as u64);
        match all <= self.rows_max {
            true => Ok(()),
            false => Err(fault::limit(&self.connection, "rows", self.rows_max, "read too many rows")),
        }
    }

    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Metered {
    pub inner: Arc<dyn ObjectStore>,
    pub meter: Arc<Meter>,
    /// What the files were when they were looked at. One that is not here is read as it is.
    pub tags: Arc<HashMap<At, String>>,
}

impl Metered {
    fn same(&self, location: &At, mut options: GetOptions) -> GetOptions {
        if options.if_match.is_none() {
            options.if_match = self.tags.get(location).cloned();
        }
        options
    }
}

impl std::fmt::Display for Metered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, metered", self.inner)
    }
}

fn read_only<T>() -> Result<T> {
    Err(object_store::Error::NotSupported { source: "files are only read".into() })
}

#[async_trait]
impl ObjectStore for Metered {
    async fn get_opts(&self, location: &At, options: GetOptions) -> Result<GetResult> {
        let head = options.head;
        let got = self.inner.get_opts(location, self.same(location, options)).await?;
        if head {
            return Ok(got);
        }
        let (meta, range, attributes) = (got.meta.clone(), got.range.clone(), got.attributes.clone());
        let meter = self.meter.clone();
        let counted = got.into_stream().map(move |piece| {
            let piece = piece?;
            meter.read(piece.len()).map(|()| piece)
        });
        Ok(GetResult { payload: GetResultPayload::Stream(counted.boxed()), meta, range, attributes })
    }

    async fn get_ranges(&self, location: &At, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let fetch = |range: Range<u64>| async {
            let options = GetOptions { range: Some(GetRange::Bounded(range)), ..GetOptions::default() };
            self.get_opts(location, options).await?.bytes().await
        };
        coalesce_ranges(ranges, fetch, NEAR).await
    }

    fn list(&self, prefix: Option<&At>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&At>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn put_opts(&self, _: &At, _: PutPayload, _: PutOptions) -> Result<PutResult> {
        read_only()
    }

    async fn put_multipart_opts(&self, _: &At, _: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        read_only()
    }

    fn delete_stream(&self, _: BoxStream<'static, Result<At>>) -> BoxStream<'static, Result<At>> {
        futures::stream::once(async { read_only() }).boxed()
    }

    async fn copy_opts(&self, _: &At, _: &At, _: CopyOptions) -> Result<()> {
        read_only()
    }
}

/// The only store that a scan can name: whatever an address within a file says, nothing else is reached.
#[derive(Debug)]
struct Only {
    url: Url,
    store: Arc<dyn ObjectStore>,
}

impl ObjectStoreRegistry for Only {
    fn register_store(&self, _: &Url, _: Arc<dyn ObjectStore>) -> Option<Arc<dyn ObjectStore>> {
        None
    }

    fn get_store(&self, url: &Url) -> Planned<Arc<dyn ObjectStore>> {
        let same = url.scheme() == self.url.scheme() && url.authority() == self.url.authority();
        match same {
            true => Ok(self.store.clone()),
            false => {
                Err(DataFusionError::Execution("a file of this table lies outside of its connection".into()))
            }
        }
    }
}

/// The same environment, in which nothing but this store can be named, and without caches of what was read before.
pub(super) fn only(
    env: &RuntimeEnv,
    url: &ObjectStoreUrl,
    store: Arc<dyn ObjectStore>,
) -> Planned<Arc<RuntimeEnv>> {
    let address: &Url = url.as_ref();
    RuntimeEnvBuilder::from_runtime_env(env)
        .with_cache_manager(Default::default())
        .with_object_store_registry(Arc::new(Only { url: address.clone(), store }))
        .build_arc()
}
