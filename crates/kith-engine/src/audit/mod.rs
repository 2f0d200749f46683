//! The audit log: who read what through SQL, written before the first row leaves, and kept so that a change of it shows.
//!
//! Reads:  what sessions say; its own files.
//! Writes: `.kith/audit/<first number>.log`, one line an entry; `.kith/audit/head.json`, where it stood; `.kith/audit/key`.
//! Decides: nothing. It has no texts of queries, since they may hold personal data: only their SHA-256.
//! Fails:  `K-AUDIT-WRITE`: what can not be written down is not answered.
//!
//! 1. A line is a code and an entry in JSON. The code is an HMAC-SHA256 over the code of the line before it and the entry
//!    (Schneier and Kelsey 1999): a line that was changed, moved, added or taken out does not fit, and without the key nobody can
//!    make it fit ([`chain`]).
//! 2. One thread writes. Who asks waits until its line is on the disk; those who ask meanwhile share the next fsync ([`writer`]).
//! 3. That the end is missing shows by the head. Who could change the log could put an old head beside it; so its number and
//!    code can be kept elsewhere and compared ([`Head`]).

mod chain;
mod read;
mod writer;

pub use chain::Head;
pub use read::{Broken, Usage, Verified, changed, entries, head, usage, verify};

use crate::error::{Error, Result};
use kith_core::govern::Subject;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use writer::Writer;

/// The folder below the project's data.
pub(crate) const FOLDER: &str = "audit";

/// A line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number; the first one is 1, and none is missing.
    pub number: u64,
    /// When, RFC 3339.
    pub at: String,
    /// What was done.
    #[serde(flatten)]
    pub deed: Deed,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "did", rename_all = "snake_case")]
pub enum Deed {
    /// A query was planned, and its rows are about to leave.
    Asked {
        /// Who, and for what.
        #[serde(flatten)]
        who: Who,
        /// The query's name.
        query: String,
        /// SHA-256 of its text.
        text_sha256: String,
        /// The tables that it reads.
        tables: Vec<TableRead>,
    },
    /// A query was refused: it can not be read, or names what is not there for this subject.
    Refused {
        /// Who, and for what.
        #[serde(flatten)]
        who: Who,
        /// The query's name.
        query: String,
        /// SHA-256 of its text.
        text_sha256: String,
        /// Why: the code of the error.
        code: String,
    },
    /// A query has come to its end, whatever that was.
    Ended {
        /// The query's name.
        query: String,
        /// Rows that it gave.
        rows: u64,
    },
    /// Profiles were shown by the API. Written soon after, not before: a profile must be there in a few milliseconds.
    Showed {
        /// To whom, and for what.
        #[serde(flatten)]
        who: Who,
        /// The part of the API: `/v1/profiles/{profile}`.
        route: String,
        /// The ids of the profiles.
        profiles: Vec<String>,
    },
    /// Somebody said what a column holds, or took it back.
    Labelled {
        /// Who.
        #[serde(flatten)]
        who: Who,
        /// `schema.table`.
        table: String,
        /// The column.
        column: String,
        /// What it holds; empty = it says nothing of a person; `None` = what was said is taken back.
        labels: Option<Vec<String>>,
    },
    /// The last line was not whole when the log was opened: a process ended while it wrote. Nobody had been answered yet.
    Torn {
        /// Bytes that were cut off.
        bytes: u64,
    },
}

/// Who asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// The name.
    pub user: String,
    /// The roles.
    pub roles: Vec<String>,
    /// What for, where it was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// By which door.
    pub door: String,
    /// Who really asked, where an owner tried what somebody else would see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tried_by: Option<String>,
}

/// A table that a query reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableRead {
    /// `schema.table`.
    pub table: String,
    /// True where the policy took rows out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub filtered: bool,
    /// Columns that the policy masked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub masked: Vec<String>,
}

impl Who {
    /// The subject, as it is written down.
    pub fn of(subject: &Subject) -> Who {
        Who {
            user: subject.user.clone(),
            roles: subject.roles.iter().cloned().collect(),
            purpose: subject.purpose.clone(),
            door: subject.door.as_str().into(),
            tried_by: subject.tried_by.clone(),
        }
    }
}

/// The log of one project, opened when the first one asks.
pub(crate) struct Audit {
    folder: PathBuf,
    writer: Mutex<Option<Writer>>,
}

impl Audit {
    pub(crate) fn new(data: &Path) -> Audit {
        Audit { folder: data.join(FOLDER), writer: Mutex::new(None) }
    }

    /// Writes a deed down; it is on the disk when this comes back.
    pub(crate) async fn note(&self, deed: Deed) -> Result<()> {
        let (written, answer) = tokio::sync::oneshot::channel();
        self.send(deed, Some(written))?;
        answer.await.unwrap_or_else(|_| Err(not_written("its thread has ended")))
    }

    /// Writes a deed down soon.
    pub(crate) fn note_later(&self, deed: Deed) {
        if let Err(cause) = self.send(deed, None) {
            tracing::error!(%cause, "the audit log has a gap");
        }
    }

    fn send(&self, deed: Deed, written: Option<writer::Answer>) -> Result<()> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if writer.as_ref().is_none_or(Writer::has_ended) {
            *writer = Some(Writer::start(&self.folder)?);
        }
        match writer.as_ref().map(|writer| writer.send(deed, written)) {
            Some(true) => Ok(()),
            _ => Err(not_written("its thread has ended")),
        }
    }
}

fn not_written(why: impl std::fmt::Display) -> Error {
    let message = format!("the audit log can not be written: {why}");
    Error::data("K-AUDIT-WRITE", message, "Make room, or mend the rights of .kith/audit; nothing was read.")
}
