//! How a connection to a database is encrypted, in the words that PostgreSQL's tools have for it.

use crate::config::ConfigError;
use crate::config::walk::Section;
use crate::suggest::closest;
use std::path::PathBuf;

/// How much is asked of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SslMode {
    /// Nothing is encrypted.
    Disable,
    /// Encrypted; whoever answers is taken for the server.
    Require,
    /// Encrypted, and the server shows a certificate for its name.
    VerifyFull,
}

impl SslMode {
    /// Every mode.
    pub const ALL: &'static [SslMode] = &[SslMode::Disable, SslMode::Require, SslMode::VerifyFull];

    /// The word in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            SslMode::Disable => "disable",
            SslMode::Require => "require",
            SslMode::VerifyFull => "verify-full",
        }
    }
}

/// What the configuration says of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsChoice {
    /// `None` = by where the server is.
    pub mode: Option<SslMode>,
    /// The authorities; `None` = those of the system. Relative to `kith.toml`.
    pub ca: Option<PathBuf>,
}

impl TlsChoice {
    /// The mode for a server: one of this machine needs no encryption, unless it is asked for.
    pub fn mode(&self, on_this_machine: bool) -> SslMode {
        let usual = if on_this_machine && self.ca.is_none() { SslMode::Disable } else { SslMode::VerifyFull };
        self.mode.unwrap_or(usual)
    }
}

/// Reads `sslmode` and `ca`.
pub(super) fn choice(section: &Section) -> Result<TlsChoice, ConfigError> {
    let mode = match section.text("sslmode")? {
        None => None,
        Some((word, span)) => {
            let found = SslMode::ALL.iter().copied().find(|mode| mode.name() == word);
            let names = || SslMode::ALL.iter().map(|mode| mode.name());
            Some(found.ok_or_else(|| {
                let help = match closest(&word, names()) {
                    Some(near) => format!("did you mean {near:?}?"),
                    None => format!("the modes are: {}", names().collect::<Vec<_>>().join(", ")),
                };
                section.value(span, format!("{word:?} is not a mode of encryption"), help)
            })?)
        }
    };
    let ca = section.text("ca")?;
    if let (Some((_, span)), Some(SslMode::Disable | SslMode::Require)) = (&ca, mode) {
        let message = "certificates are checked by sslmode = \"verify-full\" only".to_string();
        return Err(section.value(
            span.clone(),
            message,
            "write sslmode = \"verify-full\", or take `ca` out",
        ));
    }
    Ok(TlsChoice { mode, ca: ca.map(|(path, _)| path.into()) })
}
