//! `/v1/review/queue` and `/v1/clusters`: what to ask a person, and the records around one record.

use super::error::{ApiError, ErrorBody};
use super::input::{Params, Segment, checked_confidence, checked_limit, checked_lookup};
use super::{App, ask};
use axum::Json;
use axum::extract::State;
use kith_engine::steward::shape::{ClusterGraph, ReviewQueue};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

/// How many pairs.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReviewParams {
    /// At most so many: 1 to 200, 20 unless said.
    limit: Option<u64>,
    /// A pair that comes before all others: one of its records, by its node's number or as `type:value`.
    a: Option<String>,
    /// The other record; both or neither.
    b: Option<String>,
}

/// How a cluster is cut.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ClusterParams {
    /// How sure each merge inside must be, between 0 and 1; the project's own unless said.
    confidence: Option<f64>,
}

/// The pairs whose answer would help most.
#[utoipa::path(get, operation_id = "getReviewQueue", path = "/v1/review/queue", tag = "stewardship", params(ReviewParams), security(("token" = [])),
    responses((status = 200, body = ReviewQueue), (status = "4XX", body = ErrorBody)))]
pub async fn queue(
    State(app): State<Arc<App>>,
    Params(params): Params<ReviewParams>,
) -> Result<Json<ReviewQueue>, ApiError> {
    let limit = checked_limit(params.limit, 20, 200)?;
    let first = match (params.a, params.b) {
        (Some(a), Some(b)) => Some((checked_lookup("a", &a)?, checked_lookup("b", &b)?)),
        (None, None) => None,
        _ => return Err(ApiError::bad_parameter("a and b name a pair together; one of them is missing")),
    };
    ask(app, move |project| project.review(limit, first.as_ref())).await.map(Json)
}

/// The records around one record as a graph, with its cluster's weakest link.
#[utoipa::path(get, operation_id = "getCluster", path = "/v1/clusters/{record}", tag = "stewardship", security(("token" = [])),
    params(("record" = String, Path, description = "a node's number, or `type:value` as for a profile"), ClusterParams),
    responses((status = 200, body = ClusterGraph), (status = "4XX", body = ErrorBody)))]
pub async fn cluster(
    State(app): State<Arc<App>>,
    Segment(record): Segment,
    Params(params): Params<ClusterParams>,
) -> Result<Json<ClusterGraph>, ApiError> {
    let confidence = checked_confidence(params.confidence)?;
    let lookup = checked_lookup("the record", &record)?;
    ask(app, move |project| project.cluster(&lookup, confidence)).await.map(Json)
}
