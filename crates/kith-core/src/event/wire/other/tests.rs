//! What requests of other formats become. The shapes were observed with the clients themselves (tests/clients), and shortened.

use super::*;
use crate::event::Event;
use crate::id::SourceName;
use serde_json::Value;

mod hooks;
mod posthog;
mod snowplow;

/// 2026-11-22T08:00:10Z.
const RECEIVED: i64 = 1_795_334_410_000;

/// A request: headers, parameters, body.
#[derive(Default)]
struct Request {
    headers: Vec<(String, String)>,
    query: Vec<(String, String)>,
    body: Vec<u8>,
    webhook: Webhook,
}

fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

impl Request {
    fn of(body: &str) -> Request {
        Request { body: body.into(), ..Request::default() }
    }

    fn with_headers(self, headers: &[(&str, &str)]) -> Request {
        Request { headers: pairs(headers), ..self }
    }

    fn with_query(self, query: &[(&str, &str)]) -> Request {
        Request { query: pairs(query), ..self }
    }

    fn sent(&self) -> Sent<'_> {
        Sent { headers: &self.headers, query: &self.query, body: &self.body }
    }

    fn read(&self, format: Format) -> Result<Vec<Incoming>, Malformed> {
        let source = SourceName::try_from("shop").expect("a good name");
        let arrival = Arrival { source: &source, received_at_ms: RECEIVED, ip: Some("203.0.113.7") };
        read(format, &self.sent(), &self.webhook, &arrival, &Limits::default())
    }

    #[track_caller]
    fn events(&self, format: Format) -> Vec<Event> {
        let found = self.read(format).expect("a request that can be read");
        found
            .into_iter()
            .map(|one| match one {
                Incoming::Event(event) => event,
                Incoming::Refused(refused) => panic!("refused: {refused:#?}"),
            })
            .collect()
    }

    #[track_caller]
    fn event(&self, format: Format) -> Event {
        let mut all = self.events(format);
        assert_eq!(all.len(), 1, "{all:#?}");
        all.remove(0)
    }

    #[track_caller]
    fn refused(&self, format: Format) -> RefusedEvent {
        match self.read(format).expect("a request that can be read").as_slice() {
            [Incoming::Refused(refused)] => refused.clone(),
            other => panic!("not one refusal: {other:#?}"),
        }
    }
}

fn body(event: &Event) -> Value {
    serde_json::from_str(&event.body).expect("JSON")
}

#[test]
fn moments_in_all_their_spellings() {
    for (said, meant) in [
        ("\"2026-11-22T08:00:00Z\"", Some("2026-11-22T08:00:00Z")),
        ("1795334400", Some("2026-11-22T08:00:00Z")),
        ("1795334400.5", Some("2026-11-22T08:00:00.5Z")),
        ("\"1795334400000\"", Some("2026-11-22T08:00:00Z")),
        ("\"yesterday\"", None),
        ("1e300", None),
        ("{}", None),
    ] {
        assert_eq!(moment(said).as_deref(), meant, "{said}");
    }
}

#[test]
fn nothing_that_is_sent_makes_a_reader_fall_over() {
    let bodies: [&[u8]; 14] = [
        b"",
        b"{}",
        b"[]",
        b"[1,null,\"a\",[],{}]",
        b"null",
        b"data=",
        b"data=%",
        b"data=AAAA",
        b"\xff\xfe",
        b"{\"batch\":[{}]}",
        b"{\"data\":[{\"e\":\"ue\",\"ue_px\":\"!\",\"cx\":\"e30\"},{\"e\":\"se\"},{}]}",
        b"{\"event\":1,\"properties\":[],\"distinct_id\":{},\"timestamp\":1e999,\"offset\":-1e308}",
        b"{\"specversion\":\"1.0\",\"id\":\"\",\"source\":1,\"type\":null}",
        b"{\"specversion\":\"1.0\",\"id\":\"a\",\"source\":\"b\",\"type\":\"c\",\"data\":[[[]]],\"time\":{}}",
    ];
    let deep = [b"[".repeat(3_000), b"]".repeat(3_000)].concat();
    for format in [Format::PostHog, Format::Snowplow, Format::CloudEvents, Format::Webhook] {
        for body in bodies.iter().copied().chain([deep.as_slice()]) {
            for kind in ["application/json", "application/x-www-form-urlencoded", "text/plain"] {
                let mut request = Request { body: body.to_vec(), ..Request::default() };
                request.headers = pairs(&[("content-type", kind)]);
                let _ = (request.read(format), write_key(format, &request.sent()));
                request.headers.push(("ce-id".into(), "%zz%".into()));
                let _ = request.read(format);
            }
        }
    }
}
