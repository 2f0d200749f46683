use super::*;
use crate::event::Event;
use crate::event::facts::Facts;
use crate::id::SourceName;

fn definition(aggregate: Aggregate, window_ms: Option<i64>) -> Definition {
    Definition {
        name: "t".into(),
        call: Call::Track,
        events: vec!["Order Completed".into()],
        aggregate,
        of: if aggregate == Aggregate::Count { String::new() } else { "properties.total".into() },
        window_ms,
        only: Vec::new(),
    }
}

fn order(at_ms: i64, total: &str) -> Event {
    Event {
        source: SourceName::try_from("web").expect("a name"),
        call: Call::Track,
        message_id: format!("m{at_ms}"),
        name: "Order Completed".into(),
        user_id: Some("u".into()),
        anonymous_id: None,
        timestamp_ms: at_ms,
        received_at_ms: at_ms,
        body: format!(r#"{{"properties":{{"total":{total}}}}}"#),
        geo: None,
    }
}

/// The values of some traits after some orders, given as the time and the total.
fn values(definitions: &[Definition], orders: &[(i64, &str)], now: i64) -> Vec<Option<Value>> {
    let (traits, mut measures) = (Traits::of(definitions), Measures::default());
    for (at, total) in orders {
        let event = order(*at, total);
        measures.apply(&traits, &event, &Facts::of(&event.body));
    }
    traits.found(&measures, now).map(|found| found.value()).collect()
}

fn measured(aggregate: Aggregate, window_ms: Option<i64>, orders: &[(i64, &str)], now: i64) -> Option<Value> {
    values(&[definition(aggregate, window_ms)], orders, now).remove(0)
}

#[test]
fn each_aggregate_says_what_its_name_says() {
    let orders = [(1, "10"), (3, "0.1"), (2, "0.2"), (4, "\"0.2\""), (5, "null"), (6, "\"much\"")];
    let said = |aggregate| measured(aggregate, None, &orders, 10);
    assert_eq!(said(Aggregate::Count), Some(6.into()));
    assert_eq!(said(Aggregate::Sum), Some(10.5.into()), "0.1 + 0.2 is 0.3");
    assert_eq!(said(Aggregate::Average), Some(2.625.into()));
    assert_eq!(said(Aggregate::Min), Some(0.1.into()));
    assert_eq!(said(Aggregate::Max), Some(10.into()));
    assert_eq!(said(Aggregate::First), Some(10.into()));
    assert_eq!(said(Aggregate::Last), Some("much".into()));
    assert_eq!(said(Aggregate::Distinct), Some(4.into()));
    assert_eq!(said(Aggregate::Top), Some("0.2".into()));
    assert_eq!(said(Aggregate::Set), Some(serde_json::json!(["0.1", "0.2", "10", "much"])));
}

#[test]
fn a_window_forgets_whole_buckets() {
    let orders = [(0, "1"), (10 * DAY_MS, "2"), (20 * DAY_MS, "4")];
    let sum = |now| measured(Aggregate::Sum, Some(10 * DAY_MS), &orders, now);
    assert_eq!(sum(20 * DAY_MS), Some(6.into()));
    assert_eq!(sum(20 * DAY_MS + DAY_MS), Some(4.into()));
    assert_eq!(sum(40 * DAY_MS), Some(0.into()), "nothing is left of it");
}

#[test]
fn conditions_are_on_texts() {
    let mut definition = definition(Aggregate::Count, None);
    definition.only = vec![("properties.total".into(), "7".into())];
    let orders = [(1, "7"), (1, "8"), (1, "\"7\"")];
    assert_eq!(values(&[definition], &orders, 1), [Some(2.into())]);
}

#[test]
fn traits_that_look_at_the_same_values_share_them() {
    let window = |aggregate, days: i64| definition(aggregate, Some(days * DAY_MS));
    let definitions: Vec<Definition> = (1..=40)
        .flat_map(|days| [window(Aggregate::Sum, days), window(Aggregate::Average, days)])
        .chain([definition(Aggregate::Set, None), definition(Aggregate::Top, None)])
        .collect();
    let orders: Vec<(i64, &str)> = (0..40).map(|day| (day * DAY_MS, "2")).collect();
    let now = 40 * DAY_MS - 1;
    let together = values(&definitions, &orders, now);
    let alone: Vec<Option<Value>> =
        definitions.iter().map(|one| values(std::slice::from_ref(one), &orders, now).remove(0)).collect();
    assert_eq!(together, alone);
    let (traits, mut measures) = (Traits::of(&definitions), Measures::default());
    let event = order(now, "2");
    measures.apply(&traits, &event, &Facts::of(&event.body));
    let kept = serde_json::to_value(&measures).expect("measures can be written");
    assert_eq!(kept.as_array().map(Vec::len), Some(3), "by hour, by day, and for all time: {kept}");
}

#[test]
fn what_no_window_reaches_is_given_up() {
    let definition = definition(Aggregate::Sum, Some(10 * DAY_MS));
    let (traits, mut measures) = (Traits::of(&[definition]), Measures::default());
    for day in 0..400 {
        let event = order(day * DAY_MS, "1");
        measures.apply(&traits, &event, &Facts::of(&event.body));
    }
    let value = |now_ms| traits.found(&measures, now_ms).next().and_then(|found| found.value());
    assert_eq!(value(399 * DAY_MS), Some(11.into()), "today and ten days before");
    assert_eq!(value(398 * DAY_MS), Some(12.into()), "a clock that went back a day");
    assert!(serde_json::to_string(&measures).expect("measures can be written").len() < 600);
}
