//! What can be wrong with a stream. The codes stand in core's registry, with whose fault it is.

/// Why a stream can not be followed now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct StreamError {
    /// Stable code, `K-STREAM-…`.
    pub code: &'static str,
    /// What and where.
    pub message: String,
    /// How to mend it.
    pub help: &'static str,
}

pub(crate) type Result<T> = std::result::Result<T, StreamError>;

impl StreamError {
    /// The servers do not answer, or what they say makes no sense.
    pub(crate) fn away(message: impl Into<String>) -> StreamError {
        let help =
            "Check addresses, network and servers; Kith tries again by itself and goes on where it was.";
        StreamError { code: "K-STREAM-AWAY", message: message.into(), help }
    }

    /// The servers do not let us in.
    pub(crate) fn login(message: impl Into<String>) -> StreamError {
        let help = "Check user, password, token or credentials of the source, and what that user may do.";
        StreamError { code: "K-STREAM-LOGIN", message: message.into(), help }
    }

    /// There is no such stream or topic.
    pub(crate) fn missing(message: impl Into<String>) -> StreamError {
        let help = "Make it on the servers, or correct its name in kith.toml; Kith looks again by itself.";
        StreamError { code: "K-STREAM-MISSING", message: message.into(), help }
    }

    /// The consumer is not one that Kith can use.
    pub(crate) fn consumer(message: impl Into<String>) -> StreamError {
        let help =
            "Name another one under `consumer`, or delete it on the server: Kith makes it as it needs it.";
        StreamError { code: "K-STREAM-CONSUMER", message: message.into(), help }
    }

    /// Certificates can not be read.
    pub(crate) fn tls(message: impl Into<String>) -> StreamError {
        let help = "Check tls_ca, a file of certificates in PEM.";
        StreamError { code: "K-STREAM-TLS", message: message.into(), help }
    }

    /// Events can not be kept any more.
    pub(crate) fn closed(message: impl Into<String>) -> StreamError {
        let help = "See the server's log, mostly a failing disk. Mend it and start Kith again: it goes on where it was.";
        StreamError { code: "K-STREAM-CLOSED", message: message.into(), help }
    }

    /// The file of offsets can not be written.
    pub(crate) fn offsets(message: impl Into<String>) -> StreamError {
        let help = "Check rights and room of the data directory; until then a restart reads some messages again, which count once.";
        StreamError { code: "K-STREAM-OFFSETS", message: message.into(), help }
    }
}
