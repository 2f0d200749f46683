use super::view::{View, history, view, views};
use super::*;
use crate::config::{Config, parse};
use crate::event::carrier::{Carrier, of};
use crate::id::SourceName;
use proptest::prelude::*;
use serde_json::{Value, json};

const DAY: i64 = 86_400_000;

fn config(body: &str) -> Config {
    let text = format!("[project]\nname = \"t\"\n{body}");
    parse(&text, "kith.toml").unwrap_or_else(|e| panic!("{e}"))
}

fn templates(names: &[&str], traits: &str) -> Config {
    let contexts: String = names.iter().map(|name| format!("[[context]]\ntemplate = \"{name}\"\n")).collect();
    config(&format!("{contexts}{traits}"))
}

fn event(name: &str, at_ms: i64, properties: Value) -> Event {
    Event {
        source: SourceName::try_from("web").expect("a name"),
        call: Call::Track,
        message_id: format!("{name} {at_ms} {properties}"),
        name: name.into(),
        user_id: Some("u".into()),
        anonymous_id: None,
        timestamp_ms: at_ms,
        received_at_ms: at_ms,
        body: json!({ "properties": properties }).to_string(),
    }
}

fn folded<'a>(events: impl IntoIterator<Item = &'a Event>, config: &Config) -> State {
    let mut state = State::default();
    for event in events {
        state.take_steps(event, &Facts::of(&event.body), &config.contexts);
    }
    state
}

/// All objects of the first kind, as of a time.
fn seen<'a>(state: &'a State, config: &'a Config, as_of_ms: Option<i64>) -> Vec<View<'a>> {
    let definition = &config.contexts[0];
    let objects = state.contexts.of(&definition.name);
    objects.map(|objects| views(objects, definition, as_of_ms).expect("not too many")).unwrap_or_default()
}

/// State, worth and whether it is open, of the only object.
#[track_caller]
fn only(state: &State, config: &Config, as_of_ms: Option<i64>) -> (Option<String>, Option<f64>, bool) {
    let [view] = &seen(state, config, as_of_ms)[..] else { panic!("one object") };
    (view.state.map(str::to_string), view.value.map(|value| value as f64 / 1e6), view.open)
}

fn traits(state: &State, config: &Config, now_ms: i64) -> BTreeMap<String, Value> {
    let all = config.figures.iter().map(|figure| {
        let definition = config.contexts.iter().find(|c| c.name == figure.context).expect("it was checked");
        let objects = state.contexts.of(&definition.name);
        let views = objects.and_then(|o| views(o, definition, Some(now_ms))).unwrap_or_default();
        (figure.name.clone(), figure.value(definition, &views, now_ms).unwrap_or_default())
    });
    all.collect()
}

fn order(name: &str, at_ms: i64, total: i64) -> Event {
    event(name, at_ms, json!({"order_id": "1", "total": total, "currency": "EUR"}))
}

#[track_caller]
fn orders(events: &[Event], state: &str, worth: f64) {
    let config = templates(&["order"], "");
    let found = only(&folded(events, &config), &config, None);
    assert_eq!((found.0.as_deref(), found.1), (Some(state), Some(worth)));
    let backwards = only(&folded(events.iter().rev(), &config), &config, None);
    assert_eq!(found, backwards, "whatever the order of arrival");
}

#[test]
fn what_is_cancelled_or_returned_nets_out() {
    let bought = order("Order Completed", 10, 100);
    orders(std::slice::from_ref(&bought), "completed", 100.0);
    orders(&[bought.clone(), order("Order Cancelled", 20, 100)], "cancelled", 0.0);
    orders(&[bought.clone(), order("Order Refunded", 20, 30)], "partly_refunded", 70.0);
    orders(&[bought.clone(), order("Order Refunded", 20, -30)], "partly_refunded", 70.0);
    orders(
        &[bought.clone(), order("Order Refunded", 20, 30), order("Order Refunded", 30, 70)],
        "refunded",
        0.0,
    );
    orders(&[bought.clone(), order("Order Refunded", 20, 130)], "refunded", 0.0);
    orders(
        &[bought.clone(), order("Order Cancelled", 20, 0), order("Order Refunded", 30, 30)],
        "cancelled",
        0.0,
    );
    // A clock was wrong: the refund is dated before the order.
    orders(&[bought.clone(), order("Order Refunded", 5, 30)], "partly_refunded", 70.0);
    // The page of thanks was loaded again, before and after the order was cancelled.
    orders(&[bought.clone(), order("Order Completed", 11, 100)], "completed", 100.0);
    orders(
        &[bought.clone(), order("Order Cancelled", 20, 0), order("Order Completed", 30, 100)],
        "cancelled",
        0.0,
    );
    orders(
        &[bought.clone(), order("Order Cancelled", 20, 0), order("Order Reopened", 30, 0)],
        "completed",
        100.0,
    );
    // At one time: the order of the rules is that of a life.
    orders(&[bought.clone(), order("Order Cancelled", 10, 0)], "cancelled", 0.0);
    orders(&[bought, order("Order Updated", 15, 80), order("Order Shipped", 16, 0)], "shipped", 80.0);
}

