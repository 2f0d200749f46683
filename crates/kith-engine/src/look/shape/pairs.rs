//! All scored pairs, as a histogram of weights and as patterns of agreement, with some pairs of each to look at.

use crate::profile::shape::RecordName;
use kith_core::id::Position;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Scored pairs by weight and by pattern.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ScoredPairs {
    /// The log position that the answer reflects.
    #[schema(value_type = u64)]
    pub position: Position,
    /// The confidence in force.
    pub confidence: f64,
    /// The same as a match weight, bits.
    pub weight_bits: f64,
    /// Pairs that were worth keeping when the records were compared.
    pub pairs: u64,
    /// Pairs that the patterns were counted on: the same number of each band, drawn by chance; all where there are few.
    pub sampled: u64,
    /// By rising weight, without gaps.
    pub bands: Vec<PairBand>,
    /// What is compared: the columns of a pattern.
    pub comparisons: Vec<String>,
    /// The commonest patterns, most pairs first.
    pub patterns: Vec<PairPattern>,
    /// How many patterns the sample has.
    pub patterns_found: u64,
}

/// Pairs of one bit of weight.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PairBand {
    /// From this weight on, bits; the lowest band holds everything below too.
    pub from_bits: i32,
    /// Below this weight; the highest band holds everything above too.
    pub to_bits: i32,
    /// How many pairs.
    pub pairs: u64,
    /// Of these, pairs whose records are in one profile.
    pub merged: u64,
}

/// Pairs that agree in the same way.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PairPattern {
    /// Its name: the number of each comparison's level.
    pub id: String,
    /// The level of each comparison.
    pub levels: Vec<String>,
    /// How many pairs of the sample have it.
    pub sampled: u64,
    /// How many of all pairs have it, as the sample says; exact where the sample is everything.
    pub pairs_estimated: f64,
    /// Their share of all pairs.
    pub share: f64,
    /// The lowest weight among them, bits.
    pub weight_low: f32,
    /// The highest: rarity of values makes the difference.
    pub weight_high: f32,
    /// Share of them whose records are in one profile.
    pub merged_share: f64,
}

/// Pairs of a band, of a pattern, or of both.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExamplePairs {
    /// The log position that the answer reflects.
    #[schema(value_type = u64)]
    pub position: Position,
    /// How many pairs of the sample fit.
    pub found: u64,
    /// Some of them, drawn by chance.
    pub pairs: Vec<ExamplePair>,
}

/// A pair to look at.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExamplePair {
    /// One record.
    pub a: RecordName,
    /// The other.
    pub b: RecordName,
    /// The match weight in bits.
    pub weight: f32,
    /// The probability that both are one person.
    pub probability: f64,
    /// True if they are in one profile now.
    pub merged: bool,
    /// Its pattern.
    pub pattern: String,
    /// The level of each comparison.
    pub levels: Vec<String>,
}
