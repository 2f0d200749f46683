//! `/v1/sql`: one read-only query over sources and results. As JSON at once, or streamed: NDJSON, CSV, Arrow.

use super::App;
use super::error::{ApiError, ErrorBody};
use super::guard::Caller;
use super::input::{Body, NoParams, Params, checked_text};
use super::sql_body::{Encoder, Format};
use crate::standing::Standing;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use futures::stream;
use kith_core::govern::Subject;
use kith_engine::exec::{Rows, RunningQuery};
use kith_engine::shape::SqlRows;
use kith_engine::{Limits, Session};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;
use tracing::Instrument;
use utoipa::{IntoParams, ToSchema};

/// How long rows may be fetched. A client that leaves ends its query at once.
const STREAM_SECONDS_MAX: u64 = 3600;
/// The header that has the query's name.
const QUERY_ID: HeaderName = HeaderName::from_static("kith-query-id");

/// A query.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SqlQuestion {
    /// One SELECT.
    query: String,
    /// For owners: answer as it would be for somebody with these roles.
    #[serde(default, rename = "as")]
    tried: Option<Tried>,
}

/// Somebody whom an owner wants to try.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Tried {
    /// Their roles.
    roles: Vec<String>,
    /// What policies know of them.
    #[serde(default)]
    attributes: BTreeMap<String, String>,
    /// Their name, which row filters know as `user.name`.
    #[serde(default)]
    user: Option<String>,
}

/// How the answer is written.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SqlParams {
    /// In CSV, put `'` before what a spreadsheet would take for a formula.
    #[serde(default)]
    safe: bool,
}

/// Queries that run.
#[derive(Serialize, ToSchema)]
pub struct RunningQueries {
    /// Oldest first.
    queries: Vec<RunningQuery>,
}

/// Ask in SQL. `Accept` says how the rows come: `application/json` (10,000 at most), or streamed as `application/x-ndjson`,
/// `text/csv` or `application/vnd.apache.arrow.stream` (all). The header `Kith-Query-Id` names the query.
#[utoipa::path(post, operation_id = "sql", path = "/v1/sql", tag = "sql", request_body = SqlQuestion, params(SqlParams), security(("token" = [])),
    responses((status = 200, body = SqlRows), (status = "4XX", body = ErrorBody)))]
pub async fn post(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Params(params): Params<SqlParams>,
    headers: HeaderMap,
    Body(question): Body<SqlQuestion>,
) -> Result<Response, ApiError> {
    let query = checked_text("query", &question.query, 50_000)?;
    let format = Format::of(headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()));
    let place = app.places.clone().acquire_owned().await.map_err(|_| ApiError::internal())?;
    let session = session(&app, subject(&app, &caller, question.tried)?).await?;
    // The text of a query may hold personal data, so a trace does not have it.
    let engine = tracing::info_span!(target: "otel", "engine");
    let span = engine.in_scope(|| tracing::info_span!(target: "otel", "sql"));
    match format {
        Format::Json => whole(session, query).instrument(span).await,
        _ => streamed(session, query, Encoder::new(format, params.safe), place).instrument(span).await,
    }
}

/// The queries that run.
#[utoipa::path(get, operation_id = "running", path = "/v1/sql/running", tag = "sql", security(("token" = [])),
    responses((status = 200, body = RunningQueries), (status = "4XX", body = ErrorBody)))]
pub async fn running(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Params(NoParams {}): Params<NoParams>,
) -> Json<RunningQueries> {
    Json(RunningQueries { queries: app.project.running(&caller.subject(&app)) })
}

/// End a query.
#[utoipa::path(delete, operation_id = "endQuery", path = "/v1/sql/{id}", tag = "sql", security(("token" = [])),
    params(("id" = String, Path, description = "The query's name, from `Kith-Query-Id` or `/v1/sql/running`.")),
    responses((status = 200, description = "It ends."), (status = "4XX", body = ErrorBody)))]
pub async fn delete(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    Params(NoParams {}): Params<NoParams>,
) -> Result<Json<serde_json::Value>, ApiError> {
    app.project.end_query(&caller.subject(&app), &id)?;
    Ok(Json(serde_json::json!({ "ended": id })))
}

