//! Changes of some records, with what they do to identity, as one group.
//!
//! Resolution of a few records gives whole components anew ([`Component`]); what is connected with none of them stays
//! as it is. The caller holds whatever keeps other writers away between asking and appending.

use super::Live;
use crate::error::Result;
use crate::identity::{self, Previous};
use crate::tree::Component;
use kith_core::entry::{Entry, IdentityChange};
use kith_core::id::{NodeId, Position, ProfileId};
use rustc_hash::FxHashMap;

impl Live {
    /// What would change if the touched nodes were in these clusters, and those that are gone in none; `next` is the
    /// position that the first change will have. A profile that has one of these nodes has no others. Also says how many
    /// profiles they are in now.
    pub fn assign_touched(
        &self,
        gone: &[NodeId],
        clusters: &[Vec<NodeId>],
        next: Position,
    ) -> Result<(Vec<IdentityChange>, u64)> {
        let mut profile_of: FxHashMap<NodeId, ProfileId> = FxHashMap::default();
        for node in gone.iter().chain(clusters.iter().flatten()) {
            if let Some(id) = self.0.store.profile_of(*node)? {
                profile_of.insert(*node, id);
            }
        }
        let mut born: FxHashMap<ProfileId, Position> = FxHashMap::default();
        for id in profile_of.values() {
            if let Some(row) = self.0.store.profile_row(*id)? {
                born.insert(*id, row.born);
            }
        }
        let previous = Previous {
            profile_of: &profile_of,
            born: &|id| born.get(&id).copied().unwrap_or_default(),
            // A store that can not answer can not be appended to either.
            issued: &|id| self.0.store.profile_row(id).is_ok_and(|row| row.is_some()),
        };
        Ok((identity::assign(&self.0.tenant, &previous, clusters, next), born.len() as u64))
    }

    /// Appends entries as [`Live::append`] does, and in the same step replaces the merge trees of the nodes that they
    /// touch. The log is on the disk when this returns; the store follows, and catches up from the log after a power
    /// cut.
    pub fn append_resolved(
        &self,
        entries: &[Entry],
        gone: &[NodeId],
        components: Vec<Component>,
    ) -> Result<Position> {
        if entries.is_empty() {
            return Ok(self.position());
        }
        // The trees of a store that lags stay at their old position, which the next resolution sees.
        self.append_and(entries, |projector, last| {
            self.0.store.replace_trees(projector.into_changes(), gone, components, last)
        })
    }
}
