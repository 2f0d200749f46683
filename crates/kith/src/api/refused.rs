//! `/v1/events/refused`: events that were refused, sent again after a fix or given up; `/v1/events/violations`: what was let
//! through although its tracking plan does not have it.

use super::error::{ApiError, ErrorBody};
use super::events::instant;
use super::guard::Caller;
use super::input::{Body, NoParams, Params, checked_limit};
use super::{App, ask};
use axum::extract::State;
use axum::{Extension, Json};
use kith_core::entry::RejectedEntry;
use kith_core::id::{Position, SourceName};
use kith_engine::events::{DiscardReport, Noted, RefusedView, Replay, ReplayReport, Wanted};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Which refused events are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RefusedParams {
    /// Of this source only.
    source: Option<String>,
    /// Of this code only: `K-PLAN-INVALID`.
    code: Option<String>,
    /// Of events of this name only, as the causes in `/v1/events/counts` say it.
    name: Option<String>,
    /// With this field only, as the causes say it: `/properties/products/*/price`.
    field: Option<String>,
    /// Only those received from this time on, RFC 3339.
    since: Option<String>,
    /// Only those before this position of the log of events.
    before: Option<u64>,
    /// At most so many: 1 to 1,000, 100 unless said.
    limit: Option<u64>,
}

/// Which refused events are sent again or given up; what is not said is not asked.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefusedWanted {
    /// Of this source only.
    source: Option<String>,
    /// Of this code only.
    code: Option<String>,
    /// Of events of this name only.
    name: Option<String>,
    /// With this field only.
    field: Option<String>,
    /// Only those received from this time on, RFC 3339.
    since: Option<String>,
    /// Only this one, by its position.
    position: Option<u64>,
}

/// How refused events are sent again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayWanted {
    /// Which; all unless said.
    #[serde(default)]
    refused: RefusedWanted,
    /// Members to set, change or (null) take out of each, a JSON merge patch: `{"event": "Order Completed"}`.
    #[schema(value_type = Option<Object>)]
    patch: Option<Map<String, Value>>,
    /// Bytes that an event may have this once, up to 65,536.
    event_bytes: Option<usize>,
    /// Only say what would become of them; false unless said.
    #[serde(default)]
    dry_run: bool,
}

/// Which refused events are given up, and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DiscardWanted {
    /// Which; something must be said.
    refused: RefusedWanted,
    /// Why; required.
    reason: String,
}

/// Events that were refused and wait for a fix, newest first, with the reason and as they came.
#[utoipa::path(get, operation_id = "listRefusedEvents", path = "/v1/events/refused", tag = "events", params(RefusedParams), security(("token" = [])),
    responses((status = 200, body = Vec<RefusedView>), (status = "4XX", body = ErrorBody)))]
pub async fn list(
    State(app): State<Arc<App>>,
    Params(params): Params<RefusedParams>,
) -> Result<Json<Vec<RefusedView>>, ApiError> {
    let limit = checked_limit(params.limit, 100, 1_000)?;
    let RefusedParams { source, code, name, field, since, before, .. } = params;
    let mut wanted = wanted(RefusedWanted { source, code, name, field, since, position: None })?;
    wanted.before = before.map(Position);
    ask(app, move |project| project.refused_events(&wanted, limit)).await.map(Json)
}

/// Send refused events again, after their cause was mended. Each goes through the same door as if it came now, and keeps the time at
/// which it was received; one that passes is counted once, however often this is called.
#[utoipa::path(post, operation_id = "replayRefusedEvents", path = "/v1/events/refused/replay", tag = "events", request_body = ReplayWanted, security(("token" = [])),
    responses((status = 200, body = ReplayReport), (status = "4XX", body = ErrorBody)))]
pub async fn replay(
    State(app): State<Arc<App>>,
    Params(NoParams {}): Params<NoParams>,
    Extension(caller): Extension<Caller>,
    Body(asked): Body<ReplayWanted>,
) -> Result<Json<ReplayReport>, ApiError> {
    let most = RejectedEntry::ORIGINAL_MAX_BYTES;
    if asked.event_bytes.is_some_and(|bytes| bytes == 0 || bytes > most) {
        return Err(ApiError::bad_parameter(format!("event_bytes must be from 1 to {most}")));
    }
    let replay = Replay {
        wanted: wanted(asked.refused)?,
        patch: asked.patch.map(Value::Object),
        event_bytes: asked.event_bytes,
        dry_run: asked.dry_run,
        author: caller.name,
    };
    ask(app, move |project| project.replay_refused(&replay)).await.map(Json)
}

/// Give refused events up, with a reason. They stay in the counts and in the log, and are not shown any more.
#[utoipa::path(post, operation_id = "discardRefusedEvents", path = "/v1/events/refused/discard", tag = "events", request_body = DiscardWanted, security(("token" = [])),
    responses((status = 200, body = DiscardReport), (status = "4XX", body = ErrorBody)))]
pub async fn discard(
    State(app): State<Arc<App>>,
    Params(NoParams {}): Params<NoParams>,
    Extension(caller): Extension<Caller>,
    Body(asked): Body<DiscardWanted>,
) -> Result<Json<DiscardReport>, ApiError> {
    let wanted = wanted(asked.refused)?;
    if wanted == Wanted::default() {
        return Err(ApiError::bad_parameter("refused says nothing: name a source, a code or a position"));
    }
    ask(app, move |project| project.discard_refused(&wanted, &asked.reason, &caller.name)).await.map(Json)
}

/// What came through the doors since the server started and is not as its tracking plan says, by source, event, kind and field.
#[utoipa::path(get, operation_id = "countViolations", path = "/v1/events/violations", tag = "events", security(("token" = [])),
    responses((status = 200, body = Noted), (status = "4XX", body = ErrorBody)))]
pub async fn violations(
    State(app): State<Arc<App>>,
    Params(NoParams {}): Params<NoParams>,
) -> Result<Json<Noted>, ApiError> {
    ask(app, |project| Ok(project.noted_violations())).await.map(Json)
}

fn wanted(asked: RefusedWanted) -> Result<Wanted, ApiError> {
    let source = asked.source.map(|source| {
        SourceName::try_from(source.as_str()).map_err(|e| ApiError::bad_parameter(format!("source: {e}")))
    });
    Ok(Wanted {
        source: source.transpose()?,
        code: asked.code,
        name: asked.name,
        field: asked.field,
        from_ms: instant("since", asked.since)?,
        to_ms: None,
        after: asked.position.map(|at| Position(at.saturating_sub(1))),
        before: asked.position.map(|at| Position(at.saturating_add(1))),
    })
}
