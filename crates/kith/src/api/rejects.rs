//! `/v1/rejects`: rows that could not be landed. Nothing is lost: each has its reason and its original.

use super::error::{ApiError, ErrorBody};
use super::input::{Params, checked_limit};
use super::{App, ask};
use axum::Json;
use axum::extract::State;
use kith_core::id::SourceName;
use kith_engine::shape::Reject;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

/// Which rejects.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RejectsParams {
    /// Of this source only.
    source: Option<String>,
    /// At most so many: 1 to 1000, 100 unless said.
    limit: Option<u64>,
}

/// Rows that could not be landed.
#[utoipa::path(get, operation_id = "listRejects", path = "/v1/rejects", tag = "sources", params(RejectsParams), security(("token" = [])),
    responses((status = 200, body = [Reject]), (status = "4XX", body = ErrorBody)))]
pub async fn list(
    State(app): State<Arc<App>>,
    Params(params): Params<RejectsParams>,
) -> Result<Json<Vec<Reject>>, ApiError> {
    let limit = checked_limit(params.limit, 100, 1000)?;
    if let Some(Err(e)) = params.source.as_deref().map(SourceName::try_from) {
        return Err(ApiError::bad_parameter(format!("source: {e}")));
    }
    ask(app, move |project| project.rejects(params.source.as_deref(), limit)).await.map(Json)
}