#[test]
fn a_return_of_goods_takes_what_they_cost() {
    let refund = |properties: Value| event("Order Refunded", 20, properties);
    let bought = order("Order Completed", 10, 100);
    let goods = json!({"order_id": 1, "products": [{"price": 9.5, "quantity": 2}, {"price": "1", "sku": "x"}, {"sku": "y"}]});
    orders(&[bought.clone(), refund(goods)], "partly_refunded", 80.0);
    // Neither amount nor goods: all of it. Goods without a price: nobody knows.
    orders(&[bought.clone(), refund(json!({"order_id": "1"}))], "refunded", 0.0);
    orders(&[bought, refund(json!({"order_id": "1", "products": [{"sku": "x"}]}))], "partly_refunded", 100.0);
}

#[test]
fn what_is_about_no_object_changes_nothing() {
    let config = templates(&["order", "ticket"], "");
    let events = [
        event("Order Completed", 1, json!({"total": 5})),
        event("Order Completed", 2, json!({"order_id": null, "total": 5})),
        event("Order Completed", 3, json!({"order_id": "undefined", "total": 5})),
        event("Order Completed", 4, json!({"order_id": ["1"], "total": 5})),
        event("Order Completed", 5, json!({"order_id": "x".repeat(TEXT_MAX + 1), "total": 5})),
        event("Page Seen", 6, json!({"order_id": "1", "total": 5})),
        event("Ticket Updated", 7, json!({"ticket_id": "1", "status": "lost in the post"})),
        Event { call: Call::Page, ..order("Order Completed", 8, 5) },
    ];
    assert_eq!(folded(&events, &config), State::default());
}

#[test]
fn sources_conditions_and_signs_are_as_declared() {
    let config = config(
        "[[context]]\nname = \"loan\"\nsource = \"shop\"\nvalue = \"properties.n\"\nbelow_zero = true\n\
         [[context.step]]\nevent = \"Paid\"\nstate = \"test\"\nwhere = { \"properties.test\" = true }\n\
         [[context.step]]\nevent = \"Paid\"\nvalue = \"subtract\"\n[[context.step]]\ncall = \"identify\"\nstate = \"known\"\n",
    );
    let shop = |event: Event| Event { source: SourceName::try_from("shop").expect("a name"), ..event };
    let paid = shop(event("Paid", 1, json!({"n": 5})));
    let test = shop(event("Paid", 2, json!({"n": 5, "test": true})));
    let known = Event { call: Call::Identify, name: String::new(), ..shop(event("", 3, json!({}))) };
    assert_eq!(folded(&[event("Paid", 1, json!({"n": 5}))], &config), State::default(), "of another source");
    let found = |events: &[Event]| only(&folded(events, &config), &config, None);
    assert_eq!(found(&[paid.clone()]), (None, Some(-5.0), true));
    assert_eq!(found(&[paid.clone(), test.clone()]), (Some("test".into()), Some(-5.0), true));
    assert_eq!(found(&[paid, test, known]), (Some("known".into()), Some(-5.0), true));
}

#[test]
fn two_bookings_stay_apart_and_each_has_a_history() {
    let config = templates(&["booking"], "");
    let booking =
        |name: &str, id: &str, at| event(name, at, json!({"booking_id": id, "total": 300, "hotel": "Sea"}));
    let events = [
        booking("Booking Checked Out", "A", 9 * DAY),
        booking("Booking Created", "B", DAY),
        booking("Booking Checked In", "A", 7 * DAY),
        booking("Booking Created", "A", 0),
        booking("Booking Cancelled", "B", 2 * DAY),
    ];
    let state = folded(&events, &config);
    let [a, b] = &seen(&state, &config, None)[..] else { panic!("two bookings") };
    assert_eq!((a.state, a.value, a.label), (Some("checked_out"), Some(300_000_000), Some("Sea")));
    assert_eq!((a.opened_ms, a.closed_ms, a.lasted_ms(50 * DAY)), (0, Some(9 * DAY), 9 * DAY));
    assert_eq!((b.state, b.value, b.closed_ms), (Some("cancelled"), Some(0), Some(2 * DAY)));
    let Some(Objects::Known(all)) = state.contexts.of("booking") else { panic!("bookings") };
    let moments = history("A", &all["A"], &config.contexts[0], None);
    let way: Vec<_> = moments.iter().map(|m| (m.at_ms / DAY, m.event, m.view.state)).collect();
    let expected = [
        (0, "Booking Created", Some("booked")),
        (7, "Booking Checked In", Some("checked_in")),
        (9, "Booking Checked Out", Some("checked_out")),
    ];
    assert_eq!(way, expected);
    let then = seen(&state, &config, Some(DAY));
    assert_eq!(
        then.iter().map(|v| (v.id, v.state)).collect::<Vec<_>>(),
        [("A", Some("booked")), ("B", Some("booked"))]
    );
    assert_eq!(seen(&state, &config, Some(0)).len(), 1, "the second one did not exist yet");
}

