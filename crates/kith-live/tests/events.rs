//! Events: what was acknowledged is there once, in the carriers and in the timeline, after restarts and power cuts. The
//! negative control (a disk that lies about fsync) must be caught.

use kith_core::entry::Entry;
use kith_core::event::carrier::{self, Carrier};
use kith_core::event::facts::Facts;
use kith_core::event::fold::{State, claims};
use kith_core::event::measure::{Aggregate, Definition};
use kith_core::event::wire::Incoming;
use kith_core::event::{Call, Counted, Event, RefusedEvent, context};
use kith_core::id::{Position, SourceName, Tenant};
use kith_live::Seams;
use kith_live::events::{Entries, Events, Filter, Nothing, Past, Settings, Wanted};
use kith_live::seams::sim::{SimClock, SimDisk, SimRandom};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

fn web() -> SourceName {
    SourceName::try_from("web").unwrap()
}

/// An event that only its number determines.
fn event(n: u64) -> Event {
    let random = SimRandom::new(n);
    let (user, visitor) = (random.below(4), random.below(4));
    let named = |letter: char, n: u64| (n > 0).then(|| format!("{letter}{n}"));
    let call = [Call::Track, Call::Track, Call::Identify, Call::Page][random.below(4) as usize];
    Event {
        source: web(),
        call,
        message_id: format!("m{n}"),
        name: match call {
            Call::Track if n.is_multiple_of(5) => "Order Cancelled".into(),
            Call::Track => "Order Completed".into(),
            _ => String::new(),
        },
        user_id: named('u', user).or_else(|| (visitor == 0).then(|| "u9".into())),
        anonymous_id: named('a', visitor),
        timestamp_ms: random.below(1_000_000_000) as i64,
        received_at_ms: n as i64,
        body: format!(
            r#"{{"traits":{{"plan":"p{}"}},"properties":{{"total":{n}.25,"order_id":{}}}}}"#,
            random.below(3),
            random.below(9)
        ),
        geo: None,
    }
}

fn incoming(numbers: impl IntoIterator<Item = u64>) -> Vec<Incoming> {
    numbers.into_iter().map(|n| Incoming::Event(event(n))).collect()
}

fn revenue() -> Definition {
    Definition {
        name: "revenue".into(),
        call: Call::Track,
        events: Vec::new(),
        aggregate: Aggregate::Sum,
        of: "properties.total".into(),
        window_ms: None,
        only: Vec::new(),
    }
}

fn orders() -> Vec<context::Definition> {
    let text = "[project]\nname = \"t\"\n[[context]]\ntemplate = \"order\"\n";
    kith_core::config::parse(text, "kith.toml").unwrap().contexts
}

fn settings() -> Settings {
    Settings { definitions: vec![revenue()], contexts: orders(), carriers_max: 2, ..Settings::default() }
}

fn open(dir: &Path, seams: &Seams) -> kith_live::Result<Events> {
    Events::open(dir, &Tenant::default_tenant(), seams.clone(), settings(), Arc::new(Nothing))
}

fn seams(disk: Option<&SimDisk>) -> Seams {
    let mut seams = Seams::real();
    seams.clock = Arc::new(SimClock(0.into()));
    if let Some(disk) = disk {
        seams.disk = Arc::new(disk.clone());
        seams.random = Arc::new(SimRandom::new(7));
    }
    seams
}

/// What the carriers have to be.
fn folded(numbers: impl IntoIterator<Item = u64>) -> BTreeMap<Carrier, State> {
    let (mut all, orders) = (BTreeMap::<Carrier, State>::new(), orders());
    for event in numbers.into_iter().map(event) {
        let facts = Facts::of(&event.body);
        let own = all.entry(carrier::of(&event).expect("somebody")).or_default();
        own.apply(&event, &facts, &[revenue()]);
        own.take_steps(&event, &facts, &orders);
        for claim in claims(&event, &facts) {
            all.entry(claim.carrier.clone()).or_default().claim(&claim, event.timestamp_ms);
        }
    }
    all
}

