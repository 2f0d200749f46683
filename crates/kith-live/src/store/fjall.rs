//! The key-value store in the process: fjall, an LSM tree.

use super::kv::{Changes, Home, KeyValue, Pairs, Space};
use crate::error::{LiveError, Result};
use std::ops::Bound;
use std::path::{Path, PathBuf};

/// What a home keeps in memory before it writes a file. Those of records must not be noticed beside a resolution; those of
/// events, which change all the time, need fewer compactions in larger pieces (answers at
/// 20,000 events/s: p99 11 ms instead of 20).
const MEMTABLE_BYTES: u64 = 16 << 20;
const MEMTABLE_BYTES_OF_EVENTS: u64 = 64 << 20;
/// What all homes keep in memory at most: a thread that puts files together may be at it for seconds, and nothing is written
/// out meanwhile.
const MEMORY_BYTES_MAX: u64 = 256 << 20;
/// Less than this in memory is not worth a file when closing.
const FLUSH_BYTES: u64 = 4 << 20;

/// Opens the spaces of these homes. What can not be opened is removed, and filled again from its log.
pub(crate) fn open(path: &Path, homes: &[Home]) -> Result<Fjall> {
    let make = || std::fs::create_dir_all(path).map_err(LiveError::disk("create", path));
    make()?;
    Fjall::open(path, homes).or_else(|_| {
        std::fs::remove_dir_all(path).map_err(LiveError::disk("remove", path))?;
        make()?;
        Fjall::open(path, homes)
    })
}

/// fjall, an LSM tree in the process.
pub(crate) struct Fjall {
    path: PathBuf,
    db: fjall::Database,
    homes: Vec<(Home, fjall::Keyspace)>,
}

impl Fjall {
    pub(crate) fn open(path: &Path, homes: &[Home]) -> Result<Self> {
        let failed = |e: fjall::Error| LiveError::Store { path: path.into(), what: e.to_string() };
        let db = fjall::Database::builder(path)
            .cache_size(64 << 20)
            // Two take both cores from those who wait for an answer (at 20,000 events/s: p99 31 ms instead of 20).
            .worker_threads(1)
            .max_journaling_size(256 << 20)
            .open()
            .map_err(failed)?;
        let mut opened = Vec::new();
        for home in homes {
            let memory = if Home::EVENTS.contains(home) { MEMTABLE_BYTES_OF_EVENTS } else { MEMTABLE_BYTES };
            let options = || fjall::KeyspaceCreateOptions::default().max_memtable_size(memory);
            opened.push((*home, db.keyspace(home.name(), options).map_err(failed)?));
        }
        Ok(Fjall { path: path.into(), db, homes: opened })
    }

    fn home(&self, home: Home) -> Result<&fjall::Keyspace> {
        let mut found = self.homes.iter().filter(|(h, _)| *h == home).map(|(_, keyspace)| keyspace);
        found.next().ok_or_else(|| self.failed("a key space is missing"))
    }

    fn failed(&self, what: impl std::fmt::Display) -> LiveError {
        LiveError::Store { path: self.path.clone(), what: what.to_string() }
    }
}

impl Drop for Fjall {
    /// Writes what is in memory to its files, so that the next opening need not replay it from the journal (0.2 s
    /// instead of 1 s for 60,000 records). Nothing depends on it: the journal has everything.
    fn drop(&mut self) {
        if self.db.write_buffer_size() > FLUSH_BYTES {
            for (_, keyspace) in &self.homes {
                let _ = keyspace.rotate_memtable_and_wait();
            }
        }
    }
}

impl KeyValue for Fjall {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let value = self.home(space.home())?.get(space.key(key)).map_err(|e| self.failed(e))?;
        Ok(value.map(|v| v.to_vec()))
    }
    fn range(&self, space: Space, from: &[u8], to: Option<&[u8]>) -> Pairs {
        let keyspace = match self.home(space.home()) {
            Ok(keyspace) => keyspace,
            Err(e) => return Box::new(std::iter::once(Err(e))),
        };
        let end = to.map_or_else(|| vec![space as u8 + 1], |to| space.key(to));
        let path = self.path.clone();
        let pairs = keyspace.range::<Vec<u8>, _>((Bound::Included(space.key(from)), Bound::Excluded(end)));
        Box::new(pairs.map(move |guard| {
            let failed = |e: fjall::Error| LiveError::Store { path: path.clone(), what: e.to_string() };
            let pair = guard.into_inner().map_err(failed)?;
            Ok((pair.0.get(1..).unwrap_or_default().to_vec(), pair.1.to_vec()))
        }))
    }
    fn commit(&self, changes: Changes) -> Result<()> {
        self.write(changes, fjall::PersistMode::SyncData)
    }
    /// Left in the operating system's buffers (measured: lost in a power cut).
    fn commit_soon(&self, changes: Changes) -> Result<()> {
        self.write(changes, fjall::PersistMode::Buffer)
    }
    fn clear(&self, home: Home) -> Result<()> {
        let home = self.home(home)?;
        // A clearing stands in the journal, and each opening replays it with all that follows: never for nothing.
        match home.is_empty().map_err(|e| self.failed(e))? {
            true => Ok(()),
            false => home.clear().map_err(|e| self.failed(e)),
        }
    }
}

impl Fjall {
    fn write(&self, changes: Changes, mode: fjall::PersistMode) -> Result<()> {
        while self.db.write_buffer_size() > MEMORY_BYTES_MAX {
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        let mut batch = self.db.batch().durability(Some(mode));
        // In order of key, neighbours go to the same place in memory: a third of the work for a large batch.
        let mut pairs: Vec<_> = changes.pairs.into_iter().collect();
        pairs.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        for ((space, key), value) in pairs {
            let home = self.home(space.home())?;
            match value {
                Some(value) => batch.insert(home, space.key(&key), value),
                None => batch.remove(home, space.key(&key)),
            }
        }
        batch.commit().map_err(|e| self.failed(e))
    }
}
