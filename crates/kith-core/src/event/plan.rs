//! The tracking plan: which events a source may send, and what stands in them.
//!
//! - Reads: a plan as Segment, RudderStack or `kith events plan` writes it (`file`), and events, one at a time.
//! - Decides: whether an event is as planned, and what becomes of one that is not ([`Treatment`]): it is taken and the
//!   violation noted, it is refused and kept aside, or it is taken without the fields that are not in the plan.
//! - Writes: nothing. A field that is omitted is cut out of the event's own text; the rest of it stays byte for byte.
//! - Fails: where the plan can not be read, with the place in it ([`PlanError`]).
//!
//! Three things can be wrong with an event, and each is treated as the source says:
//! 1. `unplanned_events`: a track call whose name the plan does not have.
//! 2. `invalid_events`: its content is not what its rule or the rule for all events says (`check`).
//! 3. `unplanned_properties`: properties or traits that its rule does not name, at any depth.
//!
//! The JSON Schema in here is our own, of the drafts 4 to 2020-12, since the one well-kept library brings 25 crates and a minute
//! and a half of compiling to the crate that everything waits for, and does not say which properties are unplanned. What it
//! does not know it refuses when the plan is read, so no rule is silently ignored (`compile`).

mod check;
#[cfg(test)]
mod check_tests;
mod compile;
mod file;
mod format;
mod infer;
mod judge;
mod keywords;
mod omit;
mod outline;
mod parts;
mod schema;
#[cfg(test)]
mod tests;
mod unplanned;

pub use infer::Inference;
pub use judge::{Guard, Judged};
pub use outline::{Expected, Property};

use super::{Call, Event};
use schema::Schemas;
use serde::Serialize;
use serde_json::Value;
use std::collections::HashMap;
use std::fmt;

/// What becomes of an event that is not as planned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// It is taken, and the violation noted.
    #[default]
    Allow,
    /// It is refused: kept aside with the reason, to be replayed.
    Block,
}

/// What becomes of properties that are not in the plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PropertyPolicy {
    /// They stay, and are noted.
    #[default]
    Allow,
    /// They are cut out of the event, which is taken.
    Omit,
    /// The event is refused.
    Block,
}

impl Policy {
    /// The word in `kith.toml` and in answers.
    pub fn name(self) -> &'static str {
        match self {
            Policy::Allow => "allow",
            Policy::Block => "block",
        }
    }
}

impl PropertyPolicy {
    /// The word in `kith.toml` and in answers.
    pub fn name(self) -> &'static str {
        match self {
            PropertyPolicy::Allow => "allow",
            PropertyPolicy::Omit => "omit",
            PropertyPolicy::Block => "block",
        }
    }
}

/// What a source does with what is not in its plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Treatment {
    /// Events that the plan does not name.
    pub unplanned_events: Policy,
    /// Events that are not as their rule says.
    pub invalid_events: Policy,
    /// Properties that the rule does not name.
    pub unplanned_properties: PropertyPolicy,
}

/// In which way something is not as planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ViolationKind {
    /// The plan does not have an event of this name.
    UnplannedEvent,
    /// The plan does not have this property.
    UnplannedProperty,
    /// A required property is missing.
    Required,
    /// A value is of another type.
    Type,
    /// Anything else that a rule says: a range, a list of values, a pattern.
    Value,
}

impl ViolationKind {
    /// Every kind, with what it says.
    pub const ALL: [(ViolationKind, &'static str); 5] = [
        (ViolationKind::UnplannedEvent, "The plan does not have a track event of this name."),
        (ViolationKind::UnplannedProperty, "The rule does not name this property or trait."),
        (ViolationKind::Required, "A required member is missing."),
        (ViolationKind::Type, "The value is of another type."),
        (ViolationKind::Value, "Anything else that the rule says: a range, a list of values, a pattern."),
    ];

    /// The word in answers.
    pub fn name(self) -> &'static str {
        match self {
            ViolationKind::UnplannedEvent => "unplanned_event",
            ViolationKind::UnplannedProperty => "unplanned_property",
            ViolationKind::Required => "required",
            ViolationKind::Type => "type",
            ViolationKind::Value => "value",
        }
    }

