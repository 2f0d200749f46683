//! What marks stand for.

use crate::error::Result;
use kith_core::id::{NodeId, Position, ProfileId};
use kith_live::{Behind, Component, Live};
use rustc_hash::{FxHashMap, FxHashSet};

/// Everything of which a row can differ from what it was.
#[derive(Debug, Default)]
pub(crate) struct Changed {
    /// Whole components and profiles, and nodes that are gone.
    pub(crate) nodes: FxHashSet<NodeId>,
    /// As they are now, and ids that were theirs.
    pub(crate) profiles: FxHashSet<ProfileId>,
    /// Those of two or more nodes, by their smallest.
    pub(crate) components: FxHashMap<NodeId, Component>,
}

impl Changed {
    /// What was marked behind a position, with the changes of identity since.
    pub(crate) fn of(live: &Live, behind: &Behind, since: Position) -> Result<Changed> {
        let mut changed = Changed::default();
        if let Behind::Nodes(nodes) = behind {
            changed.connected(live, nodes)?;
        }
        for (_, change) in live.changes_since(since, usize::MAX)? {
            changed.profiles.extend(change.profiles());
        }
        changed.close(live)?;
        Ok(changed)
    }

    /// With all of another, as it is now.
    pub(crate) fn and(&mut self, live: &Live, other: &Changed) -> Result<()> {
        let nodes: Vec<NodeId> = other.nodes.iter().copied().collect();
        self.connected(live, &nodes)?;
        self.profiles.extend(&other.profiles);
        self.close(live)
    }

    fn connected(&mut self, live: &Live, nodes: &[NodeId]) -> Result<()> {
        for node in nodes {
            if self.nodes.contains(node) {
                continue;
            }
            self.nodes.insert(*node);
            let Some(component) = live.component_of(*node)? else { continue };
            self.nodes.extend(&component.nodes);
            if let Some(smallest) = component.nodes.iter().min().filter(|_| component.nodes.len() > 1) {
                self.components.insert(*smallest, component);
            }
        }
        Ok(())
    }

    /// The profiles of the nodes, and the nodes of the profiles.
    fn close(&mut self, live: &Live) -> Result<()> {
        for node in &self.nodes {
            self.profiles.extend(live.profile_of(*node)?);
        }
        let mut more = Vec::new();
        for profile in &self.profiles {
            // One that leads to another has no nodes of its own.
            if let Some(state) = live.profile(*profile)?.filter(|state| state.id == *profile) {
                more.extend(state.nodes.into_iter().filter(|node| !self.nodes.contains(node)));
            }
        }
        if more.is_empty() {
            return Ok(());
        }
        self.connected(live, &more)?;
        self.close(live)
    }
}
