//! The state of identity: records to people.

use super::{Benchmark, ExampleProfile, FillRate, PastRun};
use crate::profile::shape::{ModelField, RecordName};
use kith_core::id::Position;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Records to people, over the whole project.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct IdentityOverview {
    /// The log position that the answer reflects.
    #[schema(value_type = u64)]
    pub position: Position,
    /// Live records.
    pub records: u64,
    /// Profiles.
    pub profiles: u64,
    /// The confidence at which profile ids are issued.
    pub confidence: f64,
    /// Per source.
    pub by_source: Vec<SourceIdentity>,
    /// How many profiles each combination of sources shares, most first.
    pub overlap: Vec<Overlap>,
    /// How many profiles have so many records.
    pub cluster_sizes: Vec<ClusterSize>,
    /// The pairs whose probability is nearest to the project's confidence.
    pub near_threshold: Vec<NearPair>,
    /// The matching model.
    pub model: Vec<ModelField>,
    /// How many records and people have a value of each field.
    pub completeness: Vec<FillRate>,
    /// Figures with the range that they are expected in.
    pub benchmarks: Vec<Benchmark>,
    /// The last resolutions, the oldest first.
    pub runs: Vec<PastRun>,
}

/// One source's records and people.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SourceIdentity {
    /// The source.
    pub source: String,
    /// Its live records.
    pub records: u64,
    /// Profiles with a record of it.
    pub profiles: u64,
    /// Records beyond the first of their profile in it.
    pub duplicates: u64,
    /// Their share of its records.
    pub duplicates_share: f64,
    /// Profiles with several records of it.
    pub repeated: u64,
    /// Those with most.
    pub examples: Vec<ExampleProfile>,
}

/// Profiles known to exactly these sources.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Overlap {
    /// The sources, in order of name.
    pub sources: Vec<String>,
    /// How many profiles.
    pub profiles: u64,
    /// Some of them, drawn by chance; of the largest combinations only.
    pub examples: Vec<ExampleProfile>,
}

/// Profiles of one size.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ClusterSize {
    /// Records in the profile.
    pub size: u64,
    /// How many such profiles.
    pub profiles: u64,
    /// Some of them, drawn by chance.
    pub examples: Vec<ExampleProfile>,
}

/// A pair close to the threshold.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NearPair {
    /// One record.
    pub a: RecordName,
    /// The other.
    pub b: RecordName,
    /// How likely both are one person.
    pub probability: f64,
    /// True if they are in one profile.
    pub merged: bool,
}
