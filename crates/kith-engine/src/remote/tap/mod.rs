//! Programs that give out the rows of an application: Singer taps and sources of Airbyte. Each stream is a table.
//!
//! Reads:  what the program of a `[[connection]]` of kind `singer` or `airbyte` writes, when a query names one of its streams, or when
//!         a source pulls it.
//! Decides: what it is asked: its streams ([`schema`]), then one of them, whole or from where it last ended ([`Way`]). A program takes
//!         no conditions, so all else is done here.
//! Writes: what the program is told into a folder that nobody else can read, gone when the program has ended.
//! Fails:  `K-SCAN-…`, for whoever reads the stream. A program that speaks another language than its protocol is ended.
//!
//! 1. [`program`] runs it: an environment of its own, nothing on its input, ended with all that it has begun when nobody wants more.
//! 2. [`singer`] and [`airbyte`] say what it is told, and what its lines mean ([`Protocol`]).
//! 3. [`table`] makes a scan of a stream; [`reading`] is what a scan and a source read.
//!
//! Singer: `singer-io/getting-started`, `docs/SPEC.md`. Airbyte: the Airbyte Protocol, version 0.

mod airbyte;
mod fault;
mod program;
mod reading;
mod schema;
mod singer;
mod table;

pub(crate) use reading::{Reading, Said, Way};
pub(crate) use schema::Tap;

use kith_core::config::JsonKind;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::fmt::Debug;

/// A stream, as the program describes it.
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    /// Its name in SQL, and for the program.
    pub name: String,
    /// What it is called in messages.
    said: String,
    /// Its columns, in the program's order.
    pub columns: Vec<(String, JsonKind)>,
    /// The columns that single out a row; empty = the program knows none.
    pub key: Vec<String>,
    /// The description itself, of which the program is told again what it is to read.
    described: Map<String, Value>,
}

/// What a line means.
enum Line<'a> {
    /// A row of a stream.
    Record { stream: Cow<'a, str>, row: &'a RawValue },
    /// Where the rows so far end.
    State(Value),
    /// It could not go on; its own words.
    Failed(String),
    /// Nothing for us.
    Other,
}

/// How a program is spoken to.
trait Protocol: Send + Sync + Debug {
    /// The arguments that make it describe its streams; `config` is a path.
    fn discover(&self, config: &str) -> Vec<String>;

    /// The streams, out of all that it wrote; `Err` = why it is no description.
    fn streams(&self, written: &[u8]) -> Result<Vec<Stream>, String>;

    /// The arguments that make it read; all are paths. Without a catalogue it reads all of its streams.
    fn read(&self, config: &str, catalog: Option<&str>, state: Option<&str>) -> Vec<String>;

    /// What it is told to read: one stream of these.
    fn catalog(&self, all: &[Stream], wanted: &Stream, way: &Way<'_>) -> Value;

    /// What a line means; `Err` = it is none of the protocol.
    fn line<'a>(&self, line: &'a [u8]) -> Result<Line<'a>, String>;

    /// The state after another message of it.
    fn state(&self, before: Option<Value>, said: Value) -> Value;
}

/// What a column holds, by its JSON Schema.
fn kind(schema: &Value) -> JsonKind {
    let mut kinds = Vec::new();
    types(schema, &mut kinds);
    kinds.retain(|kind| *kind != "null");
    kinds.sort_unstable();
    kinds.dedup();
    match kinds.as_slice() {
        ["integer"] => JsonKind::Whole,
        ["number"] | ["integer", "number"] => JsonKind::Number,
        ["boolean"] => JsonKind::Truth,
        _ => JsonKind::Text,
    }
}

fn types<'a>(schema: &'a Value, into: &mut Vec<&'a str>) {
    match schema.get("type") {
        Some(Value::String(one)) => into.push(one),
        Some(Value::Array(all)) => into.extend(all.iter().filter_map(Value::as_str)),
        _ => {}
    }
    for word in ["anyOf", "oneOf"] {
        schema.get(word).and_then(Value::as_array).iter().for_each(|all| {
            all.iter().for_each(|schema| types(schema, into));
        });
    }
}

/// The columns of a JSON Schema.
fn columns(schema: &Value) -> Vec<(String, JsonKind)> {
    let properties = schema.get("properties").and_then(Value::as_object);
    properties.iter().flat_map(|all| all.iter().map(|(name, schema)| (name.clone(), kind(schema)))).collect()
}
