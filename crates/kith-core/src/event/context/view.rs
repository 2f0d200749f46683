//! How an object stands, now or at any time: a function of its steps up to then.
//!
//! `value = set + added - subtracted`, where the latest value that was set counts. So a refund that is dated before its order
//! counts as well as one after it, and an order that is sent twice counts once. The value is nothing in a state that is
//! void, and never below zero unless the definition allows it; the parts stand beside it.

use super::history::{Amount, CURRENCY, Context, KEPT, LABEL, STATE, Step, together};
use super::{Definition, Objects, read};

/// How an object stands.
#[derive(Clone, Debug, PartialEq)]
pub struct View<'a> {
    /// Its id; empty where each person has one.
    pub id: &'a str,
    /// Its state; `None` = no event has named one.
    pub state: Option<&'a str>,
    /// True until it comes into a state in which it is over.
    pub open: bool,
    /// Its worth, millionths; `None` = no event has named one.
    pub value: Option<i128>,
    /// The worth that was set last, millionths, before anything was added or subtracted.
    pub set: Option<i128>,
    /// What was added and subtracted, millionths; `None` = nothing was.
    pub added: Option<i128>,
    /// Its plan, tier, category or subject.
    pub label: Option<&'a str>,
    /// The currency of its worth.
    pub currency: Option<&'a str>,
    /// When it began, milliseconds since 1970 UTC.
    pub opened_ms: i64,
    /// When the last thing happened to it.
    pub changed_ms: i64,
    /// When it was over; `None` = it is open.
    pub closed_ms: Option<i64>,
    /// How many steps it has.
    pub steps: u64,
    kept: Vec<Option<&'a str>>,
}

impl<'a> View<'a> {
    /// The last value of a kept path, its JSON text.
    pub fn kept(&self, place: usize) -> Option<&'a str> {
        self.kept.get(place).copied().flatten()
    }

    /// How long it took, or has been open at a moment, milliseconds.
    pub fn lasted_ms(&self, now_ms: i64) -> i64 {
        self.closed_ms.unwrap_or(now_ms).saturating_sub(self.opened_ms).max(0)
    }
}

/// One step, and how the object stood after it.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment<'a> {
    /// When, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// The event's name, or its call where the rule wants any name.
    pub event: &'a str,
    /// What it said of the worth.
    pub amount: Amount,
    /// How the object stood then.
    pub view: View<'a>,
}

/// The objects of a kind as they stood at a time, or stand now; by id. `None` = there are too many.
pub fn views<'a>(
    objects: &'a Objects,
    definition: &'a Definition,
    as_of_ms: Option<i64>,
) -> Option<Vec<View<'a>>> {
    let Objects::Known(all) = objects else { return None };
    Some(all.iter().filter_map(|(id, context)| view(id, context, definition, as_of_ms)).collect())
}

/// How an object stood at a time, or stands now; `None` = it had not begun.
pub fn view<'a>(
    id: &'a str,
    context: &'a Context,
    definition: &'a Definition,
    as_of_ms: Option<i64>,
) -> Option<View<'a>> {
    let mut walk = Walk::new(id, context, definition, as_of_ms)?;
    walk.steps(as_of_ms).for_each(|step| walk.take(step));
    Some(walk.view)
}

/// The steps up to a time, oldest first, with how the object stood after each. What was summed up is not among them.
pub fn history<'a>(
    id: &'a str,
    context: &'a Context,
    definition: &'a Definition,
    as_of_ms: Option<i64>,
) -> Vec<Moment<'a>> {
    let Some(mut walk) = Walk::new(id, context, definition, as_of_ms) else { return Vec::new() };
    let moments = walk.steps(as_of_ms).map(|step| {
        walk.take(step);
        let event =
            definition.rules.get(usize::from(step.rule)).map_or("", |rule| read::name(rule, step.event));
        Moment { at_ms: step.at_ms, event, amount: step.amount, view: walk.view.clone() }
    });
    moments.collect()
}

struct Walk<'a> {
    context: &'a Context,
    definition: &'a Definition,
    view: View<'a>,
    /// The state that was named last.
    state: Option<&'a str>,
    /// The state instead once nothing is left of the worth, if the rule that was followed last has one.
    emptied: Option<&'a str>,
}

impl<'a> Walk<'a> {
    fn new(
        id: &'a str,
        context: &'a Context,
        definition: &'a Definition,
        as_of_ms: Option<i64>,
    ) -> Option<Walk<'a>> {
        let opened_ms = context.first_ms();
        if as_of_ms.is_some_and(|at| opened_ms > at) {
            return None;
        }
        let view = View {
            id,
            state: None,
            open: true,
            value: None,
            set: None,
            added: None,
            label: None,
            currency: None,
            opened_ms,
            changed_ms: opened_ms,
            closed_ms: None,
            steps: 0,
            kept: vec![None; definition.kept.len()],
        };
        let mut walk = Walk { context, definition, view, state: None, emptied: None };
        // Of what was summed up, nothing is known before its end but that the object was there.
        if let Some(folded) = context.folded.as_ref().filter(|f| as_of_ms.is_none_or(|at| f.last_ms <= at)) {
            folded.latest.iter().for_each(|step| walk.take(step));
            (walk.view.steps, walk.view.added, walk.view.changed_ms) =
                (folded.count, folded.added, folded.last_ms);
            walk.settle(folded.last_ms);
        }
        Some(walk)
    }

    fn steps(&self, as_of_ms: Option<i64>) -> impl Iterator<Item = &'a Step> + use<'a> {
        let context = self.context;
        context.steps.iter().take_while(move |step| as_of_ms.is_none_or(|at| step.at_ms <= at))
    }

    fn take(&mut self, step: &'a Step) {
        self.view.steps += 1;
        self.view.changed_ms = step.at_ms;
        let mut named = None;
        for (slot, text) in &step.said {
            match *slot {
                STATE => named = Some(text.as_ref()),
                LABEL => self.view.label = Some(text),
                CURRENCY => self.view.currency = Some(text),
                kept => {
                    if let Some(place) = self.view.kept.get_mut(usize::from(kept - KEPT)) {
                        *place = Some(text);
                    }
                }
            }
        }
        if let Amount::Set(value) = step.amount {
            self.view.set = Some(value.into());
        }
        self.view.added = together(self.view.added, step.amount.added());
        if let Some(rule) = self.definition.rules.get(usize::from(step.rule)).filter(|_| step.states) {
            let from = self.view.state;
            if !rule.not_from.iter().any(|state| Some(state.as_str()) == from) {
                self.state = named.or(rule.state.as_deref()).or(self.state);
                self.emptied = rule.emptied.as_deref();
            }
        }
        self.settle(step.at_ms);
    }

    /// What follows from the state and the worth.
    fn settle(&mut self, at_ms: i64) {
        let (view, is) = (&mut self.view, |all: &[String], state: Option<&str>| {
            state.is_some_and(|state| all.iter().any(|known| known == state))
        });
        let left = together(view.set, view.added);
        // A refund whose order has not come yet empties nothing.
        let empty = view.set.is_some() && left.is_some_and(|left| left <= 0);
        view.state = self.emptied.filter(|_| empty).or(self.state);
        view.value = left.map(|left| match is(&self.definition.void, view.state) {
            true => 0,
            false if self.definition.negative => left,
            false => left.max(0),
        });
        view.open = !is(&self.definition.ended, view.state);
        view.closed_ms = match view.open {
            true => None,
            false => view.closed_ms.or(Some(at_ms)),
        };
    }
}
