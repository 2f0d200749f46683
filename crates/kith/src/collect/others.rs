//! The paths of formats that are not Segment's ([`kith_core::event::wire::other`]), each with the answer that its clients
//! expect, and what some of them ask before they send.

use super::Collection;
use super::answer::{self, Refusal};
use super::receive::{self, Entry};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, get, on};
use axum::{Json, Router};
use kith_core::event::wire::other::Format;
use serde_json::{Value, json};
use std::sync::Arc;

type Routes = Router<Arc<Collection>>;

/// Each with and without a slash at the end: PostHog's clients have both.
const POSTHOG: [&str; 4] = ["/batch", "/capture", "/e", "/i/v0/e"];
/// The oldest of them send events in the address.
const BOTH: MethodFilter = MethodFilter::POST.or(MethodFilter::GET);

/// What they ask before.
const FLAGS: [&str; 2] = ["/decide", "/flags"];

/// Adds them.
pub fn routes(mut routes: Routes) -> Routes {
    for path in POSTHOG {
        for path in [path.to_string(), format!("{path}/")] {
            routes = routes
                .route(&path, taking(BOTH, Format::PostHog, || Json(json!({ "status": 1 })).into_response()));
        }
    }
    for path in FLAGS {
        for path in [path.to_string(), format!("{path}/")] {
            routes = routes.route(&path, get(flags).post(flags));
        }
    }
    let hook = |format| taking(MethodFilter::POST, format, answer::success).options(hooks_welcome);
    routes
        .route("/array/{key}/config", get(remote_config))
        .route("/array/{key}/config.js", get(remote_config_script))
        .route(
            "/com.snowplowanalytics.snowplow/tp2",
            taking(MethodFilter::POST, Format::Snowplow, || "ok".into_response()),
        )
        .route("/i", taking(MethodFilter::GET, Format::Snowplow, answer::image))
        .route("/v1/cloudevents", hook(Format::CloudEvents))
        .route("/v1/cloudevents/{key}", hook(Format::CloudEvents))
        .route("/v1/webhook", hook(Format::Webhook))
        .route("/v1/webhook/{key}", hook(Format::Webhook))
}

/// Takes the events of a request, and answers with `answer` once they are on the disk.
fn taking(how: MethodFilter, format: Format, answer: fn() -> Response) -> MethodRouter<Arc<Collection>> {
    let take = move |State(at): State<Arc<Collection>>, key: Option<Path<String>>, request: Request| async move {
        let key = key.map(|Path(key)| key);
        match receive::events(&at, Entry::Other(format), key, request).await {
            Ok(receipt) => answer::with_position(answer(), &receipt),
            Err(refusal) => refusal.into_response(),
        }
    };
    on(how, take)
}

/// Whoever delivers CloudEvents may ask first whether they are welcome (HTTP 1.1 Web Hooks for Event Delivery).
async fn hooks_welcome() -> Response {
    ([("webhook-allowed-origin", HeaderValue::from_static("*"))], StatusCode::OK).into_response()
}

/// Feature flags: there are none, and nothing failed.
async fn flags() -> Json<Value> {
    Json(json!({
        "flags": {}, "featureFlags": {}, "featureFlagPayloads": {}, "errorsWhileComputingFlags": false,
        "quotaLimited": [], "config": settings(), "supportedCompression": ["gzip", "gzip-js"],
        "sessionRecording": false, "surveys": false, "siteApps": [], "isAuthenticated": false, "toolbarParams": {},
    }))
}

/// What posthog-js asks when it starts: nothing is switched on that sends elsewhere or records the page.
async fn remote_config(
    State(at): State<Arc<Collection>>,
    Path(key): Path<String>,
) -> Result<Json<Value>, Refusal> {
    at.source_of(&key)?;
    let mut config = settings();
    config["token"] = key.into();
    Ok(Json(config))
}

/// The same as a script: it leaves the page as it is, and the library then asks for the JSON.
async fn remote_config_script() -> impl IntoResponse {
    ([("content-type", "text/javascript")], "")
}

fn settings() -> Value {
    json!({
        "hasFeatureFlags": false, "supportedCompression": ["gzip", "gzip-js"], "sessionRecording": false,
        "surveys": false, "heatmaps": false, "autocapture_opt_out": true, "capturePerformance": false,
        "elementsChainAsString": false, "defaultIdentifiedOnly": true, "siteApps": [], "siteAppsJS": [],
        "analytics": { "endpoint": "/i/v0/e/" },
    })
}
