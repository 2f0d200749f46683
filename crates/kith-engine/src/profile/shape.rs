//! The answers that the command line, the HTTP API and the user interface show, exactly as JSON carries them.

pub use super::household::{Household, HouseholdMember};
pub use crate::collect::shape::Activity;
use kith_core::field::{Field, FieldValue};
use kith_core::id::{NodeId, Position, ProfileId, SourceName};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// One customer, read at one confidence.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Profile {
    /// The log position that the answer reflects.
    #[schema(value_type = u64)]
    pub position: Position,
    /// The profile's id: that of the profile which holds the asked node at the project's own confidence.
    #[schema(value_type = Option<String>)]
    pub profile_id: Option<ProfileId>,
    /// What was asked.
    pub asked: Asked,
    /// The confidence at which the profile was read.
    pub confidence: f64,
    /// How sure we are that all records are one person: the lowest merge inside; 1 for a single record.
    pub certainty: f64,
    /// The id that was asked, where it has since been merged into this profile.
    #[schema(value_type = Option<String>)]
    pub redirected_from: Option<ProfileId>,
    /// The best value per field, with its reason.
    pub golden: Vec<GoldenValue>,
    /// The records that make up the profile.
    pub records: Vec<Record>,
    /// Matching pairs inside the profile.
    pub links: Vec<Link>,
    /// How the records were put together, surest first.
    pub merges: Vec<MergeStep>,
    /// Who lives together with this customer, as the last run found it.
    pub household: Option<Household>,
    /// By what they can be asked for: every identifier that a record or an event said of them, by type and value.
    pub identifiers: Vec<Identifier>,
    /// What they did; `null` = no events are known of them.
    pub activity: Option<Activity>,
    /// How large the profile would be at lower confidences.
    pub looser: Vec<OtherView>,
    /// How large the profile would be at higher confidences.
    pub stricter: Vec<OtherView>,
}

/// An identifier of a customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Identifier {
    /// `email`, `user_id`, `ios.push_token` …
    #[serde(rename = "type")]
    pub kind: String,
    /// The normal form, or what an event said; `type:value` asks for the customer.
    pub value: String,
    /// Which sources say so, in order of name.
    pub sources: Vec<String>,
    /// When an event first said so, RFC 3339; `null` = a record says so.
    pub first_at: Option<String>,
}

/// What was asked: `email:ada@example.org`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Asked {
    /// `email`, `phone`, `customer_id`, a source's name, `node` or `profile`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The value as asked.
    pub value: String,
}

/// The best value of a field, and why.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GoldenValue {
    /// The field's name, such as `given_name`.
    #[schema(value_type = String)]
    pub field: Field,
    /// The field's name for people.
    pub label: String,
    /// The winner and where it comes from.
    #[serde(flatten)]
    pub winner: Candidate,
    /// The rule that decided, in words.
    pub rule: String,
    /// What lost.
    pub losers: Vec<Candidate>,
    /// Other values that are right too, such as a second e-mail address.
    pub also: Vec<Candidate>,
}

/// A value with its lineage.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Candidate {
    /// The normal form.
    pub value: String,
    /// As the source said it.
    pub original: String,
    /// Which source.
    #[schema(value_type = String)]
    pub source: SourceName,
    /// The record's key there.
    pub key: String,
    /// The record's node.
    #[schema(value_type = u64)]
    pub node_id: NodeId,
    /// When the source says the record last changed, RFC 3339.
    pub updated_at: Option<String>,
}

/// One record of one source.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Record {
    /// The record's node.
    #[schema(value_type = u64)]
    pub node_id: NodeId,
    /// Which source.
    #[schema(value_type = String)]
    pub source: SourceName,
    /// Its key there.
    pub key: String,
    /// When the source says it last changed, RFC 3339.
    pub updated_at: Option<String>,
    /// When Kith read it, RFC 3339.
    pub received_at: String,
    /// The row as it came.
    #[schema(value_type = Object)]
    pub row: Map<String, Value>,
    /// What standardisation made of it.
    #[schema(value_type = Vec<Object>)]
    pub values: Vec<FieldValue>,
}

/// A pair of records that matched.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Link {
    /// One record's node.
    #[schema(value_type = u64)]
    pub a: NodeId,
    /// The other's.
    #[schema(value_type = u64)]
    pub b: NodeId,
    /// The match weight in bits.
    pub weight: f32,
    /// The probability that both are one person.
    pub probability: f32,
}

/// One step of putting records together.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MergeStep {
    /// A record of one side.
    #[schema(value_type = u64)]
    pub a: NodeId,
    /// A record of the other side.
    #[schema(value_type = u64)]
    pub b: NodeId,
    /// The confidence of the step.
    pub confidence: f32,
}

/// The size of the profile at another confidence.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct OtherView {
    /// That confidence.
    pub confidence: f64,
    /// How many records the profile would have.
    pub records: u64,
}

/// The result of a search.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SearchResults {
    /// The log position that the answer reflects.
    #[schema(value_type = u64)]
    pub position: Position,
    /// Best first.
    pub results: Vec<SearchResult>,
}

/// One profile that a search found.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SearchResult {
    /// Its id.
    #[schema(value_type = String)]
    pub profile_id: ProfileId,
    /// Given and family name, or the company.
    pub name: Option<String>,
    /// The golden e-mail address.
    pub email: Option<String>,
    /// The golden phone number.
    pub phone: Option<String>,
    /// The golden city.
    pub city: Option<String>,
    /// How many records it has.
    pub records: u64,
    /// Which sources know it, in order of name.
    pub sources: Vec<String>,
    /// How well it matches; 1 for the best.
    pub score: f32,
}

