//! Who lives together: the third class of the model, read for its own sake.
//!
//! 1. Entities that share an address, a phone number or an e-mail address are candidates; a key that more than
//!    [`SHARERS_MAX`] entities share is a building, a switchboard or junk, and says nothing.
//! 2. All pairs of records of two entities are weighed field by field as in clustering ([`crate::linkage`]), and the
//!    three classes share the probability: one entity, different people of one household, strangers.
//! 3. Households grow by the strongest tie first, as long as the mean probability over all pairs of members stays at
//!    [`PROBABILITY_MIN`] or more: who moved from one home to another does not join the two.
//!
//! An entity is in one household at most. Deterministic, for any order of the records.

use crate::block::{Codes, Part, part_codes, rule_keys};
use crate::compare::{Aspect, Cache};
use crate::error::Error;
use crate::linkage::Evidence;
use crate::linker::{Linker, View};
use crate::model::Model;
use crate::records::Kind;
use crate::score::Scorer;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// A key that more entities share says nothing of a household.
pub const SHARERS_MAX: usize = 12;

/// The least probability of a tie, and of the mean over a household.
pub const PROBABILITY_MIN: f32 = 0.5;

/// A comparison that gives fewer bits is not named as a reason.
const REASON_BITS: f32 = 1.0;

/// Entities that live together, two or more.
#[derive(Clone, Debug, PartialEq)]
pub struct Household {
    /// The entities, as the caller's clusters name them, ascending.
    pub members: Vec<u32>,
    /// What ties them, by entity.
    pub ties: Vec<Tie>,
}

/// Two different people of one household.
#[derive(Clone, Debug, PartialEq)]
pub struct Tie {
    /// The entity with the smaller name.
    pub a: u32,
    /// The other.
    pub b: u32,
    /// That they are different people of one household, 0..1.
    pub probability: f32,
    /// What speaks for it: the comparison, and log2 of how much likelier it is in a household than among strangers.
    pub shared: Vec<(Aspect, f32)>,
}

/// The households of entities. `clusters` gives each record's entity, in the caller's order of records, as
/// [`crate::MergeTree::clusters`] does. A model without a household class has none.
pub fn households(linker: &Linker, model: &Model, clusters: &[u32]) -> Result<Vec<Household>, Error> {
    if clusters.len() != linker.len() {
        let column = "the entities of the households".into();
        return Err(Error::Length { column, found: clusters.len(), expected: linker.len() });
    }
    if model.prior_relative <= 0.0 {
        return Ok(Vec::new());
    }
    let scorer = Scorer::new(linker.features(), model)?;
    let entity: Vec<u32> = (0..linker.len() as u32).map(|r| clusters[linker.outside(r) as usize]).collect();
    let mut records: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    entity.iter().zip(0..).for_each(|(name, record)| records.entry(*name).or_default().push(record));
    let view = linker.view();
    let ties: Vec<Tie> = sharers(view, &entity)
        .into_par_iter()
        .map_init(
            || scorer.bound.iter().map(|_| Cache::new()).collect::<Vec<_>>(),
            |cache, (a, b)| tie(view, &scorer, (a, &records[&a]), (b, &records[&b]), cache),
        )
        .flatten()
        .collect();
    Ok(group(ties))
}

/// Pairs of entities that share what a household shares, ascending, each once.
fn sharers(view: View, entity: &[u32]) -> Vec<(u32, u32)> {
    let slots =
        |kind: Kind| (0..view.features.len()).filter(move |at| view.features[*at].column.kind == kind);
    let mut keys: Vec<Vec<(usize, Part)>> = Vec::new();
    for street in slots(Kind::Street) {
        for place in [Kind::Postcode, Kind::City].into_iter().flat_map(slots) {
            keys.push(vec![(street, Part::HouseAndStreet), (place, Part::Whole)]);
        }
    }
    keys.extend([Kind::Phone, Kind::Email].into_iter().flat_map(slots).map(|at| vec![(at, Part::Whole)]));
    let mut pairs: Vec<(u32, u32)> = Vec::new();
    for key in keys {
        let codes: Vec<(usize, Codes)> =
            key.iter().map(|(at, part)| (*at, part_codes(&view.features[*at], *part))).collect();
        let codes: Vec<(usize, &Codes)> = codes.iter().map(|(at, codes)| (*at, codes)).collect();
        let keys = rule_keys(view.rows, view.features.len(), &codes);
        let mut holders: Vec<(u64, u32)> =
            keys.into_iter().zip(entity.iter().copied()).filter(|(key, _)| *key != 0).collect();
        holders.par_sort_unstable();
        holders.dedup();
        for block in holders.chunk_by(|x, y| x.0 == y.0).filter(|block| block.len() <= SHARERS_MAX) {
            for (i, (_, a)) in block.iter().enumerate() {
                pairs.extend(block[i + 1..].iter().map(|(_, b)| (*a, *b)));
            }
        }
    }
    pairs.par_sort_unstable();
    pairs.dedup();
    pairs
}

