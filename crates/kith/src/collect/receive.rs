//! From a request to an acknowledgement: taken, and on disk.

use super::answer::{self, Refusal};
use super::{Collection, body, key, peer, signature};
use axum::extract::{Query, Request, State};
use axum::http::HeaderValue;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use kith_core::config::Webhook;
use kith_core::event::Call;
use kith_core::event::wire::other::{self, Format, Sent};
use kith_core::event::wire::{self, Arrival, Door, Incoming};
use kith_core::hex;
use kith_engine::Error;
use kith_engine::events::{NotTaken, Receipt};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tracing::Instrument;

/// A group commit takes milliseconds; a disk that needs longer than this is one that a client should hear of.
const KEEP_SECONDS_MAX: u64 = 30;

/// Which way a request came in.
#[derive(Clone, Copy)]
pub enum Entry {
    /// In Segment's words or RudderStack's.
    Ours(Door),
    /// In another format.
    Other(Format),
}

/// Takes the events of a request. `key` = the write key, where the path names it.
pub async fn events(
    collection: &Collection,
    entry: Entry,
    key: Option<String>,
    request: Request,
) -> Result<Receipt, Refusal> {
    let received_at_ms = jiff::Timestamp::now().as_millisecond();
    let (head, body) = request.into_parts();
    // A key that does not count is refused before anything is read.
    let early = key.or_else(|| key::in_head(&head)).map(|key| collection.source_of(&key)).transpose()?;
    let body = body::read(body, &head.headers, collection).await?;
    let asked = Asked::of(&head, entry);
    let sent = Sent { headers: &asked.headers, query: &asked.query, body: &body.bytes };
    let source = match early {
        Some(source) => source,
        None => {
            let key = match entry {
                Entry::Ours(_) => wire::write_key(&body.bytes),
                Entry::Other(format) => other::write_key(format, &sent),
            };
            collection.source_of(&key.ok_or_else(|| Refusal::key("the request has no write key"))?)?
        }
    };
    let hook = collection.collector.hook(&source);
    signature::check(hook, &head.headers, &body.bytes, received_at_ms)?;
    let ip = peer::address(&head);
    let arrival = Arrival { source: &source, received_at_ms, ip: ip.as_deref() };
    let found = match entry {
        Entry::Ours(door) => wire::read(&body.bytes, door, &arrival, &collection.limits),
        Entry::Other(format) => {
            let usual = Webhook::default();
            let webhook = hook.map_or(&usual, |hook| &hook.webhook);
            other::read(format, &sent, webhook, &arrival, &collection.limits)
        }
    };
    let receipt = keep(collection, found.map_err(Refusal::malformed)?).await;
    // Until here the body's bytes count as being in memory: its events are.
    drop(body);
    receipt
}

/// What another format may look at beside the body.
#[derive(Default)]
struct Asked {
    headers: Vec<(String, String)>,
    query: Vec<(String, String)>,
}

impl Asked {
    fn of(head: &Parts, entry: Entry) -> Asked {
        if matches!(entry, Entry::Ours(_)) {
            return Asked::default();
        }
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = head.headers.iter().map(|(name, value)| (name.as_str().to_string(), text(value)));
        let Query(query) = Query::<Vec<(String, String)>>::try_from_uri(&head.uri).unwrap_or_default();
        Asked { headers: headers.collect(), query }
    }
}

/// Takes the event of an image's address. The image comes in any case: a broken one in a mail helps nobody.
pub async fn pixel(State(collection): State<Arc<Collection>>, call: Call, request: Request) -> Response {
    match seen(&collection, call, request).await {
        Ok(receipt) => answer::with_position(answer::image(), &receipt),
        Err(refusal) => (refusal.into_response().status(), answer::image()).into_response(),
    }
}

