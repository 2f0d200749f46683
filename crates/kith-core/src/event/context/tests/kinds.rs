use super::*;

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
