//! `POST /v1/decide`: events in, the profile that they lead to out, in one round trip.

use super::error::{ApiError, ErrorBody};
use super::guard::shows;
use super::input::{Body, checked_confidence, checked_lookup};
use super::{App, ask};
use axum::Json;
use axum::extract::State;
use kith_engine::events::Told;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::sync::Arc;
use utoipa::ToSchema;

/// Events of one request at most; more belong to the collection port.
const EVENTS_MAX: usize = 100;

/// What just happened, and whose profile is wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Decide {
    /// The source of events that they are of.
    source: String,
    /// The events, as the tracking API takes them: `{"type":"page","anonymousId":"a1","name":"Home"}`. At most 100.
    #[schema(value_type = Vec<Object>)]
    events: Vec<Map<String, Value>>,
    /// Whose profile, `type:value`; that of the last event unless said.
    profile: Option<String>,
    /// How sure each merge inside the profile must be, between 0 and 1; the project's own unless said.
    confidence: Option<f64>,
}

/// Keep events and answer with the profile that has them: who is this visitor, now?
#[utoipa::path(post, operation_id = "decide", path = "/v1/decide", tag = "events", request_body = Decide, security(("token" = [])),
    responses((status = 200, body = Told), (status = "4XX", body = ErrorBody)))]
pub async fn post(State(app): State<Arc<App>>, Body(decide): Body<Decide>) -> Result<Json<Told>, ApiError> {
    let confidence = checked_confidence(decide.confidence)?;
    if !(1..=EVENTS_MAX).contains(&decide.events.len()) {
        let message = format!("events must be 1 to {EVENTS_MAX}, not {}", decide.events.len());
        return Err(ApiError::bad_parameter(message));
    }
    let who = decide.profile.map(|text| checked_lookup("profile", &text)).transpose()?;
    let told = ask(app, move |project| project.tell(&decide.source, &decide.events, who, confidence)).await?;
    shows(told.profile.profile_id.as_ref());
    Ok(Json(told))
}
