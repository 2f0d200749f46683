//! Lands rows: what a connector hands over becomes entries of the log.
//!
//! Reads: a connector's rows, and what the log already holds of the source. Decides: each row's key; whether it is
//! new, changed, unchanged or refused; its standardised values; which rows are gone. Writes: `Record`, `Rejected` and
//! `Removed` entries in batches, then one `Pulled` entry. Fails: a column that the configuration names and the source
//! has no longer, before anything is written; whatever connector or log report.
//!
//! 1. Compare the source's columns with the mapping.
//! 2. Hold the first 10,000 rows back and decide by them, column by column, whether 03/04/1975 is in April;
//!    the decision stays with the cursor.
//! 3. Give every row its key: the configured columns, else the primary key, else a hash of its content (a
//!    second row with the same content gets `-2`).
//! 4. A second row with one key is refused; a row whose hash is as before is unchanged; any other lands.
//! 5. If all rows were seen, those that were not are removed.
//! 6. Count: read = landed + unchanged + rejected, always.
//!
//! A value that can not be true (30 February) does not refuse its row: the row keeps it, the values leave it out, and
//! it is counted by column.

mod columns;
mod exact;
mod key;
#[cfg(test)]
mod tests;
mod values;

pub use values::InvalidValues;

use crate::Result;
use crate::connect::{Connector, PullEnd, Pulled};
use crate::tabular::{Reject, value_text};
use columns::{check_columns, mapping_hash, paths, vanished};
use key::Keys;
use kith_core::config::Source;
use kith_core::entry::{Entry, PulledEntry, RecordEntry, RejectedEntry, RemovedEntry};
use kith_core::hex;
use kith_core::id::SourceName;
use kith_core::standard::timestamp_ms;
use rustc_hash::FxHashSet;
use serde_json::{Map, Value, json};
use std::ops::ControlFlow;
use values::Standardiser;

/// What landing needs of the log.
pub trait Landing {
    /// The hash of a row as the store keeps it.
    fn hash(&self, row: &Map<String, Value>) -> u64;
    /// The hash of the row that is there under a key; `None` if there is none or it was removed.
    fn row_hash(&self, source: &SourceName, key: &str) -> Result<Option<u64>>;
    /// Every key that the source has now.
    fn keys(&self, source: &SourceName, each: &mut dyn FnMut(&str) -> Result<()>) -> Result<()>;
    /// Appends entries, durably.
    fn append(&mut self, entries: Vec<Entry>) -> Result<()>;
}

/// What landing needs beside source and log.
pub struct Surroundings<'a> {
    /// The project's default country.
    pub region: Option<String>,
    /// Milliseconds since 1970 UTC.
    pub clock: &'a dyn Fn() -> i64,
    /// Told the number of rows read so far, now and then.
    pub progress: &'a mut dyn FnMut(u64),
}

/// What a pull did.
#[derive(Clone, Debug, PartialEq)]
pub struct Landed {
    /// The entry that ended it. It was not appended if nothing was read and the cursor did not move.
    pub pulled: PulledEntry,
    /// True if the source was as before, so that nothing was read.
    pub untouched: bool,
    /// True if rows may be gone, but a refused row without a readable key might be one of them: none was removed.
    pub removals_postponed: bool,
    /// Values that can not be true, by column.
    pub invalid: Vec<InvalidValues>,
    /// Values that many records share for no reason (`noemail@noemail.com`); kept in the row, not in the values.
    pub junk: u64,
}

/// Enough rows to find a day above 12 in every column of dates.
const SAMPLE_ROWS: usize = 10_000;
/// Entries of one append: some MB, and one fsync.
const BATCH_ENTRIES: usize = 4_000;

