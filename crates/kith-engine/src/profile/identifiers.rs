//! By what a customer can be asked for: every identifier that any source or event said of them, and who has one.
//!
//! 1. A source's name stands for the keys of its records.
//! 2. A field that identifies is normalised as landing does, and found in the store's index.
//! 3. Any other type is one that events named (`ios.push_token`, `facebook_id` …): the index of carriers has it as it was
//!    sent. A few words stand for several types at once ([`WORDS`]).
//!
//! An identifier may be of several records. Those of one person are one answer; of several persons, who has most of them
//! is taken (`read`), whatever kind of identifier it is.

use super::shape::Identifier;
use super::{Reader, instant};
use crate::error::{Error, Result};
use kith_core::field::Field;
use kith_core::id::NodeId;
use kith_core::standard::{Context, Outcome, normalise};
use kith_live::Node;
use std::collections::{BTreeMap, BTreeSet};

/// Types that events name, by the one word for all of them.
const WORDS: [(Field, &[&str]); 2] = [
    (Field::DeviceToken, &["ios.push_token", "android.push_token", "device.push_token"]),
    (Field::AdvertisingId, &["ios.idfa", "android.idfa", "device.idfa"]),
];

/// An id that events named, of one carrier.
#[derive(Clone, Debug)]
pub(crate) struct SeenId {
    /// `ios.push_token:…`
    pub id: String,
    pub source: String,
    pub first_ms: i64,
}

/// The live nodes that have an identifier; empty = nobody.
pub(super) fn find(reader: &Reader, kind: &str, value: &str) -> Result<Vec<NodeId>> {
    if reader.config.source(kind).is_some() {
        return Ok(reader.live.nodes_by_identifier(kind, value)?);
    }
    let field = kind.parse::<Field>().ok().filter(|field| Field::IDENTIFIERS.contains(field));
    let mut found = Vec::new();
    if let Some(field) = field {
        let normal = normalised(reader, field, value)?;
        found = reader.live.nodes_by_identifier(field.name(), &normal)?;
        // What a browser sends as its anonymous id is what its cookie holds.
        if field == Field::Cookie {
            found.extend(reader.live.nodes_by_identifier(Field::AnonymousId.name(), &normal)?);
        }
    }
    let Some(events) = reader.collector.map(|collector| collector.events()) else {
        return if field.is_some() { Ok(found) } else { Err(no_type(reader, kind)) };
    };
    let more = WORDS.iter().find(|(word, _)| Some(*word) == field).map_or(&[][..], |(_, types)| *types);
    for kind in std::iter::once(&kind).chain(more) {
        for (source, carrier) in events.carriers_of(&format!("{kind}:{value}"))? {
            found.extend(reader.live.nodes_by_identifier(source.as_str(), &carrier.to_string())?);
        }
    }
    if found.is_empty() && field.is_none() && !events.knows_ids_of(kind)? {
        return Err(no_type(reader, kind));
    }
    Ok(found)
}

fn no_type(reader: &Reader, kind: &str) -> Error {
    let sources: Vec<&str> = reader.config.sources.iter().map(|s| s.name.as_str()).collect();
    let fields: Vec<&str> = Field::IDENTIFIERS.iter().map(|field| field.name()).collect();
    let help = format!(
        "Use {}, profile, node, the type of an id that events named (ios.push_token), or a source with the record's key: {}.",
        fields.join(", "),
        sources.join(", ")
    );
    Error::input("K-LOOKUP-TYPE", format!("{kind:?} is not a type of identifier"), help)
}

fn normalised(reader: &Reader, field: Field, value: &str) -> Result<String> {
    let context = Context { region: reader.config.project.region.clone(), day_first: None };
    match normalise(field, value, &context) {
        Outcome::Value(normal) => Ok(normal),
        Outcome::Junk(normal) => {
            let help = "Look for another value of the same person.";
            let message = format!("{normal:?} is a placeholder that many records share, so it names nobody");
            Err(Error::input("K-LOOKUP-JUNK", message, help))
        }
        Outcome::Missing => {
            Err(Error::input("K-LOOKUP-FORM", "the value is empty, or stands for nobody", "Give a value."))
        }
        Outcome::Invalid { reason } => {
            let help =
                "Correct the value. Phone numbers without a country code are read in the project's region.";
            let message = format!("{value:?} is not a value of {}: {reason}", field.name());
            Err(Error::input("K-LOOKUP-FORM", message, help))
        }
    }
}

/// Every identifier of a person, by type and value.
pub(super) fn all(nodes: &[Node], seen: &[SeenId]) -> Vec<Identifier> {
    let mut found: BTreeMap<(String, String), (BTreeSet<String>, Option<i64>)> = BTreeMap::new();
    for node in nodes {
        for value in node.values.iter().filter(|value| Field::IDENTIFIERS.contains(&value.field)) {
            let key = (value.field.name().to_string(), value.normal.clone());
            found.entry(key).or_default().0.insert(node.source.as_str().to_string());
        }
    }
    for SeenId { id, source, first_ms } in seen {
        let Some((kind, value)) = id.split_once(':') else { continue };
        let (sources, first) = found.entry((kind.to_string(), value.to_string())).or_default();
        sources.insert(source.clone());
        *first = Some(first.map_or(*first_ms, |known| known.min(*first_ms)));
    }
    let shown = found.into_iter().map(|((kind, value), (sources, first))| Identifier {
        kind,
        value,
        sources: sources.into_iter().collect(),
        first_at: first.map(instant),
    });
    shown.collect()
}
