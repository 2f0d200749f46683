//! `/v1/health`: is the server there? It needs no token and says nothing of the data. `/v1/health/views`: how fresh each view
//! is.

use super::error::{ApiError, ErrorBody};
use super::input::{NoParams, Params};
use super::{App, ask};
use axum::Json;
use axum::extract::State;
use kith_engine::observe::Freshness;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// The server answers.
#[derive(Serialize, ToSchema)]
pub struct Health {
    /// `ok`.
    pub status: String,
    /// The version of Kith.
    pub version: String,
}

/// Is the server there?
#[utoipa::path(get, operation_id = "health", path = "/v1/health", tag = "operation", security(()),
    responses((status = 200, body = Health)))]
pub async fn get() -> Json<Health> {
    Json(Health { status: "ok".into(), version: env!("CARGO_PKG_VERSION").into() })
}

/// How fresh is each view?
#[utoipa::path(get, operation_id = "views", path = "/v1/health/views", tag = "operation", security(("token" = [])),
    responses((status = 200, body = Freshness), (status = "4XX", body = ErrorBody)))]
pub async fn views(
    State(app): State<Arc<App>>,
    Params(NoParams {}): Params<NoParams>,
) -> Result<Json<Freshness>, ApiError> {
    ask(app, |project| project.freshness()).await.map(Json)
}
