//! `kith.toml`: which sources there are, what their columns mean, whom to believe.
//!
//! Reads: the text of the file. Writes: the same file, commented, for `kith init`. Fails: with the exact place in the
//! text and how to mend it ([`ConfigError`]). A key that is not known is an error, so that a slip of the keyboard can
//! not silently change who is matched with whom.

pub mod catalogs;
pub mod collect;
pub mod connection;
pub mod contexts;
pub mod copies;
mod edit;
mod error;
mod figures;
mod parse;
pub mod plan;
pub mod webhook;
pub mod rule;
mod secret;
pub mod sign_on;
mod source;
pub mod stream;
pub mod traits;
mod usual;
mod walk;
mod write;

pub use catalogs::Catalog;
pub use collect::Collect;
pub use connection::{Bucket, Connection, ConnectionKind, ConnectionLimits, Flight, SslMode, TlsChoice};
pub use connection::{JsonKind, Paging, Resource, Rest, RestAuth, RestFilter, RestSign, Tap};
pub use copies::{Copies, Copy, Mode, WhenOld};
pub use edit::{with_confidence, with_rules};
pub use error::ConfigError;
pub use parse::parse;
pub use rule::{MatchRule, Verdict};
pub use secret::Secret;
pub use sign_on::SignOn;
pub use stream::Stream;
pub use usual::CARRIER;
pub use webhook::{Signature, Webhook};

use crate::event::context;
use crate::event::measure::Definition;
use crate::event::plan::Treatment;
use crate::event::through::Through;
use crate::field::{Field, Target};
use crate::id::{SourceName, Tenant};
use crate::survivorship::{Policy, Rule};
use std::path::PathBuf;

/// The whole configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// What holds for all sources.
    pub project: Project,
    /// The sources, in the order of the file.
    pub sources: Vec<Source>,
    /// Rules per field where they differ from the default; see [`Config::policy`].
    pub survivorship: Vec<(Field, Vec<Rule>)>,
    /// Rules of matching that stand beside the model, in the order of the file.
    pub rules: Vec<MatchRule>,
    /// Traits that are counted from events, in the order of the file.
    pub traits: Vec<Definition>,
    /// How events are taken in and kept.
    pub collect: Collect,
    /// Business objects that events are gathered into, in the order of the file.
    pub contexts: Vec<context::Definition>,
    /// Traits that are derived from those objects, in the order of the file.
    pub figures: Vec<context::figure::Figure>,
    /// Catalogues that events refer to, in the order of the file.
    pub catalogs: Vec<Catalog>,
    /// Traits of `traits`, by name, that are read through a catalogue.
    pub throughs: Vec<(String, Through)>,
    /// Databases whose tables SQL reads where they are, in the order of the file.
    pub connections: Vec<Connection>,
    /// Tables of connections that are read from copies.
    pub copies: Copies,
    /// Whose tokens count beside our own.
    pub sign_on: Option<SignOn>,
}

impl Config {
    /// The survivorship rules: the default with the file's changes.
    pub fn policy(&self) -> Policy {
        self.survivorship.iter().fold(Policy::default(), |p, (field, rules)| p.with(*field, rules.clone()))
    }

    /// The source of that name.
    pub fn source(&self, name: &str) -> Option<&Source> {
        self.sources.iter().find(|s| s.name.as_str() == name)
    }
}

/// What holds for all sources.
#[derive(Clone, Debug, PartialEq)]
pub struct Project {
    /// For people.
    pub name: String,
    /// The workspace; `default` unless told otherwise.
    pub tenant: Tenant,
    /// Country for phone numbers and address words that name none, ISO 3166-1 alpha-2 (`US`).
    pub region: Option<String>,
    /// Probability, above 0 and below 1, at which two records are taken for one person and a profile id is issued.
    pub confidence: f64,
}

impl Project {
    /// At 0.95, one link in twenty at the threshold is wrong; those above it are surer.
    pub const CONFIDENCE: f64 = 0.95;
}

/// How a source is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SourceKind {
    /// Text with separators, plain or gzip.
    Csv,
    /// One JSON object a line, plain or gzip.
    Ndjson,
    /// A Parquet file.
    Parquet,
    /// A table of an SQLite file.
    Sqlite,
    /// A table of a PostgreSQL database.
    Postgres,
    /// A table of a `[[connection]]`.
    Connection,
    /// Nothing to read: other systems send its rows to `POST /v1/records`.
    Push,
    /// Nothing to read: sites and apps send what people do to the collection port.
    Events,
    /// Events that a stream of NATS JetStream holds.
    Nats,
    /// Events that topics of Kafka hold.
    Kafka,
}

