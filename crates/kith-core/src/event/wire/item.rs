//! One item of a body: an event, or the reason why it is none.

use super::{Arrival, Incoming, Item, Limits, body, json};
use crate::entry::RejectedEntry;
use crate::event::{Call, Event, RefusedEvent, carrier, time};
use crate::hex;
use sha2::{Digest, Sha256};

/// How deep lists and objects of one event may lie in each other.
pub(super) const DEPTH_MAX: usize = 64;

/// Properties or traits of one event (Segment's limit for profiles).
const MEMBERS_MAX: usize = 300;

/// Bytes of one id (Segment's limit for a group's; nobody publishes one for the others).
const ID_BYTES_MAX: usize = 500;

/// Segment wants a message id to be shorter than this.
const MESSAGE_ID_CHARACTERS_END: usize = 100;

/// Why an item is no event.
struct Refusal {
    code: &'static str,
    /// A JSON pointer within the item.
    field: &'static str,
    reason: String,
}

type Checked<T> = Result<T, Refusal>;

fn refuse<T>(code: &'static str, field: &'static str, reason: impl Into<String>) -> Checked<T> {
    Err(Refusal { code, field, reason: reason.into() })
}

/// Reads one item.
pub(super) fn incoming(item: &Item, arrival: &Arrival, limits: &Limits) -> Incoming {
    let call = call_of(item);
    let event = match &call {
        Ok(call) => event(item, *call, arrival, limits),
        Err(refusal) => refuse(refusal.code, refusal.field, refusal.reason.clone()),
    };
    match event {
        Ok(event) => Incoming::Event(event),
        Err(refusal) => Incoming::Refused(RefusedEvent {
            source: arrival.source.clone(),
            call: call.ok(),
            name: String::new(),
            message_id: String::new(),
            code: refusal.code.into(),
            field: format!("{}{}", item.place, refusal.field),
            reason: refusal.reason,
            original: original(item, arrival, limits),
            received_at_ms: arrival.received_at_ms,
            place: item.stands().unwrap_or_default(),
        }),
    }
}

/// The call of an item: that of the path, else that of its `type`.
fn call_of(item: &Item) -> Checked<Call> {
    if let Some(call) = item.call {
        return Ok(call);
    }
    if !item.text.starts_with('{') {
        return refuse("K-EVENT-SHAPE", "", "the event is not a JSON object: send {…}");
    }
    let word = item.members.get("type").and_then(json::text);
    let Some(word) = word else {
        return refuse("K-EVENT-TYPE", "/type", "the event has no text `type`: in a batch it names the call");
    };
    match Call::of(&word) {
        Some(call) => Ok(call),
        None => {
            let word: String = word.chars().take(40).collect();
            let reason = format!("{word:?} is none of track, identify, page, screen, group, alias, merge");
            refuse("K-EVENT-TYPE", "/type", reason)
        }
    }
}

fn event(item: &Item, call: Call, arrival: &Arrival, limits: &Limits) -> Checked<Event> {
    within_limits(item, limits)?;
    shapes(item)?;
    let user_id = known(id(item, "userId", "/userId")?);
    let anonymous_id = known(id(item, "anonymousId", "/anonymousId")?);
    id(item, "previousId", "/previousId")?;
    id(item, "groupId", "/groupId")?;
    if user_id.is_none() && anonymous_id.is_none() {
        let reason = "the event names nobody: send a userId or an anonymousId (ids such as \"\", 0, null and \
                      \"anonymous\" stand for nobody)";
        return refuse("K-EVENT-NO-ID", "", reason);
    }
    let name = name(item, call)?;
    let instant = |name| item.members.get(name).and_then(json::text).and_then(|text| time::instant_ms(&text));
    let original = instant("originalTimestamp").or_else(|| instant("timestamp"));
    let shared = || item.shared.sent_at.and_then(json::text).and_then(|text| time::instant_ms(&text));
    let sent = instant("sentAt").or_else(shared);
    Ok(Event {
        source: arrival.source.clone(),
        call,
        message_id: message_id(item, call, arrival, original.is_some())?,
        name,
        user_id,
        anonymous_id,
        timestamp_ms: time::corrected_ms(original, sent, arrival.received_at_ms),
        received_at_ms: arrival.received_at_ms,
        body: body::body(item.text, &item.members, item.shared, arrival),
        geo: None,
    })
}

