//! Events: what was acknowledged is there once, in the carriers and in the timeline, after restarts and power cuts. The
//! negative control (a disk that lies about fsync) must be caught.

use kith_core::event::carrier::{self, Carrier};
use kith_core::event::derive::Geo;
use kith_core::event::facts::Facts;
use kith_core::event::fold::{State, claims};
use kith_core::event::measure::{Aggregate, Definition, Traits};
use kith_core::event::wire::Incoming;
use kith_core::event::{Call, Counted, Event, RefusedEvent, context};
use kith_core::id::{Position, SourceName, Tenant};
use kith_live::Seams;
use kith_live::events::{Events, Filter, Nothing, Settings, Wanted};
use kith_live::seams::sim::{SimDisk, SimRandom};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

mod common;
#[path = "events/cut.rs"]
mod cut;
#[path = "events/power.rs"]
mod power;

use common::{cut_everywhere, seams};

fn web() -> SourceName {
    SourceName::try_from("web").unwrap()
}

/// What clients say of devices and campaigns: with every part, and with few.
const CONTEXTS: [&str; 4] = [
    r#"{"device":{"token":"t1"}}"#,
    r#"{"userAgent":"Mozilla/5.0 (X11; Linux x86_64)","page":{"url":"https://shop.example/?utm_source=mail"}}"#,
    r#"{"userAgent":"Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) Version/17.4 Mobile/15E148 Safari/604.1"}"#,
    r#"{"device":{"type":"android","manufacturer":"A","model":"B","token":"t2"},"campaign":{"name":"spring","medium":"email"}}"#,
];

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
            r#"{{"traits":{{"plan":"p{}"}},"properties":{{"total":{n}.25,"order_id":{}}},"context":{}}}"#,
            random.below(3),
            random.below(9),
            CONTEXTS[random.below(4) as usize],
        ),
        geo: (random.below(2) == 0).then(|| {
            let part = |text: &str| Box::from(text);
            Box::new(Geo {
                country: part("DE"),
                region: part(["", "Bayern"][random.below(2) as usize]),
                city: part(""),
            })
        }),
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
    Settings {
        definitions: vec![revenue()],
        contexts: orders(),
        carriers_bytes_max: 4_000,
        ..Settings::default()
    }
}

fn open(dir: &Path, seams: &Seams) -> kith_live::Result<Events> {
    Events::open(dir, &Tenant::default_tenant(), seams.clone(), settings(), Arc::new(Nothing))
}

/// What the carriers have to be.
fn folded(numbers: impl IntoIterator<Item = u64>) -> BTreeMap<Carrier, State> {
    let (mut all, orders) = (BTreeMap::<Carrier, State>::new(), orders());
    for event in numbers.into_iter().map(event) {
        let facts = Facts::of(&event.body);
        let own = all.entry(carrier::of(&event).expect("somebody")).or_default();
        own.apply(&event, &facts, &Traits::of(&[revenue()]));
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
    let mut seen_with: BTreeMap<String, Vec<(SourceName, Carrier)>> = BTreeMap::new();
    for (carrier, state) in folded(1..=accepted.accepted) {
        state
            .ids
            .keys()
            .for_each(|id| seen_with.entry(id.clone()).or_default().push((web(), carrier.clone())));
        let found = events.state(&web(), &carrier).map_err(|e| e.to_string())?;
        if found.as_ref() != Some(&state) {
            return Err(format!("{carrier}: {found:?} where {state:?} should be"));
        }
        let all = events.timeline(&[(web(), carrier)], &Filter::default(), usize::MAX);
        shown += all.map_err(|e| e.to_string())?.len() as u64;
    }
    for (id, mut carriers) in seen_with {
        carriers.sort();
        // The index keeps them in the order of their keys: visitors before users.
        carriers.sort_by_key(|(_, carrier)| std::cmp::Reverse(carrier.kind));
        let found = events.carriers_of(&id).map_err(|e| e.to_string())?;
        if found != carriers {
            return Err(format!("{id}: {found:?} where {carriers:?} should be"));
        }
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
        place: String::new(),
    };
    let mixed = vec![Incoming::Refused(refused(1)), Incoming::Event(event(1)), Incoming::Refused(refused(2))];
    let counted = events.append(mixed).unwrap().counted;
    assert_eq!(counted, Counted { received: 3, accepted: 1, duplicate: 0, refused: 2 });
    let mut events = Some(events);
    for _ in 0..2 {
        // As it is behind the store, and as the store has it.
        let events = events.take().unwrap_or_else(|| open(dir.path(), &seams).unwrap());
        events.wait(events.position(), Duration::from_secs(20));
        let all = events.refused(&Wanted::default(), true, 10).unwrap();
        let listed: Vec<String> = all.into_iter().map(|(_, r)| r.reason).collect();
        assert_eq!(listed, ["reason 2", "reason 1"]);
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
    let found = found.iter().map(|((_, carrier), row)| (carrier.to_string(), row));
    assert_eq!(found.collect::<BTreeMap<_, _>>(), left);
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
