//! What people decide about identity: these two records are always, or never, one person; this value links nobody.
//!
//! - Reads: the decisions in force.
//! - Decides: what follows from them ([`Closure`]): if a is b and b is c, a is c; if a is b and b is not c, a is not c.
//!   A decision against that is refused, with those that stand in its way.
//! - Writes: nothing; the caller appends to the log.
//!
//! Records are named by source and key, not by node or profile: a decision outlives a record that goes and comes back,
//! and speaks through it meanwhile (a is b, b is c, b is gone: a is c).

mod answers;

pub use answers::Answers;

use crate::field::Field;
use crate::id::{Position, SourceName};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A record by the name that its source gives it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RecordRef {
    /// Whose record.
    pub source: SourceName,
    /// Its key there.
    pub key: String,
}

impl std::fmt::Display for RecordRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.source.as_str(), self.key)
    }
}

/// What holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Decision {
    /// Both records are one person.
    Always {
        /// One record.
        a: RecordRef,
        /// The other.
        b: RecordRef,
    },
    /// The two records are two people.
    Never {
        /// One record.
        a: RecordRef,
        /// The other.
        b: RecordRef,
    },
    /// The value counts for nothing when records are matched. It stays in the records and can be looked up.
    Blocked {
        /// The field.
        field: Field,
        /// The value in normal form.
        value: String,
    },
}

impl Decision {
    /// The word for it.
    pub fn verdict(&self) -> &'static str {
        match self {
            Decision::Always { .. } => "always",
            Decision::Never { .. } => "never",
            Decision::Blocked { .. } => "blocked",
        }
    }

    /// The two records, if it is about records.
    pub fn pair(&self) -> Option<(&RecordRef, &RecordRef)> {
        match self {
            Decision::Always { a, b } | Decision::Never { a, b } => Some((a, b)),
            Decision::Blocked { .. } => None,
        }
    }

    /// True where both say the same, whichever record is named first.
    pub fn same(&self, other: &Decision) -> bool {
        let turned = match self.clone() {
            Decision::Always { a, b } => Decision::Always { a: b, b: a },
            Decision::Never { a, b } => Decision::Never { a: b, b: a },
            blocked => blocked,
        };
        self == other || &turned == other
    }
}

impl std::fmt::Display for Decision {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Decision::Always { a, b } => write!(f, "{a} and {b} are always one person"),
            Decision::Never { a, b } => write!(f, "{a} and {b} are never one person"),
            Decision::Blocked { field, value } => write!(f, "the {} {value:?} links nobody", field.name()),
        }
    }
}

/// Why a decision can not be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is in force already, by this decision.
    Known(Position),
    /// Those in force say the opposite; these are the ones in the way.
    Against(Vec<Position>),
    /// Both records are the same.
    OneRecord,
}

/// Decisions in force and what follows from them.
#[derive(Clone, Debug, Default)]
pub struct Closure {
    decisions: Vec<(Position, Decision)>,
    same: BTreeMap<RecordRef, Vec<(RecordRef, Position)>>,
}

impl Closure {
    /// Of these decisions, which do not contradict each other.
    pub fn of(decisions: impl IntoIterator<Item = (Position, Decision)>) -> Closure {
        let mut closure = Closure::default();
        for (position, decision) in decisions {
            closure.add(position, decision);
        }
        closure
    }

    /// Takes one more, already checked.
    pub fn add(&mut self, position: Position, decision: Decision) {
        if let Decision::Always { a, b } = &decision {
            self.same.entry(a.clone()).or_default().push((b.clone(), position));
            self.same.entry(b.clone()).or_default().push((a.clone(), position));
        }
        self.decisions.push((position, decision));
    }

    /// The decisions, in the order in which they came.
    pub fn decisions(&self) -> &[(Position, Decision)] {
        &self.decisions
    }

