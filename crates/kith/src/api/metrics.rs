//! `GET /v1/metrics`: what is counted, in the text format of Prometheus (exposition format 0.0.4).
//!
//! Requests are counted where they pass ([`seen`]); everything else is asked for when it is read, so it can not be stale.

use super::error::{ApiError, ErrorBody};
use super::input::{NoParams, Params};
use super::{App, ask};
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use kith_engine::Project;
use kith_engine::events::SourceStream;
use std::collections::BTreeMap;
use std::fmt::{Display, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Upper bounds of the buckets of durations, seconds.
const BUCKETS: [f64; 9] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 60.0];

/// Requests of one route, method and status.
#[derive(Default)]
struct Requests {
    count: u64,
    seconds: f64,
    buckets: [u64; BUCKETS.len()],
}

type Key = (String, String, u16);

static REQUESTS: Mutex<BTreeMap<Key, Requests>> = Mutex::new(BTreeMap::new());

/// A request was answered. `route` is the template, never the path: there are few of them, and they name nobody.
pub fn seen(route: &str, method: &str, status: u16, took: Duration) {
    let mut all = REQUESTS.lock().unwrap_or_else(PoisonError::into_inner);
    let requests = all.entry((route.into(), method.into(), status)).or_default();
    requests.count += 1;
    requests.seconds += took.as_secs_f64();
    let under = BUCKETS.iter().map(|bound| took.as_secs_f64() <= *bound);
    requests.buckets.iter_mut().zip(under).for_each(|(bucket, under)| *bucket += u64::from(under));
}

/// What is counted, for Prometheus.
#[utoipa::path(get, operation_id = "metrics", path = "/v1/metrics", tag = "operation", security(("token" = [])),
    responses((status = 200, content_type = "text/plain", body = String), (status = "4XX", body = ErrorBody)))]
pub async fn get(
    State(app): State<Arc<App>>,
    Params(NoParams {}): Params<NoParams>,
) -> Result<impl IntoResponse, ApiError> {
    let mut page = Page(String::new());
    page.requests();
    let mut page = ask(app, move |project| {
        page.project(project)?;
        Ok(page)
    })
    .await?;
    page.process();
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], page.0))
}

/// The text as it grows. Writing to a String can not fail.
struct Page(String);

impl Page {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn line(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        let escaped = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let labels: Vec<_> = labels.iter().map(|(k, v)| format!("{k}=\"{}\"", escaped(v))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }

    fn requests(&mut self) {
        self.head("kith_http_request_seconds", "histogram", "How long requests of the API took.");
        let all = REQUESTS.lock().unwrap_or_else(PoisonError::into_inner);
        for ((route, method, status), requests) in all.iter() {
            let status = status.to_string();
            let labels = [("route", route.as_str()), ("method", method.as_str()), ("status", &status)];
            for (bound, count) in BUCKETS.iter().zip(requests.buckets) {
                let bound = bound.to_string();
                let labels = [labels[0], labels[1], labels[2], ("le", bound.as_str())];
                self.line("kith_http_request_seconds_bucket", &labels, count);
            }
            let labels = [labels[0], labels[1], labels[2], ("le", "+Inf")];
            self.line("kith_http_request_seconds_bucket", &labels, requests.count);
            self.line("kith_http_request_seconds_sum", &labels[..3], requests.seconds);
            self.line("kith_http_request_seconds_count", &labels[..3], requests.count);
        }
    }

    fn project(&mut self, project: &Project) -> Result<(), kith_engine::Error> {
        let counts = project.event_counts()?;
        self.head(
            "kith_events_total",
            "counter",
            "Events by source and outcome; received is the sum of the others.",
        );
        for source in &counts.sources {
            let outcomes = [
                ("received", source.received),
                ("accepted", source.accepted),
                ("duplicate", source.duplicate),
                ("refused", source.refused),
            ];
            for (outcome, count) in outcomes {
                let labels = [("source", source.source.as_str()), ("outcome", outcome)];
                self.line("kith_events_total", &labels, count);
            }
        }
        let fresh = project.freshness()?;
        self.head("kith_records", "gauge", "Records that are alive.");
        self.line("kith_records", &[], fresh.records);
        self.head("kith_view_position", "gauge", "Up to which position of its log a view is complete.");
        for view in &fresh.views {
            let labels = [("view", view.name.as_str()), ("log", view.log.as_str())];
            self.line("kith_view_position", &labels, view.position);
        }
        self.head("kith_view_behind", "gauge", "Entries of its log that a view lacks.");
        for view in &fresh.views {
            let labels = [("view", view.name.as_str()), ("log", view.log.as_str())];
            self.line("kith_view_behind", &labels, view.behind);
        }
        self.streams(&fresh.streams);
        Ok(())
    }

    fn streams(&mut self, streams: &[SourceStream]) {
        if streams.is_empty() {
            return;
        }
        type Value = fn(&SourceStream) -> Option<f64>;
        let gauges: [(&str, &str, &str, Value); 4] = [
            ("kith_stream_following", "gauge", "1 while a stream is followed, 0 while it is not.", |s| {
                Some(f64::from(u8::from(["following", "waiting"].contains(&s.stream.state.as_str()))))
            }),
            ("kith_stream_lag", "gauge", "Messages that a stream has and Kith does not have yet.", |s| {
                s.stream.lag.map(|lag| lag as f64)
            }),
            ("kith_stream_messages_total", "counter", "Messages of a stream that are kept.", |s| {
                Some(s.stream.messages as f64)
            }),
            ("kith_stream_bytes_total", "counter", "Bytes of these messages.", |s| {
                Some(s.stream.bytes as f64)
            }),
        ];
        for (name, kind, help, value) in gauges {
            self.head(name, kind, help);
            for stream in streams {
                if let Some(value) = value(stream) {
                    self.line(name, &[("source", stream.source.as_str())], value);
                }
            }
        }
    }

    /// What the kernel says of this process (Linux).
    fn process(&mut self) {
        let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return };
        let kilobytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse::<u64>().ok()
        };
        if let Some(resident) = kilobytes("VmRSS:") {
            self.head("process_resident_memory_bytes", "gauge", "Memory of the process.");
            self.line("process_resident_memory_bytes", &[], resident * 1024);
        }
    }
}
