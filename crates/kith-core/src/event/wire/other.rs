//! Requests in formats that are not Segment's: each one becomes events of ours, and then goes the way of all events.
//!
//! - Reads: a request, its body inflated ([`Sent`]), and which format it is in.
//! - Decides: which events it holds, and what each one's call, ids, name and time are.
//! - Writes: nothing.
//! - Fails: as [`super::read`] does, where there is no telling what the events are.
//!
//! 1. A module of the format finds the events of the request, and tells each one in our words: the JSON that a Segment
//!    library would have sent ([`words`]). What our words have no place for stays beside them, as it was sent; only keys and
//!    times of sending are left out, which are no part of what happened.
//! 2. That text is read as any event: the same checks, the same refusals, the same limits.
//!
//! So a refused event keeps what it was made into, which holds all that was sent, and can be patched and replayed in the
//! same words as any other. What can not be told in our words at all is kept as it came.
//!
//! The message id is the format's own. A format that has none is treated like a Segment library that sends none: an event
//! with a time of its own is known by its content, without its time of sending; one without is one of its own each time.

mod cloudevents;
mod path;
mod posthog;
mod snowplow;
#[cfg(test)]
mod tests;
mod webhook;
mod words;

use super::json::{self, Members};
use super::{Arrival, Incoming, Item, Limits, Malformed, Place, Shared, item, not_json, shallow, too_large};
use crate::config::Webhook;
use crate::entry::RejectedEntry;
use crate::event::{Call, RefusedEvent};
use crate::hex;
use sha2::{Digest, Sha256};

/// A format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// PostHog's capture endpoints.
    PostHog,
    /// Snowplow's tracker protocol, version 2.
    Snowplow,
    /// CloudEvents 1.0 over HTTP: structured, batched, binary.
    CloudEvents,
    /// Any JSON or form that some service sends.
    Webhook,
}

/// A request, as far as a format may look at it.
#[derive(Clone, Copy, Debug)]
pub struct Sent<'a> {
    /// Its headers, names in lower case.
    pub headers: &'a [(String, String)],
    /// The parameters of its address.
    pub query: &'a [(String, String)],
    /// Its body, inflated.
    pub body: &'a [u8],
}

impl<'a> Sent<'a> {
    fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn parameter(&self, name: &str) -> Option<&'a str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The content type without its parameters, in lower case.
    fn content_type(&self) -> String {
        let value = self.header("content-type").unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }
}

/// Bytes that an event of a webhook may have: whole orders and invoices come in them.
const WEBHOOK_BYTES_MAX: usize = 256 * 1024;

/// Reads a request. `webhook` = what its source says of where things stand in it.
pub fn read(
    format: Format,
    sent: &Sent,
    webhook: &Webhook,
    arrival: &Arrival,
    limits: &Limits,
) -> Result<Vec<Incoming>, Malformed> {
    if sent.body.len() > limits.batch_bytes {
        return Err(too_large(format!("a request may have {} bytes", limits.batch_bytes)));
    }
    let mut limits = *limits;
    let told = match format {
        Format::PostHog => posthog::told(sent, arrival)?,
        Format::Snowplow => snowplow::told(sent)?,
        Format::CloudEvents => cloudevents::told(sent, webhook)?,
        Format::Webhook => webhook::told(sent, webhook)?,
    };
    if matches!(format, Format::CloudEvents | Format::Webhook) {
        limits.event_bytes = limits.event_bytes.max(WEBHOOK_BYTES_MAX.min(limits.batch_bytes));
    }
    if told.is_empty() {
        let reason = "the request holds no event: send at least one".into();
        return Err(Malformed { code: "K-COLLECT-EMPTY", reason, too_large: false });
    }
    if told.len() > limits.batch_events {
        let reason =
            format!("a request may have {} events and this one has {}", limits.batch_events, told.len());
        return Err(too_large(reason));
    }
    Ok(told.iter().map(|one| one.incoming(arrival, &limits)).collect())
}

/// The write key that a request names in a way of its format's own.
pub fn write_key(format: Format, sent: &Sent) -> Option<String> {
    let key = match format {
        Format::PostHog => posthog::key(sent),
        Format::Snowplow => snowplow::key(sent),
        Format::CloudEvents | Format::Webhook => None,
    };
    key.filter(|key| !key.is_empty())
}

/// One thing of a request, told in our words.
struct Told {
    place: Place,
    /// The call and the event's text; or what is wrong with it.
    event: Result<(Call, String), Untold>,
}

/// Why something can not be told in our words.
struct Untold {
    field: &'static str,
    reason: String,
    /// As it came.
    original: String,
}

impl Told {
    fn incoming(&self, arrival: &Arrival, limits: &Limits) -> Incoming {
        match &self.event {
            Ok((call, text)) => {
                let members = Members::of(text).unwrap_or_default();
                let shared = Shared::default();
                let item = Item { text, members, place: self.place, call: Some(*call), shared: &shared };
                item::incoming(&item, arrival, limits)
            }
            Err(untold) => Incoming::Refused(RefusedEvent {
                source: arrival.source.clone(),
                call: None,
                name: String::new(),
                message_id: String::new(),
                code: "K-EVENT-SHAPE".into(),
                field: format!("{}{}", self.place, untold.field),
                reason: untold.reason.clone(),
                original: cut(&untold.original).into(),
                received_at_ms: arrival.received_at_ms,
                place: String::new(),
            }),
        }
    }
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(RejectedEntry::ORIGINAL_MAX_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The items of a list, and where each one stands.
fn listed<'a>(list: &'a str, name: &'static str) -> Result<Vec<(Place, &'a str)>, Malformed> {
    let items = json::elements(list).map_err(|e| not_json(&e))?;
    let place = |at| if name.is_empty() { Place::Listed(at) } else { Place::In(name, at) };
    items
        .into_iter()
        .enumerate()
        .map(|(at, item)| shallow(item).map(|()| (place(at), item)))
        .collect::<Result<Vec<_>, _>>()
}

/// An id that is made of parts: 128 bits of their hash, so that it is short enough whatever they are.
fn hashed(kind: &str, parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
        hash.update([0]);
    }
    format!("{kind}-{}", hex(&hash.finalize()[..16]))
}

/// A moment in the ways in which formats write it (a text, or seconds or milliseconds since 1970 as a number or a text of
/// digits), as a text that our own clients would send.
fn moment(value: &str) -> Option<String> {
    let text = json::text(value);
    let text = text.as_deref().unwrap_or(value).trim();
    match text.parse::<f64>() {
        Ok(number) => at_ms(if number.abs() < 1e11 { number * 1_000.0 } else { number }),
        Err(_) => crate::event::time::instant_ms(text).map(|_| text.to_string()),
    }
}

/// Milliseconds since 1970 as a text.
fn at_ms(ms: f64) -> Option<String> {
    let ms = Some(ms.round()).filter(|ms| ms.is_finite() && ms.abs() < 1e15)?;
    jiff::Timestamp::from_millisecond(ms as i64).ok().map(|at| at.to_string())
}
