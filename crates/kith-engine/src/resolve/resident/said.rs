//! What people and the rules of `kith.toml` say of resident records, kept up with them.
//!
//! Each statement is made under one record: a link of a group under the later of two neighbours, "apart" under the
//! smaller. So a change of a group is told by telling its members anew.

use crate::resolve::ground::Blocked;
use crate::resolve::rules::{SUREST, in_force, keys_of};
use kith_core::config::{MatchRule, Verdict};
use kith_core::decision::{Answers, Closure, RecordRef};
use kith_core::field::FieldValue;
use kith_core::id::NodeId;
use kith_resolve::Resident;
use kith_resolve::resident::Said;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::{BTreeMap, BTreeSet};

/// Components with more keyed records than this are not compared pair by pair.
const COMPONENT_MAX: usize = 2_000;

/// One rule with the keys of the records at hand.
struct Keyed {
    verdict: Verdict,
    rule: MatchRule,
    of: FxHashMap<NodeId, Vec<u64>>,
    groups: FxHashMap<u64, BTreeSet<NodeId>>,
}

pub(super) struct Statements {
    answers: Answers,
    /// The records that decisions name, while they are there.
    named: BTreeMap<RecordRef, NodeId>,
    about: FxHashSet<RecordRef>,
    rules: Vec<Keyed>,
    /// Those that a unique key keeps apart from a record, from both sides.
    apart: FxHashMap<NodeId, BTreeSet<NodeId>>,
    /// By record: what people say, under it.
    people: FxHashMap<NodeId, Vec<Said>>,
    /// Records whose statements may have changed.
    stale: FxHashSet<NodeId>,
    /// True if what people say has to be worked out anew.
    anew: bool,
}

impl Statements {
    pub(super) fn of(closure: &Closure, rules: &[MatchRule]) -> Statements {
        let rules = in_force(rules).into_iter().map(|rule| Keyed {
            verdict: rule.verdict,
            rule,
            of: FxHashMap::default(),
            groups: FxHashMap::default(),
        });
        let answers = closure.answers();
        Statements {
            about: answers.numbers().map(|(record, _)| record.clone()).collect(),
            answers,
            named: BTreeMap::new(),
            rules: rules.collect(),
            apart: FxHashMap::default(),
            people: FxHashMap::default(),
            stale: FxHashSet::default(),
            anew: true,
        }
    }

    /// Other decisions are in force.
    pub(super) fn decide(&mut self, closure: &Closure) {
        self.answers = closure.answers();
        self.about = self.answers.numbers().map(|(record, _)| record.clone()).collect();
        self.anew = true;
        self.stale.extend(std::mem::take(&mut self.apart).into_keys());
    }

    /// A record is there, with these values.
    pub(super) fn put(&mut self, node: NodeId, record: &RecordRef, values: &[FieldValue], blocked: &Blocked) {
        // Every name is kept only of records that somebody decided about; those of tomorrow are looked up.
        if self.about.contains(record) && self.named.insert(record.clone(), node) != Some(node) {
            self.anew = true;
        }
        let mut unique = false;
        for rule in &mut self.rules {
            let keys = keys_of(&rule.rule, values, blocked);
            unique |= rule.replace(node, keys, &mut self.stale) && rule.verdict == Verdict::Differ;
        }
        if unique {
            self.forget_apart(node);
        }
    }

    /// What unique keys said of a record holds no more, or has to be looked at again.
    fn forget_apart(&mut self, node: NodeId) {
        for other in self.apart.remove(&node).unwrap_or_default() {
            self.apart.entry(other).or_default().remove(&node);
            self.stale.insert(other);
        }
        self.stale.insert(node);
    }

    /// A record has gone.
    pub(super) fn take(&mut self, node: NodeId, record: &RecordRef) {
        self.anew |= self.named.remove(record).is_some();
        for rule in &mut self.rules {
            rule.replace(node, Vec::new(), &mut self.stale);
        }
        self.forget_apart(node);
    }

    /// Tells what has changed.
    pub(super) fn tell(&mut self, resident: &mut Resident) {
        if std::mem::take(&mut self.anew) {
            let before = std::mem::take(&mut self.people);
            self.people = self.by_people();
            self.stale.extend(before.into_keys().chain(self.people.keys().copied()));
        }
        for node in std::mem::take(&mut self.stale) {
            let mut said = self.people.get(&node).cloned().unwrap_or_default();
            said.extend(self.rules.iter().flat_map(|rule| rule.links(node)));
            let apart = self.apart.get(&node).into_iter().flatten().filter(|other| **other > node);
            said.extend(apart.map(|other| Said { other: other.0, confidence: None }));
            resident.say(node.0, said);
        }
    }

    /// Names of records that are decided about and were not when they came.
    pub(super) fn missing(&self) -> Vec<RecordRef> {
        self.about.iter().filter(|record| !self.named.contains_key(*record)).cloned().collect()
    }

