//! What every request passes, whatever its route: the Host check, the token check, the time limit, the security headers and
//! the access log.

use super::App;
use super::error::ApiError;
use crate::sign_on::SignOn;
use crate::standing::Standing;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use kith_core::govern::{Door, Subject};
use kith_core::id::ProfileId;
use std::cell::RefCell;
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

/// Whose token a request carries.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The token's name.
    pub name: String,
    /// What its holder is here.
    pub standing: Standing,
    /// What the answer is for, where the request says so.
    pub purpose: Option<String>,
}

impl Caller {
    /// As the subject of a policy.
    pub fn subject(&self, app: &App) -> Subject {
        let tenant = app.project.config().project.tenant.clone();
        Subject { purpose: self.purpose.clone(), ..self.standing.subject(&self.name, tenant, Door::Http) }
    }
}

/// The header by which a request says what its answer is for.
const PURPOSE: &str = "kith-purpose";
/// Bytes of a purpose.
const PURPOSE_MAX: usize = 100;

/// Lets only requests with a token pass.
pub async fn token_check(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let Some(presented) = bearer(request.headers()) else {
        return ApiError::unauthorized().into_response();
    };
    let caller = match known(&app, presented, request.headers()).await {
        Ok(Some(caller)) => caller,
        Ok(None) => return ApiError::unauthorized().into_response(),
        Err(error) => return error.into_response(),
    };
    if let Err(refused) = may(&app, &caller, Part::of(&request)).await {
        return refused.into_response();
    }
    request.extensions_mut().insert(caller.clone());
    answered(&app, &caller, request, next).await
}

tokio::task_local! {
    /// The profiles that the answer of the request under way shows.
    static SHOWN: RefCell<Vec<String>>;
}

/// Says that the answer shows this profile: who saw whom stands in the audit log.
pub(super) fn shows(profile: Option<&ProfileId>) {
    // Outside of a request, as in a test, nobody is shown anything.
    let _ = SHOWN.try_with(|shown| shown.borrow_mut().extend(profile.map(ToString::to_string)));
}

/// Lets a request pass, and writes down whom its answer shows.
pub(super) async fn answered(app: &App, caller: &Caller, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let answered = async {
        let response = next.run(request).await;
        (response, SHOWN.with(RefCell::take))
    };
    let (response, mut shown) = SHOWN.scope(RefCell::default(), answered).await;
    if !shown.is_empty() && response.status().is_success() {
        shown.sort();
        shown.dedup();
        app.project.showed(&caller.subject(app), route.as_deref().unwrap_or("(none)"), shown);
    }
    response
}

/// Who presents this token; `None` = nobody that counts.
pub(super) async fn known(
    app: &App,
    presented: &str,
    headers: &HeaderMap,
) -> Result<Option<Caller>, ApiError> {
    if let Some(sign_on) = app.sign_on.as_ref().filter(|_| SignOn::looks_like_one(presented)) {
        let person = sign_on.person(presented, jiff::Timestamp::now().as_second()).await?;
        return Ok(Some(Caller { name: person.name, standing: person.standing, purpose: purpose(headers)? }));
    }
    let token = app.tokens.verify(presented, jiff::Timestamp::now()).map_err(|error| {
        tracing::error!(%error, "tokens can not be read, so nobody is let in");
        ApiError::internal()
    })?;
    let Some(token) = token else { return Ok(None) };
    Ok(Some(Caller { name: token.name, standing: token.standing, purpose: purpose(headers)? }))
}

/// What the answer is for.
fn purpose(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    match headers.get(PURPOSE).map(|value| value.to_str()) {
        None => Ok(None),
        Some(Ok(purpose)) if (1..=PURPOSE_MAX).contains(&purpose.len()) => Ok(Some(purpose.to_string())),
        Some(_) => {
            let message = format!("the header {PURPOSE} is not a text of 1 to {PURPOSE_MAX} signs of ASCII");
            let help = "Say what the answer is for in a word, such as billing.";
            Err(ApiError::new(StatusCode::BAD_REQUEST, "K-API-PARAMETER", message, help))
        }
    }
}

/// The part of the API that a request asks for, and whether to change something by it.
pub(super) struct Part {
    route: String,
    change: bool,
}

impl Part {
    pub(super) fn of(request: &Request) -> Part {
        let path =
            request.extensions().get::<MatchedPath>().map_or(request.uri().path(), MatchedPath::as_str);
        let path = path.trim_start_matches('/');
        let path = path.strip_prefix("v1/").unwrap_or(path);
        Part {
            route: path.split('/').next().unwrap_or_default().into(),
            change: changes(request.method(), path),
        }
    }
}

/// Says no if the policy does not open this part of the API to whoever asks. Everybody may ask who they are.
pub(super) async fn may(app: &Arc<App>, caller: &Caller, part: Part) -> Result<(), ApiError> {
    if caller.standing.owns() || part.route == "me" {
        return Ok(());
    }
    let Part { route, change } = part;
    let (subject, shown) = (caller.subject(app), route.clone());
    // Policies may have to be read.
    let allowed = super::ask(app.clone(), move |project| project.may_call(&subject, &route, change)).await?;
    if allowed {
        return Ok(());
    }
    let word = if change { "change something by" } else { "use" };
    let roles = caller.standing.roles.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let message = format!("{} ({roles}) may not {word} /v1/{shown}", caller.name);
    let help = "Ask whoever keeps the policies; `kith policy show` prints them.";
    Err(ApiError::new(StatusCode::FORBIDDEN, "K-POLICY-DENIED", message, help))
}

/// Questions that are too long for an address are sent by POST, and change nothing.
const QUESTIONS: [&str; 3] = ["sql", "sql/explain", "preview"];

fn changes(method: &Method, path: &str) -> bool {
    let reads = method == Method::GET || method == Method::HEAD;
    let asks = method == Method::POST && (QUESTIONS.contains(&path) || path.ends_with("/test"));
    !reads && !asks
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
