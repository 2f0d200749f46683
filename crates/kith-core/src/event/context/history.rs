//! The steps of one object: bounded, and the same in whatever order they came.
//!
//! The newest [`STEPS_MAX`] steps are kept as they are. Which ones those are does not depend on the order, so neither does
//! what falls out; of that are kept its number, its first and last time, the sum of what was added and subtracted, and the
//! latest step that says each thing. So an object of 10,000 updates still has its exact worth and label, and the state that
//! the latest step of each rule leads to; what is lost is the way there.

use super::STEPS_MAX;
use serde::{Deserialize, Serialize};

/// The slot of a state that the event itself names.
pub const STATE: u8 = 0;
/// The slot of the label.
pub const LABEL: u8 = 1;
/// The slot of the currency.
pub const CURRENCY: u8 = 2;
/// The slot of the first kept path.
pub const KEPT: u8 = 3;

/// What an event says of an object's worth, in millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Amount {
    /// Nothing.
    None,
    /// It is this much.
    Set(i64),
    /// It is this much more, or less.
    Add(i64),
}

impl Amount {
    /// What it adds, millionths.
    pub(super) fn added(self) -> Option<i128> {
        match self {
            Amount::Add(amount) => Some(amount.into()),
            Amount::None | Amount::Set(_) => None,
        }
    }
}

/// The sum of what is there.
pub(super) fn together(a: Option<i128>, b: Option<i128>) -> Option<i128> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.saturating_add(b)),
        (one, other) => one.or(other),
    }
}

/// What one event says of an object. The order of fields is the order of steps.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Step {
    /// The event's corrected time, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// The rule that wanted it, by its place in the definition.
    pub rule: u16,
    /// Its name, by its place in the rule.
    pub event: u16,
    /// True where it may change the object's state.
    pub states: bool,
    /// What it says of the worth.
    pub amount: Amount,
    /// A hash of its message id: tells apart what else is equal.
    pub by: u64,
    /// Texts that it says, by slot.
    pub said: Box<[(u8, Box<str>)]>,
}

/// Steps that are not kept one by one, summed up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Folded {
    /// How many.
    pub count: u64,
    /// Time of the first one.
    pub first_ms: i64,
    /// Time of the last one.
    pub last_ms: i64,
    /// What they added and subtracted, millionths; `None` = none of them did.
    pub added: Option<i128>,
    /// Of each rule that sets a state, of the worth, and of each slot: the latest one that says it, in order.
    pub latest: Vec<Step>,
}

/// One object: its steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Context {
    /// The newest ones, in order; never more than [`STEPS_MAX`].
    pub steps: Vec<Step>,
    /// The others.
    pub folded: Option<Box<Folded>>,
}

impl Context {
    pub(super) fn begun(step: Step) -> Context {
        Context { steps: vec![step], folded: None }
    }

    /// When it began, milliseconds since 1970 UTC.
    pub fn first_ms(&self) -> i64 {
        let kept = self.steps.first().map_or(i64::MAX, |step| step.at_ms);
        self.folded.as_ref().map_or(kept, |folded| folded.first_ms.min(kept))
    }

    /// How many steps it has.
    pub fn count(&self) -> u64 {
        self.steps.len() as u64 + self.folded.as_ref().map_or(0, |folded| folded.count)
    }

    pub(super) fn insert(&mut self, step: Step) {
        let place = self.steps.partition_point(|known| *known <= step);
        self.steps.insert(place, step);
        if self.steps.len() > STEPS_MAX {
            let oldest = self.steps.remove(0);
            self.fold(Folded::of(oldest));
        }
    }

    pub(super) fn merge(&mut self, other: &Context) {
        if let Some(folded) = &other.folded {
            self.fold(folded.as_ref().clone());
        }
        other.steps.iter().for_each(|step| self.insert(step.clone()));
    }

    fn fold(&mut self, more: Folded) {
        match &mut self.folded {
            Some(folded) => folded.add(more),
            None => self.folded = Some(Box::new(more)),
        }
    }
}

impl Folded {
    fn of(step: Step) -> Folded {
        let added = step.amount.added();
        Folded { count: 1, first_ms: step.at_ms, last_ms: step.at_ms, added, latest: vec![step] }.tidied()
    }

    fn add(&mut self, more: Folded) {
        self.count += more.count;
        self.first_ms = self.first_ms.min(more.first_ms);
        self.last_ms = self.last_ms.max(more.last_ms);
        self.added = together(self.added, more.added);
        self.latest.extend(more.latest);
        self.latest.sort();
        *self = Folded { latest: std::mem::take(&mut self.latest), ..*self }.tidied();
    }

    /// Without the steps that are the latest word on nothing.
    fn tidied(mut self) -> Folded {
        let (mut known, mut latest) = (Vec::new(), Vec::new());
        while let Some(step) = self.latest.pop() {
            let mut news = false;
            for thing in things(&step) {
                if !known.contains(&thing) {
                    known.push(thing);
                    news = true;
                }
            }
            if news {
                latest.push(step);
            }
        }
        latest.reverse();
        self.latest = latest;
        self
    }
}

/// What a step may have the last word on.
#[derive(PartialEq)]
enum Thing {
    State(u16),
    Worth,
    Said(u8),
}

fn things(step: &Step) -> impl Iterator<Item = Thing> + '_ {
    let state = step.states.then_some(Thing::State(step.rule));
    let worth = matches!(step.amount, Amount::Set(_)).then_some(Thing::Worth);
    let said = step.said.iter().map(|(slot, _)| *slot).filter(|slot| *slot != STATE);
    state.into_iter().chain(worth).chain(said.map(Thing::Said))
}
