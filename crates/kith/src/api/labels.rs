//! `/v1/labels`: what the columns hold, as policies go by it. `/v1/me`: who asks, and as what.

use super::error::{ApiError, ErrorBody};
use super::guard::Caller;
use super::input::{Body, NoParams, Params};
use super::{App, ask};
use axum::extract::{Path, State};
use axum::{Extension, Json};
use kith_core::govern::{Label, TableRef};
use kith_engine::labels::{ColumnLabels, Tables};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Which columns.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LabelParams {
    /// Of this schema only.
    schema: Option<String>,
    /// Of this table only.
    table: Option<String>,
}

/// Columns and words.
#[derive(Serialize, ToSchema)]
pub struct Labels {
    /// The columns that the caller can know of.
    labels: Vec<ColumnLabels>,
    /// All labels that there are.
    words: Vec<LabelWord>,
}

/// A label.
#[derive(Serialize, ToSchema)]
pub struct LabelWord {
    /// Its name.
    name: &'static str,
    /// How sensitive: public, personal, identifying, special.
    privacy: String,
    /// What it is.
    text: &'static str,
}

/// What a column holds.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLabels {
    /// Labels; none = it says nothing of a person.
    labels: Vec<String>,
}

/// Who asks.
#[derive(Serialize, ToSchema)]
pub struct Me {
    /// The token's name.
    name: String,
    /// The roles.
    roles: Vec<String>,
    /// What policies know besides.
    attributes: BTreeMap<String, String>,
}

/// What the columns hold, and what they may hold where nobody has said.
#[utoipa::path(get, operation_id = "labels", path = "/v1/labels", tag = "labels", params(LabelParams), security(("token" = [])),
    responses((status = 200, body = Labels), (status = "4XX", body = ErrorBody)))]
pub async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Params(params): Params<LabelParams>,
) -> Result<Json<Labels>, ApiError> {
    let subject = caller.subject(&app);
    let of = Tables { schema: params.schema, table: params.table };
    let labels = ask(app, move |project| project.labels(&subject, &of)).await?;
    let word = |label: Label| LabelWord {
        name: label.name(),
        privacy: format!("{:?}", label.privacy()).to_lowercase(),
        text: label.describe(),
    };
    Ok(Json(Labels { labels, words: Label::all().map(word).collect() }))
}

/// Say what a column holds; `*` = all columns of the table that are not named.
#[utoipa::path(put, operation_id = "label", path = "/v1/labels/{schema}/{table}/{column}", tag = "labels", request_body = NewLabels,
    params(("schema" = String, Path, description = "The schema."), ("table" = String, Path, description = "The table."),
        ("column" = String, Path, description = "The column.")),
    security(("token" = [])), responses((status = 200, body = NewLabels), (status = "4XX", body = ErrorBody)))]
pub async fn put(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path((schema, table, column)): Path<(String, String, String)>,
    Params(NoParams {}): Params<NoParams>,
    Body(new): Body<NewLabels>,
) -> Result<Json<serde_json::Value>, ApiError> {
    let subject = caller.subject(&app);
    let table = TableRef { schema, table };
    let labels = new.labels.clone();
    ask(app, move |project| project.label(&subject, &table, &column, Some(&new.labels))).await?;
    Ok(Json(serde_json::json!({ "labels": labels })))
}

/// Take back what was said of a column.
#[utoipa::path(delete, operation_id = "clearLabel", path = "/v1/labels/{schema}/{table}/{column}", tag = "labels",
    params(("schema" = String, Path, description = "The schema."), ("table" = String, Path, description = "The table."),
        ("column" = String, Path, description = "The column.")),
    security(("token" = [])), responses((status = 200, description = "Nobody has said anything now."), (status = "4XX", body = ErrorBody)))]
pub async fn delete(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path((schema, table, column)): Path<(String, String, String)>,
    Params(NoParams {}): Params<NoParams>,
) -> Result<Json<serde_json::Value>, ApiError> {
    let subject = caller.subject(&app);
    let table = TableRef { schema, table };
    ask(app, move |project| project.label(&subject, &table, &column, None)).await?;
    Ok(Json(serde_json::json!({ "labels": null })))
}

/// Who asks, and as what.
#[utoipa::path(get, operation_id = "me", path = "/v1/me", tag = "labels", security(("token" = [])),
    responses((status = 200, body = Me), (status = "4XX", body = ErrorBody)))]
pub async fn me(Extension(caller): Extension<Caller>, Params(NoParams {}): Params<NoParams>) -> Json<Me> {
    let Caller { name, standing, .. } = caller;
    Json(Me { name, roles: standing.roles.into_iter().collect(), attributes: standing.attributes })
}