#[test]
fn a_subscription_says_which_plan_was_paid_for_when() {
    let config = templates(
        &["subscription"],
        "[[trait]]\nname = \"plan\"\ncontext = \"subscription\"\nopen = true\naggregate = \"last\"\nof = \"label\"\n\
         [[trait]]\nname = \"mrr\"\ncontext = \"subscription\"\naggregate = \"sum\"\nof = \"value\"\n",
    );
    let step = |name: &str, at, more: Value| {
        let mut properties = json!({"subscription_id": "s"});
        properties.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        event(name, at, properties)
    };
    let state = folded(
        &[
            step("Subscription Paused", 40 * DAY, json!({})),
            step(
                "Subscription Upgraded",
                30 * DAY,
                json!({"plan": "gold", "price": 600, "interval": "yearly"}),
            ),
            step(
                "Subscription Created",
                10 * DAY,
                json!({"plan": "basic", "mrr": "9.5", "interval": "year"}),
            ),
            step("Trial Started", 0, json!({"plan": "basic", "mrr": 9.5})),
            step("Subscription Cancelled", 60 * DAY, json!({})),
            step("Subscription Resumed", 50 * DAY, json!({})),
        ],
        &config,
    );
    let mut found = Vec::new();
    for day in [5, 15, 35, 45, 55, 65] {
        let traits = traits(&state, &config, day * DAY);
        found.push((
            only(&state, &config, Some(day * DAY)).0.unwrap_or_default(),
            traits["plan"].clone(),
            traits["mrr"].clone(),
        ));
    }
    let expected = [
        ("trial", json!("basic"), json!(0)),
        ("active", json!("basic"), json!(9.5)),
        ("active", json!("gold"), json!(50)),
        ("paused", json!("gold"), json!(0)),
        ("active", json!("gold"), json!(50)),
        ("cancelled", Value::Null, json!(0)),
    ];
    assert_eq!(found, expected.map(|(state, plan, mrr)| (state.to_string(), plan, mrr)));
}

#[test]
fn open_tickets_have_a_number_and_an_age() {
    let config = templates(
        &["ticket"],
        "[[trait]]\nname = \"open\"\ncontext = \"ticket\"\nopen = true\naggregate = \"count\"\n\
         [[trait]]\nname = \"oldest\"\ncontext = \"ticket\"\nopen = true\naggregate = \"max\"\nof = \"age_days\"\n\
         [[trait]]\nname = \"took\"\ncontext = \"ticket\"\nopen = false\naggregate = \"average\"\nof = \"duration_hours\"\n\
         [[trait]]\nname = \"urgent\"\ncontext = \"ticket\"\naggregate = \"set\"\nof = \"id\"\nwhere = { \"properties.priority\" = 1 }\n",
    );
    let ticket = |name: &str, id: u32, at, status: &str| {
        event(name, at, json!({"ticket_id": id, "status": status, "priority": id}))
    };
    let events = [
        ticket("Ticket Created", 1, 0, "New"),
        ticket("Ticket Created", 2, DAY, "open"),
        ticket("Ticket Updated", 1, 2 * DAY, "solved"),
        ticket("Ticket Replied", 2, 2 * DAY, ""),
        ticket("Ticket Reopened", 1, 3 * DAY, ""),
    ];
    let state = folded(&events, &config);
    let at = |now| traits(&state, &config, now);
    assert_eq!((&at(DAY)["open"], &at(DAY)["took"]), (&json!(2), &Value::Null));
    let solved = at(2 * DAY + DAY / 2);
    assert_eq!((&solved["open"], &solved["oldest"], &solved["took"]), (&json!(1), &json!(1.5), &json!(48.0)));
    let now = at(4 * DAY);
    assert_eq!((&now["open"], &now["oldest"], &now["urgent"]), (&json!(2), &json!(4), &json!(["1"])));
    let [first, _] = &seen(&state, &config, None)[..] else { panic!("two tickets") };
    assert_eq!((first.state, first.closed_ms), (Some("open"), None), "opened again");
}

