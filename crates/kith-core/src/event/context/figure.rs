//! Figures: declared traits over a person's objects, made anew whenever they are asked for.
//!
//! They are no monoids themselves and need not be: what they are made of is. So a figure that depends on the day (the age of
//! the oldest open ticket) is right at every moment, and a cancelled order leaves it as exactly as it came.

use super::Definition;
use super::view::View;
use crate::event::measure::{Aggregate, millionths, plain, text};
use serde_json::Value;
use std::collections::BTreeMap;

/// One declared figure.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Figure {
    /// Its name on the profile.
    pub name: String,
    /// The kind of objects.
    pub context: String,
    /// What is made of them; first and last by when they began.
    pub aggregate: Aggregate,
    /// Of what; `None` for a count.
    pub of: Option<Part>,
    /// Only those in one of these states; empty = any.
    pub states: Vec<String>,
    /// Only those that are open, or over.
    pub open: Option<bool>,
    /// Only those that began so many milliseconds ago at most.
    pub window_ms: Option<i64>,
    /// Only those whose parts have these texts.
    pub only: Vec<(Part, String)>,
}

/// Something of an object.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// Its worth.
    Value,
    /// Its id.
    Id,
    /// Its state.
    State,
    /// Its plan, tier, category or subject.
    Label,
    /// The currency of its worth.
    Currency,
    /// Days since it began, to a hundredth.
    AgeDays,
    /// Hours since it began, to a hundredth.
    AgeHours,
    /// Days that it took, or has been open so far.
    DurationDays,
    /// Hours that it took, or has been open so far.
    DurationHours,
    /// The last value of a path of its events.
    Path(String),
}

impl Part {
    /// Every part but paths.
    pub const ALL: [Part; 9] = [
        Part::Value,
        Part::Id,
        Part::State,
        Part::Label,
        Part::Currency,
        Part::AgeDays,
        Part::AgeHours,
        Part::DurationDays,
        Part::DurationHours,
    ];

    /// The word in the configuration.
    pub fn name(&self) -> &str {
        match self {
            Part::Value => "value",
            Part::Id => "id",
            Part::State => "state",
            Part::Label => "label",
            Part::Currency => "currency",
            Part::AgeDays => "age_days",
            Part::AgeHours => "age_hours",
            Part::DurationDays => "duration_days",
            Part::DurationHours => "duration_hours",
            Part::Path(path) => path,
        }
    }

    fn of(&self, view: &View, definition: &Definition, now_ms: i64) -> Option<Value> {
        let text = |text: Option<&str>| text.map(Value::from);
        let age_ms = now_ms.saturating_sub(view.opened_ms).max(0);
        match self {
            Part::Value => view.value.map(plain),
            Part::Id => text(Some(view.id)),
            Part::State => text(view.state),
            Part::Label => text(view.label),
            Part::Currency => text(view.currency),
            Part::AgeDays => Some(hundredths(age_ms, DAY_MS)),
            Part::AgeHours => Some(hundredths(age_ms, HOUR_MS)),
            Part::DurationDays => Some(hundredths(view.lasted_ms(now_ms), DAY_MS)),
            Part::DurationHours => Some(hundredths(view.lasted_ms(now_ms), HOUR_MS)),
            Part::Path(path) => {
                let place = definition.kept.iter().position(|kept| kept == path)?;
                serde_json::from_str(view.kept(place)?).ok()
            }
        }
    }
}

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// A time in units, down to a hundredth.
fn hundredths(ms: i64, unit_ms: i64) -> Value {
    plain(i128::from(ms) * 100 / i128::from(unit_ms) * 10_000)
}

impl Figure {
    /// What it comes to; `None` = there is nothing to say. `views` are all objects of its kind at that moment, by id.
    pub fn value(&self, definition: &Definition, views: &[View], now_ms: i64) -> Option<Value> {
        let mut found: Vec<&View> =
            views.iter().filter(|view| self.counts(view, definition, now_ms)).collect();
        found.sort_by_key(|view| view.opened_ms);
        let Some(part) = &self.of else { return Some(found.len().into()) };
        let values: Vec<Value> = found.iter().filter_map(|view| part.of(view, definition, now_ms)).collect();
        let numbers = || values.iter().filter_map(millionths);
        match self.aggregate {
            Aggregate::Count => Some(values.len().into()),
            Aggregate::Sum => Some(plain(numbers().fold(0, i128::saturating_add))),
            Aggregate::Average => {
                let (sum, count) = numbers().fold((0_i128, 0_u64), |(s, n), v| (s.saturating_add(v), n + 1));
                (count > 0).then(|| (sum as f64 / 1e6 / count as f64).into())
            }
            Aggregate::Min => numbers().min().map(plain),
            Aggregate::Max => numbers().max().map(plain),
            Aggregate::First => values.into_iter().next(),
            Aggregate::Last => values.into_iter().next_back(),
            Aggregate::Distinct => Some(frequencies(&values).len().into()),
            Aggregate::Set => Some(frequencies(&values).into_keys().collect()),
            Aggregate::Top => {
                let top =
                    frequencies(&values).into_iter().max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(&a.0)));
                top.map(|(value, _)| value.into())
            }
        }
    }

    fn counts(&self, view: &View, definition: &Definition, now_ms: i64) -> bool {
        let in_state =
            self.states.is_empty() || self.states.iter().any(|state| Some(state.as_str()) == view.state);
        in_state
            && self.open.is_none_or(|open| open == view.open)
            && self.window_ms.is_none_or(|window| view.opened_ms >= now_ms.saturating_sub(window))
            && self.only.iter().all(|(part, wanted)| {
                part.of(view, definition, now_ms).is_some_and(|value| text(&value) == *wanted)
            })
    }
}

fn frequencies(values: &[Value]) -> BTreeMap<String, u64> {
    values.iter().fold(BTreeMap::new(), |mut all, value| {
        *all.entry(text(value)).or_default() += 1;
        all
    })
}
