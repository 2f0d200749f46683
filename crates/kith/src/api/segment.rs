//! `/v1/spaces/…`: Segment's Profile API, as its clients speak it, over Kith's profiles.
//!
//! `GET /v1/spaces/{space}/collections/users/profiles/{type:id}/{traits|external_ids|events|metadata|links}`. The token is the user
//! name of Basic authentication. A space is what a client calls this project: any name will do, since a project has one tenant.
//! Errors are Segment's: `{"error":{"code":"not_found","message":"Profile was not found."}}`.
//!
//! Not here: accounts as profiles of their own, and the deletion of external ids.

use super::error::ApiError;
use super::{App, ask, guard};
use crate::collect::key;
use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, middleware};
use kith_core::event::time;
use kith_core::field::Field;
use kith_engine::Lookup;
use kith_engine::events::{Activity, EventQuery, EventView};
use kith_engine::shape::Profile;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Identifiers that are not for every system that asks for ids.
const NOT_SHOWN: [Field; 2] = [Field::NationalId, Field::EmailSha256];

/// Pages of events that are looked through for the names that are asked for.
const PAGES_MAX: usize = 20;

/// The routes.
pub fn router(app: Arc<App>) -> Router<Arc<App>> {
    const PROFILE: &str = "/spaces/{space}/collections/users/profiles/{id}";
    Router::new()
        .route(&format!("{PROFILE}/traits"), get(traits))
        .route(&format!("{PROFILE}/external_ids"), get(external_ids))
        .route(&format!("{PROFILE}/events"), get(events))
        .route(&format!("{PROFILE}/metadata"), get(metadata))
        .route(&format!("{PROFILE}/links"), get(links))
        .layer(from_fn_with_state(app, token_check))
        .layer(from_fn(request_id))
}

/// What may be asked. Parameters that Segment has and that change nothing here are taken and ignored.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    class: Option<String>,
    include: Option<String>,
    exclude: Option<String>,
    limit: Option<usize>,
    next: Option<String>,
    start: Option<String>,
    end: Option<String>,
}

/// An answer of Segment's that is none.
struct Refused(StatusCode, &'static str, String);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.0, Json(json!({"error": {"code": self.1, "message": self.2}}))).into_response()
    }
}

impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Refused {
        match error.status() {
            StatusCode::NOT_FOUND => {
                Refused(StatusCode::NOT_FOUND, "not_found", "Profile was not found.".into())
            }
            status if status.is_client_error() => Refused(status, "bad_request", error.message().into()),
            status => Refused(status, "internal_error", error.message().into()),
        }
    }
}

type Answer = Result<Json<Value>, Refused>;
type At = Path<(String, String)>;

fn bad(message: String) -> Refused {
    Refused(StatusCode::BAD_REQUEST, "bad_request", message)
}

fn lookup(id: &str) -> Result<Lookup, Refused> {
    id.parse::<Lookup>().map_err(|e| bad(e.to_string()))
}

impl Asked {
    fn limit(&self, usual: usize, most: usize) -> usize {
        self.limit.unwrap_or(usual).clamp(1, most)
    }

    /// True for a name that is wanted.
    fn wants(&self, name: &str) -> bool {
        let among = |list: &String| list.split(',').any(|one| one.trim() == name);
        self.include.as_ref().is_none_or(among) && !self.exclude.as_ref().is_some_and(among)
    }

    /// One page of a list, and the cursor behind it.
    fn page<T>(&self, all: Vec<T>, limit: usize, path: &str) -> Result<(Vec<T>, Value), Refused> {
        let from = match &self.next {
            None => 0,
            Some(next) => {
                next.parse::<usize>().map_err(|_| bad(format!("next is not a cursor: {next:?}")))?
            }
        };
        let more = all.len() > from.saturating_add(limit);
        let next = if more { (from + limit).to_string() } else { String::new() };
        Ok((all.into_iter().skip(from).take(limit).collect(), cursor(path, next, limit)))
    }
}

fn cursor(path: &str, next: String, limit: usize) -> Value {
    json!({"url": format!("{path}?limit={limit}"), "has_more": !next.is_empty(), "next": next, "limit": limit})
}

async fn profile(app: Arc<App>, id: &str) -> Result<Profile, Refused> {
    let who = lookup(id)?;
    let profile = ask(app, move |project| project.profile(&who, None)).await?;
    guard::shows(profile.profile_id.as_ref());
    Ok(profile)
}

async fn traits(State(app): State<Arc<App>>, Path((space, id)): At, asked: Query<Asked>) -> Answer {
    let profile = profile(app, &id).await?;
    let (mut said, mut computed) = (Map::new(), Map::new());
    if let Some(Activity { said: known, traits, .. }) = profile.activity {
        (said, computed) = (known, traits);
    }
    // What other systems know of the person stands beside what events said.
    for value in profile.golden {
        said.entry(value.field.name()).or_insert(Value::String(value.winner.value));
    }
    let chosen = match asked.class.as_deref() {
        None => said.into_iter().chain(computed).collect::<Map<_, _>>(),
        Some("computed_trait") => computed,
        // Memberships come with segments.
        Some("audience") => Map::new(),
        Some(class) => return Err(bad(format!("class is computed_trait or audience, not {class:?}"))),
    };
    let wanted: Vec<_> = chosen.into_iter().filter(|(name, _)| asked.wants(name)).collect();
    let path = format!("/v1/spaces/{space}/collections/users/profiles/{id}/traits");
    let (page, cursor) = asked.page(wanted, asked.limit(10, 200), &path)?;
    Ok(Json(json!({"traits": page.into_iter().collect::<Map<_, _>>(), "cursor": cursor})))
}

