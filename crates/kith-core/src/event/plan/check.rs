//! Whether a value is as a schema says, and where not.
//!
//! A number counts as whole where its value is (`1.0`), texts are measured in characters, and two numbers are equal where
//! their values are, as the specification has it. Patterns run in linear time, whatever is sent.

use super::schema::{Additional, Condition, Counts, List, Object, Schema, Schemas, Type};
use super::{Place, Violation, ViolationKind, room};
use serde_json::{Number, Value};

/// Schemas that refer to each other go no deeper into a value than a value can be deep (64), with room for steps that stay
/// where they are.
const DEPTH_MAX: usize = 256;

/// What is wrong with a value, so far.
struct Check<'a> {
    schemas: &'a Schemas,
    found: &'a mut Vec<Violation>,
    depth: usize,
}

impl Schemas {
    /// Checks a value; what is wrong is added.
    pub fn check(&self, schema: usize, value: &Value, found: &mut Vec<Violation>) {
        Check { schemas: self, found, depth: 0 }.value(schema, value, &Place::Root);
    }
}

impl<'a> Check<'a> {
    fn wrong(&mut self, kind: ViolationKind, at: &Place, message: impl Into<String>) {
        if room(self.found, kind) {
            self.found.push(Violation { kind, field: at.to_string(), message: message.into() });
        }
    }

    /// True if the value is as the schema says; nothing is noted.
    fn fits(&self, schema: usize, value: &Value, at: &Place) -> bool {
        let mut found = Vec::new();
        Check { schemas: self.schemas, found: &mut found, depth: self.depth }.value(schema, value, at);
        found.is_empty()
    }

    fn value(&mut self, schema: usize, value: &Value, at: &Place) {
        let Some(rules) = self.schemas.0.get(schema) else { return };
        if self.depth == DEPTH_MAX {
            return self.wrong(
                ViolationKind::Value,
                at,
                "the plan's schemas refer to each other without end",
            );
        }
        self.depth += 1;
        self.whole(rules, value, at);
        self.combined(rules, value, at);
        match value {
            Value::Object(members) => self.object(&rules.object, members, value, at),
            Value::Array(items) => self.list(&rules.list, items, at),
            Value::String(text) => self.text(rules, text, at),
            Value::Number(number) => self.number(rules, number, at),
            Value::Null | Value::Bool(_) => {}
        }
        self.depth -= 1;
    }

    fn whole(&mut self, rules: &Schema, value: &Value, at: &Place) {
        if rules.never {
            self.wrong(ViolationKind::Value, at, "the plan allows nothing here");
        }
        if let Some(types) = &rules.types
            && !types.iter().any(|t| t.takes(value))
        {
            let wanted: Vec<_> = types.iter().map(|t| t.name()).collect();
            let message = format!("should be {} and is {}", wanted.join(" or "), Type::of(value).name());
            self.wrong(ViolationKind::Type, at, message);
        }
        if let Some(values) = &rules.one_of_values
            && !values.iter().any(|allowed| equal(allowed, value))
        {
            let listed: Vec<_> = values.iter().take(8).map(Value::to_string).collect();
            let more = if values.len() > 8 { ", …" } else { "" };
            self.wrong(ViolationKind::Value, at, format!("is none of {}{more}", listed.join(", ")));
        }
    }

    fn combined(&mut self, rules: &Schema, value: &Value, at: &Place) {
        for schema in rules.reference.iter().chain(&rules.all) {
            self.value(*schema, value, at);
        }
        if !rules.any.is_empty() && !rules.any.iter().any(|schema| self.fits(*schema, value, at)) {
            self.wrong(ViolationKind::Value, at, "is none of what anyOf allows");
        }
        if !rules.one.is_empty() {
            let fitting = rules.one.iter().filter(|schema| self.fits(**schema, value, at)).count();
            if fitting != 1 {
                let message = format!("fits {fitting} of what oneOf allows, and should fit one");
                self.wrong(ViolationKind::Value, at, message);
            }
        }
        if rules.not.is_some_and(|schema| self.fits(schema, value, at)) {
            self.wrong(ViolationKind::Value, at, "is what the plan excludes (not)");
        }
        if let Some(Condition { when, then, otherwise }) = &rules.condition {
            let branch = if self.fits(*when, value, at) { then } else { otherwise };
            if let Some(schema) = branch {
                self.value(*schema, value, at);
            }
        }
    }

