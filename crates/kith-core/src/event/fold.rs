//! What is known of a carrier after any number of events.
//!
//! - Reads: events, each once, in whatever order they arrive.
//! - Decides: nothing that depends on the order: every part of [`State`] is a commutative monoid, so that the state of two
//!   carriers is their [`State::merge`], a profile is the merge over its carriers, and taking a carrier out again is exact.
//! - Writes: nothing; the caller keeps the state.
//! - Fails: never; what an event does not say changes nothing.
//!
//! Where two events disagree, the later one holds: later by the corrected time, then by message id.

use super::carrier::{Carrier, IdKind, stands_for_nobody};
use super::context::Contexts;
use super::facts::Facts;
use super::habits::Habits;
use super::measure::{Measures, Traits};
use super::{Call, Event};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A visitor that more users than this have claimed is a device in a shop, a library or a test: it belongs to none.
pub const USERS_PER_VISITOR_MAX: usize = 5;

/// When something was said, and by which event; the greater one holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Stamp {
    /// The event's corrected time, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// Its message id.
    pub by: String,
}

/// A value and when it was said.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Stamped {
    /// When.
    pub stamp: Stamp,
    /// The value's own JSON text; `null` = taken away.
    pub value: String,
}

/// How often and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// How often.
    pub count: u64,
    /// First time, milliseconds since 1970 UTC.
    pub first_ms: i64,
    /// Last time, milliseconds since 1970 UTC.
    pub last_ms: i64,
}

impl Tally {
    pub(super) fn once(at_ms: i64) -> Tally {
        Tally { count: 1, first_ms: at_ms, last_ms: at_ms }
    }

    pub(super) fn add(&mut self, more: Tally) {
        self.count += more.count;
        self.first_ms = self.first_ms.min(more.first_ms);
        self.last_ms = self.last_ms.max(more.last_ms);
    }
}

/// An event says that a carrier is a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The carrier that is claimed.
    pub carrier: Carrier,
    /// Who claims it.
    pub user: String,
    /// False where the id may be of another kind, so that the carrier is none unless it is also seen otherwise.
    pub sure: bool,
}

/// What a claim did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// It was known already.
    Known,
    /// It is known now.
    Noted,
    /// The carrier's [`State::row`] has changed with it.
    OtherRow,
}

/// What is known of a carrier, or of several taken together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Events that hang on it; `None` = it was only spoken of.
    pub events: Option<Tally>,
    /// True if somebody is known to have this id, whether events hang on it or not.
    pub named: bool,
    /// Events by call and name: `track Order Completed`, `page Home`, `identify`.
    pub by_name: BTreeMap<String, Tally>,
    /// What was said of the person, by the name of the trait.
    pub traits: BTreeMap<String, Stamped>,
    /// The users that claimed it, with the first time.
    pub users: BTreeMap<String, i64>,
    /// The groups that it belongs to, with the last time.
    pub groups: BTreeMap<String, i64>,
    /// Other ids that were seen with it (`ios.push_token:…`), with the first time.
    pub ids: BTreeMap<String, i64>,
    /// What is kept for declared traits.
    pub measures: Measures,
    /// Business objects, by kind ([`State::take_steps`]).
    pub contexts: Contexts,
    /// How they come; `None` = no event hangs on it.
    pub habits: Option<Box<Habits>>,
}

impl State {
    /// Takes in an event that hangs on this carrier. True if its [`State::row`] has changed.
    pub fn apply(&mut self, event: &Event, facts: &Facts, traits: &Traits) -> bool {
        let mut news = !std::mem::replace(&mut self.named, true);
        let (at, tally) = (event.timestamp_ms, Tally::once(event.timestamp_ms));
        add(&mut self.events, tally);
        self.by_name.entry(named(event)).and_modify(|known| known.add(tally)).or_insert(tally);
        // A group's traits are of the group.
        if event.call != Call::Group {
            for (name, value) in &facts.traits {
                let stamp = Stamp { at_ms: at, by: event.message_id.clone() };
                let said = Stamped { stamp, value: value.get().to_string() };
                news |= later(&mut self.traits, name, said);
            }
        } else if let Some(group) = &facts.group_id {
            let known = self.groups.entry(group.clone()).or_insert(at);
            *known = at.max(*known);
        }
        for id in &facts.ids {
            earlier(&mut self.ids, id, at);
        }
        self.habits.get_or_insert_default().apply(event, facts.derived(event), facts);
        self.measures.apply(traits, event, facts);
        news
    }

    /// Takes in that this carrier was claimed, at a time.
    pub fn claim(&mut self, claim: &Claim, at_ms: i64) -> Claimed {
        let newly_named = claim.sure && !std::mem::replace(&mut self.named, true);
        if !newly_named && self.users.get(&claim.user).is_some_and(|known| *known <= at_ms) {
            return Claimed::Known;
        }
        let before = self.owner().map(str::to_string);
        earlier(&mut self.users, &claim.user, at_ms);
        match newly_named || (self.named && self.owner() != before.as_deref()) {
            true => Claimed::OtherRow,
            false => Claimed::Noted,
        }
    }

