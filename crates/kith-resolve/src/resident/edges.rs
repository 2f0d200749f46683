//! The pairs worth keeping, from both sides; and the candidates that lead to them.

use super::Resident;
use crate::block::{part_hash, rule_key};
use crate::feature::Feature;
use crate::frequency::text_hash;
use crate::linker::{View, cell_hash};
use rustc_hash::FxHashMap;

/// Per record the other end and the weight of its edges.
pub(super) struct Edges(Vec<Vec<(u32, f32)>>);

impl Edges {
    pub(super) fn new(records: usize) -> Edges {
        Edges(vec![Vec::new(); records])
    }

    pub(super) fn add(&mut self, a: u32, b: u32, weight: f32) {
        let most = a.max(b) as usize;
        if self.0.len() <= most {
            self.0.resize(most + 1, Vec::new());
        }
        self.0[a as usize].push((b, weight));
        self.0[b as usize].push((a, weight));
    }

    pub(super) fn near(&self, record: u32) -> impl Iterator<Item = (u32, f32)> + '_ {
        self.0.get(record as usize).into_iter().flatten().copied()
    }

    fn has(&self, a: u32, b: u32) -> bool {
        self.near(a).any(|(other, _)| other == b)
    }

    fn remove(&mut self, a: u32, b: u32) {
        for (from, to) in [(a, b), (b, a)] {
            if let Some(all) = self.0.get_mut(from as usize) {
                all.retain(|(other, _)| *other != to);
            }
        }
    }

    /// Takes all edges of a record away; returns their other ends.
    pub(super) fn clear(&mut self, record: u32) -> Vec<u32> {
        let others: Vec<u32> = self.near(record).map(|(other, _)| other).collect();
        others.iter().for_each(|other| self.remove(record, *other));
        others
    }
}

/// The code of each value by its hash; where two values have one hash, the second stands at the next free number.
pub(super) fn codes_by_hash(feature: &Feature) -> FxHashMap<u64, u32> {
    let mut codes = FxHashMap::default();
    codes.reserve(feature.column.dict.len());
    for (value, code) in feature.column.dict.iter().zip(1..) {
        let mut hash = text_hash(value);
        while codes.contains_key(&hash) {
            hash = hash.wrapping_add(1);
        }
        codes.insert(hash, code);
    }
    codes
}

impl Resident {
    /// The code of a value, which is added if it is new.
    pub(super) fn code(&mut self, column: usize, value: &str) -> u32 {
        let mut hash = text_hash(value);
        while let Some(code) = self.codes[column].get(&hash).copied() {
            if self.features[column].text(code) == value {
                return code;
            }
            hash = hash.wrapping_add(1);
        }
        let code = self.features[column].push(value.to_string(), &self.nicknames);
        self.codes[column].insert(hash, code);
        for (slot, part, hashes) in self.parts.iter_mut().filter(|(slot, _, _)| *slot == column) {
            hashes.push(part_hash(&self.features[*slot], *part, code));
        }
        code
    }

    /// The hash of a record's content, as [`crate::linker`] orders records by it.
    pub(super) fn content(&self, row: &[u32]) -> u64 {
        let cells = self.features.iter().zip(&self.names).zip(row).filter(|(_, code)| **code != 0);
        cells.fold(0, |sum, ((feature, name), code)| sum.wrapping_add(cell_hash(*name, feature.text(*code))))
    }

    /// A record's key for a rule; 0 = in no block.
    pub(super) fn key(&self, rule: usize, place: u32) -> u64 {
        let row = &self.rows[place as usize * self.features.len()..];
        rule_key(self.rules[rule].parts.iter().map(|part| {
            let (slot, _, hashes) = &self.parts[*part];
            hashes[row[*slot] as usize]
        }))
    }

    /// Puts a record into its blocks and scores it with what it finds there.
    pub(super) fn enter(&mut self, place: u32) {
        let mut candidates: Vec<u32> = Vec::new();
        for rule in 0..self.rules.len() {
            let key = self.key(rule, place);
            if key == 0 {
                continue;
            }
            let limit = self.rules[rule].size_max;
            let size = self.rules[rule].blocks.insert(key, place);
            if size <= limit {
                candidates.extend(self.rules[rule].blocks.records(key).filter(|other| *other != place));
            } else if size == limit + 1 {
                self.give_up(rule, key);
            }
        }
        candidates.sort_unstable();
        candidates.dedup();
        for other in candidates {
            self.score(place, other);
        }
    }

    /// Takes a record out of its blocks; its own edges are still there.
    pub(super) fn leave(&mut self, place: u32) {
        for rule in 0..self.rules.len() {
            let key = self.key(rule, place);
            if key != 0 && self.rules[rule].blocks.remove(key, place) == self.rules[rule].size_max {
                self.take_up(rule, key);
            }
        }
    }

    /// A block has become too large: pairs that no other block makes are no candidates any more.
    fn give_up(&mut self, rule: usize, key: u64) {
        let members: Vec<u32> = self.rules[rule].blocks.records(key).collect();
        for a in members {
            let lost: Vec<u32> =
                self.edges.near(a).map(|(b, _)| b).filter(|b| a < *b && !self.made(a, *b)).collect();
            for b in lost {
                self.edges.remove(a, b);
                self.touched.extend([a, b]);
            }
        }
    }

    /// A block is small enough again: its pairs are candidates.
    fn take_up(&mut self, rule: usize, key: u64) {
        let members: Vec<u32> = self.rules[rule].blocks.records(key).collect();
        for (i, a) in members.iter().enumerate() {
            for b in &members[i + 1..] {
                if !self.edges.has(*a, *b) {
                    self.score(*a, *b);
                }
            }
        }
    }

    /// True if some block that is not too large holds both.
    fn made(&self, a: u32, b: u32) -> bool {
        (0..self.rules.len()).any(|rule| {
            let key = self.key(rule, a);
            let rule_of = &self.rules[rule];
            key != 0 && key == self.key(rule, b) && rule_of.blocks.size(key) <= rule_of.size_max
        })
    }

    fn score(&mut self, a: u32, b: u32) {
        let view = View {
            features: &self.features,
            rows: &self.rows,
            source: Some(&self.source),
            apart: self.link_only,
        };
        if view.one_source(a, b) {
            return;
        }
        let (x, y) = (view.row(a), view.row(b));
        let sources = self.scorer.source_bits(view.sources(a, b));
        if let Some(weight) =
            self.scorer.weight_from(sources, view.features, x, y, self.floor, &mut self.cache)
        {
            self.edges.add(a, b, weight);
            self.touched.extend([a, b]);
        }
    }
}
