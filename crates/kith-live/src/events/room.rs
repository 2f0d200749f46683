//! Room on the disk: events are refused before it is full, so that what was accepted can still be stored, and taken again when
//! there is room, without anybody doing anything.
//!
//! 1. A file of [`RESERVE_BYTES`] is kept for the worst case: another program fills the disk at once.
//! 2. With less than [`LOW_BYTES`] left nothing more is taken, and the reserve is given up: reading, the log and the store go on.
//! 3. With room for both again, the reserve is made anew and events are taken.

use crate::seams::Disk;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Below this nothing more is taken.
const LOW_BYTES: u64 = 64 << 20;
/// What is kept for the worst case.
const RESERVE_BYTES: u64 = 32 << 20;
/// How much more than both there has to be before events are taken again.
const MARGIN_BYTES: u64 = 16 << 20;
/// How often the disk is asked.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// How much room there is.
pub(super) struct Room {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    low: AtomicBool,
    looked: Mutex<Option<Instant>>,
}

impl Room {
    pub(super) fn new(disk: Arc<dyn Disk>, dir: PathBuf) -> Room {
        let room = Room { disk, dir, low: AtomicBool::new(false), looked: Mutex::new(None) };
        room.look();
        room
    }

    /// True while nothing more may be taken.
    pub(super) fn low(&self) -> bool {
        self.low.load(Ordering::Relaxed)
    }

    /// Asks the disk, now and then.
    pub(super) fn look(&self) {
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        if looked.is_some_and(|at| at.elapsed() < LOOK_EVERY) {
            return;
        }
        *looked = Some(Instant::now());
        let free = self.free();
        let reserve = self.dir.join("reserve");
        if free < LOW_BYTES {
            self.give_up_reserve();
        } else if self.disk.open(&reserve).is_ok() {
            self.low.store(false, Ordering::Relaxed);
        } else if free >= LOW_BYTES + RESERVE_BYTES + MARGIN_BYTES {
            // A file system that can not reserve is used without.
            let made = self.disk.reserve(&reserve, RESERVE_BYTES);
            self.low.store(made.is_err() && self.free() < LOW_BYTES, Ordering::Relaxed);
        }
    }

    /// The disk was full just now.
    pub(super) fn give_up_reserve(&self) {
        self.low.store(true, Ordering::Relaxed);
        // There may be none.
        let _ = self.disk.remove(&self.dir.join("reserve"));
    }

    /// True if so much can be written without filling the disk.
    pub(super) fn takes(&self, bytes: usize) -> bool {
        self.free() >= bytes as u64 + MARGIN_BYTES
    }

    /// Where the disk does not say, there is room until a write fails.
    fn free(&self) -> u64 {
        self.disk.available(&self.dir).unwrap_or(u64::MAX)
    }
}
