//! `/v1/events`: what people do, as it comes in, and how it was counted (what was refused: [`super::refused`]); `/v1/profiles/{profile}/events`: what
//! one customer did. Events are sent to the collection port, which has no other routes (`crate::collect`).

use super::error::{ApiError, ErrorBody};
use super::input::{NoParams, Params, Segment, checked_confidence, checked_limit, checked_lookup};
use super::{App, ask};
use axum::Json;
use axum::extract::State;
use kith_core::event::{Call, time};
use kith_engine::events::{Arrivals, EventCounts, EventPage, EventQuery};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

/// Which arrivals are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ArrivalParams {
    /// Only what came behind this position of the log of events; the last `limit` unless said.
    after: Option<u64>,
    /// At most so many: 1 to 1,000, 100 unless said.
    limit: Option<u64>,
}

/// Which events of a customer are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TimelineParams {
    /// How sure each merge inside the profile must be, between 0 and 1; the project's own unless said.
    confidence: Option<f64>,
    /// Behind this place: the `next` of the page before.
    before: Option<String>,
    /// Only from this time on, RFC 3339.
    from: Option<String>,
    /// Only before this time, RFC 3339.
    to: Option<String>,
    /// Only this call: track, identify, page, screen, group or alias.
    call: Option<String>,
    /// Only events of this name.
    name: Option<String>,
    /// At most so many: 1 to 1,000, 50 unless said.
    limit: Option<u64>,
    /// Wait until everything up to this position of the log of events is in the profile.
    position: Option<u64>,
}

/// Events as they come in, everybody's.
#[utoipa::path(get, operation_id = "listEvents", path = "/v1/events", tag = "events", params(ArrivalParams), security(("token" = [])),
    responses((status = 200, body = Arrivals), (status = "4XX", body = ErrorBody)))]
pub async fn list(
    State(app): State<Arc<App>>,
    Params(params): Params<ArrivalParams>,
) -> Result<Json<Arrivals>, ApiError> {
    let limit = checked_limit(params.limit, 100, 1_000)?;
    ask(app, move |project| {
        let last = || project.collector().map_or(0, |collector| collector.events().position().0);
        let after = params.after.unwrap_or_else(|| last().saturating_sub(limit as u64));
        project.arrivals(after, limit)
    })
    .await
    .map(Json)
}

/// How events were counted, by source: `received = accepted + duplicate + refused`.
#[utoipa::path(get, operation_id = "countEvents", path = "/v1/events/counts", tag = "events", security(("token" = [])),
    responses((status = 200, body = EventCounts), (status = "4XX", body = ErrorBody)))]
pub async fn counts(
    State(app): State<Arc<App>>,
    Params(NoParams {}): Params<NoParams>,
) -> Result<Json<EventCounts>, ApiError> {
    ask(app, |project| project.event_counts()).await.map(Json)
}

/// What one customer did, newest first, over all their identities.
#[utoipa::path(get, operation_id = "listProfileEvents", path = "/v1/profiles/{profile}/events", tag = "events", security(("token" = [])),
    params(("profile" = String, Path, description = "`type:value`, as for the profile itself: `user_id:u1`"), TimelineParams),
    responses((status = 200, body = EventPage), (status = "4XX", body = ErrorBody)))]
pub async fn timeline(
    State(app): State<Arc<App>>,
    Segment(profile): Segment,
    Params(params): Params<TimelineParams>,
) -> Result<Json<EventPage>, ApiError> {
    let confidence = checked_confidence(params.confidence)?;
    let lookup = checked_lookup("the identifier", &profile)?;
    let call = params.call.map(|word| {
        let names = Call::ALL.map(Call::name).join(", ");
        Call::of(&word)
            .ok_or_else(|| ApiError::bad_parameter(format!("call must be one of {names}, not {word:?}")))
    });
    let query = EventQuery {
        before: params.before,
        from_ms: instant("from", params.from)?,
        to_ms: instant("to", params.to)?,
        call: call.transpose()?,
        name: params.name,
        limit: checked_limit(params.limit, 50, 1_000)?,
    };
    ask(app, move |project| {
        params.position.map_or(Ok(()), |position| project.wait_for_events(position))?;
        project.profile_events(&lookup, confidence, &query)
    })
    .await
    .map(Json)
}

/// A time, as a parameter.
pub fn instant(name: &str, text: Option<String>) -> Result<Option<i64>, ApiError> {
    let Some(text) = text else { return Ok(None) };
    let at = time::instant_ms(&text);
    at.map(Some).ok_or_else(|| {
        ApiError::bad_parameter(format!("{name} must be a time such as 2026-11-22T08:00:00Z, not {text:?}"))
    })
}
