//! `/v1/model`: what the model weighs and meets, and what each threshold would give.

use super::error::{ApiError, ErrorBody};
use super::input::{NoParams, Params};
use super::{App, ask};
use axum::Json;
use axum::extract::State;
use kith_engine::look::shape::{ModelView, Thresholds};
use std::sync::Arc;

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
