//! An event's own JSON, with what its batch and its connection add.

use super::json::{self, Member, Members};
use super::{Arrival, Shared};

/// Libraries that run on the device of the person, so that the address of the connection is the person's.
const CLIENT_SIDE_LIBRARIES: [&str; 10] = [
    "analytics.js",
    "analytics-ios",
    "analytics-android",
    "analytics-swift",
    "analytics-kotlin",
    "analytics-react-native",
    "@segment/analytics-react-native",
    "analytics_flutter",
    "@jitsu/js",
    "RudderLabs JavaScript SDK",
];

/// The body of an event: its text where nothing is to add, else its own pieces and what is added, in its own order.
pub(super) fn body(text: &str, members: &Members, shared: &Shared, arrival: &Arrival) -> String {
    let mut set: Vec<(&str, String)> = Vec::new();
    if let Some(context) = context(members, shared, arrival) {
        set.push(("context", context));
    }
    if !shared.integrations.0.is_empty() {
        let own = object(members.get("integrations"));
        if members.get("integrations").is_none_or(|value| value.starts_with('{')) {
            set.push(("integrations", write(&merged(own, &shared.integrations))));
        }
    }
    if let Some(sent_at) = shared.sent_at.filter(|_| members.get("sentAt").is_none()) {
        set.push(("sentAt", sent_at.to_string()));
    }
    if set.is_empty() && members.at("writeKey").is_none() {
        return text.to_string();
    }
    replaced(members, &set)
}

/// An event without its write key; `None` = it has none.
pub(super) fn without_key(members: &Members) -> Option<String> {
    members.at("writeKey").map(|_| replaced(members, &[]))
}

/// The parts of an event that stay the same when the client sends it again: all but the time of sending and the key.
pub(super) fn lasting<'a>(members: &'a Members<'a>) -> impl Iterator<Item = &'a Member<'a>> {
    members.0.iter().filter(|member| !["sentAt", "writeKey"].contains(&&*member.name))
}

fn replaced(members: &Members, set: &[(&str, String)]) -> String {
    let added: usize = set.iter().map(|(name, value)| name.len() + value.len() + 4).sum();
    let own: usize = members.0.iter().map(|member| member.quoted.len() + member.value.len() + 2).sum();
    let mut out = String::with_capacity(own + added + 2);
    out.push('{');
    for (at, member) in members.0.iter().enumerate().filter(|(_, member)| member.name != "writeKey") {
        let new = set.iter().find(|(name, _)| members.at(name) == Some(at));
        put(&mut out, member.quoted, new.map_or(member.value, |(_, value)| value));
    }
    for (name, value) in set.iter().filter(|(name, _)| members.at(name).is_none()) {
        put(&mut out, &format!("\"{name}\""), value);
    }
    out.push('}');
    out
}

fn put(out: &mut String, quoted: &str, value: &str) {
    if out.len() > 1 {
        out.push(',');
    }
    out.push_str(quoted);
    out.push(':');
    out.push_str(value);
}

/// The context as it shall be; `None` = as it is.
fn context(members: &Members, shared: &Shared, arrival: &Arrival) -> Option<String> {
    let wrong = members.get("context").is_some_and(|value| !value.starts_with('{'));
    if wrong || (shared.context.0.is_empty() && arrival.ip.is_none()) {
        return None;
    }
    let channel = members.get("channel").and_then(json::text);
    let quoted = arrival.ip.map(|ip| serde_json::Value::from(ip).to_string());
    let mut context = merged(object(members.get("context")), &shared.context);
    let given = context.get("ip").is_some_and(|ip| ip != "\"\"");
    match quoted.as_deref().filter(|_| !given && client_side(&context, channel.as_deref())) {
        Some(ip) => {
            let filled = Member { quoted: "\"ip\"", name: "ip".into(), value: ip };
            match context.at("ip") {
                Some(at) => context.0[at] = filled,
                None => context.0.push(filled),
            }
            Some(write(&context))
        }
        None if shared.context.0.is_empty() => None,
        None => Some(write(&context)),
    }
}

fn client_side(context: &Members, channel: Option<&str>) -> bool {
    let on_device = |channel: &str| ["web", "mobile", "browser"].contains(&channel);
    if context.get("direct") == Some("true") || channel.is_some_and(on_device) {
        return true;
    }
    if context.get("channel").and_then(json::text).is_some_and(|channel| on_device(&channel)) {
        return true;
    }
    let library = object(context.get("library"));
    let name = library.get("name").and_then(json::text);
    name.is_some_and(|name| CLIENT_SIDE_LIBRARIES.contains(&&*name))
}

/// The members of a value that should be an object; none where it is something else.
fn object(value: Option<&str>) -> Members<'_> {
    value.filter(|value| value.starts_with('{')).and_then(|value| Members::of(value).ok()).unwrap_or_default()
}

/// Own members, and those of the batch that the event says nothing of.
fn merged<'a>(mut own: Members<'a>, shared: &Members<'a>) -> Members<'a> {
    let said = own.0.len();
    for member in &shared.0 {
        if !own.0[..said].iter().any(|o| o.name == member.name) {
            own.0.push(member.clone());
        }
    }
    own
}

fn write(members: &Members) -> String {
    let length: usize = members.0.iter().map(|member| member.quoted.len() + member.value.len() + 2).sum();
    let mut out = String::with_capacity(length + 2);
    out.push('{');
    for member in &members.0 {
        put(&mut out, member.quoted, member.value);
    }
    out.push('}');
    out
}
