//! `/v1/catalogs`: products, articles, films that events refer to.

use super::error::{ApiError, ErrorBody};
use super::input::{Body, NoParams, Params, Segment};
use super::{App, ask};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use kith_engine::catalogs::{CatalogView, ItemView, ItemsTaken};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::Arc;
use utoipa::ToSchema;

/// A sending may be so large; an item has about a kilobyte.
pub const BODY_BYTES_MAX: usize = 8 << 20;

/// More items are sent in parts: each part is one durable step.
const ITEMS_MAX: usize = 5_000;

/// The catalogues.
#[derive(Serialize, ToSchema)]
pub struct CatalogList {
    /// In the order of `kith.toml`.
    catalogs: Vec<CatalogView>,
}

/// Items of one catalogue.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemsSent {
    /// Items, new or other than before, each with all its columns; the catalogue's key among them.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    items: Vec<Map<String, Value>>,
    /// Ids of items that are gone; what was last said of them is kept.
    #[serde(default)]
    remove: Vec<String>,
}

/// The catalogues as they stand.
#[utoipa::path(get, operation_id = "listCatalogs", path = "/v1/catalogs", tag = "catalogs", security(("token" = [])),
    responses((status = 200, body = CatalogList), (status = "4XX", body = ErrorBody)))]
pub async fn list(
    State(app): State<Arc<App>>,
    Params(NoParams {}): Params<NoParams>,
) -> Result<Json<CatalogList>, ApiError> {
    let catalogs = ask(app, |project| project.catalogs()).await?;
    Ok(Json(CatalogList { catalogs }))
}

/// One item, also one that is gone.
#[utoipa::path(get, operation_id = "getItem", path = "/v1/catalogs/{catalog}/{item}", tag = "catalogs", security(("token" = [])),
    params(("catalog" = String, Path, description = "the name of a catalogue"), ("item" = String, Path, description = "the id of an item")),
    responses((status = 200, body = ItemView), (status = "4XX", body = ErrorBody)))]
pub async fn get(
    State(app): State<Arc<App>>,
    Path((catalog, item)): Path<(String, String)>,
    Params(NoParams {}): Params<NoParams>,
) -> Result<Json<ItemView>, ApiError> {
    ask(app, move |project| project.item(&catalog, &item)).await.map(Json)
}

/// Take items: when the answer comes they are on disk, and every profile and timeline shows them.
#[utoipa::path(post, operation_id = "sendItems", path = "/v1/catalogs/{catalog}", tag = "catalogs", request_body = ItemsSent, security(("token" = [])),
    params(("catalog" = String, Path, description = "the name of a catalogue")),
    responses((status = 200, body = ItemsTaken), (status = "4XX", body = ErrorBody)))]
pub async fn post(
    State(app): State<Arc<App>>,
    Segment(catalog): Segment,
    Params(NoParams {}): Params<NoParams>,
    Body(sent): Body<ItemsSent>,
) -> Result<Json<ItemsTaken>, ApiError> {
    let ItemsSent { items, remove } = sent;
    let count = items.len() + remove.len();
    if count > ITEMS_MAX {
        let message = format!("{count} items in one sending; at most {ITEMS_MAX}");
        let (status, help) = (StatusCode::BAD_REQUEST, "Send them in parts.");
        return Err(ApiError::new(status, "K-CATALOG-TOO-MANY", message, help));
    }
    ask(app, move |project| project.push_items(&catalog, items, remove)).await.map(Json)
}
