//! Do the tables of events have every entry once, as the log has it?

use super::{EventLake, ledger, read, rows};
use crate::error::Result;
use crate::lake::read_failed;
use datafusion::error::DataFusionError;
use kith_core::entry::Entry;
use kith_core::id::Position;
use kith_live::LiveError;
use kith_live::events::{Events, Past};
use std::fmt;

/// What a comparison found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    /// Up to where the tables are complete.
    pub position: Position,
    /// Entries that they have.
    pub entries: u64,
    /// Entries that were compared with the log's; it has given up the others.
    pub compared: u64,
    /// Positions that no row has, and that the log had not lost either.
    pub missing: u64,
    /// Positions that several rows have.
    pub twice: u64,
    /// Entries that are not as in the log.
    pub other: u64,
}

impl Agreement {
    /// True if every entry is there once, as it was.
    pub fn good(&self) -> bool {
        (self.missing, self.twice, self.other) == (0, 0, 0)
    }
}

impl fmt::Display for Agreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Agreement { position, entries, compared, missing, twice, other } = self;
        write!(f, "{entries} entries up to {}, {compared} of them compared with the log", position.0)?;
        if !self.good() {
            write!(f, "; {missing} are missing, {twice} are there twice, {other} differ")?;
        }
        Ok(())
    }
}

impl EventLake {
    /// Reads both tables whole, and what the log still has of them.
    pub fn check(&self, events: &Events) -> Result<Agreement> {
        let mut found = Agreement { position: self.position()?, ..Agreement::default() };
        let first = events.log_first();
        let mut log = events.log_behind(Position(first.0 - 1));
        let mut in_log: Option<(Position, Entry)> = None;
        let mut expected = 1;
        for item in Past::read(self, Position(1), Position(found.position.0 + 1)) {
            let (at, entry) = item?;
            if at.0 < expected {
                found.twice += 1;
                continue;
            }
            found.missing += at.0 - expected;
            expected = at.0 + 1;
            found.entries += 1;
            while at >= first && in_log.as_ref().is_none_or(|(position, _)| *position < at) {
                in_log = match log.next() {
                    Some(Ok(next)) => Some(next),
                    // Has a check of its own.
                    Some(Err(LiveError::Corrupt { .. })) => continue,
                    Some(Err(e)) => return Err(e.into()),
                    None => break,
                };
            }
            if let Some((position, original)) = in_log.as_ref().filter(|(position, _)| *position == at) {
                found.compared += 1;
                found.other += u64::from((position, original) != (&at, &entry));
            }
        }
        found.missing += found.position.0 + 1 - expected;
        found.missing = found.missing.saturating_sub(self.lost()?);
        Ok(found)
    }

    /// How many entries the log had lost before they could be kept.
    fn lost(&self) -> Result<u64> {
        let of = |e: rows::Strange| read_failed(&ledger(), DataFusionError::External(e.0.into()).into());
        let batches = self.rows(&ledger(), &read::is_lost())?;
        batches.iter().map(|batch| rows::lost(batch).map_err(of)).sum()
    }
}