async fn seen(collection: &Collection, call: Call, request: Request) -> Result<Receipt, Refusal> {
    let received_at_ms = jiff::Timestamp::now().as_millisecond();
    let (head, _) = request.into_parts();
    let key = key::in_head(&head).ok_or_else(|| Refusal::key("the address has no writeKey"))?;
    let source = collection.source_of(&key)?;
    signature::check(collection.collector.hook(&source), &head.headers, &[], received_at_ms)?;
    let ip = peer::address(&head);
    let arrival = Arrival { source: &source, received_at_ms, ip: ip.as_deref() };
    let Query(parameters) = Query::<Vec<(String, String)>>::try_from_uri(&head.uri).unwrap_or_default();
    keep(collection, vec![wire::pixel(&parameters, call, &arrival, &collection.limits)]).await
}

/// Hands over, and waits until all of it is on disk.
async fn keep(collection: &Collection, mut found: Vec<Incoming>) -> Result<Receipt, Refusal> {
    name_the_nameless(&mut found)?;
    let (tell, told) = oneshot::channel::<Result<Receipt, Error>>();
    // A client that has left does not hear the answer; its events are kept all the same.
    let reply = Box::new(move |kept| {
        let _ = tell.send(kept);
    });
    collection.collector.submit(found, reply).map_err(|not| match not {
        NotTaken::Busy => Refusal::busy(),
        NotTaken::NoRoom => Refusal::full(),
        NotTaken::Stopped => Refusal::stopped(),
    })?;
    // From the queue to the disk: the wait for a group, and its fsync.
    let kept = told.instrument(tracing::info_span!(target: "otel", "keep"));
    match tokio::time::timeout(Duration::from_secs(KEEP_SECONDS_MAX), kept).await {
        Ok(Ok(Ok(receipt))) => Ok(receipt),
        Ok(Ok(Err(error))) if error.code() == "K-LOG-FULL" => Err(Refusal::full()),
        Ok(Ok(Err(error))) => {
            tracing::error!(code = error.code(), cause = ?std::error::Error::source(&error), "{error}");
            Err(Refusal::stopped())
        }
        Ok(Err(_)) | Err(_) => {
            tracing::error!("a request with events was not answered by the log");
            Err(Refusal::stopped())
        }
    }
}

/// An event that its client gave no id, and that no time tells from others like it, is one of its own.
fn name_the_nameless(found: &mut [Incoming]) -> Result<(), Refusal> {
    let nameless =
        |incoming: &Incoming| matches!(incoming, Incoming::Event(event) if event.message_id.is_empty());
    let count = found.iter().filter(|incoming| nameless(incoming)).count();
    let mut random = vec![0; count * 16];
    getrandom::fill(&mut random).map_err(|error| {
        tracing::error!(%error, "the system gave no random numbers for message ids");
        Refusal::stopped()
    })?;
    let mut ids = random.chunks_exact(16);
    for incoming in found {
        if let Incoming::Event(event) = incoming
            && event.message_id.is_empty()
            && let Some(id) = ids.next()
        {
            event.message_id = format!("kith-{}", hex(id));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use kith_core::event::wire::Limits;
    use kith_core::id::SourceName;

    #[test]
    fn events_without_an_id_get_different_ones() {
        let source = SourceName::try_from("shop").expect("a name");
        let arrival = Arrival { source: &source, received_at_ms: 0, ip: None };
        let body = br#"[{"type":"identify","userId":"a"},{"type":"identify","userId":"a"},{"type":"identify","userId":"a","messageId":"m"}]"#;
        let mut found = wire::read(body, Door::Batch, &arrival, &Limits::default()).expect("JSON");
        assert!(name_the_nameless(&mut found).is_ok());
        let ids: Vec<_> = found
            .iter()
            .filter_map(|incoming| match incoming {
                Incoming::Event(event) => Some(event.message_id.as_str()),
                Incoming::Refused(_) => None,
            })
            .collect();
        assert_eq!((ids[0].len(), ids[1].len(), ids[2]), (37, 37, "m"));
        assert_ne!(ids[0], ids[1]);
    }
}
