//! What can be wrong with policies and labels.

use std::path::PathBuf;

/// A policy or a label that can not be understood, or a file that can not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{}: {message}", file.display(), line.map_or_else(String::new, |line| format!(", line {line}")))]
pub struct Bad {
    /// Stable code, `K-POLICY-…` or `K-LABEL-…`.
    pub code: &'static str,
    /// The file.
    pub file: PathBuf,
    /// The line, from 1, where it is known.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub help: String,
}

/// The line of a place in a text, from 1.
pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|b| *b == b'\n').count() + 1
}
