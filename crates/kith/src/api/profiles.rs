//! `/v1/profiles`: search, one profile by any identifier at a chosen confidence, and the history of one of its fields.

use super::error::{ApiError, ErrorBody};
use super::guard::shows;
use super::input::{Params, Segment, checked_confidence, checked_limit, checked_lookup, checked_text};
use super::{App, ask};
use axum::Json;
use axum::extract::State;
use kith_core::field::{Field, UnknownField};
use kith_engine::shape::{History, Profile, SearchResults};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

/// What a search asks.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SearchParams {
    /// Names, e-mails, phones or addresses, as one would say them; forgives typing errors.
    q: String,
    /// At most so many results: 1 to 200, 20 unless said.
    limit: Option<u64>,
}

/// How a profile is read.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ProfileParams {
    /// How sure each merge inside must be, between 0 and 1; the project's own unless said.
    confidence: Option<f64>,
    /// Wait until everything up to this position of the log of events is in the profile: an answer of the collection port
    /// gives it in its header `Kith-Position`.
    position: Option<u64>,
}

/// Which history is asked for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct HistoryParams {
    /// The field: `email`, `family_name` …
    field: String,
}

/// Search for customers.
#[utoipa::path(get, operation_id = "searchProfiles", path = "/v1/profiles", tag = "profiles", params(SearchParams), security(("token" = [])),
    responses((status = 200, body = SearchResults), (status = "4XX", body = ErrorBody)))]
pub async fn search(
    State(app): State<Arc<App>>,
    Params(params): Params<SearchParams>,
) -> Result<Json<SearchResults>, ApiError> {
    let limit = checked_limit(params.limit, 20, 200)?;
    let query = checked_text("q", &params.q, 500)?.to_string();
    let found = ask(app, move |project| project.search(&query, limit)).await?;
    found.results.iter().for_each(|result| shows(Some(&result.profile_id)));
    Ok(Json(found))
}

/// One customer, by an identifier and its value: `email:ada@example.org`, `crm:1017`, `profile:p0…`.
#[utoipa::path(get, operation_id = "getProfile", path = "/v1/profiles/{profile}", tag = "profiles", security(("token" = [])),
    params(("profile" = String, Path, description = "`type:value`; the type is email, phone, customer_id, user_id, anonymous_id, facebook_id, social_id, device_token, advertising_id, cookie, profile, the type of an id that events named (ios.push_token), or the name of a source (its record key)"), ProfileParams),
    responses((status = 200, body = Profile), (status = "4XX", body = ErrorBody)))]
pub async fn get(
    State(app): State<Arc<App>>,
    Segment(profile): Segment,
    Params(params): Params<ProfileParams>,
) -> Result<Json<Profile>, ApiError> {
    let confidence = checked_confidence(params.confidence)?;
    let lookup = checked_lookup("the identifier", &profile)?;
    let profile = ask(app, move |project| {
        params.position.map_or(Ok(()), |position| project.wait_for_events(position))?;
        project.profile(&lookup, confidence)
    })
    .await?;
    shows(profile.profile_id.as_ref());
    Ok(Json(profile))
}

/// Every value that a field of a customer has had, with when and from where.
#[utoipa::path(get, operation_id = "getHistory", path = "/v1/profiles/{profile}/history", tag = "profiles", security(("token" = [])),
    params(("profile" = String, Path, description = "a profile id, or `type:value`"), HistoryParams),
    responses((status = 200, body = History), (status = "4XX", body = ErrorBody)))]
pub async fn history(
    State(app): State<Arc<App>>,
    Segment(profile): Segment,
    Params(params): Params<HistoryParams>,
) -> Result<Json<History>, ApiError> {
    let lookup = checked_lookup("the identifier", &profile)?;
    let field = params.field.parse::<Field>();
    let field = field.map_err(|e: UnknownField| ApiError::bad_parameter(format!("field: {e}")))?;
    ask(app, move |project| project.history(&lookup, field)).await.map(Json)
}