    /// A record that is decided about has this node.
    pub(super) fn name(&mut self, record: RecordRef, node: NodeId) {
        self.anew |= self.named.insert(record, node) != Some(node);
    }

    fn by_people(&self) -> FxHashMap<NodeId, Vec<Said>> {
        let mut groups: BTreeMap<usize, Vec<NodeId>> = BTreeMap::new();
        for (record, group) in self.answers.numbers() {
            groups.entry(group).or_default().extend(self.named.get(record));
        }
        let mut people: FxHashMap<NodeId, Vec<Said>> = FxHashMap::default();
        for members in groups.values_mut() {
            members.sort_unstable();
            for pair in members.windows(2) {
                let said = Said { other: pair[0].0, confidence: Some(1.0) };
                people.entry(pair[1]).or_default().push(said);
            }
        }
        let first = |group: usize| groups.get(&group).and_then(|members| members.first()).copied();
        for (a, b) in self.answers.apart().filter_map(|(a, b)| first(a).zip(first(b))) {
            let said = Said { other: a.max(b).0, confidence: None };
            people.entry(a.min(b)).or_default().push(said);
        }
        people
    }

    /// Keeps the records of a component apart whose unique keys differ; true if that says anything new.
    pub(super) fn keep_apart(&mut self, records: &[u64]) -> bool {
        let mut pairs = Vec::new();
        for rule in self.rules.iter().filter(|rule| rule.verdict == Verdict::Differ) {
            let keyed: Vec<NodeId> =
                records.iter().map(|id| NodeId(*id)).filter(|n| rule.of.contains_key(n)).collect();
            if keyed.len() > COMPONENT_MAX {
                continue;
            }
            for (i, a) in keyed.iter().enumerate() {
                for b in &keyed[i + 1..] {
                    if self.differ(rule, *a, *b) {
                        pairs.push((*a, *b));
                    }
                }
            }
        }
        let mut new = false;
        for (a, b) in pairs {
            if self.apart.entry(a).or_default().insert(b) {
                self.apart.entry(b).or_default().insert(a);
                self.stale.extend([a, b]);
                new = true;
            }
        }
        new
    }

    /// True if no key of the one, or of records that people say are one with it, is a key of the other.
    fn differ(&self, rule: &Keyed, a: NodeId, b: NodeId) -> bool {
        let (a, b) = (self.keys(rule, a), self.keys(rule, b));
        a.is_disjoint(&b)
    }

    fn keys(&self, rule: &Keyed, node: NodeId) -> FxHashSet<u64> {
        let mut keys: FxHashSet<u64> = rule.of.get(&node).into_iter().flatten().copied().collect();
        let group = self.named.iter().find(|(_, n)| **n == node).map(|(record, _)| record);
        let number =
            group.and_then(|r| self.answers.numbers().find(|(other, _)| *other == r)).map(|(_, g)| g);
        if let Some(number) = number {
            let same = self.answers.numbers().filter(|(_, group)| *group == number);
            let nodes = same.filter_map(|(record, _)| self.named.get(record));
            keys.extend(nodes.filter_map(|n| rule.of.get(n)).flatten());
        }
        keys
    }
}

impl Keyed {
    /// Gives a record other keys, and says whether they are others; the members of its groups are stale then.
    fn replace(&mut self, node: NodeId, keys: Vec<u64>, stale: &mut FxHashSet<NodeId>) -> bool {
        let before = self.of.remove(&node).unwrap_or_default();
        if before == keys {
            self.of.extend((!keys.is_empty()).then_some((node, keys)));
            return false;
        }
        let limit = match self.verdict {
            Verdict::Match { group_max, .. } => group_max as usize,
            Verdict::Differ => 0,
        };
        for key in before {
            if let Some(group) = self.groups.get_mut(&key) {
                stale.extend(group.iter().filter(|_| group.len() <= limit + 1).copied());
                group.remove(&node);
            }
        }
        for key in &keys {
            let group = self.groups.entry(*key).or_default();
            group.insert(node);
            stale.extend(group.iter().filter(|_| group.len() <= limit + 1).copied());
        }
        self.of.extend((!keys.is_empty()).then_some((node, keys)));
        true
    }

    /// The links of a matching rule that are told under a record: to the one before it, group by group.
    fn links(&self, node: NodeId) -> Vec<Said> {
        let Verdict::Match { confidence, group_max } = self.verdict else { return Vec::new() };
        let groups = self.of.get(&node).into_iter().flatten().filter_map(|key| self.groups.get(key));
        let fitting = groups.filter(|group| group.len() <= group_max as usize);
        let before = fitting.filter_map(|group| group.range(..node).next_back());
        let confidence = Some(confidence.min(SUREST) as f32);
        before.map(|other| Said { other: other.0, confidence }).collect()
    }
}
