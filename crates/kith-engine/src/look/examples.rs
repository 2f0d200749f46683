//! Profiles and records to look at. Kept figures name them by number only; what they are called is looked up when
//! somebody looks, so that a kept file holds nobody's name, and who has gone is not shown.

use super::shape::{ExampleProfile, IdentityOverview};
use crate::error::Result;
use crate::profile::shape::RecordName;
use crate::profile::{Reader, record_name};
use crate::unify::display_name;
use kith_core::id::{NodeId, ProfileId};
use std::hash::{Hash, Hasher};

/// A few profiles out of many, the same ones whatever the order they come in.
#[derive(Default)]
pub(super) struct Draw(Vec<(u64, ProfileId, u64)>);

impl Draw {
    /// Each has the same chance to be kept.
    pub(super) fn by_chance(&mut self, profile: ProfileId, value: u64, most: usize) {
        self.put(chance(profile), profile, value, most);
    }

    /// Those with the highest values are kept.
    pub(super) fn highest(&mut self, profile: ProfileId, value: u64, most: usize) {
        self.put(u64::MAX - value, profile, value, most);
    }

    fn put(&mut self, rank: u64, profile: ProfileId, value: u64, most: usize) {
        let item = (rank, profile, value);
        let at = self.0.partition_point(|kept| *kept < item);
        if at < most {
            self.0.insert(at, item);
            self.0.truncate(most);
        }
    }

    /// What was kept, with the values.
    pub(super) fn drawn(&self) -> Vec<(ProfileId, u64)> {
        self.0.iter().map(|(_, profile, value)| (*profile, *value)).collect()
    }
}

/// A number that has nothing to do with the thing it is of, and is always the same.
pub(super) fn chance(of: impl Hash) -> u64 {
    let mut hasher = rustc_hash::FxHasher::default();
    of.hash(&mut hasher);
    // The hash of small numbers is nearly in their order: the finaliser of splitmix64 mixes it.
    let mut x = hasher.finish();
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// A record of which only the node is known yet.
pub(super) fn unnamed(node: NodeId) -> RecordName {
    RecordName { node_id: node, source: String::new(), key: String::new(), name: None }
}

/// A live record by its name; `None` if it has gone.
pub(super) fn named(reader: &Reader, node: NodeId) -> Result<Option<RecordName>> {
    match reader.live.node(node)?.is_some_and(|n| n.alive) {
        true => record_name(reader, node),
        false => Ok(None),
    }
}

/// Looks up the names of everybody in an overview.
pub(super) fn name_all(reader: &Reader, overview: &mut IdentityOverview) -> Result<()> {
    let cards = overview.benchmarks.iter_mut().map(|b| &mut b.examples);
    let sources = overview.by_source.iter_mut().map(|s| &mut s.examples);
    let overlaps = overview.overlap.iter_mut().map(|o| &mut o.examples);
    let sizes = overview.cluster_sizes.iter_mut().map(|s| &mut s.examples);
    for examples in cards.chain(sources).chain(overlaps).chain(sizes) {
        *examples = profiles(reader, std::mem::take(examples))?;
    }
    let mut near = Vec::with_capacity(overview.near_threshold.len());
    for pair in std::mem::take(&mut overview.near_threshold) {
        if let (Some(a), Some(b)) = (named(reader, pair.a.node_id)?, named(reader, pair.b.node_id)?) {
            near.push(super::shape::NearPair { a, b, ..pair });
        }
    }
    overview.near_threshold = near;
    Ok(())
}

/// Those of the profiles that are still there, by name.
fn profiles(reader: &Reader, unnamed: Vec<ExampleProfile>) -> Result<Vec<ExampleProfile>> {
    let mut examples = Vec::with_capacity(unnamed.len());
    for example in unnamed {
        let Some(state) = reader.live.profile(example.profile_id)? else { continue };
        let nodes = reader.live.alive(&state.nodes)?;
        let own = example.record.node_id;
        let shown = if state.nodes.contains(&own) { Some(own) } else { state.nodes.first().copied() };
        let Some(record) = shown.map(|node| named(reader, node)).transpose()?.flatten() else { continue };
        let name = display_name(&reader.rules.golden(&nodes));
        examples.push(ExampleProfile { profile_id: state.id, name, record, ..example });
    }
    Ok(examples)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_does_not_depend_on_the_order_and_is_not_the_first_come() {
        let drawn = |ids: &mut dyn Iterator<Item = u64>| {
            let mut draw = Draw::default();
            ids.for_each(|id| draw.by_chance(ProfileId(id), id, 5));
            draw.drawn()
        };
        let (up, down) = (drawn(&mut (0..1_000)), drawn(&mut (0..1_000).rev()));
        assert_eq!(up, down);
        assert_eq!(up.len(), 5);
        assert!(up.iter().any(|(id, _)| id.0 > 500) && up.iter().any(|(id, _)| id.0 < 500), "{up:?}");
        let mut most = Draw::default();
        [3, 9, 4, 9, 1].into_iter().enumerate().for_each(|(i, n)| most.highest(ProfileId(i as u64), n, 3));
        assert_eq!(most.drawn(), [(ProfileId(1), 9), (ProfileId(3), 9), (ProfileId(2), 4)]);
    }
}
