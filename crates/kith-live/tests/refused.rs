//! Refused events: what is settled is settled once, after restarts, power cuts and a fresh fold; `received = accepted +
//! duplicate + refused` in every state.

mod common;

use common::{cut_everywhere, seams};
use kith_core::event::wire::Incoming;
use kith_core::event::{Call, Counted, Event, RefusedEvent};
use kith_core::id::{Position, SourceName, Tenant};
use kith_live::Seams;
use kith_live::events::{Events, Nothing, Receipt, Refusals, Settings, Settle, Settled, Tally, Wanted};
use kith_live::seams::sim::{SimDisk, SimRandom};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const CODES: [&str; 3] = ["K-EVENT-NO-NAME", "K-PLAN-EVENT", "K-PLAN-INVALID"];

fn web() -> SourceName {
    SourceName::try_from("web").unwrap()
}

fn event(n: u64) -> Event {
    Event {
        source: web(),
        call: Call::Track,
        message_id: format!("m{n}"),
        name: "Order Completed".into(),
        user_id: Some(format!("u{}", n % 3)),
        anonymous_id: None,
        timestamp_ms: n as i64,
        received_at_ms: n as i64,
        body: format!("{{\"n\":{n}}}"),
        geo: None,
    }
}

fn refused(n: u64) -> RefusedEvent {
    RefusedEvent {
        source: web(),
        call: Some(Call::Track),
        name: String::new(),
        message_id: format!("m{n}"),
        code: CODES[n as usize % 3].into(),
        field: format!("/properties/{n}"),
        reason: "why".into(),
        original: event(n).body,
        received_at_ms: n as i64,
        place: String::new(),
    }
}

fn refusing(numbers: impl IntoIterator<Item = u64>) -> Vec<Incoming> {
    numbers.into_iter().map(|n| Incoming::Refused(refused(n))).collect()
}

fn open(dir: &Path, seams: &Seams) -> kith_live::Result<Events> {
    Events::open(dir, &Tenant::default_tenant(), seams.clone(), Settings::default(), Arc::new(Nothing))
}

fn all(events: &Events) -> Vec<(Position, RefusedEvent)> {
    try_all(events).unwrap()
}

/// As [`all`], while the disk may be gone.
fn try_all(events: &Events) -> kith_live::Result<Vec<(Position, RefusedEvent)>> {
    events.wait(events.position(), Duration::from_secs(20));
    events.refused(&Wanted::default(), false, usize::MAX)
}

/// Everything that waits, sent again: each as the event that it should have been.
fn settles(events: &Events) -> Vec<Settle> {
    sent_again(all(events))
}

fn sent_again(refused: Vec<(Position, RefusedEvent)>) -> Vec<Settle> {
    let number = |refused: &RefusedEvent| refused.message_id[1..].parse().unwrap();
    let one = |(position, refused): (Position, RefusedEvent)| settle(position, Some(event(number(&refused))));
    refused.into_iter().map(one).collect()
}

fn settle(refused: Position, event: Option<Event>) -> Settle {
    Settle { refused, source: web(), event, reason: "a bot".into(), author: "ada".into() }
}

#[test]
fn a_refused_event_of_a_stream_that_is_delivered_again_counts_once() {
    let dir = tempfile::tempdir().unwrap();
    let at = |n: u64| Incoming::Refused(RefusedEvent { place: format!("nats:S:{n}@5"), ..refused(n) });
    let mut counts = Counted::default();
    for round in 0..3 {
        let events = open(dir.path(), &seams(None)).unwrap();
        // In the same group, behind the store, and as the store has it; one that is new; one that comes from no stream.
        let again = vec![at(1), at(1), at(10 + round), Incoming::Refused(refused(1))];
        counts.add(events.append(again).unwrap().counted);
        assert_eq!(counted(&events), counts);
    }
    assert_eq!(counts, Counted { received: 12, accepted: 0, duplicate: 5, refused: 7 });
}

fn counted(events: &Events) -> Counted {
    assert!(events.wait(events.position(), Duration::from_secs(20)));
    events.counts().get(&web()).copied().unwrap_or_default()
}

fn tally(events: &Events) -> Tally {
    events.refusals().iter().fold(Tally::default(), |sum, Refusals { tally, .. }| Tally {
        waiting: sum.waiting + tally.waiting,
        accepted: sum.accepted + tally.accepted,
        duplicate: sum.duplicate + tally.duplicate,
        discarded: sum.discarded + tally.discarded,
    })
}