impl SourceKind {
    /// Every kind.
    pub const ALL: &'static [SourceKind] = &[
        SourceKind::Csv,
        SourceKind::Ndjson,
        SourceKind::Parquet,
        SourceKind::Sqlite,
        SourceKind::Postgres,
        SourceKind::Connection,
        SourceKind::Push,
        SourceKind::Events,
        SourceKind::Nats,
        SourceKind::Kafka,
    ];

    /// True where what comes are events, of whom each is about somebody.
    pub fn takes_events(self) -> bool {
        matches!(self, SourceKind::Events | SourceKind::Nats | SourceKind::Kafka)
    }

    /// The word in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            SourceKind::Csv => "csv",
            SourceKind::Ndjson => "ndjson",
            SourceKind::Parquet => "parquet",
            SourceKind::Sqlite => "sqlite",
            SourceKind::Postgres => "postgres",
            SourceKind::Connection => "connection",
            SourceKind::Push => "push",
            SourceKind::Events => "events",
            SourceKind::Nats => "nats",
            SourceKind::Kafka => "kafka",
        }
    }
}

/// One source.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// Its name in Kith.
    pub name: SourceName,
    /// How it is read.
    pub kind: SourceKind,
    /// The file, relative to `kith.toml`; only there for files.
    pub path: Option<PathBuf>,
    /// The database; always there for `postgres`. A plain URL holds no password.
    pub url: Option<Secret>,
    /// The password of the database or the stream: always a reference.
    pub password: Option<Secret>,
    /// The table; always there for `sqlite`, `postgres` and `connection` (as `connection.table`).
    pub table: Option<String>,
    /// The connection that has the table; always there for `connection`.
    pub connection: Option<Box<Connection>>,
    /// What senders of events show; always there for `events`.
    pub write_key: Option<Secret>,
    /// What senders of events may send.
    pub plan: Option<TrackingPlan>,
    /// Where things stand in the webhooks and CloudEvents that come, and how they are signed.
    pub webhook: Option<Webhook>,
    /// The stream that it follows; always there for `nats` and `kafka`.
    pub stream: Option<Stream>,
    /// Between the columns of a CSV file; `None` = recognised from the file.
    pub delimiter: Option<char>,
    /// WHATWG label of the text's encoding; `None` = recognised from the file.
    pub encoding: Option<String>,
    /// The column(s) that single out a row; empty = a hash of the row's content.
    pub key: Vec<String>,
    /// The column that says when the row last changed.
    pub updated_at: Option<String>,
    /// Trust, 1 = most. When the file does not say: the order in the file; third parties come after all others.
    pub rank: u32,
    /// The terms, when the data is bought.
    pub third_party: Option<ThirdParty>,
    /// What the columns mean, in the order of the file.
    pub fields: Vec<Mapping>,
    /// Columns that mean nothing to Kith, with why: written as comments by [`Config::to_toml`], never read.
    pub unmapped: Vec<Unmapped>,
}

impl Source {
    /// Third parties rank from here when the file does not say otherwise, behind any number of own sources.
    pub const THIRD_PARTY_RANK: u32 = 1000;

    /// A source with nothing but its name and kind said.
    pub fn new(name: SourceName, kind: SourceKind, rank: u32) -> Self {
        Source {
            name,
            kind,
            path: None,
            url: None,
            password: None,
            table: None,
            connection: None,
            write_key: None,
            plan: None,
            webhook: None,
            stream: None,
            delimiter: None,
            encoding: None,
            key: Vec::new(),
            updated_at: None,
            rank,
            third_party: None,
            fields: Vec::new(),
            unmapped: Vec::new(),
        }
    }
}

/// What a source of events may send.
#[derive(Clone, Debug, PartialEq)]
pub struct TrackingPlan {
    /// The plan's file, relative to `kith.toml`.
    pub path: PathBuf,
    /// What becomes of what is not in it.
    pub treatment: Treatment,
}

/// What a column means.
#[derive(Clone, Debug, PartialEq)]
pub struct Mapping {
    /// The column's name or dotted path (`requester.email`).
    pub column: String,
    /// The field, or the piece of a field.
    pub target: Target,
    /// Why `kith init` thinks so: written as a comment, never read.
    pub note: String,
}

/// A column left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Unmapped {
    /// The column's name or dotted path.
    pub column: String,
    /// Why.
    pub note: String,
}

/// The terms under which bought data is used.
#[derive(Clone, Debug, PartialEq)]
pub struct ThirdParty {
    /// Who sold it.
    pub vendor: String,
    /// What it may be used for.
    pub licence: Option<String>,
    /// The last day of use, YYYY-MM-DD.
    pub expires: Option<String>,
}
