//! `/v1/sql/explain`: what a query would do, whom it would ask, and what the policy keeps back of its tables.

use super::error::{ApiError, ErrorBody};
use super::guard::Caller;
use super::input::{Body, NoParams, Params, checked_text};
use super::{App, sql};
use axum::extract::State;
use axum::{Extension, Json};
use kith_engine::Limits;
use kith_engine::tables::{self, shape::Explained};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// A query.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExplainQuestion {
    /// One SELECT.
    query: String,
    /// True: run it too, and say what each step took and how many rows each database gave. Its rows are left aside.
    #[serde(default)]
    run: bool,
    /// For owners: as it would be for somebody with these roles.
    #[serde(default, rename = "as")]
    tried: Option<sql::Tried>,
}

/// The plan of a query: its columns, its tables with masks and filters of the policy, what each database is asked.
#[utoipa::path(post, operation_id = "explainSql", path = "/v1/sql/explain", tag = "sql", request_body = ExplainQuestion, security(("token" = [])),
    responses((status = 200, body = Explained), (status = "4XX", body = ErrorBody)))]
pub async fn post(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Params(NoParams {}): Params<NoParams>,
    Body(question): Body<ExplainQuestion>,
) -> Result<Json<Explained>, ApiError> {
    let query = checked_text("query", &question.query, 50_000)?;
    let _place = app.places.clone().acquire_owned().await.map_err(|_| ApiError::internal())?;
    let session = sql::session(&app, sql::subject(&app, &caller, question.tried)?).await?;
    let explained = tables::explain(&session, query, question.run).await;
    if !question.run || explained.is_err() {
        // A plan tells something of the data, and so does what is refused: who asked stands in the audit log before it is told.
        // What is run is written down as it is run.
        let noted = session.stream(&format!("EXPLAIN {query}"), &Limits::default()).await;
        if explained.is_ok() {
            noted?.collect().await?;
        }
    }
    Ok(Json(explained?))
}