/// Everything acknowledged is there once; `maybe` was under way when things broke: wholly there or not at all.
fn check(events: &Events, acknowledged: u64, maybe: u64) -> Result<u64, String> {
    if !events.wait(events.position(), Duration::from_secs(20)) {
        return Err("the fold does not follow".into());
    }
    let accepted = events.counts().get(&web()).copied().unwrap_or_default();
    if !accepted.holds() || ![acknowledged, acknowledged + maybe].contains(&accepted.accepted) {
        return Err(format!("{accepted:?}, acknowledged {acknowledged}, under way {maybe}"));
    }
    let mut shown = 0;
    for (carrier, state) in folded(1..=accepted.accepted) {
        let found = events.state(&web(), &carrier).map_err(|e| e.to_string())?;
        if found.as_ref() != Some(&state) {
            return Err(format!("{carrier}: {found:?} where {state:?} should be"));
        }
        let all = events.timeline(&[(web(), carrier)], &Filter::default(), usize::MAX);
        shown += all.map_err(|e| e.to_string())?.len() as u64;
    }
    if shown != accepted.accepted { Err(format!("{shown} in timelines")) } else { Ok(accepted.accepted) }
}

#[test]
fn an_event_that_comes_twice_counts_once() {
    let dir = tempfile::tempdir().unwrap();
    let seams = seams(None);
    let events = open(dir.path(), &seams).unwrap();
    let first = events.append(incoming([1, 2, 2, 3])).unwrap();
    assert_eq!(first.counted, Counted { received: 4, accepted: 3, duplicate: 1, refused: 0 });
    assert_eq!(events.append(incoming([3, 1])).unwrap().counted.duplicate, 2);
    drop(events);
    let events = open(dir.path(), &seams).unwrap();
    assert_eq!(
        events.append(incoming([1, 4])).unwrap().counted,
        Counted { received: 2, accepted: 1, duplicate: 1, refused: 0 }
    );
    assert_eq!(check(&events, 4, 0), Ok(4));
    let counted = events.counts()[&web()];
    assert_eq!((counted.received, counted.accepted), (8, 4));
    // Another source's id is another event, and one without an id is never taken for another.
    let other = Event { source: SourceName::try_from("app").unwrap(), ..event(1) };
    assert_eq!(events.append(vec![Incoming::Event(other)]).unwrap().counted.accepted, 1);
    let nameless = Event { message_id: String::new(), ..event(5) };
    let twice = vec![Incoming::Event(nameless.clone()), Incoming::Event(nameless)];
    assert_eq!(events.append(twice).unwrap().counted.accepted, 2);
}

#[test]
fn refused_events_are_kept_and_counted() {
    let dir = tempfile::tempdir().unwrap();
    let seams = seams(None);
    let events = open(dir.path(), &seams).unwrap();
    let refused = |n: u64| RefusedEvent {
        source: web(),
        call: None,
        name: String::new(),
        message_id: String::new(),
        code: "K-EVENT-TYPE".into(),
        field: "/type".into(),
        reason: format!("reason {n}"),
        original: "{".into(),
        received_at_ms: n as i64,
    };
    let mixed = vec![Incoming::Refused(refused(1)), Incoming::Event(event(1)), Incoming::Refused(refused(2))];
    assert_eq!(
        events.append(mixed).unwrap().counted,
        Counted { received: 3, accepted: 1, duplicate: 0, refused: 2 }
    );
    let mut events = Some(events);
    for _ in 0..2 {
        // As it is behind the store, and as the store has it.
        let events = events.take().unwrap_or_else(|| open(dir.path(), &seams).unwrap());
        events.wait(events.position(), Duration::from_secs(20));
        let listed: Vec<String> = events
            .refused(&Wanted::default(), true, 10)
            .unwrap()
            .into_iter()
            .map(|(_, r)| r.reason)
            .collect();
        assert_eq!(listed, ["reason 2", "reason 1"]);
        let before = Wanted { before: Some(Position(3)), ..Wanted::default() };
        let page = events.refused(&before, true, 10).unwrap();
        assert_eq!(page.len(), 1);
        assert_eq!(events.refusals()[0].tally.waiting, 2);
        assert!(events.counts()[&web()].holds());
    }
}

