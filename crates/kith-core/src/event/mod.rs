//! Behaviour: what a person did, as the field's own clients say it (the Segment tracking specification and RudderStack's
//! dialect of it).
//!
//! | module | what it answers |
//! |---|---|
//! | [`wire`] | which events a request body holds, and what is wrong with those that can not be taken |
//! | [`time`] | when it happened, by a clock that may be wrong |
//! | [`carrier`] | on which identity an event hangs, and what it says of other identities |
//! | [`derive`] | on which device it happened, whether a program made it, how the person came, where they were |
//! | [`plan`] | whether it is as the source's tracking plan has it |
//! | [`cause`] | for what it was refused |
//! | [`fold`] | what is known of a carrier after any number of events, in whatever order they came |
//! | [`through`] | what was counted by item, by what the items are |
//! | [`context`] | which events are of one order, ticket or subscription, and how that one stands |
//!
//! An event keeps its own JSON text, byte for byte: a number beyond 2^53, a minus zero and the order of keys come back
//! as they were sent. Beside it stand the few facts that every reader needs.

pub mod carrier;
pub mod context;
pub mod derive;
pub mod cause;
pub mod facts;
pub mod fold;
pub mod habits;
pub mod measure;
pub mod sessions;
pub mod tallies;
pub mod patch;
pub mod plan;
pub mod through;
pub mod time;
pub mod wire;

use crate::id::SourceName;
use serde::{Deserialize, Serialize};

/// The six calls of the specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// Something that a person did.
    Track,
    /// Who a person is, and what is known of them.
    Identify,
    /// A web page was seen.
    Page,
    /// A screen of an app was seen.
    Screen,
    /// A person belongs to an account, a company, a team.
    Group,
    /// Two ids are one person.
    Alias,
}

impl Call {
    /// Every call.
    pub const ALL: [Call; 6] =
        [Call::Track, Call::Identify, Call::Page, Call::Screen, Call::Group, Call::Alias];

    /// The word on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Call::Track => "track",
            Call::Identify => "identify",
            Call::Page => "page",
            Call::Screen => "screen",
            Call::Group => "group",
            Call::Alias => "alias",
        }
    }

    /// From the word on the wire; `merge` is RudderStack's word for an alias.
    pub fn of(word: &str) -> Option<Call> {
        let word = if word == "merge" { "alias" } else { word };
        Call::ALL.into_iter().find(|call| call.name() == word)
    }
}

/// One event that was accepted: durable, and counted once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Which source sent it.
    pub source: SourceName,
    /// Its call.
    pub call: Call,
    /// The client's id of it; two events of one source with the same id are one. Made by Kith where the client sent none
    /// (see [`wire`]).
    pub message_id: String,
    /// What was done (`Order Completed`), or the name of the page or screen; empty = it has none.
    pub name: String,
    /// The user, as the source knows them.
    pub user_id: Option<String>,
    /// The visitor, as the device knows them.
    pub anonymous_id: Option<String>,
    /// When it happened, corrected for the client's clock, milliseconds since 1970 UTC.
    pub timestamp_ms: i64,
    /// When Kith received it, milliseconds since 1970 UTC.
    pub received_at_ms: i64,
    /// The event's own JSON, an object.
    pub body: String,
    /// Where the address in `context.ip` was when the event came, by the configured database, which changes from month to
    /// month; `None` = none is configured, or it does not know. Beside the body, since that stays as it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub geo: Option<Box<derive::Geo>>,
}

/// Something that was sent as an event and can not be taken: kept until somebody mends the cause.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RefusedEvent {
    /// Which source sent it.
    pub source: SourceName,
    /// The call that its path or `type` names; `None` = it names none that is known.
    pub call: Option<Call>,
    /// What was done, where a plan refused it; empty otherwise.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Its id, where a plan refused it; empty otherwise.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message_id: String,
    /// A stable code of the error registry, such as `K-EVENT-NO-ID`.
    pub code: String,
    /// Which part of it is wrong, as a JSON pointer: of the request (`/batch/3/event`), and where a plan refused it, of the
    /// event (`/properties/total`). Empty = the whole.
    pub field: String,
    /// What is wrong and how to mend it.
    pub reason: String,
    /// Its JSON as it came, with what its batch says of all its events and without its write key, so that it can be sent
    /// again after a fix. At most [`crate::entry::RejectedEntry::ORIGINAL_MAX_BYTES`] bytes.
    pub original: String,
    /// When Kith received it, milliseconds since 1970 UTC.
    pub received_at_ms: i64,
    /// Where it stands in a stream that may deliver it again (`kafka:orders:0:17@…`): the same place is counted once. Empty = it did
    /// not come from one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub place: String,
}

/// How the events of a source were counted: `received = accepted + duplicate + refused`, always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// All that came.
    pub received: u64,
    /// Kept, and in the profiles.
    pub accepted: u64,
    /// Had been accepted before.
    pub duplicate: u64,
    /// Kept aside, with the reason.
    pub refused: u64,
}

impl Counted {
    /// True as long as nothing was dropped.
    pub fn holds(&self) -> bool {
        self.received == self.accepted + self.duplicate + self.refused
    }

    /// Adds.
    pub fn add(&mut self, more: Counted) {
        self.received += more.received;
        self.accepted += more.accepted;
        self.duplicate += more.duplicate;
        self.refused += more.refused;
    }
}
