//! What can go wrong with a source: one shape, three parts (what / where and why / how to mend) and a stable code of
//! the registry (`kith_core::error`).

use crate::Error;
use std::fmt::Display;
use std::path::Path;

/// A fault that somebody has to mend: what could not be done, why, and what to do about it.
pub(crate) fn fault(
    code: &'static str,
    source: impl Display,
    message: impl Display,
    detail: impl Display,
    help: impl Into<String>,
) -> Error {
    debug_assert!(kith_core::error::find(code).is_some(), "{code} is not registered");
    let message = format!("{message}\n  {detail}");
    Error::Source {
        code,
        source_name: source.to_string(),
        message,
        help: help.into(),
        retry: false,
        cause: None,
    }
}

/// The same error, where trying again later can help.
pub(crate) fn passing(mut error: Error) -> Error {
    if let Error::Source { retry, .. } = &mut error {
        *retry = true;
    }
    error
}

/// A file that could not be opened or read.
pub(crate) fn io(path: &Path, error: &std::io::Error) -> Error {
    let shown = path.display();
    match error.kind() {
        std::io::ErrorKind::NotFound => fault(
            "K-SOURCE-MISSING",
            &shown,
            format!("could not find the file {shown}"),
            "There is no such file; in kith.toml, paths are relative to its folder.",
            "Correct the path, or put the file there.",
        ),
        std::io::ErrorKind::PermissionDenied => fault(
            "K-SOURCE-UNREADABLE",
            &shown,
            format!("could not read the file {shown}"),
            "This user has no permission to read it.",
            format!("Give the permission, for example: chmod u+r {shown}"),
        ),
        _ => passing(fault(
            "K-SOURCE-UNREADABLE",
            &shown,
            format!("could not read the file {shown}"),
            error,
            "Check the disk and the file, then run again.",
        )),
    }
}