/// The identifiers of a person: type, value.
fn ids(profile: &Profile) -> Vec<(String, String)> {
    let shown = |kind: &String| NOT_SHOWN.iter().all(|field| field.name() != kind);
    let all = profile.identifiers.iter().filter(|id| shown(&id.kind));
    all.map(|id| (id.kind.clone(), id.value.clone())).collect()
}

async fn external_ids(State(app): State<Arc<App>>, Path((space, id)): At, asked: Query<Asked>) -> Answer {
    let profile = profile(app, &id).await?;
    let wanted: Vec<_> = ids(&profile).into_iter().filter(|(kind, _)| asked.wants(kind)).collect();
    let path = format!("/v1/spaces/{space}/collections/users/profiles/{id}/external_ids");
    let (page, cursor) = asked.page(wanted, asked.limit(10, 100), &path)?;
    let one = |(kind, id)| json!({"id": id, "type": kind, "collection": "users", "encoding": "none"});
    Ok(Json(json!({"data": page.into_iter().map(one).collect::<Vec<_>>(), "cursor": cursor})))
}

async fn events(State(app): State<Arc<App>>, Path((space, id)): At, asked: Query<Asked>) -> Answer {
    let who = lookup(&id)?;
    let time = |name: &str, text: &Option<String>| match text {
        None => Ok(None),
        Some(text) => {
            time::instant_ms(text).map(Some).ok_or_else(|| bad(format!("{name} is not a time: {text:?}")))
        }
    };
    let limit = asked.limit(10, 100);
    let (from_ms, to_ms) = (time("start", &asked.start)?, time("end", &asked.end)?);
    let Query(asked) = asked;
    let (found, next) = ask(app, move |project| {
        let (mut found, mut before) = (Vec::new(), asked.next.clone());
        for _ in 0..PAGES_MAX {
            let query =
                EventQuery { before, from_ms, to_ms, limit: limit - found.len(), ..EventQuery::default() };
            let page = project.profile_events(&who, None, &query)?;
            found.extend(page.events.into_iter().filter(|event| asked.wants(&event.name)));
            before = page.next;
            if found.len() == limit || before.is_none() {
                break;
            }
        }
        Ok((found, before))
    })
    .await?;
    let path = format!("/v1/spaces/{space}/collections/users/profiles/{id}/events");
    let data: Vec<Value> = found.iter().map(event).collect();
    Ok(Json(json!({"data": data, "cursor": cursor(&path, next.unwrap_or_default(), limit)})))
}

fn event(event: &EventView) -> Value {
    let body: Value = serde_json::from_str(event.body.get()).unwrap_or_default();
    let mut ids = Vec::new();
    for (kind, id) in [("user_id", &event.user_id), ("anonymous_id", &event.anonymous_id)] {
        ids.extend(
            id.as_ref().map(|id| json!({"collection": "users", "type": kind, "id": id, "encoding": "none"})),
        );
    }
    json!({
        "type": event.call, "event": event.name, "message_id": event.message_id, "source_id": event.source,
        "timestamp": event.timestamp, "external_ids": ids, "context": body.get("context"),
        "properties": body.get("properties"), "traits": body.get("traits"),
    })
}

async fn metadata(State(app): State<Arc<App>>, Path((_, id)): At) -> Answer {
    let profile = profile(app, &id).await?;
    let activity = profile.activity.as_ref();
    let records = || profile.records.iter().map(|record| &record.received_at);
    let created = records().chain(activity.and_then(|a| a.first_at.as_ref())).min();
    let updated = records().chain(activity.and_then(|a| a.last_at.as_ref())).max();
    Ok(Json(json!({"metadata": {"created_at": created, "updated_at": updated, "expires_at": null}})))
}

async fn links(State(app): State<Arc<App>>, Path((space, id)): At, asked: Query<Asked>) -> Answer {
    let groups = profile(app, &id).await?.activity.map(|activity| activity.groups).unwrap_or_default();
    let path = format!("/v1/spaces/{space}/collections/users/profiles/{id}/links");
    let (page, cursor) = asked.page(groups, asked.limit(10, 20), &path)?;
    let link = |group| {
        let ids = [json!({"id": group, "type": "group_id", "collection": "accounts", "encoding": "none"})];
        json!({"to_collection": "accounts", "external_ids": ids})
    };
    Ok(Json(json!({"data": page.into_iter().map(link).collect::<Vec<_>>(), "cursor": cursor})))
}

/// The token is the user name of Basic authentication, or a bearer token.
async fn token_check(State(app): State<Arc<App>>, request: Request, next: middleware::Next) -> Response {
    let presented =
        key::basic(request.headers()).or_else(|| guard::bearer(request.headers()).map(str::to_string));
    let missing = || {
        let message = "The token is missing, or does not count.".to_string();
        Refused(StatusCode::UNAUTHORIZED, "unauthorized", message).into_response()
    };
    let Some(presented) = presented else { return missing() };
    let caller = match guard::known(&app, &presented, request.headers()).await {
        Ok(Some(caller)) => caller,
        Ok(None) => return missing(),
        Err(error) => return Refused::from(error).into_response(),
    };
    match guard::may(&app, &caller, guard::Part::of(&request)).await {
        Ok(()) => guard::answered(&app, &caller, request, next).await,
        Err(error) => Refused::from(error).into_response(),
    }
}

/// Names each answer, as Segment does, so that a client can say which one it means.
async fn request_id(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let id = format!(
        "{:032x}",
        u128::from(getrandom::u64().unwrap_or_default()) << 64
            | u128::from(getrandom::u64().unwrap_or_default())
    );
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("request-id", id);
    }
    response
}
