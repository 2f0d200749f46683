//! Counts by what was counted, bounded and still exact in any order.
//!
//! A map that must not grow without end has to forget, and what is forgotten in one order of arrival must be forgotten in
//! every one. So [`Bounded`] forgets no entry: when there are more different keys than [`Key::MOST`], all of them are made
//! coarser (a city becomes its region), once and for ever. The number of different keys only grows as events come, in
//! whatever order, so the coarseness is a function of the set of events alone, and the counts stay exact.

use super::fold::Tally;
use serde::{Deserialize, Serialize};

/// What is counted.
pub trait Key: Ord + Clone {
    /// More different keys than this are made coarser.
    const MOST: usize;
    /// How often keys can be made coarser. At the last level there are few different ones by nature.
    const LEVELS: u8;
    /// The key at a level; 0 = as it is. A key that was at a lower level already becomes the same.
    fn at_level(self, level: u8) -> Self;
}

/// A count.
pub trait Count: Clone {
    /// Adds.
    fn add(&mut self, more: &Self);
}

impl Count for Tally {
    fn add(&mut self, more: &Tally) {
        Tally::add(self, *more);
    }
}

/// Counts by key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bounded<K, C> {
    level: u8,
    /// By key. A list, not a tree: most carriers have one entry, and a tree's smallest node has room for eleven.
    entries: Vec<(K, C)>,
}

impl<K, C> Default for Bounded<K, C> {
    fn default() -> Self {
        Bounded { level: 0, entries: Vec::new() }
    }
}

impl<K: Key, C: Count> Bounded<K, C> {
    /// Counts once.
    pub fn add(&mut self, key: K, count: C) {
        self.put(key.at_level(self.level), count);
        while self.entries.len() > K::MOST && self.level < K::LEVELS {
            self.coarser(self.level + 1);
        }
    }

    /// Takes in all that another one has.
    pub fn merge(&mut self, other: &Self) {
        if other.level > self.level {
            self.coarser(other.level);
        }
        other.entries.iter().for_each(|(key, count)| self.add(key.clone(), count.clone()));
    }

    /// Keys and counts, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &C)> {
        self.entries.iter().map(|(key, count)| (key, count))
    }

    /// How often keys were made coarser; 0 = they are as they were counted.
    pub fn level(&self) -> u8 {
        self.level
    }

    fn put(&mut self, key: K, count: C) {
        match self.entries.binary_search_by(|(known, _)| known.cmp(&key)) {
            Ok(at) => self.entries[at].1.add(&count),
            Err(at) => {
                room_for_one(&mut self.entries);
                self.entries.insert(at, (key, count));
            }
        }
    }

    fn coarser(&mut self, level: u8) {
        self.level = level;
        for (key, count) in std::mem::take(&mut self.entries) {
            self.put(key.at_level(level), count);
        }
    }
}

/// Room for one more, and not for the four that a list takes first: there are as many lists as carriers, times five.
pub(super) fn room_for_one<T>(list: &mut Vec<T>) {
    if list.len() == list.capacity() {
        list.reserve_exact((list.len() / 2).max(1));
    }
}

/// Days (UTC) on which something happened: the newest [`Days::MOST`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Days(Vec<u16>);

impl Days {
    /// The newest of a set are the newest of the newest of its parts, so this bound is exact for what is kept.
    pub const MOST: usize = 1_024;

    /// One day. Times before 1970 and after 2149 count as of the first and last day.
    pub fn of(at_ms: i64) -> Days {
        Days(vec![at_ms.div_euclid(86_400_000).clamp(0, i64::from(u16::MAX)) as u16])
    }

    /// Adds.
    pub fn add(&mut self, more: &Days) {
        for day in &more.0 {
            if let Err(at) = self.0.binary_search(day) {
                room_for_one(&mut self.0);
                self.0.insert(at, *day);
            }
        }
        self.0.drain(..self.0.len().saturating_sub(Days::MOST));
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True where there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
