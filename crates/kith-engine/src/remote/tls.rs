//! Encryption of what goes between a database and us: rustls with ring. Nothing is negotiated: what is asked for is there, or there
//! is no connection.

use super::fault;
use crate::error::{Error, Result};
use kith_core::config::{Connection, SslMode, TlsChoice};
use mysql_async::SslOpts;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::Socket;
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_rustls::TlsConnector;

pub(super) const NOT_OFFERED: &str = "the server offers no encryption";
pub(super) const NOT_TRUSTED: &str =
    "its certificate is of no authority that is trusted, or not for its name, or there was no agreement";

/// How a connection is guarded.
#[derive(Clone, Debug, Default)]
pub(super) struct Guard {
    pub choice: TlsChoice,
    pub base: PathBuf,
}

impl Guard {
    pub fn of(connection: &Connection, base: &Path) -> Guard {
        Guard { choice: connection.tls.clone(), base: base.into() }
    }

    /// For PostgreSQL; `None` = nothing is encrypted.
    pub fn tls(&self, name: &str, here: bool) -> Result<Option<Tls>> {
        let mode = self.choice.mode(here);
        if mode == SslMode::Disable {
            return Ok(None);
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let failed = |e: rustls::Error| Error::internal("TLS can not be set up", e);
        let builder = ClientConfig::builder_with_provider(provider.clone());
        let builder = builder.with_safe_default_protocol_versions().map_err(failed)?;
        let config = match mode {
            SslMode::VerifyFull => {
                let mut roots = RootCertStore::empty();
                roots.add_parsable_certificates(self.authorities(name)?);
                builder.with_root_certificates(roots).with_no_client_auth()
            }
            _ => {
                let anybody = Arc::new(Anybody(provider));
                builder.dangerous().with_custom_certificate_verifier(anybody).with_no_client_auth()
            }
        };
        Ok(Some(Tls(Arc::new(config))))
    }

    /// For MySQL, whose driver makes it itself.
    pub fn mysql(&self, name: &str, here: bool) -> Result<Option<SslOpts>> {
        let mode = self.choice.mode(here);
        if mode == SslMode::Disable {
            return Ok(None);
        }
        // The driver takes the provider of the process, of which there are two to choose from; the first to be named stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let only = SslOpts::default().with_disable_built_in_roots(true);
        if mode == SslMode::Require {
            let any = only.with_disable_built_in_roots(false);
            return Ok(Some(
                any.with_danger_accept_invalid_certs(true).with_danger_skip_domain_validation(true),
            ));
        }
        let authorities = self.authorities(name)?.into_iter();
        Ok(Some(only.with_root_certs(authorities.map(|certificate| certificate.to_vec().into()).collect())))
    }

    /// The authorities for a server of Flight SQL.
    pub fn anchors(&self, name: &str) -> Result<Vec<rustls::pki_types::TrustAnchor<'static>>> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(self.authorities(name)?);
        Ok(roots.roots)
    }

    fn authorities(&self, name: &str) -> Result<Vec<CertificateDer<'static>>> {
        let found = match &self.choice.ca {
            Some(file) => rustls_native_certs::load_certs_from_paths(Some(&self.base.join(file)), None),
            None => rustls_native_certs::load_native_certs(),
        };
        let mut roots = RootCertStore::empty();
        let mut certificates = found.certs;
        // What a system keeps besides is left out, and would be an error to drivers.
        certificates.retain(|certificate| roots.add(certificate.clone()).is_ok());
        if certificates.is_empty() {
            let whose =
                self.choice.ca.as_ref().map_or("the system".into(), |file| file.display().to_string());
            return Err(fault::unsafe_way(name, &format!("{whose} has no certificates of authorities")));
        }
        Ok(certificates)
    }
}

/// True for names of this machine.
pub(super) fn loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// What an error says of encryption, if anything.
pub(super) fn why(error: &tokio_postgres::Error) -> Option<&'static str> {
    let cause = std::error::Error::source(error)?;
    if cause.to_string().contains("does not support TLS") {
        return Some(NOT_OFFERED);
    }
    cause.downcast_ref::<io::Error>().filter(|e| broken(e)).map(|_| NOT_TRUSTED)
}

/// True where two could not agree on how to encrypt.
pub(super) fn broken(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|cause| cause.is::<rustls::Error>())
}

/// Encrypts for PostgreSQL.
#[derive(Clone)]
pub(super) struct Tls(Arc<ClientConfig>);

/// For one server.
pub(super) struct Towards(Arc<ClientConfig>, ServerName<'static>);

/// What is read and written over it.
pub(super) struct Encrypted(tokio_rustls::client::TlsStream<Socket>);

impl MakeTlsConnect<Socket> for Tls {
    type Stream = Encrypted;
    type TlsConnect = Towards;
    type Error = io::Error;

    fn make_tls_connect(&mut self, host: &str) -> io::Result<Towards> {
        let name = ServerName::try_from(host.to_string());
        let name = name.map_err(|e| io::Error::new(io::ErrorKind::InvalidInput, e))?;
        Ok(Towards(self.0.clone(), name))
    }
}

impl TlsConnect<Socket> for Towards {
    type Stream = Encrypted;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Encrypted>> + Send>>;

    fn connect(self, socket: Socket) -> Self::Future {
        Box::pin(async move { TlsConnector::from(self.0).connect(self.1, socket).await.map(Encrypted) })
    }
}

impl TlsStream for Encrypted {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for Encrypted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, out)
    }
}

impl AsyncWrite for Encrypted {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

/// Takes any certificate (`require`): nobody can listen, but whoever answers can be anybody.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
