//! `/v1/profiles/{profile}/contexts`: the orders, tickets and subscriptions of one customer, now or at any time.

use super::error::{ApiError, ErrorBody};
use super::events::instant;
use super::input::{Params, Segment, checked_confidence, checked_limit, checked_lookup};
use super::{App, ask};
use axum::Json;
use axum::extract::State;
use kith_engine::events::{ContextPage, ContextQuery};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

/// Which objects of a customer are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ContextParams {
    /// How sure each merge inside the profile must be, between 0 and 1; the project's own unless said.
    confidence: Option<f64>,
    /// Only this kind: the name of a `[[context]]`.
    name: Option<String>,
    /// Only the object with this id.
    id: Option<String>,
    /// Only those that are open (`true`), or that are over (`false`).
    open: Option<bool>,
    /// As they stood at this time, RFC 3339; as they stand now unless said.
    as_of: Option<String>,
    /// At most so many: 1 to 1,000, 50 unless said.
    limit: Option<u64>,
    /// Wait until everything up to this position of the log of events is in the profile.
    position: Option<u64>,
}

/// The orders, tickets, subscriptions … of one customer over all their identities, those that changed last first, each with its
/// history.
#[utoipa::path(get, operation_id = "listProfileContexts", path = "/v1/profiles/{profile}/contexts", tag = "events", security(("token" = [])),
    params(("profile" = String, Path, description = "`type:value`, as for the profile itself: `user_id:u1`"), ContextParams),
    responses((status = 200, body = ContextPage), (status = "4XX", body = ErrorBody)))]
pub async fn list(
    State(app): State<Arc<App>>,
    Segment(profile): Segment,
    Params(params): Params<ContextParams>,
) -> Result<Json<ContextPage>, ApiError> {
    let confidence = checked_confidence(params.confidence)?;
    let lookup = checked_lookup("the identifier", &profile)?;
    let query = ContextQuery {
        as_of_ms: instant("as_of", params.as_of)?,
        limit: checked_limit(params.limit, 50, 1_000)?,
        name: params.name,
        id: params.id,
        open: params.open,
    };
    ask(app, move |project| {
        params.position.map_or(Ok(()), |position| project.wait_for_events(position))?;
        project.profile_contexts(&lookup, confidence, &query)
    })
    .await
    .map(Json)
}
