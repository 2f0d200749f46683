//! What every request passes, whatever its route: the Host check, the token check, the time limit, the security headers and
//! the access log.

use super::App;
use super::error::ApiError;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Long enough for a slow SQL query, short enough that a stuck client does not hold a thread for ever.
pub const ANSWER_SECONDS_MAX: u64 = 60;

/// Nothing is loaded from, sent to or framed by any other origin, and no inline script or style runs.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HEADERS: &[(&str, &str)] = &[
    ("content-security-policy", CONTENT_SECURITY_POLICY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
];

/// Adds the security headers to every response, errors included. API answers are personal data: no cache keeps them.
pub async fn security_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Which names a client may call this server by.
#[derive(Clone, Debug)]
pub enum Hosts {
    /// Bound to loopback: only loopback names, against DNS rebinding (a foreign page that lets its own name point to
    /// 127.0.0.1 and reads our answers as its own).
    Loopback {
        /// Further names, for instance of a proxy in front.
        also: Vec<String>,
    },
    /// Bound to a network: these names, or any when there is none.
    Network {
        /// The names.
        only: Vec<String>,
    },
}

impl Hosts {
    /// True when a request for this Host header is for us.
    pub fn allows(&self, host: &str) -> bool {
        let name = without_port(host).to_ascii_lowercase();
        match self {
            Hosts::Loopback { also } => {
                matches!(name.as_str(), "localhost" | "127.0.0.1" | "[::1]") || also.contains(&name)
            }
            Hosts::Network { only } => only.is_empty() || only.contains(&name),
        }
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Refuses requests that were made for another name.
pub async fn host_check(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let from_header = request.headers().get(header::HOST).and_then(|h| h.to_str().ok());
    let host = from_header.or_else(|| request.uri().authority().map(|a| a.as_str()));
    match host {
        Some(host) if app.hosts.allows(host) => next.run(request).await,
        _ => {
            let message = "this server does not answer to that host name";
            let help = "Use http://127.0.0.1 or http://localhost, or start `kith serve --host-name NAME`.";
            ApiError::new(StatusCode::MISDIRECTED_REQUEST, "K-API-HOST", message, help).into_response()
        }
    }
}

/// Whose token a request carries: its name.
#[derive(Clone, Debug)]
pub struct Caller(pub String);

/// Lets only requests with a token pass.
pub async fn token_check(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let Some(presented) = bearer(request.headers()) else {
        return ApiError::unauthorized().into_response();
    };
    match app.tokens.verify(presented, jiff::Timestamp::now()) {
        Ok(Some(name)) => {
            request.extensions_mut().insert(Caller(name));
            next.run(request).await
        }
        Ok(None) => ApiError::unauthorized().into_response(),
        Err(error) => {
            tracing::error!(%error, "tokens can not be read, so nobody is let in");
            ApiError::internal().into_response()
        }
    }
}

pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// Ends what takes too long.
pub async fn time_limit(request: Request, next: Next) -> Response {
    match tokio::time::timeout(Duration::from_secs(ANSWER_SECONDS_MAX), next.run(request)).await {
        Ok(response) => response,
        Err(_) => ApiError::timeout(ANSWER_SECONDS_MAX).into_response(),
    }
}

/// One line per request: the route's template, never its values, which are personal data.
pub async fn access_log(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map(|p| p.as_str().to_owned());
    let response = next.run(request).await;
    let took_ms = started.elapsed().as_millis() as u64;
    let route = route.as_deref().unwrap_or("(none)");
    super::metrics::seen(route, method.as_str(), response.status().as_u16(), started.elapsed());
    tracing::info!(%method, route, status = response.status().as_u16(), took_ms, "request");
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_names_reach_a_loopback_server() {
        let hosts = Hosts::Loopback { also: vec!["kith.example.org".into()] };
        for host in
            ["localhost", "LOCALHOST:7777", "127.0.0.1:7777", "[::1]:7777", "[::1]", "kith.example.org"]
        {
            assert!(hosts.allows(host), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example:7777", "127.0.0.1.evil.example", "", "[::2]:1"] {
            assert!(!hosts.allows(host), "{host}");
        }
    }
}
