//! What the log of events held, for good: two tables, from which every entry comes back as it was.
//!
//! Reads:  the log of events, behind what the tables have.
//! Decides: nothing; an entry is a row.
//! Writes: `event.event`, by the day of receipt, and `event.ledger` for entries that are no events. Both are fsynced before
//!         anything of the log may be given up.
//! Fails:  `K-LAKE-READ`, `K-LAKE-WRITE`, `K-EVENT-PAST`.
//!
//! The ledger is written first. So `event.event`, whose commits carry the position, says up to where both are complete, and
//! after a crash between the two the ledger's own position says what it has already.

mod arriving;
mod check;
mod read;
mod rows;

pub(crate) use arriving::arriving;

use super::{Lake, TableName};
use crate::error::{Error, Result};
use kith_core::entry::Entry;
use kith_core::id::Position;
use kith_live::LiveError;
use kith_live::events::Events;
use rows::Step;
use std::num::NonZeroU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The schema of both tables.
pub(crate) const SCHEMA: &str = "event";
/// Both tables.
pub(crate) const TABLES: [&str; 2] = ["event", "ledger"];

/// Entries that one commit takes at most, and their text in bytes: what of it is in memory at once.
const STEP_ENTRIES: usize = 50_000;
const STEP_BYTES: usize = 16 << 20;

/// From so many files on, small ones are put together.
const FILES_MAX: usize = 48;
const FILE_BYTES: NonZeroU64 = NonZeroU64::new(128 << 20).expect("not zero");

/// The tables of events.
#[derive(Clone)]
pub(crate) struct EventLake {
    lake: Lake,
    /// Held while they are written: up to where they are complete, once that is known.
    writing: Arc<Mutex<Option<Position>>>,
    reading: datafusion::prelude::SessionContext,
}

fn event() -> TableName {
    TableName::new(SCHEMA, TABLES[0])
}

fn ledger() -> TableName {
    TableName::new(SCHEMA, TABLES[1])
}

impl EventLake {
    /// The tables of a lake. Nothing is made until something is written.
    pub fn new(lake: Lake) -> EventLake {
        EventLake { lake, writing: Default::default(), reading: read::session() }
    }

    /// Up to where both tables are complete and on the disk.
    pub fn position(&self) -> Result<Position> {
        Ok(self.lake.position(&event())?.unwrap_or_default())
    }

    /// True if every file that the tables name is there.
    pub fn whole(&self) -> Result<bool> {
        Ok(self.lake.whole(&event())? && self.lake.whole(&ledger())?)
    }

    /// Brings both tables up to the log; how far they are then, and whether anything was written. After each step `rest` is
    /// told how long it took, so that others get their turn.
    pub fn take_over(&self, events: &Events, rest: &dyn Fn(Duration)) -> Result<(Position, bool)> {
        let mut known = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(done) = known.filter(|done| *done == events.position()) {
            return Ok((done, false));
        }
        let done = self.catch_up(events, rest)?;
        *known = Some(done);
        Ok((done, true))
    }

    fn catch_up(&self, events: &Events, rest: &dyn Fn(Duration)) -> Result<Position> {
        let mut done = self.position()?;
        if events.log_first().0 > done.0 + 1 {
            let message = format!(
                "the tables of events end at {}, and the log begins at {}: what was between is in neither",
                done.0,
                events.log_first().0
            );
            let help = "Bring `.kith/lake/<tenant>/event` back from a backup.";
            return Err(Error::data("K-EVENT-PAST", message, help));
        }
        let in_ledger = self.lake.position(&ledger())?.unwrap_or_default();
        let (mut step, mut begun) = (Step::new(done, in_ledger), Instant::now());
        for item in events.log_behind(done) {
            match item {
                Ok((position, entry)) => step.push(position, &entry)?,
                // Found since opening: the positions are missing, and the ledger says so.
                Err(LiveError::Corrupt { .. }) => {}
                Err(e) => return Err(e.into()),
            }
            if step.entries >= STEP_ENTRIES || step.bytes >= STEP_BYTES {
                done = self.write(std::mem::replace(&mut step, Step::new(Position(0), in_ledger)))?;
                step.last = done;
                rest(begun.elapsed());
                begun = Instant::now();
            }
        }
        if step.entries > 0 {
            done = self.write(step)?;
        }
        Ok(done)
    }

    fn write(&self, step: Step) -> Result<Position> {
        let position = step.last;
        let (events, others) = step.finish()?;
        if others.num_rows() > 0 {
            self.lake.append_by(&ledger(), vec![others], position, &["day"])?;
        }
        // Without rows too: its position is that of both.
        self.lake.append_by(&event(), vec![events], position, &["day"])?;
        Ok(position)
    }

    /// Puts small files together, where there are many.
    pub fn compact(&self) -> Result<()> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        for table in [event(), ledger()] {
            if self.lake.files(&table)? >= FILES_MAX {
                self.lake.compact(&table, FILE_BYTES)?;
            }
        }
        Ok(())
    }
}

/// What one entry takes of a step.
fn bytes(entry: &Entry) -> usize {
    match entry {
        Entry::Event(event) => event.body.len() + 200,
        Entry::RefusedEvent(refused) => refused.original.len() + 300,
        _ => 100,
    }
}
