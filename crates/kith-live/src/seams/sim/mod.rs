//! A simulated machine: a disk in memory that tears writes, fails fsync and loses un-synced data when its power is
//! cut, all from a seed.
//!
//! 1. Given: each file has what is durable, and the un-synced writes since; each directory entry is durable or not.
//! 2. Every call counts as one operation. At the operation chosen by [`SimDisk::cut_at`] the power goes: that call
//!    and all later ones fail.
//! 3. [`SimDisk::power_on`] decides by seed what survived: of each file's un-synced bytes a prefix, or a prefix with
//!    lost (zero) or garbled sectors inside, as a disk writes pages in any order; of un-synced directory entries
//!    any subset.
//! 4. A failed fsync reports once and marks the pages clean, as Linux does: a second fsync says "done" and the
//!    bytes are still lost at the next cut.

mod disk;

use super::{Clock, DiskFile, Random};
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How much a disk loses at once when it loses a page.
const SECTOR_BYTES: usize = 512;

/// A clock that moves only when told.
pub struct SimClock(pub AtomicI64);

impl Clock for SimClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Numbers from a seed (splitmix64).
pub struct SimRandom(AtomicU64);

impl SimRandom {
    /// The sequence of this seed.
    pub fn new(seed: u64) -> Self {
        SimRandom(AtomicU64::new(seed))
    }
    /// A number below `bound` (0 for a bound of 0).
    pub fn below(&self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.next_u64() % bound }
    }
}

impl Random for SimRandom {
    fn next_u64(&self) -> u64 {
        let x = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst).wrapping_add(0x9e37_79b9_7f4a_7c15);
        kith_core::mix::finish(x)
    }
}

#[derive(Clone, Default)]
struct Inode {
    durable: Vec<u8>,
    current: Vec<u8>,
    /// Bytes from here on were dropped by a failed fsync: no later fsync brings them back.
    poisoned_from: Option<usize>,
}

#[derive(Default)]
struct State {
    inodes: FxHashMap<u64, Inode>,
    next_inode: u64,
    current: BTreeMap<PathBuf, u64>,
    durable: BTreeMap<PathBuf, u64>,
    dirs: BTreeSet<PathBuf>,
    locks: BTreeSet<PathBuf>,
    operations: u64,
    syncs: u64,
    cut_at: Option<u64>,
    fail_sync_at: Option<u64>,
    full_after_bytes: Option<u64>,
    off: bool,
    boot: u64,
}

/// The disk. Clones are handles to the same one.
#[derive(Clone)]
pub struct SimDisk {
    state: Arc<Mutex<State>>,
    random: Arc<SimRandom>,
    lie_about_sync: bool,
}

impl SimDisk {
    /// An empty disk whose accidents follow from the seed.
    pub fn new(seed: u64) -> Self {
        SimDisk { state: Arc::default(), random: Arc::new(SimRandom::new(seed)), lie_about_sync: false }
    }

    /// A disk whose `sync` does nothing and says "done": the negative control of every power-cut test.
    pub fn lying(seed: u64) -> Self {
        SimDisk { lie_about_sync: true, ..SimDisk::new(seed) }
    }

    /// Cuts the power at the `n`-th operation from now (0 = the next one).
    pub fn cut_at(&self, n: u64) {
        let mut s = self.lock_state();
        s.cut_at = Some(s.operations + n);
    }

    /// The `n`-th sync from now (0 = the next one) reports an I/O error and loses the bytes it should have kept.
    pub fn fail_sync_at(&self, n: u64) {
        let mut s = self.lock_state();
        s.fail_sync_at = Some(s.syncs + n);
    }

    /// The disk is full after this many more bytes; `None` = room again.
    pub fn full_after(&self, bytes: Option<u64>) {
        self.lock_state().full_after_bytes = bytes;
    }

    /// How many operations there were.
    pub fn operations(&self) -> u64 {
        self.lock_state().operations
    }

    /// Cuts the power if it is still on, decides what survived, and switches on again. Old handles stay dead.
    pub fn power_on(&self) {
        let mut guard = self.lock_state();
        let s = &mut *guard;
        // A changed name is as it was or as it became, never anything between: a rename is atomic.
        let mut names = BTreeMap::new();
        for path in s.durable.keys().chain(s.current.keys()).collect::<BTreeSet<_>>() {
            let (before, after) = (s.durable.get(path), s.current.get(path));
            let kept = if before == after || self.random.below(2) == 0 { after } else { before };
            names.extend(kept.map(|inode| (path.clone(), *inode)));
        }
        let mut inodes: Vec<(&u64, &mut Inode)> = s.inodes.iter_mut().collect();
        inodes.sort_by_key(|(id, _)| **id);
        for (_, inode) in inodes {
            self.lose(inode);
        }
        s.current = names.clone();
        s.durable = names;
        s.locks.clear();
        s.cut_at = None;
        s.fail_sync_at = None;
        s.off = false;
        s.boot += 1;
    }

    /// What a test does to a file behind everybody's back: bit rot, swapped blocks, an old copy.
    pub fn tamper(&self, path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
        let mut s = self.lock_state();
        let Some(id) = s.current.get(path).copied() else { return };
        if let Some(inode) = s.inodes.get_mut(&id) {
            change(&mut inode.current);
            inode.durable = inode.current.clone();
        }
    }

    /// Decides how much of the un-synced writes reached the platter.
    fn lose(&self, inode: &mut Inode) {
        let limit = inode.poisoned_from.take().unwrap_or(inode.current.len()).min(inode.current.len());
        let (durable, written) = (inode.durable.len(), limit);
        if inode.current.get(..durable.min(written)) != inode.durable.get(..durable.min(written))
            || written < durable
        {
            // An un-synced truncation: it happened or it did not.
            if self.random.below(2) == 0 {
                inode.current = inode.durable.clone();
            } else {
                inode.current.truncate(limit);
            }
        } else {
            let keep = durable + self.random.below((written - durable) as u64 + 1) as usize;
            inode.current.truncate(keep);
            self.garble(&mut inode.current, durable);
        }
        inode.durable = inode.current.clone();
    }

    /// Zeros or garbles some un-synced sectors, sometimes.
    fn garble(&self, bytes: &mut [u8], from: usize) {
        if self.random.below(3) != 0 {
            return;
        }
        let fill = if self.random.below(2) == 0 { 0 } else { self.random.next_u64() as u8 };
        let mut start = from;
        while start < bytes.len() {
            let end = ((start / SECTOR_BYTES + 1) * SECTOR_BYTES).min(bytes.len());
            if self.random.below(3) == 0
                && let Some(sector) = bytes.get_mut(start..end)
            {
                sector.fill(fill);
            }
            start = end;
        }
    }

    fn lock_state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn operate(&self) -> io::Result<MutexGuard<'_, State>> {
        let mut s = self.lock_state();
        let now = s.operations;
        s.operations += 1;
        if s.cut_at.is_some_and(|at| now >= at) {
            s.off = true;
        }
        if s.off { Err(io::Error::other("the power is off")) } else { Ok(s) }
    }

    fn handle(&self, inode: u64, boot: u64) -> Box<dyn DiskFile> {
        Box::new(disk::SimFile { disk: self.clone(), inode, boot })
    }
}
