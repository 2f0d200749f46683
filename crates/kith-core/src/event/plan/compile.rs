//! From the JSON of a schema to [`Schemas`]. A keyword that is not known is an error: a rule that is silently ignored is worse
//! than none.

use super::PlanError;
use super::format::Format;
use super::keywords::{REMARKS, RULES};
use super::schema::{Additional, Condition, List, Object, Schema, Schemas, Type};
use crate::suggest::closest;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Schemas of one plan may be this many: a tracking plan of a large company has some thousands.
const SCHEMAS_MAX: usize = 200_000;

/// Reads one document: a schema with its definitions.
pub(super) struct Compiler<'a> {
    schemas: &'a mut Schemas,
    /// The document, and its place in the plan.
    root: (&'a Value, &'a str),
    /// Schemas by their place in the document.
    known: HashMap<String, usize>,
}

pub(super) type Read<T> = Result<T, PlanError>;

/// Adds a schema of a plan; its number.
pub(super) fn compile(schemas: &mut Schemas, schema: &Value, place: &str) -> Read<usize> {
    Compiler { schemas, root: (schema, place), known: HashMap::new() }.schema(schema, "")
}

impl Compiler<'_> {
    pub(super) fn wrong<T>(&self, at: &str, message: impl Into<String>, help: impl Into<String>) -> Read<T> {
        let place = format!("{}{at}", self.root.1);
        Err(PlanError { place, message: message.into(), help: help.into() })
    }

    /// A schema at a place of the document; one that is known already is not read again.
    fn schema(&mut self, value: &Value, at: &str) -> Read<usize> {
        if let Some(known) = self.known.get(at) {
            return Ok(*known);
        }
        let no = self.schemas.0.len();
        if no == SCHEMAS_MAX {
            return self.wrong(at, "the plan has too many schemas", "Take out events that nobody sends.");
        }
        self.schemas.0.push(Schema::default());
        self.known.insert(at.to_string(), no);
        let schema = match value {
            Value::Bool(any) => Schema { never: !any, ..Schema::default() },
            Value::Object(rules) => self.rules(rules, at)?,
            _ => {
                let help = "For example {\"type\": \"string\"}; {} allows everything.";
                return self.wrong(at, "a schema is an object", help);
            }
        };
        if let Some(place) = self.schemas.0.get_mut(no) {
            *place = schema;
        }
        Ok(no)
    }

    fn rules(&mut self, rules: &Map<String, Value>, at: &str) -> Read<Schema> {
        for name in rules.keys() {
            if !REMARKS.contains(&name.as_str()) && !RULES.contains(&name.as_str()) {
                let help = match closest(name, RULES.iter().copied()) {
                    Some(near) => format!("Did you mean {near:?}?"),
                    None => "Take it out, or say it with the keywords of docs/guide/events.md.".to_string(),
                };
                return self.wrong(
                    &inside(at, name),
                    format!("{name:?} is not a keyword that Kith knows"),
                    help,
                );
            }
        }
        let mut schema = Schema {
            types: self.types(rules, at)?,
            one_of_values: self.values(rules, at)?,
            reference: self.reference(rules, at)?,
            all: self.several(rules, "allOf", at)?,
            any: self.several(rules, "anyOf", at)?,
            one: self.several(rules, "oneOf", at)?,
            not: self.inner(rules, "not", at)?,
            condition: self.condition(rules, at)?,
            object: self.object(rules, at)?,
            list: self.list(rules, at)?,
            multiple_of: self.number(rules, "multipleOf", at)?.filter(|step| *step > 0.0),
            length: self.counts(rules, ("minLength", "maxLength"), at)?,
            pattern: match rules.get("pattern") {
                Some(pattern) => Some(self.pattern(pattern, &inside(at, "pattern"))?),
                None => None,
            },
            format: rules.get("format").and_then(|name| Format::of(name.as_str()?)),
            ..Schema::default()
        };
        schema.number = self.range(rules, at)?;
        Ok(schema)
    }

    fn types(&self, rules: &Map<String, Value>, at: &str) -> Read<Option<Vec<Type>>> {
        let Some(said) = rules.get("type") else { return Ok(None) };
        let one = |word: &Value| {
            let word = word.as_str().unwrap_or_default();
            let found = Type::ALL.iter().find(|(name, _)| *name == word).map(|(_, t)| *t);
            found.map_or_else(
                || {
                    let names = Type::ALL.map(|(name, _)| name);
                    let help = format!("The types are: {}.", names.join(", "));
                    self.wrong(&inside(at, "type"), format!("{word:?} is not a type"), help)
                },
                Ok,
            )
        };
        let types = match said {
            Value::Array(words) => words.iter().map(one).collect::<Read<Vec<_>>>()?,
            word => vec![one(word)?],
        };
        Ok(Some(types))
    }

    fn values(&self, rules: &Map<String, Value>, at: &str) -> Read<Option<Vec<Value>>> {
        if let Some(value) = rules.get("const") {
            return Ok(Some(vec![value.clone()]));
        }
        match rules.get("enum") {
            None => Ok(None),
            Some(Value::Array(values)) => Ok(Some(values.clone())),
            Some(_) => self.wrong(&inside(at, "enum"), "enum is no list", "Write \"enum\": [\"a\", \"b\"]."),
        }
    }

    fn reference(&mut self, rules: &Map<String, Value>, at: &str) -> Read<Option<usize>> {
        let Some(said) = rules.get("$ref") else { return Ok(None) };
        let place = inside(at, "$ref");
        let (root, _) = self.root;
        let pointer = said.as_str().and_then(|text| text.strip_prefix('#'));
        let pointer = pointer.map(|text| text.replace("%24", "$").replace("%25", "%"));
        match pointer.as_deref().and_then(|pointer| Some((pointer, root.pointer(pointer)?))) {
            Some((pointer, target)) => self.schema(target, pointer).map(Some),
            None => {
                let help = "A reference names a place in the same schema, such as \"#/definitions/money\"; nothing is \
                            fetched from elsewhere.";
                self.wrong(&place, format!("the reference {said} leads nowhere"), help)
            }
        }
    }

    fn several(&mut self, rules: &Map<String, Value>, name: &str, at: &str) -> Read<Vec<usize>> {
        let at = inside(at, name);
        match rules.get(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(all)) => {
                all.iter().enumerate().map(|(i, s)| self.schema(s, &format!("{at}/{i}"))).collect()
            }
            Some(_) => self.wrong(&at, format!("{name} is no list of schemas"), "Write a list: [{…}, {…}]."),
        }
    }

    fn inner(&mut self, rules: &Map<String, Value>, name: &str, at: &str) -> Read<Option<usize>> {
        rules.get(name).map(|schema| self.schema(schema, &inside(at, name))).transpose()
    }

    fn condition(&mut self, rules: &Map<String, Value>, at: &str) -> Read<Option<Condition>> {
        let (then, otherwise) = (self.inner(rules, "then", at)?, self.inner(rules, "else", at)?);
        let when = self.inner(rules, "if", at)?;
        Ok(when.map(|when| Condition { when, then, otherwise }))
    }

    fn object(&mut self, rules: &Map<String, Value>, at: &str) -> Read<Object> {
        let mut object = Object {
            required: self
                .names(rules.get("required").filter(|r| !r.is_boolean()), &inside(at, "required"))?,
            count: self.counts(rules, ("minProperties", "maxProperties"), at)?,
            names: self.inner(rules, "propertyNames", at)?,
            additional: self.additional(rules, at)?,
            ..Object::default()
        };
        for (name, schema) in self.members(rules, "properties", at)? {
            let at = inside(&inside(at, "properties"), &name);
            let schema = self.schema(&schema, &at)?;
            object.properties.insert(name, schema);
        }
        for (name, schema) in self.members(rules, "patternProperties", at)? {
            let at = inside(&inside(at, "patternProperties"), &name);
            let pattern = self.pattern(&Value::String(name), &at)?;
            object.patterns.push((pattern, self.schema(&schema, &at)?));
        }
        for word in ["dependencies", "dependentRequired", "dependentSchemas"] {
            for (name, needed) in self.members(rules, word, at)? {
                let at = inside(&inside(at, word), &name);
                match needed {
                    Value::Array(_) => object.dependent.push((name, self.names(Some(&needed), &at)?)),
                    schema => object.dependent_schemas.push((name, self.schema(&schema, &at)?)),
                }
            }
        }
        Ok(object)
    }

    fn additional(&mut self, rules: &Map<String, Value>, at: &str) -> Read<Option<Additional>> {
        const COMBINED: [&str; 7] = ["$ref", "allOf", "anyOf", "oneOf", "if", "not", "dependentSchemas"];
        let mut name = "additionalProperties";
        if !rules.contains_key(name) && rules.contains_key("unevaluatedProperties") {
            name = "unevaluatedProperties";
            // What is evaluated elsewhere is not known here; without such places both mean the same.
            if COMBINED.iter().any(|word| rules.contains_key(*word)) {
                let message =
                    "unevaluatedProperties beside $ref, allOf, anyOf, oneOf or if is not known to Kith";
                return self.wrong(
                    &inside(at, name),
                    message,
                    "Name the properties here and use additionalProperties.",
                );
            }
        }
        Ok(match rules.get(name) {
            None => None,
            Some(Value::Bool(false)) => Some(Additional::None),
            Some(schema) => Some(Additional::As(self.schema(schema, &inside(at, name))?)),
        })
    }

    fn list(&mut self, rules: &Map<String, Value>, at: &str) -> Read<List> {
        let mut list = List {
            first: self.several(rules, "prefixItems", at)?,
            contains: self.inner(rules, "contains", at)?,
            count: self.counts(rules, ("minItems", "maxItems"), at)?,
            unique: rules.get("uniqueItems") == Some(&Value::Bool(true)),
            rest: None,
        };
        if rules.get("items").is_some_and(Value::is_array) {
            list.first = self.several(rules, "items", at)?;
            list.rest = self.inner(rules, "additionalItems", at)?;
        } else {
            list.rest = self.inner(rules, "items", at)?;
        }
        Ok(list)
    }
}

/// A step down a JSON pointer.
pub(super) fn inside(at: &str, name: &str) -> String {
    format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"))
}