/// Pulls a source and lands what is new.
pub fn land<'a>(
    source: &'a Source,
    connector: &mut dyn Connector,
    previous: Option<&PulledEntry>,
    landing: &'a mut (dyn Landing + 'a),
    around: Surroundings<'a>,
) -> Result<Landed> {
    let mapping = mapping_hash(source, around.region.as_deref());
    let known = previous.map(|p| &p.cursor).filter(|c| c.get("mapping") == Some(&json!(mapping)));
    let mut key = source.key.clone();
    if key.is_empty() {
        key = connector.key()?;
    }
    let fixed = connector.columns()?;
    if let Some(columns) = &fixed {
        check_columns(source, &key, columns)?;
    }
    let region = around.region.clone();
    let mut stage = Stage {
        source,
        keys: Keys::new(key),
        standardiser: Standardiser::new(source, region, known.and_then(|c| c.get("day_first"))),
        everything_again: previous.is_some() && known.is_none(),
        fixed_columns: fixed.is_some(),
        sample: Some(Vec::new()),
        seen: FxHashSet::default(),
        present: FxHashSet::default(),
        keyless_rejects: false,
        batch: Vec::new(),
        counts: Counts::default(),
        landing,
        around,
    };
    let at = known.and_then(|c| c.get("at"));
    let end = connector.pull(at, &mut |pulled| {
        stage.take(pulled)?;
        Ok(ControlFlow::Continue(()))
    })?;
    stage.end(end, mapping, previous)
}

#[derive(Default)]
struct Counts {
    read: u64,
    landed: u64,
    unchanged: u64,
    rejected: u64,
    removed: u64,
}

struct Stage<'a> {
    source: &'a Source,
    keys: Keys,
    standardiser: Standardiser,
    /// The mapping has changed: rows land even if their content has not.
    everything_again: bool,
    fixed_columns: bool,
    /// The rows held back, until there are enough of them.
    sample: Option<Vec<Pulled>>,
    /// Keys landed or unchanged in this pull.
    seen: FxHashSet<Box<str>>,
    /// Keys that are still there without having been read or accepted.
    present: FxHashSet<Box<str>>,
    keyless_rejects: bool,
    batch: Vec<Entry>,
    counts: Counts,
    landing: &'a mut (dyn Landing + 'a),
    around: Surroundings<'a>,
}

