//! What a plan expects, as a list to read: its events and their properties.

use super::schema::{Schema, Schemas, Type};
use super::{Plan, Rule};
use std::collections::{BTreeMap, BTreeSet};

/// Deeper properties are summed up by the one above them.
const DEPTH_MAX: usize = 4;

/// More properties of one event are not listed.
const LISTED_MAX: usize = 200;

/// An event that the plan names, in its newest version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Its call: `track`.
    pub call: &'static str,
    /// Its name; empty = every event of the call.
    pub name: String,
    /// What it may have.
    pub properties: Vec<Property>,
}

/// A property or trait that the plan names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// Where in the event, as a JSON pointer with `*` for any place in a list.
    pub path: String,
    /// What it may be; empty = anything.
    pub types: Vec<&'static str>,
    /// True where it has to be there.
    pub required: bool,
}

impl Plan {
    /// Its events by call and name.
    pub fn expected(&self) -> Vec<Expected> {
        let mut all: Vec<Expected> = Vec::new();
        for (call, named) in &self.rules {
            for (name, rules) in named {
                let newest = rules.iter().max_by_key(|rule| rule.version);
                let properties = newest.map(|rule| self.properties(rule)).unwrap_or_default();
                all.push(Expected { call: call.name(), name: name.clone(), properties });
            }
        }
        all.sort_by(|a, b| (a.call, &a.name).cmp(&(b.call, &b.name)));
        all
    }

    fn properties(&self, rule: &Rule) -> Vec<Property> {
        let mut found = BTreeMap::new();
        for part in ["properties", "traits"] {
            for (schema, _) in members(&self.schemas, rule.schema).remove(part).unwrap_or_default() {
                below(&self.schemas, schema, &format!("/{part}"), 0, &mut found);
            }
        }
        found.into_values().collect()
    }
}

/// The schemas of each member that a schema names, and whether it is required.
type Members = BTreeMap<String, Vec<(usize, bool)>>;

/// The schemas that say the same thing together: itself, what it refers to, and what it asks for besides.
fn together(schemas: &Schemas, number: usize) -> Vec<&Schema> {
    let (mut seen, mut next, mut all) = (BTreeSet::new(), vec![number], Vec::new());
    while let Some(number) = next.pop() {
        let Some(schema) = schemas.0.get(number).filter(|_| seen.insert(number)) else { continue };
        next.extend(schema.reference);
        next.extend(&schema.all);
        all.push(schema);
    }
    all
}

fn members(schemas: &Schemas, number: usize) -> Members {
    let all = together(schemas, number);
    let required: BTreeSet<&String> = all.iter().flat_map(|schema| &schema.object.required).collect();
    let mut members = Members::new();
    for (name, schema) in all.iter().flat_map(|schema| &schema.object.properties) {
        members.entry(name.clone()).or_default().push((*schema, required.contains(name)));
    }
    members
}

fn below(schemas: &Schemas, number: usize, at: &str, depth: usize, found: &mut BTreeMap<String, Property>) {
    if depth >= DEPTH_MAX {
        return;
    }
    for (name, of) in members(schemas, number) {
        if found.len() >= LISTED_MAX {
            return;
        }
        let path = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
        for (schema, required) in of {
            let types = together(schemas, schema).into_iter().find_map(|schema| schema.types.as_ref());
            let types: Vec<&str> = types.into_iter().flatten().map(|kind| Type::name(*kind)).collect();
            found.insert(path.clone(), Property { path: path.clone(), types, required });
            below(schemas, schema, &path, depth + 1, found);
            for each in together(schemas, schema).into_iter().filter_map(|schema| schema.list.rest) {
                below(schemas, each, &format!("{path}/*"), depth + 1, found);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(event: &Expected) -> Vec<String> {
        let one = |p: &Property| format!("{} {} {}", p.path, p.types.join("|"), p.required);
        event.properties.iter().map(one).collect()
    }

    #[test]
    fn what_a_plan_expects_can_be_read_off_it() {
        let text = r##"{"rules": {
            "identify": {"properties": {"traits": {"properties": {"email": {"type": "string"}}}}},
            "events": [
                {"name": "Order Completed", "version": 1, "rules": {"properties": {"properties": {"required": ["old"], "properties": {"old": {}}}}}},
                {"name": "Order Completed", "version": 2, "rules": {
                    "definitions": {"money": {"type": ["number", "null"]}},
                    "properties": {"properties": {"required": ["total"], "properties": {
                        "total": {"$ref": "#/definitions/money"},
                        "products": {"type": "array", "items": {"required": ["sku"], "properties": {"sku": {"type": "string"}}}}}}}}}]}}"##;
        let expected = Plan::read(text).expect("a plan").expected();
        let names: Vec<_> = expected.iter().map(|event| (event.call, event.name.as_str())).collect();
        assert_eq!(names, [("identify", ""), ("track", "Order Completed")]);
        assert_eq!(said(&expected[0]), ["/traits/email string false"]);
        let newest = [
            "/properties/products array false",
            "/properties/products/*/sku string true",
            "/properties/total number|null true",
        ];
        assert_eq!(said(&expected[1]), newest);
    }

    #[test]
    fn a_schema_that_names_itself_ends() {
        let text = r##"{"rules": {"events": [{"name": "A", "rules": {
            "definitions": {"n": {"properties": {"next": {"$ref": "#/definitions/n"}}}},
            "properties": {"properties": {"$ref": "#/definitions/n"}}}}]}}"##;
        let expected = Plan::read(text).expect("a plan").expected();
        assert_eq!(said(&expected[0]).len(), DEPTH_MAX);
    }
}