    /// The code under which an event is refused for it.
    pub fn code(self) -> &'static str {
        match self {
            ViolationKind::UnplannedEvent => "K-PLAN-EVENT",
            ViolationKind::UnplannedProperty => "K-PLAN-PROPERTY",
            _ => "K-PLAN-INVALID",
        }
    }
}

/// One thing that is not as planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// In which way.
    pub kind: ViolationKind,
    /// Where in the event, as a JSON pointer: `/properties/products/0/price`.
    pub field: String,
    /// What is wrong, in words. Never holds a value that somebody sent.
    pub message: String,
}

/// A plan that can not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {message}")]
pub struct PlanError {
    /// Where: `line 3, column 7`, or a JSON pointer such as `/rules/events/2/rules/properties/total/type`.
    pub place: String,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub help: String,
}

/// A tracking plan, ready to judge events.
#[derive(Debug, Default)]
pub struct Plan {
    schemas: Schemas,
    /// By call and name; an empty name stands for every event of the call.
    rules: HashMap<Call, HashMap<String, Vec<Rule>>>,
    /// Hold for every event.
    global: Vec<usize>,
}

/// What one version of an event has to be.
#[derive(Clone, Debug)]
struct Rule {
    version: u64,
    schema: usize,
}

/// More of them say nothing more; an event is refused for the first.
const VIOLATIONS_MAX: usize = 16;

/// True while one more of its kind is noted. What is unplanned has a count of its own: any number of wrong values must not hide
/// a property that is to be cut out or refused.
fn room(found: &[Violation], kind: ViolationKind) -> bool {
    let unplanned = |kind| kind == ViolationKind::UnplannedProperty;
    found.iter().filter(|v| unplanned(v.kind) == unplanned(kind)).count() < VIOLATIONS_MAX
}

impl Plan {
    /// Reads a plan from the text of its file.
    pub fn read(text: &str) -> Result<Plan, PlanError> {
        file::plan(text)
    }

    /// How many rules it has.
    pub fn len(&self) -> usize {
        self.rules.values().flat_map(HashMap::values).map(Vec::len).sum::<usize>() + self.global.len()
    }

    /// True without any rule.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What is not as planned in an event; `body` is its JSON, read.
    fn violations(&self, event: &Event, body: &Value) -> Vec<Violation> {
        let Some(schemas) = self.of(event, body) else {
            let message = format!("the plan has no event {:?}", shortened(&event.name));
            return vec![Violation { kind: ViolationKind::UnplannedEvent, field: "/event".into(), message }];
        };
        let mut found = Vec::new();
        for schema in &schemas {
            self.schemas.check(*schema, body, &mut found);
        }
        unplanned::properties(&self.schemas, &schemas, body, &mut found);
        found
    }

    /// The schemas that hold for an event; `None` = the plan does not have it.
    fn of(&self, event: &Event, body: &Value) -> Option<Vec<usize>> {
        let named = self.rules.get(&event.call);
        let rules = named.and_then(|named| named.get(&event.name).or_else(|| named.get("")));
        let Some(rules) = rules else {
            // Of the other calls a plan usually says nothing at all.
            return (event.call != Call::Track).then(|| self.global.clone());
        };
        let version = body.pointer("/context/protocols/event_version").and_then(version_of);
        // Who names no version was written before there were versions.
        let rule = rules.iter().find(|rule| Some(rule.version) == version).or(rules.first());
        Some(rule.map(|rule| rule.schema).into_iter().chain(self.global.iter().copied()).collect())
    }

    /// True if events of this call have to be read at all.
    fn speaks_of(&self, call: Call) -> bool {
        call == Call::Track || !self.global.is_empty() || self.rules.contains_key(&call)
    }
}

/// The keywords of JSON Schema that a plan may use.
pub fn keywords() -> &'static [&'static str] {
    keywords::RULES
}

fn version_of(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// A name that somebody sent, fit for a message.
fn shortened(name: &str) -> String {
    match name.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or_default()),
        None => name.to_string(),
    }
}

/// A place in an event, on the way down: nothing is allocated until something is wrong.
#[derive(Clone, Copy)]
enum Place<'a> {
    Root,
    Member(&'a Place<'a>, &'a str),
    Item(&'a Place<'a>, usize),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Root => Ok(()),
            Place::Member(above, name) => {
                write!(f, "{above}/{}", name.replace('~', "~0").replace('/', "~1"))
            }
            Place::Item(above, at) => write!(f, "{above}/{at}"),
        }
    }
}
