//! `/v1/decisions`: what people decide about identity. Writes wait for a run that is under way.

use super::error::{ApiError, ErrorBody};
use super::guard::Caller;
use super::input::{Body, NoParams, Params, Segment, checked_limit, checked_lookup};
use super::{App, ask};
use axum::extract::State;
use axum::{Extension, Json};
use kith_core::id::Position;
use kith_engine::steward::Why;
use kith_engine::steward::shape::{Applied, Decisions, Outcome, Wish};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Which decisions.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DecisionsParams {
    /// Also those that were taken back; false unless said.
    all: Option<bool>,
    /// Only those that name this record (`crm:17`, a node's number), or a record of this profile.
    of: Option<String>,
    /// At most so many: 1 to 1000, 100 unless said.
    limit: Option<u64>,
}

/// Decisions to take: all or none.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionsWanted {
    /// What holds from here on: 1 to 1000 decisions.
    decisions: Vec<Wish>,
    /// Why; required.
    reason: String,
    /// Who; the token's name unless said.
    author: Option<String>,
    /// Whether identity follows before the answer; true unless said.
    apply: Option<bool>,
}

/// Why a decision is taken back.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WithdrawParams {
    /// Why; required.
    reason: String,
    /// Who; the token's name unless said.
    author: Option<String>,
    /// Whether identity follows before the answer; true unless said.
    apply: Option<bool>,
}

/// The reason with its author.
pub fn why(reason: String, author: Option<String>, caller: &Caller) -> Why {
    Why { reason, author: author.unwrap_or_else(|| caller.name.clone()) }
}

/// The decisions of people, newest first.
#[utoipa::path(get, operation_id = "listDecisions", path = "/v1/decisions", tag = "stewardship", params(DecisionsParams), security(("token" = [])),
    responses((status = 200, body = Decisions), (status = "4XX", body = ErrorBody)))]
pub async fn list(
    State(app): State<Arc<App>>,
    Params(params): Params<DecisionsParams>,
) -> Result<Json<Decisions>, ApiError> {
    let limit = checked_limit(params.limit, 100, 1000)?;
    let all = params.all.unwrap_or(false);
    let of = params.of.map(|of| checked_lookup("of", &of)).transpose()?;
    ask(app, move |project| project.decisions(all, of.as_ref(), limit)).await.map(Json)
}

/// Decide that records are always or never one person, or that a value links nobody. 409: it goes against decisions in
/// force, which the message names.
#[utoipa::path(post, operation_id = "decide", path = "/v1/decisions", tag = "stewardship", request_body = DecisionsWanted, security(("token" = [])),
    responses((status = 200, body = Outcome), (status = "4XX", body = ErrorBody)))]
pub async fn post(
    State(app): State<Arc<App>>,
    Params(NoParams {}): Params<NoParams>,
    Extension(caller): Extension<Caller>,
    Body(wanted): Body<DecisionsWanted>,
) -> Result<Json<Outcome>, ApiError> {
    let why = why(wanted.reason, wanted.author, &caller);
    let apply = wanted.apply.unwrap_or(true);
    ask(app, move |project| project.decide(&wanted.decisions, &why, apply)).await.map(Json)
}

/// Take a decision back.
#[utoipa::path(delete, operation_id = "undoDecision", path = "/v1/decisions/{id}", tag = "stewardship", security(("token" = [])),
    params(("id" = u64, Path, description = "the decision's id"), WithdrawParams),
    responses((status = 200, body = Outcome), (status = "4XX", body = ErrorBody)))]
pub async fn delete(
    State(app): State<Arc<App>>,
    Segment(id): Segment,
    Params(params): Params<WithdrawParams>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Outcome>, ApiError> {
    let id =
        id.parse().map_err(|_| ApiError::bad_parameter(format!("{id:?} is not the id of a decision")))?;
    let why = why(params.reason, params.author, &caller);
    let apply = params.apply.unwrap_or(true);
    ask(app, move |project| project.undo(Position(id), &why, apply)).await.map(Json)
}

/// Let identity follow the decisions that were put off.
#[utoipa::path(post, operation_id = "applyDecisions", path = "/v1/decisions/apply", tag = "stewardship", security(("token" = [])),
    responses((status = 200, body = Applied), (status = "4XX", body = ErrorBody)))]
pub async fn apply(
    State(app): State<Arc<App>>,
    Params(NoParams {}): Params<NoParams>,
) -> Result<Json<Applied>, ApiError> {
    ask(app, |project| project.apply_decisions()).await.map(Json)
}
