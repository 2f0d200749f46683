//! A plan's file, as products write it.
//!
//! | who | shape |
//! |---|---|
//! | Segment, Config API and its exports | `{"rules": {"events": [{"name", "version", "rules"}], "identify": {…}, "group": {…}, "global": {…}}}` |
//! | Segment, Public API | `{"rules": [{"type": "TRACK", "key", "version", "jsonSchema"}]}`, also within `{"data": …}` |
//! | RudderStack | Segment's first one; its events name their call in `eventType` |
//!
//! A rule is a JSON Schema of the whole event: `{"properties": {"properties": {"type": "object", …}}}`. Where `identitySection`
//! says so (RudderStack), or the schema speaks of no part of an event, it is that of the event's properties or traits.

use super::compile::{compile, inside};
use super::schema::Schema;
use super::{Plan, PlanError, Rule, version_of};
use crate::event::Call;
use serde_json::{Map, Value};

type Read<T> = Result<T, PlanError>;

fn wrong<T>(place: &str, message: impl Into<String>, help: &str) -> Read<T> {
    Err(PlanError { place: place.into(), message: message.into(), help: help.into() })
}

/// Reads a plan.
pub(super) fn plan(text: &str) -> Read<Plan> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let root: Value = serde_json::from_str(text).map_err(|e| PlanError {
        place: format!("line {}, column {}", e.line(), e.column()),
        message: format!("the plan is not JSON: {e}"),
        help: "Correct the file, or export it again.".into(),
    })?;
    let (at, root) = match root.get("data") {
        Some(data) if root.get("rules").is_none() => ("/data", data),
        _ => ("", &root),
    };
    let (at, root) = match root.get("trackingPlan") {
        Some(plan) if root.get("rules").is_none() => (format!("{at}/trackingPlan"), plan),
        _ => (at.to_string(), root),
    };
    let rules_at = format!("{at}/rules");
    let mut plan = Plan::default();
    match root.get("rules") {
        Some(Value::Object(rules)) => calls(&mut plan, rules, &rules_at)?,
        Some(Value::Array(rules)) => listed(&mut plan, rules, &rules_at)?,
        _ => {
            let help = "A plan is {\"rules\": {\"events\": [{\"name\": \"Order Completed\", \"rules\": {…}}]}}, as Segment \
                        exports it; `kith events plan` writes a first one.";
            return wrong(&rules_at, "the plan has no `rules`", help);
        }
    }
    for rules in plan.rules.values_mut().flat_map(|named| named.values_mut()) {
        rules.sort_by_key(|rule| rule.version);
    }
    Ok(plan)
}

/// The first shape.
fn calls(plan: &mut Plan, rules: &Map<String, Value>, at: &str) -> Read<()> {
    for (name, value) in rules {
        let at = inside(at, name);
        match name.as_str() {
            "events" => {
                let Some(events) = value.as_array() else {
                    return wrong(&at, "`events` is no list", "Write [{\"name\": …, \"rules\": {…}}].");
                };
                for (i, event) in events.iter().enumerate() {
                    one_event(plan, event, &format!("{at}/{i}"))?;
                }
            }
            "global" | "common" => {
                if let Some(schema) = said(value) {
                    let no = compile(&mut plan.schemas, schema, &at)?;
                    plan.global.push(no);
                }
            }
            // Segment's lists of traits repeat what `identify` and `group` say.
            "identify_traits" | "group_traits" => {}
            call => match Call::of(call) {
                Some(call) => {
                    if let Some(schema) = said(value) {
                        add(plan, (call, ""), None, schema, None, &at)?;
                    }
                }
                None => {
                    let help = "The keys are: events, global, identify, group, page, screen.";
                    return wrong(&at, format!("{name:?} is no part of a plan's rules"), help);
                }
            },
        }
    }
    Ok(())
}

/// Exports write `{}` or `null` where nothing is said.
fn said(value: &Value) -> Option<&Value> {
    Some(value).filter(|value| !value.is_null() && value.as_object().is_none_or(|rules| !rules.is_empty()))
}

