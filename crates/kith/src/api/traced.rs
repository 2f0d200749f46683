//! The span of a request (`crate::observe`): method, template of the route, status.
//!
//! A caller with a token may say of which trace its request is a part (`traceparent`). On the collection port anybody may say
//! so: there it becomes a link, and whether the trace is kept is decided here.

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

/// A request of the API.
pub async fn called(request: Request, next: Next) -> Response {
    traced(request, next, true).await
}

/// A request of the collection port.
pub async fn collected(request: Request, next: Next) -> Response {
    traced(request, next, false).await
}

async fn traced(request: Request, next: Next, trusted: bool) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("(none)", |path| path.as_str());
    let method = request.method();
    let caller =
        request.headers().get("traceparent").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (parent, link) = if trusted { (caller, "") } else { ("", caller) };
    let span = tracing::info_span!(
        target: "otel",
        "request",
        otel.name = format_args!("{method} {route}"),
        otel.kind = "server",
        otel.parent = parent,
        otel.link = link,
        http.request.method = method.as_str(),
        http.route = route,
        http.response.status_code = tracing::field::Empty,
        otel.error = tracing::field::Empty,
    );
    if span.is_disabled() {
        return next.run(request).await;
    }
    let response = next.run(request).instrument(span.clone()).await;
    let status = response.status();
    span.record("http.response.status_code", status.as_u16());
    if status.is_server_error() {
        span.record("otel.error", true);
    }
    response
}
