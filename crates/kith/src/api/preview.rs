//! `/v1/preview` and `/v1/promote`: what a proposal would change, and making it so.

use super::decisions::why;
use super::error::{ApiError, ErrorBody};
use super::guard::Caller;
use super::input::{Body, NoParams, Params, checked_confidence};
use super::{App, ask};
use axum::extract::State;
use axum::{Extension, Json};
use kith_engine::steward::Promotion;
use kith_engine::steward::preview_shape::{Preview, Proposal, RuleWish};
use kith_engine::steward::shape::Wish;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// A proposal to be made so.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PromotionWanted {
    /// The text of another model.toml.
    model: Option<String>,
    /// Another confidence at which profile ids are issued.
    confidence: Option<f64>,
    /// The model as the decisions in force teach it.
    #[serde(default)]
    learn: bool,
    /// Other rules of matching, instead of all that kith.toml has; an empty list = none.
    rules: Option<Vec<RuleWish>>,
    /// Decisions to be taken.
    #[serde(default)]
    decisions: Vec<Wish>,
    /// Decisions to be taken back, by id.
    #[serde(default)]
    withdraw: Vec<u64>,
    /// The digest of the preview that was seen: 409 if it would now be another. Left out = whatever comes.
    digest: Option<String>,
    /// Why; required where there are decisions.
    reason: Option<String>,
    /// Who; the token's name unless said.
    author: Option<String>,
}

/// What would change. Writes nothing.
#[utoipa::path(post, operation_id = "preview", path = "/v1/preview", tag = "stewardship", request_body = Proposal, security(("token" = [])),
    responses((status = 200, body = Preview), (status = "4XX", body = ErrorBody)))]
pub async fn preview(
    State(app): State<Arc<App>>,
    Params(NoParams {}): Params<NoParams>,
    Body(proposal): Body<Proposal>,
) -> Result<Json<Preview>, ApiError> {
    checked_confidence(proposal.confidence)?;
    ask(app, move |project| project.preview(&proposal)).await.map(Json)
}

/// Make it so. 409: what would happen is not what was seen.
#[utoipa::path(post, operation_id = "promote", path = "/v1/promote", tag = "stewardship", request_body = PromotionWanted, security(("token" = [])),
    responses((status = 200, body = Promotion), (status = "4XX", body = ErrorBody)))]
pub async fn promote(
    State(app): State<Arc<App>>,
    Params(NoParams {}): Params<NoParams>,
    Extension(caller): Extension<Caller>,
    Body(wanted): Body<PromotionWanted>,
) -> Result<Json<Promotion>, ApiError> {
    let confidence = checked_confidence(wanted.confidence)?;
    let (model, rules) = (wanted.model, wanted.rules);
    let (decisions, withdraw) = (wanted.decisions, wanted.withdraw);
    let learn = wanted.learn;
    let proposal = Proposal { model, learn, confidence, rules, decisions, withdraw };
    let why = wanted.reason.map(|reason| why(reason, wanted.author, &caller));
    ask(app, move |project| project.promote(&proposal, wanted.digest.as_deref(), why.as_ref()))
        .await
        .map(Json)
}
