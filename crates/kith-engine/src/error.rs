//! The engine's errors. Each says what happened, where, and how to mend it; its stable code stands in the registry
//! (`kith_core::error`), which also says whose fault it is and whether a retry can help.

/// What may have caused an error.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Short for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Whatever can go wrong between a source and an answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// `kith.toml` or `model.toml` is missing or wrong. The user mends it.
    #[error("{message}")]
    Config {
        /// Stable code, `K-CONFIG-…` or `K-MODEL-…`.
        code: &'static str,
        /// What and where.
        message: String,
        /// How to mend it.
        help: String,
        /// The file that is wrong.
        file: String,
        /// The line, from 1, where it is known.
        line: Option<usize>,
        /// The column, from 1, where it is known.
        column: Option<usize>,
        /// The bytes of the file that are meant, where they are known.
        span: Option<std::ops::Range<usize>>,
    },
    /// A source can not be reached or read. Its owner, or the user, mends it.
    #[error("{message}")]
    Source {
        /// Stable code, `K-SOURCE-…`.
        code: &'static str,
        /// The source's name, or the path or address as given.
        source_name: String,
        /// What and where.
        message: String,
        /// How to mend it.
        help: String,
        /// True where trying again later can help.
        retry: bool,
        /// What the driver said.
        #[source]
        cause: Option<Cause>,
    },
    /// What was asked makes no sense. The caller mends it.
    #[error("{message}")]
    Input {
        /// Stable code.
        code: &'static str,
        /// What and where.
        message: String,
        /// How to mend it.
        help: String,
    },
    /// The policy does not let whoever asks do this. Whoever keeps it can change that.
    #[error("{message}")]
    Denied {
        /// Stable code, `K-POLICY-…`.
        code: &'static str,
        /// What is not allowed.
        message: String,
        /// Whom to ask.
        help: String,
    },
    /// What was asked goes against what is in force. The caller looks again, or takes something back.
    #[error("{message}")]
    Conflict {
        /// Stable code.
        code: &'static str,
        /// What and where.
        message: String,
        /// How to mend it.
        help: String,
    },
    /// A query is wrong, forbidden, or too large. The caller mends it.
    #[error("{message}")]
    Sql {
        /// Stable code, `K-SQL-…`.
        code: &'static str,
        /// What and where.
        message: String,
        /// How to mend it.
        help: String,
        /// The line, from 1, where the parser or planner knows it.
        line: Option<u64>,
        /// The column, from 1, where the parser or planner knows it.
        column: Option<u64>,
    },
    /// There is no such thing.
    #[error("{message}")]
    NotFound {
        /// Stable code.
        code: &'static str,
        /// What was looked for.
        message: String,
        /// What to try.
        help: String,
    },
    /// The data directory is busy, unreadable, damaged or of a newer format.
    #[error("{message}")]
    Data {
        /// Stable code, `K-DATA-…` or `K-LAKE-…`.
        code: &'static str,
        /// What and where.
        message: String,
        /// How to mend it.
        help: String,
        /// What the store said.
        #[source]
        cause: Option<Cause>,
    },
    /// Kith is wrong. Nothing that a user can do but report it.
    #[error("{message}")]
    Internal {
        /// Stable code, `K-INTERNAL-…`.
        code: &'static str,
        /// What happened.
        message: String,
        /// What was underneath.
        #[source]
        cause: Option<Cause>,
    },
}

