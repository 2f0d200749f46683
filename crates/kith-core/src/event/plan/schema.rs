//! JSON Schema: what a value has to be.

use super::format;
use regex::Regex;
use serde_json::{Number, Value};
use std::collections::BTreeMap;

/// All schemas of a plan; they name each other by number.
#[derive(Debug, Default)]
pub(super) struct Schemas(pub Vec<Schema>);

/// One schema. What is not said holds for every value.
#[derive(Debug, Default)]
pub(super) struct Schema {
    /// `false`: no value is right.
    pub never: bool,
    pub types: Option<Vec<Type>>,
    pub one_of_values: Option<Vec<Value>>,
    pub reference: Option<usize>,
    pub all: Vec<usize>,
    pub any: Vec<usize>,
    pub one: Vec<usize>,
    pub not: Option<usize>,
    pub condition: Option<Condition>,
    pub object: Object,
    pub list: List,
    pub number: Range,
    pub multiple_of: Option<f64>,
    pub length: Counts,
    pub pattern: Option<Regex>,
    pub format: Option<format::Format>,
}

impl Schema {
    /// An object with a part that is as another schema says.
    pub fn around(part: &str, schema: usize) -> Schema {
        let properties = BTreeMap::from([(part.to_string(), schema)]);
        let object = Object { properties, required: vec![part.to_string()], ..Object::default() };
        Schema { object, ..Schema::default() }
    }
}

#[derive(Debug)]
pub(super) struct Condition {
    pub when: usize,
    pub then: Option<usize>,
    pub otherwise: Option<usize>,
}

#[derive(Debug, Default)]
pub(super) struct Object {
    pub properties: BTreeMap<String, usize>,
    pub patterns: Vec<(Regex, usize)>,
    pub additional: Option<Additional>,
    pub names: Option<usize>,
    pub required: Vec<String>,
    pub count: Counts,
    /// With this member, these are required too.
    pub dependent: Vec<(String, Vec<String>)>,
    /// With this member, the object is as this schema says too.
    pub dependent_schemas: Vec<(String, usize)>,
}

/// What `additionalProperties` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Additional {
    None,
    As(usize),
}

#[derive(Debug, Default)]
pub(super) struct List {
    pub first: Vec<usize>,
    pub rest: Option<usize>,
    pub contains: Option<usize>,
    pub count: Counts,
    pub unique: bool,
}

#[derive(Debug, Default)]
pub(super) struct Counts {
    pub least: Option<u64>,
    pub most: Option<u64>,
}

/// Bounds, each with whether it is itself outside.
#[derive(Debug, Default)]
pub(super) struct Range {
    pub least: Option<(f64, bool)>,
    pub most: Option<(f64, bool)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Null,
    Boolean,
    Integer,
    Number,
    Text,
    List,
    Object,
}

impl Type {
    pub const ALL: [(&'static str, Type); 7] = [
        ("null", Type::Null),
        ("boolean", Type::Boolean),
        ("integer", Type::Integer),
        ("number", Type::Number),
        ("string", Type::Text),
        ("array", Type::List),
        ("object", Type::Object),
    ];

    pub fn name(self) -> &'static str {
        Type::ALL.iter().find(|(_, t)| *t == self).map_or("", |(name, _)| name)
    }

    /// The narrowest type of a value.
    pub fn of(value: &Value) -> Type {
        match value {
            Value::Null => Type::Null,
            Value::Bool(_) => Type::Boolean,
            Value::Number(n) if whole(n) => Type::Integer,
            Value::Number(_) => Type::Number,
            Value::String(_) => Type::Text,
            Value::Array(_) => Type::List,
            Value::Object(_) => Type::Object,
        }
    }

    pub fn takes(self, value: &Value) -> bool {
        let narrow = Type::of(value);
        self == narrow || (self == Type::Number && narrow == Type::Integer)
    }
}

fn whole(n: &Number) -> bool {
    !n.is_f64() || n.as_f64().is_some_and(|n| n.fract() == 0.0)
}
