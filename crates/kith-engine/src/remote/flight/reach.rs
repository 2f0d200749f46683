//! A connection to a server of Flight SQL, for one scan.

use super::super::fault;
use super::schema::FlightServer;
use crate::connect::secret;
use crate::error::{Error, Result};
use arrow_flight::error::FlightError;
use arrow_flight::flight_service_client::FlightServiceClient;
use arrow_flight::sql::client::FlightSqlServiceClient;
use kith_core::config::{RestAuth, Secret};
use std::time::Duration;
use tonic::Code;
use tonic::transport::{Channel, ClientTlsConfig, Endpoint};

/// How long a connection is waited for.
const CONNECT: Duration = Duration::from_secs(5);

pub(super) type Client = FlightSqlServiceClient<Channel>;

impl FlightServer {
    fn told(&self, reference: &Secret) -> Result<String> {
        secret(&self.name, reference, &self.base).map_err(|e| fault::down(&self.name, &e.to_string()))
    }

    /// A connection that the server has let in.
    pub(super) async fn client(&self) -> Result<Client> {
        let down = |e: &dyn std::fmt::Display| {
            tracing::warn!(connection = self.name, error = %e, "a server of Flight SQL can not be reached");
            fault::down(&self.name, "it does not answer")
        };
        let scheme = if self.flight.tls { "https" } else { "http" };
        let endpoint =
            Endpoint::from_shared(format!("{scheme}://{}", self.flight.authority)).map_err(|e| down(&e))?;
        let mut endpoint = endpoint.connect_timeout(CONNECT);
        if self.flight.tls {
            let anchors = self.guard.anchors(&self.name)?;
            let tls = ClientTlsConfig::new().trust_anchors(anchors);
            endpoint = endpoint.tls_config(tls).map_err(|e| fault::unsafe_way(&self.name, &e.to_string()))?;
        }
        let channel = match tokio::time::timeout(CONNECT, endpoint.connect()).await {
            Ok(connected) => connected.map_err(|e| down(&format!("{e:?}")))?,
            Err(_) => return Err(down(&"a time-out")),
        };
        let most = usize::try_from(self.limits.cell_bytes).unwrap_or(usize::MAX).saturating_mul(4);
        let service = FlightServiceClient::new(channel).max_decoding_message_size(most);
        let mut client = FlightSqlServiceClient::new_from_inner(service);
        match &self.flight.auth {
            RestAuth::Bearer(token) => client.set_token(self.told(token)?),
            RestAuth::Basic(user, password) => {
                let password = self.told(password)?;
                let shaken = tokio::time::timeout(CONNECT, client.handshake(user, &password)).await;
                let shaken = shaken.map_err(|_| down(&"a time-out"))?;
                shaken.map_err(|e| self.failed(&e))?;
            }
            RestAuth::Nobody | RestAuth::Header(..) => {}
        }
        Ok(client)
    }

    /// What went wrong, in our own words.
    pub(super) fn failed(&self, error: &FlightError) -> Error {
        tracing::warn!(connection = self.name, error = %error, "a server of Flight SQL refused or broke off");
        let FlightError::Tonic(status) = error else {
            return fault::down(&self.name, "its answer can not be read");
        };
        match status.code() {
            Code::Unauthenticated | Code::PermissionDenied => {
                fault::refused(&self.name, "it does not let this user in, or not to this table")
            }
            Code::OutOfRange | Code::ResourceExhausted => fault::large_row(&self.name),
            _ => fault::down(&self.name, "it refused the question, or broke off"),
        }
    }
}
