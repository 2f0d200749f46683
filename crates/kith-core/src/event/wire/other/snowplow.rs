//! Snowplow's tracker protocol: `POST /com.snowplowanalytics.snowplow/tp2` and `GET /i`.
//!
//! 1. A post is a self-describing JSON whose `data` lists payloads; a GET is one payload, in its address. A payload is flat: short names
//!    and texts.
//! 2. `e` says what it is: `pv` a page, `se` and `ue` something that was done, `pp` a page that is still being read (`Page Ping`), `tr` a
//!    completed order (`Order Completed`, with our names for its parts) and `ti` one of its items (`Order Item`). A self-describing event is
//!    named as its schema is; its data are the properties, as they were sent. `screen_view` is a screen.
//! 3. What is in base 64 (`ue_px`, `cx`) is told plainly: contexts stand in `context.snowplow.contexts`, and every other part of
//!    the payload under its own name in `context.snowplow`.
//!
//! Whose: the protocol has no key; the app id (`aid`) of the first payload stands for it. Who: `uid` is the user; the visitor is
//! `duid`, else the user id of the context `client_session` (mobile trackers), else `nuid` or `tnuid`. When: `ttm`, which is said to
//! be true, else `dtm` corrected by `stm`. The message id is `eid`.

use super::path::at;
use super::words::Words;
use super::{Sent, Told, Untold, listed, moment};
use crate::event::Call;
use crate::event::wire::json::{self, Members};
use crate::event::wire::{Malformed, Place, object, text_of};
use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;
use std::borrow::Cow;

/// Some trackers pad, some do not.
const CONFIG: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const CODING: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, CONFIG);

pub(super) fn told(sent: &Sent) -> Result<Vec<Told>, Malformed> {
    if sent.body.is_empty() {
        let payload = in_address(sent);
        return Ok(vec![one(Place::Alone, &payload)]);
    }
    let around = object(text_of(sent.body)?)?;
    let Some(list) = around.get("data").filter(|list| list.starts_with('[')) else {
        let reason = "the body has no list `data`: send a self-describing payload_data".into();
        return Err(Malformed { code: "K-COLLECT-BATCH", reason, too_large: false });
    };
    Ok(listed(list, "data")?.into_iter().map(|(place, text)| one(place, text)).collect())
}

/// The app id.
pub(super) fn key(sent: &Sent) -> Option<String> {
    if sent.body.is_empty() {
        return sent.parameter("aid").map(String::from);
    }
    let around = object(text_of(sent.body).ok()?).ok()?;
    let list = json::elements(around.get("data").filter(|list| list.starts_with('['))?).ok()?;
    let first = Members::of(list.first()?).ok()?;
    first.get("aid").and_then(json::text).map(Cow::into_owned)
}

/// The payload of an address, as a post would have it.
fn in_address(sent: &Sent) -> String {
    let mut words = Words::default();
    for (name, value) in sent.query {
        words.text(name, Some(value));
    }
    words.done()
}

fn one(place: Place, text: &str) -> Told {
    let untold = |field, reason: &str| Untold { field, reason: reason.into(), original: text.into() };
    let event = match text.starts_with('{').then(|| Members::of(text).ok()).flatten() {
        Some(payload) => Payload(payload).words().map_err(|(field, reason)| untold(field, reason)),
        None => Err(untold("", "the payload is not a JSON object: send {…}")),
    };
    Told { place, event }
}

/// One payload.
struct Payload<'a>(Members<'a>);

/// Parts of a payload that are told in our words, are no part of what happened, or are told plainly.
const TOLD: [&str; 29] = [
    "e", "eid", "uid", "duid", "dtm", "ttm", "stm", "url", "page", "refr", "ua", "lang", "tz", "ip", "res",
    "ue_px", "ue_pr", "cx", "co", "se_ca", "se_ac", "se_la", "se_pr", "se_va", "pp_mix", "pp_max", "pp_miy",
    "pp_may", "tv",
];

