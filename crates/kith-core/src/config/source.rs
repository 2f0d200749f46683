//! One `[[source]]` table.

use super::parse::field_help;
use super::usual::{CARRIER, usual_traits};
use super::walk::Section;
use super::{ConfigError, Connection, Mapping, Secret, Source, SourceKind, ThirdParty};
use crate::field::Target;
use crate::id::SourceName;
use crate::suggest::closest;
use std::ops::Range;

/// Keys of a source, with the kinds that have a use for each.
const KEYS: &[(&str, &[SourceKind])] = {
    use SourceKind::*;
    const ALL: &[SourceKind] = SourceKind::ALL;
    const EVENTS: &[SourceKind] = &[Events, Nats, Kafka];
    &[
        ("name", ALL),
        ("kind", ALL),
        ("path", &[Csv, Ndjson, Parquet, Sqlite]),
        ("url", &[Postgres]),
        ("table", &[Sqlite, Postgres, Connection]),
        ("write_key", &[Events]),
        ("tracking_plan", EVENTS),
        ("unplanned_events", EVENTS),
        ("invalid_events", EVENTS),
        ("unplanned_properties", EVENTS),
        ("webhook", &[Events]),
        ("password", &[Postgres, Nats, Kafka]),
        ("delimiter", &[Csv]),
        ("encoding", &[Csv, Ndjson]),
        ("key", &[Csv, Ndjson, Parquet, Sqlite, Postgres, Connection, Push]),
        ("updated_at", &[Csv, Ndjson, Parquet, Sqlite, Postgres, Connection, Push]),
        ("rank", ALL),
        ("third_party", ALL),
        ("fields", ALL),
    ]
};

/// All of them, those of streams too.
fn keys() -> impl Iterator<Item = (&'static str, &'static [SourceKind])> {
    let streams = super::stream::KEYS.iter().map(|(key, kinds, ..)| (*key, *kinds));
    KEYS.iter().copied().chain(streams.filter(|(key, _)| *key != "password"))
}

/// Reads one source; `order` is its place in the file, from 1.
pub(super) fn source(section: Section, order: u32) -> Result<Source, ConfigError> {
    section.only(&keys().map(|(key, _)| key).collect::<Vec<_>>())?;
    let (name, span) = section.needed("name", "name = \"crm\"")?;
    let name = SourceName::try_from(name).map_err(|e| {
        section.text.error("K-CONFIG-NAME", span, e.to_string(), "for example: name = \"crm\"")
    })?;
    let section = Section { name: format!("source {:?}", name.as_str()), ..section };
    let kind = kind(&section)?;
    fitting(&section, kind)?;
    let mut source = Source::new(name, kind, order);
    if kind == SourceKind::Events {
        source.write_key = Some(write_key(&section)?);
        source.webhook = super::webhook::webhook(&section)?;
    }
    place(&section, kind, &mut source)?;
    if kind == SourceKind::Push && source.key.is_empty() {
        section.needed("key", "key = [\"id\"]")?;
    }
    source.updated_at = section.text("updated_at")?.map(|(text, _)| text);
    source.third_party = third_party(&section)?;
    source.rank = rank(&section, order, source.third_party.is_some())?;
    source.fields = fields(&section)?;
    if kind.takes_events() {
        source.plan = super::plan::plan(&section)?;
        source.key = vec![CARRIER.into()];
        usual_traits(&mut source.fields);
    }
    Ok(source)
}

/// Gives a source of kind `connection` the connection that its table is of.
pub(super) fn connected(
    section: &Section,
    source: &mut Source,
    connections: &[Connection],
) -> Result<(), ConfigError> {
    if source.kind != SourceKind::Connection {
        return Ok(());
    }
    let (table, span) = section.needed("table", "table = \"crm.contacts\"")?;
    let Some((name, _)) = table.split_once('.').filter(|(_, table)| !table.is_empty()) else {
        let help = "a connection and its table, as SQL says it: table = \"crm.contacts\"";
        return Err(section.value(span, format!("{table:?} names no connection"), help));
    };
    let Some(connection) = connections.iter().find(|connection| connection.name.as_str() == name) else {
        let names: Vec<&str> = connections.iter().map(|connection| connection.name.as_str()).collect();
        let help = match names.is_empty() {
            true => "add it: [[connection]] with name and kind".to_string(),
            false => format!("the connections are: {}", names.join(", ")),
        };
        return Err(section.value(span, format!("there is no connection {name:?}"), help));
    };
    source.connection = Some(Box::new(connection.clone()));
    Ok(())
}

