//! Arrow Flight SQL: ADBC, JDBC and other clients ask in SQL and get Arrow, batch by batch.
//!
//! Reads:  what clients send; `.kith/users.json` and `.kith/tokens.json` at each request.
//! Decides: who may in (`admit`). What they may see the engine decides: all goes through a session of theirs.
//! Writes: nothing.
//! Fails:  with a gRPC status and our code (`refusal`).
//!
//! 1. A client signs in with a user's password and gets a token for this server, or brings one of `kith token` (`admit`).
//! 2. It asks what a query gives (`service`), and gets a ticket: the query's text, which runs as whoever brings it.
//! 3. It fetches the ticket (`fetch`): rows go out as they come, and wait for the client.
//! 4. A query ends when its client lets go of the stream, asks for it, or when its time is over.

mod admit;
mod catalog;
mod fetch;
mod prepared;
mod refusal;
mod service;
mod ticket;

use crate::api::App;
use crate::tokens::Tokens;
use crate::users::Users;
use admit::Admission;
use arrow_flight::flight_service_server::FlightServiceServer;
use fetch::Fetching;
use prepared::Kept;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Identity, Server, ServerTlsConfig};

/// Requests of one connection at the same time.
const REQUESTS_MAX: u32 = 64;
/// The head of a request; a ticket is in its body.
const HEAD_MAX: u32 = 32 << 10;

/// Where Flight listens, and for whom.
#[derive(Clone)]
pub struct Listen {
    /// The address.
    pub addr: SocketAddr,
    /// Who may sign in.
    pub users: Users,
    /// Whose tokens count.
    pub tokens: Tokens,
    /// Off loopback there is always one.
    pub tls: Option<Tls>,
}

/// A certificate and its key, PEM.
#[derive(Clone)]
pub struct Tls {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Tls {
    /// Reads both; whether they fit is looked at by whoever has looked at them for the wire.
    pub fn of(certificate: &Path, key: &Path) -> Result<Tls, String> {
        let read = |path: &PathBuf| std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()));
        Ok(Tls { certificate: read(&certificate.to_path_buf())?, key: read(&key.to_path_buf())? })
    }
}

/// The door for clients of Flight SQL.
#[derive(Clone)]
pub struct Flight {
    app: Arc<App>,
    admission: Arc<Admission>,
    kept: Arc<Kept>,
    fetching: Arc<Fetching>,
}

impl Flight {
    /// To a project. `None` = the system gives no random numbers.
    pub fn new(app: Arc<App>, listen: &Listen) -> Option<Flight> {
        let admission = Admission::new(listen.users.clone(), listen.tokens.clone(), app.sign_on())?;
        let (kept, fetching) = (Arc::new(Kept::default()), Arc::new(Fetching::default()));
        Some(Flight { app, admission: Arc::new(admission), kept, fetching })
    }
}

/// Serves until it is dropped.
pub async fn serve(listener: TcpListener, flight: Flight, tls: Option<Tls>) {
    let mut server = Server::builder()
        .max_concurrent_streams(REQUESTS_MAX)
        .http2_max_header_list_size(HEAD_MAX)
        .http2_keepalive_interval(Some(Duration::from_secs(60)))
        .http2_keepalive_timeout(Some(Duration::from_secs(20)));
    if let Some(tls) = tls {
        // The tree holds two providers, and the library asks for the one of the process. Whoever set it first has set ring as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let identity = Identity::from_pem(&tls.certificate, &tls.key);
        server = match server.tls_config(ServerTlsConfig::new().identity(identity)) {
            Ok(server) => server,
            Err(error) => {
                return tracing::error!(%error, "Flight SQL can not speak TLS, so it does not speak");
            }
        };
    }
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let served = server.add_service(FlightServiceServer::new(flight)).serve_with_incoming(incoming).await;
    if let Err(error) = served {
        tracing::error!(%error, "Flight SQL has ended");
    }
}
