//! `/v1/tables`: the catalogue as the caller sees it, and what the columns of a table hold.

use super::error::{ApiError, ErrorBody};
use super::guard::Caller;
use super::input::{NoParams, Params};
use super::{App, sql};
use axum::extract::{Path, State};
use axum::{Extension, Json};
use kith_engine::tables::{self, shape};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// The tables.
#[derive(Serialize, ToSchema)]
pub struct TableList {
    /// By schema.
    tables: Vec<shape::TableView>,
}

/// Which tables.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TableParams {
    /// Only those of this schema.
    schema: Option<String>,
}

/// The tables that the caller can read: columns with their types, what the policy keeps back, what is pushed down. The tables of a
/// database that can not be reached are missing, or say why they have no columns.
#[utoipa::path(get, operation_id = "listTables", path = "/v1/tables", tag = "tables", params(TableParams), security(("token" = [])),
    responses((status = 200, body = TableList), (status = "4XX", body = ErrorBody)))]
pub async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Params(params): Params<TableParams>,
) -> Result<Json<TableList>, ApiError> {
    let session = sql::session(&app, caller.subject(&app)).await?;
    let tables = tables::list(&app.project, &session, params.schema.as_deref()).await?;
    Ok(Json(TableList { tables }))
}

/// What the columns of a table hold, as the caller sees them: how many rows have a value, how many values there are, which come
/// most often, how numbers and times are spread. Of a large table, and of one of a database, a part of the rows is read; the
/// answer says which.
#[utoipa::path(get, operation_id = "profileTable", path = "/v1/tables/{schema}/{table}/profile", tag = "tables", security(("token" = [])),
    params(("schema" = String, Path, description = "the schema"), ("table" = String, Path, description = "the table")),
    responses((status = 200, body = shape::TableProfile), (status = "4XX", body = ErrorBody)))]
pub async fn profile(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path((schema, table)): Path<(String, String)>,
    Params(NoParams {}): Params<NoParams>,
) -> Result<Json<shape::TableProfile>, ApiError> {
    let session = sql::session(&app, caller.subject(&app)).await?;
    let _place = app.places.clone().acquire_owned().await.map_err(|_| ApiError::internal())?;
    let view = tables::one(&app.project, &session, &schema, &table).await?;
    Ok(Json(tables::profile(&session, view).await?))
}
