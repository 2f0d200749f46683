//! Where somebody lives, shops and travels, with the evidence.

use super::came::{Times, ordered};
use kith_core::event::derive::{Geo, Origin};
use kith_core::event::habits::Stay;
use kith_core::event::tallies::Count;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Where somebody was.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct Places {
    /// The region with the most days on which they did something: where they live, as far as that can be told.
    pub home: Option<PlaceCount>,
    /// Other regions, the most days first: where they travel.
    pub travel: Vec<PlaceCount>,
    /// Regions in which they completed orders, the most orders first: where they shop.
    pub shops: Vec<PlaceCount>,
    /// All places as exactly as they are known, the most days first.
    pub visits: Vec<PlaceCount>,
}

/// What happened at a place: the evidence.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PlaceCount {
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// State, province or county; empty = not known.
    pub region: String,
    /// City; empty = not known, or the whole region.
    pub city: String,
    /// On how many days (UTC); the newest 1,024 count.
    pub days: u64,
    /// Orders that were completed there.
    pub orders: u64,
    /// How the place is known: device (it said so), address (by the database of addresses), sender (looked up before it came).
    #[schema(value_type = Vec<String>)]
    pub known_by: Vec<Origin>,
    /// How often and when.
    #[serde(flatten)]
    pub times: Times,
}

impl Places {
    pub(super) fn of<'a>(places: impl Iterator<Item = (&'a Geo, &'a Stay)>) -> Places {
        let (mut regions, mut visits) = (BTreeMap::<Geo, Stay>::new(), Vec::new());
        for (geo, stay) in places {
            visits.push(PlaceCount::of(geo, stay));
            let region = Geo { city: "".into(), ..geo.clone() };
            regions.entry(region).and_modify(|known| known.add(stay)).or_insert_with(|| stay.clone());
        }
        let most = |count: &PlaceCount| (count.days, count.times.events);
        visits.sort_by_key(|count| std::cmp::Reverse(most(count)));
        let mut regions: Vec<PlaceCount> =
            regions.iter().map(|(geo, stay)| PlaceCount::of(geo, stay)).collect();
        let shops = ordered(regions.iter().filter(|region| region.orders > 0).cloned(), |shop| shop.orders);
        regions.sort_by_key(|count| std::cmp::Reverse(most(count)));
        let mut regions = regions.into_iter();
        Places { home: regions.next(), travel: regions.collect(), shops, visits }
    }
}

impl PlaceCount {
    fn of(geo: &Geo, stay: &Stay) -> PlaceCount {
        PlaceCount {
            country: geo.country.to_string(),
            region: geo.region.to_string(),
            city: geo.city.to_string(),
            days: stay.days.len() as u64,
            orders: stay.orders,
            known_by: stay.known_by(),
            times: Times::of(stay.events),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kith_core::event::fold::Tally;
    use kith_core::event::tallies::Days;

    const DAY: i64 = 86_400_000;

    fn stay(days: std::ops::Range<i64>, orders: u64) -> Stay {
        let mut whole: Option<Stay> = None;
        for day in days {
            let at_ms = day * DAY;
            let events = Tally { count: 1, first_ms: at_ms, last_ms: at_ms };
            let one = Stay { events, days: Days::of(at_ms), orders: 0, origins: 0b10 };
            match &mut whole {
                Some(whole) => whole.add(&one),
                None => whole = Some(one),
            }
        }
        Stay { orders, ..whole.expect("a day") }
    }

    #[test]
    fn home_is_the_region_of_most_days_not_the_city_of_most_events() {
        let geo =
            |region: &str, city: &str| Geo { country: "DE".into(), region: region.into(), city: city.into() };
        let mut fair = stay(40..42, 3);
        fair.events.count = 900;
        let all = [
            (geo("Bavaria", "Munich"), stay(0..5, 0)),
            (geo("Bavaria", "Augsburg"), stay(5..9, 1)),
            (geo("Berlin", "Berlin"), fair),
            (geo("Hesse", "Kassel"), stay(20..26, 0)),
        ];
        let places = Places::of(all.iter().map(|(geo, stay)| (geo, stay)));
        let home = places.home.expect("a home");
        assert_eq!((home.region.as_str(), home.city.as_str(), home.days), ("Bavaria", "", 9));
        let regions = |all: &[PlaceCount]| all.iter().map(|place| place.region.clone()).collect::<Vec<_>>();
        assert_eq!(regions(&places.travel), ["Hesse", "Berlin"]);
        assert_eq!(regions(&places.shops), ["Berlin", "Bavaria"]);
        assert_eq!(places.visits.len(), 4);
        assert_eq!(home.known_by, [Origin::Address]);
    }
}