#[test]
fn what_is_replayed_lands_once_and_what_is_discarded_stays_refused() {
    let dir = tempfile::tempdir().unwrap();
    let seams = seams(None);
    let events = open(dir.path(), &seams).unwrap();
    events.append(refusing(0..9)).unwrap();
    // A client has mended and sent one of them itself.
    events.append(vec![Incoming::Event(event(4))]).unwrap();
    let again = settles(&events);
    assert_eq!(again.len(), 9);
    let Receipt { settled, .. } = events.settle(again[..6].to_vec()).unwrap();
    assert_eq!(settled, Settled { accepted: 5, duplicate: 1, discarded: 0, gone: 0 });
    // Twice, at once and later, changes nothing.
    assert_eq!(events.settle(again[..6].to_vec()).unwrap().settled.gone, 6);
    let twice =
        vec![again[6].clone(), again[6].clone(), settle(again[7].refused, None), settle(Position(99), None)];
    assert_eq!(
        events.settle(twice).unwrap().settled,
        Settled { accepted: 1, duplicate: 0, discarded: 1, gone: 2 }
    );
    let expected = Counted { received: 10, accepted: 7, duplicate: 1, refused: 2 };
    let mut events = Some(events);
    for _ in 0..3 {
        let events = events.take().unwrap_or_else(|| open(dir.path(), &seams).unwrap());
        assert_eq!(counted(&events), expected);
        assert_eq!(tally(&events), Tally { waiting: 1, accepted: 6, duplicate: 1, discarded: 1 });
        let waiting = all(&events);
        assert_eq!(waiting.len(), 1);
        assert_eq!(events.settle(again[..8].to_vec()).unwrap().settled.gone, 8);
        // What landed keeps the time when it first came.
        let landed = events.after(Position(0), 1_000).unwrap();
        let times = landed.into_iter().filter_map(|(_, entry)| match entry {
            kith_core::entry::Entry::Event(event) => Some((event.message_id, event.received_at_ms)),
            _ => None,
        });
        assert_eq!(times.filter(|(id, at)| *id != format!("m{at}")).count(), 0);
    }
    // A store that is gone is folded again from the log: the same.
    std::fs::remove_dir_all(dir.path().join("events/default/store")).unwrap();
    let events = open(dir.path(), &seams).unwrap();
    assert_eq!(counted(&events), expected);
    assert_eq!(tally(&events), Tally { waiting: 1, accepted: 6, duplicate: 1, discarded: 1 });
}

#[test]
fn lists_are_by_cause_by_time_and_in_pages() {
    let dir = tempfile::tempdir().unwrap();
    let seams = seams(None);
    let mut events = open(dir.path(), &seams).unwrap();
    events.append(refusing(0..30)).unwrap();
    for stored in [false, true] {
        if stored {
            drop(events);
            events = open(dir.path(), &seams).unwrap();
        }
        assert_eq!(all(&events).len(), 30);
        let causes = events.refusals();
        assert_eq!(causes.len(), 3, "where in a list it stood is no cause of its own: {causes:?}");
        assert!(causes.iter().all(|r| r.tally.waiting == 10 && r.cause.field == "/properties/*"));
        let code = Wanted { code: Some(CODES[1].into()), ..Wanted::default() };
        let found = events.refused(&code, true, 4).unwrap();
        let numbers: Vec<i64> = found.iter().map(|(_, r)| r.received_at_ms).collect();
        assert_eq!(numbers, [28, 25, 22, 19]);
        let next = Wanted { before: Some(found[3].0), ..code.clone() };
        assert_eq!(events.refused(&next, true, 1).unwrap()[0].1.received_at_ms, 16);
        let since = Wanted { from_ms: Some(5), to_ms: Some(20), ..code };
        let times: Vec<i64> =
            events.refused(&since, false, 3).unwrap().iter().map(|(_, r)| r.received_at_ms).collect();
        assert_eq!(times, [7, 10, 13]);
        assert_eq!(events.refused(&since, false, 100).unwrap().len(), 4 + 1);
        let nobody = Wanted { source: Some(SourceName::try_from("app").unwrap()), ..Wanted::default() };
        assert_eq!(events.refused(&nobody, true, 10).unwrap(), []);
    }
}

