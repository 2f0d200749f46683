//! Listening: accept, serve, and stop when told to.
//!
//! axum's own `serve` sets no limit on how long a client may take to send its request's head, so a handful of idle sockets
//! could hold every connection. This loop sets one, and a limit on the number of connections.
//!
//! 1. Accept a connection once one of the [`CONNECTIONS_MAX`] places is free.
//! 2. Serve it over HTTP/1.1, with [`HEAD_SECONDS_MAX`] for each request's head.
//! 3. On SIGINT or SIGTERM: accept no more, let requests that run finish within [`DRAIN_SECONDS_MAX`], and leave.

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

const CONNECTIONS_MAX: usize = 512;
const HEAD_SECONDS_MAX: u64 = 15;
const DRAIN_SECONDS_MAX: u64 = 10;

/// Serves until a signal asks to stop.
pub async fn serve(listener: TcpListener, router: Router) -> std::io::Result<()> {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let (stop, stopping) = watch::channel(false);
    let mut signal = pin!(asked_to_stop());
    loop {
        let place = tokio::select! {
            place = places.clone().acquire_owned() => place.map_err(std::io::Error::other)?,
            _ = &mut signal => break,
        };
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => { tokio::spawn(connection(stream, router.clone(), stopping.clone(), place)); }
                Err(error) => pause_after(error).await,
            },
            _ = &mut signal => break,
        }
    }
    drop(listener);
    tracing::info!("stopping: running requests may finish");
    let _ = stop.send(true);
    let all = places.acquire_many(CONNECTIONS_MAX as u32);
    if tokio::time::timeout(Duration::from_secs(DRAIN_SECONDS_MAX), all).await.is_err() {
        tracing::warn!("some requests did not finish within {DRAIN_SECONDS_MAX} s");
    }
    Ok(())
}

async fn connection(
    stream: TcpStream,
    router: Router,
    mut stopping: watch::Receiver<bool>,
    place: OwnedSemaphorePermit,
) {
    let _ = stream.set_nodelay(true);
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(HEAD_SECONDS_MAX));
    let mut serving = pin!(builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router)));
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
