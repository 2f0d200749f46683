//! **unify**: one golden value per field and profile, with its reason. True after it has run: `master.customer` has
//! one row per profile, `master.customer_value` every value with what won and why, `master.household` who lives together.
//!
//! Reads:  live nodes and profiles. Decides: `kith_core::survivorship`. Writes: lake tables (`tables`).
//! A profile at another confidence is computed when it is asked for, by the same function.

mod customer;
pub(crate) mod household;
mod sources;
pub(crate) mod tables;

use kith_core::config::Config;
use kith_core::field::Field;
use kith_core::id::SourceName;
use kith_core::survivorship::{Candidate, Golden, Policy, golden};
use kith_live::Node;
use rustc_hash::FxHashMap;

/// What survivorship needs of the configuration.
pub(crate) struct Rules {
    policy: Policy,
    ranks: FxHashMap<SourceName, u32>,
}

impl Rules {
    /// From the project's configuration.
    pub(crate) fn of(config: &Config) -> Rules {
        let ranks = config.sources.iter().map(|s| (s.name.clone(), s.rank)).collect();
        Rules { policy: config.policy(), ranks }
    }

    /// A source that the configuration no longer names is trusted least.
    pub(crate) fn rank(&self, source: &SourceName) -> u32 {
        self.ranks.get(source).copied().unwrap_or(u32::MAX)
    }

    /// The golden values of the person that these records are.
    pub(crate) fn golden(&self, nodes: &[Node]) -> Vec<Golden> {
        let candidates: Vec<Candidate> = nodes
            .iter()
            .flat_map(|node| {
                node.values.iter().filter(|v| shown(v.field)).map(|value| Candidate {
                    value: value.clone(),
                    source: node.source.clone(),
                    key: node.key.clone(),
                    node: node.id,
                    rank: self.rank(&node.source),
                    updated_at_ms: node.updated_at_ms,
                    received_at_ms: node.received_at_ms,
                })
            })
            .collect();
        golden(&candidates, &self.policy)
    }
}

/// Fields that say something of the person, rather than of the row.
pub(crate) fn shown(field: Field) -> bool {
    !matches!(field, Field::UpdatedAt | Field::CreatedAt | Field::Source | Field::RecordKey)
}

/// The person's name for lists: the parts, else the whole, else the company.
pub(crate) fn display_name(golden: &[Golden]) -> Option<String> {
    let of = |field| original(golden, field);
    let parts: Vec<&str> =
        [Field::GivenName, Field::FamilyName].into_iter().filter_map(of).filter(|p| !p.is_empty()).collect();
    if !parts.is_empty() {
        return Some(parts.join(" "));
    }
    of(Field::FullName).or_else(|| of(Field::Company)).map(str::to_string)
}

/// The golden value of a field in normal form.
pub(crate) fn normal(golden: &[Golden], field: Field) -> Option<&str> {
    let winner = golden.iter().find(|g| g.field == field)?.winner.as_ref()?;
    Some(&winner.value.normal)
}

/// The golden value of a field as the source wrote it. A value that was derived from a whole name or address shows
/// its normal form, since the original is the whole.
fn original(golden: &[Golden], field: Field) -> Option<&str> {
    let value = &golden.iter().find(|g| g.field == field)?.winner.as_ref()?.value;
    let same = value.original.trim().to_lowercase() == value.normal;
    Some(if same { value.original.trim() } else { &value.normal })
}
