//! Two sides of a table that is to move, the old one and the copy: whether they are equal, and which rows are not.
//!
//! Reads:  the rows of a range of keys, of both sides, as cells that were brought to one written form.
//! Decides: whether a segment is equal, by its count and sum; if not, which keys are missing, extra, changed or repeated.
//! Writes: nothing.
//! Fails:  never.
//!
//! 1. Each side sums up its segments ([`Sum`]); the order of rows does not matter, how often one is there does.
//! 2. Where sums differ, [`differences`] takes the rows of that segment alone.

use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// A value in its written form; `None` is NULL, which is not the empty text.
pub type Cell = Option<String>;

/// A row: what tells it apart, and all else.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// The values of its key.
    pub key: Vec<Cell>,
    /// The other values, in the order of the columns.
    pub cells: Vec<Cell>,
}

/// The sum of a segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// Its rows.
    pub rows: u64,
    /// The hashes of its rows, added up. An exclusive or would lose a row that is there twice.
    pub hash: u128,
}

impl Sum {
    /// Takes in a row.
    pub fn add(&mut self, row: &Row) {
        self.rows = self.rows.wrapping_add(1);
        self.hash = self.hash.wrapping_add(hash(row));
    }
}

/// The sum of these rows.
pub fn sum<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Sum {
    rows.into_iter().fold(Sum::default(), |mut sum, row| {
        sum.add(row);
        sum
    })
}

/// How a key differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// It is on the old side alone.
    Missing,
    /// It is in the copy alone.
    Extra,
    /// It is on both; the places of the columns, key left out, that differ.
    Changed(Vec<usize>),
    /// It is there this often on the old side and in the copy, and at least one of them is not one; not the same rows.
    Repeated(usize, usize),
}

/// The keys that differ, in order.
pub fn differences(old: &[Row], copy: &[Row]) -> Vec<(Vec<Cell>, Difference)> {
    let (old, copy) = (by_key(old), by_key(copy));
    let keys: BTreeSet<_> = old.keys().chain(copy.keys()).collect();
    let none = Vec::new();
    let of = |key: &&Vec<Cell>| {
        let found = differs(old.get(*key).unwrap_or(&none), copy.get(*key).unwrap_or(&none))?;
        Some(((*key).clone(), found))
    };
    keys.iter().filter_map(of).collect()
}

type Cells<'a> = Vec<&'a [Cell]>;

fn by_key(rows: &[Row]) -> BTreeMap<Vec<Cell>, Cells<'_>> {
    let mut all: BTreeMap<Vec<Cell>, Cells<'_>> = BTreeMap::new();
    rows.iter().for_each(|row| all.entry(row.key.clone()).or_default().push(&row.cells));
    all.values_mut().for_each(|same| same.sort_unstable());
    all
}

fn differs(old: &Cells<'_>, copy: &Cells<'_>) -> Option<Difference> {
    match (old.as_slice(), copy.as_slice()) {
        (old, copy) if old == copy => None,
        (_, []) => Some(Difference::Missing),
        ([], _) => Some(Difference::Extra),
        ([old], [copy]) => {
            let most = old.len().max(copy.len());
            Some(Difference::Changed((0..most).filter(|i| old.get(*i) != copy.get(*i)).collect()))
        }
        (old, copy) => Some(Difference::Repeated(old.len(), copy.len())),
    }
}

/// The first half of SHA-256. Lengths stand before the values, so that no two rows are written alike.
fn hash(row: &Row) -> u128 {
    let mut sha = Sha256::new();
    for part in [&row.key, &row.cells] {
        sha.update((part.len() as u64).to_le_bytes());
        for cell in part {
            match cell {
                None => sha.update([0]),
                Some(text) => {
                    sha.update([1]);
                    sha.update((text.len() as u64).to_le_bytes());
                    sha.update(text.as_bytes());
                }
            }
        }
    }
    sha.finalize().iter().take(16).fold(0, |all, byte| all << 8 | u128::from(*byte))
}

#[cfg(test)]
mod tests;
