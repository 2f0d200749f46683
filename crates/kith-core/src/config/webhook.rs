//! The table `[source.webhook]` of a source of events: where things stand in what some service sends, and how it is signed.

use super::source::checked_reference;
use super::walk::Section;
use super::write::{entry, line, quoted};
use super::{ConfigError, Secret};
use crate::event::Call;
use crate::suggest::closest;

/// The keys, for the configuration and its reference page: name, default, meaning.
pub const KEYS: &[(&str, &str, &str)] = &[
    ("call", "`track`", "What an event is: track, identify, page, screen, group, alias."),
    ("each", "the body", "Where the list of events stands. A body that is a list is one anyway."),
    (
        "event",
        "`header:x-github-event`, `header:x-gitlab-event`, `header:x-shopify-topic`, `event`, `type`, `event_type`, `eventType`, \
         `event_name`, `eventName`, `topic`, `action`; of a CloudEvent `type`; else the name is `Webhook`",
        "The name of what was done.",
    ),
    (
        "user_id",
        "`userId`, `user_id`, `customerId`, `customer_id`, `user.id`, `customer.id`, and these within `data`",
        "Who did it: a user.",
    ),
    ("anonymous_id", "`anonymousId`, `anonymous_id`, and these within `data`", "Who did it: a visitor."),
    ("group_id", "none", "The group; with call = \"group\"."),
    (
        "time",
        "`timestamp`, `time`, `occurred_at`, `occurredAt`, `event_time`, `eventTime`; of a CloudEvent `time`",
        "When: RFC 3339, or seconds or milliseconds since 1970. Not there: when it came.",
    ),
    (
        "message_id",
        "`header:webhook-id`, `header:x-github-delivery`, `header:x-shopify-webhook-id`, `messageId`, `message_id`, `event_id`, \
         `eventId`; of a CloudEvent `source` and `id` together",
        "What makes it this event, so that it counts once. Never `id` unless you say so: it is often that of the order or the person.",
    ),
    (
        "traits",
        "none; with call = \"identify\" or \"group\" the body",
        "An object that says something of the person.",
    ),
    (
        "secret",
        "none: not checked",
        "What the service signs with: `env:NAME` or `file:PATH`. Whatever comes for this source by any door must be signed then.",
    ),
    (
        "signature",
        "`standard`",
        "How: `standard` (Standard Webhooks: `webhook-id`, `webhook-timestamp`, `webhook-signature`), `stripe` (`Stripe-Signature`), or the \
         name of the header with HMAC-SHA256 of the body in hexadecimal or base 64, with or without `sha256=` in front.",
    ),
];

/// Where things stand: paths such as `data.customer.id` or `items.0.id`, or `header:x-github-event`.
#[derive(Clone, Debug, PartialEq)]
pub struct Webhook {
    /// What an event is.
    pub call: Call,
    /// Where the list of events stands.
    pub each: Option<String>,
    /// The name of what was done.
    pub event: Option<String>,
    /// Who did it: a user.
    pub user_id: Option<String>,
    /// Who did it: a visitor.
    pub anonymous_id: Option<String>,
    /// The group.
    pub group_id: Option<String>,
    /// When.
    pub time: Option<String>,
    /// What makes it this event.
    pub message_id: Option<String>,
    /// An object that says something of the person.
    pub traits: Option<String>,
    /// What is signed with; `None` = signatures are not looked at.
    pub secret: Option<Secret>,
    /// How it is signed.
    pub signature: Signature,
}

/// How a webhook is signed: HMAC-SHA256 in all cases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Signature {
    /// Of id, time and body, as Standard Webhooks has it.
    #[default]
    Standard,
    /// Of time and body, in `Stripe-Signature`.
    Stripe,
    /// Of the body, in the header of this name (lower case).
    Header(String),
}

impl Default for Webhook {
    fn default() -> Webhook {
        Webhook {
            call: Call::Track,
            each: None,
            event: None,
            user_id: None,
            anonymous_id: None,
            group_id: None,
            time: None,
            message_id: None,
            traits: None,
            secret: None,
            signature: Signature::Standard,
        }
    }
}

/// Reads the table, if there is one.
pub(super) fn webhook(source: &Section) -> Result<Option<Webhook>, ConfigError> {
    let Some(section) = source.section("webhook")? else { return Ok(None) };
    section.only(&KEYS.iter().map(|(key, ..)| *key).collect::<Vec<_>>())?;
    let said = |key: &str| section.text(key).map(|found| found.map(|(text, _)| text));
    let mut webhook = Webhook {
        each: said("each")?,
        event: said("event")?,
        user_id: said("user_id")?,
        anonymous_id: said("anonymous_id")?,
        group_id: said("group_id")?,
        time: said("time")?,
        message_id: said("message_id")?,
        traits: said("traits")?,
        ..Webhook::default()
    };
    if let Some((word, span)) = section.text("call")? {
        let names = || Call::ALL.iter().map(|call| call.name());
        let help = match closest(&word, names()) {
            Some(near) => format!("did you mean {near:?}?"),
            None => format!("the calls are: {}", names().collect::<Vec<_>>().join(", ")),
        };
        webhook.call =
            Call::of(&word).ok_or_else(|| section.value(span, format!("{word:?} is not a call"), help))?;
    }
    if let Some((text, span)) = section.text("secret")? {
        let secret = Secret::from_text(&text);
        checked_reference(&section, &secret, span.clone())?;
        if matches!(secret, Secret::Plain(_)) {
            let message = "the secret stands in the file, readable by everyone who can read it";
            let help = "write secret = \"env:NAME\" and set that variable, or secret = \"file:PATH\"";
            return Err(section.text.error("K-CONFIG-SECRET", span, message, help));
        }
        webhook.secret = Some(secret);
    }
    if let Some((word, span)) = section.text("signature")? {
        webhook.signature = signature(&section, &word, span.clone())?;
        if webhook.secret.is_none() {
            let help = "add secret = \"env:NAME\", or take the line out";
            return Err(section.value(
                span,
                "\"signature\" is said, and there is no secret to check it with".into(),
                help,
            ));
        }
    }
    Ok(Some(webhook))
}

