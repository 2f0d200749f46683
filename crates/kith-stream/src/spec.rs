//! What is followed, with secrets in the clear: made right before, and never shown.

use kith_core::config::Stream;
use kith_core::id::SourceName;
use std::path::PathBuf;

/// A stream to follow.
#[derive(Clone)]
pub struct Spec {
    /// The source whose events they are.
    pub source: SourceName,
    /// As the configuration has it.
    pub stream: Stream,
    /// Who Kith is.
    pub login: Login,
    /// Where relative paths begin: the project's folder.
    pub base: PathBuf,
}

/// Secrets, read from where the configuration refers to.
#[derive(Clone, Default)]
pub struct Login {
    /// The user's password.
    pub password: Option<String>,
    /// A token.
    pub token: Option<String>,
    /// The content of a credentials file.
    pub credentials: Option<String>,
}

impl Spec {
    /// User and password, where there are both.
    pub(crate) fn user(&self) -> Option<(String, String)> {
        self.stream.user.clone().zip(self.login.password.clone())
    }
}