#[test]
fn a_timeline_is_newest_first_and_comes_in_pages() {
    let dir = tempfile::tempdir().unwrap();
    let events = open(dir.path(), &seams(None)).unwrap();
    let position = events.append(incoming(1..=200)).unwrap().position;
    assert!(events.wait(position, Duration::from_secs(20)));
    let carriers: Vec<_> = folded(1..=200).into_keys().map(|c| (web(), c)).collect();
    let all = events.timeline(&carriers, &Filter::default(), 1_000).unwrap();
    assert_eq!(all.len(), 200);
    assert!(all.windows(2).all(|pair| pair[0].0 > pair[1].0));
    let (mut paged, mut filter) = (Vec::new(), Filter::default());
    loop {
        let page = events.timeline(&carriers, &filter, 30).unwrap();
        let Some((last, _)) = page.last() else { break };
        filter.before = Some(*last);
        paged.extend(page);
    }
    assert_eq!(paged, all);
    filter = Filter { call: Some(Call::Page), ..Filter::default() };
    let only = events.timeline(&carriers, &filter, 1_000).unwrap();
    assert!(!only.is_empty() && only.iter().all(|(_, event)| event.call == Call::Page));
    filter = Filter { from_ms: Some(300_000_000), to_ms: Some(600_000_000), ..Filter::default() };
    let some = events.timeline(&carriers, &filter, 1_000).unwrap();
    assert!(!some.is_empty() && some.iter().all(|(m, _)| (300_000_000..600_000_000).contains(&m.at_ms)));
}

#[test]
fn changed_records_come_until_they_are_resolved() {
    let dir = tempfile::tempdir().unwrap();
    let seams = seams(None);
    let events = open(dir.path(), &seams).unwrap();
    let receipt = events.append(incoming(1..=20)).unwrap();
    assert!(events.wait(receipt.position, Duration::from_secs(20)));
    let changed = events.changed(100).unwrap();
    // A carrier that was only spoken of has no record.
    let rows = folded(1..=20).into_iter().filter(|(carrier, state)| state.row(carrier).is_some());
    assert_eq!(changed.len(), rows.count());
    let (done, left) = changed.split_at(3);
    events.resolved(done).unwrap();
    drop(events);
    let events = open(dir.path(), &seams).unwrap();
    let left: BTreeMap<_, _> = left.iter().map(|((_, carrier), row)| (carrier.to_string(), row)).collect();
    let found = events.changed(100).unwrap();
    assert_eq!(
        found.iter().map(|((_, carrier), row)| (carrier.to_string(), row)).collect::<BTreeMap<_, _>>(),
        left
    );
    // An event that repeats what the record says does not mark it again.
    let mut again = event(1);
    for at in [2_000_000_000, 2_000_000_001] {
        events.resolved(&events.changed(100).unwrap()).unwrap();
        (again.message_id, again.timestamp_ms) = (format!("again {at}"), at);
        let receipt = events.append(vec![Incoming::Event(again.clone())]).unwrap();
        assert!(events.wait(receipt.position, Duration::from_secs(20)));
    }
    assert_eq!(events.changed(100).unwrap(), []);
}

#[test]
fn other_declared_traits_or_contexts_make_the_carriers_anew() {
    for without in
        [Settings { definitions: Vec::new(), ..settings() }, Settings { contexts: Vec::new(), ..settings() }]
    {
        let dir = tempfile::tempdir().unwrap();
        let seams = seams(None);
        let tenant = Tenant::default_tenant();
        let events = Events::open(dir.path(), &tenant, seams.clone(), without, Arc::new(Nothing)).unwrap();
        events.append(incoming(1..=50)).unwrap();
        drop(events);
        let events = open(dir.path(), &seams).unwrap();
        assert_eq!(check(&events, 50, 0), Ok(50));
        assert_eq!(events.append(incoming([7])).unwrap().counted.duplicate, 1, "what was seen is remembered");
    }
}

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

#[test]
fn a_disk_that_lies_about_fsync_is_caught() {
    let caught = (0..40).any(|at| cut_and_check(&SimDisk::lying(3), at, 3).is_err());
    assert!(caught, "the check can not see a loss");
}

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
