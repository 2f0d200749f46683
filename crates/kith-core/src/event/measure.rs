//! Declared traits: what is counted about a person from what they did.
//!
//! - Reads: events, each once, in whatever order.
//! - Decides: what one event adds. Each [`Measure`] is a commutative monoid: the measure of a person is the
//!   [`Measure::merge`] over their carriers, in any order and grouping, and equals that of all events in one place.
//! - Writes: nothing.
//! - Fails: never; a value that is not there or is no number adds nothing, and is counted as such by nobody.
//!
//! Sums are kept as whole millionths in 128 bits: floating point addition depends on the order, this does not. A window
//! is kept as buckets of an hour or a day, and summed up to the moment of the question.

mod values;

use super::facts::Facts;
use super::fold::{Stamp, Stamped};
use super::{Call, Event};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// What is made of the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aggregate {
    /// How many events.
    Count,
    /// The values added.
    Sum,
    /// The values' mean.
    Average,
    /// The smallest.
    Min,
    /// The largest.
    Max,
    /// The value of the first event.
    First,
    /// The value of the last event.
    Last,
    /// How many different values.
    Distinct,
    /// The most frequent value.
    Top,
    /// All different values.
    Set,
}

impl Aggregate {
    /// Every aggregate.
    pub const ALL: [Aggregate; 10] = [
        Aggregate::Count,
        Aggregate::Sum,
        Aggregate::Average,
        Aggregate::Min,
        Aggregate::Max,
        Aggregate::First,
        Aggregate::Last,
        Aggregate::Distinct,
        Aggregate::Top,
        Aggregate::Set,
    ];

    /// The word in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Aggregate::Count => "count",
            Aggregate::Sum => "sum",
            Aggregate::Average => "average",
            Aggregate::Min => "min",
            Aggregate::Max => "max",
            Aggregate::First => "first",
            Aggregate::Last => "last",
            Aggregate::Distinct => "distinct",
            Aggregate::Top => "top",
            Aggregate::Set => "set",
        }
    }

    /// True where it needs a value beside the event itself.
    pub fn of_values(self) -> bool {
        self != Aggregate::Count
    }

    /// True where only the moment counts, so that a window means nothing.
    pub fn of_one(self) -> bool {
        matches!(self, Aggregate::First | Aggregate::Last)
    }
}

/// One declared trait.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Definition {
    /// Its name on the profile.
    pub name: String,
    /// The call of the events that count.
    pub call: Call,
    /// Their names; empty = any.
    pub events: Vec<String>,
    /// What is made of them.
    pub aggregate: Aggregate,
    /// Where the value stands: `properties.total`. Empty for a count.
    pub of: String,
    /// How far back it looks, milliseconds; `None` = for ever.
    pub window_ms: Option<i64>,
    /// Only events in which these paths have these texts.
    pub only: Vec<(String, String)>,
}

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// A window shorter than this is kept by the hour, a longer one by the day (UTC).
const BY_HOUR_MAX_MS: i64 = 7 * DAY_MS;

impl Definition {
    /// True for an event that may count.
    pub fn wants(&self, event: &Event) -> bool {
        event.call == self.call && (self.events.is_empty() || self.events.contains(&event.name))
    }

    /// How wide its buckets are, milliseconds; `None` = there is one for all time.
    pub fn bucket_ms(&self) -> Option<i64> {
        self.window_ms.map(|window| if window <= BY_HOUR_MAX_MS { HOUR_MS } else { DAY_MS })
    }

    /// The first moment that counts at a time, a whole bucket's beginning; `None` = all.
    pub fn since_ms(&self, now_ms: i64) -> Option<i64> {
        let (window, bucket) = (self.window_ms?, self.bucket_ms()?);
        Some(now_ms.saturating_sub(window).div_euclid(bucket) * bucket)
    }

    fn counts(&self, facts: &Facts) -> bool {
        self.only.iter().all(|(path, wanted)| facts.at(path).is_some_and(|value| text(&value) == *wanted))
    }
}

/// The state of one declared trait.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// By the beginning of the bucket, milliseconds since 1970 UTC; 0 = for all time.
    buckets: BTreeMap<i64, Cell>,
}

/// What is kept of a bucket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Cell {
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
    /// How often each value came.
    Values(BTreeMap<String, u64>),
}

impl Measure {
    /// Nothing has been counted yet.
    pub fn new(_: &Definition) -> Measure {
        Measure { buckets: BTreeMap::new() }
    }

