//! The seams: time, disk and randomness come in as parameters, so that a test can stop time, tear a write, cut the
//! power and replay all of it from a seed.
//!
//! The log does all its I/O through [`Disk`]. The node store (fjall) and the search index (tantivy) do their own,
//! on real paths: both are projections that can be dropped, so what must be proved about them is only that they are
//! never ahead of the log and always equal to it after opening.

mod real;
pub mod sim;

pub use real::{RealClock, RealDisk, RealRandom};

use std::io;
use std::path::Path;
use std::sync::Arc;

/// What time it is.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970 UTC.
    fn now_ms(&self) -> i64;
}

/// Where unguessable numbers come from.
pub trait Random: Send + Sync {
    /// The next number.
    fn next_u64(&self) -> u64;
}

/// A file system, as little of it as a log needs. Every call may fail, and what is not synced may be gone.
pub trait Disk: Send + Sync {
    /// Makes a directory and its parents, each entered durably in its parent.
    fn create_dir_all(&self, path: &Path) -> io::Result<()>;
    /// Makes a file that must not exist. Durable only after [`DiskFile::sync`] and [`Disk::sync_dir`].
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    /// Opens a file that must exist, to read and append.
    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    /// The names in a directory, sorted.
    fn list(&self, dir: &Path) -> io::Result<Vec<String>>;
    /// Replaces `to` by `from`. Durable only after [`Disk::sync_dir`].
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file. Durable only after [`Disk::sync_dir`].
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Makes the directory's entries durable.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;
    /// Bytes that can still be written where this folder is.
    fn available(&self, dir: &Path) -> io::Result<u64>;
    /// Makes a file that takes so many bytes of the disk, whatever is in it.
    fn reserve(&self, path: &Path, bytes: u64) -> io::Result<()>;
    /// Takes the lock file at `path`, made if missing; `WouldBlock` if another holder has it. Held until dropped; a
    /// lock whose process died is free.
    fn lock(&self, path: &Path) -> io::Result<Box<dyn Lock>>;
}

/// An open file.
pub trait DiskFile: Send + Sync {
    /// Writes at the end; may write less than given, as `write(2)` may.
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize>;
    /// Reads at an offset; 0 = end of file.
    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize>;
    /// Cuts the file to `len` bytes.
    fn truncate(&mut self, len: u64) -> io::Result<()>;
    /// Makes content and length durable. After an error the un-synced bytes must be taken as lost, whatever a
    /// second call says (fsync reports an error once and then forgets it).
    fn sync(&mut self) -> io::Result<()>;
    /// Its length.
    fn len(&self) -> io::Result<u64>;
    /// True for a file without content.
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }
}

/// A held lock; dropping it gives it back.
pub trait Lock: Send + Sync {}

/// Everything that the outside world does to this crate.
#[derive(Clone)]
pub struct Seams {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Files of the log.
    pub disk: Arc<dyn Disk>,
    /// Randomness.
    pub random: Arc<dyn Random>,
}

impl Seams {
    /// The machine's own clock, disk and randomness.
    pub fn real() -> Self {
        Seams { clock: Arc::new(RealClock), disk: Arc::new(RealDisk), random: Arc::new(RealRandom) }
    }
}

/// Appends everything, however often the disk takes only a part; interruptions are tried again.
pub(crate) fn append_all(file: &mut dyn DiskFile, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.append(bytes) {
            Ok(0) => return Err(io::Error::new(io::ErrorKind::WriteZero, "the disk takes no more bytes")),
            Ok(n) => bytes = bytes.get(n..).unwrap_or(&[]),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

/// Reads until `into` is full or the file ends; says how much was read.
pub(crate) fn read_full(file: &dyn DiskFile, offset: u64, into: &mut [u8]) -> io::Result<usize> {
    let mut done = 0;
    while done < into.len() {
        let Some(rest) = into.get_mut(done..) else { break };
        match file.read_at(offset + done as u64, rest) {
            Ok(0) => break,
            Ok(n) => done += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(done)
}