fn within_limits(item: &Item, limits: &Limits) -> Checked<()> {
    let most = limits.event_bytes;
    if item.text.len() > most {
        let reason = format!("the event has {} bytes and may have {most}", item.text.len());
        return refuse("K-EVENT-LARGE", "", reason);
    }
    if item.shared.bytes > most {
        let reason = format!(
            "the batch's context and integrations, which are part of each event, exceed {most} bytes"
        );
        return refuse("K-EVENT-LARGE", "/context", reason);
    }
    if item.shared.deep || json::deeper_than(item.text, DEPTH_MAX) {
        let reason = format!("lists and objects lie more than {DEPTH_MAX} deep in each other");
        return refuse("K-EVENT-LIMIT", "", reason);
    }
    Ok(())
}

/// Members that have a type of their own, whatever the call.
fn shapes(item: &Item) -> Checked<()> {
    let object = |value: Option<&str>, field: &'static str| match value {
        Some(value) if !value.starts_with('{') => {
            refuse("K-EVENT-SHAPE", field, format!("{} is {}; send an object", &field[1..], kind(value)))
        }
        _ => Ok(()),
    };
    for (name, field) in [("properties", "/properties"), ("traits", "/traits"), ("context", "/context")] {
        let value = item.members.get(name);
        object(value, field)?;
        if name != "context" && value.is_some_and(|value| json::more_members_than(value, MEMBERS_MAX)) {
            return refuse("K-EVENT-LIMIT", field, format!("{name} has more than {MEMBERS_MAX} members"));
        }
    }
    // Only a context that speaks of traits is looked into.
    let context = item.members.get("context").filter(|context| context.contains("\"traits\""));
    let traits = context.and_then(|context| json::Members::of(context).ok()?.get("traits"));
    object(traits, "/context/traits")?;
    if traits.is_some_and(|traits| json::more_members_than(traits, MEMBERS_MAX)) {
        let reason = format!("traits has more than {MEMBERS_MAX} members");
        return refuse("K-EVENT-LIMIT", "/context/traits", reason);
    }
    for (name, field) in [("timestamp", "/timestamp"), ("originalTimestamp", "/originalTimestamp")] {
        if let Some(value) = item.members.get(name).filter(|value| !value.starts_with('"')) {
            let reason =
                format!("{name} is {}; send a text such as \"2026-11-22T08:00:00.000Z\"", kind(value));
            return refuse("K-EVENT-SHAPE", field, reason);
        }
    }
    Ok(())
}

/// An id as it was sent; a number counts as its digits.
fn id(item: &Item, name: &str, field: &'static str) -> Checked<Option<String>> {
    let Some(value) = item.members.get(name) else { return Ok(None) };
    let text = match value.as_bytes().first() {
        Some(b'"') => json::exact_text(value),
        Some(b'-' | b'0'..=b'9') => Some(value.into()),
        _ => return refuse("K-EVENT-SHAPE", field, format!("{name} is {}; send a text", kind(value))),
    };
    match text {
        None => {
            refuse("K-EVENT-SHAPE", field, format!("{name} holds half of a character and can not be kept"))
        }
        Some(text) if text.len() > ID_BYTES_MAX => {
            let reason = format!("{name} has {} bytes and may have {ID_BYTES_MAX}", text.len());
            refuse("K-EVENT-ID-LONG", field, reason)
        }
        Some(text) => Ok(Some(text.into_owned())),
    }
}

/// Blanks around an id are a slip of the template that wrote it.
fn known(id: Option<String>) -> Option<String> {
    let id = id.map(|id| id.trim().to_string());
    id.filter(|id| !carrier::stands_for_nobody(id))
}

