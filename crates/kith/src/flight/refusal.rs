//! What a client is told when something does not go: gRPC's code, what happened, our code, and how to mend it.

use kith_engine::Error;
use kith_engine::arrow::error::ArrowError;
use tonic::{Code, Status};

/// Of the engine's error.
pub(super) fn of(error: &Error) -> Status {
    let message = match error {
        Error::Internal { .. } => {
            tracing::error!(%error, "a question over Flight SQL failed");
            "Kith failed, and its log says how".to_string()
        }
        other => other.to_string(),
    };
    let help = error.help();
    let (gap, code) = (if help.is_empty() { "" } else { "\n" }, error.code());
    Status::new(kind(error), format!("{message} ({code}){gap}{help}"))
}

/// One of our own.
pub(super) fn own(kind: Code, code: &str, message: &str, help: &str) -> Status {
    Status::new(kind, format!("{message} ({code})\n{help}"))
}

/// Queries only read.
pub(super) fn read_only() -> Status {
    let help = "Use SELECT, EXPLAIN, SHOW or DESCRIBE. To change data, change the source and run `kith run`.";
    own(Code::InvalidArgument, "K-SQL-READ-ONLY", "nothing can be written here: queries only read", help)
}

/// What can not be encoded.
pub(super) fn unwritable(error: &ArrowError) -> Status {
    tracing::error!(%error, "an answer can not be written for Flight SQL");
    own(Code::Internal, "K-INTERNAL-ENGINE", "the answer can not be written", "Cast its columns to text.")
}

fn kind(error: &Error) -> Code {
    match error.code() {
        "K-POLICY-BAD" | "K-POLICY-DENIED" => Code::PermissionDenied,
        "K-SQL-CANCELLED" => Code::Cancelled,
        "K-SQL-TIMEOUT" | "K-SCAN-SLOW" => Code::DeadlineExceeded,
        "K-SQL-MEMORY" | "K-SCAN-LIMIT" => Code::ResourceExhausted,
        "K-SQL-UNSUPPORTED" => Code::Unimplemented,
        "K-SCAN-DOWN" => Code::Unavailable,
        "K-SCAN-REFUSED" => Code::PermissionDenied,
        code if code.starts_with("K-SCAN-") => Code::FailedPrecondition,
        code if code.starts_with("K-SQL-") => Code::InvalidArgument,
        _ => Code::Internal,
    }
}
