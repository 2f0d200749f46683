//! `/v1/copies`: tables of connections that are read from copies.

use super::error::{ApiError, ErrorBody};
use super::guard::Caller;
use super::input::{NoParams, Params, Segment};
use super::{App, ask};
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use kith_engine::copies::shape::{CopyChecked, CopyRefreshed, CopyView};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// The register of copies.
#[derive(Serialize, ToSchema)]
pub struct CopyList {
    /// Those of tables in the order of `kith.toml`, then the records of sources.
    copies: Vec<CopyView>,
}

/// How a copy is refreshed.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct RefreshParams {
    /// Read all rows, although it has a cursor.
    #[serde(default)]
    whole: bool,
}

/// Copies say what there is at sources, and a check says keys of rows: so they are for owners.
fn owners(app: &Arc<App>, caller: &Caller) -> Result<String, ApiError> {
    let subject = caller.subject(app);
    if subject.owns() {
        return Ok(subject.user.clone());
    }
    let message = "copies are for owners of the project";
    let help = "Ask an owner; kith.copy in SQL shows what your role may see of them.";
    Err(ApiError::new(StatusCode::FORBIDDEN, "K-POLICY-DENIED", message, help))
}

/// Every copy of data that Kith holds: mode, age, owner, purpose and expiry, and whether queries read it now.
#[utoipa::path(get, operation_id = "listCopies", path = "/v1/copies", tag = "copies", security(("token" = [])),
    responses((status = 200, body = CopyList), (status = "4XX", body = ErrorBody)))]
pub async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Params(NoParams {}): Params<NoParams>,
) -> Result<Json<CopyList>, ApiError> {
    owners(&app, &caller)?;
    Ok(Json(CopyList { copies: ask(app, |project| project.copies()).await? }))
}

/// Make the copy of a table, or bring it up to date; the answer comes when it is in force. What takes longer than an answer may goes
/// on: `GET /v1/copies` shows when it has ended.
#[utoipa::path(post, operation_id = "refreshCopy", path = "/v1/copies/{table}/refresh", tag = "copies", security(("token" = [])),
    params(("table" = String, Path, description = "the table, as SQL says it: shop.orders"), RefreshParams),
    responses((status = 200, body = CopyRefreshed), (status = "4XX", body = ErrorBody)))]
pub async fn refresh(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Segment(table): Segment,
    Params(params): Params<RefreshParams>,
) -> Result<Json<CopyRefreshed>, ApiError> {
    let by = owners(&app, &caller)?;
    Ok(Json(ask(app, move |project| project.refresh_copy(&table, params.whole, &by)).await?))
}

/// Compare a copy with its table, row by row: which rows differ, and in which columns.
#[utoipa::path(post, operation_id = "checkCopy", path = "/v1/copies/{table}/check", tag = "copies", security(("token" = [])),
    params(("table" = String, Path, description = "the table, as SQL says it: shop.orders")),
    responses((status = 200, body = CopyChecked), (status = "4XX", body = ErrorBody)))]
pub async fn check(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Segment(table): Segment,
    Params(NoParams {}): Params<NoParams>,
) -> Result<Json<CopyChecked>, ApiError> {
    let by = owners(&app, &caller)?;
    Ok(Json(ask(app, move |project| project.check_copy(&table, &by)).await?))
}
