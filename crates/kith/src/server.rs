//! Listening: accept, serve, and stop when told to.
//!
//! axum's own `serve` sets no limit on how long a client may take to send its request's head, so a handful of idle sockets
//! could hold every connection. This loop sets one, and a limit on the number of connections.
//!
//! 1. Accept a connection once one of the places is free.
//! 2. Serve it over HTTP/1.1, within the listener's [`Bounds`]; each request says who sent it ([`Peer`]).
//! 3. On SIGINT or SIGTERM: accept no more, let requests that run finish within [`DRAIN_SECONDS_MAX`], and leave.

use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

const DRAIN_SECONDS_MAX: u64 = 10;

static STOPPING: AtomicBool = AtomicBool::new(false);

/// True once this process was asked to stop: what would answer for ever ends.
pub fn stopping() -> bool {
    STOPPING.load(Ordering::Relaxed)
}

/// What a listener allows its clients.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Connections at once; more wait in the kernel's queue. Never more than half of the files that the process may open.
    pub connections_max: usize,
    /// Seconds for the head of a request, and for a connection that is kept open to say something again.
    pub head_seconds_max: u64,
    /// Bytes of a request's head.
    pub head_bytes_max: usize,
}

impl Bounds {
    /// For people and programs with a token.
    pub const API: Bounds = Bounds { connections_max: 512, head_seconds_max: 15, head_bytes_max: 400 * 1024 };

    /// For the world: a thousand clients that do nothing must not keep out the others, nor take more than 64 MB.
    pub const COLLECT: Bounds =
        Bounds { connections_max: 4_096, head_seconds_max: 20, head_bytes_max: 64 * 1024 };
}

/// The other end of the connection that a request came on; stands among its extensions.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// Serves until a signal asks to stop.
pub async fn serve(listener: TcpListener, router: Router, bounds: Bounds) -> std::io::Result<()> {
    let most = bounds.connections_max.min(files_max() / 2);
    let places = Arc::new(Semaphore::new(most));
    let (stop, stopping) = watch::channel(false);
    let mut signal = pin!(asked_to_stop());
    loop {
        let place = tokio::select! {
            place = places.clone().acquire_owned() => place.map_err(std::io::Error::other)?,
            _ = &mut signal => break,
        };
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    tokio::spawn(connection(stream, Peer(peer), router.clone(), bounds, stopping.clone(), place));
                }
                Err(error) => pause_after(error).await,
            },
            _ = &mut signal => break,
        }
    }
    drop(listener);
    STOPPING.store(true, Ordering::Relaxed);
    tracing::info!("stopping: running requests may finish");
    let _ = stop.send(true);
    let all = places.acquire_many(most as u32);
    if tokio::time::timeout(Duration::from_secs(DRAIN_SECONDS_MAX), all).await.is_err() {
        tracing::warn!("some requests did not finish within {DRAIN_SECONDS_MAX} s");
    }
    Ok(())
}

async fn connection(
    stream: TcpStream,
    peer: Peer,
    router: Router,
    bounds: Bounds,
    mut stopping: watch::Receiver<bool>,
    place: OwnedSemaphorePermit,
) {
    let _ = stream.set_nodelay(true);
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(bounds.head_seconds_max));
    builder.max_buf_size(bounds.head_bytes_max);
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(peer);
        router.call(request)
    });
    let mut serving = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let stop = pin!(async { stopping.wait_for(|stop| *stop).await.is_ok() });
    let ended = tokio::select! {
        ended = serving.as_mut() => ended,
        _ = stop => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
    drop(place);
}

/// How many files this process may open; unknown where the system has no `/proc`.
fn files_max() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(usize::MAX)
}

/// A failed accept is mostly "too many open files": without a pause the loop would spin.
async fn pause_after(error: std::io::Error) {
    tracing::warn!(%error, "can not accept a connection");
    tokio::time::sleep(Duration::from_millis(100)).await;
}

async fn asked_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! { _ = interrupt => {}, _ = terminate.recv() => {} }
            }
            Err(_) => {
                let _ = interrupt.await;
            }
        }
    }
    #[cfg(not(unix))]
    {
        let _ = interrupt.await;
    }
}
