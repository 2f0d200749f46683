//! `/v1/model`: what the model weighs and meets, what each threshold would give, how far its word is to be trusted, and
//! the pairs that it has scored.

use super::error::{ApiError, ErrorBody};
use super::input::{NoParams, Params, checked_limit, checked_text};
use super::{App, ask};
use axum::Json;
use axum::extract::State;
use kith_engine::look::shape::{ExamplePairs, ModelView, Reliability, ScoredPairs, Thresholds};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

/// Which pairs.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PairsParams {
    /// Only those of the band of weight that begins here, bits.
    band: Option<i32>,
    /// Only those of the pattern with this id.
    pattern: Option<String>,
    /// At most so many: 1 to 100, 10 unless said.
    limit: Option<u64>,
}

/// The matching model.
#[utoipa::path(get, operation_id = "getModel", path = "/v1/model", tag = "stewardship", security(("token" = [])),
    responses((status = 200, body = ModelView), (status = "4XX", body = ErrorBody)))]
pub async fn get(
    State(app): State<Arc<App>>,
    Params(NoParams {}): Params<NoParams>,
) -> Result<Json<ModelView>, ApiError> {
    ask(app, |project| project.model_view()).await.map(Json)
}

/// Clusters, precision and recall at some forty thresholds.
#[utoipa::path(get, operation_id = "getThresholds", path = "/v1/model/thresholds", tag = "stewardship", security(("token" = [])),
    responses((status = 200, body = Thresholds), (status = "4XX", body = ErrorBody)))]
pub async fn thresholds(
    State(app): State<Arc<App>>,
    Params(NoParams {}): Params<NoParams>,
) -> Result<Json<Thresholds>, ApiError> {
    ask(app, |project| project.thresholds()).await.map(Json)
}

/// Stated probabilities against what people have decided: whether the model's word holds.
#[utoipa::path(get, operation_id = "getReliability", path = "/v1/model/reliability", tag = "stewardship", security(("token" = [])),
    responses((status = 200, body = Reliability), (status = "4XX", body = ErrorBody)))]
pub async fn reliability(
    State(app): State<Arc<App>>,
    Params(NoParams {}): Params<NoParams>,
) -> Result<Json<Reliability>, ApiError> {
    ask(app, |project| project.reliability()).await.map(Json)
}

/// All scored pairs, by weight and by pattern of agreement.
#[utoipa::path(get, operation_id = "getScoredPairs", path = "/v1/model/pairs", tag = "stewardship", security(("token" = [])),
    responses((status = 200, body = ScoredPairs), (status = "4XX", body = ErrorBody)))]
pub async fn pairs(
    State(app): State<Arc<App>>,
    Params(NoParams {}): Params<NoParams>,
) -> Result<Json<ScoredPairs>, ApiError> {
    ask(app, |project| project.scored_pairs()).await.map(Json)
}

/// Some scored pairs of a band of weight, of a pattern, or of both, drawn by chance.
#[utoipa::path(get, operation_id = "getExamplePairs", path = "/v1/model/pairs/examples", tag = "stewardship", params(PairsParams), security(("token" = [])),
    responses((status = 200, body = ExamplePairs), (status = "4XX", body = ErrorBody)))]
pub async fn example_pairs(
    State(app): State<Arc<App>>,
    Params(params): Params<PairsParams>,
) -> Result<Json<ExamplePairs>, ApiError> {
    let limit = checked_limit(params.limit, 10, 100)?;
    let pattern =
        params.pattern.as_deref().map(|p| checked_text("pattern", p, 200)).transpose()?.map(String::from);
    ask(app, move |project| project.example_pairs(params.band, pattern.as_deref(), limit)).await.map(Json)
}
