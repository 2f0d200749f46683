//! The `[[connection]]` tables: databases, files and applications whose tables SQL reads where they are.

use super::source::{password, url, url_of};
use super::walk::Section;
use super::write::{entry, line, quoted};
use super::{ConfigError, Secret};
use crate::id::SourceName;
use crate::suggest::closest;
use files::{at, bucket};
use std::path::PathBuf;

mod files;
mod flight;
mod keys;
mod limits;
mod reference;
mod rest;
mod tap;
mod tls;

pub use files::Bucket;
pub use flight::Flight;
pub use keys::KEYS;
pub use limits::{ConnectionLimits, LIMITS};
pub use reference::render_reference;
pub use rest::{JsonKind, Paging, RESOURCE_KEYS, Resource, Rest, RestAuth, RestFilter, RestSign};
pub use tap::Tap;
pub use tls::{SslMode, TlsChoice};

/// Schemas that are there anyway, or are kept for what is to come.
const TAKEN: &[&str] = &[
    "source",
    "identity",
    "master",
    "land",
    "event",
    "catalog",
    "gold",
    "kith",
    "public",
    "information_schema",
    "pg_catalog",
];

/// What a connection leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConnectionKind {
    /// A PostgreSQL database.
    Postgres,
    /// A database of MySQL or MariaDB.
    Mysql,
    /// An SQLite file.
    Sqlite,
    /// Files in a folder or in object storage.
    Files,
    /// An application that answers with JSON over HTTP.
    Rest,
    /// A ClickHouse server, by HTTP.
    Clickhouse,
    /// A server of Arrow Flight SQL.
    Flight,
    /// A program that speaks the protocol of Singer.
    Singer,
    /// A program that speaks the protocol of Airbyte.
    Airbyte,
}

impl ConnectionKind {
    /// Every kind.
    pub const ALL: &'static [ConnectionKind] = &[
        ConnectionKind::Postgres,
        ConnectionKind::Mysql,
        ConnectionKind::Sqlite,
        ConnectionKind::Files,
        ConnectionKind::Rest,
        ConnectionKind::Clickhouse,
        ConnectionKind::Flight,
        ConnectionKind::Singer,
        ConnectionKind::Airbyte,
    ];

    /// The word in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            ConnectionKind::Postgres => "postgres",
            ConnectionKind::Mysql => "mysql",
            ConnectionKind::Sqlite => "sqlite",
            ConnectionKind::Files => "files",
            ConnectionKind::Rest => "rest",
            ConnectionKind::Clickhouse => "clickhouse",
            ConnectionKind::Flight => "flight",
            ConnectionKind::Singer => "singer",
            ConnectionKind::Airbyte => "airbyte",
        }
    }
}

/// A database, or a place of files.
#[derive(Clone, Debug, PartialEq)]
pub struct Connection {
    /// The schema of its tables.
    pub name: SourceName,
    /// What it leads to.
    pub kind: ConnectionKind,
    /// The database; always there but for `sqlite`. A plain URL holds no password.
    pub url: Option<Secret>,
    /// The password: always a reference.
    pub password: Option<Secret>,
    /// The file, relative to `kith.toml`; always there for `sqlite`. Of files the folder.
    pub path: Option<PathBuf>,
    /// Where files are that do not lie in a folder.
    pub bucket: Option<Bucket>,
    /// The application; always there for `rest` and `clickhouse`, and only there.
    pub rest: Option<Rest>,
    /// The server of Flight SQL; always there for `flight`, and only there.
    pub flight: Option<Flight>,
    /// The program; always there for `singer` and `airbyte`, and only there.
    pub tap: Option<Tap>,
    /// The tables that can be read; empty = all.
    pub tables: Vec<String>,
    /// How it is encrypted.
    pub tls: TlsChoice,
    /// What one scan may take.
    pub limits: ConnectionLimits,
}

/// Reads all connections.
pub(super) fn connections(root: &Section) -> Result<Vec<Connection>, ConfigError> {
    let Some(node) = root.get("connection") else { return Ok(Vec::new()) };
    let Some(array) = node.get_ref().as_array() else {
        let (message, help) =
            ("\"connection\" should be a list of tables", "write [[connection]], with two brackets");
        return Err(root.text.error("K-CONFIG-TYPE", node.span(), message, help));
    };
    let mut all: Vec<Connection> = Vec::new();
    for node in array.iter() {
        let section = root.as_section(node, "[[connection]]")?;
        section.only(&KEYS.iter().map(|(key, ..)| *key).collect::<Vec<_>>())?;
        let (name, span) = section.needed("name", "name = \"shop\"")?;
        let name = SourceName::try_from(name).map_err(|e| {
            let help = "for example: name = \"shop\"";
            section.text.error("K-CONFIG-NAME", span.clone(), e.to_string(), help)
        })?;
        if TAKEN.contains(&name.as_str()) {
            let message = format!("{:?} is a schema of Kith's own", name.as_str());
            return Err(root.text.error("K-CONFIG-NAME", span, message, "give the connection another name"));
        }
        if all.iter().any(|known| known.name == name) {
            let message = format!("there are two connections with the name {:?}", name.as_str());
            let help = "give each connection its own name";
            return Err(root.text.error("K-CONFIG-DUPLICATE", span, message, help));
        }
        all.push(connection(Section { name: format!("connection {:?}", name.as_str()), ..section }, name)?);
    }
    Ok(all)
}