    /// Takes in everything that another carrier has.
    pub fn merge(&mut self, other: &State) {
        if let Some(tally) = other.events {
            add(&mut self.events, tally);
        }
        self.named |= other.named;
        for (name, tally) in &other.by_name {
            self.by_name.entry(name.clone()).and_modify(|known| known.add(*tally)).or_insert(*tally);
        }
        other.traits.iter().for_each(|(name, said)| _ = later(&mut self.traits, name, said.clone()));
        other.users.iter().for_each(|(user, at)| earlier(&mut self.users, user, *at));
        for (group, at) in &other.groups {
            let known = self.groups.entry(group.clone()).or_insert(*at);
            *known = *at.max(known);
        }
        other.ids.iter().for_each(|(id, at)| earlier(&mut self.ids, id, *at));
        self.measures.merge(&other.measures);
        self.contexts.merge(&other.contexts);
        if let Some(habits) = &other.habits {
            self.habits.get_or_insert_default().merge(habits);
        }
    }

    /// The user that this visitor belongs to: who claimed it first. None if too many did.
    pub fn owner(&self) -> Option<&str> {
        if self.users.len() > USERS_PER_VISITOR_MAX {
            return None;
        }
        self.users.iter().min_by_key(|(user, at)| (**at, *user)).map(|(user, _)| user.as_str())
    }

    /// The record that stands for this carrier when identities are resolved: its ids and what was said of it. `None` where
    /// nobody is known to have this id.
    pub fn row(&self, carrier: &Carrier) -> Option<Map<String, Value>> {
        if !self.named {
            return None;
        }
        let mut row = Map::new();
        let owner = self.owner().filter(|user| *user != carrier.id);
        match carrier.kind {
            IdKind::UserId => {
                row.insert("user_id".into(), carrier.id.clone().into());
                // An alias: the user has another id now.
                owner.map(|user| row.insert("alias_user_id".into(), user.into()));
            }
            IdKind::AnonymousId => {
                row.insert("anonymous_id".into(), carrier.id.clone().into());
                owner.map(|user| row.insert("user_id".into(), user.into()));
            }
        }
        for (name, said) in &self.traits {
            match serde_json::from_str(&said.value) {
                Ok(Value::Null) | Err(_) => {}
                // The carrier's own ids are not a matter of opinion.
                Ok(value) => _ = row.entry(name.clone()).or_insert(value),
            }
        }
        Some(row)
    }
}

/// What an event says of carriers other than its own: who claims them.
pub fn claims(event: &Event, facts: &Facts) -> Vec<Claim> {
    let Some(user) = event.user_id.as_ref().filter(|id| !stands_for_nobody(id)) else { return Vec::new() };
    let mut claims = Vec::new();
    if let Some(visitor) = event.anonymous_id.as_ref().filter(|id| !stands_for_nobody(id)) {
        claims.push(Claim { carrier: Carrier::visitor(visitor), user: user.clone(), sure: true });
    }
    // An alias; and PostHog's servers name the id before in an identify.
    if matches!(event.call, Call::Alias | Call::Identify)
        && let Some(previous) = facts.previous_id.as_ref().filter(|id| !stands_for_nobody(id) && *id != user)
    {
        // The specification leaves open which kind of id it was: a user's, unless a visitor has it.
        claims.push(Claim { carrier: Carrier::user(previous), user: user.clone(), sure: true });
        claims.push(Claim { carrier: Carrier::visitor(previous), user: user.clone(), sure: false });
    }
    claims
}

/// Call and name of an event: `track Order Completed`, `identify`.
pub(super) fn named(event: &Event) -> String {
    match event.name.is_empty() {
        true => event.call.name().to_string(),
        false => format!("{} {}", event.call.name(), event.name),
    }
}

fn add(known: &mut Option<Tally>, more: Tally) {
    match known {
        Some(tally) => tally.add(more),
        None => *known = Some(more),
    }
}

/// True if the value is another one now.
fn later(all: &mut BTreeMap<String, Stamped>, name: &str, said: Stamped) -> bool {
    match all.get_mut(name) {
        // Among equal stamps the value decides, so that two clients with one message id can not make a difference.
        Some(known) if *known >= said => false,
        Some(known) => {
            let other = known.value != said.value;
            *known = said;
            other
        }
        None => {
            all.insert(name.to_string(), said);
            true
        }
    }
}

fn earlier(all: &mut BTreeMap<String, i64>, name: &str, at_ms: i64) {
    match all.get_mut(name) {
        Some(known) => *known = at_ms.min(*known),
        None => _ = all.insert(name.to_string(), at_ms),
    }
}

#[cfg(test)]
#[path = "fold/tests.rs"]
mod tests;
