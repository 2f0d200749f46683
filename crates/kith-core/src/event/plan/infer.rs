//! A first plan from the events that are there: names, properties, their types, and which are always there. What it gives is
//! Segment's shape, so [`super::Plan::read`] reads it and other products do.

use super::schema::Type;
use crate::event::{Call, Event};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Names and members beyond this many are an event whose names are made by a program; a plan does not help there.
const NAMES_MAX: usize = 1_000;
/// How deep objects are looked into.
const DEPTH_MAX: usize = 6;

/// What was seen, one event after the other.
#[derive(Debug, Default)]
pub struct Inference {
    events: BTreeMap<(Call, String), Shape>,
    /// Events that were looked at.
    seen: u64,
    /// Of names beyond the most that are listed.
    left_out: u64,
}

/// What stood at one place.
#[derive(Debug, Default)]
struct Shape {
    times: u64,
    types: Vec<Type>,
    members: BTreeMap<String, Shape>,
    /// Objects among what stood here.
    objects: u64,
    items: Option<Box<Shape>>,
}

impl Inference {
    /// Looks at an event.
    pub fn see(&mut self, event: &Event) {
        self.seen += 1;
        let name = match event.call {
            // A page has as many names as there are pages.
            Call::Track => event.name.clone(),
            Call::Alias => return,
            _ => String::new(),
        };
        let part = part(event.call);
        let key = (event.call, name);
        if !self.events.contains_key(&key) && self.events.len() == NAMES_MAX {
            self.left_out += 1;
            return;
        }
        let body: Value = serde_json::from_str(&event.body).unwrap_or_default();
        let empty = Value::Object(Map::new());
        self.events.entry(key).or_default().see(body.get(part).unwrap_or(&empty), 0);
    }

    /// How many events were looked at.
    pub fn seen(&self) -> u64 {
        self.seen
    }

    /// Events left out, since there are too many names.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// The plan.
    pub fn plan(&self, name: &str) -> Value {
        let mut events = Vec::new();
        let mut rules = Map::new();
        for ((call, event), shape) in &self.events {
            let described = format!("seen {} times", shape.times);
            let part = part(*call);
            let schema = json!({
                "$schema": "http://json-schema.org/draft-07/schema#",
                "type": "object",
                "properties": { part: shape.schema() },
            });
            match call {
                Call::Track => events
                    .push(json!({ "name": event, "version": 1, "description": described, "rules": schema })),
                call => _ = rules.insert(call.name().into(), schema),
            }
        }
        let mut all = Map::from_iter([("events".to_string(), Value::Array(events))]);
        all.extend(rules);
        json!({ "display_name": name, "rules": all })
    }
}

fn part(call: Call) -> &'static str {
    if matches!(call, Call::Identify | Call::Group) { "traits" } else { "properties" }
}

impl Shape {
    fn see(&mut self, value: &Value, depth: usize) {
        self.times += 1;
        let kind = Type::of(value);
        if !self.types.contains(&kind) {
            self.types.push(kind);
        }
        match value {
            Value::Object(members) if depth < DEPTH_MAX => {
                self.objects += 1;
                for (name, value) in members {
                    if self.members.contains_key(name) || self.members.len() < NAMES_MAX {
                        self.members.entry(name.clone()).or_default().see(value, depth + 1);
                    }
                }
            }
            Value::Array(items) => {
                let shape = self.items.get_or_insert_default();
                items.iter().for_each(|item| shape.see(item, depth + 1));
            }
            _ => {}
        }
    }

    fn schema(&self) -> Value {
        let mut types: Vec<Type> = self.types.clone();
        // A price of 10 is a number where others are 9.99.
        if types.contains(&Type::Number) {
            types.retain(|t| *t != Type::Integer);
        }
        let mut names: Vec<&str> = types.iter().map(|t| t.name()).collect();
        names.sort_unstable();
        let mut schema = Map::new();
        match names.as_slice() {
            [] => {}
            [one] => _ = schema.insert("type".into(), json!(one)),
            several => _ = schema.insert("type".into(), json!(several)),
        }
        if !self.members.is_empty() {
            let members = self.members.iter().map(|(name, shape)| (name.clone(), shape.schema()));
            schema.insert("properties".into(), Value::Object(members.collect()));
            let always = |shape: &Shape| shape.times == self.objects;
            let required: Vec<_> = self.members.iter().filter(|(_, s)| always(s)).map(|(n, _)| n).collect();
            if !required.is_empty() {
                schema.insert("required".into(), json!(required));
            }
        }
        if let Some(items) = self.items.as_ref().filter(|items| items.times > 0) {
            schema.insert("items".into(), items.schema());
        }
        Value::Object(schema)
    }
}