#[test]
fn a_back_dated_import_is_in_the_totals_of_its_time() {
    let config = templates(
        &["order"],
        "[[trait]]\nname = \"ltv\"\ncontext = \"order\"\naggregate = \"sum\"\nof = \"value\"\n\
         [[trait]]\nname = \"month\"\ncontext = \"order\"\naggregate = \"count\"\nwindow = \"30 days\"\n\
         [[trait]]\nname = \"first\"\ncontext = \"order\"\naggregate = \"first\"\nof = \"value\"\n",
    );
    let order =
        |name: &str, id: u32, at, total: f64| event(name, at, json!({"order_id": id, "total": total}));
    let mut events =
        vec![order("Order Completed", 1, 100 * DAY, 0.1), order("Order Completed", 2, 101 * DAY, 0.2)];
    let found = |events: &[Event], now| traits(&folded(events, &config), &config, now);
    assert_eq!(found(&events, 110 * DAY)["ltv"], json!(0.3));
    events.push(order("Order Completed", 3, 5 * DAY, 7.0));
    let all = found(&events, 110 * DAY);
    assert_eq!((&all["ltv"], &all["month"], &all["first"]), (&json!(7.3), &json!(2), &json!(7)));
    assert_eq!(found(&events, 50 * DAY)["ltv"], json!(7), "as of then");
}

#[test]
fn points_and_tier_are_those_of_the_person() {
    let config = templates(&["loyalty"], "");
    let points = |name: &str, at, n: i64| event(name, at, json!({ "points": n }));
    let state = folded(
        &[
            points("Points Redeemed", 3, 30),
            points("Points Earned", 1, 100),
            event("Tier Changed", 2, json!({"tier": "silver"})),
            event("Tier Changed", 4, json!({"tier": "gold"})),
        ],
        &config,
    );
    let now = &seen(&state, &config, None)[0];
    assert_eq!((now.id, now.label, now.value), ("", Some("gold"), Some(70_000_000)));
    assert_eq!(seen(&state, &config, Some(2))[0].label, Some("silver"));
}

#[test]
fn an_object_of_ten_thousand_updates_is_bounded_and_exact() {
    let config = config(
        "[[context]]\nname = \"account\"\nid = \"properties.id\"\nvalue = \"properties.n\"\nlabel = \"properties.label\"\nended = [\"closed\"]\n\
         [[context.step]]\nevent = \"Opened\"\nstate = \"open\"\nvalue = \"set\"\n\
         [[context.step]]\nevent = \"Booked\"\nvalue = \"add\"\n[[context.step]]\nevent = \"Closed\"\nstate = \"closed\"\n",
    );
    let mut events: Vec<Event> =
        (1..=10_000).map(|n| event("Booked", n, json!({"id": "a", "n": n}))).collect();
    events.push(event("Opened", 0, json!({"id": "a", "n": 5, "label": "first"})));
    let state = folded(&events, &config);
    let backwards = folded(events.iter().rev(), &config);
    assert_eq!(backwards, state);
    let Some(Objects::Known(all)) = state.contexts.of("account") else { panic!("an account") };
    let account = &all["a"];
    assert_eq!((account.steps.len(), account.count()), (STEPS_MAX, 10_001));
    let now = view("a", account, &config.contexts[0], None).expect("it has begun");
    assert_eq!((now.value, now.steps), (Some((5 + 10_000 * 10_001 / 2) * 1_000_000), 10_001));
    assert_eq!((now.state, now.label, now.opened_ms), (Some("open"), Some("first"), 0));
    let then = view("a", account, &config.contexts[0], Some(9_990)).expect("it had begun");
    assert_eq!(then.value, Some((5 + 9_990 * 9_991 / 2) * 1_000_000), "as of a time whose steps are kept");
    let long_ago = view("a", account, &config.contexts[0], Some(10)).expect("it was there");
    assert_eq!((long_ago.state, long_ago.value), (None, None), "and nothing more is known");
    assert!(view("a", account, &config.contexts[0], Some(-1)).is_none());
}

#[test]
fn a_till_with_too_many_objects_is_nobody_whatever_the_order() {
    let config = templates(&["order"], "");
    let bought =
        |n: usize| event("Order Completed", n as i64, json!({"order_id": format!("o{n}"), "total": 1}));
    let events: Vec<Event> = (0..=OBJECTS_MAX).map(bought).collect();
    let (first, second) = events.split_at(OBJECTS_MAX / 2);
    let (mut merged, second) = (folded(first, &config), folded(second, &config));
    assert!(matches!(second.contexts.of("order"), Some(Objects::Known(_))));
    merged.merge(&second);
    assert_eq!(merged.contexts.of("order"), Some(&Objects::TooMany));
    let all = folded(events.iter().rev(), &config);
    assert_eq!(all, merged);
    // An order that was known already is none more.
    let enough = folded(events[1..].iter().chain(&events[1..]), &config);
    assert!(matches!(enough.contexts.of("order"), Some(Objects::Known(_))));
}

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
