//! Changes of some records, with what they do to identity, as one group.
//!
//! Resolution of a few records gives whole components anew ([`Component`]); what is connected with none of them stays
//! as it is. The caller holds whatever keeps other writers away between asking and appending.

use super::Live;
use crate::error::Result;
use crate::identity::{self, Previous};
use crate::tree::{Component, Touched};
use kith_core::entry::{Entry, IdentityChange};
use kith_core::id::{NodeId, Position, ProfileId};
use rustc_hash::FxHashMap;

/// What new clusters do to profiles.
#[derive(Clone, Debug, Default)]
pub struct Assigned {
    /// The changes, the first of which will stand at the position that was asked for.
    pub changes: Vec<IdentityChange>,
    /// How many profiles there are more, or fewer.
    pub profiles: i64,
    /// The nodes of the largest cluster that is new.
    pub largest: usize,
}

impl Live {
    /// Components as resolution has made them anew, with nodes that are gone. Every node that was connected with one of
    /// these is among them.
    pub fn touched(&self, gone: Vec<NodeId>, after: Vec<Component>) -> Result<Touched> {
        let nodes = gone.iter().chain(after.iter().flat_map(|component| &component.nodes)).copied();
        let before = self.0.store.components_with(nodes)?;
        Ok(Touched { gone, before, after })
    }

    /// What would change if the touched nodes were in the clusters of a confidence, and those that are gone in none;
    /// `next` is the position that the first change will have. Profiles are the clusters of the stored trees at the
    /// same confidence now, so clusters that are in both stay as they are.
    pub fn assign_touched(&self, touched: &Touched, confidence: f64, next: Position) -> Result<Assigned> {
        let clusters = touched.new_clusters(confidence);
        let mut profile_of: FxHashMap<NodeId, ProfileId> = FxHashMap::default();
        for node in touched.gone.iter().chain(clusters.iter().flatten()) {
            if let Some(id) = self.0.store.profile_of(*node)? {
                profile_of.insert(*node, id);
            }
        }
        let mut born: FxHashMap<ProfileId, Position> = FxHashMap::default();
        for id in profile_of.values() {
            if !born.contains_key(id)
                && let Some(row) = self.0.store.profile_row(*id)?
            {
                born.insert(*id, row.born);
            }
        }
        let previous = Previous {
            profile_of: &profile_of,
            born: &|id| born.get(&id).copied().unwrap_or_default(),
            // A store that can not answer can not be appended to either.
            issued: &|id| self.0.store.profile_row(id).is_ok_and(|row| row.is_some()),
        };
        Ok(Assigned {
            changes: identity::assign(&self.0.tenant, &previous, &clusters, next),
            profiles: clusters.len() as i64 - born.len() as i64,
            largest: clusters.iter().map(Vec::len).max().unwrap_or(0),
        })
    }

    /// Appends entries as [`Live::append`] does, and in the same step replaces the merge trees that they touch. The log
    /// is on the disk when this returns; the store follows, and catches up from the log after a power cut.
    pub fn append_resolved(&self, entries: &[Entry], touched: Touched) -> Result<Position> {
        if entries.is_empty() {
            return Ok(self.position());
        }
        // The trees of a store that lags stay at their old position, which the next resolution sees.
        self.append_and(entries, |projector, last| {
            self.0.store.replace_trees(projector.into_changes(), touched, last)
        })
    }
}
