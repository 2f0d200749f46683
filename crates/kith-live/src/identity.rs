//! Who is who: profile ids that stay.
//!
//! - Reads: the profiles as they are, and the clusters of nodes as resolution now sees them.
//! - Decides: which id each cluster keeps, and what changes. Pure: the same input gives the same changes.
//! - Writes: nothing; the caller appends the changes to the log, and replaying them gives the profiles.
//!
//! 1. Each profile follows its larger part: the cluster that holds most of its nodes keeps its id (tie: the part
//!    with the smallest node).
//! 2. A cluster that keeps several ids goes on under the one which existed first; the others redirect to it for ever.
//! 3. A cluster that keeps none gets a new id, a hash of tenant, smallest node and log position, never one that was
//!    used before.
//! 4. Nodes that are in no cluster leave their profile. A profile without nodes is closed.
//!
//! The changes come in an order in which each one can be applied to what the ones before it left: left, created,
//! split, merged, joined; within a kind by the cluster's smallest node.

use kith_core::entry::IdentityChange;
use kith_core::id::{NodeId, Position, ProfileId, Tenant};
use kith_core::mix;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;
use std::convert::Infallible;

/// A profile: when it was issued and which nodes it has, ascending. Without nodes it is closed or redirects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProfileRow {
    /// Position of the change that issued it.
    pub born: Position,
    /// Its nodes, ascending.
    pub nodes: Vec<NodeId>,
}

/// Where profiles are kept: in memory or in the store. [`apply`] is the one definition of what a change means.
pub trait Profiles {
    /// What reading or writing may fail with.
    type Error;
    /// A profile that was ever issued.
    fn profile(&self, id: ProfileId) -> Result<Option<ProfileRow>, Self::Error>;
    /// Replaces a profile.
    fn set_profile(&mut self, id: ProfileId, row: ProfileRow) -> Result<(), Self::Error>;
    /// The profile of a node.
    fn profile_of(&self, node: NodeId) -> Result<Option<ProfileId>, Self::Error>;
    /// Puts a node into a profile, or into none.
    fn set_profile_of(&mut self, node: NodeId, id: Option<ProfileId>) -> Result<(), Self::Error>;
    /// Makes an id redirect for ever.
    fn redirect(&mut self, from: ProfileId, into: ProfileId) -> Result<(), Self::Error>;
}

/// Applies one change of the stream.
pub fn apply<P: Profiles>(to: &mut P, position: Position, change: &IdentityChange) -> Result<(), P::Error> {
    match change {
        IdentityChange::Created { profile, nodes } | IdentityChange::Joined { profile, nodes } => {
            move_nodes(to, position, nodes, Some(*profile))
        }
        IdentityChange::Split { into, nodes, .. } => move_nodes(to, position, nodes, Some(*into)),
        IdentityChange::Left { nodes, .. } => move_nodes(to, position, nodes, None),
        IdentityChange::Merged { from, into, nodes } => {
            move_nodes(to, position, nodes, Some(*into))?;
            to.redirect(*from, *into)
        }
    }
}

fn move_nodes<P: Profiles>(
    to: &mut P,
    position: Position,
    nodes: &[NodeId],
    into: Option<ProfileId>,
) -> Result<(), P::Error> {
    let mut leaving: BTreeMap<ProfileId, FxHashSet<NodeId>> = BTreeMap::new();
    for node in nodes {
        if let Some(old) = to.profile_of(*node)? {
            leaving.entry(old).or_default().insert(*node);
        }
        to.set_profile_of(*node, into)?;
    }
    for (id, gone) in leaving {
        let mut row = to.profile(id)?.unwrap_or_default();
        row.nodes.retain(|n| !gone.contains(n));
        to.set_profile(id, row)?;
    }
    if let Some(id) = into {
        let fresh = ProfileRow { born: position, nodes: Vec::new() };
        let mut row = to.profile(id)?.unwrap_or(fresh);
        row.nodes.extend_from_slice(nodes);
        row.nodes.sort_unstable();
        row.nodes.dedup();
        to.set_profile(id, row)?;
    }
    Ok(())
}

