//! The user interface, embedded. `make` builds `ui/dist` before the binary; without it a page says so.
//!
//! Files under `assets/` carry a hash in their name and are cached for ever; the rest is revalidated. A path that is no
//! file is a client-side route and gets the front page.

use crate::api::error::ApiError;
use axum::http::{Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../ui/dist"]
#[allow_missing = true]
struct Dist;

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Kith</title>\
<h1>Kith is running, without its user interface</h1>\
<p>This binary was built before the user interface. Build both with <code>make build</code> (needs Node), \
then start it again.</p><p>The API is here: <a href=\"/v1/openapi.json\">/v1/openapi.json</a>.</p></html>";

/// True when the interface is in the binary.
pub fn built() -> bool {
    Dist::get("index.html").is_some()
}

/// Answers everything that is not the API.
pub async fn serve(method: Method, uri: Uri) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return ApiError::no_method().into_response();
    }
    let path = uri.path().trim_start_matches('/');
    if path == "v1" || path.starts_with("v1/") {
        return ApiError::no_route().into_response();
    }
    if let Some(file) = Dist::get(path) {
        return found(path, file.data.into_owned());
    }
    let last = path.rsplit('/').next().unwrap_or_default();
    if last.contains('.') || path.starts_with("assets/") {
        return ApiError::new(StatusCode::NOT_FOUND, "K-API-ROUTE", "there is no such file", "")
            .into_response();
    }
    match Dist::get("index.html") {
        Some(index) => found("index.html", index.data.into_owned()),
        None => found("index.html", NOT_BUILT.as_bytes().to_vec()),
    }
}

fn found(path: &str, bytes: Vec<u8>) -> Response {
    let cache = match path.starts_with("assets/") {
        true => "public, max-age=31536000, immutable",
        false => "no-cache",
    };
    ([(header::CONTENT_TYPE, content_type(path)), (header::CACHE_CONTROL, cache)], bytes).into_response()
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