fn tie(
    view: View,
    scorer: &Scorer,
    (a, left): (u32, &[u32]),
    (b, right): (u32, &[u32]),
    cache: &mut [Cache],
) -> Option<Tie> {
    let mut evidence = Evidence::NONE;
    for x in left {
        for y in right {
            evidence.add_pair(scorer, view.features, view.row(*x), view.row(*y), cache);
        }
    }
    let (unrelated, relative) = evidence.sums(scorer);
    let probability = scorer.household(unrelated, relative);
    if probability < PROBABILITY_MIN {
        return None;
    }
    let aspects = scorer.bound.iter().enumerate();
    let shared = aspects.filter_map(|(at, bound)| {
        let (unrelated, relative) = evidence.of(scorer, at)?;
        Some((bound.aspect, unrelated - relative)).filter(|(_, bits)| *bits >= REASON_BITS)
    });
    Some(Tie { a, b, probability, shared: shared.collect() })
}

/// Grows households, the strongest tie first. Pairs without a tie count as strangers.
fn group(mut ties: Vec<Tie>) -> Vec<Household> {
    let mut between: FxHashMap<(u32, u32), f32> = FxHashMap::default();
    ties.iter().for_each(|tie| _ = between.insert((tie.a, tie.b), tie.probability));
    ties.sort_unstable_by(|x, y| y.probability.total_cmp(&x.probability).then((x.a, x.b).cmp(&(y.a, y.b))));
    let mut home: FxHashMap<u32, u32> = FxHashMap::default();
    let mut members: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    for tie in &ties {
        let [a, b] = [tie.a, tie.b].map(|entity| home.get(&entity).copied().unwrap_or(entity));
        if a == b {
            continue;
        }
        let [left, right] = [a, b].map(|home| members.get(&home).cloned().unwrap_or_else(|| vec![home]));
        let pair = |x: u32, y: u32| between.get(&(x.min(y), x.max(y))).copied().unwrap_or(0.0);
        let sum: f32 = left.iter().flat_map(|x| right.iter().map(move |y| pair(*x, *y))).sum();
        if sum < PROBABILITY_MIN * (left.len() * right.len()) as f32 {
            continue;
        }
        members.remove(&b);
        right.iter().chain(&left).for_each(|entity| _ = home.insert(*entity, a));
        members.insert(a, [left, right].concat());
    }
    ties.retain(|tie| home.get(&tie.a).is_some_and(|a| home.get(&tie.b) == Some(a)));
    ties.sort_unstable_by_key(|tie| (tie.a, tie.b));
    let mut of: FxHashMap<u32, Household> = FxHashMap::default();
    for (name, mut members) in members {
        members.sort_unstable();
        of.insert(name, Household { members, ties: Vec::new() });
    }
    for tie in ties {
        if let Some(household) = of.get_mut(&home[&tie.a]) {
            household.ties.push(tie);
        }
    }
    let mut all: Vec<Household> = of.into_values().collect();
    all.sort_unstable_by_key(|household| household.members.first().copied());
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tie(a: u32, b: u32, probability: f32) -> Tie {
        Tie { a, b, probability, shared: Vec::new() }
    }

    #[test]
    fn who_moved_does_not_join_two_homes() {
        // 3 lived with 1 and 2, and lives with 4 and 5.
        let homes = [
            tie(1, 2, 0.99),
            tie(1, 3, 0.8),
            tie(2, 3, 0.8),
            tie(3, 4, 0.7),
            tie(3, 5, 0.7),
            tie(4, 5, 0.99),
        ];
        let found: Vec<Vec<u32>> = group(homes.to_vec()).into_iter().map(|h| h.members).collect();
        assert_eq!(found, [vec![1, 2, 3], vec![4, 5]]);
    }

    #[test]
    fn a_household_names_its_ties() {
        let found = group(vec![tie(7, 9, 0.6), tie(2, 7, 0.9), tie(2, 9, 0.7)]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].members, [2, 7, 9]);
        assert_eq!(found[0].ties, [tie(2, 7, 0.9), tie(2, 9, 0.7), tie(7, 9, 0.6)]);
        assert!(group(Vec::new()).is_empty());
    }
}
