//! The doors for clients that ask in SQL: PostgreSQL's wire, and Flight SQL. Off this machine they speak TLS.

use super::{Serve, can_not_listen, resolve};
use crate::api::App;
use crate::cli::Context;
use crate::cli::failure::{Exit, Failure};
use crate::flight;
use crate::tokens::Tokens;
use crate::users::Users;
use crate::wire::{Listen, Wire};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

impl Serve {
    /// Where the wire and Flight listen, if they should.
    pub(super) fn doors(
        &self,
        context: &Context,
    ) -> Result<(Option<Listen>, Option<flight::Listen>), Failure> {
        let dir = context.project_dir();
        let files = self.sql_tls_certificate.as_ref().zip(self.sql_tls_key.as_ref());
        if files.is_some() && self.sql_addr.is_none() && self.flight_addr.is_none() {
            return Err(Failure::usage(
                "a certificate is given, and no port for it",
                "Add --sql-addr or --flight-addr.",
            ));
        }
        // Whether certificate and key fit is looked at here for both.
        let tls = files.map(|(c, k)| crate::wire::tls::acceptor(c, k)).transpose().map_err(unusable)?;
        let pem = files.map(|(c, k)| flight::Tls::of(c, k)).transpose().map_err(unusable)?;
        let addr = |text: &Option<String>| text.as_deref().map(|text| safe(text, tls.is_some())).transpose();
        let (sql, flight) = (addr(&self.sql_addr)?, addr(&self.flight_addr)?);
        let users = Users::of(&dir);
        let wire = sql.map(|addr| Listen { addr, users: users.clone(), tls: tls.clone() });
        let flight = flight.map(|addr| flight::Listen { addr, users, tokens: Tokens::of(&dir), tls: pem });
        Ok((wire, flight))
    }
}

/// An address that only this machine reaches, unless TLS is spoken there.
fn safe(addr: &str, tls: bool) -> Result<SocketAddr, Failure> {
    let addr = resolve(addr)?;
    if tls || addr.ip().is_loopback() {
        return Ok(addr);
    }
    let message = format!(
        "{addr} can be reached from other machines, and passwords and data would cross the network unencrypted"
    );
    let help = "Give a certificate by --sql-tls-certificate and --sql-tls-key, or listen on 127.0.0.1.";
    Err(Failure::new(Exit::Usage, "K-SERVE-EXPOSED", message, help))
}

fn unusable(reason: String) -> Failure {
    let help = "Give a certificate and its key in PEM.";
    Failure::new(
        Exit::Configuration,
        "K-SERVE-TLS",
        format!("the certificate can not be used: {reason}"),
        help,
    )
}

/// A listener, if there is to be one.
pub(super) async fn bound<L>(
    listen: Option<L>,
    addr: impl Fn(&L) -> SocketAddr,
) -> Result<Option<(TcpListener, L)>, Failure> {
    let Some(listen) = listen else { return Ok(None) };
    let addr = addr(&listen);
    let listener = TcpListener::bind(addr).await.map_err(|e| can_not_listen(addr, &e))?;
    Ok(Some((listener, listen)))
}

/// Opens the doors for clients that ask in SQL.
pub(super) fn doors(
    app: &Arc<App>,
    wire: Option<(TcpListener, Listen)>,
    flight: Option<(TcpListener, flight::Listen)>,
) -> Vec<JoinHandle<()>> {
    let wire = wire.and_then(|(listener, listen)| {
        let wire = Wire::new(app.clone(), listen)?;
        Some(tokio::spawn(crate::wire::serve(listener, wire)))
    });
    let flight = flight.and_then(|(listener, listen)| {
        let door = flight::Flight::new(app.clone(), &listen)?;
        Some(tokio::spawn(flight::serve(listener, door, listen.tls)))
    });
    wire.into_iter().chain(flight).collect()
}
