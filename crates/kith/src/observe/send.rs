//! Spans on their way: a bounded queue, and a thread that posts what has gathered (OTLP over HTTP, JSON).

use super::context::Context;
use super::settings::Settings;
use reqwest::Client;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Spans that wait, as in OpenTelemetry's own batching.
const WAITING_MAX: usize = 2_048;

/// Spans of one request.
const TOGETHER: usize = 512;

/// How long the end of the process waits for the last spans to be sent.
const LAST: Duration = Duration::from_secs(2);

/// A span that has ended.
#[derive(Clone, Debug)]
pub struct Finished {
    /// Its trace and itself.
    pub context: Context,
    /// The span that it is within; 0 = none.
    pub parent: u64,
    /// What it is called.
    pub name: String,
    /// True where it answers somebody else's request.
    pub server: bool,
    /// True where it failed.
    pub error: bool,
    /// When it began.
    pub began_at: SystemTime,
    /// When it ended.
    pub ended_at: SystemTime,
    /// What is known of it, as OTLP writes values.
    pub attributes: Vec<(&'static str, Value)>,
    /// Spans of other traces that it belongs to.
    pub links: Vec<Context>,
}

impl Default for Finished {
    fn default() -> Finished {
        let now = SystemTime::now();
        Finished {
            context: Context { trace: 0, span: 0, sampled: false },
            parent: 0,
            name: String::new(),
            server: false,
            error: false,
            began_at: now,
            ended_at: now,
            attributes: Vec::new(),
            links: Vec::new(),
        }
    }
}

enum Message {
    Span(Box<Finished>),
    End(SyncSender<()>),
}

/// The way into the queue.
#[derive(Clone)]
pub struct Queue {
    into: SyncSender<Message>,
    given_up: Arc<AtomicU64>,
}

impl Queue {
    /// Puts a span in, or gives it up: nobody waits for traces.
    pub fn put(&self, finished: Finished) {
        if self.into.try_send(Message::Span(Box::new(finished))).is_err() {
            self.given_up.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The thread that sends.
pub struct Sender {
    queue: Queue,
}

impl Sender {
    /// Starts it.
    pub fn start(settings: &Settings) -> Result<Sender, String> {
        let post = Post::new(settings)?;
        let (into, from) = sync_channel(WAITING_MAX);
        let queue = Queue { into, given_up: Arc::default() };
        let (delay, given_up) = (settings.delay, queue.given_up.clone());
        let thread = std::thread::Builder::new().name("kith-traces".into());
        thread.spawn(move || run(&post, &from, delay, &given_up)).map_err(|e| e.to_string())?;
        Ok(Sender { queue })
    }

    pub fn queue(&self) -> Queue {
        self.queue.clone()
    }

    /// Sends what waits; returns when it is sent, or after a short time.
    pub fn end(self) {
        let (told, done) = sync_channel(1);
        if self.queue.into.try_send(Message::End(told)).is_ok() {
            let _ = done.recv_timeout(LAST);
        }
    }
}

fn run(post: &Post, from: &Receiver<Message>, delay: Duration, given_up: &AtomicU64) {
    let (mut waiting, mut first) = (Vec::new(), Instant::now());
    loop {
        let left = if waiting.is_empty() {
            Duration::from_secs(3_600)
        } else {
            delay.saturating_sub(first.elapsed())
        };
        let ended = match from.recv_timeout(left) {
            Ok(Message::Span(span)) => {
                if waiting.is_empty() {
                    first = Instant::now();
                }
                waiting.push(*span);
                None
            }
            Ok(Message::End(told)) => Some(told),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        let due = ended.is_some() || waiting.len() >= TOGETHER || first.elapsed() >= delay;
        if due && !waiting.is_empty() {
            let spans = std::mem::take(&mut waiting);
            if let Err(why) = post.send(&spans) {
                given_up.fetch_add(spans.len() as u64, Ordering::Relaxed);
                tracing::warn!(why, given_up = given_up.load(Ordering::Relaxed), "traces could not be sent");
            }
        }
        if let Some(told) = ended {
            let _ = told.send(());
            return;
        }
    }
}

/// Where spans are posted to.
struct Post {
    client: Client,
    runtime: tokio::runtime::Runtime,
    url: String,
    resource: Value,
}

impl Post {
    fn new(settings: &Settings) -> Result<Post, String> {
        let mut headers = HeaderMap::new();
        for (name, value) in &settings.headers {
            let name = HeaderName::try_from(name).map_err(|e| format!("the header {name:?}: {e}"))?;
            let value = HeaderValue::try_from(value).map_err(|e| format!("the header {name:?}: {e}"))?;
            headers.insert(name, value);
        }
        let client = Client::builder().default_headers(headers).timeout(settings.timeout).build();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let attributes: Vec<_> = settings
            .resource
            .iter()
            .map(|(key, value)| json!({ "key": key, "value": { "stringValue": value } }))
            .collect();
        Ok(Post {
            client: client.map_err(|e| e.to_string())?,
            runtime: runtime.map_err(|e| e.to_string())?,
            url: settings.url.clone(),
            resource: json!({ "attributes": attributes }),
        })
    }

    fn send(&self, spans: &[Finished]) -> Result<(), String> {
        let scope = json!({ "name": "kith", "version": env!("CARGO_PKG_VERSION") });
        let spans: Vec<_> = spans.iter().map(written).collect();
        let body = json!({ "resourceSpans": [{
            "resource": self.resource,
            "scopeSpans": [{ "scope": scope, "spans": spans }],
        }] });
        let request =
            self.client.post(&self.url).header(CONTENT_TYPE, "application/json").body(body.to_string());
        let answer = self
            .runtime
            .block_on(async { request.send().await })
            .map_err(|error| error.without_url().to_string())?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            status => Err(format!("the receiver answers {status}")),
        }
    }
}

/// A span in OTLP's JSON: ids in hexadecimal, times in nanoseconds as texts.
fn written(span: &Finished) -> Value {
    let at = |time: SystemTime| time.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos().to_string();
    let link = |of: &Context| json!({ "traceId": format!("{:032x}", of.trace), "spanId": format!("{:016x}", of.span) });
    let attributes: Vec<_> =
        span.attributes.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect();
    let mut written = json!({
        "traceId": format!("{:032x}", span.context.trace),
        "spanId": format!("{:016x}", span.context.span),
        "name": span.name,
        "kind": if span.server { 2 } else { 1 },
        "startTimeUnixNano": at(span.began_at),
        "endTimeUnixNano": at(span.ended_at),
        "attributes": attributes,
        "links": span.links.iter().map(link).collect::<Vec<_>>(),
        "status": if span.error { json!({ "code": 2 }) } else { json!({}) },
    });
    if span.parent != 0 {
        written["parentSpanId"] = format!("{:016x}", span.parent).into();
    }
    written
}