/// What was done, or which page or screen was seen.
fn name(item: &Item, call: Call) -> Checked<String> {
    let own = |name, field| match item.members.get(name) {
        Some(value) => match json::text(value) {
            Some(text) => Ok(Some(text.into_owned())),
            None => refuse("K-EVENT-SHAPE", field, format!("{name} is {}; send a text", kind(value))),
        },
        None => Ok(None),
    };
    match call {
        Call::Track => match own("event", "/event")?.filter(|name| !name.trim().is_empty()) {
            Some(name) => Ok(name),
            None => refuse(
                "K-EVENT-NO-NAME",
                "/event",
                "a track call says in `event` what was done; it is missing",
            ),
        },
        Call::Page | Call::Screen => Ok(match own("name", "/name")?.filter(|name| !name.is_empty()) {
            Some(name) => name,
            None => name_among_properties(item).unwrap_or_default(),
        }),
        Call::Identify | Call::Group | Call::Alias => Ok(String::new()),
    }
}

fn name_among_properties(item: &Item) -> Option<String> {
    let properties = item.members.get("properties")?;
    let name = json::Members::of(properties).ok()?.get("name").and_then(json::text)?;
    Some(name.into_owned())
}

/// The client's id of the event. Where it sent none, one from a stream is known by its place there; of the others, an event with a time of its own is known by its content, so that the
/// same bytes sent again are found to be the same event; one without could be a second click just as well as a retry, and
/// stays without an id here: the caller makes one.
fn message_id(item: &Item, call: Call, arrival: &Arrival, timed: bool) -> Checked<String> {
    const FIELD: &str = "/messageId";
    let given = match item.members.get("messageId") {
        None => None,
        Some(value) if value.starts_with(['{', '[', 't', 'f']) => {
            return refuse("K-EVENT-SHAPE", FIELD, format!("messageId is {}; send a text", kind(value)));
        }
        Some(number) if !number.starts_with('"') => Some(number.to_string()),
        Some(value) => match json::exact_text(value) {
            Some(text) => Some(text.into_owned()),
            None => return refuse("K-EVENT-MESSAGE-ID", FIELD, "messageId holds half of a character"),
        },
    };
    match given.filter(|id| !id.is_empty()) {
        Some(id) if id.chars().count() >= MESSAGE_ID_CHARACTERS_END => {
            let reason = format!("messageId has {MESSAGE_ID_CHARACTERS_END} characters or more");
            refuse("K-EVENT-MESSAGE-ID", FIELD, reason)
        }
        Some(id) => Ok(id),
        None if item.shared.stands.is_some() => Ok(item.stands().unwrap_or_default()),
        None if timed => Ok(content_id(item, call, arrival)),
        None => Ok(String::new()),
    }
}

fn content_id(item: &Item, call: Call, arrival: &Arrival) -> String {
    let mut hash = Sha256::new();
    for part in [arrival.source.as_str(), call.name()] {
        hash.update(part);
        hash.update([0]);
    }
    for member in body::lasting(&item.members) {
        for part in [member.quoted, ":", member.value, ","] {
            hash.update(part);
        }
    }
    format!("content-{}", hex(&hash.finalize()[..16]))
}

/// What came, without its write key, cut to what is kept. What the batch says of it belongs to it: without that, the event
/// would be another one when it is sent again after the fix.
fn original(item: &Item, arrival: &Arrival, limits: &Limits) -> String {
    let whole = item.text.starts_with('{') && item.text.len().max(item.shared.bytes) <= limits.event_bytes;
    let mut text = match whole {
        true => body::body(item.text, &item.members, item.shared, arrival),
        false => body::without_key(&item.members).unwrap_or_else(|| item.text.to_string()),
    };
    let mut end = text.len().min(RejectedEntry::ORIGINAL_MAX_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text
}

/// What a JSON value is, in words.
fn kind(value: &str) -> &'static str {
    match value.as_bytes().first() {
        Some(b'"') => "a text",
        Some(b'{') => "an object",
        Some(b'[') => "a list",
        Some(b't' | b'f') => "true or false",
        Some(b'n') => "null",
        _ => "a number",
    }
}
