//! Power cuts, failed fsyncs and damage, each from a seed: what was acknowledged is there, once and equal; of what was
//! not, there is all or nothing. The negative control (a disk that lies about fsync) must be caught.

use kith_core::entry::{Entry, RecordEntry};
use kith_core::id::{Position, SourceName};
use kith_live::LiveError;
use kith_live::log::Log;
use kith_live::seams::sim::{SimDisk, SimRandom};
use kith_live::seams::{Disk, Random};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;

const DIR: &str = "/data/log/default";
/// Small, so that a short history crosses several segments.
const SEGMENT_BYTES: u64 = 4_000;

fn open(disk: &SimDisk) -> Result<Log, LiveError> {
    let random = SimRandom::new(7);
    Log::open_with(Path::new(DIR), Arc::new(disk.clone()), &random, (0, Position(0)), SEGMENT_BYTES)
}

/// An entry that only its number determines, 100 to 1,500 bytes long.
fn entry(n: u64) -> Entry {
    let random = SimRandom::new(n);
    let cell = "x".repeat(random.below(1_400) as usize);
    Entry::Record(RecordEntry {
        source: SourceName::try_from("crm").unwrap(),
        key: format!("key-{n}"),
        row: json!({"n": n, "cell": cell}).as_object().unwrap().clone(),
        values: Vec::new(),
        updated_at_ms: None,
        received_at_ms: n as i64,
    })
}

/// What the clients of the log know.
#[derive(Default)]
struct Oracle {
    acknowledged: u64,
    /// The append that was under way when things broke.
    attempted: u64,
}

impl Oracle {
    /// Appends `count` entries and remembers what the log said.
    fn append(&mut self, log: &Log, count: u64) -> Result<(), LiveError> {
        self.attempted = count;
        let entries: Vec<Entry> = (0..count).map(|i| entry(self.acknowledged + 1 + i)).collect();
        let position = log.append(&entries)?;
        assert_eq!(position.0, self.acknowledged + count);
        self.acknowledged = position.0;
        self.attempted = 0;
        Ok(())
    }

    /// Everything acknowledged is there once and equal; the rest wholly or not at all.
    fn check(&mut self, log: &Log) -> Result<(), String> {
        if !log.recovery().lost.is_empty() {
            return Err(format!("lost {:?}", log.recovery().lost));
        }
        let mut seen = 0;
        for item in log.read(Position(1)) {
            let (position, found) = item.map_err(|e| e.to_string())?;
            seen += 1;
            if position.0 != seen {
                return Err(format!("position {} where {seen} should be", position.0));
            }
            if found != entry(seen) {
                return Err(format!("the entry at {seen} is another one"));
            }
        }
        let whole = [self.acknowledged, self.acknowledged + self.attempted];
        if !whole.contains(&seen) || log.position().0 != seen {
            return Err(format!(
                "{seen} entries, acknowledged {}, under way {}",
                self.acknowledged, self.attempted
            ));
        }
        self.acknowledged = seen;
        self.attempted = 0;
        Ok(())
    }
}

/// Some appends, with a reopening now and then.
fn workload(disk: &SimDisk, oracle: &mut Oracle, seed: u64) -> Result<(), LiveError> {
    let random = SimRandom::new(seed);
    let mut log = open(disk)?;
    for _ in 0..12 {
        oracle.append(&log, 1 + random.below(5))?;
        if random.below(4) == 0 {
            drop(log);
            log = open(disk)?;
        }
    }
    Ok(())
}

/// Runs the workload with a cut at one operation, recovers, goes on, and cuts once more.
fn cut_and_check(disk: &SimDisk, at: u64, seed: u64) -> Result<bool, String> {
    let mut oracle = Oracle::default();
    disk.cut_at(at);
    let finished = workload(disk, &mut oracle, seed).is_ok();
    disk.power_on();
    let log = open(disk).map_err(|e| e.to_string())?;
    oracle.check(&log)?;
    oracle.append(&log, 3).map_err(|e| e.to_string())?;
    drop(log);
    disk.power_on();
    let log = open(disk).map_err(|e| e.to_string())?;
    oracle.check(&log)?;
    Ok(finished)
}

#[test]
fn a_power_cut_at_any_operation_loses_nothing_that_was_acknowledged() {
    let mut cuts = 0;
    for seed in 0..40 {
        for at in 0.. {
            let finished = cut_and_check(&SimDisk::new(seed * 1_000 + at), at, seed);
            cuts += 1;
            match finished {
                Ok(true) => break,
                Ok(false) => {}
                Err(what) => panic!("seed {seed}, cut at operation {at}: {what}"),
            }
        }
    }
    assert!(cuts > 2_000, "only {cuts} cuts");
}

#[test]
fn the_harness_catches_a_disk_that_lies_about_fsync() {
    let caught = (0..50).filter(|at| cut_and_check(&SimDisk::lying(*at), 20 + at, *at).is_err()).count();
    assert!(caught > 10, "only {caught} of 50 cuts on a lying disk were caught");
}

#[test]
fn after_a_failed_fsync_nothing_is_acknowledged_until_the_log_is_opened_again() {
    for seed in 0..20 {
        for at in 0..40 {
            let disk = SimDisk::new(seed * 100 + at);
            let mut oracle = Oracle::default();
            disk.fail_sync_at(at);
            let broken = fail_and_insist(&disk, &mut oracle, seed);
            let log = open(&disk).unwrap();
            oracle.check(&log).unwrap_or_else(|e| panic!("seed {seed}, sync {at}, {broken}: {e}"));
            let position = log.position();
            drop(log);
            // What was served after the opening must survive, although its first fsync had failed.
            disk.power_on();
            let log = open(&disk).unwrap();
            assert_eq!(log.position(), position, "seed {seed}, sync {at}");
            oracle.check(&log).unwrap_or_else(|e| panic!("seed {seed}, sync {at}, after the cut: {e}"));
        }
    }
}