/// Where rows come from, and what singles one out.
pub(super) fn place(section: &Section, kind: SourceKind, source: &mut Source) -> Result<(), ConfigError> {
    match kind {
        SourceKind::Postgres => source.url = Some(url(section)?),
        SourceKind::Push | SourceKind::Events | SourceKind::Connection => {}
        SourceKind::Nats | SourceKind::Kafka => source.stream = Some(super::stream::stream(section, kind)?),
        _ => source.path = Some(section.needed("path", "path = \"crm.csv\"")?.0.into()),
    }
    if matches!(kind, SourceKind::Sqlite | SourceKind::Postgres) {
        source.table = Some(section.needed("table", "table = \"customers\"")?.0);
    }
    if kind == SourceKind::Connection {
        source.table = Some(section.needed("table", "table = \"crm.contacts\"")?.0);
    }
    source.password = password(section)?;
    source.delimiter = delimiter(section)?;
    source.encoding = section.text("encoding")?.map(|(text, _)| text);
    source.key = section.texts("key")?;
    Ok(())
}

/// A key that a browser shows to everybody is no secret, so it may stand in the file; others may be references.
fn write_key(section: &Section) -> Result<Secret, ConfigError> {
    let (text, span) = section.needed("write_key", "write_key = \"env:WEB_WRITE_KEY\"")?;
    let secret = Secret::from_text(&text);
    checked_reference(section, &secret, span.clone())?;
    match &secret {
        Secret::Plain(key)
            if key.len() < 8 || key.chars().any(|c| c.is_whitespace() || c.is_control() || c == ':') =>
        {
            let help = "8 or more letters, digits and signs, without blanks and without a colon";
            Err(section.value(span, format!("the write key {key:?} can be guessed or can not be sent"), help))
        }
        _ => Ok(secret),
    }
}

pub(super) fn kind(section: &Section) -> Result<SourceKind, ConfigError> {
    let (word, span) = section.needed("kind", "kind = \"csv\"")?;
    SourceKind::ALL.iter().copied().find(|k| k.name() == word).ok_or_else(|| {
        let names: Vec<_> = SourceKind::ALL.iter().map(|k| k.name()).collect();
        let help = match closest(&word, names.iter().copied()) {
            Some(near) => format!("did you mean {near:?}?"),
            None => format!("the kinds are: {}", names.join(", ")),
        };
        section.value(span, format!("{word:?} is not a kind of source"), help)
    })
}

/// A key that the kind would ignore is a misunderstanding, so it is refused.
pub(super) fn fitting(section: &Section, kind: SourceKind) -> Result<(), ConfigError> {
    let useless = |key: &str| keys().any(|(k, kinds)| k == key && !kinds.contains(&kind));
    let Some((key, _)) = section.entries().into_iter().find(|(k, _)| useless(k.get_ref())) else {
        return Ok(());
    };
    let message = format!("a source of kind {:?} has no {:?}", kind.name(), key.get_ref());
    let kinds = keys().find(|(k, _)| k == key.get_ref()).map_or(&[][..], |(_, kinds)| kinds);
    let kinds: Vec<_> = kinds.iter().map(|k| k.name()).collect();
    let help = format!("take the line out; it belongs to the kinds {}", kinds.join(", "));
    Err(section.text.error("K-CONFIG-KEY", key.span(), message, help))
}

pub(super) fn url(section: &Section) -> Result<Secret, ConfigError> {
    url_of(section, &["postgres", "postgresql"])
}

/// The URL of a database, of one of these schemes.
pub(super) fn url_of(section: &Section, schemes: &[&str]) -> Result<Secret, ConfigError> {
    let (text, span) = section.needed("url", "url = \"env:PG_URL\"")?;
    let secret = Secret::from_text(&text);
    checked_reference(section, &secret, span.clone())?;
    if let Secret::Plain(url) = &secret {
        if url_password(url) {
            let help = "write url = \"env:PG_URL\" and set that variable to the whole URL, or take the password out of \
                        the URL and add password = \"env:NAME\" or password = \"file:PATH\"";
            let message = "the URL holds a password, readable by everyone who can read this file";
            return Err(section.text.error("K-CONFIG-SECRET", span, message, help));
        }
        let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme);
        if let (false, Some(usual)) = (schemes.contains(&scheme), schemes.first()) {
            let help = format!("for example \"{usual}://user@host/database\" or \"env:PG_URL\"");
            return Err(section.value(span, format!("the URL does not begin with {usual}://"), help));
        }
    }
    Ok(secret)
}

