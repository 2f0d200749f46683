//! Places by address: looked up when an event comes, kept with it, folded into its carrier, and safe from an older Kith.

use kith_core::event::carrier::Carrier;
use kith_core::event::derive::Geo;
use kith_core::event::wire::Incoming;
use kith_core::event::{Call, Event};
use kith_core::id::{Position, SourceName, Tenant};
use kith_live::Seams;
use kith_live::events::{Events, Filter, GeoDatabase, Nothing, Settings};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

const LONDON: &str = "81.2.69.142";

fn database() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/geo/GeoIP2-City-Test.mmdb")
}

fn web() -> SourceName {
    SourceName::try_from("web").unwrap()
}

fn event(n: u64, ip: &str) -> Incoming {
    Incoming::Event(Event {
        source: web(),
        call: Call::Page,
        message_id: format!("m{n}"),
        name: String::new(),
        user_id: Some("u".into()),
        anonymous_id: None,
        timestamp_ms: n as i64 * 86_400_000,
        received_at_ms: n as i64,
        body: format!(r#"{{"context":{{"ip":"{ip}"}}}}"#),
        geo: None,
    })
}

fn open(dir: &Path, geo: Option<GeoDatabase>) -> Events {
    let settings = Settings { geo, ..Settings::default() };
    Events::open(dir, &Tenant::default_tenant(), Seams::real(), settings, Arc::new(Nothing)).unwrap()
}

fn places(events: &Events) -> Vec<(String, u64, usize)> {
    assert!(events.wait(events.position(), Duration::from_secs(20)));
    let state = events.state(&web(), &Carrier::user("u")).unwrap().expect("it has events");
    let habits = state.habits.expect("it has events");
    let place = |geo: &Geo| format!("{}/{}/{}", geo.country, geo.region, geo.city);
    habits.places.iter().map(|(geo, stay)| (place(geo), stay.events.count, stay.days.len())).collect()
}

/// The formats that the headers of the log's files name.
fn formats(dir: &Path) -> Vec<u32> {
    let log = dir.join("events/default/log");
    let mut paths: Vec<_> = std::fs::read_dir(log).unwrap().map(|file| file.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "log"));
    paths.sort();
    let format = |path| u32::from_le_bytes(std::fs::read(path).unwrap()[8..12].try_into().unwrap());
    paths.into_iter().map(format).collect()
}

#[test]
fn addresses_are_found_in_a_database_of_cities() {
    let database = GeoDatabase::open(&database()).unwrap();
    let of = |ip: &str| database.of(ip.parse().unwrap());
    let london = of(LONDON).expect("it is in the test database");
    assert_eq!((&*london.country, &*london.region, &*london.city), ("GB", "England", "London"));
    assert_eq!(&*of("2001:218::1").expect("version 6 too").country, "JP");
    assert_eq!(of("10.0.0.1"), None);
    assert_eq!(of("::1"), None);
}

#[test]
fn a_file_that_is_no_database_is_refused_by_name() {
    let error = GeoDatabase::open(Path::new(file!())).expect_err("no database").to_string();
    assert!(error.contains("geo.rs"), "{error}");
    let missing = GeoDatabase::open(Path::new("nowhere.mmdb")).expect_err("no file").to_string();
    assert!(missing.contains("nowhere.mmdb"), "{missing}");
    // A truncated download.
    let dir = tempfile::tempdir().unwrap();
    let (whole, half) = (std::fs::read(database()).unwrap(), dir.path().join("half.mmdb"));
    std::fs::write(&half, &whole[..whole.len() / 2]).unwrap();
    assert!(GeoDatabase::open(&half).is_err());
}

#[test]
fn a_place_stays_with_its_event_when_the_database_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let events = open(dir.path(), None);
    events.append(vec![event(1, LONDON)]).unwrap();
    assert!(places(&events).is_empty(), "without a database nothing is looked up");
    drop(events);
    assert_eq!(formats(dir.path()), [1], "an older Kith can read it");

    let events = open(dir.path(), GeoDatabase::open(&database()).ok());
    events.append(vec![event(2, LONDON), event(3, "10.0.0.1")]).unwrap();
    events.append(vec![event(4, LONDON)]).unwrap();
    assert_eq!(places(&events), [("GB/England/London".to_string(), 2, 2)]);
    drop(events);
    assert_eq!(formats(dir.path()), [1, 2], "an older Kith refuses it, and loses nothing");

    let events = open(dir.path(), None);
    assert_eq!(places(&events), [("GB/England/London".to_string(), 2, 2)]);
    events.append(vec![event(5, LONDON)]).unwrap();
    assert!(events.wait(events.position(), Duration::from_secs(20)));
    let all = events.timeline(&[(web(), Carrier::user("u"))], &Filter::default(), 10).unwrap();
    let placed: Vec<bool> = all.iter().map(|(_, event)| event.geo.is_some()).collect();
    assert_eq!(placed, [false, true, false, true, false]);
    assert!(all.iter().all(|(_, event)| event.body.contains("\"ip\"") && !event.body.contains("geo")));
    drop(events);
    // Folded anew from the log, it is the same.
    std::fs::remove_dir_all(dir.path().join("events/default/store")).unwrap();
    let events = open(dir.path(), None);
    assert_eq!(events.position(), Position(5));
    assert_eq!(places(&events), [("GB/England/London".to_string(), 2, 2)]);
}

#[test]
fn a_file_with_nothing_in_it_is_begun_anew_in_the_newer_format() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(dir.path(), None));
    let events = open(dir.path(), None);
    events.append(vec![event(1, LONDON)]).unwrap();
    drop(events);
    // A crash between the header and the first entry leaves a header alone.
    let log = dir.path().join("events/default/log");
    let file = std::fs::read_dir(&log).unwrap().map(|file| file.unwrap().path());
    let file = file.filter(|path| path.extension().is_some_and(|e| e == "log")).min().unwrap();
    let header = std::fs::read(&file).unwrap()[..36].to_vec();
    std::fs::write(&file, header).unwrap();
    std::fs::remove_dir_all(dir.path().join("events/default/store")).unwrap();
    let _ = std::fs::remove_file(log.join("clean.json"));

    let events = open(dir.path(), GeoDatabase::open(&database()).ok());
    assert_eq!(events.position(), Position(0));
    events.append(vec![event(2, LONDON)]).unwrap();
    drop(events);
    assert_eq!(formats(dir.path()), [2]);
    assert_eq!(places(&open(dir.path(), None)).len(), 1);
}

#[test]
fn another_pause_between_sessions_folds_everything_anew() {
    let dir = tempfile::tempdir().unwrap();
    let sessions = |pause_ms: i64| {
        let settings = Settings { pause_ms, ..Settings::default() };
        let events =
            Events::open(dir.path(), &Tenant::default_tenant(), Seams::real(), settings, Arc::new(Nothing))
                .unwrap();
        if events.position() == Position(0) {
            events.append(vec![event(1, ""), event(2, "")]).unwrap();
        }
        assert!(events.wait(events.position(), Duration::from_secs(20)));
        let state = events.state(&web(), &Carrier::user("u")).unwrap().expect("it has events");
        state.habits.expect("it has events").sessions.all().count()
    };
    assert_eq!(sessions(30 * 60_000), 2);
    assert_eq!(sessions(86_400_000), 1);
    assert_eq!(sessions(30 * 60_000), 2);
}