fn fail_and_insist(disk: &SimDisk, oracle: &mut Oracle, seed: u64) -> bool {
    let random = SimRandom::new(seed);
    let Ok(log) = open(disk) else { return true };
    for _ in 0..12 {
        if oracle.append(&log, 1 + random.below(5)).is_err() {
            let again = log.append(&[entry(1)]);
            assert!(matches!(again, Err(LiveError::Closed { .. })), "{again:?}");
            return true;
        }
    }
    false
}

#[test]
fn a_full_disk_loses_nothing_and_the_log_goes_on_when_there_is_room() {
    for room in (0..6_000).step_by(97) {
        let disk = SimDisk::new(room);
        let mut oracle = Oracle::default();
        let log = open(&disk).unwrap();
        oracle.append(&log, 2).unwrap();
        disk.full_after(Some(room));
        while oracle.append(&log, 2).is_ok() {}
        disk.full_after(None);
        oracle.append(&log, 2).unwrap();
        drop(log);
        let log = open(&disk).unwrap();
        oracle.check(&log).unwrap();
        oracle.append(&log, 2).unwrap();
    }
}

/// The log's files as they are on the disk.
fn segments(disk: &SimDisk) -> Vec<std::path::PathBuf> {
    let names = disk.list(Path::new(DIR)).unwrap();
    names.iter().filter(|n| n.ends_with(".log")).map(|n| Path::new(DIR).join(n)).collect()
}

fn filled(seed: u64, batches: u64) -> SimDisk {
    let disk = SimDisk::new(seed);
    let mut oracle = Oracle::default();
    let log = open(&disk).unwrap();
    (0..batches).for_each(|_| oracle.append(&log, 3).unwrap());
    disk
}

#[test]
fn the_tail_may_be_cut_at_every_byte_and_refilled_with_rubbish() {
    let (disk, short) = (filled(1, 1), filled(1, 2));
    let path = segments(&disk)[0].clone();
    let length = |disk: &SimDisk| disk.open(&path).unwrap().len().unwrap() as usize;
    let (from, to) = (length(&disk), length(&short));
    assert_eq!(segments(&short).len(), 1);
    for cut in from..to {
        for rubbish in 0..3 {
            let disk = filled(1, 2);
            let mut whole = false;
            disk.tamper(&path, |bytes| {
                let written = bytes.clone();
                let old = bytes[36..400.min(from)].to_vec();
                bytes.truncate(cut);
                match rubbish {
                    0 => {}
                    1 => bytes.resize(to, 0),
                    _ => bytes.extend(old),
                }
                // A last byte that is zero anyway is not missed.
                whole = *bytes == written;
            });
            if whole {
                continue;
            }
            let log = open(&disk).unwrap();
            assert_eq!(log.position(), Position(3), "cut at {cut}, rubbish {rubbish}");
            assert!(log.recovery().lost.is_empty());
            let found: Vec<Entry> = log.read(Position(0)).map(|item| item.unwrap().1).collect();
            assert_eq!(found, (1..=3).map(entry).collect::<Vec<_>>());
            assert_eq!(log.append(&[entry(4)]).unwrap(), Position(4));
        }
    }
}

#[test]
fn damage_in_the_middle_is_named_and_the_rest_is_kept() {
    let random = SimRandom::new(3);
    for round in 0..1_000 {
        let disk = filled(2, 8);
        let paths = segments(&disk);
        let path = &paths[random.below(paths.len() as u64) as usize];
        let last = path == paths.last().unwrap();
        disk.tamper(path, |bytes| {
            let at = random.below(bytes.len() as u64) as usize;
            bytes[at] ^= 1 << random.below(8);
        });
        let log = open(&disk).unwrap_or_else(|e| panic!("round {round}: {e}"));
        let recovery = log.recovery().clone();
        let mut there = std::collections::BTreeSet::new();
        for item in log.read(Position(1)) {
            let (position, found) = item.unwrap();
            assert_eq!(found, entry(position.0), "round {round}: a wrong entry was served");
            assert!(there.insert(position.0));
        }
        let named = |p: u64| recovery.lost.iter().any(|l| (l.first.0..=l.last.0).contains(&p));
        let torn = recovery.torn.as_ref().map_or(u64::MAX, |t| t.first.0);
        for p in 1..=24 {
            assert_eq!(
                there.contains(&p),
                !named(p) && p < torn,
                "round {round}, position {p}: {recovery:?}"
            );
        }
        assert!(recovery.torn.is_none() || last, "round {round}: a middle is not a tail");
        assert!(there.len() >= 21, "round {round}: one flipped bit cost {} entries", 24 - there.len());
        assert!(!recovery.lost.is_empty() || recovery.torn.is_some(), "round {round}: not noticed");
    }
}

#[test]
fn a_known_acknowledgement_turns_a_torn_tail_into_damage() {
    let disk = filled(5, 4);
    let id = open(&disk).unwrap().id();
    let path = segments(&disk).pop().unwrap();
    disk.tamper(&path, |bytes| bytes.truncate(bytes.len() - 1));
    let random = SimRandom::new(9);
    let log = Log::open(Path::new(DIR), Arc::new(disk), &random, (id, Position(12))).unwrap();
    assert_eq!(log.recovery().lost[0].last, Position(12));
    assert_eq!(log.append(&[entry(13)]).unwrap(), Position(13), "no position is given out twice");
    assert!(random.next_u64() > 0);
}
