//! Records that stay in memory and are resolved one at a time, with the kernel and the result of a batch.
//!
//! 1. A record's blocking keys lead to its candidates ([`blocks`]); each is scored, and the pairs worth keeping are
//!    edges, as in [`crate::candidates`]. A block that grows over the limit gives up the pairs that only it made; one
//!    that shrinks again makes them again. So the edges are a function of the records at hand, not of their history.
//! 2. What a change touches is remembered. [`Resident::settle`] merges each touched component anew
//!    ([`crate::cluster`]); ties fall by the records' content and key, not by their arrival.
//!
//! A pair's weight depends on the model, its frozen frequencies and the two records alone; that is what makes the
//! result of any history equal to one batch over what is left (`tests/resident.rs`).
//!
//! A million records of ten columns with twenty rules take about a gigabyte.

mod blocks;
mod edges;

use crate::agglomerate::{Link, merge_component};
use crate::block::{Part, part_hash};
use crate::candidates::{Edge, weight_bits};
use crate::cluster::Merge;
use crate::compare::Cache;
use crate::error::Error;
use crate::feature::Feature;
use crate::linker::{Linker, Options, View};
use crate::model::Model;
use crate::nickname::Nicknames;
use crate::score::Scorer;
use blocks::Blocks;
use edges::{Edges, codes_by_hash};
use rustc_hash::{FxHashMap, FxHashSet};

/// A connected component after a change. Records are named by the caller's ids.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settled {
    /// Its records, in the order that decides ties.
    pub records: Vec<u64>,
    /// The pairs that may be one entity, with their weight in bits.
    pub edges: Vec<(u64, u64, f32)>,
    /// How they merge: two records, and the confidence, by falling confidence.
    pub merges: Vec<(u64, u64, f32)>,
}

/// A blocking rule: its keys, as places in [`Resident::parts`], and its blocks.
struct Rule {
    parts: Vec<usize>,
    blocks: Blocks,
    size_max: u32,
}

/// Records at hand with their candidates and edges.
pub struct Resident {
    features: Vec<Feature>,
    nicknames: Nicknames,
    /// Per column: the code of each value by its hash.
    codes: Vec<FxHashMap<u64, u32>>,
    /// Every blocking key in use: column, part, and the part's hash for each code.
    parts: Vec<(usize, Part, Vec<u64>)>,
    rules: Vec<Rule>,
    scorer: Scorer,
    cache: Vec<Cache>,
    floor: f32,
    link_only: bool,
    /// Codes, record by record.
    rows: Vec<u32>,
    source: Vec<u16>,
    /// What decides ties: the hash of the content, then the caller's.
    order: Vec<(u64, u64)>,
    ids: Vec<u64>,
    by_id: FxHashMap<u64, u32>,
    /// Places of records that are gone.
    free: Vec<u32>,
    edges: Edges,
    /// What people and rules have said, by id: the other record with a confidence, or to be kept apart.
    joined: FxHashMap<u64, Vec<(u64, f32)>>,
    apart: FxHashMap<u64, FxHashSet<u64>>,
    touched: FxHashSet<u32>,
}

impl Resident {
    /// Takes over the records of a linker that was made with the model's frequencies, and the edges of their
    /// resolution. `ids` and `keys` stand in the caller's order; `keys` are those of [`crate::Records::keys`].
    pub fn new(
        linker: Linker,
        model: &Model,
        (ids, keys): (&[u64], &[u64]),
        edges: &[Edge],
        options: &Options,
    ) -> Result<Resident, Error> {
        let scorer = Scorer::new(linker.features(), model)?;
        let width = linker.width();
        let outside: Vec<u32> = (0..linker.len() as u32).map(|r| linker.outside(r)).collect();
        let mut inside = vec![0u32; outside.len()];
        outside.iter().zip(0..).for_each(|(out, place)| inside[*out as usize] = place);
        let source = outside.iter().enumerate().map(|(r, _)| linker.source(r as u32).unwrap_or(0)).collect();
        let (features, rows) = linker.into_parts();
        let mut resident = Resident {
            codes: features.iter().map(codes_by_hash).collect(),
            cache: scorer.bound.iter().map(|_| Cache::new()).collect(),
            floor: weight_bits(options.probability_min) as f32,
            link_only: options.link_only,
            edges: Edges::new(outside.len()),
            order: Vec::with_capacity(outside.len()),
            ids: outside.iter().map(|out| ids[*out as usize]).collect(),
            by_id: FxHashMap::default(),
            nicknames: Nicknames::builtin(),
            parts: Vec::new(),
            rules: Vec::new(),
            free: Vec::new(),
            joined: FxHashMap::default(),
            apart: FxHashMap::default(),
            touched: FxHashSet::default(),
            features,
            rows,
            source,
            scorer,
        };
        resident.by_id = resident.ids.iter().zip(0..).map(|(id, place)| (*id, place)).collect();
        let names = resident.names();
        for (place, out) in outside.iter().enumerate() {
            let content = resident.content(&names, &resident.rows[place * width..][..width]);
            resident.order.push((content, keys[*out as usize]));
        }
        resident.bind_rules(model, options.block_size_max);
        for edge in edges {
            resident.edges.add(inside[edge.a as usize], inside[edge.b as usize], edge.weight);
        }
        Ok(resident)
    }

