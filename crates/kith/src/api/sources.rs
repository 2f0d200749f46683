//! `/v1/sources`: what is connected and what was read. `read = landed + unchanged + rejected`, always.

use super::error::{ApiError, ErrorBody};
use super::input::{NoParams, Params};
use super::{App, ask};
use axum::Json;
use axum::extract::State;
use kith_engine::shape::SourceStatus;
use std::sync::Arc;

/// The sources.
#[utoipa::path(get, operation_id = "listSources", path = "/v1/sources", tag = "sources", security(("token" = [])),
    responses((status = 200, body = [SourceStatus]), (status = "4XX", body = ErrorBody)))]
pub async fn list(
    State(app): State<Arc<App>>,
    Params(NoParams {}): Params<NoParams>,
) -> Result<Json<Vec<SourceStatus>>, ApiError> {
    ask(app, |project| project.sources()).await.map(Json)
}
