use super::*;
use crate::event::Call;
use crate::event::fold::State;
use crate::event::measure::{Aggregate, Definition, Traits};
use crate::id::SourceName;
use proptest::prelude::*;
use serde_json::json;

const MINUTE: i64 = 60_000;
const DAY: i64 = 86_400_000;

fn event(n: u64, at_ms: i64, name: &str, body: &serde_json::Value) -> Event {
    Event {
        source: SourceName::try_from("web").expect("a name"),
        call: if name.is_empty() { Call::Page } else { Call::Track },
        message_id: format!("m{n}"),
        name: name.into(),
        user_id: Some("u".into()),
        anonymous_id: None,
        timestamp_ms: at_ms,
        received_at_ms: at_ms,
        body: body.to_string(),
        geo: None,
    }
}

fn visit(n: u64, at_ms: i64, url: &str) -> Event {
    event(n, at_ms, "", &json!({ "context": { "page": { "url": url } } }))
}

fn folded(events: &[Event], definitions: &[Definition]) -> State {
    let (mut state, traits) = (State::default(), Traits::of(definitions));
    for event in events {
        let facts = Facts::of(&event.body);
        state.apply(event, &facts, &traits);
    }
    state
}

fn habits(events: &[Event]) -> Habits {
    *folded(events, &[]).habits.expect("events hang on it")
}

#[test]
fn what_a_program_did_is_apart() {
    let robot =
        json!({ "context": { "userAgent": "curl/8.5.0", "page": { "url": "https://s.example/?gclid=1" } } });
    let found = habits(&[event(1, 0, "", &robot), event(2, DAY, "", &robot)]);
    assert_eq!(found.bots.map(|tally| tally.count), Some(2));
    assert_eq!(Habits { bots: found.bots, ..Habits::default() }, found, "and nothing else was taken in");
}

#[test]
fn a_message_that_arrives_is_no_session_and_brings_nobody() {
    let campaign = json!({ "properties": { "campaign_name": "May" } });
    let found = habits(&[
        event(1, 0, "Email Delivered", &campaign),
        event(2, DAY, "Email Opened", &campaign),
        event(3, DAY + MINUTE, "Email Link Clicked", &campaign),
    ]);
    assert_eq!(found.sessions.all().count(), 1);
    let touch = found.first_touch.expect("the click");
    assert_eq!((touch.stamp.by.as_str(), touch.channel), ("m3", Channel::Email));
    let (name, counts) = found.campaigns.iter().next().expect("the campaign");
    assert_eq!((&*name.name, counts.events.count, counts.opened, counts.clicked), ("May", 3, 1, 1));
}

#[test]
fn first_and_last_touch_hold_whatever_the_order() {
    let events = [
        visit(1, 0, "https://s.example/"),
        visit(2, DAY, "https://s.example/?utm_source=news&utm_medium=email&utm_campaign=may"),
        event(
            3,
            DAY + 1,
            "",
            &json!({ "context": { "page": { "url": "https://s.example/b", "referrer": "https://s.example/" } } }),
        ),
        visit(4, 2 * DAY, "https://s.example/"),
    ];
    let mut backwards = events.clone();
    backwards.reverse();
    for events in [events, backwards] {
        let found = habits(&events);
        let (first, last) = (found.first_touch.expect("first"), found.last_touch.expect("last"));
        assert_eq!((first.channel, first.stamp.by.as_str()), (Channel::Direct, "m1"));
        // The later direct visit and the click within the site have brought nobody.
        assert_eq!((last.channel, last.stamp.by.as_str()), (Channel::Email, "m2"));
        assert_eq!(last.campaign.map(|campaign| campaign.name), Some("may".into()));
        assert_eq!(last.event, "page");
    }
}

#[test]
fn a_traveller_of_all_cities_becomes_one_of_regions() {
    let place = |n: u64| {
        let location = json!({ "country": "DE", "region": format!("r{}", n % 3), "city": format!("c{n}") });
        event(n, n as i64 * DAY, "Order Completed", &json!({ "context": { "location": location } }))
    };
    let events: Vec<Event> = (0..=Geo::MOST as u64).map(place).collect();
    let exact = habits(&events[1..]);
    assert_eq!((exact.places.level(), exact.places.iter().count()), (0, Geo::MOST));
    let coarse = habits(&events);
    assert_eq!((coarse.places.level(), coarse.places.iter().count()), (1, 3));
    let orders: u64 = coarse.places.iter().map(|(_, stay)| stay.orders).sum();
    assert_eq!(orders, Geo::MOST as u64 + 1, "nothing is lost by it");
    let days: usize = coarse.places.iter().map(|(_, stay)| stay.days.len()).sum();
    assert_eq!(days, Geo::MOST + 1);
}