fn one_event(plan: &mut Plan, event: &Value, at: &str) -> Read<()> {
    let text = |keys: &[&str]| keys.iter().find_map(|key| event.get(key)?.as_str());
    let call = match text(&["eventType", "type"]) {
        None => Call::Track,
        Some(word) => match Call::of(&word.to_lowercase()) {
            Some(call) => call,
            None => return wrong(&inside(at, "eventType"), format!("{word:?} is no call"), CALLS),
        },
    };
    let name = text(&["name", "eventName"]).unwrap_or_default();
    if name.is_empty() && call == Call::Track {
        let help = "Give it the name that is sent: \"name\": \"Order Completed\".";
        return wrong(&inside(at, "name"), "the event has no name", help);
    }
    let (key, schema) = match ["rules", "jsonSchema"].iter().find_map(|key| Some((*key, event.get(key)?))) {
        Some(found) => found,
        None => ("rules", &Value::Null),
    };
    let schema = if schema.is_null() { &Value::Bool(true) } else { schema };
    let part = text(&["identitySection"]);
    add(plan, (call, name), event.get("version"), schema, part, &inside(at, key))
}

const CALLS: &str = "The calls are: track, identify, page, screen, group.";

/// The second shape.
fn listed(plan: &mut Plan, rules: &[Value], at: &str) -> Read<()> {
    for (i, rule) in rules.iter().enumerate() {
        let at = format!("{at}/{i}");
        let kind = rule.get("type").and_then(Value::as_str).unwrap_or_default();
        let key = rule.get("key").and_then(Value::as_str).unwrap_or_default();
        let Some(schema) = rule.get("jsonSchema") else {
            return wrong(&at, "the rule has no `jsonSchema`", "Export the plan again, with its schemas.");
        };
        let schema_at = inside(&at, "jsonSchema");
        if kind == "COMMON" {
            let no = compile(&mut plan.schemas, schema, &schema_at)?;
            plan.global.push(no);
            continue;
        }
        let Some(call) = Call::of(&kind.to_lowercase()) else {
            let help = "The types are: COMMON, TRACK, IDENTIFY, GROUP, PAGE, SCREEN.";
            return wrong(&inside(&at, "type"), format!("{kind:?} is no type of a rule"), help);
        };
        if call == Call::Track && key.is_empty() {
            return wrong(
                &inside(&at, "key"),
                "the rule names no event",
                "Write \"key\": \"Order Completed\".",
            );
        }
        let name = if call == Call::Identify || call == Call::Group { "" } else { key };
        add(plan, (call, name), rule.get("version"), schema, None, &schema_at)?;
    }
    Ok(())
}

fn add(
    plan: &mut Plan,
    (call, name): (Call, &str),
    version: Option<&Value>,
    schema: &Value,
    part: Option<&str>,
    at: &str,
) -> Read<()> {
    let version = version.and_then(version_of).unwrap_or(1);
    let rules = plan.rules.entry(call).or_default().entry(name.to_string()).or_default();
    if rules.iter().any(|rule| rule.version == version) {
        let message = format!("the plan has {name:?} twice in version {version}");
        return wrong(at, message, "Keep one of them, or give the newer one a higher version.");
    }
    let mut number = compile(&mut plan.schemas, schema, at)?;
    if let Some(part) = part_of(schema, call, part) {
        plan.schemas.0.push(Schema::around(part, number));
        number = plan.schemas.0.len() - 1;
    }
    let named = plan.rules.entry(call).or_default();
    named.entry(name.to_string()).or_default().push(Rule { version, schema: number });
    Ok(())
}

/// The parts of an event that a schema of a whole event may speak of.
const PARTS: [&str; 12] = [
    "properties",
    "traits",
    "context",
    "event",
    "userId",
    "anonymousId",
    "type",
    "messageId",
    "integrations",
    "name",
    "groupId",
    "timestamp",
];

/// The part of an event that a schema is of; `None` = it is of the whole event.
fn part_of<'a>(schema: &Value, call: Call, part: Option<&'a str>) -> Option<&'a str> {
    let own = if matches!(call, Call::Identify | Call::Group) { "traits" } else { "properties" };
    let members = schema.get("properties").and_then(Value::as_object)?;
    let whole = members.is_empty()
        || ["properties", "traits", "context"].iter().any(|name| members.contains_key(*name))
        || members.keys().all(|name| PARTS.contains(&name.as_str()));
    match part {
        _ if whole => None,
        Some(part) if !part.is_empty() => part.rsplit('.').next(),
        _ => Some(own),
    }
}