fn connection(section: Section, name: SourceName) -> Result<Connection, ConfigError> {
    let kind = kind(&section)?;
    let useless: &[&str] = match kind {
        ConnectionKind::Postgres | ConnectionKind::Mysql => &["path"],
        ConnectionKind::Sqlite => &["url", "password", "sslmode", "ca"],
        ConnectionKind::Files => &["password", "sslmode", "ca"],
        ConnectionKind::Rest => &["path", "tables", "sslmode", "ca"],
        ConnectionKind::Clickhouse => &["path", "sslmode", "ca", "resource"],
        ConnectionKind::Flight => &["path", "sslmode", "header", "key", "resource"],
        ConnectionKind::Singer => &["url", "path", "password", "sslmode", "ca"],
        ConnectionKind::Airbyte => &["url", "path", "password", "sslmode", "ca", "catalog"],
    };
    let runs = matches!(kind, ConnectionKind::Singer | ConnectionKind::Airbyte);
    let flies = kind == ConnectionKind::Flight;
    let asks = matches!(kind, ConnectionKind::Rest | ConnectionKind::Clickhouse);
    let shared = |key: &str| (asks || flies) && key == "allow_http";
    let of_files = |key: &str| kind != ConnectionKind::Files && files::KEYS.contains(&key) && !shared(key);
    let known = |key: &str| asks || flies && matches!(key, "bearer" | "username");
    let of_rest = |key: &str| !known(key) && rest::KEYS.contains(&key);
    let of_tap = |key: &str| !runs && tap::KEYS.contains(&key);
    let useless = |key: &str| useless.contains(&key) || of_files(key) || of_rest(key) || of_tap(key);
    if let Some((key, _)) = section.entries().into_iter().find(|(k, _)| useless(k.get_ref().as_ref())) {
        let message = format!("a connection of kind {:?} has no {:?}", kind.name(), key.get_ref());
        return Err(section.text.error("K-CONFIG-KEY", key.span(), message, "take the line out"));
    }
    let (url, path) = match kind {
        ConnectionKind::Postgres => (Some(url(&section)?), None),
        ConnectionKind::Mysql => (Some(url_of(&section, &["mysql", "mariadb"])?), None),
        ConnectionKind::Sqlite => (None, Some(section.needed("path", "path = \"shop.db\"")?.0.into())),
        ConnectionKind::Files => (None, at(&section)?),
        ConnectionKind::Rest | ConnectionKind::Clickhouse | ConnectionKind::Flight => (None, None),
        ConnectionKind::Singer | ConnectionKind::Airbyte => (None, None),
    };
    let flight = if flies { Some(flight::flight(&section)?) } else { None };
    let tap = if runs { Some(tap::tap(&section)?) } else { None };
    let rest = match kind {
        ConnectionKind::Rest => Some(rest::rest(&section)?),
        ConnectionKind::Clickhouse => Some(rest::server(&section)?),
        _ => None,
    };
    let bucket = if kind == ConnectionKind::Files { bucket(&section)? } else { None };
    // That of an application is a part of how it is spoken to, that of a program of what it is told.
    let password =
        if rest.is_none() && flight.is_none() && tap.is_none() { password(&section)? } else { None };
    let tables = section.texts("tables")?;
    if let (true, Some(node)) = (tables.iter().any(|t| t.trim().is_empty()), section.get("tables")) {
        let help = "name a table, or leave the line out for all";
        return Err(section.value(node.span(), "a table has no name".into(), help));
    }
    let (tls, limits) = (tls::choice(&section)?, limits::limits(&section, runs)?);
    Ok(Connection { name, kind, url, password, path, bucket, rest, flight, tap, tables, tls, limits })
}

fn kind(section: &Section) -> Result<ConnectionKind, ConfigError> {
    let (word, span) = section.needed("kind", "kind = \"postgres\"")?;
    ConnectionKind::ALL.iter().copied().find(|k| k.name() == word).ok_or_else(|| {
        let names: Vec<_> = ConnectionKind::ALL.iter().map(|k| k.name()).collect();
        let mariadb = word.to_ascii_lowercase().contains("maria").then_some("mysql");
        let help = match mariadb.or_else(|| closest(&word, names.iter().copied())) {
            Some(near) => format!("did you mean {near:?}?"),
            None => format!("the kinds are: {}", names.join(", ")),
        };
        section.value(span, format!("{word:?} is not a kind of connection"), help)
    })
}

/// One connection, as the file says it.
pub(super) fn write(out: &mut String, connection: &Connection) {
    line(out, "");
    line(out, "[[connection]]");
    entry(out, "name", &quoted(connection.name.as_str()), "the schema of its tables in SQL");
    entry(out, "kind", &quoted(connection.kind.name()), "");
    connection.url.iter().for_each(|url| entry(out, "url", &quoted(&url.to_text()), ""));
    connection.password.iter().for_each(|p| entry(out, "password", &quoted(&p.to_text()), ""));
    connection.tls.mode.iter().for_each(|mode| entry(out, "sslmode", &quoted(mode.name()), ""));
    connection.tls.ca.iter().for_each(|path| entry(out, "ca", &quoted(&path.to_string_lossy()), ""));
    connection.path.iter().for_each(|path| entry(out, "path", &quoted(&path.to_string_lossy()), ""));
    connection.bucket.iter().for_each(|bucket| bucket.write(out));
    if !connection.tables.is_empty() {
        let tables: Vec<_> = connection.tables.iter().map(|t| quoted(t)).collect();
        entry(out, "tables", &format!("[{}]", tables.join(", ")), "");
    }
    if connection.limits != ConnectionLimits::default() {
        let limits: Vec<_> = connection.limits.entries().iter().map(|(k, v)| format!("{k} = {v}")).collect();
        entry(out, "limits", &format!("{{ {} }}", limits.join(", ")), "");
    }
    connection.flight.iter().for_each(|flight| flight.write(out));
    connection.tap.iter().for_each(|tap| tap.write(out));
    connection.rest.iter().for_each(|rest| rest.write(out));
}

#[cfg(test)]
#[path = "connection/tests.rs"]
mod tests;
