//! The household of a customer, as the answers show it.

use super::{Reader, instant};
use crate::error::Result;
use crate::unify;
use kith_core::id::{NodeId, ProfileId};
use serde::Serialize;
use utoipa::ToSchema;

/// People who live together.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Household {
    /// `h` and the number of its first record.
    pub household_id: String,
    /// The family name that most members have, in normal form.
    pub name: Option<String>,
    /// Where most members live: street, postcode, city.
    pub address: Option<String>,
    /// When a record of a member with this address was first changed or read, RFC 3339.
    pub first_seen: Option<String>,
    /// The same for the last time.
    pub last_seen: Option<String>,
    /// Its members, this customer among them.
    pub members: Vec<HouseholdMember>,
}

/// A person of a household.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HouseholdMember {
    /// The person's profile.
    #[schema(value_type = String)]
    pub profile_id: ProfileId,
    /// The person's name.
    pub name: Option<String>,
    /// `parent`, `child`, `adult` or `unknown`, by birth dates.
    pub role: String,
    /// That the person lives with the others, 0..1.
    pub probability: f64,
    /// What the person shares with the others, the weightiest first.
    pub shared: Vec<String>,
}

/// The household of whoever these nodes are.
pub(super) fn household(reader: &Reader, ids: &[NodeId]) -> Result<Option<Household>> {
    let Some(found) = reader.live.household_of(ids)? else { return Ok(None) };
    let view = unify::household::view(reader.live, &reader.rules, &found)?;
    Ok(view.map(|view| {
        let [street, city, postcode] = view.address;
        let town = [postcode, city].into_iter().flatten().collect::<Vec<_>>().join(" ");
        let address: Vec<String> = street.into_iter().chain((!town.is_empty()).then_some(town)).collect();
        let members = view.members.into_iter().map(|member| HouseholdMember {
            profile_id: member.profile,
            name: member.name,
            role: member.role.name().into(),
            probability: member.probability,
            shared: member.shared,
        });
        Household {
            household_id: view.id,
            name: view.name,
            address: (!address.is_empty()).then(|| address.join(", ")),
            first_seen: view.seen_ms.map(|(first, _)| instant(first)),
            last_seen: view.seen_ms.map(|(_, last)| instant(last)),
            members: members.collect(),
        }
    }))
}
