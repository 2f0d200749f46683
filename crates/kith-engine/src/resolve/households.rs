//! Who lives together, in the words of the store.

use super::model;
use crate::error::Result;
use kith_core::id::NodeId;
use kith_live::{Household, HouseholdTie};
use kith_resolve::compare::Aspect;
use kith_resolve::{Linker, Model};

/// The households of the clusters, each member named by the smallest node of its cluster.
pub(super) fn find(
    linker: &Linker,
    model: &Model,
    nodes: &[NodeId],
    clusters: &[u32],
) -> Result<Vec<Household>> {
    let found = kith_resolve::households(linker, model, clusters).map_err(model::does_not_fit)?;
    let node = |entity: u32| nodes[entity as usize];
    let households = found.into_iter().map(|household| Household {
        members: household.members.into_iter().map(node).collect(),
        ties: household
            .ties
            .into_iter()
            .map(|tie| HouseholdTie {
                a: node(tie.a),
                b: node(tie.b),
                probability: tie.probability,
                shared: tie.shared.into_iter().map(|(aspect, bits)| (words(aspect).into(), bits)).collect(),
            })
            .collect(),
    });
    Ok(households.collect())
}

fn words(aspect: Aspect) -> &'static str {
    match aspect {
        Aspect::FamilyName => "family name",
        Aspect::GivenName => "given name",
        Aspect::MiddleName => "middle name",
        Aspect::Email => "e-mail address",
        Aspect::Phone => "phone number",
        Aspect::Street => "street",
        Aspect::Locality => "town",
        Aspect::Date => "date",
        Aspect::Identifier => "identifier",
        Aspect::Category | Aspect::Text | Aspect::Number | Aspect::Exact | Aspect::Source => "other values",
    }
}
