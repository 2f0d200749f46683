//! `/v1/records`: records that another system sends. When the answer comes they are on disk, and resolved.

use super::error::{ApiError, ErrorBody};
use super::input::{Body, NoParams, Params};
use super::{App, ask};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use kith_engine::{Received, Sending};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::sync::Arc;
use utoipa::ToSchema;

/// A sending may be so large; a record of a customer has about a kilobyte.
pub const BODY_BYTES_MAX: usize = 8 << 20;

/// More records are sent in parts: each part is one durable step.
const RECORDS_MAX: usize = 5_000;

/// Records of one source.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordsSent {
    /// A source of kith.toml; records that are only sent have one of kind `push`.
    source: String,
    /// Rows, new or changed, with the source's own columns; its key among them.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    records: Vec<Map<String, Value>>,
    /// Keys of rows that are gone.
    #[serde(default)]
    remove: Vec<String>,
}

/// Land records and resolve them: the profiles that they touch are up to date when the answer comes.
#[utoipa::path(post, operation_id = "sendRecords", path = "/v1/records", tag = "sources", request_body = RecordsSent, security(("token" = [])),
    responses((status = 200, body = Received), (status = "4XX", body = ErrorBody)))]
pub async fn post(
    State(app): State<Arc<App>>,
    Params(NoParams {}): Params<NoParams>,
    Body(sent): Body<RecordsSent>,
) -> Result<Json<Received>, ApiError> {
    let RecordsSent { source, records, remove } = sent;
    if records.len() + remove.len() > RECORDS_MAX {
        let message =
            format!("{} records in one sending; at most {RECORDS_MAX}", records.len() + remove.len());
        return Err(ApiError::new(
            StatusCode::BAD_REQUEST,
            "K-PUSH-TOO-MANY",
            message,
            "Send them in parts.",
        ));
    }
    ask(app, move |project| project.push(Sending { source, records, remove })).await.map(Json)
}
