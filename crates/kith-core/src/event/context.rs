//! Contexts: the events of one order, ticket, booking or subscription, taken together.
//!
//! - Reads: events, each once, in whatever order they arrive.
//! - Decides: which object an event is about, and what it says of it: a [`Step`]. The object's state, worth and dates are
//!   functions of its steps in order of time ([`view`]), so "as of last March" is the same question with fewer steps.
//! - Writes: nothing; the steps are a part of the carrier's [`State`].
//! - Fails: never. An event without the object's id, or one that no rule names, changes nothing.
//!
//! The objects of a carrier are a commutative monoid as everything in the fold: an order that a visitor placed and that was
//! cancelled under the user id is one order once the two are one person, and two halves of one once they are not.
//!
//! 1. The first rule of the [`Definition`] that wants the event makes a step of it.
//! 2. The step takes its place by time; of two at one time the one whose rule stands later comes later, since rules are
//!    written in the order of a life.
//! 3. An object keeps its newest [`STEPS_MAX`] steps. What falls out is summed up ([`history`]).
//! 4. A carrier with more than [`OBJECTS_MAX`] objects of a kind is a till or a test and no person: none of them is kept.

pub mod figure;
pub mod history;
mod read;
pub mod view;

use super::facts::Facts;
use super::fold::State;
use super::{Call, Event};
use history::{Context, Step};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Steps that an object keeps one by one: its newest.
pub const STEPS_MAX: usize = 64;
/// Objects of one kind that a person may have.
pub const OBJECTS_MAX: usize = 10_000;
/// Ids, states and labels are cut at so many bytes.
pub const TEXT_MAX: usize = 200;

/// One kind of business object, as it is configured.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Definition {
    /// What it is called: `order`.
    pub name: String,
    /// The sources whose events count; empty = all.
    pub sources: Vec<String>,
    /// Where the object's id stands, the first path that has one; empty = each person has one object.
    pub id: Vec<String>,
    /// Where its worth stands.
    pub value: Vec<String>,
    /// Where the price of one period stands, asked where `value` has nothing; made one of a month by `period`.
    pub rate: Vec<String>,
    /// Where the length of that period stands: `year`, `month` …
    pub period: Vec<String>,
    /// Where the currency of the worth stands.
    pub currency: Vec<String>,
    /// Where its plan, tier, category or subject stands.
    pub label: Vec<String>,
    /// Further states, which an event may name itself.
    pub states: Vec<String>,
    /// States in which it is over.
    pub ended: Vec<String>,
    /// States in which it is worth nothing.
    pub void: Vec<String>,
    /// True where its worth may be less than nothing.
    pub negative: bool,
    /// What events do with it; the first one that wants an event counts.
    pub rules: Vec<Rule>,
    /// Further paths whose last value is kept, since a figure asks for them.
    pub kept: Vec<String>,
}

/// What some events do with an object.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    /// Their call.
    pub call: Call,
    /// Their names; empty = any.
    pub events: Vec<String>,
    /// Only events in which these paths have these texts.
    pub only: Vec<(String, String)>,
    /// The state that the object is in then; `None` = it stays as it is.
    pub state: Option<String>,
    /// Where the state stands in the event; a state that is not known changes nothing.
    pub state_of: Vec<String>,
    /// In these states it stays as it is.
    pub not_from: Vec<String>,
    /// What the event's value does.
    pub effect: Effect,
    /// Where that value stands; empty = as the definition says.
    pub of: Vec<String>,
    /// A list whose items' `price` times `quantity` are the value where no path has one; empty = there is none.
    pub lines: String,
    /// The state once nothing is left of the worth.
    pub emptied: Option<String>,
}

/// What an event's value does to the object's worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Nothing.
    #[default]
    Keep,
    /// It is the worth, before anything was added or subtracted.
    Set,
    /// It is added.
    Add,
    /// It is subtracted, whatever its sign.
    Subtract,
}

impl Effect {
    /// Every effect.
    pub const ALL: [Effect; 4] = [Effect::Keep, Effect::Set, Effect::Add, Effect::Subtract];

    /// The word in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Effect::Keep => "keep",
            Effect::Set => "set",
            Effect::Add => "add",
            Effect::Subtract => "subtract",
        }
    }
}

impl Definition {
    /// Every state that an object may be in.
    pub fn all_states(&self) -> impl Iterator<Item = &str> {
        let of_rules = self.rules.iter().flat_map(|rule| [&rule.state, &rule.emptied]).flatten();
        self.states.iter().chain(of_rules).map(String::as_str)
    }
}

/// The objects of one kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Objects {
    /// By their ids.
    Known(BTreeMap<Box<str>, Context>),
    /// More than [`OBJECTS_MAX`]: none is kept any more.
    TooMany,
}

impl Default for Objects {
    fn default() -> Self {
        Objects::Known(BTreeMap::new())
    }
}

impl Objects {
    fn insert(&mut self, id: &str, step: Step) {
        let Objects::Known(all) = self else { return };
        match all.get_mut(id) {
            Some(known) => known.insert(step),
            None => _ = all.insert(id.into(), Context::begun(step)),
        }
        self.give_up_many();
    }

    fn merge(&mut self, other: &Objects) {
        match (&mut *self, other) {
            (Objects::Known(all), Objects::Known(others)) => {
                for (id, context) in others {
                    match all.get_mut(id) {
                        Some(known) => known.merge(context),
                        None => _ = all.insert(id.clone(), context.clone()),
                    }
                }
            }
            _ => *self = Objects::TooMany,
        }
        self.give_up_many();
    }

    // Whether there are too many does not depend on the order, as the number of different ids does not.
    fn give_up_many(&mut self) {
        if matches!(self, Objects::Known(all) if all.len() > OBJECTS_MAX) {
            *self = Objects::TooMany;
        }
    }
}

/// All objects of a carrier, by the name of their kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Contexts(BTreeMap<Box<str>, Objects>);

impl Contexts {
    /// The objects of a kind.
    pub fn of(&self, name: &str) -> Option<&Objects> {
        self.0.get(name)
    }

    /// Takes in everything that another carrier has.
    pub fn merge(&mut self, other: &Contexts) {
        for (name, objects) in &other.0 {
            self.entry(name).merge(objects);
        }
    }

    fn entry(&mut self, name: &str) -> &mut Objects {
        self.0.entry(name.into()).or_default()
    }
}

impl State {
    /// Takes in what an event that hangs on this carrier says of business objects.
    pub fn take_steps(&mut self, event: &Event, facts: &Facts, definitions: &[Definition]) {
        for definition in definitions {
            if let Some((id, step)) = read::step(definition, event, facts) {
                self.contexts.entry(&definition.name).insert(&id, step);
            }
        }
    }
}

#[cfg(test)]
#[path = "context/tests.rs"]
mod tests;
