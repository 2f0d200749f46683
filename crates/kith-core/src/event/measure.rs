//! Declared traits: what is counted about a person from what they did.
//!
//! - Reads: events, each once, in whatever order.
//! - Decides: what one event adds. [`Measures`] are a commutative monoid: those of a person are the [`Measures::merge`] over
//!   their carriers, in any order and grouping, and equal those of all events in one place.
//! - Writes: nothing.
//! - Fails: never; a value that is not there or is no number adds nothing, and is counted as such by nobody.
//!
//! Sums are kept as whole millionths in 128 bits: floating point addition depends on the order, this does not. A window
//! is kept as buckets of an hour or a day, and summed up to the moment of the question; buckets that no window can reach any
//! more are given up.

mod kept;
mod series;
mod values;

pub use series::{Found, Measures, Traits};

use super::Call;
use serde::{Deserialize, Serialize};
use serde_json::Value;

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

    /// Its value where there was no event.
    fn of_nothing(self) -> Option<Value> {
        matches!(self, Aggregate::Count | Aggregate::Sum | Aggregate::Distinct).then(|| 0.into())
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
