//! One tenant's memory: log, store and search behind one handle.

mod catalogs;
mod decisions;
mod find;
mod nodes;
mod profiles;
mod touched;

pub use nodes::ValueVersion;
pub use profiles::ProfileState;
pub use touched::Assigned;

use crate::error::{LiveError, Result};
use crate::log::{Log, Reader, Recovery};
use crate::seams::{Lock, Seams, append_all, read_full};
use crate::search::Search;
use crate::store::{Projector, Store};
use crate::verify::{self, VerifyReport};
use kith_core::entry::Entry;
use kith_core::id::{Position, Tenant};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The newest data directory that this Kith reads, and the one it makes. 2: the log may hold decisions. 3: there may be
/// events, and records of those who they are about. An older
/// directory is marked when it is opened, so that an older Kith says that it is too old instead of seeing damage.
pub const FORMAT: u32 = 3;

/// One tenant's log, store and search index. Cheap to clone; any thread may use it.
#[derive(Clone)]
pub struct Live(Arc<Inner>);

struct Inner {
    // Dropped in this order: the directory is free only when everything in it is closed.
    search: Search,
    store: Store,
    log: Log,
    tenant: Tenant,
    dir: PathBuf,
    seams: Seams,
    /// One writer at a time: positions reach the store in order.
    writing: Mutex<()>,
    _lock: Box<dyn Lock>,
}

impl Live {
    /// Opens a tenant's memory in a data directory (`.kith`), made if missing.
    ///
    /// 1. Takes the directory's lock; refuses a newer format.
    /// 2. Recovers the log (see [`Live::recovery`]).
    /// 3. Brings the store up to the log's position; a store of another log is emptied first.
    pub fn open(data_dir: &Path, tenant: &Tenant, seams: Seams) -> Result<Live> {
        seams.disk.create_dir_all(data_dir).map_err(LiveError::disk("create", data_dir))?;
        let lock_path = data_dir.join("LOCK");
        let lock = seams.disk.lock(&lock_path).map_err(|e| match e.kind() {
            ErrorKind::WouldBlock => LiveError::Busy { path: data_dir.into() },
            _ => LiveError::disk("lock", &lock_path)(e),
        })?;
        check_format(data_dir, &seams)?;
        let store_dir = data_dir.join("store").join(tenant.as_str());
        let (kv, stored) = Store::open(&store_dir)?;
        let log_dir = data_dir.join("log").join(tenant.as_str());
        let log = Log::open(&log_dir, seams.disk.clone(), seams.random.as_ref(), stored)?;
        let store = Store::new(kv, log.id());
        let search = Search::open(&data_dir.join("search").join(tenant.as_str()))?;
        if stored.0 != log.id() || stored.1 > log.position() {
            store.clear()?;
        }
        let (tenant, dir, writing) = (tenant.clone(), data_dir.to_path_buf(), Mutex::new(()));
        let live = Live(Arc::new(Inner { search, store, log, tenant, dir, seams, writing, _lock: lock }));
        live.catch_up()?;
        Ok(live)
    }

    /// What opening found in the log: a torn tail, damage.
    pub fn recovery(&self) -> &Recovery {
        self.0.log.recovery()
    }

    /// Whose memory it is.
    pub fn tenant(&self) -> &Tenant {
        &self.0.tenant
    }

    /// Appends entries as one group and applies them to the store. When it returns, they are on the disk; the result
    /// is the position of the last one, and the first one's is `last - len + 1`.
    ///
    /// An error of the log means that nothing was kept. An error of the store ([`LiveError::Store`]) means that the
    /// entries are kept, and the store catches up when it is opened again.
    pub fn append(&self, entries: &[Entry]) -> Result<Position> {
        self.append_and(entries, |mut projector, _| projector.commit())
    }