    /// Takes in an event that [`Definition::wants`].
    pub fn apply(&mut self, definition: &Definition, event: &Event, facts: &Facts) {
        if !definition.counts(facts) {
            return;
        }
        let value = match definition.aggregate.of_values() {
            false => None,
            true => match facts.at(&definition.of) {
                None | Some(Value::Null) => return,
                value => value,
            },
        };
        let stamped = |value: &Value| Stamped {
            stamp: Stamp { at_ms: event.timestamp_ms, by: event.message_id.clone() },
            value: value.to_string(),
        };
        let number = || value.as_ref().and_then(millionths);
        let cell = match definition.aggregate {
            Aggregate::Count => Some(Cell::Number { count: 1, sum: 0 }),
            Aggregate::Sum | Aggregate::Average => number().map(|sum| Cell::Number { count: 1, sum }),
            Aggregate::Min => number().map(Cell::Min),
            Aggregate::Max => number().map(Cell::Max),
            Aggregate::First => value.as_ref().map(|value| Cell::First(stamped(value))),
            Aggregate::Last => value.as_ref().map(|value| Cell::Last(stamped(value))),
            Aggregate::Distinct | Aggregate::Top | Aggregate::Set => {
                value.as_ref().map(|value| Cell::Values(values::each(&definition.of, value)))
            }
        };
        let Some(cell) = cell else { return };
        let at = definition.bucket_ms().map_or(0, |bucket| event.timestamp_ms.div_euclid(bucket) * bucket);
        self.put(at, cell);
    }

    /// Takes in everything that another one has.
    pub fn merge(&mut self, other: &Measure) {
        other.buckets.iter().for_each(|(at, cell)| self.put(*at, cell.clone()));
    }

    fn put(&mut self, at: i64, cell: Cell) {
        match self.buckets.get_mut(&at) {
            Some(known) => known.merge(cell),
            None => _ = self.buckets.insert(at, cell),
        }
    }

    /// The trait's value at a moment; `None` = there is none.
    pub fn value(&self, definition: &Definition, now_ms: i64) -> Option<Value> {
        let since = definition.since_ms(now_ms).unwrap_or(i64::MIN);
        let mut cells = self.buckets.iter().filter(|(at, _)| **at >= since).map(|(_, cell)| cell);
        let Some(first) = cells.next() else {
            let zero =
                matches!(definition.aggregate, Aggregate::Count | Aggregate::Sum | Aggregate::Distinct);
            return zero.then(|| 0.into());
        };
        let whole = cells.fold(first.clone(), |mut whole, cell| {
            whole.merge(cell.clone());
            whole
        });
        match (whole, definition.aggregate) {
            (Cell::Number { count, .. }, Aggregate::Count) => Some(count.into()),
            (Cell::Number { sum, .. }, Aggregate::Sum) => Some(plain(sum)),
            (Cell::Number { count, sum }, _) => Some((sum as f64 / 1e6 / count as f64).into()),
            (Cell::Min(value) | Cell::Max(value), _) => Some(plain(value)),
            (Cell::First(said) | Cell::Last(said), _) => serde_json::from_str(&said.value).ok(),
            (Cell::Values(values), Aggregate::Distinct) => Some(values.len().into()),
            (Cell::Values(values), Aggregate::Set) => Some(values.into_keys().collect()),
            (Cell::Values(values), _) => {
                let top = values.into_iter().max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(&a.0)));
                top.map(|(value, _)| value.into())
            }
        }
    }
}

impl Cell {
    fn merge(&mut self, other: Cell) {
        match (self, other) {
            (Cell::Number { count, sum }, Cell::Number { count: more, sum: added }) => {
                *count += more;
                *sum = sum.saturating_add(added);
            }
            (Cell::Min(known), Cell::Min(value)) => *known = value.min(*known),
            (Cell::Max(known), Cell::Max(value)) => *known = value.max(*known),
            (Cell::First(known), Cell::First(said)) if said < *known => *known = said,
            (Cell::Last(known), Cell::Last(said)) if said > *known => *known = said,
            (Cell::Values(known), Cell::Values(values)) => {
                for (value, count) in values {
                    *known.entry(value).or_default() += count;
                }
            }
            // A definition that has changed makes all measures anew, so two kinds never meet.
            _ => {}
        }
    }
}

/// A number, or a text that is one, in millionths; `None` = it is none, or beyond 10^30.
pub(super) fn millionths(value: &Value) -> Option<i128> {
    let number = match value {
        Value::Number(number) => match number.as_i64() {
            Some(whole) => return Some(i128::from(whole) * 1_000_000),
            None => number.as_f64()?,
        },
        Value::String(text) => text.trim().parse::<f64>().ok()?,
        Value::Bool(yes) => return Some(i128::from(*yes) * 1_000_000),
        _ => return None,
    };
    (number.is_finite() && number.abs() < 1e30).then(|| (number * 1e6).round() as i128)
}

/// A number of millionths as JSON: whole where it is.
pub fn plain(millionths: i128) -> Value {
    match i64::try_from(millionths / 1_000_000) {
        Ok(whole) if millionths % 1_000_000 == 0 => whole.into(),
        _ => (millionths as f64 / 1e6).into(),
    }
}

/// How a value is written in a set: texts bare.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
#[path = "measure/tests.rs"]
mod tests;
