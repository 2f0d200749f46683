//! From `tracing`'s spans to OpenTelemetry's.
//!
//! 1. A span that begins here begins a trace, unless a field `otel.parent` says of which it is a part; the sampler decides whether it
//!    is kept. A span within another one is of its trace.
//! 2. Its fields are its attributes, but for those of its own that begin with `otel.`: name, kind, parent, link, error.
//! 3. When it closes, it goes into the queue; a full queue gives it up.

use super::context::{self, Context};
use super::send::{Finished, Queue};
use super::settings::Sampler;
use std::fmt::Debug;
use std::time::SystemTime;
use tracing::Subscriber;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing_subscriber::layer::Context as Within;
use tracing_subscriber::registry::LookupSpan;

/// Links of one span: a group of events may be of many requests.
const LINKS_MAX: usize = 128;

/// The layer.
pub struct Spans {
    sampler: Sampler,
    queue: Queue,
}

impl Spans {
    pub fn new(sampler: Sampler, queue: Queue) -> Spans {
        Spans { sampler, queue }
    }

    /// Which trace a span is of that is within no other, and who its parent is.
    fn begun(&self, caller: Option<Context>) -> (Context, u64) {
        let span = random().max(1);
        match caller {
            Some(Context { trace, span: parent, sampled }) => {
                let sampled = if self.sampler.by_parent { sampled } else { self.sampler.keeps(trace) };
                (Context { trace, span, sampled }, parent)
            }
            None => {
                let trace = u128::from(random()) << 64 | u128::from(random()).max(1);
                (Context { trace, span, sampled: self.sampler.keeps(trace) }, 0)
            }
        }
    }
}

/// An id that is not there is no reason to fail.
fn random() -> u64 {
    getrandom::u64().unwrap_or(1)
}

impl<S> tracing_subscriber::Layer<S> for Spans
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, within: Within<'_, S>) {
        let Some(span) = within.span(id) else { return };
        let mut said = Said::default();
        attributes.record(&mut said);
        let parent =
            span.parent().and_then(|parent| parent.extensions().get::<Finished>().map(|p| p.context));
        let (context, parent) = match parent {
            Some(parent) => (Context { span: random().max(1), ..parent }, parent.span),
            None => self.begun(said.parent),
        };
        let name = said.name.take().unwrap_or_else(|| attributes.metadata().name().to_string());
        let mut finished = Finished { context, parent, name, ..Finished::default() };
        said.into(&mut finished);
        span.extensions_mut().insert(finished);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, within: Within<'_, S>) {
        let Some(span) = within.span(id) else { return };
        let mut said = Said::default();
        values.record(&mut said);
        if let Some(finished) = span.extensions_mut().get_mut::<Finished>() {
            said.into(finished);
        }
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, within: Within<'_, S>) {
        let (Some(span), Some(before)) = (within.span(id), within.span(follows)) else { return };
        let before = before.extensions().get::<Finished>().map(|before| before.context);
        if let (Some(finished), Some(before)) = (span.extensions_mut().get_mut::<Finished>(), before)
            && finished.links.len() < LINKS_MAX
        {
            finished.links.push(before);
        }
    }

    fn on_close(&self, id: Id, within: Within<'_, S>) {
        let Some(span) = within.span(&id) else { return };
        let finished = span.extensions_mut().remove::<Finished>();
        if let Some(mut finished) = finished.filter(|finished| finished.context.sampled) {
            finished.ended_at = SystemTime::now();
            self.queue.put(finished);
        }
    }
}

/// What a span's fields say.
#[derive(Default)]
struct Said {
    name: Option<String>,
    server: bool,
    error: bool,
    parent: Option<Context>,
    link: Option<Context>,
    attributes: Vec<(&'static str, serde_json::Value)>,
}

impl Said {
    fn into(self, finished: &mut Finished) {
        finished.server |= self.server;
        finished.error |= self.error;
        finished.links.extend(self.link);
        finished.attributes.extend(self.attributes);
    }

    fn attribute(&mut self, field: &Field, value: serde_json::Value) {
        self.attributes.push((field.name(), value));
    }
}

impl Visit for Said {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "otel.name" => self.name = Some(value.into()),
            "otel.kind" => self.server = value == "server",
            "otel.parent" => self.parent = context::read(value),
            "otel.link" => self.link = context::read(value),
            _ => self.attribute(field, serde_json::json!({ "stringValue": value })),
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        match field.name() {
            "otel.error" => self.error = value,
            _ => self.attribute(field, serde_json::json!({ "boolValue": value })),
        }
    }

    // In OTLP's JSON a whole number is a text, since JavaScript would round it.
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.attribute(field, serde_json::json!({ "intValue": value.to_string() }));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.attribute(field, serde_json::json!({ "intValue": value.to_string() }));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.attribute(field, serde_json::json!({ "doubleValue": value }));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}
