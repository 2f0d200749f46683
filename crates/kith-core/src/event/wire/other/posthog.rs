//! PostHog: `/batch/`, `/capture/`, `/e/`, `/i/v0/e/`.
//!
//! 1. The body is JSON; or a form with the JSON in `data`, in base 64 or not (posthog-js where it can not compress, and its
//!    beacons). Compression is undone before.
//! 2. It is an object with a list `batch`, one event, or a list of events (posthog-js). The project's key is `api_key` or
//!    `token`, beside the list or in each event's properties.
//! 3. Names that begin with `$` are calls: `$pageview`, `$screen`, `$identify`, `$set`, `$groupidentify`, `$create_alias`. All
//!    others are things that were done.
//!
//! Who: PostHog has one id, `distinct_id`, for visitors and users. It is a visitor where the client says so: posthog-js says
//! `$is_identified` with each event, `$process_person_profile` is false for people without a profile, and an id that is
//! the device's own is nobody's name. All others are users. `$identify` names the id before (`$anon_distinct_id`); what
//! kind it was is left open, as in an alias.
//!
//! When: `timestamp`, corrected by `sent_at`, by the parameter `_`, or by `offset`, which is how long ago it was when it was sent.

use super::words::Words;
use super::{Sent, Told, Untold, at_ms, listed, moment};
use crate::event::wire::json::{self, Members};
use crate::event::wire::{Arrival, Malformed, Place, object, shallow, text_of};
use crate::event::{Call, time};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::borrow::Cow;

/// Libraries on the device of the person.
const MOBILE: [&str; 4] = ["posthog-ios", "posthog-android", "posthog-react-native", "posthog-flutter"];

pub(super) fn told(sent: &Sent, arrival: &Arrival) -> Result<Vec<Told>, Malformed> {
    let document = document(sent)?;
    let (around, items) = items(&document)?;
    let batch_sent = ["sent_at", "sentAt"].into_iter().find_map(|name| around.get(name));
    let batch_sent = batch_sent.or(sent.parameter("_")).and_then(moment);
    let told = items.into_iter().map(|(place, text)| {
        let event = match text.starts_with('{').then(|| Members::of(text).ok()).flatten() {
            Some(event) => Ok(One::of(event, batch_sent.as_deref(), arrival).words()),
            None => Err(Untold {
                field: "",
                reason: "the event is not a JSON object: send {…}".into(),
                original: text.into(),
            }),
        };
        Told { place, event }
    });
    Ok(told.collect())
}

/// The project's key.
pub(super) fn key(sent: &Sent) -> Option<String> {
    let said = |members: &Members| {
        let key = ["api_key", "token"].into_iter().find_map(|name| members.get(name));
        key.and_then(json::text).map(Cow::into_owned)
    };
    let document = document(sent).ok()?;
    let (around, items) = items(&document).ok()?;
    let first = || {
        let event = Members::of(items.first()?.1).ok()?;
        let properties = event.get("properties").filter(|value| value.starts_with('{'));
        said(&event).or_else(|| said(&Members::of(properties?).ok()?))
    };
    let parameter =
        || ["api_key", "token"].into_iter().find_map(|name| sent.parameter(name)).map(String::from);
    said(&around).or_else(first).or_else(parameter)
}

/// The JSON of a request, however it is wrapped.
fn document<'a>(sent: &Sent<'a>) -> Result<Cow<'a, str>, Malformed> {
    let text = text_of(sent.body)?;
    if text.starts_with(['{', '[']) {
        return Ok(text.into());
    }
    let form = form_urlencoded::parse(text.as_bytes()).find(|(name, _)| name == "data");
    let data = form.map(|(_, value)| value).or(sent.parameter("data").map(Cow::Borrowed));
    let Some(data) = data else {
        let reason = "the body is neither JSON nor a form with `data`".into();
        return Err(Malformed { code: "K-COLLECT-JSON", reason, too_large: false });
    };
    if data.trim_start().starts_with(['{', '[']) {
        return Ok(data);
    }
    // A plus that was not escaped has become a blank.
    let plain = STANDARD.decode(data.trim().replace(' ', "+").as_bytes());
    plain.ok().and_then(|bytes| String::from_utf8(bytes).ok()).map(Cow::Owned).ok_or_else(|| {
        let reason = "the form's `data` is neither JSON nor JSON in base 64".into();
        Malformed { code: "K-COLLECT-JSON", reason, too_large: false }
    })
}

type Items<'a> = Vec<(Place, &'a str)>;

/// The events of a document, and what stands around them.
fn items(document: &str) -> Result<(Members<'_>, Items<'_>), Malformed> {
    let text = document.trim();
    if text.starts_with('[') {
        return Ok((Members::default(), listed(text, "")?));
    }
    let around = object(text)?;
    match around.get("batch").filter(|list| list.starts_with('[')) {
        Some(list) => Ok((around, listed(list, "batch")?)),
        None => {
            shallow(text)?;
            Ok((around, vec![(Place::Alone, text)]))
        }
    }
}

/// One event.
struct One<'a> {
    event: Members<'a>,
    properties: Members<'a>,
    name: String,
    batch_sent: Option<&'a str>,
    received_at_ms: i64,
}

/// Members of an event that are told in our words, or are keys.
const TOLD: [&str; 16] = [
    "type",
    "messageId",
    "userId",
    "anonymousId",
    "previousId",
    "groupId",
    "name",
    "traits",
    "context",
    "channel",
    "timestamp",
    "sentAt",
    "sent_at",
    "api_key",
    "token",
    "offset",
];

