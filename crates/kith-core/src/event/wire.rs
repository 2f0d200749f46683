//! From a request body to events.
//!
//! - Reads: the bytes of one request, already inflated, and what is known of it ([`Arrival`]).
//! - Decides: which events it holds, when they happened, and for each one that can not be taken why. A bad event never
//!   hurts its neighbours.
//! - Writes: nothing.
//! - Fails: only where there is no telling what the events are ([`Malformed`]): not JSON, no object, too large.

use super::{Call, Event, RefusedEvent};
use crate::id::SourceName;

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

/// Reads a body.
pub fn read(
    _body: &[u8],
    _door: Door,
    _arrival: &Arrival,
    _limits: &Limits,
) -> Result<Vec<Incoming>, Malformed> {
    Ok(Vec::new())
}
