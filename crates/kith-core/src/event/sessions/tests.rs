use super::*;
use proptest::prelude::*;

const MINUTE: i64 = 60_000;

fn of(times: &[i64]) -> Sessions {
    let mut sessions = Sessions::default();
    times.iter().for_each(|at| sessions.add(*at, PAUSE_MS));
    sessions
}

/// What somebody would compute from all events, later and elsewhere.
fn offline(times: &[i64], pause_ms: i64) -> Vec<Session> {
    let mut times = times.to_vec();
    times.sort_unstable();
    let mut all: Vec<Session> = Vec::new();
    for at in times {
        match all.last_mut() {
            Some(last) if at - last.end_ms <= pause_ms => {
                last.end_ms = at;
                last.events += 1;
            }
            _ => all.push(Session { start_ms: at, end_ms: at, events: 1 }),
        }
    }
    all
}

#[test]
fn a_pause_of_half_an_hour_is_the_same_session_and_a_longer_one_is_not() {
    let count = |times: &[i64]| of(times).all().count();
    assert_eq!(count(&[0, PAUSE_MS]), 1);
    assert_eq!(count(&[0, PAUSE_MS + 1]), 2);
    assert_eq!(count(&[0, PAUSE_MS + 1, PAUSE_MS / 2]), 1, "a late event puts two together");
}

#[test]
fn midnight_does_not_end_a_session() {
    let sessions = of(&[DAY_MS - MINUTE, DAY_MS + MINUTE, 3 * DAY_MS]);
    let all: Vec<Session> = sessions.all().collect();
    assert_eq!(all[0], Session { start_ms: DAY_MS - MINUTE, end_ms: DAY_MS + MINUTE, events: 2 });
    assert_eq!(all.len(), 2);
}

/// T6: one session of 500 events that come through 24 sources, each with a carrier of its own.
#[test]
fn a_session_over_many_sources_is_one_session() {
    let times: Vec<i64> = (0..500).map(|n| n * 7 * MINUTE).collect();
    let mut parts = vec![Sessions::default(); 24];
    for (n, at) in times.iter().enumerate() {
        parts[n * 7 % 24].add(*at, PAUSE_MS);
    }
    assert!(parts.iter().all(|part| part.all().count() > 1), "no source alone sees one session");
    let mut whole = Sessions::default();
    parts.iter().rev().for_each(|part| whole.merge(part));
    let all: Vec<Session> = whole.all().collect();
    assert_eq!(all, [Session { start_ms: 0, end_ms: 499 * 7 * MINUTE, events: 500 }]);
    assert!(whole.bytes() < 1_000, "{} bytes", whole.bytes());
}

#[test]
fn twenty_thousand_sessions_are_exact_and_small() {
    // Ten a day over 2,000 days.
    let times: Vec<i64> = (0..20_000).flat_map(|n| [n * 144 * MINUTE, n * 144 * MINUTE + MINUTE]).collect();
    let sessions = of(&times);
    assert_eq!(sessions.all().collect::<Vec<_>>(), offline(&times, PAUSE_MS));
    assert!(!sessions.older());
    assert!(sessions.bytes() <= 20_000 * 16 * 3 / 2, "{} bytes", sessions.bytes());
}

#[test]
fn a_million_events_of_one_program_are_a_handful_of_stretches() {
    let sessions = of(&(0..1_000_000).map(|n| n * 1_000).collect::<Vec<_>>());
    assert_eq!(sessions.all().map(|session| session.events).sum::<u64>(), 1_000_000);
    assert!(sessions.bytes() < 1_000, "{} bytes", sessions.bytes());
}

#[test]
fn beyond_the_bound_the_oldest_days_fall_out_in_any_order_of_arrival() {
    let days = DAYS_MAX as i64 + 50;
    let times: Vec<i64> = (0..days).flat_map(|day| [day * DAY_MS, day * DAY_MS + 2 * PAUSE_MS]).collect();
    let forward = of(&times);
    assert_eq!(of(&times.iter().rev().copied().collect::<Vec<_>>()), forward);
    let (even, odd): (Vec<i64>, Vec<i64>) = times.iter().partition(|at| **at / DAY_MS % 2 == 0);
    let mut merged = of(&odd);
    merged.merge(&of(&even));
    assert_eq!(merged, forward);
    assert!(forward.older());
    assert_eq!(forward.all().count(), 2 * DAYS_MAX);
    assert_eq!(forward.all().next().map(|session| session.start_ms), Some(50 * DAY_MS));
}

#[test]
fn clocks_gone_wild_do_no_harm() {
    let sessions = of(&[i64::MIN, i64::MAX, 0, i64::MIN + 1]);
    assert_eq!(sessions.all().count(), 3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// P8: sessions over a life are those of an offline computation, whatever the order, however carriers are merged.
    #[test]
    fn sessions_are_those_of_an_offline_computation(
        times in prop::collection::vec(0i64..4 * DAY_MS / 1_000, 0..200),
        parts in 1usize..6,
        pause_minutes in 5i64..120,
    ) {
        let times: Vec<i64> = times.iter().map(|at| at * 1_000 - DAY_MS).collect();
        let pause = pause_minutes * MINUTE;
        let mut carriers = vec![Sessions::default(); parts];
        for (n, at) in times.iter().enumerate() {
            carriers[n % parts].add(*at, pause);
        }
        let mut whole = Sessions::default();
        carriers.iter().rev().for_each(|part| whole.merge(part));
        prop_assert_eq!(whole.all().collect::<Vec<_>>(), offline(&times, pause));
        let mut at_once = Sessions::default();
        times.iter().for_each(|at| at_once.add(*at, pause));
        prop_assert_eq!(&at_once, &whole);
        let stored = serde_json::to_string(&whole).expect("it can be written");
        prop_assert_eq!(&serde_json::from_str::<Sessions>(&stored).expect("and read"), &whole);
    }
}