impl<'a> One<'a> {
    fn of(event: Members<'a>, batch_sent: Option<&'a str>, arrival: &Arrival) -> One<'a> {
        let properties = event.get("properties").filter(|value| value.starts_with('{'));
        let properties = properties.and_then(|value| Members::of(value).ok()).unwrap_or_default();
        let name = event.get("event").and_then(json::text).unwrap_or_default().into_owned();
        One { event, properties, name, batch_sent, received_at_ms: arrival.received_at_ms }
    }

    fn call(&self) -> Call {
        match self.name.as_str() {
            "$pageview" => Call::Page,
            "$screen" => Call::Screen,
            "$identify" | "$set" => Call::Identify,
            "$groupidentify" => Call::Group,
            "$create_alias" | "$merge_dangerously" => Call::Alias,
            _ => Call::Track,
        }
    }

    fn words(&self) -> (Call, String) {
        let call = self.call();
        let mut words = Words::of(call);
        let id = self.event.get("uuid").or(self.property("$insert_id"));
        words.raw("messageId", id.filter(|id| id.starts_with('"')));
        self.who(call, &mut words);
        let name = match call {
            Call::Page => self.property("title"),
            Call::Screen => self.property("$screen_name"),
            _ => None,
        };
        words.raw("name", name.filter(|name| name.starts_with('"')));
        if call == Call::Group {
            words.raw("groupId", self.property("$group_key"));
            words.raw("traits", self.property("$group_set").filter(|value| value.starts_with('{')));
        }
        if call == Call::Identify {
            words.raw("traits", self.set());
        }
        self.when(&mut words);
        words.text("channel", Some(self.channel())).object("context", self.context(call));
        // Keys are not data.
        let mut properties = Words::default();
        properties.rest(&self.properties, |name| name == "token");
        words.raw("properties", Some(&properties.done()));
        words.rest(&self.event, |name| name == "properties" || TOLD.contains(&name));
        (call, words.done())
    }

    fn channel(&self) -> &'static str {
        let lib = self.property("$lib").and_then(json::text).unwrap_or_default();
        match &*lib {
            "web" | "js" | "posthog-js" => "web",
            lib if MOBILE.contains(&lib) => "mobile",
            _ => "server",
        }
    }

    fn property(&self, name: &str) -> Option<&'a str> {
        self.properties.get(name)
    }

    /// What is said of the person.
    fn set(&self) -> Option<&'a str> {
        let own = self.event.get("$set").filter(|value| value.len() > 2);
        own.or(self.property("$set")).filter(|value| value.starts_with('{'))
    }

    fn who(&self, call: Call, words: &mut Words) {
        let id = self.event.get("distinct_id").or(self.property("distinct_id"));
        let before = match (call, self.name.as_str()) {
            (Call::Alias, _) => self.property("alias"),
            (_, "$identify") => self.property("$anon_distinct_id").or(self.event.get("$anon_distinct_id")),
            _ => None,
        };
        if call == Call::Group && self.stands_for_its_group(id) {
            return;
        }
        let user = matches!(call, Call::Alias) || self.name == "$identify" || !self.visitor(id);
        words.raw(if user { "userId" } else { "anonymousId" }, id);
        // On a device the id before was a visitor's; a server may have called anything so.
        let visitor = call == Call::Identify && self.channel() != "server";
        words.raw(if visitor { "anonymousId" } else { "previousId" }, before);
    }

    /// Servers that change a group in nobody's name make up an id of its own for it.
    fn stands_for_its_group(&self, id: Option<&str>) -> bool {
        let text = |name: &str| self.property(name).and_then(json::text).unwrap_or_default();
        let made_up = format!("${}_{}", text("$group_type"), text("$group_key"));
        id.and_then(json::text).is_some_and(|id| *id == *made_up)
    }

    /// True where the client says that it does not know who this is.
    fn visitor(&self, id: Option<&str>) -> bool {
        match self.property("$is_identified") {
            Some("true") => false,
            Some("false") => true,
            _ => {
                self.property("$process_person_profile") == Some("false")
                    || (id.is_some() && self.property("$device_id") == id)
            }
        }
    }

    fn when(&self, words: &mut Words) {
        let at = self.event.get("timestamp").or(self.property("timestamp")).and_then(moment);
        let offset = self.event.get("offset").and_then(|value| value.parse::<f64>().ok());
        let at_ms_of = |text: &str| time::instant_ms(text).map(|ms| ms as f64);
        let (at, sent) = match (at, offset) {
            (Some(at), Some(ago)) => {
                let sent = at_ms_of(&at).and_then(|ms| at_ms(ms + ago));
                (Some(at), sent)
            }
            (None, Some(ago)) => (at_ms(self.received_at_ms as f64 - ago), None),
            (at, None) => (at, self.batch_sent.map(String::from)),
        };
        words.text("timestamp", at.as_deref()).text("sentAt", sent.as_deref());
    }

    fn context(&self, call: Call) -> Words {
        let own = |name: &str| self.property(name).filter(|value| value.starts_with('"'));
        let (mut library, mut page, mut context) = (Words::default(), Words::default(), Words::default());
        library.raw("name", own("$lib")).raw("version", own("$lib_version"));
        page.raw("url", own("$current_url")).raw("path", own("$pathname")).raw("title", own("title"));
        // posthog-js's word for none.
        page.raw("referrer", own("$referrer").filter(|value| *value != "\"$direct\""));
        let agent = ["$raw_user_agent", "$user_agent", "$useragent"].into_iter().find_map(own);
        context.object("library", library).object("page", page).raw("userAgent", agent);
        context
            .raw("ip", own("$ip"))
            .raw("locale", own("$browser_language"))
            .raw("timezone", own("$timezone"));
        if call != Call::Identify && call != Call::Group {
            context.raw("traits", self.set());
        }
        context
    }
}
