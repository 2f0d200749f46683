//! `GET /v1/stream`: what happens, as it happens, over server-sent events.
//!
//! Without `profile`: each event that comes in (`event: arrival`), its position as the id, so that a browser that lost the
//! connection goes on where it was (`Last-Event-ID`); with `most`, no more than a person can read, and the number of the others
//! (`event: passed`). With it: that profile at once (`event: profile`), and again whenever it
//! has changed.

use super::error::{ApiError, ErrorBody};
use super::input::{Params, checked_confidence, checked_limit, checked_lookup};
use super::{App, ask};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::stream::{self, Stream};
use kith_engine::{Lookup, Project};
use serde::Deserialize;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;
use utoipa::IntoParams;

/// Streams at once; each looks a few times a second.
pub const STREAMS_MAX: usize = 64;
/// How often a stream looks.
const LOOK: Duration = Duration::from_millis(250);
/// Arrivals that are sent at once.
const TOGETHER: usize = 200;

/// What is followed.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StreamParams {
    /// Follow this profile, `type:value`, instead of everything that comes in.
    profile: Option<String>,
    /// How sure each merge inside the profile must be, between 0 and 1; the project's own unless said.
    confidence: Option<f64>,
    /// Only what came behind this position of the log of events; from now on unless said.
    after: Option<u64>,
    /// Four times a second the newest so many of what came, 1 to 200, and how many entries of the log were passed over (`event: passed`); all unless said.
    most: Option<u64>,
}

/// What is sent next.
struct Following {
    app: Arc<App>,
    what: What,
    waiting: VecDeque<Event>,
    _place: OwnedSemaphorePermit,
}

enum What {
    Arrivals { after: u64, most: Option<u64> },
    Profile { who: Lookup, confidence: Option<f64>, seen: Seen },
}

impl What {
    /// Nobody reads what comes faster than a look.
    fn is_for_people(&self) -> bool {
        matches!(self, What::Arrivals { most: Some(_), .. })
    }
}

/// Where a profile stood when it was last looked at.
#[derive(Clone, Copy, PartialEq, Default)]
struct Seen {
    positions: Option<(u64, u64)>,
    content: u64,
}

/// Follow what happens.
#[utoipa::path(get, operation_id = "stream", path = "/v1/stream", tag = "events", params(StreamParams), security(("token" = [])),
    responses((status = 200, content_type = "text/event-stream", body = String), (status = "4XX", body = ErrorBody)))]
pub async fn get(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Params(params): Params<StreamParams>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    let place = app.streams.clone().try_acquire_owned().map_err(|_| ApiError::too_many_streams())?;
    let confidence = checked_confidence(params.confidence)?;
    let most = params.most.map(|most| checked_limit(Some(most), TOGETHER, TOGETHER)).transpose()?;
    let most = most.map(|most| most as u64);
    let what = match params.profile {
        Some(text) => {
            let who = checked_lookup("profile", &text)?;
            let looked = who.clone();
            // Nobody is followed who is not there.
            ask(app.clone(), move |project| project.profile(&looked, confidence).map(drop)).await?;
            What::Profile { who, confidence, seen: Seen::default() }
        }
        None => {
            let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
            let now = ask(app.clone(), |project| Ok(applied(project))).await?;
            What::Arrivals { after: last.or(params.after).unwrap_or(now), most }
        }
    };
    let following = Following { app, what, waiting: VecDeque::new(), _place: place };
    Ok(Sse::new(stream::unfold(following, next)).keep_alive(KeepAlive::default()))
}

async fn next(mut following: Following) -> Option<(Result<Event, Infallible>, Following)> {
    loop {
        if let Some(event) = following.waiting.pop_front() {
            return Some((Ok(event), following));
        }
        if crate::server::stopping() || following.look().await.is_err() {
            return None;
        }
        if following.waiting.is_empty() || following.what.is_for_people() {
            tokio::time::sleep(LOOK).await;
        }
    }
}

impl Following {
    async fn look(&mut self) -> Result<(), ApiError> {
        let app = self.app.clone();
        match &mut self.what {
            What::Arrivals { after, most } => {
                let (before, most) = (*after, *most);
                let (from, arrivals) = ask(app, move |project| {
                    let from = most.map_or(before, |most| before.max(stored(project).saturating_sub(most)));
                    Ok((from, project.arrivals(from, TOGETHER)?))
                })
                .await?;
                *after = arrivals.next;
                if from > before {
                    let passed = serde_json::json!({ "count": from - before });
                    self.waiting
                        .extend(Event::default().event("passed").id(from.to_string()).json_data(passed));
                }
                for event in &arrivals.events {
                    let sent = Event::default().event("arrival").id(event.position.to_string());
                    self.waiting.extend(sent.json_data(event));
                }
            }
            What::Profile { who, confidence, seen } => {
                let (who, confidence, before) = (who.clone(), *confidence, *seen);
                let found = ask(app, move |project| {
                    let now = Some((project.position().0, applied(project)));
                    if before.positions == now {
                        return Ok(None);
                    }
                    let profile = project.profile(&who, confidence)?;
                    Ok(Some((now, serde_json::to_value(&profile).unwrap_or_default())))
                });
                let Some((positions, profile)) = found.await? else { return Ok(()) };
                let content = content(profile.clone());
                if content != seen.content {
                    self.waiting.extend(Event::default().event("profile").json_data(&profile));
                }
                *seen = Seen { positions, content };
            }
        }
        Ok(())
    }
}

/// Up to where events are on the disk.
fn stored(project: &Project) -> u64 {
    project.collector().map_or(0, |collector| collector.events().position().0)
}

/// Up to where events are in the profiles.
fn applied(project: &Project) -> u64 {
    project.collector().map_or(0, |collector| collector.events().applied().0)
}

/// Stands for a profile without the positions that it reflects, which go on when others do something.
fn content(mut profile: serde_json::Value) -> u64 {
    profile["position"].take();
    if let Some(activity) = profile.get_mut("activity").filter(|activity| activity.is_object()) {
        activity["position"].take();
    }
    let mut hasher = DefaultHasher::new();
    profile.to_string().hash(&mut hasher);
    hasher.finish()
}
