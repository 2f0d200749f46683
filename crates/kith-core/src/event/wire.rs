//! From a request body to events.
//!
//! - Reads: the bytes of one request, already inflated, and what is known of it ([`Arrival`]).
//! - Decides: which events it holds, when they happened, and for each one that can not be taken why. A bad event never
//!   hurts its neighbours.
//! - Writes: nothing.
//! - Fails: only where there is no telling what the events are ([`Malformed`]): not JSON, no object, too large.
//!
//! 1. The body is text, whatever its content type says (browsers send `text/plain`, rudder-sdk-node a form); a byte order
//!    mark in front is skipped.
//! 2. A batch is cut into its items, which stay the bytes that they were. What stands beside the list (`context`,
//!    `integrations`, `sentAt`) holds for each item that does not say otherwise.
//! 3. Of each item the members at its top are found, checked ([`item`]) and read; what is below them stays text, so
//!    nothing that was sent is rounded, reordered or escaped anew.
//! 4. Where the batch or the address of the client has something to add, the item's text is put together again out of its
//!    own pieces ([`body`]). Its `writeKey` is left out: keys are not data.
//!
//! What clients get wrong and Kith forgives: ids that are numbers, ids that stand for nobody, a `type` that differs from
//! the path, a time that nobody can read (it counts as not given: the event happened when it was received, as in Segment),
//! a member twice (the last one counts, as in `JSON.parse`).

mod body;
mod item;
pub(super) mod json;
mod message;
pub mod other;
mod pixel;
pub mod row;
#[cfg(test)]
mod tests;

pub use message::{Stands, message};
pub use pixel::pixel;

use super::{Call, Event, RefusedEvent};
use crate::id::SourceName;
use json::Members;
use std::fmt;

/// Which way a request came in; the path says what a body without a `type` means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// `/v1/batch`, `/v1/b`, `/v1/import`: an object with a list `batch`.
    Batch,
    /// `/v1/track`, `/v1/t` …: one event.
    One(Call),
}

/// What is known of a request beside its body.
#[derive(Clone, Debug)]
pub struct Arrival<'a> {
    /// Whose write key it had.
    pub source: &'a SourceName,
    /// When it came, milliseconds since 1970 UTC.
    pub received_at_ms: i64,
    /// The address that it came from: becomes `context.ip` of client-side events that have none (those sent with
    /// `context.direct`, or by a browser or mobile library).
    pub ip: Option<&'a str>,
}

/// Limits of one request (Segment's published ones by default).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one event.
    pub event_bytes: usize,
    /// Bytes of a whole batch.
    pub batch_bytes: usize,
    /// Events in a batch.
    pub batch_events: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { event_bytes: 32 * 1024, batch_bytes: 500 * 1024, batch_events: 2_500 }
    }
}

/// One thing that was sent.
#[derive(Clone, Debug, PartialEq)]
pub enum Incoming {
    /// An event.
    Event(Event),
    /// What can not be taken, with the reason.
    Refused(RefusedEvent),
}

/// A body of which nothing can be taken: the one case that is not answered with 200.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Malformed {
    /// A stable code of the error registry.
    pub code: &'static str,
    /// What is wrong and how to mend it.
    pub reason: String,
    /// True where the request was too large (413 in RudderStack's dialect, 400 in Segment's).
    pub too_large: bool,
}

/// A body as nested as this is an attack: no client makes one, and some readers would lose their stack over it. An event
/// that is merely too deep ([`item::DEPTH_MAX`]) is refused by itself.
const BODY_DEPTH_MAX: usize = 1_000;

/// How much longer than its own limit a batch may become by what its items share. Without one, a context of 32 KB beside
/// 2,500 empty events would take 80 MB.
const GROWTH_MAX: usize = 32;

/// Reads a body.
pub fn read(body: &[u8], door: Door, arrival: &Arrival, limits: &Limits) -> Result<Vec<Incoming>, Malformed> {
    if body.len() > limits.batch_bytes {
        return Err(too_large(format!("a request may have {} bytes", limits.batch_bytes)));
    }
    let text = text_of(body)?;
    match door {
        Door::One(call) => {
            shallow(text)?;
            let members = object(text)?;
            let shared = Shared::default();
            let item = Item { text, members, place: Place::Alone, call: Some(call), shared: &shared };
            Ok(vec![item::incoming(&item, arrival, limits)])
        }
        Door::Batch => batch(text, None, arrival, limits),
    }
}

/// The write key that a body names, for clients that name it nowhere else (browsers and their beacons); PostHog calls it
/// `api_key`.
pub fn write_key(body: &[u8]) -> Option<String> {
    let members = object(text_of(body).ok()?).ok()?;
    let key = ["writeKey", "api_key"].into_iter().find_map(|name| json::text(members.get(name)?))?;
    Some(key.into_owned()).filter(|key| !key.is_empty())
}

