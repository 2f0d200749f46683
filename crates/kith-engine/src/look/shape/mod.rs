//! What the model, the thresholds and the benchmarks look like, exactly as JSON carries it.

mod identity;
mod pairs;
mod reliability;
mod thresholds;

pub use identity::{ClusterSize, IdentityOverview, NearPair, Overlap, SourceIdentity};
pub use pairs::{ExamplePair, ExamplePairs, PairBand, PairPattern, ScoredPairs};
pub use reliability::{JudgedPair, Reliability, ReliabilityBin};
pub use thresholds::{Confusion, LabelCounts, Threshold, Thresholds};

use crate::profile::shape::{ModelLevel, RecordName};
use kith_core::id::{Position, ProfileId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The matching model, with what it meets in the records.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ModelView {
    /// The log position that the answer reflects.
    #[schema(value_type = u64)]
    pub position: Position,
    /// Where the model was set in the log.
    #[schema(value_type = u64)]
    pub model_position: Position,
    /// The text of model.toml: what a preview may be given, changed.
    pub toml: String,
    /// Records it was estimated from.
    pub trained_on: u64,
    /// Probability that two records taken at random are one person.
    pub prior_match: f64,
    /// The same as a weight: where every pair begins, bits.
    pub prior_bits: f64,
    /// Probability that they are different people of one household; 0 = households do not show.
    pub prior_relative: f64,
    /// The confidence at which profile ids are issued.
    pub confidence: f64,
    /// What is compared.
    pub comparisons: Vec<ComparisonView>,
    /// How pairs are found.
    pub blocking: Vec<BlockingRule>,
    /// The rules of kith.toml, with what the last resolution met.
    pub rules: Vec<RuleView>,
    /// Records that could hardly match anything, by threshold.
    pub unlinkables: Vec<Unlinkable>,
    /// The same as a curve: the share of records that a perfect copy of themselves gives less, bit by bit.
    pub self_match: Vec<SelfMatch>,
    /// The records that say least.
    pub says_least: Vec<RecordName>,
}

/// One point of the curve of unlinkable records.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SelfMatch {
    /// A match weight.
    pub weight_bits: f64,
    /// Share of the records that can not reach it.
    pub share: f64,
}

/// One comparison.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ComparisonView {
    /// The field, or fields, for people.
    pub label: String,
    /// The columns compared.
    pub columns: Vec<String>,
    /// How: `given_name`, `date`, `email` …
    pub aspect: String,
    /// Records that have a value.
    pub present: u64,
    /// Distinct values.
    pub distinct: u64,
    /// How often two people of one household share the value because they are one.
    pub shared_in_household: f64,
    /// From the best agreement to the worst.
    pub levels: Vec<ModelLevel>,
    /// Values whose frequency moves the weight most; empty where frequency does not count.
    pub term_frequencies: Vec<TermFrequency>,
}

/// How the frequency of one value moves the weight of agreeing on it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TermFrequency {
    /// The value in normal form.
    pub value: String,
    /// Records that hold it.
    pub records: u64,
    /// What is added to the weight of exact agreement, bits; negative for a common value.
    pub bits: f64,
}

/// One blocking rule and what it did in the last resolution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BlockingRule {
    /// The columns that have to agree.
    pub rule: String,
    /// Pairs that it was the first to find; `None` = not known until the next resolution.
    pub pairs: Option<u64>,
    /// Of these, pairs that may be one person.
    pub edges: Option<u64>,
}

/// A rule of kith.toml.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RuleView {
    /// The fields that make up the key.
    pub fields: Vec<String>,
    /// Only of `match`: how sure the link is.
    pub confidence: Option<f64>,
    /// Only of `match`: a key of more records links nobody.
    pub group_max: Option<u32>,
    /// What it did.
    #[serde(flatten)]
    pub outcome: RuleOutcome,
}

/// What a rule of kith.toml did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RuleOutcome {
    /// Its name.
    pub name: String,
    /// `match` or `differ`.
    pub verdict: String,
    /// Keys that several records share (`match`), or pairs that were kept apart (`differ`).
    pub keys: u64,
    /// Links that it made.
    pub links: u64,
    /// Keys that too many records share, so that they link nobody.
    pub too_large: u64,
    /// A record of the largest of them, as `source:key`.
    pub example: Option<String>,
}

/// Records that even a perfect copy of themselves would not reach.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Unlinkable {
    /// The confidence asked.
    pub confidence: f64,
    /// The same as a match weight, bits.
    pub weight_bits: f64,
    /// Records that can not reach it.
    pub records: u64,
    /// Their share of all records.
    pub share: f64,
}

/// How many records and people have a value of a field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FillRate {
    /// The field.
    pub field: String,
    /// The field's name for people.
    pub label: String,
    /// Records that have a value.
    pub records: u64,
    /// Their share of all records.
    pub records_share: f64,
    /// Profiles that have a value.
    pub profiles: u64,
    /// Their share of all profiles.
    pub profiles_share: f64,
}

/// One figure of the state of identity with the range that it is expected in.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Benchmark {
    /// A stable name, such as `many_given_names`.
    pub id: String,
    /// What it is, for people.
    pub label: String,
    /// Why it matters and what to do about it.
    pub text: String,
    /// The figure.
    pub value: f64,
    /// `share` of 1, or `count`.
    pub unit: String,
    /// From here it is as expected.
    pub expected_low: f64,
    /// To here it is as expected.
    pub expected_high: f64,
    /// Beyond `expected_high`, up to here, it is worth a look; behind it, it is bad.
    pub bad_above: f64,
    /// How it is.
    pub state: BenchmarkState,
    /// Profiles that it counts.
    pub profiles: u64,
    /// Its values in the runs before, the oldest first: at most the last twelve that counted it.
    pub past: Vec<f64>,
    /// The most extreme ones.
    pub examples: Vec<ExampleProfile>,
}

/// How a figure stands to its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BenchmarkState {
    /// As expected.
    Ok,
    /// Worth a look.
    Warn,
    /// Most probably wrong.
    Bad,
}

/// A profile that stands out.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ExampleProfile {
    /// The profile.
    #[schema(value_type = String)]
    pub profile_id: ProfileId,
    /// The person's name, if known.
    pub name: Option<String>,
    /// What is counted, of this profile.
    pub value: u64,
    /// One of its records.
    pub record: RecordName,
}

/// One resolution of the past.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PastRun {
    /// Where in the log.
    #[schema(value_type = u64)]
    pub position: Position,
    /// When, RFC 3339; `None` = not said then.
    pub at: Option<String>,
    /// Records resolved.
    pub records: u64,
    /// Profiles.
    pub profiles: u64,
    /// Records of the largest profile; `None` = not counted then.
    pub largest: Option<u64>,
    /// The confidence.
    pub confidence: f64,
    /// Share of the records that are beyond the first of their profile.
    pub dedupe_rate: f64,
    /// The benchmarks' values by their names, and `duplicates:` with a source's name: its own share of duplicates. Empty
    /// where they were not counted then.
    #[serde(default)]
    pub figures: BTreeMap<String, f64>,
}