    /// Sets up the rules and puts all records into their blocks. A rule without one of its columns makes no block.
    fn bind_rules(&mut self, model: &Model, size_max: usize) {
        for rule in &model.blocking {
            let mut parts = Vec::new();
            for key in &rule.keys {
                let Some(slot) = self.features.iter().position(|f| f.column.name == key.column) else {
                    break;
                };
                let known = self.parts.iter().position(|(s, p, _)| (*s, *p) == (slot, key.part));
                parts.push(known.unwrap_or_else(|| {
                    let feature = &self.features[slot];
                    let codes = 0..=feature.column.dict.len() as u32;
                    let hashes = codes.map(|code| part_hash(feature, key.part, code)).collect();
                    self.parts.push((slot, key.part, hashes));
                    self.parts.len() - 1
                }));
            }
            if parts.len() == rule.keys.len() {
                let size_max = if parts.is_empty() { u32::MAX } else { size_max as u32 };
                self.rules.push(Rule { parts, blocks: Blocks::default(), size_max });
            }
        }
        for place in 0..self.ids.len() as u32 {
            for rule in 0..self.rules.len() {
                let key = self.key(rule, place);
                if key != 0 {
                    self.rules[rule].blocks.insert(key, place);
                }
            }
        }
    }

    /// How many records.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// The number of a column, to name it in [`Resident::upsert`]; `None` if the model does not look at it.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.features.iter().position(|f| f.column.name == name)
    }

    /// Adds a record, or replaces the one of this id. `key` decides ties; `values` are normal forms by column, of which
    /// the first of a column counts.
    pub fn upsert<'a>(
        &mut self,
        (id, key): (u64, u64),
        source: u16,
        values: impl Iterator<Item = (usize, &'a str)>,
    ) {
        let width = self.features.len();
        let mut row = vec![0u32; width];
        for (column, value) in values {
            if column < width && row[column] == 0 && !value.is_empty() {
                row[column] = self.code(column, value);
            }
        }
        if let Some(place) = self.by_id.get(&id).copied() {
            let same = self.rows[place as usize * width..][..width] == row[..];
            if same && self.source[place as usize] == source && self.order[place as usize].1 == key {
                return;
            }
            self.remove(id);
        }
        let order = (self.content(&self.names(), &row), key);
        let place = match self.free.pop() {
            Some(place) => {
                let at = place as usize;
                self.rows[at * width..][..width].copy_from_slice(&row);
                (self.source[at], self.order[at], self.ids[at]) = (source, order, id);
                place
            }
            None => {
                self.rows.extend(row);
                self.source.push(source);
                self.order.push(order);
                self.ids.push(id);
                self.ids.len() as u32 - 1
            }
        };
        self.by_id.insert(id, place);
        self.touched.insert(place);
        self.enter(place);
    }

    /// Takes a record out; false if it is not there.
    pub fn remove(&mut self, id: u64) -> bool {
        let Some(place) = self.by_id.remove(&id) else { return false };
        self.leave(place);
        for other in self.edges.clear(place) {
            self.touched.insert(other);
        }
        let near: Vec<u64> = self.joined.get(&id).into_iter().flatten().map(|(other, _)| *other).collect();
        near.iter().for_each(|other| self.touch(*other));
        self.touched.remove(&place);
        self.free.push(place);
        true
    }

    /// Says what people and rules say of records, instead of all that was said before; ids that are not there wait.
    pub fn constrain(&mut self, constraints: &[Said]) {
        let before =
            std::mem::take(&mut self.joined).into_keys().chain(std::mem::take(&mut self.apart).into_keys());
        before.collect::<Vec<_>>().into_iter().for_each(|id| self.touch(id));
        for said in constraints {
            let (a, b) = (said.a, said.b);
            match said.confidence {
                Some(confidence) if a != b => {
                    self.joined.entry(a).or_default().push((b, confidence));
                    self.joined.entry(b).or_default().push((a, confidence));
                }
                Some(_) => {}
                None => {
                    self.apart.entry(a).or_default().insert(b);
                    self.apart.entry(b).or_default().insert(a);
                }
            }
            self.touch(a);
            self.touch(b);
        }
    }

    fn touch(&mut self, id: u64) {
        self.touched.extend(self.by_id.get(&id));
    }

    /// The components that the changes since the last call have touched, resolved anew. Together they hold every
    /// record that is there and was, or is now, connected with a changed one.
    pub fn settle(&mut self) -> Vec<Settled> {
        let mut touched: Vec<u32> = std::mem::take(&mut self.touched).into_iter().collect();
        touched.sort_unstable_by_key(|place| self.order[*place as usize]);
        let mut done: FxHashSet<u32> = FxHashSet::default();
        let mut all = Vec::new();
        for place in touched {
            if done.insert(place) {
                let component = self.component(place, &mut done);
                all.push(self.resolve(component));
            }
        }
        all
    }

    /// The records connected with one, in the order that decides ties.
    fn component(&self, first: u32, done: &mut FxHashSet<u32>) -> Vec<u32> {
        let mut records = vec![first];
        let mut at = 0;
        while let Some(place) = records.get(at).copied() {
            at += 1;
            let said = self.joined.get(&self.ids[place as usize]).into_iter().flatten();
            let said = said.filter_map(|(other, _)| self.by_id.get(other).copied());
            for other in self.edges.near(place).map(|(other, _)| other).chain(said) {
                if done.insert(other) {
                    records.push(other);
                }
            }
        }
        records.sort_unstable_by_key(|place| self.order[*place as usize]);
        records
    }

    fn resolve(&mut self, records: Vec<u32>) -> Settled {
        let places: FxHashMap<u32, u32> = records.iter().zip(0..).map(|(record, at)| (*record, at)).collect();
        let (mut links, mut edges, mut apart) = (Vec::new(), Vec::new(), Vec::new());
        for (record, at) in records.iter().zip(0u32..) {
            let id = self.ids[*record as usize];
            for (other, weight) in self.edges.near(*record) {
                let b = places[&other];
                if at < b {
                    links.push(Link { a: at, b, said: None });
                    edges.push((id, self.ids[other as usize], weight));
                }
            }
            let place = |other: &u64| self.by_id.get(other).and_then(|r| places.get(r)).copied();
            for (other, confidence) in self.joined.get(&id).into_iter().flatten() {
                links.extend(place(other).filter(|b| at < *b).map(|b| Link {
                    a: at,
                    b,
                    said: Some(*confidence),
                }));
            }
            apart.extend(self.apart.get(&id).into_iter().flatten().filter_map(|o| Some((at, place(o)?))));
        }
        links.sort_unstable_by_key(|l| (l.a, l.b, l.said.is_some()));
        let id = |at: u32| self.ids[records[at as usize] as usize];
        let view = View {
            features: &self.features,
            rows: &self.rows,
            source: Some(self.source.as_slice()).filter(|_| self.link_only),
        };
        let merges = match records.len() {
            1 => Vec::new(),
            _ => merge_component(view, &self.scorer, &records, &links, &apart, self.floor, &mut self.cache),
        };
        let merges = merges.iter().map(|Merge { a, b, confidence }| (id(*a), id(*b), *confidence)).collect();
        Settled { records: records.iter().map(|r| self.ids[*r as usize]).collect(), edges, merges }
    }
}

/// What somebody says of two records, named by their ids.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Said {
    /// A record.
    pub a: u64,
    /// Another.
    pub b: u64,
    /// How sure it is that they are one entity; `None` = they never are.
    pub confidence: Option<f32>,
}