/// Whom the answer is for: whoever asks, or whom an owner wants to try.
pub(super) fn subject(app: &App, caller: &Caller, tried: Option<Tried>) -> Result<Subject, ApiError> {
    let own = caller.subject(app);
    let Some(tried) = tried else { return Ok(own) };
    if !own.owns() {
        let message = "only an owner can try what somebody else would see";
        let help = "Leave \"as\" out.";
        return Err(ApiError::new(StatusCode::FORBIDDEN, "K-POLICY-DENIED", message, help));
    }
    let roles: Vec<String> = tried.roles;
    let attributes: Vec<String> =
        tried.attributes.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    let standing = Standing::parse(&roles, &attributes).map_err(|message| {
        ApiError::new(StatusCode::BAD_REQUEST, "K-API-PARAMETER", message, "Mend \"as\".")
    })?;
    let name = tried.user.unwrap_or_else(|| caller.name.clone());
    let subject = standing.subject(&name, own.tenant, own.door);
    Ok(Subject { purpose: own.purpose, tried_by: Some(own.user), ..subject })
}

/// What a subject can ask. Policies may have to be read, so it is done where it may block.
pub(super) async fn session(app: &Arc<App>, subject: Subject) -> Result<Session, ApiError> {
    let app = app.clone();
    let session = tokio::task::spawn_blocking(move || app.project.session(&subject)).await;
    session.map_err(|_| ApiError::internal())?.map_err(ApiError::from)
}

fn named(mut response: Response, id: &str) -> Response {
    if let Ok(id) = HeaderValue::from_str(id) {
        response.headers_mut().insert(QUERY_ID, id);
    }
    response
}

async fn whole(session: Session, query: &str) -> Result<Response, ApiError> {
    let rows = session.stream(query, &Limits::default()).await?;
    let id = rows.id().to_string();
    let answer = rows.collect().await?;
    Ok(named(Json(SqlRows::of(&answer)).into_response(), &id))
}

/// The rows that are still to be sent.
struct Sending {
    rows: Rows,
    encoder: Encoder,
    _place: OwnedSemaphorePermit,
}

/// Waits for the first rows, so that a query that fails at once is answered by an error and its status.
async fn streamed(
    session: Session,
    query: &str,
    mut encoder: Encoder,
    place: OwnedSemaphorePermit,
) -> Result<Response, ApiError> {
    let time_max = Duration::from_secs(STREAM_SECONDS_MAX);
    let limits = Limits { rows_max: usize::MAX, time_max, ..Limits::default() };
    let mut rows = session.stream(query, &limits).await?;
    let id = rows.id().to_string();
    let kind = encoder.content_type();
    let mut first = encoder.head(rows.schema()).map_err(|_| ApiError::internal())?;
    let more = match rows.next().await {
        Some(batch) => {
            first.extend(encoder.batch(&batch?).map_err(|_| ApiError::internal())?);
            true
        }
        None => {
            first.extend(encoder.tail().map_err(|_| ApiError::internal())?);
            false
        }
    };
    let sending = more.then_some(Sending { rows, encoder, _place: place });
    let rest = stream::unfold(sending, |sending| async { next(sending?).await });
    let all = futures::StreamExt::chain(stream::iter([Ok(first)]), rest);
    let body = axum::body::Body::from_stream(all);
    Ok(named(([(header::CONTENT_TYPE, kind)], body).into_response(), &id))
}

/// The next bytes. What fails now can no longer be a status: NDJSON says it in its last line, elsewhere the connection breaks.
async fn next(mut sending: Sending) -> Option<(Result<Vec<u8>, std::io::Error>, Option<Sending>)> {
    let broken = |e: &dyn std::fmt::Display| Err(std::io::Error::other(e.to_string()));
    match sending.rows.next().await {
        Some(Ok(batch)) => match sending.encoder.batch(&batch) {
            Ok(bytes) => Some((Ok(bytes), Some(sending))),
            Err(error) => Some((broken(&error), None)),
        },
        Some(Err(error)) => match sending.encoder.failed(ApiError::from(error)) {
            Some(line) => Some((Ok(line), None)),
            None => Some((broken(&"the query failed"), None)),
        },
        None => match sending.encoder.tail() {
            Ok(bytes) => Some((Ok(bytes), None)),
            Err(error) => Some((broken(&error), None)),
        },
    }
}
