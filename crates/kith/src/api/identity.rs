//! `/v1/identity`: how many people the records are, which sources share them, and what the model holds for evidence.

use super::error::{ApiError, ErrorBody};
use super::input::{NoParams, Params};
use super::{App, ask};
use axum::Json;
use axum::extract::State;
use kith_engine::look::shape::IdentityOverview;
use std::sync::Arc;

/// The state of identity.
#[utoipa::path(get, operation_id = "getIdentity", path = "/v1/identity", tag = "identity", security(("token" = [])),
    responses((status = 200, body = IdentityOverview), (status = "4XX", body = ErrorBody)))]
pub async fn get(
    State(app): State<Arc<App>>,
    Params(NoParams {}): Params<NoParams>,
) -> Result<Json<IdentityOverview>, ApiError> {
    ask(app, |project| project.identity()).await.map(Json)
}
