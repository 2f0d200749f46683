//! Object storage that speaks S3.

use super::{fault, place::secret};
use crate::error::Result;
use kith_core::config::Bucket;
use object_store::aws::AmazonS3Builder;
use object_store::prefix::PrefixStore;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The region of servers that know none.
const REGION: &str = "us-east-1";

/// Its store. Nothing of the environment counts, but what the configuration refers to.
pub(super) fn open(connection: &str, bucket: &Bucket, base: &Path) -> Result<Arc<dyn ObjectStore>> {
    // The configuration has refused http:// to other machines, unless it says that it may be.
    let plain = bucket.endpoint.as_deref().is_some_and(|endpoint| endpoint.starts_with("http://"));
    let client = ClientOptions::new()
        .with_allow_http(plain)
        .with_connect_timeout(Duration::from_secs(5))
        .with_timeout(Duration::from_secs(60));
    let retry = RetryConfig {
        backoff: BackoffConfig::default(),
        max_retries: 3,
        retry_timeout: Duration::from_secs(20),
    };
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(&bucket.name)
        .with_region(bucket.region.as_deref().unwrap_or(REGION))
        .with_client_options(client)
        .with_retry(retry);
    if let Some(endpoint) = &bucket.endpoint {
        builder = builder.with_endpoint(endpoint);
    }
    builder = match (&bucket.access_key, &bucket.secret_key) {
        (Some(id), Some(key)) => builder
            .with_access_key_id(secret(connection, id, base)?)
            .with_secret_access_key(secret(connection, key, base)?),
        _ => builder.with_skip_signature(true),
    };
    let store = builder.build().map_err(|e| {
        tracing::warn!(connection, error = %e, "a bucket can not be opened");
        fault::down(connection, "the address of its bucket can not be used")
    })?;
    Ok(match bucket.prefix.as_str() {
        "" => Arc::new(store),
        prefix => Arc::new(PrefixStore::new(store, prefix)),
    })
}
