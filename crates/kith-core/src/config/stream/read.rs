//! Reading the keys of a source that follows a stream.

use super::{BEGINS, SASLS, Stream, StreamAt};
use crate::config::source::{checked_reference, url_password};
use crate::config::walk::{Node, Section};
use crate::config::{ConfigError, Secret, SourceKind};
use crate::suggest::closest;
use std::ops::Range;

/// Reads them.
pub(in crate::config) fn stream(section: &Section, kind: SourceKind) -> Result<Stream, ConfigError> {
    let at = match kind {
        SourceKind::Nats => nats(section)?,
        _ => kafka(section)?,
    };
    let user = section.text("user")?;
    let both = "user = \"kith\" and password = \"env:STREAM_PASSWORD\"";
    match (&user, section.get("password")) {
        (Some((_, span)), None) => {
            return Err(section.value(span.clone(), "there is a user and no password".into(), both));
        }
        (None, Some(node)) => {
            return Err(section.value(node.span(), "there is a password and no user".into(), both));
        }
        _ => {}
    }
    if let (None, Some(node)) = (&user, section.get("sasl")) {
        return Err(section.value(node.span(), "\"sasl\" is said, and there is no user".into(), both));
    }
    let (tls, tls_ca) = (flag(section, "tls")?, section.text("tls_ca")?);
    if let (false, Some((_, span))) = (tls, &tls_ca) {
        let message = "\"tls_ca\" is said, and TLS is off".to_string();
        return Err(section.value(span.clone(), message, "add tls = true, or take the line out"));
    }
    Ok(Stream {
        at,
        from: word(section, "from", &BEGINS)?,
        user: user.map(|(user, _)| user),
        tls,
        tls_ca: tls_ca.map(|(path, _)| path.into()),
    })
}

fn nats(section: &Section) -> Result<StreamAt, ConfigError> {
    let servers = list(section, "servers", "servers = \"nats://127.0.0.1:4222\"")?;
    let span = section.get("servers").map_or(0..0, Node::span);
    for server in &servers {
        not_a_secret(section, server, span.clone())?;
        let host = server.strip_prefix("nats://").or_else(|| server.strip_prefix("tls://")).unwrap_or(server);
        if !address(host, false) {
            let message = format!("{server:?} is no address of a NATS server");
            return Err(section.value(
                span,
                message,
                "for example: servers = [\"nats://nats-1.example:4222\"]",
            ));
        }
    }
    let name = |key: &str| -> Result<Option<String>, ConfigError> {
        match section.text(key)? {
            // NATS's own rule for names of streams and consumers.
            Some((text, span)) if text.contains(|c: char| c.is_whitespace() || ".*>/\\".contains(c)) => {
                let message =
                    format!("{text:?} is no name of a {key}: it holds a blank or one of . * > / \\");
                let help = "a subject such as \"shop.>\" goes into subject = \"…\"";
                Err(section.value(span, message, help))
            }
            found => Ok(found.map(|(text, _)| text)),
        }
    };
    section.needed("stream", "stream = \"EVENTS\"")?;
    let subject = section.text("subject")?;
    if let Some((text, span)) = &subject
        && (text.contains(char::is_whitespace) || text.split('.').any(str::is_empty))
    {
        let message = format!("{text:?} is no subject");
        return Err(section.value(span.clone(), message, "for example \"shop.orders.*\" or \"shop.>\""));
    }
    Ok(StreamAt::Nats {
        servers,
        stream: name("stream")?.unwrap_or_default(),
        subject: subject.map(|(subject, _)| subject),
        consumer: name("consumer")?,
        token: referred(section, "token")?,
        credentials: referred(section, "credentials")?,
    })
}

fn kafka(section: &Section) -> Result<StreamAt, ConfigError> {
    let brokers = list(section, "brokers", "brokers = \"127.0.0.1:9092\"")?;
    let span = section.get("brokers").map_or(0..0, Node::span);
    if let Some(broker) = brokers.iter().find(|broker| !address(broker, true)) {
        let message = format!("{broker:?} is no address of a broker");
        return Err(section.value(span, message, "a host and a port: brokers = [\"kafka-1.example:9092\"]"));
    }
    let topics = list(section, "topics", "topics = \"events\"")?;
    // Kafka's own rule.
    let good = |topic: &&String| {
        topic.len() <= 249 && topic.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
    };
    if let Some(topic) = topics.iter().find(|topic| !good(topic)) {
        let span = section.get("topics").map_or(0..0, Node::span);
        let message = format!("{topic:?} is no name of a topic");
        return Err(section.value(span, message, "letters, digits, dots, _ and -; no pattern"));
    }
    Ok(StreamAt::Kafka { brokers, topics, sasl: word(section, "sasl", &SASLS)? })
}

/// `host`, `host:port`; an IPv6 address in brackets.
fn address(text: &str, port_needed: bool) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (text, None),
    };
    let good_host = !host.is_empty() && !host.contains(|c: char| c.is_whitespace() || "/@?#,".contains(c));
    good_host && port.map_or(!port_needed, |port| port.parse::<u16>().is_ok_and(|port| port > 0))
}

fn list(section: &Section, key: &str, example: &str) -> Result<Vec<String>, ConfigError> {
    let found = section.texts(key)?;
    match section.get(key) {
        Some(node) if found.is_empty() || found.iter().any(|text| text.trim().is_empty()) => {
            Err(section.value(node.span(), format!("{key:?} is empty"), format!("for example: {example}")))
        }
        Some(_) => Ok(found),
        None => section.needed(key, example).map(|(text, _)| vec![text]),
    }
}

fn flag(section: &Section, key: &str) -> Result<bool, ConfigError> {
    let Some(node) = section.get(key) else { return Ok(false) };
    node.get_ref().as_bool().ok_or_else(|| section.wrong_type(node, key, "true or false"))
}

/// A secret that only a reference may name.
fn referred(section: &Section, key: &str) -> Result<Option<Secret>, ConfigError> {
    let Some((text, span)) = section.text(key)? else { return Ok(None) };
    let secret = Secret::from_text(&text);
    checked_reference(section, &secret, span.clone())?;
    if let Secret::Plain(_) = secret {
        let message = format!("the {key} stands in the file, readable by everyone who can read it");
        let help = format!("write {key} = \"env:NAME\" and set that variable, or {key} = \"file:PATH\"");
        return Err(section.text.error("K-CONFIG-SECRET", span, message, help));
    }
    Ok(Some(secret))
}

fn not_a_secret(section: &Section, url: &str, span: Range<usize>) -> Result<(), ConfigError> {
    let token = url.split_once("://").map_or(url, |(_, rest)| rest).contains('@');
    if !token && !url_password(url) {
        return Ok(());
    }
    let help =
        "take it out of the address, and add user and password = \"env:NAME\", or token = \"env:NAME\"";
    let message = "the address holds a password or a token, readable by everyone who can read this file";
    Err(section.text.error("K-CONFIG-SECRET", span, message, help))
}

fn word<T: Copy + Default>(section: &Section, key: &str, words: &[(&str, T)]) -> Result<T, ConfigError> {
    let Some((word, span)) = section.text(key)? else { return Ok(T::default()) };
    words.iter().find(|(name, _)| *name == word).map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<_> = words.iter().map(|(name, _)| *name).collect();
        let help = match closest(&word, names.iter().copied()) {
            Some(near) => format!("did you mean {near:?}?"),
            None => format!("the words are: {}", names.join(", ")),
        };
        section.value(span, format!("{word:?} is not what {key} can be"), help)
    })
}
