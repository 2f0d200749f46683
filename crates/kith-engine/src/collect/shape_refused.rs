//! What is shown of refused events, their replay, and tracking plans.

use kith_core::event::cause;
use kith_core::id::SourceName;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A cause for which events were refused: one fix mends all of them.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Cause {
    /// The source.
    #[schema(value_type = String)]
    pub source: SourceName,
    /// A stable code.
    pub code: String,
    /// What was done, where a tracking plan refused it; empty otherwise.
    pub name: String,
    /// Which part of the event is wrong, as a JSON pointer with `*` for any place in a list.
    pub field: String,
    /// How many wait for a fix.
    pub count: u64,
    /// How many were replayed and are refused no longer.
    pub replayed: u64,
    /// How many somebody gave up.
    pub discarded: u64,
    /// When the oldest that waits was received, RFC 3339.
    pub first_at: Option<String>,
    /// When the newest that waits was received, RFC 3339.
    pub last_at: Option<String>,
    /// The newest that waits.
    pub example: Option<RefusedView>,
}

/// An event that was refused. It is kept as it came.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RefusedView {
    /// Its position in the log of events.
    pub position: u64,
    /// The source.
    #[schema(value_type = String)]
    pub source: SourceName,
    /// Its call, if that is known.
    pub call: Option<String>,
    /// What was done, where a tracking plan refused it; empty otherwise.
    pub name: String,
    /// A stable code.
    pub code: String,
    /// Which part is wrong, as a JSON pointer: of the request, and where a tracking plan refused it, of the event.
    pub field: String,
    /// What is wrong and how to mend it.
    pub reason: String,
    /// As it came.
    pub original: String,
    /// When Kith received it, RFC 3339.
    pub received_at: String,
}

/// What became of refused events that were sent again.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct ReplayReport {
    /// Nothing was written: this is what would become of them. Those accepted before count as accepted here.
    pub dry_run: bool,
    /// How many were asked for.
    pub looked_at: u64,
    /// Accepted after all.
    pub accepted: u64,
    /// Had been accepted before, under the same message id.
    pub duplicate: u64,
    /// Refused again: they stay as they were.
    pub still_refused: u64,
    /// Did not wait any more: another replay was first.
    pub gone: u64,
    /// Why those that are refused again are.
    pub causes: Vec<StillRefused>,
    /// The log of events behind it.
    pub position: u64,
}

/// For what events are refused again.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StillRefused {
    /// The source.
    #[schema(value_type = String)]
    pub source: SourceName,
    /// A stable code.
    pub code: String,
    /// What was done, where a tracking plan refuses it.
    pub name: String,
    /// Which part is wrong.
    pub field: String,
    /// How many.
    pub count: u64,
}

impl StillRefused {
    pub(crate) fn of(cause: cause::Cause, count: u64) -> StillRefused {
        let cause::Cause { source, code, name, field } = cause;
        StillRefused { source, code, name, field, count }
    }
}

/// What was given up.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct DiscardReport {
    /// How many.
    pub discarded: u64,
    /// The log of events behind it.
    pub position: u64,
}

/// One thing that is not as planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ViolationView {
    /// In which way: unplanned_event, unplanned_property, required, type or value.
    pub kind: String,
    /// Where in the event, as a JSON pointer.
    pub field: String,
    /// In words.
    pub message: String,
}

/// How often something is not as planned.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ViolationCount {
    /// The source.
    #[schema(value_type = String)]
    pub source: SourceName,
    /// The event's name, or its call where it has none; empty = several, of which there are too many to list.
    pub event: String,
    /// In which way: unplanned_event, unplanned_property, required, type or value.
    pub kind: String,
    /// Where in the event, as a JSON pointer with `*` for any place in a list.
    pub field: String,
    /// How often.
    pub count: u64,
}

/// What was let through although it is not as planned, or had properties cut out.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct Noted {
    /// Counted since then, the start of the server, RFC 3339.
    pub since: String,
    /// By source, event, kind and field.
    pub violations: Vec<ViolationCount>,
}

/// What a plan says of events that are there.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct Rechecked {
    /// Events that were looked at.
    pub looked_at: u64,
    /// Those among them that are not as planned.
    pub not_as_planned: u64,
    /// By source, event, kind and field.
    pub violations: Vec<ViolationCount>,
}

/// A plan made of events.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Inferred {
    /// Events that were looked at.
    pub looked_at: u64,
    /// Events left out, since they have too many names.
    pub left_out: u64,
    /// The plan, in Segment's shape.
    #[schema(value_type = Object)]
    pub plan: Value,
}
