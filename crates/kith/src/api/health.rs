//! `/v1/health`: is the server there? It needs no token and says nothing of the data.

use axum::Json;
use serde::Serialize;
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