fn batch(
    text: &str,
    stands: Option<&str>,
    arrival: &Arrival,
    limits: &Limits,
) -> Result<Vec<Incoming>, Malformed> {
    let bare = text.starts_with('[');
    let around = if bare { Members::default() } else { object(text)? };
    let list = if bare { Some(text) } else { around.get("batch") };
    let Some(list) = list.filter(|list| list.starts_with('[')) else {
        let reason = "the body has no list `batch`: send {\"batch\": [ … ]}".into();
        return Err(Malformed { code: "K-COLLECT-BATCH", reason, too_large: false });
    };
    let items = json::elements(list).map_err(|e| not_json(&e))?;
    if items.is_empty() {
        let reason = "the batch is empty: send at least one event".into();
        return Err(Malformed { code: "K-COLLECT-EMPTY", reason, too_large: false });
    }
    if items.len() > limits.batch_events {
        let reason =
            format!("a batch may have {} events and this one has {}", limits.batch_events, items.len());
        return Err(too_large(reason));
    }
    let shared = Shared { stands, ..Shared::of(&around) };
    let mut grown = 0;
    let mut found = Vec::with_capacity(items.len());
    for (at, text) in items.into_iter().enumerate() {
        shallow(text)?;
        grown += text.len() + shared.bytes;
        if grown > limits.batch_bytes.saturating_mul(GROWTH_MAX) {
            return Err(too_large(
                "the batch's context, repeated in each of its events, is too large".into(),
            ));
        }
        let place = if bare { Place::Listed(at) } else { Place::In("batch", at) };
        // What is no object has no members, and is refused for it.
        let members = Members::of(text).unwrap_or_default();
        let item = Item { text, members, place, call: None, shared: &shared };
        found.push(item::incoming(&item, arrival, limits));
    }
    Ok(found)
}

/// One thing of a body that should be an event.
struct Item<'a> {
    text: &'a str,
    members: Members<'a>,
    place: Place,
    /// The call that the path names.
    call: Option<Call>,
    shared: &'a Shared<'a>,
}

/// Where an item stands in its body.
#[derive(Clone, Copy)]
enum Place {
    Alone,
    /// In the list of this name.
    In(&'static str, usize),
    Listed(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Alone => Ok(()),
            Place::In(list, at) => write!(f, "/{list}/{at}"),
            Place::Listed(at) => write!(f, "/{at}"),
        }
    }
}

/// What a batch says of all its events.
#[derive(Default)]
struct Shared<'a> {
    context: Members<'a>,
    integrations: Members<'a>,
    sent_at: Option<&'a str>,
    bytes: usize,
    deep: bool,
    /// Where the message stands in the stream that it came from.
    stands: Option<&'a str>,
}

impl Item<'_> {
    /// Where it stands in the stream that it came from, if it came from one.
    fn stands(&self) -> Option<String> {
        let message = self.shared.stands?;
        Some(match self.place {
            Place::Alone => message.to_string(),
            Place::In(_, at) | Place::Listed(at) => format!("{message}/{at}"),
        })
    }
}

impl<'a> Shared<'a> {
    fn of(around: &Members<'a>) -> Shared<'a> {
        let object = |name| around.get(name).filter(|text: &&str| text.starts_with('{')).unwrap_or("{}");
        let (context, integrations) = (object("context"), object("integrations"));
        Shared {
            // Both are part of a text that has been read already.
            context: Members::of(context).unwrap_or_default(),
            integrations: Members::of(integrations).unwrap_or_default(),
            sent_at: around.get("sentAt").filter(|text| text.starts_with('"')),
            stands: None,
            bytes: context.len() + integrations.len(),
            deep: [context, integrations].iter().any(|text| json::deeper_than(text, item::DEPTH_MAX - 1)),
        }
    }
}

fn text_of(body: &[u8]) -> Result<&str, Malformed> {
    let text = std::str::from_utf8(body).map_err(|e| {
        let reason = format!("the body is not UTF-8 from byte {} on; send JSON in UTF-8", e.valid_up_to());
        Malformed { code: "K-COLLECT-JSON", reason, too_large: false }
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text).trim_matches([' ', '\t', '\r', '\n']))
}

/// The members of a body that must be an object.
fn object(text: &str) -> Result<Members<'_>, Malformed> {
    match text.starts_with('{') {
        true => Members::of(text).map_err(|e| not_json(&e)),
        false => Err(json::whole(text).map_err(|e| not_json(&e)).err().unwrap_or_else(no_object)),
    }
}

fn shallow(text: &str) -> Result<(), Malformed> {
    if !json::deeper_than(text, BODY_DEPTH_MAX) {
        return Ok(());
    }
    let reason = format!("the body is nested more than {BODY_DEPTH_MAX} deep");
    Err(Malformed { code: "K-COLLECT-DEPTH", reason, too_large: false })
}

fn not_json(error: &serde_json::Error) -> Malformed {
    let reason = format!("the body is not JSON: {error}");
    Malformed { code: "K-COLLECT-JSON", reason, too_large: false }
}

fn no_object() -> Malformed {
    let reason = "the body is JSON and no object: send {…}".into();
    Malformed { code: "K-COLLECT-JSON", reason, too_large: false }
}

fn too_large(reason: String) -> Malformed {
    Malformed { code: "K-COLLECT-LARGE", reason, too_large: true }
}