fn signature(section: &Section, word: &str, span: std::ops::Range<usize>) -> Result<Signature, ConfigError> {
    match word.trim().to_ascii_lowercase() {
        word if word == "standard" => Ok(Signature::Standard),
        word if word == "stripe" => Ok(Signature::Stripe),
        name if name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') => {
            Ok(Signature::Header(name))
        }
        _ => {
            let help = "\"standard\", \"stripe\", or the name of a header, such as \"X-Hub-Signature-256\"";
            Err(section.value(span, format!("{word:?} is no way to sign"), help))
        }
    }
}

/// The table, as the file says it.
pub(super) fn write(out: &mut String, webhook: &Webhook) {
    line(out, "[source.webhook]");
    if webhook.call != Call::Track {
        entry(out, "call", &quoted(webhook.call.name()), "");
    }
    let texts = [
        ("each", &webhook.each),
        ("event", &webhook.event),
        ("user_id", &webhook.user_id),
        ("anonymous_id", &webhook.anonymous_id),
        ("group_id", &webhook.group_id),
        ("time", &webhook.time),
        ("message_id", &webhook.message_id),
        ("traits", &webhook.traits),
    ];
    for (key, text) in texts {
        if let Some(text) = text {
            entry(out, key, &quoted(text), "");
        }
    }
    if let Some(secret) = &webhook.secret {
        entry(out, "secret", &quoted(&secret.to_text()), "");
        match &webhook.signature {
            Signature::Standard => {}
            Signature::Stripe => entry(out, "signature", &quoted("stripe"), ""),
            Signature::Header(name) => entry(out, "signature", &quoted(name), ""),
        }
    }
}

/// The reference page, Markdown.
pub fn render_reference() -> String {
    let mut out = String::from(HEAD);
    for (key, default, text) in KEYS {
        out.push_str(&format!("| `{key}` | {default} | {text} |\n"));
    }
    out
}

const HEAD: &str = "\
# Webhooks and CloudEvents

Generated from `kith_core::config::webhook`; `KITH_BLESS=1 cargo test -p kith-core` writes it anew. How they are sent: the guide to
[events](../guide/events.md#other-formats).

A source of kind `events` may say where things stand in what a service sends to it. All of it is optional:

```toml
[[source]]
name = \"github\"
kind = \"events\"
write_key = \"wk_github_7d1f0b3a\"

[source.webhook]
user_id = \"sender.id\"
secret = \"env:GITHUB_WEBHOOK_SECRET\"
signature = \"X-Hub-Signature-256\"
```

A path leads by names and places (`data.items.0.id`); `header:NAME` is a header of the request. Of a CloudEvent it leads into its structured
form, whatever form it came in: `subject`, `data.customer.id`, `partitionkey`.

| key | where, if not said | what |
|---|---|---|
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;

    const SOURCE: &str = "[project]\nname = \"a\"\n[[source]]\nname = \"web\"\nkind = \"events\"\nwrite_key = \"wk_web_1234\"\n";

    #[test]
    fn what_is_written_is_read_again() {
        let text = format!(
            "{SOURCE}[source.webhook]\ncall = \"identify\"\neach = \"data.events\"\nuser_id = \"customer.id\"\ntime = \"created\"\n\
             message_id = \"id\"\ntraits = \"customer\"\nsecret = \"env:S\"\nsignature = \"X-Hub-Signature-256\"\n"
        );
        let config = parse(&text, "kith.toml").expect("a configuration");
        let webhook = config.sources[0].webhook.clone().expect("a webhook");
        assert_eq!((webhook.call, webhook.time.as_deref()), (Call::Identify, Some("created")));
        assert_eq!(webhook.signature, Signature::Header("x-hub-signature-256".into()));
        assert_eq!(parse(&config.to_toml(), "kith.toml").expect("a configuration"), config);
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_a_help() {
        for (body, code) in [
            ("call = \"trak\"", "K-CONFIG-VALUE"),
            ("secret = \"in the file\"", "K-CONFIG-SECRET"),
            ("signature = \"stripe\"", "K-CONFIG-VALUE"),
            ("secret = \"env:S\"\nsignature = \"a b\"", "K-CONFIG-VALUE"),
            ("users = \"id\"", "K-CONFIG-KEY"),
        ] {
            let error = parse(&format!("{SOURCE}[source.webhook]\n{body}\n"), "kith.toml").expect_err(body);
            assert_eq!(error.code, code, "{body}");
            assert!(!error.help.is_empty());
        }
    }

    #[test]
    fn the_reference_page_is_current() {
        crate::reference::is_current("webhooks.md", &render_reference());
    }
}
