use super::*;
use crate::event::facts::Facts;
use crate::event::fold::State;
use crate::event::measure::{Definition, Traits};
use crate::event::{Call, Event};
use proptest::prelude::*;
use serde_json::json;
use std::convert::Infallible;

fn definition(aggregate: Aggregate, of: &str, window_ms: Option<i64>) -> Definition {
    Definition {
        name: "x".into(),
        call: Call::Track,
        events: Vec::new(),
        aggregate,
        of: of.into(),
        window_ms,
        only: Vec::new(),
    }
}

fn event(at_ms: i64, items: &[usize]) -> Event {
    let lines: Vec<Value> = items.iter().map(|item| json!({"product_id": format!("p{item}")})).collect();
    Event {
        source: SourceName::try_from("web").expect("a name"),
        call: Call::Track,
        message_id: format!("{at_ms} {items:?}"),
        name: "Order Completed".into(),
        user_id: Some("u".into()),
        anonymous_id: None,
        timestamp_ms: at_ms,
        received_at_ms: at_ms,
        body: json!({"properties": {"products": lines}}).to_string(),
        geo: None,
    }
}

/// A catalogue: the categories of item 0, 1 …; none = no such item.
type Shelf = Vec<Vec<u8>>;

fn category(shelf: &Shelf, id: &str) -> Option<Value> {
    let categories = shelf.get(id.strip_prefix('p')?.parse::<usize>().ok()?)?;
    match categories.as_slice() {
        [] => None,
        [one] => Some(json!(format!("c{one}"))),
        several => Some(several.iter().map(|one| json!(format!("c{one}"))).collect()),
    }
}

/// The same by a plain join: every item of every event with every category of it.
fn expected(aggregate: Aggregate, history: &[(i64, Vec<usize>)], since: i64, shelf: &Shelf) -> Option<Value> {
    let mut rows: Vec<String> = Vec::new();
    for (_, items) in history.iter().filter(|(at, _)| *at >= since) {
        for item in items {
            rows.extend(shelf.get(*item).into_iter().flatten().map(|category| format!("c{category}")));
        }
    }
    let mut different = rows.clone();
    different.sort();
    different.dedup();
    match aggregate {
        Aggregate::Distinct => Some(json!(different.len())),
        Aggregate::Set => (!different.is_empty()).then(|| json!(different)),
        _ => {
            let often = |category: &&String| rows.iter().filter(|row| row == category).count();
            // Reversed, since of equals the last is taken.
            different.iter().rev().max_by_key(often).map(|category| json!(category))
        }
    }
}

fn shelf() -> impl Strategy<Value = Shelf> {
    prop::collection::vec(
        prop::collection::btree_set(0u8..4, 0..3).prop_map(|all| all.into_iter().collect()),
        5,
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn affinity_is_the_join_with_the_catalogue_of_the_moment(
        history in prop::collection::vec((0i64..40, prop::collection::vec(0usize..7, 0..4)), 0..12),
        cut in 0usize..12,
        before in shelf(),
        after in shelf(),
        window in prop::option::of(1i64..30),
    ) {
        const DAY: i64 = 86_400_000;
        let history: Vec<(i64, Vec<usize>)> = history.into_iter().map(|(day, items)| (day * DAY, items)).collect();
        let now = 40 * DAY;
        for aggregate in [Aggregate::Top, Aggregate::Set, Aggregate::Distinct] {
            let declared = definition(aggregate, "properties.products[].product_id", window.map(|days| days * DAY));
            let traits = Traits::of(std::slice::from_ref(&declared));
            // Two carriers of one person.
            let mut halves = [State::default(), State::default()];
            for (at, (time, items)) in history.iter().enumerate() {
                let event = event(*time, items);
                halves[usize::from(at < cut)].apply(&event, &Facts::of(&event.body), &traits);
            }
            let [mut whole, other] = halves;
            whole.merge(&other);
            // Whole days count beyond a week, whole hours up to it.
            let bucket = if window.is_some_and(|days| days > 7) { DAY } else { DAY / 24 };
            let since = window.map_or(i64::MIN, |days| (now - days * DAY).div_euclid(bucket) * bucket);
            // What was counted stays; the catalogue changes below it.
            for shelf in [&before, &after] {
                let ids = traits.found(&whole.measures, now).next().map(|found| found.tallies()).unwrap_or_default();
                let found = counted(aggregate, ids, |id| Ok::<_, Infallible>(category(shelf, id)));
                prop_assert_eq!(found, Ok(expected(aggregate, &history, since, shelf)));
            }
        }
    }
}

#[test]
fn one_id_becomes_what_the_item_says_as_it_says_it() {
    let of = |id: &str| Ok::<_, Infallible>((id == "7").then(|| json!({"a": [1, 2.5]})));
    assert_eq!(one(Some(json!(7)), of), Ok(Some(json!({"a": [1, 2.5]}))));
    assert_eq!(one(Some(json!("8")), of), Ok(None));
    assert_eq!(one(None, of), Ok(None));
}
