//! The rules of `kith.toml`: records that share a key are one entity, records with different keys never are.
//!
//! 1. A record's keys under a rule: one value of each of its fields, every combination where it has several. No key
//!    where a field is missing or blocked.
//! 2. `match`: the records of one key are joined one after the other, in order of their nodes. A key of too many
//!    records joins nobody and is reported.
//! 3. `differ`: pairs with different keys are many more than will ever meet. So resolution runs without them first;
//!    where a cluster breaks the rule, its pairs are kept apart and resolution runs again, until none does. That gives
//!    what all pairs would have given: a merge that the full set refuses was never made in the last run.
//!    Records that people say are one have all their keys together.

use super::ground::{Blocked, Ground};
use super::model;
use crate::error::Result;
use crate::look::shape::RuleOutcome;
use kith_core::config::{MatchRule, Verdict};
use kith_core::field::{Field, FieldValue};
use kith_core::hex;
use kith_core::id::NodeId;
use kith_live::Live;
use kith_resolve::{Constraints, Joined, Linker, Model, Options, Resolution};
use rustc_hash::{FxHashMap, FxHashSet};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};

/// A record with more values than this in a rule's fields has this many keys: the first ones.
const KEYS_PER_RECORD_MAX: usize = 16;

/// The surest that a rule can be: 20 bits.
pub(crate) const SUREST: f64 = 0.999_999;

/// Above this many keyed records, the pairs of a component are not listed ahead, only those of the clusters that break
/// the rule.
const COMPONENT_MAX: usize = 2_000;

/// The rules of `kith.toml`, and what holds beside them: records with one user id are one person. A rule of the file over
/// the same field takes its place.
pub(crate) fn in_force(rules: &[MatchRule]) -> Vec<MatchRule> {
    let mut all = rules.to_vec();
    let said =
        |rule: &MatchRule| rule.fields == [Field::UserId] && matches!(rule.verdict, Verdict::Match { .. });
    if !rules.iter().any(said) {
        all.push(MatchRule {
            name: "same user id".into(),
            fields: vec![Field::UserId],
            verdict: Verdict::Match { confidence: USER_ID_CONFIDENCE, group_max: USER_RECORDS_MAX },
        });
    }
    all
}

/// A user id is the source's own account: it is wrong only where people share one.
const USER_ID_CONFIDENCE: f64 = 0.999;
/// A user with more devices than this is a program.
const USER_RECORDS_MAX: u32 = 1_000;

/// The keys of all records under one rule.
pub(crate) struct RuleKeys {
    rule: MatchRule,
    /// Key and record.
    keys: Vec<(u64, u32)>,
}

impl RuleKeys {
    /// None yet.
    pub(crate) fn of(rule: MatchRule) -> RuleKeys {
        RuleKeys { rule, keys: Vec::new() }
    }

    /// True for a rule that keeps records apart.
    pub(crate) fn is_unique(&self) -> bool {
        self.rule.verdict == Verdict::Differ
    }

    /// Adds the keys of one record.
    pub(crate) fn push(&mut self, record: u32, values: &[FieldValue], blocked: &Blocked) {
        let keys = keys_of(&self.rule, values, blocked);
        self.keys.extend(keys.into_iter().map(|key| (key, record)));
    }

    /// The links of a matching rule, and what it did.
    pub(crate) fn links(mut self, live: &Live, nodes: &[NodeId]) -> Result<(Vec<Joined>, RuleOutcome)> {
        let mut outcome = RuleOutcome {
            name: self.rule.name,
            verdict: self.rule.verdict.name().into(),
            ..RuleOutcome::default()
        };
        let Verdict::Match { confidence, group_max } = self.rule.verdict else {
            return Ok((Vec::new(), outcome));
        };
        self.keys.sort_unstable();
        self.keys.dedup();
        let mut joined = Vec::new();
        let mut largest: &[(u64, u32)] = &[];
        for group in self.keys.chunk_by(|x, y| x.0 == y.0).filter(|group| group.len() > 1) {
            outcome.keys += 1;
            if group.len() > group_max as usize {
                outcome.too_large += 1;
                largest = if group.len() > largest.len() { group } else { largest };
                continue;
            }
            // Below a person's word, whatever the rule says: groups of people stand before rules add to them.
            let confidence = confidence.min(SUREST) as f32;
            let join = |pair: &[(u64, u32)]| Joined { a: pair[0].1, b: pair[1].1, confidence };
            joined.extend(group.windows(2).map(join));
        }
        outcome.links = joined.len() as u64;
        if let Some(node) = largest.first().and_then(|(_, record)| nodes.get(*record as usize)) {
            outcome.example = live.node(*node)?.map(|n| format!("{}:{}", n.source.as_str(), n.key));
        }
        Ok((joined, outcome))
    }
}

/// The keys of a record under a rule.
pub(crate) fn keys_of(rule: &MatchRule, values: &[FieldValue], blocked: &Blocked) -> Vec<u64> {
    let mut keys = vec![0u64];
    for field in &rule.fields {
        let texts = distinct(values, *field, blocked);
        let combined = keys.iter().flat_map(|key| texts.iter().map(|text| hash(*key, text)));
        keys = combined.take(KEYS_PER_RECORD_MAX).collect();
    }
    keys
}

/// The values of a field that may link, each once.
fn distinct<'a>(values: &'a [FieldValue], field: Field, blocked: &Blocked) -> BTreeSet<&'a str> {
    let counts =
        |v: &&FieldValue| v.field == field && !v.normal.is_empty() && !blocked.holds(field, &v.normal);
    values.iter().filter(counts).map(|v| v.normal.as_str()).collect()
}

