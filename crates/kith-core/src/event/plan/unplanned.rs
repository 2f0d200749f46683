//! Properties and traits that no schema names, at any depth.
//!
//! An object whose schemas name no property at all is open: nothing in it is unplanned. The same holds where
//! `additionalProperties` is said to be anything but `false`.

use super::schema::{Additional, Schema, Schemas};
use super::{Place, Violation, ViolationKind, room};
use serde_json::Value;
use std::collections::BTreeSet;

/// The parts of an event whose members a plan names. What else is in an event, its client adds.
const PARTS: [&str; 2] = ["properties", "traits"];

/// Adds what is not planned.
pub(super) fn properties(schemas: &Schemas, wanted: &[usize], body: &Value, found: &mut Vec<Violation>) {
    let walk = Walk { schemas };
    let rules = walk.all(wanted.iter().copied());
    for part in PARTS {
        if let Some(value) = body.get(part) {
            let below = walk.below(&rules, part);
            walk.value(&below, value, &Place::Member(&Place::Root, part), found);
        }
    }
}

struct Walk<'a> {
    schemas: &'a Schemas,
}

impl<'a> Walk<'a> {
    /// These schemas and all that they consist of.
    fn all(&self, wanted: impl Iterator<Item = usize>) -> Vec<&'a Schema> {
        let (mut seen, mut waiting) = (BTreeSet::new(), wanted.collect::<Vec<_>>());
        let mut rules = Vec::new();
        while let Some(no) = waiting.pop() {
            let Some(schema) = self.schemas.0.get(no).filter(|_| seen.insert(no)) else { continue };
            rules.push(schema);
            let parts = [&schema.all, &schema.any, &schema.one].into_iter().flatten().copied();
            waiting.extend(parts.chain(schema.reference));
            waiting
                .extend(schema.condition.iter().flat_map(|c| [Some(c.when), c.then, c.otherwise]).flatten());
            waiting.extend(schema.object.dependent_schemas.iter().map(|(_, schema)| *schema));
        }
        rules
    }

    /// What holds for a member.
    fn below(&self, rules: &[&'a Schema], name: &str) -> Vec<&'a Schema> {
        let named = rules.iter().filter_map(|schema| schema.object.properties.get(name).copied());
        let like = rules.iter().flat_map(|schema| &schema.object.patterns);
        self.all(named.chain(like.filter(|(pattern, _)| pattern.is_match(name)).map(|(_, schema)| *schema)))
    }

    fn value(&self, rules: &[&'a Schema], value: &Value, at: &Place, found: &mut Vec<Violation>) {
        match value {
            Value::Object(members) => {
                let open = |schema: &&Schema| matches!(schema.object.additional, Some(Additional::As(_)));
                let names = |s: &&Schema| !s.object.properties.is_empty() || !s.object.patterns.is_empty();
                let closed = |schema: &&Schema| schema.object.additional == Some(Additional::None);
                let counts = !rules.iter().any(open) && rules.iter().any(|s| names(s) || closed(s));
                for (name, member) in members {
                    let at = Place::Member(at, name);
                    let known = rules.iter().any(|schema| {
                        let Schema { object, .. } = schema;
                        object.properties.contains_key(name)
                            || object.patterns.iter().any(|(pattern, _)| pattern.is_match(name))
                    });
                    match known {
                        true => self.value(&self.below(rules, name), member, &at, found),
                        false if counts => note(&at, found),
                        false => {}
                    }
                }
            }
            Value::Array(items) => {
                for (i, item) in items.iter().enumerate() {
                    let first = |schema: &&'a Schema| schema.list.first.get(i).copied().or(schema.list.rest);
                    let below = self.all(rules.iter().filter_map(first));
                    self.value(&below, item, &Place::Item(at, i), found);
                }
            }
            _ => {}
        }
    }
}

fn note(at: &Place, found: &mut Vec<Violation>) {
    let field = at.to_string();
    let kind = ViolationKind::UnplannedProperty;
    let noted = found.iter().any(|v| v.kind == kind && v.field == field);
    if !noted && room(found, kind) {
        found.push(Violation { kind, field, message: "is not in the plan".into() });
    }
}
