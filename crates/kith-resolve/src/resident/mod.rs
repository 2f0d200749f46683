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
mod load;
mod said;

use crate::agglomerate::{Link, merge_component};
use crate::block::Part;
use crate::cluster::Merge;
use crate::compare::Cache;
use crate::explain::{Explanation, explain_rows};
use crate::feature::Feature;
use crate::linker::View;
use crate::model::Model;
use crate::nickname::Nicknames;
use crate::score::Scorer;
use blocks::Blocks;
use edges::Edges;
use rustc_hash::{FxHashMap, FxHashSet};
pub use said::Said;

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
    /// The hashes of the columns' names.
    names: Vec<u64>,
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
    /// What people and rules have said, by the id under which they said it.
    said: FxHashMap<u64, Vec<Said>>,
    /// For each id, under which other ids something was said of it.
    heard: FxHashMap<u64, Vec<u64>>,
    touched: FxHashSet<u32>,
}

impl Resident {
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
        let order = (self.content(&row), key);
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
        let near: Vec<u64> = self.said_of(id).map(|said| said.other).collect();
        near.into_iter().for_each(|other| self.touch(other));
        self.touched.remove(&place);
        self.free.push(place);
        true
    }

    fn touch(&mut self, id: u64) {
        self.touched.extend(self.by_id.get(&id));
    }

    /// Why two records match, or do not; `None` if one of them is not there.
    pub fn explain(&self, model: &Model, a: u64, b: u64) -> Option<Explanation> {
        let (a, b) = (*self.by_id.get(&a)?, *self.by_id.get(&b)?);
        let width = self.features.len();
        let row = |place: u32| &self.rows[place as usize * width..][..width];
        let sources = (self.source[a as usize], self.source[b as usize]);
        Some(explain_rows(&self.features, model, &self.scorer, row(a), row(b), Some(sources)))
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
            let said = self.said_of(self.ids[place as usize]).filter(|said| said.confidence.is_some());
            let said = said.filter_map(|said| self.by_id.get(&said.other).copied());
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
            for said in self.said_of(id) {
                let Some(b) = self.by_id.get(&said.other).and_then(|r| places.get(r)) else { continue };
                match said.confidence {
                    Some(_) if at < *b => links.push(Link { a: at, b: *b, said: said.confidence }),
                    Some(_) => {}
                    None => apart.push((at, *b)),
                }
            }
        }
        links.sort_unstable_by_key(|l| (l.a, l.b, l.said.is_some()));
        let id = |at: u32| self.ids[records[at as usize] as usize];
        let view = View {
            features: &self.features,
            rows: &self.rows,
            source: Some(&self.source),
            apart: self.link_only,
        };
        let merges = match records.len() {
            1 => Vec::new(),
            _ => merge_component(view, &self.scorer, &records, &links, &apart, self.floor, &mut self.cache),
        };
        let merges = merges.iter().map(|Merge { a, b, confidence }| (id(*a), id(*b), *confidence)).collect();
        Settled { records: records.iter().map(|r| self.ids[*r as usize]).collect(), edges, merges }
    }
}
