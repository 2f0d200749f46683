//! The buckets of one series.

use super::series::{Kind, Series};
use super::values::Values;
use super::{Aggregate, DAY_MS, millionths, plain};
use crate::event::Event;
use crate::event::facts::Facts;
use crate::event::fold::{Stamp, Stamped};
use crate::event::tallies::room_for_one;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Buckets are kept so much longer than any window looks back, so that a clock that is set back a little finds them.
const MARGIN_MS: i64 = 2 * DAY_MS;

/// The state of one series.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Measure {
    /// The first bucket that any window may still ask for: it follows the newest time of receipt, so it is the same whatever
    /// the order in which events come. 0 where there are no windows.
    from: i64,
    /// By the number of the bucket since 1970 UTC; 0 where there is one for all time. A list: most have one entry.
    buckets: Vec<(i64, Cell)>,
}

/// What is kept of a bucket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Cell {
    Count(u64),
    /// How many values, and their sum in millionths.
    Number {
        count: u64,
        sum: i128,
    },
    /// The smallest or largest, in millionths.
    Min(i128),
    Max(i128),
    First(Stamped),
    Last(Stamped),
    Values(Values),
}

impl Measure {
    /// One event that the series wants; `None` = it says nothing.
    pub fn once(series: &Series, event: &Event, facts: &Facts) -> Option<Measure> {
        let value = match series.kind {
            Kind::Count => Value::Null,
            _ => facts.at(&series.of).filter(|value| !value.is_null())?,
        };
        let stamped = || Stamped {
            stamp: Stamp { at_ms: event.timestamp_ms, by: event.message_id.clone() },
            value: value.to_string(),
        };
        let cell = match series.kind {
            Kind::Count => Cell::Count(1),
            Kind::Number => Cell::Number { count: 1, sum: millionths(&value)? },
            Kind::Min => Cell::Min(millionths(&value)?),
            Kind::Max => Cell::Max(millionths(&value)?),
            Kind::First => Cell::First(stamped()),
            Kind::Last => Cell::Last(stamped()),
            Kind::Values => Cell::Values(Values::each(&series.of, &value)),
        };
        let Some(width) = series.bucket_ms else {
            return Some(Measure { from: 0, buckets: vec![(0, cell)] });
        };
        let oldest_ms = event.received_at_ms.saturating_sub(series.window_ms).saturating_sub(MARGIN_MS);
        let mut measure = Measure { from: oldest_ms.div_euclid(width), buckets: Vec::new() };
        let at = event.timestamp_ms.div_euclid(width);
        if at >= measure.from {
            measure.buckets.push((at, cell));
        }
        Some(measure)
    }

    /// Takes in everything that another one has.
    pub fn merge(&mut self, other: Measure) {
        self.from = self.from.max(other.from);
        for (at, cell) in other.buckets {
            match self.buckets.binary_search_by_key(&at, |(at, _)| *at) {
                Ok(found) => self.buckets[found].1.merge(cell),
                Err(place) => {
                    room_for_one(&mut self.buckets);
                    self.buckets.insert(place, (at, cell));
                }
            }
        }
        if self.buckets.first().is_some_and(|(at, _)| *at < self.from) {
            let old = self.buckets.partition_point(|(at, _)| *at < self.from);
            self.buckets.drain(..old);
        }
    }

    /// How often each value came in the buckets from one on; empty where values are not counted.
    pub fn tallies(&self, since: Option<i64>) -> BTreeMap<String, u64> {
        let since = since.unwrap_or(i64::MIN);
        let mut whole = Values::default();
        for (_, cell) in self.buckets.iter().filter(|(at, _)| *at >= since) {
            if let Cell::Values(values) = cell {
                whole.merge(values.clone());
            }
        }
        whole.all().collect()
    }

    /// The value of an aggregate over the buckets from one on; `None` = there is none.
    pub fn value(&self, aggregate: Aggregate, since: Option<i64>) -> Option<Value> {
        let since = since.unwrap_or(i64::MIN);
        let mut cells = self.buckets.iter().filter(|(at, _)| *at >= since).map(|(_, cell)| cell);
        let Some(first) = cells.next() else { return aggregate.of_nothing() };
        let whole = cells.fold(first.clone(), |mut whole, cell| {
            whole.merge(cell.clone());
            whole
        });
        match (whole, aggregate) {
            (Cell::Count(count), _) => Some(count.into()),
            (Cell::Number { sum, .. }, Aggregate::Sum) => Some(plain(sum)),
            (Cell::Number { count, sum }, _) => Some((sum as f64 / 1e6 / count as f64).into()),
            (Cell::Min(value) | Cell::Max(value), _) => Some(plain(value)),
            (Cell::First(said) | Cell::Last(said), _) => serde_json::from_str(&said.value).ok(),
            (Cell::Values(values), Aggregate::Distinct) => Some(values.different().into()),
            (Cell::Values(values), Aggregate::Set) => Some(values.all().map(|(value, _)| value).collect()),
            (Cell::Values(values), _) => values.top().map(Value::from),
        }
    }
}

impl Cell {
    fn merge(&mut self, other: Cell) {
        match (self, other) {
            (Cell::Count(count), Cell::Count(more)) => *count += more,
            (Cell::Number { count, sum }, Cell::Number { count: more, sum: added }) => {
                *count += more;
                *sum = sum.saturating_add(added);
            }
            (Cell::Min(known), Cell::Min(value)) => *known = value.min(*known),
            (Cell::Max(known), Cell::Max(value)) => *known = value.max(*known),
            (Cell::First(known), Cell::First(said)) if said < *known => *known = said,
            (Cell::Last(known), Cell::Last(said)) if said > *known => *known = said,
            (Cell::Values(known), Cell::Values(values)) => known.merge(values),
            // A definition that has changed makes all measures anew, so two kinds never meet.
            _ => {}
        }
    }
}
