//! Changes of who is who.

use crate::id::{NodeId, ProfileId};
use serde::{Deserialize, Serialize};

/// One step of the identity-change stream: replayed from the start, it gives the present profiles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum IdentityChange {
    /// A profile id was issued for these nodes.
    Created {
        /// The new id.
        profile: ProfileId,
        /// Its nodes, ascending.
        nodes: Vec<NodeId>,
    },
    /// Nodes that had no profile joined one.
    Joined {
        /// The profile.
        profile: ProfileId,
        /// The new nodes, ascending.
        nodes: Vec<NodeId>,
    },
    /// A profile was found to be the same person as an older one and redirects to it for ever.
    Merged {
        /// The id that redirects from now on.
        from: ProfileId,
        /// The id that stays: the part which existed first.
        into: ProfileId,
        /// The nodes that moved, ascending.
        nodes: Vec<NodeId>,
    },
    /// Nodes left a profile for another, new or existing; the larger part kept the id.
    Split {
        /// The profile that they left.
        from: ProfileId,
        /// The profile that they are in now.
        into: ProfileId,
        /// The nodes that moved, ascending.
        nodes: Vec<NodeId>,
    },
    /// Nodes are gone from their source. A profile without nodes is closed; its id is never used again.
    Left {
        /// The profile.
        profile: ProfileId,
        /// The nodes that left, ascending.
        nodes: Vec<NodeId>,
    },
}

impl IdentityChange {
    /// The nodes that it moves.
    pub fn nodes(&self) -> &[NodeId] {
        match self {
            IdentityChange::Created { nodes, .. }
            | IdentityChange::Joined { nodes, .. }
            | IdentityChange::Merged { nodes, .. }
            | IdentityChange::Split { nodes, .. }
            | IdentityChange::Left { nodes, .. } => nodes,
        }
    }

    /// The profiles that it is about.
    pub fn profiles(&self) -> impl Iterator<Item = ProfileId> + use<> {
        let (one, other) = match self {
            IdentityChange::Created { profile, .. }
            | IdentityChange::Joined { profile, .. }
            | IdentityChange::Left { profile, .. } => (*profile, None),
            IdentityChange::Merged { from, into, .. } | IdentityChange::Split { from, into, .. } => {
                (*from, Some(*into))
            }
        };
        std::iter::once(one).chain(other)
    }
}
