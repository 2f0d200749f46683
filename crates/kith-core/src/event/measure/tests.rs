use super::*;
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

fn measured(aggregate: Aggregate, window_ms: Option<i64>, orders: &[(i64, &str)], now: i64) -> Option<Value> {
    let definition = definition(aggregate, window_ms);
    let mut measure = Measure::new(&definition);
    for (at, total) in orders {
        let event = order(*at, total);
        measure.apply(&definition, &event, &Facts::of(&event.body));
    }
    measure.value(&definition, now)
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
    let mut measure = Measure::new(&definition);
    for total in ["7", "8", "\"7\""] {
        let event = order(1, total);
        measure.apply(&definition, &event, &Facts::of(&event.body));
    }
    assert_eq!(measure.value(&definition, 1), Some(2.into()));
}
