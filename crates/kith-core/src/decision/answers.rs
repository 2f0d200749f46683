//! What the decisions say of any two records, prepared for many questions.

use super::{Closure, RecordRef};
use std::collections::{BTreeMap, BTreeSet};

/// What the decisions say of any two records, named in any way.
#[derive(Clone, Debug)]
pub struct Answers<K = RecordRef> {
    group: BTreeMap<K, usize>,
    apart: BTreeSet<(usize, usize)>,
}

impl<K: Ord> Answers<K> {
    /// `Some(true)` = one person, `Some(false)` = two, `None` = nothing was decided.
    pub fn says(&self, a: &K, b: &K) -> Option<bool> {
        let (a, b) = (*self.group.get(a)?, *self.group.get(b)?);
        match a == b {
            true => Some(true),
            false => self.apart.contains(&(a.min(b), a.max(b))).then_some(false),
        }
    }

    /// The same for records named in another way; those without such a name are left out.
    pub fn named<L: Ord, E>(self, mut name: impl FnMut(K) -> Result<Option<L>, E>) -> Result<Answers<L>, E> {
        let mut group = BTreeMap::new();
        for (record, number) in self.group {
            if let Some(name) = name(record)? {
                group.insert(name, number);
            }
        }
        Ok(Answers { group, apart: self.apart })
    }

    /// The groups, by number: records of one number are one person.
    pub fn numbers(&self) -> impl Iterator<Item = (&K, usize)> {
        self.group.iter().map(|(record, number)| (record, *number))
    }

    /// The pairs of groups that are two people, the smaller number first.
    pub fn apart(&self) -> impl Iterator<Item = (usize, usize)> {
        self.apart.iter().copied()
    }
}

impl Closure {
    /// The same answers as [`Closure::says`], prepared for many questions.
    pub fn answers(&self) -> Answers {
        let mut group = BTreeMap::new();
        for (number, members) in self.groups().into_iter().enumerate() {
            group.extend(members.into_iter().map(|m| (m, number)));
        }
        let mut next = group.len();
        let mut apart = BTreeSet::new();
        for (_, x, y) in self.apart() {
            let mut number = |r: &RecordRef| {
                next += 1;
                *group.entry(r.clone()).or_insert(next)
            };
            let (x, y) = (number(x), number(y));
            apart.insert((x.min(y), x.max(y)));
        }
        Answers { group, apart }
    }
}