/// Parts of an order and of its items: theirs, ours, and whether it is a number.
const ORDER: [(&str, &str, bool); 9] = [
    ("tr_id", "order_id", false),
    ("tr_af", "affiliation", false),
    ("tr_tt", "total", true),
    ("tr_tx", "tax", true),
    ("tr_sh", "shipping", true),
    ("tr_ci", "city", false),
    ("tr_st", "state", false),
    ("tr_co", "country", false),
    ("tr_cu", "currency", false),
];
const ITEM: [(&str, &str, bool); 7] = [
    ("ti_id", "order_id", false),
    ("ti_sk", "sku", false),
    ("ti_nm", "name", false),
    ("ti_ca", "category", false),
    ("ti_pr", "price", true),
    ("ti_qu", "quantity", true),
    ("ti_cu", "currency", false),
];
const STRUCTURED: [(&str, &str, bool); 5] = [
    ("se_ca", "category", false),
    ("se_ac", "action", false),
    ("se_la", "label", false),
    ("se_pr", "property", false),
    ("se_va", "value", true),
];
const PING: [(&str, &str, bool); 4] = [
    ("pp_mix", "min_x", true),
    ("pp_max", "max_x", true),
    ("pp_miy", "min_y", true),
    ("pp_may", "max_y", true),
];

type Wrong = (&'static str, &'static str);

/// What happened: the call, its name, its properties, and the schema that says what these are.
struct Deed {
    call: Call,
    name: String,
    properties: String,
    schema: Option<String>,
}

impl<'a> Payload<'a> {
    fn words(&self) -> Result<(Call, String), Wrong> {
        let deed = self.deed()?;
        let contexts = self.contexts()?;
        let mut words = Words::of(deed.call);
        words.text("messageId", self.text("eid").as_deref()).text("userId", self.text("uid").as_deref());
        words.text("anonymousId", self.visitor(contexts.as_deref()).as_deref());
        words.text(if deed.call == Call::Track { "event" } else { "name" }, Some(&deed.name));
        let time = |name: &str| self.0.get(name).and_then(moment);
        match time("ttm") {
            // It is true already: no clock has to be corrected.
            Some(at) => words.text("timestamp", Some(&at)),
            None => words.text("timestamp", time("dtm").as_deref()).text("sentAt", time("stm").as_deref()),
        };
        let platform = self.text("p").unwrap_or_default();
        let channel = match &*platform {
            "web" => "web",
            "mob" => "mobile",
            _ => "server",
        };
        words.text("channel", Some(channel));
        words.object("context", self.context(&deed, contexts.as_deref()));
        words.raw("properties", Some(&deed.properties));
        Ok((deed.call, words.done()))
    }

    fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        let value = self.0.get(name)?;
        // Some trackers send numbers as numbers.
        json::text(value).or(Some(Cow::Borrowed(value))).filter(|text| !text.is_empty())
    }

    fn deed(&self) -> Result<Deed, Wrong> {
        let done = |name: &str, properties: String| Deed {
            call: Call::Track,
            name: name.into(),
            properties,
            schema: None,
        };
        match self.text("e").as_deref() {
            Some("pv") => {
                let name = self.text("page").unwrap_or_default().into_owned();
                Ok(Deed { call: Call::Page, name, ..done("", self.page().done()) })
            }
            Some("pp") => {
                let mut properties = self.page();
                self.parts(&PING, &mut properties);
                Ok(done("Page Ping", properties.done()))
            }
            Some("se") => match self.text("se_ac") {
                Some(action) => Ok(done(&action, self.named(&STRUCTURED))),
                None => Err(("/se_ac", "a structured event says in `se_ac` what was done; it is missing")),
            },
            Some("tr") => Ok(done("Order Completed", self.named(&ORDER))),
            Some("ti") => Ok(done("Order Item", self.named(&ITEM))),
            Some("ue") => self.described(),
            _ => Err(("/e", "`e` is none of pv, pp, se, ue, tr, ti")),
        }
    }

    /// A self-describing event.
    fn described(&self) -> Result<Deed, Wrong> {
        const FIELD: &str = "/ue_px";
        let whole = self.json("ue_px", "ue_pr").ok_or((FIELD, "the event's own JSON can not be read"))?;
        let schema = at(&whole, "data.schema").and_then(json::text);
        let schema = schema.ok_or((FIELD, "the event's own JSON has no schema"))?.into_owned();
        let data = at(&whole, "data.data").filter(|data| data.starts_with('{')).unwrap_or("{}");
        let name =
            schema_name(&schema).ok_or((FIELD, "the schema is none: iglu:vendor/name/jsonschema/1-0-0"))?;
        if name == "screen_view" {
            let own = at(data, "name").and_then(json::text).unwrap_or_default().into_owned();
            return Ok(Deed { call: Call::Screen, name: own, properties: data.into(), schema: Some(schema) });
        }
        Ok(Deed { call: Call::Track, name: name.into(), properties: data.into(), schema: Some(schema) })
    }

    /// JSON that is in base 64 under one name, or plain under another.
    fn json(&self, coded: &str, plain: &str) -> Option<String> {
        let text = match self.text(coded) {
            Some(text) => String::from_utf8(CODING.decode(text.as_bytes()).ok()?).ok()?,
            None => self.text(plain)?.into_owned(),
        };
        let text = text.trim();
        Members::of(text).ok().filter(|_| text.starts_with('{')).map(|_| text.to_string())
    }

    /// The list of contexts, if there is one.
    fn contexts(&self) -> Result<Option<String>, Wrong> {
        if self.text("cx").is_none() && self.text("co").is_none() {
            return Ok(None);
        }
        let whole = self.json("cx", "co").ok_or(("/cx", "the contexts can not be read"))?;
        Ok(at(&whole, "data").filter(|list| list.starts_with('[')).map(String::from))
    }

    fn visitor(&self, contexts: Option<&str>) -> Option<String> {
        let session = || {
            let all = json::elements(contexts?).ok()?;
            let session = all.into_iter().find(|one| {
                at(one, "schema").and_then(json::text).as_deref().and_then(schema_name)
                    == Some("client_session")
            })?;
            at(session, "data.userId").and_then(json::text).map(Cow::into_owned)
        };
        let own = |name: &str| self.text(name).map(Cow::into_owned);
        own("duid").or_else(session).or_else(|| own("nuid")).or_else(|| own("tnuid"))
    }

    fn page(&self) -> Words {
        let mut page = Words::default();
        for (theirs, ours) in [("url", "url"), ("page", "title"), ("refr", "referrer")] {
            page.text(ours, self.text(theirs).as_deref());
        }
        page
    }

    fn named(&self, parts: &[(&str, &str, bool)]) -> String {
        let mut properties = Words::default();
        self.parts(parts, &mut properties);
        properties.done()
    }

    fn parts(&self, parts: &[(&str, &str, bool)], to: &mut Words) {
        for (theirs, ours, number) in parts {
            let Some(text) = self.text(theirs) else { continue };
            // A number as it was written, if it is one in JSON too.
            match *number && serde_json::from_str::<Value>(&text).is_ok_and(|value| value.is_number()) {
                true => to.raw(ours, Some(&text)),
                false => to.text(ours, Some(&text)),
            };
        }
    }

    fn context(&self, deed: &Deed, contexts: Option<&str>) -> Words {
        let (mut context, mut library, mut own) = (Words::default(), Words::default(), Words::default());
        let text = |name: &str| self.text(name);
        library.text("name", Some("snowplow")).text("version", text("tv").as_deref());
        context.object("library", library).object("page", self.page());
        for (theirs, ours) in [("ua", "userAgent"), ("lang", "locale"), ("tz", "timezone"), ("ip", "ip")] {
            context.text(ours, text(theirs).as_deref());
        }
        if let Some((width, height)) = text("res").as_deref().and_then(|res| res.split_once('x')) {
            let whole = |text: &str| text.parse::<u32>().ok().map(|n| n.to_string());
            let mut screen = Words::default();
            screen.raw("width", whole(width).as_deref()).raw("height", whole(height).as_deref());
            context.object("screen", screen);
        }
        own.text("schema", deed.schema.as_deref()).raw("contexts", contexts);
        let (ordered, item) =
            (self.text("e").as_deref() == Some("tr"), self.text("e").as_deref() == Some("ti"));
        own.rest(&self.0, |name| {
            TOLD.contains(&name)
                || (ordered && ORDER.iter().any(|(theirs, ..)| *theirs == name))
                || (item && ITEM.iter().any(|(theirs, ..)| *theirs == name))
        });
        context.object("snowplow", own);
        context
    }
}

/// The name in `iglu:com.acme/checkout_started/jsonschema/1-0-0`.
fn schema_name(schema: &str) -> Option<&str> {
    let mut parts = schema.strip_prefix("iglu:")?.split('/');
    let (_, name) = (parts.next()?, parts.next()?);
    Some(name).filter(|name| !name.is_empty())
}
