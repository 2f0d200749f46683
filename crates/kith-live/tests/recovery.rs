//! The whole memory over power cuts: the log is on a disk that tears and forgets, the store is one that lags, and after
//! every opening the projections equal the log.

use kith_core::entry::{Entry, RecordEntry, RemovedEntry};
use kith_core::id::{NodeId, Position, SourceName, Tenant};
use kith_live::seams::sim::{SimClock, SimDisk, SimRandom};
use kith_live::{Live, LiveError, Seams};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;

fn open(dir: &Path, disk: &SimDisk) -> Result<Live, LiveError> {
    let clock = Arc::new(SimClock(0.into()));
    let seams = Seams { clock, disk: Arc::new(disk.clone()), random: Arc::new(SimRandom::new(1)) };
    Live::open(dir, &Tenant::default_tenant(), seams)
}

fn entry(random: &SimRandom) -> Entry {
    let source = SourceName::try_from("crm").unwrap();
    let key = random.below(30).to_string();
    if random.below(5) == 0 {
        return Entry::Removed(RemovedEntry { source, key, received_at_ms: 1 });
    }
    let row = json!({"n": random.below(1_000)}).as_object().unwrap().clone();
    Entry::Record(RecordEntry { source, key, row, values: vec![], updated_at_ms: None, received_at_ms: 1 })
}

/// Loads with identity decisions between, until the power goes.
fn work(live: &Live, random: &SimRandom, acknowledged: &mut u64) -> Result<(), LiveError> {
    for _ in 0..8 {
        let batch: Vec<Entry> = (0..1 + random.below(6)).map(|_| entry(random)).collect();
        *acknowledged = live.append(&batch)?.0;
        let alive: Vec<NodeId> = live.nodes().map(|node| node.map(|n| n.id)).collect::<Result<_, _>>()?;
        let size = 1 + random.below(3) as usize;
        let clusters: Vec<Vec<NodeId>> = alive.chunks(size).map(<[NodeId]>::to_vec).collect();
        let changes: Vec<Entry> = live.assign(&clusters)?.into_iter().map(Entry::Identity).collect();
        *acknowledged = live.append(&changes)?.0;
    }
    Ok(())
}

#[test]
fn projections_equal_the_log_after_every_cut() {
    for seed in 0..12 {
        let (dir, disk, random) = (tempfile::tempdir().unwrap(), SimDisk::new(seed), SimRandom::new(seed));
        let mut acknowledged = 0;
        for round in 0..4 {
            disk.cut_at(5 + random.below(60));
            if let Ok(live) = open(dir.path(), &disk) {
                let _ = work(&live, &random, &mut acknowledged);
            }
            disk.power_on();
            if round == 2 {
                std::fs::remove_dir_all(dir.path().join("store")).unwrap();
            }
            let live = open(dir.path(), &disk).unwrap();
            assert!(live.position().0 >= acknowledged, "seed {seed}, round {round}");
            let report = live.verify().unwrap();
            assert!(report.good(), "seed {seed}, round {round}: {report:?}");
            acknowledged = live.position().0;
        }
    }
}

#[test]
fn an_entry_lost_under_a_store_that_knew_it_is_damage() {
    let (dir, disk) = (tempfile::tempdir().unwrap(), SimDisk::new(1));
    let random = SimRandom::new(1);
    let live = open(dir.path(), &disk).unwrap();
    live.append(&(0..10).map(|_| entry(&random)).collect::<Vec<_>>()).unwrap();
    live.append(&[entry(&random)]).unwrap();
    drop(live);
    let segment = dir.path().join("log/default/00000000000000000001.log");
    disk.tamper(&segment, |bytes| bytes.truncate(bytes.len() - 3));
    let live = open(dir.path(), &disk).unwrap();
    let lost = &live.recovery().lost;
    assert_eq!((lost[0].first, lost[0].last), (Position(11), Position(11)), "{lost:?}");
    assert!(!live.verify().unwrap().good(), "the store has what the log lost, and that is said");
    assert_eq!(live.append(&[entry(&random)]).unwrap(), Position(12));
}
