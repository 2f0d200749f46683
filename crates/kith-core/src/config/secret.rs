//! Passwords and keys: where they are, not what they are.

use std::path::PathBuf;

/// A text, or where to find it. The engine reads it; the configuration and the log never hold its content.
#[derive(Clone, PartialEq)]
pub enum Secret {
    /// An environment variable: `env:NAME`.
    Env(String),
    /// A file's content without the line end: `file:PATH`, relative to `kith.toml`.
    File(PathBuf),
    /// The text itself. Never a password.
    Plain(String),
}

impl Secret {
    /// From its text form.
    pub fn from_text(text: &str) -> Secret {
        match text.split_once(':') {
            Some(("env", name)) => Secret::Env(name.into()),
            Some(("file", path)) => Secret::File(path.into()),
            _ => Secret::Plain(text.into()),
        }
    }

    /// Its text form: the reference, not what it refers to.
    pub fn to_text(&self) -> String {
        match self {
            Secret::Env(name) => format!("env:{name}"),
            Secret::File(path) => format!("file:{}", path.display()),
            Secret::Plain(text) => text.clone(),
        }
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Secret::Plain(_) => f.write_str("Plain(…)"),
            reference => f.write_str(&reference.to_text()),
        }
    }
}
