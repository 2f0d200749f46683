//! `/v1/views`: queries that are tables of the schema `gold`. `/v1/lineage`: where columns come from.

use super::error::{ApiError, ErrorBody};
use super::guard::Caller;
use super::input::{Body, NoParams, Params, checked_text};
use super::{App, ask};
use axum::extract::{Path, State};
use axum::{Extension, Json};
use kith_engine::view::contract::Kept;
use kith_engine::views::{Edge, View, around};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// The views that the caller may read.
#[derive(Serialize, ToSchema)]
pub struct Views {
    /// In order of their names.
    views: Vec<View>,
}

/// A query to keep.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewView {
    /// One SELECT.
    query: String,
}

/// What became of each promise.
#[derive(Serialize, ToSchema)]
pub struct Promises {
    /// In the order of the contract; empty = the view promises nothing.
    promises: Vec<Kept>,
}

/// Of what.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LineageParams {
    /// A table, `schema.table` [default: all].
    table: Option<String>,
    /// One of its columns [default: all].
    column: Option<String>,
}

/// Where columns come from.
#[derive(Serialize, ToSchema)]
pub struct Lineage {
    /// What the table or column is made of; all edges where none is named.
    made_of: Vec<Edge>,
    /// What a change of it would touch.
    touches: Vec<Edge>,
}

/// The views.
#[utoipa::path(get, operation_id = "views", path = "/v1/views", tag = "views", security(("token" = [])),
    responses((status = 200, body = Views), (status = "4XX", body = ErrorBody)))]
pub async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Params(NoParams {}): Params<NoParams>,
) -> Result<Json<Views>, ApiError> {
    let subject = caller.subject(&app);
    ask(app, move |project| project.views(&subject)).await.map(|views| Json(Views { views }))
}

/// Save a view; one of that name is replaced.
#[utoipa::path(put, operation_id = "saveView", path = "/v1/views/{name}", tag = "views", request_body = NewView,
    params(("name" = String, Path, description = "Its name in the schema gold.")), security(("token" = [])),
    responses((status = 200, description = "It is a table now."), (status = "4XX", body = ErrorBody)))]
pub async fn put(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    Params(NoParams {}): Params<NoParams>,
    Body(new): Body<NewView>,
) -> Result<Json<serde_json::Value>, ApiError> {
    checked_text("query", &new.query, 16_000)?;
    let (subject, view) = (caller.subject(&app), name.clone());
    ask(app, move |project| project.save_view(&subject, &view, &new.query)).await?;
    Ok(Json(serde_json::json!({ "saved": name })))
}

/// Hold a view against its contract.
#[utoipa::path(get, operation_id = "checkView", path = "/v1/views/{name}/contract", tag = "views",
    params(("name" = String, Path, description = "Its name in the schema gold.")), security(("token" = [])),
    responses((status = 200, body = Promises), (status = "4XX", body = ErrorBody)))]
pub async fn contract(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    Params(NoParams {}): Params<NoParams>,
) -> Result<Json<Promises>, ApiError> {
    let subject = caller.subject(&app);
    ask(app, move |project| project.check_view(&subject, &name))
        .await
        .map(|promises| Json(Promises { promises }))
}

/// Where columns come from, and what a change of them would touch.
#[utoipa::path(get, operation_id = "lineage", path = "/v1/lineage", tag = "views", params(LineageParams), security(("token" = [])),
    responses((status = 200, body = Lineage), (status = "4XX", body = ErrorBody)))]
pub async fn lineage(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Params(params): Params<LineageParams>,
) -> Result<Json<Lineage>, ApiError> {
    let subject = caller.subject(&app);
    let edges = ask(app, move |project| project.lineage(&subject)).await?;
    let (made_of, touches) = match &params.table {
        None => (edges, Vec::new()),
        Some(table) => around(&edges, table, params.column.as_deref()),
    };
    Ok(Json(Lineage { made_of, touches }))
}
