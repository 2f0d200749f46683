//! Merge trees, profiles and the changes of identity.

use super::Live;
use crate::error::Result;
use crate::identity::{self, Previous};
use crate::store::Behind;
use crate::tree::{Component, Household};
use kith_core::entry::IdentityChange;
use kith_core::id::{NodeId, Position, ProfileId};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;
use std::sync::PoisonError;

/// A profile as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProfileState {
    /// Its id: not the one asked for, if that one redirects here.
    pub id: ProfileId,
    /// The id that was asked for, where it is another one.
    pub asked: Option<ProfileId>,
    /// Its nodes, ascending; none = closed.
    pub nodes: Vec<NodeId>,
    /// Every id that leads here.
    pub redirected_from: Vec<ProfileId>,
    /// Position of the change that issued it.
    pub born: Position,
}

impl Live {
    /// Replaces the merge trees and edges, complete up to a position. A projection, not truth: after a rebuild there
    /// are none until resolution has run.
    pub fn set_tree(&self, up_to: Position, components: Vec<Component>) -> Result<()> {
        let _writing = self.0.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.store.set_tree(up_to, components)
    }

    /// Keeps the households that were found together with trees that were just set.
    pub fn set_households(&self, households: &[Household]) -> Result<()> {
        let _writing = self.0.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.store.set_households(households)
    }

    /// Every household of the last whole resolution, by its first member, one at a time.
    pub fn households(&self) -> impl Iterator<Item = Result<Household>> + Send + use<> {
        self.0.store.households()
    }

    /// The household of whoever these nodes are.
    pub fn household_of(&self, nodes: &[NodeId]) -> Result<Option<Household>> {
        self.0.store.household_of(nodes)
    }

    /// The position up to which the trees are complete; 0 = there are none.
    pub fn tree_position(&self) -> Result<Position> {
        self.0.store.tree_position()
    }

    /// Every component of two or more nodes, by its smallest node, one at a time. Some of the nodes may have gone since
    /// they were resolved.
    pub fn components(&self) -> impl Iterator<Item = Result<Component>> + Send + use<> {
        self.0.store.components()
    }

    /// The component of a node; a live node without evidence is one by itself.
    pub fn component_of(&self, node: NodeId) -> Result<Option<Component>> {
        self.0.store.component_of(node)
    }

    /// The nodes that are one person with this one at a confidence, ascending; empty for a node that is not alive.
    pub fn cluster(&self, node: NodeId, confidence: f64) -> Result<Vec<NodeId>> {
        Ok(self.component_of(node)?.map(|c| c.cluster(node, confidence)).unwrap_or_default())
    }

    /// The profile of a node.
    pub fn profile_of(&self, node: NodeId) -> Result<Option<ProfileId>> {
        self.0.store.profile_of(node)
    }

    /// A profile, following redirects; `None` if the id was never issued.
    pub fn profile(&self, id: ProfileId) -> Result<Option<ProfileState>> {
        let mut at = id;
        while let Some(next) = self.0.store.redirect(at)? {
            at = next;
        }
        let Some(row) = self.0.store.profile_row(at)? else { return Ok(None) };
        let redirected_from = self.0.store.redirected_from(at)?;
        let asked = (at != id).then_some(id);
        Ok(Some(ProfileState { id: at, asked, nodes: row.nodes, redirected_from, born: row.born }))
    }

    /// Profiles that have nodes, by id, one at a time.
    pub fn profiles(&self) -> impl Iterator<Item = Result<(ProfileId, Vec<NodeId>)>> + Send + use<> {
        let rows = self.0.store.profile_rows();
        rows.filter_map(|row| match row {
            Ok((_, row)) if row.nodes.is_empty() => None,
            Ok((id, row)) => Some(Ok((id, row.nodes))),
            Err(e) => Some(Err(e)),
        })
    }

    /// What would change if these were the clusters: all of them, single nodes too. The caller appends the changes;
    /// they are made for the next position, so nothing may be appended between.
    pub fn assign(&self, clusters: &[Vec<NodeId>]) -> Result<Vec<IdentityChange>> {
        let (mut profile_of, mut born) = (FxHashMap::default(), FxHashMap::default());
        let mut issued = FxHashSet::default();
        for row in self.0.store.profile_rows() {
            let (id, row) = row?;
            issued.insert(id);
            if !row.nodes.is_empty() {
                born.insert(id, row.born);
            }
            profile_of.extend(row.nodes.into_iter().map(|node| (node, id)));
        }
        let previous = Previous {
            profile_of: &profile_of,
            born: &|id| born.get(&id).copied().unwrap_or_default(),
            issued: &|id| issued.contains(&id),
        };
        let next = Position(self.position().0 + 1);
        Ok(identity::assign(&self.0.tenant, &previous, clusters, next))
    }

    /// Identity changes behind a position, the oldest first.
    pub fn changes_since(&self, since: Position, limit: usize) -> Result<Vec<(Position, IdentityChange)>> {
        self.0.store.changes_since(since, limit)
    }

    /// What has changed behind a position and the lake may not show: see [`Behind`]. Complete only while nothing is appended
    /// ([`Live::still`]).
    pub fn behind(&self, since: Position) -> Result<Behind> {
        self.0.store.behind(since)
    }

    /// The position up to which the lake was written last.
    pub fn lake_position(&self) -> Result<Position> {
        self.0.store.lake_position()
    }

    /// To be told when the lake shows everything up to a position.
    pub fn lake_written(&self, up_to: Position) -> Result<()> {
        let _writing = self.0.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.store.lake_written(up_to)
    }

    /// Does something short while nothing is appended, so that all that it reads is of one position.
    pub fn still<T>(&self, read: impl FnOnce() -> T) -> T {
        let _writing = self.0.writing.lock().unwrap_or_else(PoisonError::into_inner);
        read()
    }
}
