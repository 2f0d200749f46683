//! A log that has given up its beginning.

use super::*;
use kith_core::entry::Entry;
use kith_live::events::{Entries, Past};

/// Another place that keeps what the log gives up, as the lake does.
#[derive(Default)]
struct Elsewhere(std::sync::Mutex<BTreeMap<Position, Entry>>);

impl Elsewhere {
    fn take_over(&self, events: &Events) {
        self.0.lock().unwrap().extend(events.log_behind(Position(0)).map(|item| item.unwrap()));
    }
}

impl Past for Elsewhere {
    fn read(&self, from: Position, to: Position) -> Entries<'_> {
        let all: Vec<_> = self.0.lock().unwrap().range(from..to).map(|(p, e)| Ok((*p, e.clone()))).collect();
        Box::new(all.into_iter())
    }

    fn entries(&self, at: &[Position]) -> kith_live::Result<BTreeMap<Position, Entry>> {
        let all = self.0.lock().unwrap();
        Ok(at.iter().filter_map(|position| Some((*position, all.get(position)?.clone()))).collect())
    }
}

fn open_cut(dir: &Path, past: &Arc<Elsewhere>, definitions: Vec<Definition>) -> kith_live::Result<Events> {
    let settings = Settings { segment_bytes: 4_000, definitions, ..settings() };
    Events::open(dir, &Tenant::default_tenant(), seams(None), settings, past.clone())
}

/// 300 events of which the log has given up the most.
fn cut(dir: &Path) -> (Arc<Elsewhere>, Events) {
    let past = Arc::new(Elsewhere::default());
    let events = open_cut(dir, &past, vec![revenue()]).unwrap();
    for n in 0..30 {
        events.append(incoming(n * 10 + 1..=n * 10 + 10)).unwrap();
    }
    past.take_over(&events);
    let first = events.cut(Position(250), 0).unwrap();
    assert!(first > Position(200) && first <= Position(250), "{first:?}");
    assert_eq!(events.log_first(), first);
    (past, events)
}

#[test]
fn what_the_log_has_given_up_still_stands_in_profiles_and_timelines() {
    let dir = tempfile::tempdir().unwrap();
    let (past, events) = cut(dir.path());
    check(&events, 300, 0).unwrap();
    let report = events.verify(&dir.path().join("beside")).unwrap();
    assert!(report.counted && report.kinds.iter().all(|kind| kind.equal), "{report:?}");
    assert!(report.kinds.iter().any(|kind| kind.kind == "id_of" && kind.stored > 10), "{report:?}");
    assert!(report.log.lost.is_empty(), "what was given up is not damage: {report:?}");
    drop(events);
    // It is so after a start too, and other declared traits count all of it.
    let events = open_cut(dir.path(), &past, vec![revenue()]).unwrap();
    assert!(events.recovery().lost.is_empty());
    check(&events, 300, 0).unwrap();
    drop(events);
    let events = open_cut(dir.path(), &past, Vec::new()).unwrap();
    drop(events);
    let events = open_cut(dir.path(), &past, vec![revenue()]).unwrap();
    check(&events, 300, 0).unwrap();
    assert_eq!(events.append(incoming([7, 301])).unwrap().counted.duplicate, 1);
}

#[test]
fn a_place_that_has_lost_events_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let (past, events) = cut(dir.path());
    past.0.lock().unwrap().remove(&Position(17));
    let report = events.verify(&dir.path().join("beside")).unwrap();
    assert!(!report.counted || report.kinds.iter().any(|kind| !kind.equal), "{report:?}");
}

#[test]
fn files_that_a_crash_left_behind_are_removed_and_missing_ones_are_damage() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("events/default/log");
    let files = || {
        let names = std::fs::read_dir(&log).unwrap().map(|file| file.unwrap().path());
        let mut names: Vec<_> = names.filter(|path| path.extension().is_some_and(|e| e == "log")).collect();
        names.sort();
        names
    };
    let past = Arc::new(Elsewhere::default());
    let events = open_cut(dir.path(), &past, vec![revenue()]).unwrap();
    for n in 0..30 {
        events.append(incoming(n * 10 + 1..=n * 10 + 10)).unwrap();
    }
    past.take_over(&events);
    let oldest = files()[0].clone();
    let kept = std::fs::read(&oldest).unwrap();
    events.cut(Position(250), 0).unwrap();
    drop(events);
    let left = files();
    std::fs::write(&oldest, kept).unwrap();
    let events = open_cut(dir.path(), &past, vec![revenue()]).unwrap();
    check(&events, 300, 0).unwrap();
    assert_eq!(files(), left);
    drop(events);
    // Without the note the same log is one that lost its first files.
    std::fs::remove_file(log.join("begin.json")).unwrap();
    let events = open_cut(dir.path(), &past, vec![revenue()]).unwrap();
    assert_eq!(events.recovery().lost.first().map(|lost| lost.first), Some(Position(1)));
}