    fn object(
        &mut self,
        rules: &Object,
        members: &serde_json::Map<String, Value>,
        value: &Value,
        at: &Place,
    ) {
        let needed = rules.dependent.iter().filter(|(name, _)| members.contains_key(name));
        for name in rules.required.iter().chain(needed.flat_map(|(_, names)| names)) {
            if !members.contains_key(name) {
                self.wrong(ViolationKind::Required, &Place::Member(at, name), "is required and missing");
            }
        }
        self.count(&rules.count, members.len(), "members", at);
        for (name, schema) in &rules.dependent_schemas {
            if members.contains_key(name) {
                self.value(*schema, value, at);
            }
        }
        for (name, member) in members {
            let at = Place::Member(at, name);
            if let Some(names) = rules.names
                && !self.fits(names, &Value::String(name.clone()), &at)
            {
                self.wrong(ViolationKind::Value, &at, "has a name that the plan does not allow");
            }
            let mut known = false;
            if let Some(schema) = rules.properties.get(name) {
                known = true;
                self.value(*schema, member, &at);
            }
            for (pattern, schema) in &rules.patterns {
                if pattern.is_match(name) {
                    known = true;
                    self.value(*schema, member, &at);
                }
            }
            match rules.additional {
                Some(Additional::None) if !known => {
                    self.wrong(ViolationKind::UnplannedProperty, &at, "is not in the plan");
                }
                Some(Additional::As(schema)) if !known => self.value(schema, member, &at),
                _ => {}
            }
        }
    }

    fn list(&mut self, rules: &List, items: &[Value], at: &Place) {
        self.count(&rules.count, items.len(), "items", at);
        for (i, item) in items.iter().enumerate() {
            if let Some(schema) = rules.first.get(i).copied().or(rules.rest) {
                self.value(schema, item, &Place::Item(at, i));
            }
        }
        if let Some(schema) = rules.contains
            && !items.iter().enumerate().any(|(i, item)| self.fits(schema, item, &Place::Item(at, i)))
        {
            self.wrong(ViolationKind::Value, at, "holds no item as the plan wants one (contains)");
        }
        // Quadratic, so bounded: an event of 32 KB can hold 16,000 items.
        let few = items.get(..items.len().min(500)).unwrap_or(items);
        if rules.unique && few.iter().enumerate().any(|(i, a)| few.iter().take(i).any(|b| equal(a, b))) {
            self.wrong(ViolationKind::Value, at, "holds the same item twice");
        }
    }

    fn text(&mut self, rules: &Schema, text: &str, at: &Place) {
        if rules.length.least.is_some() || rules.length.most.is_some() {
            self.count(&rules.length, text.chars().count(), "characters", at);
        }
        if rules.pattern.as_ref().is_some_and(|pattern| !pattern.is_match(text)) {
            self.wrong(ViolationKind::Value, at, "does not fit the plan's pattern");
        }
        if let Some(format) = rules.format
            && !format.takes(text)
        {
            self.wrong(ViolationKind::Value, at, format!("is no {}", format.name()));
        }
    }

    fn number(&mut self, rules: &Schema, number: &Number, at: &Place) {
        let n = number.as_f64().unwrap_or(f64::NAN);
        let low = rules.number.least.is_some_and(|(least, out)| n < least || (out && n <= least));
        let high = rules.number.most.is_some_and(|(most, out)| n > most || (out && n >= most));
        if low || high {
            let word = if low { "small" } else { "large" };
            self.wrong(ViolationKind::Value, at, format!("is too {word}"));
        }
        if let Some(step) = rules.multiple_of {
            let steps = n / step;
            // 0.3 is three times 0.1, whatever doubles say.
            if (steps - steps.round()).abs() > 1e-9 * steps.abs().max(1.0) {
                self.wrong(ViolationKind::Value, at, format!("is no multiple of {step}"));
            }
        }
    }

    fn count(&mut self, rules: &Counts, n: usize, of: &str, at: &Place) {
        let n = n as u64;
        if let Some(least) = rules.least.filter(|least| n < *least) {
            self.wrong(ViolationKind::Value, at, format!("has {n} {of} and should have {least} or more"));
        }
        if let Some(most) = rules.most.filter(|most| n > *most) {
            self.wrong(ViolationKind::Value, at, format!("has {n} {of} and may have {most}"));
        }
    }
}

/// Equality as the specification has it: `1` is `1.0`, and the order of members does not count.
fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            a == b || (a.is_f64() || b.is_f64()) && a.as_f64() == b.as_f64()
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| equal(a, b)))
        }
        _ => a == b,
    }
}
