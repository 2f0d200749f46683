//! The collection door: a listener of its own, open to the world, that can only append.
//!
//! - Reads: requests of the field's own client libraries, unmodified: Segment's and RudderStack's, and those that speak the
//!   same words on other paths (Jitsu, Dittofeed) or other words (PostHog, Snowplow, CloudEvents, webhooks: [`others`]).
//! - Decides: whose write key it is, and nothing more of what it is sent; what an event is stands in
//!   [`kith_core::event::wire`].
//! - Writes: events, through the engine's collector.
//! - Fails: 401 without a key that counts, 400 where there is no telling what was sent, 413 where it is too large, 429 with
//!   `Retry-After` where more arrives than can be kept, 503 where nothing can be kept. Never 408: rudder-sdk-node takes that
//!   for final and ends its process.
//!
//! 1. [`key`]: whose request it is, before its body is read, where the head says so.
//! 2. [`body`]: the body within its bounds of size, time and memory, inflated.
//! 3. [`receive`]: its events are handed over, and 200 says that all of them are on disk.
//!
//! 200 does not say that all were good: a bad event is kept beside, with the reason, so that one of them does not make a
//! client send its neighbours again and again.

mod answer;
mod body;
mod cors;
pub mod key;
mod others;
mod peer;
mod receive;
mod settings;
mod signature;

use crate::api::error::ApiError;
use crate::api::traced;
use answer::Refusal;
use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::from_fn;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use kith_core::event::Call;
use kith_core::event::wire::{Door, Limits};
use kith_core::id::SourceName;
use kith_engine::Collector;
use receive::Entry;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Bytes of bodies that are being received or kept at once. An event takes about three times its bytes on the way, so
/// this is 200 MB of memory at the most, whatever arrives.
const BYTES_AT_ONCE_MAX: usize = 64 * 1024 * 1024;

/// Paths of one call. The short ones are analytics.js's.
const CALLS: [(&str, Call); 25] = [
    ("/v1/identify", Call::Identify),
    ("/v1/i", Call::Identify),
    ("/v1/track", Call::Track),
    ("/v1/t", Call::Track),
    ("/v1/page", Call::Page),
    ("/v1/p", Call::Page),
    ("/v1/screen", Call::Screen),
    ("/v1/s", Call::Screen),
    ("/v1/group", Call::Group),
    ("/v1/g", Call::Group),
    ("/v1/alias", Call::Alias),
    ("/v1/a", Call::Alias),
    ("/v1/merge", Call::Alias),
    // Jitsu.
    ("/api/s/identify", Call::Identify),
    ("/api/s/track", Call::Track),
    ("/api/s/page", Call::Page),
    ("/api/s/screen", Call::Screen),
    ("/api/s/group", Call::Group),
    ("/api/s/alias", Call::Alias),
    ("/api/s/s2s/identify", Call::Identify),
    ("/api/s/s2s/track", Call::Track),
    ("/api/s/s2s/page", Call::Page),
    ("/api/s/s2s/screen", Call::Screen),
    ("/api/s/s2s/group", Call::Group),
    ("/api/s/s2s/alias", Call::Alias),
];

/// Paths of batches: Segment's, RudderStack's, Dittofeed's.
const BATCHES: [&str; 5] = ["/v1/batch", "/v1/b", "/v1/import", "/beacon/v1/batch", "/api/public/apps/batch"];

/// What every request has at hand.
pub struct Collection {
    collector: Collector,
    limits: Limits,
    bytes: Arc<Semaphore>,
}

impl Collection {
    /// Hands what arrives to this collector.
    pub fn new(collector: Collector, limits: Limits) -> Arc<Collection> {
        Arc::new(Collection { collector, limits, bytes: Arc::new(Semaphore::new(BYTES_AT_ONCE_MAX)) })
    }

    /// The source of a write key. Jitsu's keys have a second part behind a colon, which stays the client's own.
    fn source_of(&self, key: &str) -> Result<SourceName, Refusal> {
        let first = || key.split_once(':').and_then(|(first, _)| self.collector.source_of(first));
        self.collector
            .source_of(key)
            .or_else(first)
            .ok_or_else(|| Refusal::key("this write key belongs to no source"))
    }
}

/// All paths of the door.
pub fn router(collection: Arc<Collection>) -> Router {
    let mut routes = Router::new();
    for (path, call) in CALLS {
        routes = routes.route(path, posted(Door::One(call)));
    }
    for path in BATCHES {
        routes = routes.route(path, posted(Door::Batch));
    }
    others::routes(routes)
        // analytics.js measures itself here; it says nothing of a person, so nothing is kept.
        .route("/v1/m", post(|| async { answer::success() }))
        .route("/pixel/v1/track", get(|at, request| receive::pixel(at, Call::Track, request)))
        .route("/pixel/v1/page", get(|at, request| receive::pixel(at, Call::Page, request)))
        .route("/v1/projects/{key}/settings", get(settings::segment))
        .route("/sourceConfig", get(settings::rudder))
        .route("/sourceConfig/", get(settings::rudder))
        .route("/health", get(settings::health))
        .route("/version", get(settings::version))
        .fallback(|| async { ApiError::no_route() })
        .method_not_allowed_fallback(|| async { ApiError::no_method() })
        .layer(from_fn(cors::cors))
        .layer(from_fn(traced::collected))
        .with_state(collection)
}

fn posted(door: Door) -> axum::routing::MethodRouter<Arc<Collection>> {
    post(move |State(at): State<Arc<Collection>>, request: Request| async move {
        match receive::events(&at, Entry::Ours(door), None, request).await {
            Ok(receipt) => answer::kept(&receipt),
            Err(refusal) => refusal.into_response(),
        }
    })
}
