//! What can go wrong while remembering: each variant says what, where and how to mend it. The codes are stable; whose
//! an error is and whether to try again stands beside them in core's registry.

use kith_core::error::Whose;
use std::path::{Path, PathBuf};

/// The crate's result.
pub type Result<T> = std::result::Result<T, LiveError>;

/// An error of the log, the store or the search index.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LiveError {
    /// Another process (or another handle in this one) has the directory.
    #[error(
        "the data directory {path} is in use by another Kith process. Stop that process, or ask it over HTTP (`kith serve`)."
    )]
    Busy {
        /// The data directory.
        path: PathBuf,
    },
    /// The directory was written by a newer Kith.
    #[error(
        "{path} has format {found}, and this Kith knows formats up to {known}. Use the newer Kith that wrote it."
    )]
    NewerFormat {
        /// The file that says so.
        path: PathBuf,
        /// The format found.
        found: u32,
        /// The newest format known.
        known: u32,
    },
    /// The disk refused.
    #[error(
        "could not {action} {path}: {source}. Check the disk's space, health and permissions, then start again."
    )]
    Disk {
        /// What was tried, as a verb: `write to`.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The operating system's answer.
        source: std::io::Error,
    },
    /// An earlier write or fsync failed, so nothing more is acknowledged.
    #[error(
        "the log in {path} is closed after a failed write ({reason}). Mend the disk and start again: Kith then recovers everything it had acknowledged."
    )]
    Closed {
        /// The log's directory.
        path: PathBuf,
        /// The first failure.
        reason: String,
    },
    /// The disk is full; what was written of it was taken back.
    #[error("the disk that holds {path} is full. Make room: events are taken again by themselves then.")]
    NoRoom {
        /// The log's directory.
        path: PathBuf,
    },
    /// Bytes that are not what was written.
    #[error(
        "{path} is damaged at byte {offset}: {what}. Run `kith verify` for the whole damage; `kith rebuild` remakes everything but the log, and a backup brings back a lost range of the log."
    )]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// Where in it.
        offset: u64,
        /// What is wrong.
        what: String,
    },
    /// An entry that would make later reads fail.
    #[error("entry {index} of the batch can not be kept: {what}.")]
    Refused {
        /// Its place in the batch, from 0.
        index: usize,
        /// Why.
        what: String,
    },
    /// The key-value store failed.
    #[error(
        "the node store in {path} failed: {what}. It is computed from the log: `kith rebuild` remakes it."
    )]
    Store {
        /// Its directory.
        path: PathBuf,
        /// Its words.
        what: String,
    },
    /// What is kept of the log elsewhere can not be read.
    #[error(
        "events that the log has given up can not be read: {what}. Run `kith verify` for the whole damage."
    )]
    Past {
        /// The reader's words.
        what: String,
    },
    /// The search index failed.
    #[error(
        "the search index in {path} failed: {what}. It is computed from the log: `kith rebuild` remakes it."
    )]
    Search {
        /// Its directory.
        path: PathBuf,
        /// Its words.
        what: String,
    },
}

impl LiveError {
    /// The stable code, listed in the reference.
    pub fn code(&self) -> &'static str {
        match self {
            LiveError::Busy { .. } => "K-DATA-BUSY",
            LiveError::NewerFormat { .. } => "K-DATA-FORMAT",
            LiveError::Disk { .. } => "K-DATA-DISK",
            LiveError::Closed { .. } => "K-LOG-CLOSED",
            LiveError::NoRoom { .. } => "K-LOG-FULL",
            LiveError::Corrupt { .. } => "K-LOG-CORRUPT",
            LiveError::Refused { .. } => "K-LOG-REFUSED",
            LiveError::Store { .. } => "K-STORE-FAILED",
            LiveError::Past { .. } => "K-EVENT-PAST",
            LiveError::Search { .. } => "K-SEARCH-FAILED",
        }
    }

    /// Who can mend it, as core's registry of codes says.
    pub fn whose(&self) -> Whose {
        kith_core::error::find(self.code()).map_or(Whose::Internal, |code| code.whose)
    }

    /// True where the same call may succeed later without anybody doing anything.
    pub fn retry(&self) -> bool {
        kith_core::error::find(self.code()).is_some_and(|code| code.retry)
    }

    pub(crate) fn disk(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> LiveError {
        let path = path.to_path_buf();
        move |source| LiveError::Disk { action, path, source }
    }

    pub(crate) fn corrupt(path: &Path, offset: u64, what: impl Into<String>) -> LiveError {
        LiveError::Corrupt { path: path.to_path_buf(), offset, what: what.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_registered() {
        let path = PathBuf::new();
        let (what, reason) = (String::new(), String::new());
        for error in [
            LiveError::Busy { path: path.clone() },
            LiveError::NewerFormat { path: path.clone(), found: 2, known: 1 },
            LiveError::disk("read", &path)(std::io::ErrorKind::Other.into()),
            LiveError::Closed { path: path.clone(), reason },
            LiveError::corrupt(&path, 0, ""),
            LiveError::NoRoom { path: path.clone() },
            LiveError::Refused { index: 0, what: what.clone() },
            LiveError::Store { path: path.clone(), what: what.clone() },
            LiveError::Past { what: what.clone() },
            LiveError::Search { path, what },
        ] {
            assert!(kith_core::error::find(error.code()).is_some(), "{}", error.code());
        }
    }
}
