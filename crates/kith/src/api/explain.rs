//! `/v1/explain`: why two records are, or are not, the same person, as a sum of evidence.

use super::error::{ApiError, ErrorBody};
use super::input::{Params, checked_lookup};
use super::{App, ask};
use axum::Json;
use axum::extract::State;
use kith_engine::shape::PairExplanation;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

/// Which two records.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ExplainParams {
    /// A node id, or `type:value`.
    a: String,
    /// A node id, or `type:value`.
    b: String,
}

/// Why are two records the same person, or not? In bits: each bit doubles the odds.
#[utoipa::path(get, operation_id = "explain", path = "/v1/explain", tag = "identity", params(ExplainParams), security(("token" = [])),
    responses((status = 200, body = PairExplanation), (status = "4XX", body = ErrorBody)))]
pub async fn get(
    State(app): State<Arc<App>>,
    Params(params): Params<ExplainParams>,
) -> Result<Json<PairExplanation>, ApiError> {
    let a = checked_lookup("a", &params.a)?;
    let b = checked_lookup("b", &params.b)?;
    ask(app, move |project| project.explain(&a, &b)).await.map(Json)
}
