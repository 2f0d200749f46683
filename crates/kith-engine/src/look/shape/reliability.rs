//! What the model states, beside what people say.

use super::LabelCounts;
use crate::profile::shape::RecordName;
use kith_core::id::Position;
use serde::Serialize;
use utoipa::ToSchema;

/// Stated probabilities against people's answers.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Reliability {
    /// The log position that the answer reflects.
    #[schema(value_type = u64)]
    pub position: Position,
    /// Pairs that people have decided, in force, whose records are there.
    pub labels: LabelCounts,
    /// True while there are too few of them to judge the model by.
    pub few: bool,
    /// So many make the intervals narrow enough to act on.
    pub labels_wanted: u64,
    /// Labelled pairs that the model has learnt from: it is kinder to these than to others.
    pub learnt_from: u64,
    /// How far stated and said lie apart, weighted by answers; `None` while there are too few.
    pub calibration_error: Option<f64>,
    /// By rising probability.
    pub bins: Vec<ReliabilityBin>,
    /// The answers that contradict the model most.
    pub furthest: Vec<JudgedPair>,
}

/// Pairs of about the same stated probability.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct ReliabilityBin {
    /// From this probability on.
    pub from: f64,
    /// Below this one; the last bin has 1 too.
    pub to: f64,
    /// Scored pairs.
    pub pairs: u64,
    /// What the model itself states of them, in the mean: its own estimate; `None` = there is no such pair.
    pub stated: Option<f64>,
    /// Pairs that people have decided.
    pub labelled: u64,
    /// Of these, decided to be one person.
    pub same: u64,
    /// What the model states of the decided ones, in the mean.
    pub stated_labelled: Option<f64>,
    /// Share of the decided ones that are one person.
    pub share: Option<f64>,
    /// Where the true share lies at 95 %: from here (Wilson's interval).
    pub low: Option<f64>,
    /// To here.
    pub high: Option<f64>,
    /// True where the answers are too few to say anything.
    pub few: bool,
}

/// A decided pair with the model's own judgement.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct JudgedPair {
    /// One record.
    pub a: RecordName,
    /// The other.
    pub b: RecordName,
    /// What the model states, as if nobody had decided.
    pub probability: f64,
    /// What people say: one person?
    pub same: bool,
}
