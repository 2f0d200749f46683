//! An outcome as a short text: equal digests, equal outcomes.

use super::{Future, lasting};
use kith_core::entry::IdentityChange;
use kith_core::hex;
use kith_core::id::{NodeId, ProfileId};
use kith_live::identity::State;
use sha2::{Digest, Sha256};

/// Of every change, every record's profile, and every merge with its confidence.
pub(super) fn digest(future: &Future, before: &State, after: &State) -> String {
    let mut hash = Sha256::new();
    hash.update(format!("confidence {:?}\n", future.confidence));
    for change in &future.changes {
        hash.update(line(change, before, after));
    }
    for cluster in &future.clusters {
        hash.update(format!("cluster {:?}\n", cluster.iter().map(|n| n.0).collect::<Vec<_>>()));
    }
    let node = |record: u32| future.nodes.get(record as usize).map_or(0, |n| n.0);
    let merges = future.resolution.tree.merges.iter();
    let mut merges: Vec<(u64, u64, u32)> =
        merges.map(|m| (node(m.a), node(m.b), m.confidence.to_bits())).collect();
    merges.sort_unstable();
    for (a, b, confidence) in merges {
        hash.update(format!("merge {a} {b} {confidence:08x}\n"));
    }
    hex(&hash.finalize()[..16])
}

/// A change in words that are the same before and after its ids are issued.
fn line(change: &IdentityChange, before: &State, after: &State) -> String {
    let name = |id: &ProfileId| lasting(*id, before, after);
    let list = |nodes: &[NodeId]| nodes.iter().map(|n| n.0.to_string()).collect::<Vec<_>>().join(",");
    match change {
        IdentityChange::Created { profile, nodes } => format!("created {} {}\n", name(profile), list(nodes)),
        IdentityChange::Joined { profile, nodes } => format!("joined {} {}\n", name(profile), list(nodes)),
        IdentityChange::Left { profile, nodes } => format!("left {} {}\n", name(profile), list(nodes)),
        IdentityChange::Merged { from, into, nodes } => {
            format!("merged {} {} {}\n", name(from), name(into), list(nodes))
        }
        IdentityChange::Split { from, into, nodes } => {
            format!("split {} {} {}\n", name(from), name(into), list(nodes))
        }
    }
}
