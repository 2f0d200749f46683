use super::view::{View, history, view, views};
use super::*;
use crate::config::{Config, parse};
use crate::id::SourceName;
use serde_json::{Value, json};

#[path = "tests/kinds.rs"]
mod kinds;
#[path = "tests/properties.rs"]
mod properties;

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
        geo: None,
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
    assert_eq!(found(std::slice::from_ref(&paid)), (None, Some(-5.0), true));
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