impl Error {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Config { code, .. }
            | Error::Source { code, .. }
            | Error::Input { code, .. }
            | Error::Denied { code, .. }
            | Error::Conflict { code, .. }
            | Error::Sql { code, .. }
            | Error::NotFound { code, .. }
            | Error::Data { code, .. }
            | Error::Internal { code, .. } => code,
        }
    }

    /// The same error for another caller, without what was underneath: several may wait for one write.
    pub(crate) fn again(&self) -> Error {
        let (code, message, help) = (self.code(), self.to_string(), self.help().to_string());
        match self {
            Error::Input { .. } => Error::Input { code, message, help },
            Error::Denied { .. } => Error::Denied { code, message, help },
            Error::NotFound { .. } => Error::NotFound { code, message, help },
            Error::Sql { line, column, .. } => {
                Error::Sql { code, message, help, line: *line, column: *column }
            }
            Error::Data { .. } => Error::Data { code, message, help, cause: None },
            Error::Source { source_name, retry, .. } => {
                let (source_name, retry) = (source_name.clone(), *retry);
                Error::Source { code, source_name, message, help, retry, cause: None }
            }
            Error::Config { file, line, column, span, .. } => {
                let (file, span) = (file.clone(), span.clone());
                Error::Config { code, message, help, file, line: *line, column: *column, span }
            }
            _ => Error::Internal { code, message, cause: None },
        }
    }

    /// How to mend it.
    pub fn help(&self) -> &str {
        match self {
            Error::Config { help, .. }
            | Error::Source { help, .. }
            | Error::Input { help, .. }
            | Error::Denied { help, .. }
            | Error::Conflict { help, .. }
            | Error::Sql { help, .. }
            | Error::NotFound { help, .. }
            | Error::Data { help, .. } => help,
            Error::Internal { .. } => {
                "This is a defect of Kith. Please report it with the command and the message."
            }
        }
    }

    /// A source that can not be read.
    pub fn source(
        code: &'static str,
        source_name: impl Into<String>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Error {
        let (source_name, message, help) = (source_name.into(), message.into(), help.into());
        Error::Source { code, source_name, message, help, retry: false, cause: None }
    }

    /// A request that makes no sense.
    pub fn input(code: &'static str, message: impl Into<String>, help: impl Into<String>) -> Error {
        Error::Input { code, message: message.into(), help: help.into() }
    }

    /// Something that goes against what is in force.
    pub fn conflict(code: &'static str, message: impl Into<String>, help: impl Into<String>) -> Error {
        Error::Conflict { code, message: message.into(), help: help.into() }
    }

    /// Something that is not there.
    pub fn not_found(code: &'static str, message: impl Into<String>, help: impl Into<String>) -> Error {
        Error::NotFound { code, message: message.into(), help: help.into() }
    }

    /// A data directory that can not be used.
    pub fn data(code: &'static str, message: impl Into<String>, help: impl Into<String>) -> Error {
        Error::Data { code, message: message.into(), help: help.into(), cause: None }
    }

    /// A defect of Kith.
    pub fn internal(message: impl Into<String>, cause: impl Into<Cause>) -> Error {
        Error::Internal { code: "K-INTERNAL-ENGINE", message: message.into(), cause: Some(cause.into()) }
    }

    /// The same error, with what was underneath.
    pub fn because(mut self, why: impl Into<Cause>) -> Error {
        if let Error::Source { cause, .. } | Error::Data { cause, .. } | Error::Internal { cause, .. } =
            &mut self
        {
            *cause = Some(why.into());
        }
        self
    }
}

impl From<kith_core::config::ConfigError> for Error {
    fn from(e: kith_core::config::ConfigError) -> Error {
        Error::Config {
            code: e.code,
            message: e.message,
            help: e.help,
            file: e.file,
            line: Some(e.line),
            column: Some(e.column),
            span: Some(e.span),
        }
    }
}

impl From<kith_dedupe::Error> for Error {
    fn from(e: kith_dedupe::Error) -> Error {
        match e {
            kith_dedupe::Error::Input { code, message, help } => Error::Input { code, message, help },
            kith_dedupe::Error::Match(cause) => crate::resolve::model::does_not_fit(cause),
        }
    }
}

/// Errors of the live store say what and where in the first sentence, and how to mend it in the rest.
impl From<kith_live::LiveError> for Error {
    fn from(e: kith_live::LiveError) -> Error {
        let text = e.to_string();
        let (message, help) = text.split_once(". ").unwrap_or((&text, "See `kith doctor`."));
        let (message, help) = (message.trim_end_matches('.').to_string(), help.to_string());
        // Its own text is all here; only what is behind it says more.
        let deeper = std::error::Error::source(&e).is_some();
        Error::Data { code: e.code(), message, help, cause: deeper.then(|| Box::new(e) as _) }
    }
}
