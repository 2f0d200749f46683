//! What each threshold would give.

use kith_core::id::Position;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What each threshold would give.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Thresholds {
    /// The log position that the answer reflects.
    #[schema(value_type = u64)]
    pub position: Position,
    /// The confidence in force.
    pub confidence: f64,
    /// Live records.
    pub records: u64,
    /// Labelled pairs (decisions in force) that the curve is measured on.
    pub labels: LabelCounts,
    /// By rising confidence.
    pub thresholds: Vec<Threshold>,
}

/// How many pairs people have decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LabelCounts {
    /// Decided to be one person.
    pub always: u64,
    /// Decided to be two.
    pub never: u64,
}

/// One threshold.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Threshold {
    /// The confidence asked.
    pub confidence: f64,
    /// The same as a match weight, bits.
    pub weight_bits: f64,
    /// Profiles there would be.
    pub clusters: u64,
    /// Records that would not be alone.
    pub merged_records: u64,
    /// Records of the largest cluster.
    pub largest: u64,
    /// Pairs of records in one cluster.
    pub pairs: u64,
    /// Share of these pairs that are one person, as the model itself believes.
    pub precision_estimated: f64,
    /// Share of all true pairs among those the model has looked at that are in one cluster, as it believes itself.
    pub recall_estimated: f64,
    /// What the decisions say of the model's own judgement of their pairs; `None` = there are none.
    pub labelled: Option<Confusion>,
}

/// The model's judgement of labelled pairs, decisions themselves not counted in.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Confusion {
    /// One person, and the model says so.
    pub true_positives: u64,
    /// Two people, and the model says one.
    pub false_positives: u64,
    /// One person, and the model says two.
    pub false_negatives: u64,
    /// Two people, and the model says so.
    pub true_negatives: u64,
    /// Of what the model joins, the share that is right; `None` = it joins nothing.
    pub precision: Option<f64>,
    /// Of what is one person, the share that the model joins; `None` = there is nothing.
    pub recall: Option<f64>,
}
