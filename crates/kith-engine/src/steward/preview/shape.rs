//! What a preview tells: who would be whom, before anything is written.

use super::super::shape::Wish;
use crate::profile::shape::RecordName;
use kith_core::id::{Position, ProfileId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What is proposed; what is not said stays as it is.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Proposal {
    /// The text of another model.toml.
    pub model: Option<String>,
    /// The model as the decisions in force teach it, instead of the one that is there.
    pub learn: bool,
    /// Another confidence at which profile ids are issued.
    pub confidence: Option<f64>,
    /// Other rules of matching, instead of all that kith.toml has; an empty list = none.
    pub rules: Option<Vec<RuleWish>>,
    /// Decisions to be taken.
    pub decisions: Vec<Wish>,
    /// Decisions to be taken back, by id.
    pub withdraw: Vec<u64>,
}

/// A rule of matching, as `[[rule]]` in kith.toml.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleWish {
    /// What reports call it.
    pub name: String,
    /// The fields that make up the key.
    pub fields: Vec<String>,
    /// `match` or `differ`.
    pub verdict: String,
    /// Only for `match`: how sure the link is; 0.99 unless said.
    pub confidence: Option<f64>,
    /// Only for `match`: a key of more records links nobody; 50 unless said.
    pub group_max: Option<u32>,
}

/// What would happen, or has happened.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Preview {
    /// The log position that it was computed at.
    #[schema(value_type = u64)]
    pub position: Position,
    /// Stands for the whole outcome, every record and every confidence of it: equal digests, equal outcomes.
    pub digest: String,
    /// True if there is nothing that would change.
    pub unchanged: bool,
    /// As it is.
    pub before: Totals,
    /// As it would be.
    pub after: Totals,
    /// Identity changes by kind: created, joined, merged, split, left.
    #[schema(value_type = Object)]
    pub changes: BTreeMap<&'static str, u64>,
    /// Profiles of today that would come together with others.
    pub merged: u64,
    /// Profiles of today whose records would part.
    pub split: u64,
    /// Profile ids that would be issued.
    pub created: u64,
    /// Profile ids of today that would end or redirect.
    pub closed: u64,
    /// Profiles of today whose records would change.
    pub people_affected: u64,
    /// Records that would be in another profile.
    pub records_moved: u64,
    /// Groups of people that would change, of each kind the largest first.
    pub samples: Vec<Sample>,
}

/// Records and people.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct Totals {
    /// Live records.
    pub records: u64,
    /// Profiles.
    pub profiles: u64,
    /// Records of the largest profile.
    pub largest: u64,
    /// The confidence at which profile ids are issued.
    pub confidence: f64,
}

/// People of today and the people they would be.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Sample {
    /// `merged`, `split`, or `regrouped` where both happen.
    pub kind: String,
    /// As they are.
    pub before: Vec<PreviewPerson>,
    /// As they would be.
    pub after: Vec<PreviewPerson>,
}

/// One person, before or after.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PreviewPerson {
    /// The profile's id; `None` = one would be issued, or the records have none yet.
    #[schema(value_type = Option<String>)]
    pub profile_id: Option<ProfileId>,
    /// The person's name, if known.
    pub name: Option<String>,
    /// How many records.
    pub size: u64,
    /// The records, at most twelve.
    pub records: Vec<RecordName>,
}