#[test]
fn declared_traits_can_count_what_is_derived() {
    let definition = |name: &str, aggregate, of: &str, only: &[(&str, &str)]| Definition {
        name: name.into(),
        call: Call::Page,
        events: Vec::new(),
        aggregate,
        of: of.into(),
        window_ms: None,
        only: only.iter().map(|(path, text)| ((*path).into(), (*text).into())).collect(),
    };
    let definitions = [
        definition("channel", Aggregate::Top, "derived.channel", &[("derived.bot", "false")]),
        definition("visits", Aggregate::Count, "", &[("derived.bot", "false")]),
        definition("by_phone", Aggregate::Count, "", &[("derived.device.kind", "phone")]),
    ];
    let phone =
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) Version/17.4 Mobile/15E148 Safari/604.1";
    let events = [
        event(
            1,
            0,
            "",
            &json!({ "context": { "userAgent": phone, "page": { "url": "https://s.example/?gclid=1" } } }),
        ),
        event(2, 1, "", &json!({ "context": { "userAgent": "Googlebot/2.1" } })),
    ];
    let state = folded(&events, &definitions);
    let traits = Traits::of(&definitions);
    let values: Vec<_> =
        traits.found(&state.measures, 0).map(|found| found.value().expect("a value")).collect();
    assert_eq!(values, [json!("paid_search"), json!(1), json!(1)]);
}

/// The pieces of real contexts, in all combinations.
fn some_event() -> impl Strategy<Value = Event> {
    let agents = [
        "",
        "curl/8.5.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) Version/17.4 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0",
    ];
    let pages = [
        "",
        "https://s.example/",
        "https://s.example/?gclid=1",
        "https://s.example/?utm_source=a&utm_campaign=b",
        "https://s.example/?utm_source=a&utm_campaign=c",
    ];
    let referrers = ["", "https://www.google.com/", "https://s.example/a", "https://t.co/x"];
    let (apps, models) = (["", "Shop"], ["", "", "Pixel 8", "iPad13,4", "x"]);
    let countries = ["", "DE", "FR"];
    let names = ["", "Order Completed", "Email Opened", "Email Link Clicked", "Email Delivered"];
    let parts = (0..agents.len(), 0..pages.len(), 0..referrers.len(), 0..names.len(), 0..5usize, 0..3usize);
    (parts, 0u64..40, 0i64..400).prop_map(move |((agent, page, referrer, name, device, place), n, at)| {
        let body = json!({ "properties": { "campaign_name": "May" }, "context": {
            "userAgent": agents[agent],
            "page": { "url": pages[page], "referrer": referrers[referrer] },
            "app": { "name": apps[device % 2] },
            "device": { "model": models[device] },
            "location": { "country": countries[place], "city": "x" },
        } });
        let mut event = event(n, at * 7 * MINUTE, names[name], &body);
        event.geo = (n % 3 == 0).then(|| Box::new(Geo { country: "AT".into(), ..Geo::default() }));
        event
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn order_and_grouping_make_no_difference(
        history in prop::collection::vec(some_event(), 0..40),
        cut in 0usize..40,
        seed in any::<u64>(),
    ) {
        let expected = folded(&history, &[]);
        let mut shuffled = history.clone();
        let mut state = seed | 1;
        for i in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            shuffled.swap(i, (state >> 33) as usize % (i + 1));
        }
        prop_assert_eq!(&folded(&shuffled, &[]), &expected);
        let (left, right) = history.split_at(cut.min(history.len()));
        let mut merged = folded(right, &[]);
        merged.merge(&folded(left, &[]));
        prop_assert_eq!(&merged, &expected);
        let stored = serde_json::to_vec(&expected).expect("states can be written");
        prop_assert_eq!(&serde_json::from_slice::<State>(&stored).expect("and read"), &expected);
    }

    /// Keys that become coarser do so in any order, and the counts stay exact.
    #[test]
    fn bounded_counts_are_exact(numbers in prop::collection::vec(0u16..60, 0..80), cut in 0usize..80) {
        let count = |numbers: &[u16]| {
            let mut counts: Bounded<Small, Tally> = Bounded::default();
            numbers.iter().for_each(|n| counts.add(Small(*n), Tally::once(i64::from(*n))));
            counts
        };
        let (left, right) = numbers.split_at(cut.min(numbers.len()));
        let mut merged = count(right);
        merged.merge(&count(left));
        let expected = count(&numbers);
        prop_assert_eq!(&merged, &expected);
        prop_assert_eq!(expected.iter().map(|(_, tally)| tally.count).sum::<u64>(), numbers.len() as u64);
        let different: std::collections::BTreeSet<u16> = numbers.iter().copied().collect();
        prop_assert_eq!(expected.level() > 0, different.len() > Small::MOST);
    }
}

/// Few of them, so that a test comes to the bound.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Small(u16);

impl Key for Small {
    const MOST: usize = 8;
    const LEVELS: u8 = 2;
    fn at_level(self, level: u8) -> Small {
        Small(self.0 - self.0 % [1, 4, 20][usize::from(level)])
    }
}
