//! The protocol of Airbyte: one message a line, of which rows, states and errors concern us. Lines that are no messages are its log.

use super::{Line, Protocol, Stream, Way, columns};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::borrow::Cow;

/// See the module.
#[derive(Debug)]
pub(super) struct Airbyte;

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    record: Option<Record<'a>>,
    state: Option<Value>,
    trace: Option<Value>,
    catalog: Option<Value>,
}

#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow)]
    stream: Cow<'a, str>,
    #[serde(borrow)]
    namespace: Option<Cow<'a, str>>,
    #[serde(borrow)]
    data: &'a RawValue,
}

/// With its namespace, where it has one: two of them may have streams of one name.
fn full<'a>(namespace: Option<&str>, stream: Cow<'a, str>) -> Cow<'a, str> {
    match namespace {
        Some(namespace) if !namespace.is_empty() => Cow::Owned(format!("{namespace}.{stream}")),
        _ => stream,
    }
}

fn stream(described: &Value) -> Option<Stream> {
    let described = described.as_object()?.clone();
    let namespace = described.get("namespace").and_then(Value::as_str);
    let name = full(namespace, described.get("name")?.as_str()?.into()).into_owned();
    let columns = columns(described.get("json_schema").unwrap_or(&Value::Null));
    let key = described.get("source_defined_primary_key").and_then(Value::as_array);
    // A key within an object is a column by its path.
    let part = |path: &Value| {
        let path: Option<Vec<&str>> = path.as_array()?.iter().map(Value::as_str).collect();
        path.map(|path| path.join("."))
    };
    let key = key.and_then(|key| key.iter().map(part).collect()).unwrap_or_default();
    Some(Stream { said: name.clone(), name, columns, key, described })
}

/// Which stream a state is of: one replaces that before it.
fn of(state: &Value) -> (Option<&Value>, Option<&Value>) {
    let stream = state.get("stream").and_then(|stream| stream.get("stream_descriptor"));
    (state.get("type"), stream)
}

impl Protocol for Airbyte {
    fn discover(&self, config: &str) -> Vec<String> {
        ["discover", "--config", config].map(String::from).into()
    }

    fn streams(&self, written: &[u8]) -> Result<Vec<Stream>, String> {
        let lines = written.split(|byte| *byte == b'\n');
        let messages = lines.filter_map(|line| serde_json::from_slice::<Message<'_>>(line).ok());
        let catalog =
            messages.filter(|message| message.kind == "CATALOG").find_map(|message| message.catalog);
        let catalog = catalog.ok_or("it answers discover with no CATALOG")?;
        let streams = catalog.get("streams").and_then(Value::as_array);
        let streams = streams.ok_or("its CATALOG has no list of streams")?;
        Ok(streams.iter().filter_map(stream).collect())
    }

    fn read(&self, config: &str, catalog: Option<&str>, state: Option<&str>) -> Vec<String> {
        let named = [("--config", Some(config)), ("--catalog", catalog), ("--state", state)];
        let named = named.into_iter().filter_map(|(name, path)| Some([name.to_string(), path?.to_string()]));
        ["read".to_string()].into_iter().chain(named.flatten()).collect()
    }

    fn catalog(&self, _: &[Stream], wanted: &Stream, way: &Way<'_>) -> Value {
        let (mode, cursor) = match way {
            Way::Whole => ("full_refresh", json!([])),
            Way::From { column, .. } => ("incremental", json!([column])),
        };
        let key = wanted.described.get("source_defined_primary_key").cloned().unwrap_or_else(|| json!([]));
        json!({ "streams": [{
            "stream": wanted.described,
            "sync_mode": mode,
            "cursor_field": cursor,
            "destination_sync_mode": "append",
            "primary_key": key,
        }] })
    }

    fn line<'a>(&self, line: &'a [u8]) -> Result<Line<'a>, String> {
        let Ok(message) = serde_json::from_slice::<Message<'a>>(line) else {
            return match line.starts_with(b"{\"type\":\"RECORD\"") {
                true => Err("a RECORD can not be read".into()),
                false => Ok(Line::Other),
            };
        };
        Ok(match (&*message.kind, message.record, message.state, message.trace) {
            ("RECORD", Some(record), ..) => {
                let stream = full(record.namespace.as_deref(), record.stream);
                Line::Record { stream, row: record.data }
            }
            ("RECORD", None, ..) => return Err("a RECORD has no record".into()),
            ("STATE", _, Some(state), _) => Line::State(state),
            ("TRACE", .., Some(trace)) => {
                let failed = trace.get("error").filter(|_| trace.get("type") == Some(&json!("ERROR")));
                let said =
                    failed.map(|error| error.get("message").and_then(Value::as_str).unwrap_or_default());
                said.map_or(Line::Other, |said| Line::Failed(said.to_string()))
            }
            _ => Line::Other,
        })
    }

    /// The last of each stream, as a list: what `--state` takes.
    fn state(&self, before: Option<Value>, said: Value) -> Value {
        let mut all = match before {
            Some(Value::Array(all)) => all,
            _ => Vec::new(),
        };
        match all.iter().position(|known| of(known) == of(&said)) {
            Some(place) => all[place] = said,
            None => all.push(said),
        }
        Value::Array(all)
    }
}
