//! Certificates of servers, checked against the system's authorities or one that the configuration names.

use crate::error::{Result, StreamError};
use rustls::{ClientConfig, RootCertStore};
use std::path::Path;
use std::sync::Arc;

/// A configuration that trusts `ca`, or whom the system trusts.
pub(crate) fn client(ca: Option<&Path>) -> Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    let found = match ca {
        Some(file) => rustls_native_certs::load_certs_from_paths(Some(file), None),
        None => rustls_native_certs::load_native_certs(),
    };
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        let whose = ca.map_or("the system".to_string(), |file| file.display().to_string());
        let why = found.errors.first().map(|e| format!(" ({e})")).unwrap_or_default();
        return Err(StreamError::tls(format!("{whose} has no certificates of authorities{why}")));
    }
    // Named, since other crates of the program bring another provider too, and rustls then takes none by itself.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|e| StreamError::tls(e.to_string()))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
