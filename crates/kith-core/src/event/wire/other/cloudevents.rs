//! CloudEvents 1.0 over HTTP.
//!
//! 1. Structured: one event is the body (`application/cloudevents+json`); batched: a list of them (`…-batch+json`); binary: the
//!    attributes are headers that begin with `ce-`, and the body is the data.
//! 2. `type` is the name of what was done, `time` when it was, `source` and `id` together the message id, as the specification has it.
//! 3. Who it was about is not said by the specification. The source may say where it stands (`[source.webhook]`, paths in the
//!    structured form: `subject`, `data.customer.id`, `partitionkey`); else the usual names are tried. `subject` is not, since it is
//!    as often an order or a file.
//! 4. Data that are an object are the properties, as they were sent; others stand in `properties.data`. The attributes stand in
//!    `context.cloudevent`.

use super::webhook::{Found, Usual};
use super::words::Words;
use super::{Sent, Told, Untold, hashed, listed};
use crate::config::Webhook;
use crate::event::Call;
use crate::event::wire::json::{self, Members};
use crate::event::wire::{Malformed, Place, shallow, text_of};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::borrow::Cow;

const USUAL: Usual = Usual {
    name: &["type"],
    user_id: &[
        "userid",
        "data.userId",
        "data.user_id",
        "data.customerId",
        "data.customer_id",
        "data.user.id",
        "data.customer.id",
    ],
    anonymous_id: &["anonymousid", "data.anonymousId", "data.anonymous_id"],
    time: &["time"],
    message_id: &[],
};

/// Attributes without which it is none.
const NEEDED: [(&str, &str); 4] =
    [("specversion", "/specversion"), ("id", "/id"), ("source", "/source"), ("type", "/type")];

pub(super) fn told(sent: &Sent, webhook: &Webhook) -> Result<Vec<Told>, Malformed> {
    if sent.header("ce-id").is_some() || sent.header("ce-specversion").is_some() {
        let event = from_headers(sent)?;
        return Ok(vec![one(Place::Alone, &event, sent, webhook)]);
    }
    let text = text_of(sent.body)?;
    if text.starts_with('[') {
        return Ok(listed(text, "")?
            .into_iter()
            .map(|(place, event)| one(place, event, sent, webhook))
            .collect());
    }
    crate::event::wire::object(text)?;
    shallow(text)?;
    Ok(vec![one(Place::Alone, text, sent, webhook)])
}

/// A binary event in its structured form.
fn from_headers(sent: &Sent) -> Result<String, Malformed> {
    let mut event = Words::default();
    for (name, value) in sent.headers {
        if let Some(name) = name.strip_prefix("ce-").filter(|name| !name.is_empty()) {
            event.text(name, Some(&unescaped(value)));
        }
    }
    event.text("datacontenttype", sent.header("content-type"));
    let media = sent.content_type();
    let textual = media.is_empty() || media.ends_with("json");
    match std::str::from_utf8(sent.body) {
        Ok("") => {}
        Ok(text) if textual => {
            json::whole(text).map_err(|e| super::not_json(&e))?;
            shallow(text)?;
            event.raw("data", Some(text.trim()));
        }
        Ok(text) => _ = event.text("data", Some(text)),
        Err(_) => _ = event.text("data_base64", Some(&STANDARD.encode(sent.body))),
    }
    Ok(event.done())
}

/// Header values escape what is not plain ASCII with percent signs.
fn unescaped(value: &str) -> Cow<'_, str> {
    match value.contains('%') {
        // A plus is a plus in a header.
        true => {
            let escaped = value.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
            let found = form_urlencoded::parse(escaped.as_bytes()).next();
            found.map_or(Cow::Borrowed(value), |(text, _)| Cow::Owned(text.into_owned()))
        }
        false => Cow::Borrowed(value),
    }
}

fn one(place: Place, text: &str, sent: &Sent, webhook: &Webhook) -> Told {
    let untold = |field, reason: String| Untold { field, reason, original: text.into() };
    let event = match text.starts_with('{').then(|| Members::of(text).ok()).flatten() {
        None => Err(untold("", "the event is not a JSON object: send {…}".into())),
        Some(event) => {
            let lacks = |(name, _): &&(&str, &str)| {
                event.get(name).and_then(json::text).is_none_or(|text| text.is_empty())
            };
            match NEEDED.iter().find(lacks) {
                Some((name, field)) => {
                    Err(untold(field, format!("a CloudEvent has a text `{name}`; it is missing")))
                }
                None => Ok(words(text, &event, sent, webhook)),
            }
        }
    };
    Told { place, event }
}

fn words(text: &str, event: &Members, sent: &Sent, webhook: &Webhook) -> (Call, String) {
    let named = |name: &str| event.get(name).and_then(json::text).unwrap_or_default();
    let (mut attributes, mut context) = (Words::default(), Words::default());
    attributes.rest(event, |name| ["data", "data_base64"].contains(&name));
    context.object("cloudevent", attributes);
    let properties = match event.get("data") {
        Some(data) if data.starts_with('{') => data.to_string(),
        data => {
            let mut properties = Words::default();
            properties.raw("data", data).raw("data_base64", event.get("data_base64"));
            properties.done()
        }
    };
    let found = Found { text, headers: sent, webhook, usual: &USUAL };
    let id = hashed("cloudevent", &[&named("source"), &named("id")]);
    found.event(Some(id), &properties, context, true)
}