#[test]
fn names_that_somebody_makes_up_do_not_fill_the_memory() {
    let dir = tempfile::tempdir().unwrap();
    let seams = seams(None);
    let events = open(dir.path(), &seams).unwrap();
    let made_up =
        |n: u64| RefusedEvent { code: "K-PLAN-EVENT".into(), name: format!("name {n}"), ..refused(n) };
    events.append((0..1_500).map(|n| Incoming::Refused(made_up(n))).collect()).unwrap();
    assert_eq!(all(&events).len(), 1_500);
    let causes = events.refusals();
    assert_eq!(causes.len(), 1_001);
    assert_eq!(causes.iter().find(|r| r.cause.name.is_empty()).unwrap().tally.waiting, 500);
    // What was counted under the rest is taken from it again.
    assert_eq!(events.settle(settles(&events)).unwrap().settled.accepted, 1_500);
    counted(&events);
    assert!(events.refusals().iter().all(|r| r.tally.waiting == 0));
}

#[test]
fn only_a_log_that_needs_it_says_the_newer_format() {
    let dir = tempfile::tempdir().unwrap();
    let seams = seams(None);
    let formats = || -> Vec<u8> {
        let log = dir.path().join("events/default/log");
        let mut files: Vec<_> = std::fs::read_dir(log).unwrap().map(|f| f.unwrap().path()).collect();
        files.sort();
        let logs = files.into_iter().filter(|f| f.extension().is_some_and(|e| e == "log"));
        // The format stands behind the eight bytes of the mark.
        logs.map(|f| std::fs::read(f).unwrap()[8]).collect()
    };
    let events = open(dir.path(), &seams).unwrap();
    events.append(refusing(0..3)).unwrap();
    assert_eq!(formats(), [1]);
    events.settle(settles(&events)).unwrap();
    assert_eq!(formats(), [1, 2], "an older Kith knows format 1 and refuses what follows");
    events.append(refusing(3..4)).unwrap();
    drop(events);
    let events = open(dir.path(), &seams).unwrap();
    assert_eq!((all(&events).len(), formats()), (1, vec![1, 2]));
}

/// Refuses, replays twice over and opens anew; what was surely refused and what surely landed.
fn workload(dir: &Path, seams: &Seams, seed: u64) -> (u64, u64, u64) {
    let random = SimRandom::new(seed);
    let (mut sent, mut landed) = (0, 0);
    let Ok(mut events) = open(dir, seams) else { return (0, 0, 0) };
    for _ in 0..6 {
        let count = 1 + random.below(4);
        if events.append(refusing(sent..sent + count)).is_err() {
            return (sent, landed, count);
        }
        sent += count;
        let Ok(again) = try_all(&events).map(sent_again) else { return (sent, landed, 0) };
        let part = random.below(again.len() as u64 + 1) as usize;
        for _ in 0..2 {
            match events.settle(again[..part].to_vec()) {
                Ok(receipt) => landed += receipt.settled.accepted,
                Err(_) => return (sent, landed, 0),
            }
        }
        if random.below(3) == 0 {
            drop(events);
            match open(dir, seams) {
                Ok(opened) => events = opened,
                Err(_) => return (sent, landed, 0),
            }
        }
    }
    (sent, landed, 0)
}

fn cut_and_check(disk: &SimDisk, at: u64, seed: u64) -> Result<bool, String> {
    let dir = tempfile::tempdir().unwrap();
    let seams = seams(Some(disk));
    disk.cut_at(at);
    let before = disk.operations();
    let (sent, landed, maybe) = workload(dir.path(), &seams, seed);
    let finished = disk.operations() - before < at;
    disk.power_on();
    let events = open(dir.path(), &seams).map_err(|e| e.to_string())?;
    let now = counted(&events);
    let tally = tally(&events);
    let right = now.holds()
        && [sent, sent + maybe].contains(&now.received)
        && now.accepted >= landed
        && now.refused == tally.waiting
        && now.accepted == tally.accepted
        && tally.waiting == all(&events).len() as u64;
    if !right {
        return Err(format!("{now:?} {tally:?} sent {sent} landed {landed} under way {maybe}"));
    }
    // The rest lands, and everything is there once.
    events.settle(settles(&events)).map_err(|e| e.to_string())?;
    let end = counted(&events);
    let expected = Counted { received: now.received, accepted: now.received, duplicate: 0, refused: 0 };
    if end != expected { Err(format!("{end:?} at the end")) } else { Ok(finished) }
}

#[test]
fn a_power_cut_in_a_replay_loses_nothing_and_counts_nothing_twice() {
    cut_everywhere(cut_and_check);
}

#[test]
fn a_disk_that_lies_about_fsync_is_caught() {
    let caught = (0..60).any(|at| cut_and_check(&SimDisk::lying(3), at, 3).is_err());
    assert!(caught, "the check can not see a loss");
}
