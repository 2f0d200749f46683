//! What can go wrong, and how to mend it. The codes stand in the registry (`kith_core::error`).

/// Short for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// All of these are the caller's to mend.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// What was asked makes no sense for this table.
    #[error("{message}")]
    Input {
        /// Stable code, `K-DEDUPE-…`.
        code: &'static str,
        /// What and where.
        message: String,
        /// How to mend it.
        help: String,
    },
    /// The records can not be matched, or not by this model.
    #[error("the records can not be matched: {0}")]
    Match(#[from] kith_resolve::Error),
}

impl Error {
    /// A request that makes no sense.
    pub fn input(code: &'static str, message: impl Into<String>, help: impl Into<String>) -> Error {
        Error::Input { code, message: message.into(), help: help.into() }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Input { code, .. } => code,
            Error::Match(_) => "K-MODEL-FIT",
        }
    }

    /// How to mend it.
    pub fn help(&self) -> &str {
        match self {
            Error::Input { help, .. } => help,
            Error::Match(_) => "If the records or their columns have changed, estimate the model anew.",
        }
    }
}
