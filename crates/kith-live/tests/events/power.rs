//! Power cuts, and a disk that lies.

use super::*;

/// Appends with re-openings; what was acknowledged, and what was under way at the end.
fn workload(dir: &Path, seams: &Seams, seed: u64) -> (u64, u64) {
    let random = SimRandom::new(seed);
    let mut acknowledged = 0;
    let Ok(mut events) = open(dir, seams) else { return (0, 0) };
    for _ in 0..8 {
        let count = 1 + random.below(5);
        // A part comes twice.
        let numbers =
            (acknowledged + 1..=acknowledged + count).chain(acknowledged.min(1)..=acknowledged.min(3));
        let sent = incoming(numbers.filter(|n| *n > 0));
        if events.append(sent).is_err() {
            return (acknowledged, count);
        }
        acknowledged += count;
        if random.below(4) == 0 {
            drop(events);
            match open(dir, seams) {
                Ok(again) => events = again,
                Err(_) => return (acknowledged, 0),
            }
        }
    }
    (acknowledged, 0)
}

fn cut_and_check(disk: &SimDisk, at: u64, seed: u64) -> Result<bool, String> {
    let dir = tempfile::tempdir().unwrap();
    let seams = seams(Some(disk));
    disk.cut_at(at);
    let before = disk.operations();
    let (acknowledged, maybe) = workload(dir.path(), &seams, seed);
    let finished = disk.operations() - before < at;
    disk.power_on();
    let events = open(dir.path(), &seams).map_err(|e| e.to_string())?;
    check(&events, acknowledged, maybe)?;
    Ok(finished)
}

#[test]
fn a_power_cut_loses_nothing_that_was_acknowledged_and_counts_nothing_twice() {
    cut_everywhere(cut_and_check);
}

#[test]
fn a_disk_that_lies_about_fsync_is_caught() {
    let caught = (0..40).any(|at| cut_and_check(&SimDisk::lying(3), at, 3).is_err());
    assert!(caught, "the check can not see a loss");
}