/// The profiles in memory: a fold of the change stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Every profile ever issued.
    pub profiles: FxHashMap<ProfileId, ProfileRow>,
    /// The profile of each node that has one.
    pub profile_of: FxHashMap<NodeId, ProfileId>,
    /// Merged ids.
    pub redirects: FxHashMap<ProfileId, ProfileId>,
}

impl Profiles for State {
    type Error = Infallible;
    fn profile(&self, id: ProfileId) -> Result<Option<ProfileRow>, Infallible> {
        Ok(self.profiles.get(&id).cloned())
    }
    fn set_profile(&mut self, id: ProfileId, row: ProfileRow) -> Result<(), Infallible> {
        self.profiles.insert(id, row);
        Ok(())
    }
    fn profile_of(&self, node: NodeId) -> Result<Option<ProfileId>, Infallible> {
        Ok(self.profile_of.get(&node).copied())
    }
    fn set_profile_of(&mut self, node: NodeId, id: Option<ProfileId>) -> Result<(), Infallible> {
        match id {
            Some(id) => self.profile_of.insert(node, id),
            None => self.profile_of.remove(&node),
        };
        Ok(())
    }
    fn redirect(&mut self, from: ProfileId, into: ProfileId) -> Result<(), Infallible> {
        self.redirects.insert(from, into);
        Ok(())
    }
}

impl State {
    /// Applies one change.
    pub fn apply(&mut self, position: Position, change: &IdentityChange) {
        let Ok(()) = apply(self, position, change);
    }

    /// Where an id leads: itself unless it was merged.
    pub fn follow(&self, mut id: ProfileId) -> ProfileId {
        while let Some(next) = self.redirects.get(&id) {
            id = *next;
        }
        id
    }
}

/// What [`assign`] needs to know of the present.
pub struct Previous<'a> {
    /// The profile of each node that has one.
    pub profile_of: &'a FxHashMap<NodeId, ProfileId>,
    /// When a profile was issued.
    pub born: &'a dyn Fn(ProfileId) -> Position,
    /// True for every id that was ever issued.
    pub issued: &'a dyn Fn(ProfileId) -> bool,
}

/// The changes that lead from the previous profiles to these clusters, the first of which will stand at `next` in the
/// log. The clusters are all of them, single nodes too; a node named twice counts where it is named first.
pub fn assign(
    tenant: &Tenant,
    previous: &Previous<'_>,
    clusters: &[Vec<NodeId>],
    next: Position,
) -> Vec<IdentityChange> {
    let clusters = canonical(clusters);
    let parts = Parts::of(previous, &clusters);
    let home = parts.homes();
    let mut changes = Changes { left: parts.left(), ..Changes::default() };
    let mut issued_now = FxHashSet::default();
    for (index, cluster) in clusters.iter().enumerate() {
        let mut by_profile: BTreeMap<Option<ProfileId>, Vec<NodeId>> = BTreeMap::new();
        for node in cluster {
            by_profile.entry(previous.profile_of.get(node).copied()).or_default().push(*node);
        }
        let fresh = by_profile.remove(&None).unwrap_or_default();
        let kept = by_profile.keys().flatten().filter(|id| home.get(id) == Some(&index));
        let survivor = kept.min_by_key(|id| ((previous.born)(**id), **id)).copied();
        let target = match survivor {
            Some(id) => {
                changes.joined(id, fresh);
                id
            }
            None => {
                let Some(smallest) = cluster.first() else { continue };
                let id =
                    new_id(tenant, *smallest, next, |id| (previous.issued)(id) || issued_now.contains(&id));
                issued_now.insert(id);
                changes.created(id, fresh);
                id
            }
        };
        for (from, nodes) in by_profile {
            let Some(from) = from.filter(|from| *from != target) else { continue };
            if home.get(&from) == Some(&index) {
                changes.merged.push(IdentityChange::Merged { from, into: target, nodes });
            } else {
                changes.split.push(IdentityChange::Split { from, into: target, nodes });
            }
        }
    }
    changes.in_order()
}

#[derive(Default)]
struct Changes {
    left: Vec<IdentityChange>,
    created: Vec<IdentityChange>,
    split: Vec<IdentityChange>,
    merged: Vec<IdentityChange>,
    joined: Vec<IdentityChange>,
}