impl Stage<'_> {
    fn take(&mut self, pulled: Pulled) -> Result<()> {
        match &mut self.sample {
            None => self.one(pulled),
            Some(sample) => {
                sample.push(pulled);
                if sample.len() >= SAMPLE_ROWS { self.release() } else { Ok(()) }
            }
        }
    }

    /// Decides by the rows held back, then lands them.
    fn release(&mut self) -> Result<()> {
        let Some(sample) = self.sample.take() else { return Ok(()) };
        let rows = sample.iter().filter_map(|p| match p {
            Pulled::Row { row, .. } => Some(row),
            _ => None,
        });
        let rows: Vec<&Map<String, Value>> = rows.collect();
        if !self.fixed_columns && !rows.is_empty() {
            let lost = self.keys.columns().iter().find(|c| rows.iter().all(|row| !row.contains_key(*c)));
            if let Some(column) = lost {
                return Err(vanished(self.source, "key", column, &paths(&rows)));
            }
        }
        self.standardiser.decide_dates(&rows);
        sample.into_iter().try_for_each(|pulled| self.one(pulled))
    }

    fn one(&mut self, pulled: Pulled) -> Result<()> {
        match pulled {
            Pulled::Present(row) => {
                if let Ok(key) = self.keys.of(&row) {
                    self.present.insert(key.into());
                }
                return Ok(());
            }
            Pulled::Reject { reject, row } => {
                match self.keys.declared(&row) {
                    Some(key) => _ = self.present.insert(key.into()),
                    None => self.keyless_rejects |= !self.keys.columns().is_empty(),
                }
                self.reject(reject)?;
            }
            Pulled::Row { place, row, original } => self.row(place, exact::row(row), original)?,
        }
        self.counts.read += 1;
        if self.counts.read.is_multiple_of(1000) {
            (self.around.progress)(self.counts.read);
        }
        Ok(())
    }

    fn row(&mut self, place: String, row: Map<String, Value>, original: Option<Vec<u8>>) -> Result<()> {
        let original = || original.unwrap_or_else(|| Value::Object(row.clone()).to_string().into_bytes());
        let refuse = |code, reason: String| {
            let original = original();
            Reject::new(place.clone(), code, reason, &original, original.len() as u64)
        };
        let key = match self.keys.of(&row) {
            Ok(key) => key,
            Err(reason) => return self.reject(refuse("K-LAND-KEY", reason)),
        };
        if !self.seen.insert(key.as_str().into()) {
            let reason = format!(
                "the key {key:?} occurs a second time in this pull. Choose a key that is unique, or remove one of the rows."
            );
            return self.reject(refuse("K-LAND-DUPLICATE-KEY", reason));
        }
        let before = self.landing.row_hash(&self.source.name, &key)?;
        if !self.everything_again && before == Some(self.landing.hash(&row)) {
            self.counts.unchanged += 1;
            return Ok(());
        }
        let values = self.standardiser.values(&row);
        let updated_at = self.source.updated_at.as_ref().and_then(|c| row.get(c)).and_then(value_text);
        let updated_at_ms = updated_at.and_then(|text| {
            timestamp_ms(&text, &self.standardiser.context(self.source.updated_at.as_deref().unwrap_or("")))
        });
        let received_at_ms = (self.around.clock)();
        let source = self.source.name.clone();
        self.counts.landed += 1;
        self.push(Entry::Record(RecordEntry { source, key, row, values, updated_at_ms, received_at_ms }))
    }

    fn reject(&mut self, reject: Reject) -> Result<()> {
        self.counts.rejected += 1;
        let original_hex = hex(&reject.original);
        self.push(Entry::Rejected(RejectedEntry {
            source: self.source.name.clone(),
            place: reject.place,
            code: reject.code.into(),
            reason: reject.reason,
            original_hex,
            original_bytes: reject.original_bytes,
            received_at_ms: (self.around.clock)(),
        }))
    }

    fn push(&mut self, entry: Entry) -> Result<()> {
        self.batch.push(entry);
        if self.batch.len() < BATCH_ENTRIES {
            return Ok(());
        }
        self.landing.append(std::mem::take(&mut self.batch))
    }

    /// Removes the rows that are gone, and writes the entry that ends the pull.
    fn end(mut self, end: PullEnd, mapping: String, previous: Option<&PulledEntry>) -> Result<Landed> {
        self.release()?;
        let mut gone: Vec<String> = Vec::new();
        if end.whole {
            self.landing.keys(&self.source.name, &mut |key| {
                if !self.seen.contains(key) && !self.present.contains(key) {
                    gone.push(key.to_string());
                }
                Ok(())
            })?;
        }
        let removals_postponed = self.keyless_rejects && !gone.is_empty();
        if !removals_postponed {
            for key in gone {
                self.counts.removed += 1;
                let (source, received_at_ms) = (self.source.name.clone(), (self.around.clock)());
                self.push(Entry::Removed(RemovedEntry { source, key, received_at_ms }))?;
            }
        }
        let Counts { read, landed, unchanged, rejected, removed } = self.counts;
        assert_eq!(read, landed + unchanged + rejected, "every row read is accounted for");
        let cursor =
            json!({ "at": end.cursor, "mapping": mapping, "day_first": self.standardiser.decisions() });
        let untouched = read == 0 && removed == 0 && previous.is_some_and(|p| p.cursor == cursor);
        let source = self.source.name.clone();
        let ended_at_ms = (self.around.clock)();
        let pulled = PulledEntry { source, cursor, read, landed, unchanged, rejected, removed, ended_at_ms };
        if !untouched {
            self.batch.push(Entry::Pulled(pulled.clone()));
            self.landing.append(std::mem::take(&mut self.batch))?;
        }
        (self.around.progress)(read);
        let (invalid, junk) = self.standardiser.findings();
        Ok(Landed { pulled, untouched, removals_postponed, invalid, junk })
    }
}
