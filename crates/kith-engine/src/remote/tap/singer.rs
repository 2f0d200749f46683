//! The protocol of Singer: one message a line, rows and states apart; a catalogue says what is to be read.

use super::{Line, Protocol, Stream, Way, columns};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// See the module.
#[derive(Debug)]
pub(super) struct Singer;

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    stream: Option<Cow<'a, str>>,
    #[serde(borrow)]
    record: Option<&'a RawValue>,
    value: Option<Value>,
}

fn text<'a>(stream: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    stream.get(key).and_then(Value::as_str)
}

fn texts(value: Option<&Value>) -> Vec<String> {
    let all = value.and_then(Value::as_array);
    all.iter().flat_map(|all| all.iter().filter_map(Value::as_str)).map(str::to_string).collect()
}

/// What a stream says of itself, or of one of its columns.
fn metadata<'a>(stream: &'a mut Map<String, Value>, at: &[&str]) -> Option<&'a mut Map<String, Value>> {
    let all = stream.entry("metadata").or_insert_with(|| json!([])).as_array_mut()?;
    let found = all.iter().position(|one| texts(one.get("breadcrumb")) == at);
    let found = found.unwrap_or_else(|| {
        all.push(json!({ "breadcrumb": at, "metadata": {} }));
        all.len() - 1
    });
    all.get_mut(found)?.as_object_mut()?.entry("metadata").or_insert_with(|| json!({})).as_object_mut()
}

fn stream(described: &Value) -> Option<Stream> {
    let mut described = described.as_object()?.clone();
    let name = text(&described, "tap_stream_id").or(text(&described, "stream"))?.to_string();
    let said = text(&described, "stream").unwrap_or(&name).to_string();
    let mut key = texts(described.get("key_properties"));
    if key.is_empty() {
        key = metadata(&mut described, &[]).map(|m| texts(m.get("table-key-properties"))).unwrap_or_default();
    }
    let mut columns = columns(described.get("schema").unwrap_or(&Value::Null));
    columns.retain(|(name, _)| {
        let about = metadata(&mut described, &["properties", name]);
        about
            .and_then(|about| about.get("inclusion")?.as_str().map(|word| word != "unsupported"))
            .unwrap_or(true)
    });
    key.retain(|key| columns.iter().any(|(name, _)| name == key));
    Some(Stream { name, said, columns, key, described })
}

impl Protocol for Singer {
    fn discover(&self, config: &str) -> Vec<String> {
        ["--config", config, "--discover"].map(String::from).into()
    }

    fn streams(&self, written: &[u8]) -> Result<Vec<Stream>, String> {
        let catalog: Value = serde_json::from_slice(written)
            .map_err(|_| "with --discover it writes no catalogue in JSON".to_string())?;
        let streams = catalog.get("streams").and_then(Value::as_array);
        let streams = streams.ok_or("its catalogue has no list of streams")?;
        Ok(streams.iter().filter_map(stream).collect())
    }

    fn read(&self, config: &str, catalog: Option<&str>, state: Option<&str>) -> Vec<String> {
        let named = [("--config", Some(config)), ("--catalog", catalog), ("--state", state)];
        let named = named.into_iter().filter_map(|(name, path)| Some([name.to_string(), path?.to_string()]));
        named.flatten().collect()
    }

    fn catalog(&self, all: &[Stream], wanted: &Stream, way: &Way<'_>) -> Value {
        let told = |one: &Stream| {
            let mut stream = one.described.clone();
            let selected = one.name == wanted.name;
            for (column, _) in one.columns.iter().filter(|_| selected) {
                let about = metadata(&mut stream, &["properties", column]);
                about.map(|about| about.insert("selected".into(), json!(true)));
            }
            let method = match way {
                Way::Whole => "FULL_TABLE",
                Way::From { .. } => "INCREMENTAL",
            };
            if let Some(about) = metadata(&mut stream, &[]) {
                about.insert("selected".into(), json!(selected));
                if selected {
                    about.insert("replication-method".into(), json!(method));
                }
                if let (true, Way::From { column, .. }) = (selected, way) {
                    about.insert("replication-key".into(), json!(column));
                }
            }
            if selected {
                stream.insert("replication_method".into(), json!(method));
                match way {
                    Way::Whole => _ = stream.remove("replication_key"),
                    Way::From { column, .. } => _ = stream.insert("replication_key".into(), json!(column)),
                }
            }
            Value::Object(stream)
        };
        json!({ "streams": all.iter().map(told).collect::<Vec<_>>() })
    }

    fn line<'a>(&self, line: &'a [u8]) -> Result<Line<'a>, String> {
        let message: Message<'a> =
            serde_json::from_slice(line).map_err(|_| "a line is no message".to_string())?;
        match (&*message.kind, message.stream, message.record, message.value) {
            ("RECORD", Some(stream), Some(row), _) => Ok(Line::Record { stream, row }),
            ("RECORD", ..) => Err("a RECORD has no stream or no record".into()),
            ("STATE", .., Some(value)) => Ok(Line::State(value)),
            ("STATE", ..) => Ok(Line::Other),
            ("BATCH", ..) => {
                Err("it sends files (BATCH) instead of rows; take batch_config out of its configuration"
                    .into())
            }
            // Of what it says of tables we know what its catalogue said; versions come and go with whole reads.
            _ => Ok(Line::Other),
        }
    }

    fn state(&self, _: Option<Value>, said: Value) -> Value {
        said
    }
}
