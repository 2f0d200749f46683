//! `/v1/connections`: databases whose tables SQL reads where they are.

use super::error::{ApiError, ErrorBody};
use super::guard::Caller;
use super::input::{NoParams, Params, Segment};
use super::{App, sql};
use axum::extract::State;
use axum::{Extension, Json};
use kith_engine::tables::shape::{ConnectionTest, ConnectionView};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// The connections.
#[derive(Serialize, ToSchema)]
pub struct ConnectionList {
    /// In the order of `kith.toml`.
    connections: Vec<ConnectionView>,
}

/// The connections that the caller can read, as they were last found; none is reached for this. Where a database is, is told to
/// owners only.
#[utoipa::path(get, operation_id = "listConnections", path = "/v1/connections", tag = "connections", security(("token" = [])),
    responses((status = 200, body = ConnectionList), (status = "4XX", body = ErrorBody)))]
pub async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Params(NoParams {}): Params<NoParams>,
) -> Result<Json<ConnectionList>, ApiError> {
    let mut connections = app.project.connections();
    if !caller.subject(&app).owns() {
        let schemas = sql::session(&app, caller.subject(&app)).await?.schemas().await?;
        connections.retain(|connection| schemas.contains(&connection.name));
        connections.iter_mut().for_each(|connection| connection.place = None);
    }
    Ok(Json(ConnectionList { connections }))
}

/// Try a connection now: whether it can be read, how many tables it has, or what is wrong with it.
#[utoipa::path(post, operation_id = "testConnection", path = "/v1/connections/{name}/test", tag = "connections", security(("token" = [])),
    params(("name" = String, Path, description = "the name of a connection")),
    responses((status = 200, body = ConnectionTest), (status = "4XX", body = ErrorBody)))]
pub async fn test(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Segment(name): Segment,
    Params(NoParams {}): Params<NoParams>,
) -> Result<Json<ConnectionTest>, ApiError> {
    if !caller.subject(&app).owns() {
        let schemas = sql::session(&app, caller.subject(&app)).await?.schemas().await?;
        if !schemas.contains(&name) {
            let help = "`GET /v1/connections` lists those that you can read.";
            let message = format!("there is no connection {name:?}");
            return Err(ApiError::new(
                axum::http::StatusCode::NOT_FOUND,
                "K-SCAN-NO-CONNECTION",
                message,
                help,
            ));
        }
    }
    Ok(Json(app.project.test_connection(&name).await?))
}
