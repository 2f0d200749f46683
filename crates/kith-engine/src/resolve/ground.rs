//! What resolution stands on: the live records as columns, what people decided, and the keys of the rules.
//!
//! 1. The decisions in force are read first. A value that they block is left out of the columns and of the rules' keys,
//!    never out of the record.
//! 2. All live nodes are read, ascending, so that the result is a function of the store alone.
//! 3. `always` joins the live records of its group with certainty, one after the other; `never` keeps the groups of its
//!    two records apart. A record that is gone still speaks through its group.

use super::encode::{EmailHashes, Encoder};
use super::rules::{RuleKeys, in_force};
use crate::error::{Error, Result};
use crate::look::shape::RuleOutcome;
use kith_core::config::MatchRule;
use kith_core::decision::{Answers, Closure};
use kith_core::field::Field;
use kith_core::id::NodeId;
use kith_live::Live;
use kith_resolve::{Constraints, Joined, Model, Options, Records};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

/// Values that link nobody, by field and normal form.
#[derive(Default, PartialEq)]
pub(crate) struct Blocked(FxHashMap<Field, FxHashSet<String>>);

impl Blocked {
    /// Those of the decisions in force.
    pub(crate) fn of(closure: &Closure) -> Blocked {
        let mut all: FxHashMap<Field, FxHashSet<String>> = FxHashMap::default();
        for (field, value) in closure.blocked() {
            all.entry(field).or_default().insert(value.to_string());
        }
        Blocked(all)
    }

    /// True for a value that must not link.
    pub(crate) fn holds(&self, field: Field, normal: &str) -> bool {
        !self.0.is_empty() && self.0.get(&field).is_some_and(|values| values.contains(normal))
    }
}

/// Records and constraints, by the number of the record.
pub(crate) struct Ground {
    /// The node of each record, ascending.
    pub nodes: Vec<NodeId>,
    /// The columns.
    pub records: Records,
    /// The names of the sources that the records' numbers stand for.
    pub sources: Vec<String>,
    /// What people and matching rules said.
    pub constraints: Constraints,
    /// Keys that are unique.
    pub unique: Vec<RuleKeys>,
    /// Records that people say are one, by the number of their group.
    pub group_of: FxHashMap<u32, usize>,
    /// What the matching rules did.
    pub outcomes: Vec<RuleOutcome>,
}

impl Ground {
    /// How the library is to work on the records. A source that the model knows but that has no records now may have
    /// some later.
    pub fn options(&self, model: Option<&Model>) -> Options {
        let mut sources = self.sources.clone();
        for known in model.iter().flat_map(|model| &model.sources) {
            if !sources.contains(&known.source) {
                sources.push(known.source.clone());
            }
        }
        Options { sources, ..Options::default() }
    }
}

/// Reads everything.
pub(crate) fn ground(live: &Live, closure: &Closure, rules: &[MatchRule]) -> Result<Ground> {
    let Read { nodes, records, sources, keys } = read(live, &Blocked::of(closure), &in_force(rules))?;
    let number = |node: NodeId| nodes.binary_search(&node).ok().map(|at| at as u32);
    let answers: Answers<u32> = closure.answers().named(|record| -> Result<Option<u32>> {
        Ok(live.node_of(&record.source, &record.key)?.and_then(number))
    })?;
    let mut constraints = said(&answers);
    let group_of = answers.numbers().map(|(record, group)| (*record, group)).collect();
    let mut outcomes = Vec::new();
    let mut unique = Vec::new();
    for keys in keys {
        match keys.is_unique() {
            true => unique.push(keys),
            false => {
                let (joined, outcome) = keys.links(live, &nodes)?;
                constraints.joined.extend(joined);
                // What nobody wrote is reported where it did something.
                if outcome.keys > 0 || rules.iter().any(|rule| rule.name == outcome.name) {
                    outcomes.push(outcome);
                }
            }
        }
    }
    Ok(Ground { nodes, records, sources, constraints, unique, group_of, outcomes })
}

/// The decisions as constraints.
fn said(answers: &Answers<u32>) -> Constraints {
    let mut groups: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
    for (record, group) in answers.numbers() {
        groups.entry(group).or_default().push(*record);
    }
    let chain = |members: &Vec<u32>| {
        let join = |pair: &[u32]| Joined { a: pair[0], b: pair[1], confidence: 1.0 };
        members.windows(2).map(join).collect::<Vec<_>>()
    };
    let joined = groups.values().flat_map(chain).collect();
    // One record stands for its group: the group is one cluster before anything else is tried.
    let first = |group: usize| groups.get(&group).and_then(|members| members.first()).copied();
    let apart = answers.apart().filter_map(|(a, b)| first(a).zip(first(b))).collect();
    Constraints { joined, apart }
}

/// What is read of the nodes.
struct Read {
    nodes: Vec<NodeId>,
    records: Records,
    sources: Vec<String>,
    keys: Vec<RuleKeys>,
}

/// All live nodes, ascending, as the library's columns, with the keys of the rules.
fn read(live: &Live, blocked: &Blocked, rules: &[MatchRule]) -> Result<Read> {
    let mut hashes = EmailHashes::default();
    let mut hashed = false;
    for node in live.nodes() {
        let node = node?;
        hashes.learn(&node.values);
        hashed |= node.values.iter().any(|v| v.field == Field::EmailSha256);
    }
    if !hashed {
        hashes = EmailHashes::default();
    }
    let mut nodes = Vec::new();
    let mut encoder = Encoder::default();
    let mut keys: Vec<RuleKeys> = rules.iter().cloned().map(RuleKeys::of).collect();
    for node in live.nodes() {
        let node = node?;
        encoder.push((node.source.as_str(), &node.key), &node.values, &hashes, blocked);
        keys.iter_mut().for_each(|k| k.push(nodes.len() as u32, &node.values, blocked));
        nodes.push(node.id);
    }
    if u32::try_from(nodes.len()).is_err() {
        let help = "Split the project by tenant. Larger projects are planned.";
        return Err(Error::input(
            "K-RESOLVE-TOO-MANY",
            "more than 4,294,967,295 records can not be resolved",
            help,
        ));
    }
    let (records, sources) = encoder.finish();
    Ok(Read { nodes, records, sources, keys })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kith_core::decision::{Decision, RecordRef};
    use kith_core::id::{Position, SourceName};

    #[test]
    fn groups_are_chained_and_a_record_that_is_gone_speaks_through_its_group() {
        let record =
            |key: &str| RecordRef { source: SourceName::try_from("crm").expect("a name"), key: key.into() };
        let always = |a, b| Decision::Always { a: record(a), b: record(b) };
        let said_so =
            [always("1", "gone"), always("gone", "3"), Decision::Never { a: record("gone"), b: record("7") }];
        let closure = Closure::of(said_so.into_iter().enumerate().map(|(i, d)| (Position(i as u64 + 1), d)));
        let named = closure.answers().named(|r| Ok::<_, Error>(r.key.parse::<u32>().ok()));
        let constraints = said(&named.expect("numbers"));
        assert_eq!(constraints.joined, [Joined { a: 1, b: 3, confidence: 1.0 }]);
        let apart: Vec<(u32, u32)> = constraints.apart.iter().map(|(a, b)| (*a.min(b), *a.max(b))).collect();
        assert_eq!(apart, [(1, 7)]);
    }
}