    /// Why this decision can not be taken beside those in force; `None` = it can.
    pub fn refusal(&self, decision: &Decision) -> Option<Refusal> {
        if let Some((known, _)) = self.decisions.iter().find(|(_, d)| d.same(decision)) {
            return Some(Refusal::Known(*known));
        }
        let (a, b) = decision.pair()?;
        if a == b {
            return Some(Refusal::OneRecord);
        }
        let against = match decision {
            Decision::Never { .. } => self.chain(a, b),
            _ => self.apart_by(a, b),
        };
        against.map(Refusal::Against)
    }

    /// What the decisions say of two records: `Some(true)` = one person, `Some(false)` = two, `None` = nothing.
    pub fn says(&self, a: &RecordRef, b: &RecordRef) -> Option<bool> {
        if self.chain(a, b).is_some() {
            return Some(true);
        }
        self.apart_by(a, b).map(|_| false)
    }

    /// Groups of two or more records that are one person, each ascending.
    pub fn groups(&self) -> Vec<Vec<RecordRef>> {
        let mut seen: BTreeSet<RecordRef> = BTreeSet::new();
        let mut groups = Vec::new();
        for start in self.same.keys() {
            if !seen.contains(start) {
                let members = self.group(start);
                groups.push(members.iter().cloned().collect());
                seen.extend(members);
            }
        }
        groups
    }

    /// All records that are one person with this one, itself included.
    pub fn group(&self, record: &RecordRef) -> BTreeSet<RecordRef> {
        self.walk(record).into_keys().collect()
    }

    /// The values that link nobody.
    pub fn blocked(&self) -> impl Iterator<Item = (Field, &str)> {
        self.decisions.iter().filter_map(|(_, d)| match d {
            Decision::Blocked { field, value } => Some((*field, value.as_str())),
            _ => None,
        })
    }

    /// The pairs that were decided to be two people.
    pub fn apart(&self) -> impl Iterator<Item = (Position, &RecordRef, &RecordRef)> {
        self.decisions.iter().filter_map(|(at, d)| match d {
            Decision::Never { a, b } => Some((*at, a, b)),
            _ => None,
        })
    }

    /// The shortest chain of `always` between two records, ascending by position.
    fn chain(&self, a: &RecordRef, b: &RecordRef) -> Option<Vec<Position>> {
        if a == b {
            return Some(Vec::new());
        }
        let reached = self.walk(a);
        let mut chain = Vec::new();
        let mut at = b;
        while let Some((before, position)) = reached.get(at)? {
            chain.push(*position);
            at = before;
        }
        chain.sort_unstable();
        Some(chain)
    }

    /// The decisions by which two records are two people.
    fn apart_by(&self, a: &RecordRef, b: &RecordRef) -> Option<Vec<Position>> {
        let (left, right) = (self.group(a), self.group(b));
        let (position, x, y) = self.apart().find_map(|(position, x, y)| {
            let over = |p: &RecordRef, q: &RecordRef| left.contains(p) && right.contains(q);
            (over(x, y).then_some((position, x, y))).or(over(y, x).then_some((position, y, x)))
        })?;
        let mut all = [self.chain(a, x)?, vec![position], self.chain(y, b)?].concat();
        all.sort_unstable();
        all.dedup();
        Some(all)
    }

    /// Every record that can be reached by `always`, with the step that first led there.
    fn walk<'a>(&'a self, start: &'a RecordRef) -> BTreeMap<RecordRef, Option<(&'a RecordRef, Position)>> {
        let mut reached = BTreeMap::from([(start.clone(), None)]);
        let mut queue = VecDeque::from([start]);
        while let Some(at) = queue.pop_front() {
            for (next, position) in self.same.get(at).into_iter().flatten() {
                if !reached.contains_key(next) {
                    reached.insert(next.clone(), Some((at, *position)));
                    queue.push_back(next);
                }
            }
        }
        reached
    }
}

#[cfg(test)]
#[path = "decision/tests.rs"]
mod tests;
