//! What tests of events share: a stopped clock on a simulated disk, and a walk over every third place to cut its power.

use kith_live::Seams;
use kith_live::seams::sim::{SimClock, SimDisk, SimRandom};
use std::sync::Arc;

/// A clock that stands still, and the given disk; the machine's own disk where there is none.
pub fn seams(disk: Option<&SimDisk>) -> Seams {
    let mut seams = Seams::real();
    seams.clock = Arc::new(SimClock(0.into()));
    if let Some(disk) = disk {
        seams.disk = Arc::new(disk.clone());
        seams.random = Arc::new(SimRandom::new(7));
    }
    seams
}

/// Cuts the power at every third operation, for three seeds, until the work is done before the cut. `cut_and_check` says whether
/// it was, or what is wrong.
pub fn cut_everywhere(cut_and_check: impl Fn(&SimDisk, u64, u64) -> Result<bool, String>) {
    let mut cuts = 0;
    for seed in 0..3 {
        for at in (seed % 3..).step_by(3) {
            let finished = cut_and_check(&SimDisk::new(seed), at, seed);
            assert!(finished.is_ok(), "seed {seed}, cut at {at}: {}", finished.unwrap_err());
            cuts += 1;
            if finished == Ok(true) {
                break;
            }
        }
    }
    assert!(cuts > 30, "only {cuts} cuts");
}
