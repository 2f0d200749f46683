use super::*;
use crate::event::carrier::{Carrier, of};
use proptest::prelude::*;

/// Events of two orders by a visitor and two users; few times, so that many are equal.
fn some_event() -> impl Strategy<Value = Event> {
    let names = [
        "Checkout Started",
        "Order Completed",
        "Order Updated",
        "Order Shipped",
        "Order Refunded",
        "Order Cancelled",
        "Order Reopened",
        "Ticket Created",
        "Ticket Updated",
        "Points Earned",
        "Points Redeemed",
    ];
    (0..names.len(), any::<u16>(), 0usize..3, 0i64..30, 0i64..4, 0u32..2).prop_map(
        move |(name, message, who, at, amount, id)| {
            let status = ["open", "solved", "unheard of", ""][amount as usize];
            let total = [json!(10), json!("2.5"), json!(-1), Value::Null][amount as usize].clone();
            let properties = json!({
                "order_id": id, "ticket_id": id, "total": total, "points": amount, "status": status, "seats": amount,
                "coupon": format!("c{amount}"),
            });
            Event {
                message_id: format!("m{message}"),
                user_id: (who > 0).then(|| format!("u{who}")),
                anonymous_id: (who == 0).then(|| "a".to_string()),
                ..event(names[name], at, properties)
            }
        },
    )
}

fn kinds() -> Config {
    templates(
        &["order", "ticket", "loyalty"],
        "[[trait]]\nname = \"seats\"\ncontext = \"order\"\naggregate = \"sum\"\nof = \"properties.seats\"\n",
    )
}

fn by_carrier<'a>(events: impl IntoIterator<Item = &'a Event>, config: &Config) -> BTreeMap<Carrier, State> {
    let mut all: BTreeMap<Carrier, State> = BTreeMap::new();
    for event in events {
        let carrier = of(event).expect("somebody");
        all.entry(carrier).or_default().take_steps(event, &Facts::of(&event.body), &config.contexts);
    }
    all
}

fn shuffled(events: &[Event], seed: u64) -> Vec<Event> {
    let (mut shuffled, mut state) = (events.to_vec(), seed | 1);
    for i in (1..shuffled.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        shuffled.swap(i, (state >> 33) as usize % (i + 1));
    }
    shuffled
}

/// The worth of the loyalty points, counted plainly.
fn points(events: &[Event], up_to: i64) -> Option<i128> {
    let of = |event: &Event| -> i128 {
        let body: Value = serde_json::from_str(&event.body).expect("JSON");
        i128::from(body["properties"]["points"].as_i64().expect("points")) * 1_000_000
    };
    let known = events.iter().filter(|e| e.timestamp_ms <= up_to && e.name.starts_with("Points"));
    let sum: i128 = known.map(|e| if e.name == "Points Earned" { of(e) } else { -of(e) }).sum();
    events.iter().any(|e| e.timestamp_ms <= up_to && e.name.starts_with("Points")).then_some(sum.max(0))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn order_and_grouping_make_no_difference(
        events in prop::collection::vec(some_event(), 0..400),
        cuts in (0usize..400, 0usize..400),
        seed in any::<u64>(),
    ) {
        let config = kinds();
        let expected = by_carrier(&events, &config);
        let mixed = shuffled(&events, seed);
        prop_assert_eq!(&by_carrier(&mixed, &config), &expected);
        // Three parts, folded apart and merged from the right or from the left, are the whole.
        let (a, b) = (cuts.0.min(cuts.1).min(mixed.len()), cuts.0.max(cuts.1).min(mixed.len()));
        let parts = [&mixed[..a], &mixed[a..b], &mixed[b..]].map(|part| folded(part, &config));
        let whole = folded(&events, &config);
        let mut left = parts[0].clone();
        left.merge(&parts[1]);
        left.merge(&parts[2]);
        let mut right = parts[2].clone();
        right.merge(&parts[1]);
        right.merge(&parts[0]);
        prop_assert_eq!(&left, &whole);
        prop_assert_eq!(&right, &whole);
        // A profile is the merge of its carriers, and each carrier is as it was without the others.
        let mut profile = State::default();
        expected.values().rev().for_each(|state| profile.merge(state));
        prop_assert_eq!(&profile, &whole);
        for (carrier, state) in &expected {
            let own: Vec<&Event> = events.iter().filter(|e| of(e).as_ref() == Some(carrier)).collect();
            prop_assert_eq!(&folded(own, &config), state);
        }
    }

    #[test]
    fn as_of_a_time_is_what_was_known_of_the_events_until_then(
        events in prop::collection::vec(some_event(), 0..60),
        at in -1i64..31,
    ) {
        let config = kinds();
        let whole = folded(&events, &config);
        let until = folded(events.iter().filter(|e| e.timestamp_ms <= at), &config);
        for definition in &config.contexts {
            let asked = whole.contexts.of(&definition.name).and_then(|o| views(o, definition, Some(at)));
            let known = until.contexts.of(&definition.name).and_then(|o| views(o, definition, None));
            prop_assert_eq!(asked.unwrap_or_default(), known.unwrap_or_default());
        }
    }

    #[test]
    fn nothing_is_lost_or_counted_twice_by_keeping_few_steps(
        events in prop::collection::vec(some_event(), 0..900),
        cut in 0usize..900,
    ) {
        let config = kinds();
        let mut whole = folded(&events[..cut.min(events.len())], &config);
        whole.merge(&folded(&events[cut.min(events.len())..], &config));
        let definition = &config.contexts[2];
        let found = whole.contexts.of("loyalty").and_then(|o| views(o, definition, None)).unwrap_or_default();
        prop_assert_eq!(found.first().and_then(|view| view.value), points(&events, 30));
        for view in whole.contexts.of("order").and_then(|o| views(o, &config.contexts[0], None)).unwrap_or_default() {
            prop_assert!(view.value.is_none_or(|value| value >= 0), "never below zero");
            let open = !config.contexts[0].ended.iter().any(|s| Some(s.as_str()) == view.state);
            prop_assert_eq!(view.closed_ms.is_none(), open);
        }
    }

    #[test]
    fn objects_survive_being_stored(events in prop::collection::vec(some_event(), 0..200)) {
        let state = folded(&events, &kinds());
        let stored = serde_json::to_vec(&state).expect("states can be written");
        prop_assert_eq!(&serde_json::from_slice::<State>(&stored).expect("and read"), &state);
    }
}
