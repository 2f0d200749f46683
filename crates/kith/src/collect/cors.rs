//! Pages of any origin may send events: the key says whose they are, no cookie is looked at, and nothing can be read here.
//! analytics-next and RudderStack's library send with credentials, so the origin is named instead of `*`.

use axum::extract::Request;
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// What the observed clients send, for a preflight that does not say.
const HEADERS: &str =
    "Authorization, Content-Type, Content-Encoding, AnonymousId, SentAt, X-Write-Key, X-Retry-Count";
const EXPOSED: &str = "Kith-Position, Retry-After, X-RateLimit-Reset";
const METHODS: &str = "GET, POST, OPTIONS";
/// How long a browser need not ask again: the most that Chromium keeps.
const SECONDS: &str = "7200";

/// Answers preflights, and adds to every other answer what a page needs to see it.
pub async fn cors(request: Request, next: Next) -> Response {
    let origin = asked(&request, header::ORIGIN);
    let wanted = asked(&request, header::ACCESS_CONTROL_REQUEST_HEADERS);
    let method = asked(&request, header::ACCESS_CONTROL_REQUEST_METHOD);
    let preflight = request.method() == Method::OPTIONS && method.is_some();
    let mut response = match preflight {
        true => StatusCode::NO_CONTENT.into_response(),
        false => next.run(request).await,
    };
    let headers = response.headers_mut();
    if preflight {
        let wanted = wanted.unwrap_or(HeaderValue::from_static(HEADERS));
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted);
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(SECONDS));
    }
    if let Some(origin) = origin {
        allow(headers, origin);
    }
    headers.insert(header::VARY, HeaderValue::from_static("Origin"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Images of other origins are what the pixel is for.
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn asked(request: &Request, name: HeaderName) -> Option<HeaderValue> {
    request.headers().get(name).cloned()
}

fn allow(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
}