/// Why two records match, or do not.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PairExplanation {
    /// One record.
    pub a: Record,
    /// The other.
    pub b: Record,
    /// Where the scale begins: how likely two random records are one person, in bits.
    pub prior_bits: f64,
    /// The sum of prior and fields, in bits.
    pub weight_bits: f64,
    /// The same as a probability.
    pub probability: f64,
    /// What each field adds.
    pub fields: Vec<FieldWeight>,
    /// What people have decided, directly or by what follows: true = one person, false = two; `None` = nothing.
    pub decided: Option<bool>,
}

/// What the comparison of one field adds.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FieldWeight {
    /// The field's name.
    pub field: String,
    /// The field's name for people.
    pub label: String,
    /// The first record's value.
    pub left: Option<String>,
    /// The second record's value.
    pub right: Option<String>,
    /// How well they agree: `exact`, `close`, …
    pub level: String,
    /// How often this level is seen among true matches; `None` where a side is missing.
    pub m: Option<f64>,
    /// How often it is seen among strangers.
    pub u: Option<f64>,
    /// What the comparison adds, in bits, rarity included.
    pub weight_bits: f64,
    /// The part of it that comes from the rarity of the value.
    pub term_frequency_bits: f64,
}

/// The values of one field over time.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct History {
    /// The log position that the answer reflects.
    #[schema(value_type = u64)]
    pub position: Position,
    /// Oldest first.
    pub values: Vec<HistoryValue>,
}

/// One value at one time.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HistoryValue {
    /// The normal form; `None` when the record or the value went away.
    pub value: Option<String>,
    /// As the source said it.
    pub original: Option<String>,
    /// Which source.
    #[schema(value_type = String)]
    pub source: SourceName,
    /// The record's key there.
    pub key: String,
    /// Where in the log.
    #[schema(value_type = u64)]
    pub position: Position,
    /// When Kith learned it, RFC 3339.
    pub at: String,
    /// `landed`, `changed` or `removed`.
    pub event: String,
}

/// One source as it stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SourceStatus {
    /// Its name.
    pub name: String,
    /// `csv`, `sqlite` …
    pub kind: String,
    /// Live records.
    pub records: u64,
    /// Rows that the last pull read.
    pub read: u64,
    /// Of these, new or changed.
    pub landed: u64,
    /// Of these, as they were.
    pub unchanged: u64,
    /// Of these, refused.
    pub rejected: u64,
    /// Rows that had gone from the source at the last pull.
    pub removed: u64,
    /// When the last pull ended, RFC 3339; `None` = never pulled.
    pub last_pulled_at: Option<String>,
    /// Survivorship rank; 1 = most trusted.
    pub rank: u32,
    /// How the stream stands that it follows; `null` = it follows none.
    pub stream: Option<crate::collect::events::StreamStatus>,
    /// Which column means what.
    pub fields: Vec<SourceField>,
}

/// A column of a source and what it means.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SourceField {
    /// The column, or dotted path.
    pub column: String,
    /// The field's name.
    pub field: String,
}

/// A row that was refused.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Reject {
    /// Where in the log.
    #[schema(value_type = u64)]
    pub position: Position,
    /// Which source.
    pub source: String,
    /// Where in the source.
    pub place: String,
    /// A stable code.
    pub code: String,
    /// What is wrong and how to mend it.
    pub reason: String,
    /// The original as text, where bytes that are not UTF-8 show as U+FFFD.
    pub original: String,
    /// The original bytes, hexadecimal.
    pub original_hex: String,
}

/// A record by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RecordName {
    /// Its node.
    #[schema(value_type = u64)]
    pub node_id: NodeId,
    /// Its source.
    pub source: String,
    /// Its key there.
    pub key: String,
    /// The person's name, if known.
    pub name: Option<String>,
}

/// How the model compares one field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ModelField {
    /// The field, or fields.
    pub field: String,
    /// From the best agreement to the worst.
    pub levels: Vec<ModelLevel>,
}

/// One level of agreement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ModelLevel {
    /// `exact`, `close`, …
    pub level: String,
    /// How often it is seen among true matches.
    pub m: f64,
    /// How often it is seen among strangers.
    pub u: f64,
    /// What it adds, in bits.
    pub weight_bits: f64,
}

/// Identity changes since a position.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Changes {
    /// In order of position.
    #[schema(value_type = Vec<Object>)]
    pub changes: Vec<Change>,
    /// Where to go on: the `since` of the next call.
    #[schema(value_type = u64)]
    pub next: Position,
}

/// One identity change.
#[derive(Clone, Debug, Serialize)]
pub struct Change {
    /// Where in the log.
    pub position: Position,
    /// What changed.
    #[serde(flatten)]
    pub change: kith_core::entry::IdentityChange,
}

/// The rows of a SQL query.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SqlRows {
    /// The columns, also when there are no rows.
    pub columns: Vec<SqlColumn>,
    /// The rows.
    #[schema(value_type = Vec<Vec<Object>>)]
    pub rows: Vec<Vec<Value>>,
    /// True if there were more rows than the limit.
    pub truncated: bool,
}

/// A column of a query's answer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SqlColumn {
    /// Its name.
    pub name: String,
    /// Its Arrow type.
    #[serde(rename = "type")]
    pub kind: String,
}