    /// Appends entries and applies them to the store; `keep` writes what that changes, up to the last position. A store
    /// that lags catches up instead.
    fn append_and(
        &self,
        entries: &[Entry],
        keep: impl FnOnce(Projector<'_>, Position) -> Result<()>,
    ) -> Result<Position> {
        let _writing = self.0.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.0.log.position();
        let last = self.0.log.append(entries)?;
        if self.0.store.position()? != before {
            self.catch_up()?;
            return Ok(last);
        }
        let mut projector = self.0.store.projector();
        for (entry, position) in entries.iter().zip(before.0 + 1..) {
            projector.apply(Position(position), entry)?;
        }
        keep(projector, last)?;
        Ok(last)
    }

    /// The last position.
    pub fn position(&self) -> Position {
        self.0.log.position()
    }

    /// The log from a position on, up to the end as it is now. An error item names damage found since opening; what
    /// comes behind it follows.
    pub fn log_from(&self, from: Position) -> Reader {
        self.0.log.read(from)
    }

    /// Bytes of the log on disk.
    pub fn log_bytes(&self) -> u64 {
        self.0.log.bytes()
    }

    /// Reads everything again and compares every projection with the log.
    pub fn verify(&self) -> Result<VerifyReport> {
        let _writing = self.0.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let beside = self.0.dir.join("store").join(format!("{}.verify", self.0.tenant.as_str()));
        verify::verify(&self.0.log, &self.0.store, self.0.search.position(), &beside)
    }

    /// Drops store and search index and makes them anew from the log. The merge trees come back with the next
    /// resolution.
    pub fn rebuild(&self) -> Result<()> {
        let _writing = self.0.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.store.clear()?;
        self.0.search.clear()?;
        self.catch_up()?;
        self.index()
    }

    /// The clock of this memory.
    pub fn now_ms(&self) -> i64 {
        self.0.seams.clock.now_ms()
    }

    fn catch_up(&self) -> Result<()> {
        let from = Position(self.0.store.position()?.0 + 1);
        if from > self.0.log.position() {
            return Ok(());
        }
        let mut projector = self.0.store.projector();
        for item in self.0.log.read(from) {
            match item {
                Ok((position, entry)) => {
                    projector.apply(position, &entry)?;
                    projector.mark_behind(position, &entry)?;
                }
                // Found since opening: `verify` names it, and the rest is served.
                Err(LiveError::Corrupt { .. }) => {}
                Err(e) => return Err(e),
            }
        }
        projector.commit()
    }
}

/// Refuses a data directory of a newer Kith; marks a new one.
fn check_format(dir: &Path, seams: &Seams) -> Result<()> {
    let path = dir.join("format.json");
    match seams.disk.open(&path) {
        Ok(file) => {
            let mut bytes = vec![0; 4096];
            let got = read_full(file.as_ref(), 0, &mut bytes).map_err(LiveError::disk("read", &path))?;
            bytes.truncate(got);
            let value: Option<serde_json::Value> = serde_json::from_slice(&bytes).ok();
            let format = value.and_then(|v| v.get("format")?.as_u64()).and_then(|f| u32::try_from(f).ok());
            match format {
                Some(found) if found > FORMAT => Err(LiveError::NewerFormat { path, found, known: FORMAT }),
                Some(FORMAT) => Ok(()),
                Some(_) => mark_format(dir, &path, seams),
                None => Err(LiveError::corrupt(&path, 0, "it does not say {\"format\": 3}")),
            }
        }
        Err(e) if e.kind() == ErrorKind::NotFound => mark_format(dir, &path, seams),
        Err(e) => Err(LiveError::disk("open", &path)(e)),
    }
}

fn mark_format(dir: &Path, path: &Path, seams: &Seams) -> Result<()> {
    let new = dir.join("format.new");
    let mut file = match seams.disk.create(&new) {
        Err(e) if e.kind() == ErrorKind::AlreadyExists => seams.disk.open(&new),
        other => other,
    }
    .map_err(LiveError::disk("create", &new))?;
    file.truncate(0).map_err(LiveError::disk("truncate", &new))?;
    let text = format!("{{\"format\":{FORMAT}}}\n");
    append_all(file.as_mut(), text.as_bytes()).map_err(LiveError::disk("write to", &new))?;
    file.sync().map_err(LiveError::disk("sync", &new))?;
    seams.disk.rename(&new, path).map_err(LiveError::disk("rename", &new))?;
    seams.disk.sync_dir(dir).map_err(LiveError::disk("sync", dir))
}
