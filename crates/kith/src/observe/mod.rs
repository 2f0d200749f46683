//! Traces, as OpenTelemetry has them: what a request waited for.
//!
//! - Reads: the environment variables that the OpenTelemetry specification names ([`settings`]). An endpoint switches it on;
//!   without one there is no span at all, and asking costs one look at a number.
//! - Decides: which traces are kept, by `OTEL_TRACES_SAMPLER`.
//! - Writes: spans, in batches from a thread of its own, by OTLP over HTTP in JSON ([`send`]).
//! - Fails: silently but for a warning. Whoever receives traces must not be able to stop who makes them: what can not be sent, or
//!   comes faster than it can be sent, is given up and counted.
//!
//! Spans are of requests, groups of events and steps, never of an event; and they hold templates of routes, statuses and
//! counts, never what was asked or sent. All of them have the target `otel`, which no log shows.
//!
//! Why this is not the SDK: [ADR 10](../../../docs/adr/0010-traces-without-the-sdk.md).

mod context;
mod layer;
mod send;
mod settings;

use layer::Spans;
use send::Sender;
use settings::Settings;
use tracing::Subscriber;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::Layer;
use tracing_subscriber::registry::LookupSpan;

/// Where spans go.
pub struct Traces {
    settings: Settings,
    sender: Sender,
}

/// Traces, if the environment says where they go.
pub fn traces() -> Option<Traces> {
    let settings = match Settings::of(|name| std::env::var(name).ok()) {
        Ok(settings) => settings?,
        Err(why) => {
            // There is no log yet.
            eprintln!("kith: no traces are sent: {why}");
            return None;
        }
    };
    match Sender::start(&settings) {
        Ok(sender) => Some(Traces { settings, sender }),
        Err(error) => {
            eprintln!("kith: no traces are sent: {error}");
            None
        }
    }
}

/// What turns our spans into OpenTelemetry's.
pub fn layer<S>(traces: &Traces) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let spans = Spans::new(traces.settings.sampler, traces.sender.queue());
    spans.with_filter(Targets::new().with_target("otel", LevelFilter::INFO))
}

/// Sends what waits, for a short time.
pub fn end(traces: Option<Traces>) {
    if let Some(traces) = traces {
        traces.sender.end();
    }
}
