//! `/v1/changes`: the identity-change stream. A consumer that replays it from 0 has today's profiles.

use super::error::{ApiError, ErrorBody};
use super::input::{Params, checked_limit};
use super::{App, ask};
use axum::Json;
use axum::extract::State;
use kith_core::id::Position;
use kith_engine::shape::Changes;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

/// Where to begin.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ChangesParams {
    /// Changes after this log position; 0, all, unless said.
    since: Option<u64>,
    /// At most so many: 1 to 1000, 100 unless said.
    limit: Option<u64>,
}

/// How identity changed since a position of the log.
#[utoipa::path(get, operation_id = "listChanges", path = "/v1/changes", tag = "identity", params(ChangesParams), security(("token" = [])),
    responses((status = 200, body = Changes), (status = "4XX", body = ErrorBody)))]
pub async fn list(
    State(app): State<Arc<App>>,
    Params(params): Params<ChangesParams>,
) -> Result<Json<Changes>, ApiError> {
    let limit = checked_limit(params.limit, 100, 1000)?;
    let since = Position(params.since.unwrap_or(0));
    ask(app, move |project| project.changes(since, limit)).await.map(Json)
}