/// `postgres://user:password@host` and `?password=…`
pub(super) fn url_password(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    // A password may hold an unescaped slash, so the part before the last @ counts as well.
    let user = rest.rsplit_once('@').map_or("", |(user, _)| user);
    let in_user = user.split_once(':').is_some_and(|(_, password)| !password.is_empty())
        && (authority.contains('@') || !user.contains('?'));
    let in_query = rest.split(['?', '&']).skip(1).any(|pair| {
        pair.split_once('=').is_some_and(|(k, v)| k.eq_ignore_ascii_case("password") && !v.is_empty())
    });
    in_user || in_query
}

pub(super) fn password(section: &Section) -> Result<Option<Secret>, ConfigError> {
    let Some((text, span)) = section.text("password")? else { return Ok(None) };
    let secret = Secret::from_text(&text);
    checked_reference(section, &secret, span.clone())?;
    if let Secret::Plain(_) = secret {
        let message = "the password stands in the file, readable by everyone who can read it";
        let help = "write password = \"env:NAME\" and set that variable, or password = \"file:PATH\"";
        return Err(section.text.error("K-CONFIG-SECRET", span, message, help));
    }
    Ok(Some(secret))
}

pub(super) fn checked_reference(
    section: &Section,
    secret: &Secret,
    span: Range<usize>,
) -> Result<(), ConfigError> {
    let ok = match secret {
        Secret::Env(name) => !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'),
        Secret::File(path) => !path.as_os_str().is_empty(),
        Secret::Plain(_) => true,
    };
    let help = "for example \"env:PG_PASSWORD\" or \"file:secrets/pg\"";
    if ok {
        Ok(())
    } else {
        Err(section.value(span, "the reference names nothing that can be read".into(), help))
    }
}

fn delimiter(section: &Section) -> Result<Option<char>, ConfigError> {
    let Some(node) = section.get("delimiter") else { return Ok(None) };
    let text = node.get_ref().as_str().ok_or_else(|| section.wrong_type(node, "delimiter", "a text"))?;
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) if c.is_ascii() && !c.is_ascii_alphanumeric() && !"\"\r\n".contains(c) => Ok(Some(c)),
        _ => {
            let message = format!("{text:?} can not separate columns");
            Err(section.value(node.span(), message, "use one character: \",\" or \";\" or \"|\" or \"\\t\""))
        }
    }
}

fn rank(section: &Section, order: u32, third_party: bool) -> Result<u32, ConfigError> {
    match section.number("rank")? {
        None if third_party => Ok(Source::THIRD_PARTY_RANK.saturating_add(order)),
        None => Ok(order),
        Some((rank, _)) if rank.fract() == 0.0 && (1.0..=1e6).contains(&rank) => Ok(rank as u32),
        Some((rank, span)) => {
            let message = format!("the rank {rank} is not a whole number from 1 to 1000000");
            Err(section.value(span, message, "1 is the most trusted source"))
        }
    }
}

fn third_party(section: &Section) -> Result<Option<ThirdParty>, ConfigError> {
    let Some(node) = section.get("third_party") else { return Ok(None) };
    let terms = section.as_section(node, "third_party")?;
    terms.only(&["vendor", "licence", "expires"])?;
    let (vendor, _) = terms.needed("vendor", "third_party = { vendor = \"Acme Data\" }")?;
    let licence = terms.text("licence")?.map(|(text, _)| text);
    let expires = match terms.text("expires")? {
        Some((text, span)) if text.parse::<jiff::civil::Date>().is_err() => {
            let message = format!("{text:?} is not a day");
            return Err(terms.value(span, message, "write it as \"2027-01-31\""));
        }
        expires => expires.map(|(text, _)| text),
    };
    Ok(Some(ThirdParty { vendor, licence, expires }))
}

fn fields(section: &Section) -> Result<Vec<Mapping>, ConfigError> {
    let Some(node) = section.get("fields") else { return Ok(Vec::new()) };
    let table = section.as_section(node, "[source.fields]")?;
    let mapping = |(key, node): (&toml::Spanned<std::borrow::Cow<str>>, &super::walk::Node)| {
        let Some(word) = node.get_ref().as_str() else {
            if node.get_ref().is_table() {
                let message = format!("the column {:?} is a table, not a field", key.get_ref());
                let help =
                    "a column with a dot in its name is written in quotes: \"requester.email\" = \"email\"";
                return Err(section.text.error("K-CONFIG-TYPE", key.span(), message, help));
            }
            return Err(section.wrong_type(node, key.get_ref(), "the name of a field in quotes"));
        };
        let target: Target = word.parse().map_err(|e: crate::field::UnknownField| {
            section.text.error("K-CONFIG-FIELD", node.span(), e.to_string(), field_help(word))
        })?;
        Ok(Mapping { column: key.get_ref().to_string(), target, note: String::new() })
    };
    table.entries().into_iter().map(mapping).collect()
}
