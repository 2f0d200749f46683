//! A log that was copied while it was in use, file by file: its last file may end in the middle of an append.

use super::{Log, Lost, Recovery};
use crate::error::Result;
use crate::seams::{RealDisk, RealRandom};
use kith_core::id::Position;
use serde::Serialize;
use std::path::Path;
use std::sync::Arc;

/// What a copy of a log holds.
#[derive(Clone, Debug, Serialize)]
pub struct Copied {
    /// The first position that it has, or will have.
    pub first: Position,
    /// The last position; one less than `first` where it is empty.
    pub last: Position,
    /// Sound entries.
    pub entries: u64,
    /// Damage that was copied with it.
    pub lost: Vec<Lost>,
}

/// Reads a copy of a log with all its checksums, cuts away the append that the copying cut through (nobody had an answer
/// to it when the copying began), and leaves it as one that ended well. The folder belongs to the caller alone.
pub fn settle_copy(dir: &Path) -> Result<Copied> {
    let log = Log::open(dir, Arc::new(RealDisk), &RealRandom, (0, Position(0)))?;
    let Recovery { entries, lost, .. } = log.recovery().clone();
    Ok(Copied { first: log.first(), last: log.position(), entries, lost })
}
