//! The blocks of one rule while records come and go: a doubly linked list of records per key.

use rustc_hash::FxHashMap;

/// No record.
const END: u32 = u32::MAX;

#[derive(Default)]
pub(super) struct Blocks {
    /// The first record of each block, and how many it has.
    heads: FxHashMap<u64, (u32, u32)>,
    /// Per record the next and the previous one of its block.
    links: Vec<(u32, u32)>,
}

impl Blocks {
    /// Puts a record in front of a block; returns how many the block has then.
    pub(super) fn insert(&mut self, key: u64, record: u32) -> u32 {
        if self.links.len() <= record as usize {
            self.links.resize(record as usize + 1, (END, END));
        }
        let head = self.heads.entry(key).or_insert((END, 0));
        let second = std::mem::replace(&mut head.0, record);
        head.1 += 1;
        self.links[record as usize] = (second, END);
        if second != END {
            self.links[second as usize].1 = record;
        }
        head.1
    }

    /// Takes a record out of its block; returns how many are left.
    pub(super) fn remove(&mut self, key: u64, record: u32) -> u32 {
        let (next, previous) = self.links[record as usize];
        if next != END {
            self.links[next as usize].1 = previous;
        }
        if previous != END {
            self.links[previous as usize].0 = next;
        }
        let Some(head) = self.heads.get_mut(&key) else { return 0 };
        head.1 -= 1;
        if previous == END {
            head.0 = next;
        }
        let left = head.1;
        if left == 0 {
            self.heads.remove(&key);
        }
        left
    }

    /// How many records a block has.
    pub(super) fn size(&self, key: u64) -> u32 {
        self.heads.get(&key).map_or(0, |head| head.1)
    }

    /// The records of a block.
    pub(super) fn records(&self, key: u64) -> impl Iterator<Item = u32> + '_ {
        let first = self.heads.get(&key).map_or(END, |head| head.0);
        std::iter::successors(Some(first).filter(|r| *r != END), |r| {
            Some(self.links[*r as usize].0).filter(|next| *next != END)
        })
    }
}
