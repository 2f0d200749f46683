//! The HTTP API: one file per resource, all under `/v1`, all JSON. HTTP words stop here: handlers check what they are sent,
//! ask the engine on a thread that may block, and shape its answer.

pub mod error;
pub mod guard;
mod background;
pub mod input;
pub mod health;
pub mod profiles;
pub mod explain;
pub mod changes;
pub mod identity;
pub mod decisions;
pub mod preview;
pub mod review;
pub mod model;
pub mod sources;
pub mod rejects;
pub mod records;
pub mod events;
pub mod decide;
pub mod stream;
pub mod segment;
pub mod metrics;
pub mod contexts;
pub mod catalogs;
pub mod refused;
pub mod tracking_plan;
pub mod labels;
pub mod views;
pub mod sql;
mod sql_body;
pub mod sql_plan;
pub mod tables;
pub mod connections;
pub mod copies;
pub mod usage;
pub mod traced;
mod sign_on;

use crate::tokens::Tokens;
use axum::extract::DefaultBodyLimit;
use axum::http::header;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{delete, get, post, put};
use axum::{Router, response::IntoResponse};
use error::ApiError;
use guard::Hosts;
use kith_engine::{Error, Project};
use std::sync::Arc;
use tokio::sync::Semaphore;
use tower_http::compression::CompressionLayer;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

/// A question is a few hundred bytes; the longest SQL query that is taken has 50,000 characters.
const BODY_BYTES_MAX: usize = 256 * 1024;

/// Questions that the engine works on at once. More would only share the same cores; they wait for their turn.
const QUESTIONS_MAX: usize = 16;

/// What every handler has at hand.
pub struct App {
    project: Project,
    tokens: Tokens,
    sign_on: Option<Arc<crate::sign_on::SignOn>>,
    hosts: Hosts,
    places: Arc<Semaphore>,
    streams: Arc<Semaphore>,
}

impl App {
    /// Serves this project to the holders of these tokens.
    pub fn new(project: Project, tokens: Tokens, hosts: Hosts) -> Arc<Self> {
        let places = Arc::new(Semaphore::new(QUESTIONS_MAX));
        let streams = Arc::new(Semaphore::new(stream::STREAMS_MAX));
        let sign_on = sign_on::of(&project);
        Arc::new(App { project, tokens, sign_on, hosts, places, streams })
    }

    /// What is served, for other doors to it.
    pub fn project(&self) -> &Project {
        &self.project
    }
}

/// Asks the engine on a thread that may block. A question goes on to its end when its client has left: the engine has no
/// way to stop half-way, and its place stays taken until then.
async fn ask<T: Send + 'static>(
    app: Arc<App>,
    question: impl FnOnce(&Project) -> Result<T, Error> + Send + 'static,
) -> Result<T, ApiError> {
    let place = app.places.clone().acquire_owned().await.map_err(|_| ApiError::internal())?;
    // What the engine does belongs to the request that asked.
    let span = tracing::info_span!(target: "otel", "engine");
    let asked = tokio::task::spawn_blocking(move || {
        let answer = span.in_scope(|| question(&app.project));
        drop(place);
        answer.map_err(ApiError::from)
    });
    asked.await.unwrap_or_else(|error| {
        tracing::error!(%error, "a question to the engine ended by a panic");
        Err(ApiError::internal())
    })
}

