//! What is kept for declared traits: several that look at the same values share one [`Series`].
//!
//! `orders` of 7, 30 and 365 days, and the number, the sum and the mean of the same values are one or two lists of days, not
//! six. What a person takes in the store is what they did, however many traits look at it.

use super::kept::Measure;
use super::{Aggregate, DAY_MS, Definition, HOUR_MS};
use crate::event::facts::Facts;
use crate::event::{Call, Event};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A window up to this is kept by the hour, a longer one by the day (UTC).
const BY_HOUR_MAX_MS: i64 = 7 * DAY_MS;

/// What is kept of the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// How many events.
    Count,
    /// How many numbers, and their sum.
    Number,
    Min,
    Max,
    First,
    Last,
    /// Different values.
    Values,
}

impl Kind {
    fn of(aggregate: Aggregate) -> Kind {
        match aggregate {
            Aggregate::Count => Kind::Count,
            Aggregate::Sum | Aggregate::Average => Kind::Number,
            Aggregate::Min => Kind::Min,
            Aggregate::Max => Kind::Max,
            Aggregate::First => Kind::First,
            Aggregate::Last => Kind::Last,
            Aggregate::Distinct | Aggregate::Top | Aggregate::Set => Kind::Values,
        }
    }
}

/// Values of some events, kept by time.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Series {
    pub kind: Kind,
    call: Call,
    events: Vec<String>,
    only: Vec<(String, String)>,
    pub of: String,
    /// How wide a bucket is, milliseconds; `None` = there is one for all time.
    pub bucket_ms: Option<i64>,
    /// The longest window that any trait looks back, milliseconds.
    pub window_ms: i64,
}

impl Series {
    fn new(definition: &Definition) -> Series {
        let bucket = |window| if window <= BY_HOUR_MAX_MS { HOUR_MS } else { DAY_MS };
        Series {
            kind: Kind::of(definition.aggregate),
            call: definition.call,
            events: definition.events.clone(),
            only: definition.only.clone(),
            of: definition.of.clone(),
            bucket_ms: definition.window_ms.map(bucket),
            window_ms: definition.window_ms.unwrap_or(0),
        }
    }

    /// True if both are kept as one.
    fn same(&self, other: &Series) -> bool {
        *self == Series { window_ms: self.window_ms, ..other.clone() }
    }

    fn wants(&self, event: &Event, facts: &Facts) -> bool {
        let said = |(path, wanted): &(String, String)| {
            facts.at(path).is_some_and(|value| super::text(&value) == *wanted)
        };
        event.call == self.call
            && (self.events.is_empty() || self.events.contains(&event.name))
            && self.only.iter().all(said)
    }
}

/// Declared traits, and the series that they are read from.
#[derive(Clone, Debug, Default)]
pub struct Traits {
    definitions: Vec<Definition>,
    /// For each definition the place of its series.
    places: Vec<u16>,
    series: Vec<Series>,
}

impl Traits {
    /// Works out what is to be kept for some traits.
    pub fn of(definitions: &[Definition]) -> Traits {
        let mut series: Vec<Series> = Vec::new();
        let mut place = |definition: &Definition| {
            let wanted = Series::new(definition);
            let at = series.iter().position(|known| known.same(&wanted)).unwrap_or(series.len());
            match series.get_mut(at) {
                Some(known) => known.window_ms = known.window_ms.max(wanted.window_ms),
                None => series.push(wanted),
            }
            // A file of 65,535 traits is beyond what a configuration may hold.
            u16::try_from(at).unwrap_or(u16::MAX)
        };
        let places = definitions.iter().map(&mut place).collect();
        Traits { definitions: definitions.to_vec(), places, series }
    }

    /// The traits, as they were declared.
    pub fn definitions(&self) -> &[Definition] {
        &self.definitions
    }

    /// Each trait with what was found for it at a moment.
    pub fn found<'a>(&'a self, measures: &'a Measures, now_ms: i64) -> impl Iterator<Item = Found<'a>> {
        self.definitions.iter().zip(&self.places).map(move |(definition, place)| Found {
            definition,
            measure: measures.get(*place),
            since: self.series.get(usize::from(*place)).and_then(|series| definition.since(series, now_ms)),
        })
    }
}

/// What was found for a trait.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    /// The trait.
    pub definition: &'a Definition,
    measure: Option<&'a Measure>,
    /// The first bucket that counts.
    since: Option<i64>,
}

impl Found<'_> {
    /// Its value; `None` = it has none.
    pub fn value(&self) -> Option<Value> {
        match self.measure {
            Some(measure) => measure.value(self.definition.aggregate, self.since),
            None => self.definition.aggregate.of_nothing(),
        }
    }

    /// How often each value came; empty where values are not counted.
    pub fn tallies(&self) -> BTreeMap<String, u64> {
        self.measure.map(|measure| measure.tallies(self.since)).unwrap_or_default()
    }
}

impl Definition {
    /// The first bucket that counts at a moment; `None` = all.
    fn since(&self, series: &Series, now_ms: i64) -> Option<i64> {
        Some(now_ms.saturating_sub(self.window_ms?).div_euclid(series.bucket_ms?))
    }
}

/// What is kept for the declared traits of one carrier, or of several taken together: by the place of the series.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Measures(Vec<(u16, Measure)>);

impl Measures {
    /// Takes in an event.
    pub fn apply(&mut self, traits: &Traits, event: &Event, facts: &Facts) {
        for (place, series) in (0..).zip(&traits.series) {
            if series.wants(event, facts)
                && let Some(one) = Measure::once(series, event, facts)
            {
                self.merge_one(place, one);
            }
        }
    }

    /// Takes in everything that another carrier has.
    pub fn merge(&mut self, other: &Measures) {
        other.0.iter().for_each(|(place, measure)| self.merge_one(*place, measure.clone()));
    }

    fn get(&self, place: u16) -> Option<&Measure> {
        let at = self.0.binary_search_by_key(&place, |(place, _)| *place).ok()?;
        self.0.get(at).map(|(_, measure)| measure)
    }

    fn merge_one(&mut self, place: u16, measure: Measure) {
        match self.0.binary_search_by_key(&place, |(place, _)| *place) {
            Ok(at) => self.0[at].1.merge(measure),
            Err(at) => {
                crate::event::tallies::room_for_one(&mut self.0);
                self.0.insert(at, (place, measure));
            }
        }
    }
}
