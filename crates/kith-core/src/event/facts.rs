//! What an event's body says, as far as the fold needs it: parsed once, borrowed from the text.

use super::Event;
use super::derive::Derived;
use super::sessions::PAUSE_MS;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeMap;

/// A longer id, with its type, is not taken for one.
const ID_BYTES_MAX: usize = 1_000;

/// Parts of a body. What is not there, or not of the expected shape, is empty.
#[derive(Debug)]
pub struct Facts<'a> {
    /// What was said of the person (or of the group): `traits`, and before it `context.traits`, which RudderStack's
    /// libraries use. Each name once.
    pub traits: Vec<(Cow<'a, str>, &'a RawValue)>,
    /// The properties of what was done, an object.
    pub properties: Option<&'a RawValue>,
    /// The context, an object.
    pub context: Option<&'a RawValue>,
    /// The id that an alias replaces.
    pub previous_id: Option<String>,
    /// The group that somebody belongs to.
    pub group_id: Option<String>,
    /// Other ids, as `type:value`: `context.externalIds`, push tokens and advertising ids.
    pub ids: Vec<String>,
    /// Which kind of library sent it, in RudderStack's dialect: web, mobile, server.
    pub channel: Option<String>,
    /// A longer pause than this begins a new session, milliseconds; a matter of configuration.
    pub pause_ms: i64,
    derived: OnceCell<Box<Derived>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Body<'a> {
    #[serde(borrow)]
    traits: Option<&'a RawValue>,
    #[serde(borrow)]
    properties: Option<&'a RawValue>,
    #[serde(borrow)]
    context: Option<&'a RawValue>,
    #[serde(borrow)]
    previous_id: Option<&'a RawValue>,
    #[serde(borrow)]
    group_id: Option<&'a RawValue>,
    #[serde(borrow)]
    channel: Option<&'a RawValue>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Context<'a> {
    #[serde(borrow)]
    traits: Option<&'a RawValue>,
    #[serde(borrow)]
    external_ids: Option<&'a RawValue>,
    #[serde(borrow)]
    device: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct ExternalId<'a> {
    id: Cow<'a, str>,
    #[serde(rename = "type")]
    kind: Cow<'a, str>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Device<'a> {
    #[serde(rename = "type", borrow)]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    token: Option<Cow<'a, str>>,
    #[serde(borrow)]
    advertising_id: Option<Cow<'a, str>>,
}

impl<'a> Facts<'a> {
    /// Reads a body.
    pub fn of(body: &'a str) -> Facts<'a> {
        let body: Body<'a> = serde_json::from_str(body).unwrap_or_default();
        let mut facts = Facts {
            traits: Vec::new(),
            properties: body.properties,
            context: body.context,
            previous_id: text(body.previous_id),
            group_id: text(body.group_id),
            ids: Vec::new(),
            channel: text(body.channel),
            pause_ms: PAUSE_MS,
            derived: OnceCell::new(),
        };
        let mut traits: BTreeMap<Cow<'a, str>, &'a RawValue> = BTreeMap::new();
        // A look for the names is much cheaper than reading the whole context of each page view.
        let told = ["\"traits\"", "\"externalIds\"", "\"device\""];
        if let Some(context) = body.context.map(RawValue::get).filter(|c| told.iter().any(|t| c.contains(t)))
        {
            let context: Context<'a> = serde_json::from_str(context).unwrap_or_default();
            traits.extend(object(context.traits));
            facts.ids = ids(&context);
        }
        traits.extend(object(body.traits));
        facts.traits = traits.into_iter().collect();
        facts
    }

    /// What is derived from the event whose facts they are; worked out once.
    pub fn derived(&self, event: &Event) -> &Derived {
        self.derived.get_or_init(|| Box::new(Derived::of(event, self)))
    }

    /// A value inside `properties`, `traits` or `context` by its path (`properties.address.city`), or of what is derived,
    /// once it was ([`Facts::derived`]): `derived.device.kind`. `None` = not there. A path through lists
    /// (`properties.products[].id`) has the list of all values, without nulls.
    pub fn at(&self, path: &str) -> Option<serde_json::Value> {
        if let Some((list, rest)) = path.split_once("[]") {
            let mut found = Vec::new();
            spread(self.at(list)?, rest, &mut found);
            return (!found.is_empty()).then_some(serde_json::Value::Array(found));
        }
        let (root, rest) = path.split_once('.').unwrap_or((path, ""));
        let mut parts = rest.split('.').filter(|part| !part.is_empty());
        let mut value: serde_json::Value = match root {
            "properties" => serde_json::from_str(self.properties?.get()).ok()?,
            "context" => serde_json::from_str(self.context?.get()).ok()?,
            "derived" => serde_json::to_value(self.derived.get()?).ok()?,
            "traits" => {
                let name = parts.next()?;
                let (_, raw) = self.traits.iter().find(|(known, _)| known == name)?;
                serde_json::from_str(raw.get()).ok()?
            }
            _ => return None,
        };
        for part in parts {
            value = inside(value, part)?;
        }
        Some(value)
    }
}

fn inside(mut value: serde_json::Value, part: &str) -> Option<serde_json::Value> {
    match &mut value {
        serde_json::Value::Object(object) => Some(object.get_mut(part)?.take()),
        serde_json::Value::Array(list) => Some(list.get_mut(part.parse::<usize>().ok()?)?.take()),
        _ => None,
    }
}

/// What stands at a path in each of a list's members.
fn spread(list: serde_json::Value, path: &str, found: &mut Vec<serde_json::Value>) {
    let serde_json::Value::Array(list) = list else { return };
    let (path, more) = path.split_once("[]").map_or((path, None), |(path, more)| (path, Some(more)));
    for member in list {
        let at = path.split('.').filter(|part| !part.is_empty()).try_fold(member, inside);
        match (at, more) {
            (None | Some(serde_json::Value::Null), _) => {}
            (Some(value), Some(more)) => spread(value, more, found),
            (Some(value), None) => found.push(value),
        }
    }
}

fn object(raw: Option<&RawValue>) -> BTreeMap<Cow<'_, str>, &RawValue> {
    raw.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()
}

/// An id as a text; numbers are taken as they are written.
fn text(raw: Option<&RawValue>) -> Option<String> {
    match serde_json::from_str(raw?.get()).ok()? {
        serde_json::Value::String(text) => Some(text).filter(|t| !t.is_empty()),
        serde_json::Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn ids(context: &Context) -> Vec<String> {
    let mut found = Vec::new();
    let listed: Option<Vec<ExternalId>> =
        context.external_ids.and_then(|raw| serde_json::from_str(raw.get()).ok());
    for id in listed.unwrap_or_default() {
        if !id.kind.is_empty() && !super::carrier::stands_for_nobody(&id.id) {
            found.push(format!("{}:{}", id.kind, id.id));
        }
    }
    let device: Option<Device> = context.device.and_then(|raw| serde_json::from_str(raw.get()).ok());
    if let Some(device) = device {
        let system = match device.kind.as_deref() {
            Some(kind) if kind.eq_ignore_ascii_case("ios") => "ios",
            Some(kind) if kind.eq_ignore_ascii_case("android") => "android",
            _ => "device",
        };
        let named = [("push_token", device.token), ("idfa", device.advertising_id)];
        for (name, id) in named {
            found.extend(
                id.filter(|id| !super::carrier::stands_for_nobody(id))
                    .map(|id| format!("{system}.{name}:{id}")),
            );
        }
    }
    // What is longer, or no text, is no id that anybody could ask for.
    found.retain(|id| id.len() <= ID_BYTES_MAX && !id.contains('\0'));
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_dialects_are_read() {
        let body = r#"{"type":"track","context":{"traits":{"email":"old@x.org","plan":"a"},
            "externalIds":[{"id":"7","type":"card_hash","collection":"users","encoding":"none"}],
            "device":{"type":"iOS","token":"tok","advertisingId":"00000000-0000-0000-0000-000000000000"}},
            "traits":{"email":"new@x.org"},"properties":{"a":{"b":[1,{"c":12345678901234567890}]}},"previousId":12}"#;
        let facts = Facts::of(body);
        let traits: Vec<(&str, &str)> = facts.traits.iter().map(|(n, v)| (n.as_ref(), v.get())).collect();
        assert_eq!(traits, [("email", "\"new@x.org\""), ("plan", "\"a\"")]);
        assert_eq!(facts.ids, ["card_hash:7", "ios.push_token:tok"]);
        assert_eq!(facts.previous_id.as_deref(), Some("12"));
        assert_eq!(facts.at("properties.a.b.1.c"), Some(12_345_678_901_234_567_890_u64.into()));
        assert_eq!(facts.at("traits.plan"), Some("a".into()));
        assert_eq!(facts.at("properties.none"), None);
        assert_eq!(facts.at("properties.a.b[].c"), Some(serde_json::json!([12_345_678_901_234_567_890_u64])));
        assert_eq!(facts.at("properties.a.b[]"), facts.at("properties.a.b"));
        assert_eq!(facts.at("properties.a[].c"), None, "that is no list");
    }

    #[test]
    fn a_body_of_another_shape_says_nothing() {
        for body in ["", "[]", "{", r#"{"traits":7,"context":[],"properties":null}"#] {
            let facts = Facts::of(body);
            assert!(facts.traits.is_empty() && facts.ids.is_empty(), "{body}");
        }
    }
}