impl Changes {
    fn joined(&mut self, profile: ProfileId, nodes: Vec<NodeId>) {
        if !nodes.is_empty() {
            self.joined.push(IdentityChange::Joined { profile, nodes });
        }
    }
    /// A profile without fresh nodes is issued by the split that fills it.
    fn created(&mut self, profile: ProfileId, nodes: Vec<NodeId>) {
        if !nodes.is_empty() {
            self.created.push(IdentityChange::Created { profile, nodes });
        }
    }
    fn in_order(self) -> Vec<IdentityChange> {
        [self.left, self.created, self.split, self.merged, self.joined].concat()
    }
}

/// Nodes ascending within a cluster, clusters by their smallest node: the result does not depend on the order of
/// what comes in.
fn canonical(clusters: &[Vec<NodeId>]) -> Vec<Vec<NodeId>> {
    let mut seen = FxHashSet::default();
    let once =
        |cluster: &Vec<NodeId>| cluster.iter().copied().filter(|n| seen.insert(*n)).collect::<Vec<_>>();
    let mut all: Vec<Vec<NodeId>> = clusters.iter().map(once).filter(|c: &Vec<_>| !c.is_empty()).collect();
    all.iter_mut().for_each(|c| c.sort_unstable());
    all.sort_unstable_by_key(|c| c.first().copied());
    all
}

/// How each profile's nodes lie in the clusters.
struct Parts {
    /// profile -> cluster -> how many of its nodes, and the smallest of them.
    parts: FxHashMap<ProfileId, FxHashMap<usize, (usize, NodeId)>>,
    left: BTreeMap<ProfileId, Vec<NodeId>>,
}

impl Parts {
    fn of(previous: &Previous<'_>, clusters: &[Vec<NodeId>]) -> Self {
        let mut parts: FxHashMap<ProfileId, FxHashMap<usize, (usize, NodeId)>> = FxHashMap::default();
        let mut seen = FxHashSet::default();
        for (index, cluster) in clusters.iter().enumerate() {
            for node in cluster {
                if let Some(profile) = previous.profile_of.get(node) {
                    seen.insert(*node);
                    let part = parts.entry(*profile).or_default().entry(index).or_insert((0, *node));
                    part.0 += 1;
                    part.1 = part.1.min(*node);
                }
            }
        }
        let mut left: BTreeMap<ProfileId, Vec<NodeId>> = BTreeMap::new();
        for (node, profile) in previous.profile_of {
            if !seen.contains(node) {
                left.entry(*profile).or_default().push(*node);
            }
        }
        left.values_mut().for_each(|nodes| nodes.sort_unstable());
        Parts { parts, left }
    }

    /// The cluster that keeps each profile's id.
    fn homes(&self) -> FxHashMap<ProfileId, usize> {
        let largest = |parts: &FxHashMap<usize, (usize, NodeId)>| {
            let best =
                parts.iter().max_by_key(|(_, (count, smallest))| (*count, std::cmp::Reverse(*smallest)));
            best.map(|(index, _)| *index)
        };
        self.parts.iter().filter_map(|(id, parts)| Some((*id, largest(parts)?))).collect()
    }

    fn left(&self) -> Vec<IdentityChange> {
        let left = |(profile, nodes): (&ProfileId, &Vec<NodeId>)| IdentityChange::Left {
            profile: *profile,
            nodes: nodes.clone(),
        };
        self.left.iter().map(left).collect()
    }
}

/// An id that was never used. Two profiles issued at one position differ by their smallest node; a hash that is
/// taken all the same (once in 2^64 / profiles) is hashed again.
fn new_id(tenant: &Tenant, smallest: NodeId, next: Position, taken: impl Fn(ProfileId) -> bool) -> ProfileId {
    let mut id = mix::bytes(0x6b69_7468, tenant.as_str().as_bytes());
    id = mix::finish(id ^ mix::finish(smallest.0));
    id = mix::finish(id ^ mix::finish(next.0).rotate_left(32));
    while taken(ProfileId(id)) {
        id = mix::finish(id.wrapping_add(0x9e37_79b9_7f4a_7c15));
    }
    ProfileId(id)
}
