//! What libraries in browsers and apps ask before they send: which destinations to load. None: Kith delivers from its own
//! side, so a page loads nothing of third parties.

use super::answer::Refusal;
use super::{Collection, key};
use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, header};
use serde_json::{Value, json};
use std::sync::Arc;

/// `/v1/projects/{writeKey}/settings`, which analytics-next asks its CDN for. It then sends to `apiHost` with `apiKey`, so a
/// page needs no other word than the CDN's address.
pub async fn segment(
    State(collection): State<Arc<Collection>>,
    Path(key): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refusal> {
    collection.source_of(&key)?;
    let mut segment = json!({
        "apiKey": key,
        "unbundledIntegrations": [],
        "addBundledMetadata": false,
        "maybeBundledConfigIds": {},
        "versionSettings": { "version": "4.4.7", "componentTypes": ["browser"] },
    });
    if let Some(host) = host(&headers) {
        segment["apiHost"] = format!("{host}/v1").into();
        segment["protocol"] = protocol(&headers).into();
    }
    Ok(Json(json!({
        "integrations": { "Segment.io": segment },
        "plan": {
            "track": { "__default": { "enabled": true, "integrations": {} } },
            "identify": { "__default": { "enabled": true } },
            "group": { "__default": { "enabled": true } },
        },
        "edgeFunction": {},
        "middlewareSettings": {},
        "enabledMiddleware": {},
        "analyticsNextEnabled": true,
        "metrics": { "sampleRate": 0 },
        "legacyVideoPluginsEnabled": false,
        "remotePlugins": [],
    })))
}

/// The host that the client knows this door by, if it can be part of an address.
fn host(headers: &HeaderMap) -> Option<&str> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    let safe = |b: u8| b.is_ascii_alphanumeric() || b".-:[]".contains(&b);
    (!host.is_empty() && host.bytes().all(safe)).then_some(host)
}

/// How the client reaches this door: as the proxy in front says, else as its page was reached, since a page of https may not
/// send to http.
fn protocol(headers: &HeaderMap) -> &'static str {
    let begins = |name: &str, with: &str| {
        headers.get(name).and_then(|value| value.to_str().ok()).is_some_and(|value| value.starts_with(with))
    };
    match headers.contains_key("x-forwarded-proto") {
        true if begins("x-forwarded-proto", "https") => "https",
        true => "http",
        false if begins("origin", "https:") || begins("referer", "https:") => "https",
        false => "http",
    }
}

/// `/sourceConfig/`, which RudderStack's libraries ask for with Basic authentication. They check that the source has an id,
/// an object `config` and a list `destinations`, and that it is enabled.
pub async fn rudder(
    State(collection): State<Arc<Collection>>,
    request: Request,
) -> Result<Json<Value>, Refusal> {
    let (head, _) = request.into_parts();
    let key = key::in_head(&head).ok_or_else(|| Refusal::key("the request has no write key"))?;
    let source = collection.source_of(&key)?;
    Ok(Json(json!({
        "source": {
            "id": source.as_str(),
            "name": source.as_str(),
            "writeKey": key,
            "workspaceId": "default",
            "enabled": true,
            "config": { "statsCollection": { "errors": { "enabled": false }, "metrics": { "enabled": false } } },
            "connections": [],
            "destinations": [],
            "dataplanes": {},
            "updatedAt": "1970-01-01T00:00:00.000Z",
        },
        "updatedAt": "1970-01-01T00:00:00.000Z",
    })))
}

/// `/health`: RudderStack's word and Kith's.
pub async fn health() -> Json<Value> {
    Json(json!({ "status": "ok", "server": "UP" }))
}

/// `/version`.
pub async fn version() -> Json<Value> {
    Json(json!({ "version": env!("CARGO_PKG_VERSION") }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn the_door_is_named_as_the_client_knows_it() {
        let headers = |pairs: &[(&'static str, &'static str)]| -> HeaderMap {
            pairs
                .iter()
                .map(|(name, value)| (name.parse().expect("a name"), HeaderValue::from_static(value)))
                .collect()
        };
        assert_eq!(host(&headers(&[("host", "[::1]:7778")])), Some("[::1]:7778"));
        assert_eq!(host(&headers(&[("host", "a/b?c=\"")])), None);
        assert_eq!(protocol(&headers(&[])), "http");
        assert_eq!(protocol(&headers(&[("origin", "https://shop.example")])), "https");
        assert_eq!(
            protocol(&headers(&[("origin", "https://shop.example"), ("x-forwarded-proto", "http")])),
            "http"
        );
    }
}
