//! Webhooks: whatever JSON or form some service sends.
//!
//! 1. The body is JSON, or a form: its fields are texts then, and one called `payload` that holds JSON is the body (GitHub, Slack).
//! 2. It is one event, or a list of them: the body itself, or where `each` says.
//! 3. Where name, ids, time and message id stand is said by the source (`[source.webhook]`, paths such as `data.customer.id`, or
//!    `header:x-github-event`); where it says nothing, the usual names are tried.
//! 4. The body is the properties, as it was sent.
//!
//! A field called `id` is never taken for the message id by itself: in most webhooks it is the id of the order or the person, and two
//! events of one order would count as one.

use super::path::{at, plain, says};
use super::words::Words;
use super::{Sent, Told, Untold, hashed, listed, moment};
use crate::config::Webhook;
use crate::event::Call;
use crate::event::wire::{Malformed, Place, object, shallow, text_of};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// Where things stand, where the source says nothing.
pub(super) struct Usual {
    pub name: &'static [&'static str],
    pub user_id: &'static [&'static str],
    pub anonymous_id: &'static [&'static str],
    pub time: &'static [&'static str],
    pub message_id: &'static [&'static str],
}

const USUAL: Usual = Usual {
    name: &[
        "header:x-github-event",
        "header:x-gitlab-event",
        "header:x-shopify-topic",
        "event",
        "type",
        "event_type",
        "eventType",
        "event_name",
        "eventName",
        "topic",
        "action",
    ],
    user_id: &[
        "userId",
        "user_id",
        "customerId",
        "customer_id",
        "user.id",
        "customer.id",
        "data.userId",
        "data.user_id",
        "data.customerId",
        "data.customer_id",
        "data.user.id",
        "data.customer.id",
    ],
    anonymous_id: &["anonymousId", "anonymous_id", "data.anonymousId", "data.anonymous_id"],
    time: &["timestamp", "time", "occurred_at", "occurredAt", "event_time", "eventTime"],
    message_id: &[
        "header:webhook-id",
        "header:x-github-delivery",
        "header:x-shopify-webhook-id",
        "messageId",
        "message_id",
        "event_id",
        "eventId",
    ],
};

/// What something is called that does not say.
const NAMELESS: &str = "Webhook";

/// Segment wants a message id to be shorter than this.
const MESSAGE_ID_CHARACTERS_END: usize = 100;

pub(super) fn told(sent: &Sent, webhook: &Webhook) -> Result<Vec<Told>, Malformed> {
    let document = document(sent)?;
    shallow(&document)?;
    let within = match &webhook.each {
        Some(path) => at(&document, path).filter(|list| list.starts_with('[')),
        None => Some(document.as_ref()).filter(|text| text.starts_with('[')),
    };
    let items = match within {
        Some(list) => listed(list, "")?,
        None => vec![(Place::Alone, document.as_ref())],
    };
    let many = items.len() > 1;
    let told = items.into_iter().map(|(place, text)| {
        let found = Found { text, headers: sent, webhook, usual: &USUAL };
        let event = match text.starts_with('{') {
            true => Ok(found.event(None, text, Words::default(), !many)),
            false => Err(Untold {
                field: "",
                reason: "the event is not a JSON object: send {…}".into(),
                original: text.into(),
            }),
        };
        Told { place, event }
    });
    Ok(told.collect())
}

/// The body as JSON.
fn document<'a>(sent: &Sent<'a>) -> Result<Cow<'a, str>, Malformed> {
    let text = text_of(sent.body)?;
    let form = sent.content_type() == "application/x-www-form-urlencoded" && !text.starts_with(['{', '[']);
    if !form {
        if !text.starts_with('[') {
            object(text)?;
        }
        return Ok(text.into());
    }
    let mut fields = Map::new();
    for (name, value) in form_urlencoded::parse(text.as_bytes()) {
        match fields.get_mut(&*name) {
            None => _ = fields.insert(name.into_owned(), Value::from(value)),
            Some(Value::Array(all)) => all.push(Value::from(value)),
            Some(first) => *first = Value::Array(vec![first.take(), Value::from(value)]),
        }
    }
    let payload = fields.get("payload").and_then(Value::as_str).filter(|text| object(text).is_ok());
    Ok(payload.map(String::from).unwrap_or_else(|| Value::Object(fields.clone()).to_string()).into())
}

/// Something that was sent, and how to find things in it.
pub(super) struct Found<'a> {
    pub text: &'a str,
    pub headers: &'a Sent<'a>,
    pub webhook: &'a Webhook,
    pub usual: &'a Usual,
}

impl Found<'_> {
    /// The event, with these properties. `id` = its message id, where the source does not say where it stands; `alone` = the
    /// request holds no other one, so that an id in its headers is this event's.
    pub fn event(
        &self,
        id: Option<String>,
        properties: &str,
        mut context: Words,
        alone: bool,
    ) -> (Call, String) {
        let (webhook, usual) = (self.webhook, self.usual);
        let mut words = Words::of(webhook.call);
        let said =
            self.value(&webhook.message_id, usual.message_id, alone).and_then(|id| plain(&id)).map(short);
        words.text("messageId", said.or(id).as_deref());
        self.put("userId", &webhook.user_id, usual.user_id, &mut words);
        self.put("anonymousId", &webhook.anonymous_id, usual.anonymous_id, &mut words);
        let name = self.value(&webhook.event, usual.name, true).and_then(|name| plain(&name));
        let word = if webhook.call == Call::Track { "event" } else { "name" };
        words.text(word, Some(name.as_deref().unwrap_or(NAMELESS)));
        let time = self.value(&webhook.time, usual.time, true);
        words.text("timestamp", time.and_then(|time| moment(&time)).as_deref());
        if let Some(group) = &webhook.group_id {
            self.put("groupId", &Some(group.clone()), &[], &mut words);
        }
        let traits = webhook.traits.as_ref().and_then(|path| at(self.text, path));
        let traits = traits.filter(|value| value.starts_with('{'));
        match webhook.call {
            Call::Identify | Call::Group => _ = words.raw("traits", traits.or(Some(properties))),
            _ => _ = context.raw("traits", traits),
        }
        words.object("context", context).raw("properties", Some(properties));
        (webhook.call, words.done())
    }

    fn put(&self, name: &str, said: &Option<String>, usual: &[&str], to: &mut Words) {
        to.raw(name, self.value(said, usual, true).as_deref());
    }

    /// The first value that can be an id or a name.
    fn value(&self, said: &Option<String>, usual: &[&str], headers: bool) -> Option<Cow<'_, str>> {
        let find = |path: &str| match path.strip_prefix("header:") {
            Some(name) if headers => {
                let value = self.headers.header(&name.trim().to_ascii_lowercase())?;
                Some(Cow::Owned(Value::from(value).to_string()))
            }
            Some(_) => None,
            None => at(self.text, path).map(Cow::Borrowed),
        };
        match said {
            Some(path) => find(path).filter(|value| says(value)),
            None => usual.iter().find_map(|path| find(path).filter(|value| says(value))),
        }
    }
}

/// An id that is longer than a message id may be is known by its hash.
fn short(id: String) -> String {
    match id.chars().count() >= MESSAGE_ID_CHARACTERS_END {
        true => hashed("long", &[&id]),
        false => id,
    }
}