/// All routes, with everything that every request passes.
pub fn router(app: Arc<App>) -> Router {
    let closed = Router::new()
        .route("/profiles", get(profiles::search))
        .route("/profiles/{profile}", get(profiles::get))
        .route("/profiles/{profile}/history", get(profiles::history))
        .route("/profiles/{profile}/events", get(events::timeline))
        .route("/profiles/{profile}/contexts", get(contexts::list))
        .route("/events", get(events::list))
        .route("/events/counts", get(events::counts))
        .route("/decide", post(decide::post))
        .route("/stream", get(stream::get))
        .route("/metrics", get(metrics::get))
        .route("/health/views", get(health::views))
        .route("/events/refused", get(refused::list))
        .route("/events/refused/replay", post(refused::replay))
        .route("/events/refused/discard", post(refused::discard))
        .route("/events/violations", get(refused::violations))
        .route("/tracking-plan", get(tracking_plan::get))
        .route("/tracking-plan/reload", post(tracking_plan::reload))
        .route("/explain", get(explain::get))
        .route("/changes", get(changes::list))
        .route("/identity", get(identity::get))
        .route("/decisions", get(decisions::list).post(decisions::post))
        .route("/decisions/apply", post(decisions::apply))
        .route("/decisions/{id}", delete(decisions::delete))
        .route("/preview", post(preview::preview))
        .route("/promote", post(preview::promote))
        .route("/review/queue", get(review::queue))
        .route("/clusters/{record}", get(review::cluster))
        .route("/model", get(model::get))
        .route("/model/thresholds", get(model::thresholds))
        .route("/model/reliability", get(model::reliability))
        .route("/model/pairs", get(model::pairs))
        .route("/model/pairs/examples", get(model::example_pairs))
        .route("/sources", get(sources::list))
        .route("/rejects", get(rejects::list))
        .route("/catalogs", get(catalogs::list))
        .route(
            "/catalogs/{catalog}",
            post(catalogs::post).layer(DefaultBodyLimit::max(catalogs::BODY_BYTES_MAX)),
        )
        .route("/catalogs/{catalog}/{item}", get(catalogs::get))
        .merge(governed())
        .route("/records", post(records::post).layer(DefaultBodyLimit::max(records::BODY_BYTES_MAX)))
        .fallback(|| async { ApiError::no_route() })
        .method_not_allowed_fallback(|| async { ApiError::no_method() })
        .layer(from_fn_with_state(app.clone(), guard::token_check));
    let pages = Router::new().fallback(crate::ui::serve).layer(CompressionLayer::new());
    Router::new()
        .route("/v1/health", get(health::get))
        .route("/v1/openapi.json", get(openapi))
        .method_not_allowed_fallback(|| async { ApiError::no_method() })
        .nest("/v1", closed.merge(segment::router(app.clone())))
        .fallback_service(pages)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(from_fn(guard::time_limit))
        .layer(from_fn_with_state(app.clone(), guard::host_check))
        .layer(from_fn(guard::security_headers))
        .layer(from_fn(guard::access_log))
        .layer(from_fn(traced::called))
        .with_state(app)
}

/// SQL, what can be named in it, and who may see what.
fn governed() -> Router<Arc<App>> {
    Router::new()
        .route("/labels", get(labels::list))
        .route("/labels/{schema}/{table}/{column}", put(labels::put).delete(labels::delete))
        .route("/views", get(views::list))
        .route("/views/{name}", put(views::put))
        .route("/views/{name}/contract", get(views::contract))
        .route("/lineage", get(views::lineage))
        .route("/me", get(labels::me))
        .route("/sql", post(sql::post))
        .route("/sql/explain", post(sql_plan::post))
        .route("/sql/running", get(sql::running))
        .route("/sql/{id}", delete(sql::delete))
        .route("/tables", get(tables::list))
        .route("/tables/{schema}/{table}/profile", get(tables::profile))
        .route("/copies", get(copies::list))
        .route("/copies/{table}/refresh", post(copies::refresh))
        .route("/copies/{table}/check", post(copies::check))
        .route("/connections", get(connections::list))
        .route("/connections/{name}/test", post(connections::test))
        .route("/usage", get(usage::get))
}

async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], document_text())
}

/// The OpenAPI document as it is served and printed.
pub fn document_text() -> String {
    Document::openapi().to_pretty_json().unwrap_or_default()
}

#[derive(OpenApi)]
#[openapi(
    info(title = "Kith", description = "One true view of each customer, with a reason for every value."),
    paths(
        health::get,
        health::views,
        metrics::get,
        profiles::search,
        profiles::get,
        profiles::history,
        explain::get,
        changes::list,
        identity::get,
        decisions::list,
        decisions::post,
        decisions::delete,
        decisions::apply,
        preview::preview,
        preview::promote,
        review::queue,
        review::cluster,
        model::get,
        model::thresholds,
        model::reliability,
        model::pairs,
        model::example_pairs,
        sources::list,
        rejects::list,
        labels::list,
        labels::put,
        labels::delete,
        labels::me,
        views::list,
        views::put,
        views::contract,
        views::lineage,
        sql::post,
        sql::running,
        sql::delete,
        sql_plan::post,
        tables::list,
        tables::profile,
        copies::list,
        copies::refresh,
        copies::check,
        connections::list,
        connections::test,
        usage::get,
        records::post,
        events::list,
        events::counts,
        decide::post,
        stream::get,
        contexts::list,
        catalogs::list,
        catalogs::get,
        catalogs::post,
        refused::list,
        refused::replay,
        refused::discard,
        refused::violations,
        tracking_plan::get,
        tracking_plan::reload,
        events::timeline
    ),
    modifiers(&Bearer)
)]
struct Document;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = document.components.get_or_insert_with(Default::default);
        components.add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}
