//! `/v1/sql`: one read-only query over sources and results.

use super::error::{ApiError, ErrorBody};
use super::input::{Body, NoParams, Params, checked_text};
use super::{App, ask};
use axum::Json;
use axum::extract::State;
use kith_engine::shape::SqlRows;
use kith_engine::{Limits, Project};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// A query.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SqlQuestion {
    /// One SELECT.
    query: String,
}

/// Ask in SQL.
#[utoipa::path(post, operation_id = "sql", path = "/v1/sql", tag = "sql", request_body = SqlQuestion, security(("token" = [])),
    responses((status = 200, body = SqlRows), (status = "4XX", body = ErrorBody)))]
pub async fn post(
    State(app): State<Arc<App>>,
    Params(NoParams {}): Params<NoParams>,
    Body(question): Body<SqlQuestion>,
) -> Result<Json<SqlRows>, ApiError> {
    let query = checked_text("query", &question.query, 50_000)?.to_string();
    // The text of a query may hold personal data, so a trace does not have it.
    let sql = move |project: &Project| {
        tracing::info_span!(target: "otel", "sql").in_scope(|| project.sql(&query, &Limits::default()))
    };
    ask(app, sql).await.map(Json)
}