fn hash(key: u64, text: &str) -> u64 {
    let mut hasher = rustc_hash::FxHasher::default();
    (key, text).hash(&mut hasher);
    hasher.finish() ^ key.rotate_left(17)
}

/// Matches and clusters, with everything that people and rules said. Also says what the rules did.
pub(crate) fn resolve(
    ground: &Ground,
    linker: &Linker,
    model: &Model,
    options: &Options,
) -> Result<(Resolution, Vec<RuleOutcome>)> {
    let here = |said: &Constraints| {
        kith_resolve::resolve_with(linker, model, said, options).map_err(model::does_not_fit)
    };
    resolve_by(ground, &here)
}

/// The same, wherever records are matched and clustered.
pub(crate) fn resolve_by(
    ground: &Ground,
    find: &dyn Fn(&Constraints) -> Result<Resolution>,
) -> Result<(Resolution, Vec<RuleOutcome>)> {
    let mut constraints = ground.constraints.clone();
    let mut outcomes = ground.outcomes.clone();
    let uniques: Vec<Unique> = ground.unique.iter().map(|keys| Unique::of(keys, &ground.group_of)).collect();
    let mut kept_apart = vec![FxHashSet::default(); uniques.len()];
    let resolution = loop {
        let found = find(&constraints)?;
        let before = constraints.apart.len();
        for (unique, kept) in uniques.iter().zip(&mut kept_apart) {
            unique.keep_apart(&found, kept, &mut constraints);
        }
        if constraints.apart.len() == before {
            break found;
        }
    };
    for (keys, kept) in ground.unique.iter().zip(kept_apart) {
        outcomes.push(RuleOutcome {
            name: keys.rule.name.clone(),
            verdict: keys.rule.verdict.name().into(),
            keys: kept.len() as u64,
            ..RuleOutcome::default()
        });
    }
    Ok((resolution, outcomes))
}

/// A unique key: which keys each record has, those of its group included.
struct Unique {
    keys: FxHashMap<u32, FxHashSet<u64>>,
}

impl Unique {
    fn of(keys: &RuleKeys, group_of: &FxHashMap<u32, usize>) -> Unique {
        let mut of: FxHashMap<u32, FxHashSet<u64>> = FxHashMap::default();
        let mut of_group: FxHashMap<usize, FxHashSet<u64>> = FxHashMap::default();
        for (key, record) in &keys.keys {
            of.entry(*record).or_default().insert(*key);
            if let Some(group) = group_of.get(record) {
                of_group.entry(*group).or_default().insert(*key);
            }
        }
        for (record, group) in group_of {
            if let Some(keys) = of_group.get(group) {
                of.entry(*record).or_default().extend(keys);
            }
        }
        Unique { keys: of }
    }

    fn differ(&self, a: u32, b: u32) -> bool {
        match (self.keys.get(&a), self.keys.get(&b)) {
            (Some(a), Some(b)) => a.is_disjoint(b),
            _ => false,
        }
    }

    /// Adds the pairs that have to stay apart, where a cluster holds one of them.
    fn keep_apart(&self, found: &Resolution, kept: &mut FxHashSet<(u32, u32)>, into: &mut Constraints) {
        let clusters = self.keyed(found.tree.len, found.tree.merges.iter().map(|m| (m.a, m.b)));
        let broken: Vec<&Vec<u32>> = clusters.values().filter(|c| self.breaks(c)).collect();
        if broken.is_empty() {
            return;
        }
        let joined = into.joined.iter().map(|j| (j.a, j.b));
        let edges = found.edges.iter().map(|e| (e.a, e.b)).chain(joined);
        let mut roots = super::components::Sets::new(found.tree.len);
        edges.for_each(|(a, b)| roots.join(a, b));
        let mut components: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        for record in self.keys.keys() {
            components.entry(roots.find(*record)).or_default().push(*record);
        }
        for cluster in broken {
            let component = cluster.first().and_then(|record| components.get(&roots.find(*record)));
            let records = component.filter(|c| c.len() <= COMPONENT_MAX).unwrap_or(cluster);
            for (i, a) in records.iter().enumerate() {
                for b in records.iter().skip(i + 1).filter(|b| self.differ(*a, **b)) {
                    let pair = (*a.min(b), *a.max(b));
                    if kept.insert(pair) {
                        into.apart.push(pair);
                    }
                }
            }
        }
    }

    /// Records with keys, by the set that these pairs connect them into.
    fn keyed(&self, len: usize, pairs: impl Iterator<Item = (u32, u32)>) -> FxHashMap<u32, Vec<u32>> {
        let mut roots = super::components::Sets::new(len);
        pairs.for_each(|(a, b)| roots.join(a, b));
        let mut sets: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        let mut records: Vec<u32> = self.keys.keys().copied().collect();
        records.sort_unstable();
        for record in records {
            sets.entry(roots.find(record)).or_default().push(record);
        }
        sets
    }

    fn breaks(&self, cluster: &[u32]) -> bool {
        cluster.iter().enumerate().any(|(i, a)| cluster.iter().skip(i + 1).any(|b| self.differ(*a, *b)))
    }
}

/// Stands for the rules: a change makes resolution run again. Empty = there are none.
pub(crate) fn fingerprint(rules: &[MatchRule]) -> String {
    if rules.is_empty() {
        return String::new();
    }
    let hash = Sha256::digest(format!("{rules:?}"));
    hex(&hash[..12])
}

#[cfg(test)]
#[path = "rules/tests.rs"]
mod tests;
