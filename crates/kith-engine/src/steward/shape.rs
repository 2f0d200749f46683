//! What the command line, the HTTP API and the user interface are told of decisions, reviews and clusters, exactly as
//! JSON carries it.

use crate::profile::shape::RecordName;
use kith_core::id::{NodeId, Position, ProfileId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A decision that somebody wants to take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "verdict", rename_all = "snake_case", deny_unknown_fields)]
pub enum Wish {
    /// Both records are one person.
    Always {
        /// One record: `crm:17`, or its node's number; or a whole profile, `profile:p…`.
        a: String,
        /// The other.
        b: String,
    },
    /// The two records are two people.
    Never {
        /// One record: `crm:17`, or its node's number; or a whole profile, `profile:p…`.
        a: String,
        /// The other.
        b: String,
    },
    /// The value counts for nothing when records are matched; it stays in the records.
    Blocked {
        /// The field: `email`, `phone` …
        field: String,
        /// The value, as one would write it.
        value: String,
    },
}

/// A decision and what became of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DecisionView {
    /// Its name: the position in the log.
    #[schema(value_type = u64)]
    pub id: Position,
    /// `always`, `never` or `blocked`.
    pub verdict: String,
    /// One record, of `always` and `never`.
    pub a: Option<DecidedRecord>,
    /// The other record.
    pub b: Option<DecidedRecord>,
    /// The field, of `blocked`.
    pub field: Option<String>,
    /// The value in normal form, of `blocked`.
    pub value: Option<String>,
    /// Why.
    pub reason: String,
    /// Who.
    pub author: String,
    /// When, RFC 3339.
    pub decided_at: String,
    /// True while it counts.
    pub in_force: bool,
    /// True when identity is as if the last resolution had seen it as it is now.
    pub applied: bool,
    /// How it was taken back; `None` = it was not.
    pub withdrawn: Option<Withdrawal>,
}

/// How a decision was taken back.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Withdrawal {
    /// Why.
    pub reason: String,
    /// Who.
    pub author: String,
    /// When, RFC 3339.
    pub at: String,
}

/// A record that a decision names; it need not be there any more.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DecidedRecord {
    /// Its source.
    pub source: String,
    /// Its key there.
    pub key: String,
    /// Its node; `None` = its source no longer has it.
    #[schema(value_type = Option<u64>)]
    pub node_id: Option<NodeId>,
    /// The person's name, if known.
    pub name: Option<String>,
    /// The profile that it is in now.
    #[schema(value_type = Option<String>)]
    pub profile_id: Option<ProfileId>,
}

/// The decisions of a project.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Decisions {
    /// The log position that the answer reflects.
    #[schema(value_type = u64)]
    pub position: Position,
    /// How many are in force.
    pub in_force: u64,
    /// How many of all wait for the next resolution.
    pub pending: u64,
    /// Newest first.
    pub decisions: Vec<DecisionView>,
}

/// What taking, or taking back, decisions has done.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Outcome {
    /// The log position afterwards.
    #[schema(value_type = u64)]
    pub position: Position,
    /// The decisions, as they are now.
    pub decisions: Vec<DecisionView>,
    /// What changed for people; `None` = it was put off to the next resolution.
    pub applied: Option<Applied>,
}

/// What bringing identity up to the decisions has changed.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct Applied {
    /// Identity changes by kind: created, joined, merged, split, left.
    #[schema(value_type = Object)]
    pub changes: std::collections::BTreeMap<&'static str, u64>,
    /// Profiles now.
    pub profiles: u64,
    /// How long it took.
    pub seconds: f64,
}

/// Pairs whose answer would help most.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReviewQueue {
    /// The log position that the answer reflects.
    #[schema(value_type = u64)]
    pub position: Position,
    /// The confidence at which profile ids are issued.
    pub confidence: f64,
    /// Undecided pairs with a probability between 0.1 and 0.99.
    pub uncertain: u64,
    /// Pairs that people have decided, in force.
    pub decided: u64,
    /// The most helpful first.
    pub pairs: Vec<ReviewPair>,
}

/// A pair to decide.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReviewPair {
    /// One record.
    pub a: RecordName,
    /// The other.
    pub b: RecordName,
    /// The match weight in bits.
    pub weight: f32,
    /// The probability that both are one person.
    pub probability: f32,
    /// True if they are in one profile now.
    pub merged: bool,
    /// How many records the two profiles have together: what the answer moves.
    pub records: u64,
    /// Why it is asked: `near the threshold`, `holds a profile together` or `stands apart against the model`.
    pub why: String,
}

/// The records that some evidence connects with one record, as a graph.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ClusterGraph {
    /// The log position that the answer reflects.
    #[schema(value_type = u64)]
    pub position: Position,
    /// The record that was asked for.
    #[schema(value_type = u64)]
    pub asked: NodeId,
    /// The confidence at which the clusters are cut.
    pub confidence: f64,
    /// The records; those of the asked one's cluster first.
    pub nodes: Vec<GraphNode>,
    /// Scored pairs, the strongest first.
    pub edges: Vec<GraphEdge>,
    /// How records were put together, surest first, also below the confidence.
    pub merges: Vec<crate::profile::shape::MergeStep>,
    /// Decisions that name a record of the graph: in force, or taken back and waiting for the next resolution.
    pub decisions: Vec<DecisionView>,
    /// Where the asked record's cluster would break first; `None` = it is one record.
    pub weakest: Option<WeakestLink>,
    /// True if the graph was too large and records were left out.
    pub truncated: bool,
}

/// One record of a graph.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GraphNode {
    /// The record.
    #[serde(flatten)]
    pub record: RecordName,
    /// Its profile.
    #[schema(value_type = Option<String>)]
    pub profile_id: Option<ProfileId>,
    /// Its cluster at the confidence, by number: 0 is that of the asked record.
    pub cluster: u64,
}

/// One scored pair of a graph.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GraphEdge {
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
    /// `inside` a cluster; `below` the confidence; `outvoted` by the other records of both sides; `refused` by a decision.
    pub state: EdgeState,
}

/// What became of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EdgeState {
    /// Both records are in one cluster.
    Inside,
    /// The pair alone is not sure enough.
    Below,
    /// The pair alone is sure enough, but the other records of both sides speak against it.
    Outvoted,
    /// A decision keeps the two apart.
    Refused,
}

/// The least sure step of a cluster, and what it joined.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WeakestLink {
    /// The step's confidence.
    pub confidence: f32,
    /// The records of one side.
    #[schema(value_type = Vec<u64>)]
    pub left: Vec<NodeId>,
    /// The records of the other side.
    #[schema(value_type = Vec<u64>)]
    pub right: Vec<NodeId>,
    /// The strongest pair between the sides, if any pair was scored.
    pub strongest: Option<crate::profile::shape::Link>,
}
