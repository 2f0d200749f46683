//! Households, as resolution last found them. Beside the merge trees, and like them not of the log.

use super::kv::{Changes, Space};
use super::project::internal;
use super::{Store, keys};
use crate::error::Result;
use crate::tree::Household;
use kith_core::id::NodeId;

impl Store {
    /// Adds households to trees that were just replaced ([`Store::set_tree`] has emptied their place).
    pub(crate) fn set_households(&self, households: &[Household]) -> Result<()> {
        let mut changes = Changes::default();
        for household in households {
            let Some(first) = household.members.first() else { continue };
            let id = keys::number(first.0);
            let row = serde_json::to_vec(household).map_err(|e| internal(e.to_string()))?;
            changes.put(Space::Household, id.clone(), row);
            for member in &household.members {
                changes.put(Space::HouseholdOf, keys::number(member.0), id.clone());
            }
        }
        self.kv.commit(changes)
    }

    /// Every household, by its first member.
    pub(crate) fn households(&self) -> impl Iterator<Item = Result<Household>> + Send + use<> {
        let pairs = self.kv.range(Space::Household, &[], None);
        pairs.map(|pair| serde_json::from_slice(&pair?.1).map_err(|e| internal(e.to_string())))
    }

    /// The household that names one of these nodes as a member.
    pub(crate) fn household_of(&self, nodes: &[NodeId]) -> Result<Option<Household>> {
        for node in nodes {
            if let Some(id) = self.kv.get(Space::HouseholdOf, &keys::number(node.0))?
                && let Some(row) = self.kv.get(Space::Household, &id)?
            {
                return serde_json::from_slice(&row).map(Some).map_err(|e| internal(e.to_string()));
            }
        }
        Ok(None)
    }
}
