use super::*;
use crate::event::measure::{Aggregate, Definition};
use crate::id::SourceName;
use proptest::prelude::*;

fn event(call: Call, n: u64, ids: (&str, &str), at_ms: i64, body: &str) -> Event {
    let id = |id: &str| Some(id.to_string()).filter(|id| !id.is_empty());
    Event {
        source: SourceName::try_from("web").expect("a name"),
        call,
        message_id: format!("m{n}"),
        name: if call == Call::Track { "Order Completed".into() } else { String::new() },
        user_id: id(ids.0),
        anonymous_id: id(ids.1),
        timestamp_ms: at_ms,
        received_at_ms: at_ms,
        body: body.into(),
        geo: None,
    }
}

/// All carriers after a history.
fn folded(history: &[Event], definitions: &[Definition]) -> BTreeMap<Carrier, State> {
    let (mut all, traits): (BTreeMap<Carrier, State>, _) = (BTreeMap::new(), Traits::of(definitions));
    for event in history {
        let facts = Facts::of(&event.body);
        if let Some(carrier) = crate::event::carrier::of(event) {
            all.entry(carrier).or_default().apply(event, &facts, &traits);
        }
        for claim in claims(event, &facts) {
            all.entry(claim.carrier.clone()).or_default().claim(&claim, event.timestamp_ms);
        }
    }
    all
}

#[test]
fn the_visitor_belongs_to_who_came_first_by_time_not_by_arrival() {
    let body = "{}";
    let history = [
        event(Call::Identify, 1, ("late", "a"), 20, body),
        event(Call::Identify, 2, ("early", "a"), 10, body),
        event(Call::Page, 3, ("", "a"), 5, body),
    ];
    let all = folded(&history, &[]);
    let visitor = &all[&Carrier::visitor("a")];
    assert_eq!(visitor.owner(), Some("early"));
    let row = visitor.row(&Carrier::visitor("a")).expect("it has an event of its own");
    assert_eq!(row["user_id"], "early");
    assert_eq!(all[&Carrier::user("late")].owner(), None, "two users of one device are not one person");
}

#[test]
fn a_device_that_many_share_belongs_to_nobody() {
    let history: Vec<Event> = (0..=USERS_PER_VISITOR_MAX as u64)
        .map(|n| event(Call::Identify, n, (&format!("u{n}"), "kiosk"), n as i64, "{}"))
        .collect();
    assert_eq!(folded(&history, &[])[&Carrier::visitor("kiosk")].owner(), None);
}

#[test]
fn an_alias_joins_whichever_kind_of_id_it_meant() {
    let alias = event(Call::Alias, 1, ("new", ""), 1, r#"{"previousId":"old"}"#);
    let seen = event(Call::Track, 2, ("old", ""), 2, "{}");
    let all = folded(&[alias.clone(), seen], &[]);
    let row = all[&Carrier::user("old")].row(&Carrier::user("old")).expect("it has an event of its own");
    assert_eq!((row["user_id"].as_str(), row["alias_user_id"].as_str()), (Some("old"), Some("new")));
    assert!(all[&Carrier::visitor("old")].row(&Carrier::visitor("old")).is_none(), "no visitor has this id");
    let all = folded(&[alias, event(Call::Page, 3, ("", "old"), 3, "{}")], &[]);
    let row = all[&Carrier::visitor("old")].row(&Carrier::visitor("old")).expect("a visitor has it");
    assert_eq!(row["user_id"], "new");
}

#[test]
fn traits_of_a_group_are_not_of_the_person() {
    let group = event(Call::Group, 1, ("u", ""), 1, r#"{"groupId":"acme","traits":{"name":"Acme"}}"#);
    let state = &folded(&[group], &[])[&Carrier::user("u")];
    assert!(state.traits.is_empty());
    assert_eq!(state.groups["acme"], 1);
}

fn some_event() -> impl Strategy<Value = Event> {
    let ids = (0usize..4, 0usize..4).prop_filter("somebody", |(user, visitor)| user + visitor > 0);
    (0usize..6, any::<u16>(), ids, 0i64..40, 0usize..5).prop_map(|(call, n, (user, visitor), at, body)| {
        let users = ["", "u1", "u2", "u3"];
        let visitors = ["", "a1", "a2", "a3"];
        let bodies = [
            "{}",
            r#"{"traits":{"email":"a@x.org","plan":null}}"#,
            r#"{"context":{"traits":{"email":"b@x.org"}},"previousId":"a2"}"#,
            r#"{"properties":{"total":0.1},"groupId":"g"}"#,
            r#"{"properties":{"total":"7.25"},"traits":{"plan":{"b":1,"a":[2]}}}"#,
        ];
        // Days apart, so that windows have buckets.
        event(Call::ALL[call], u64::from(n), (users[user], visitors[visitor]), at * 86_400_000, bodies[body])
    })
}

fn definitions() -> Vec<Definition> {
    let all = Aggregate::ALL.into_iter().flat_map(|aggregate| {
        [None, Some(20 * 86_400_000)].into_iter().map(move |window_ms| Definition {
            name: format!("{}_{}", aggregate.name(), window_ms.is_some()),
            call: Call::Track,
            events: Vec::new(),
            aggregate,
            of: "properties.total".into(),
            window_ms,
            only: Vec::new(),
        })
    });
    all.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn order_and_grouping_make_no_difference(
        history in prop::collection::vec(some_event(), 0..24),
        cut in 0usize..24,
        seed in any::<u64>(),
    ) {
        let definitions = definitions();
        let expected = folded(&history, &definitions);
        let mut shuffled = history.clone();
        let mut state = seed | 1;
        for i in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            shuffled.swap(i, (state >> 33) as usize % (i + 1));
        }
        prop_assert_eq!(&folded(&shuffled, &definitions), &expected);
        // Two halves, folded apart and merged, are the whole.
        let cut = cut.min(history.len());
        let mut merged = folded(&history[..cut], &definitions);
        for (carrier, state) in folded(&history[cut..], &definitions) {
            merged.entry(carrier).or_default().merge(&state);
        }
        prop_assert_eq!(&merged, &expected);
    }

    #[test]
    fn a_state_survives_being_stored(history in prop::collection::vec(some_event(), 0..24)) {
        for state in folded(&history, &definitions()).values() {
            let stored = serde_json::to_vec(state).expect("states can be written");
            prop_assert_eq!(&serde_json::from_slice::<State>(&stored).expect("and read"), state);
        }
    }
}
