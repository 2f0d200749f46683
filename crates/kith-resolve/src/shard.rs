//! A model at work on some of the records at a time, wherever they are: what the executors of a cluster run.
//!
//! A pair's weight depends on the model, its frozen frequencies and the two records alone, so any two records that
//! stand in one shard weigh there what they weigh in a batch over all. What depends on all records is handed in by
//! whoever sees them: which blocks are within the limit (`masks`), which records form a component, and the order that
//! decides ties, which is the order of the records' numbers ([`Linker`](crate::Linker) numbers them by content).
//!
//! 1. [`Shard::keys`]: each record's key under each rule. Equal keys are one block, on every machine.
//! 2. [`Shard::edges`]: the pairs of one block, without those that an earlier rule makes.
//! 3. [`Shard::merges`]: the merge tree of one component.

use crate::agglomerate::{Link, merge_component};
use crate::block::{Part, part_hash, rule_key};
use crate::candidates::{Edge, weight_bits};
use crate::cluster::Merge;
use crate::compare::Cache;
use crate::error::Error;
use crate::feature::Feature;
use crate::frequency::Frequencies;
use crate::linker::{Options, View};
use crate::model::Model;
use crate::nickname::Nicknames;
use crate::records::{Column, Records};
use crate::score::Scorer;

/// More rules than this can not be told apart in a record's mask.
pub const RULES_MAX: usize = 64;

/// A model with its frequencies, ready to work on shards. Threads share it.
pub struct Kernel {
    frequencies: Frequencies,
    nicknames: Nicknames,
    scorer: Scorer,
    /// Per rule its keys as places in `parts`; `None` = one of its columns is not there.
    rules: Vec<Option<Vec<usize>>>,
    parts: Vec<(usize, Part)>,
    floor: f32,
    link_only: bool,
}

impl Kernel {
    /// Binds a model to the frequencies that it was trained with.
    pub fn new(model: &Model, frequencies: Frequencies, options: &Options) -> Result<Kernel, Error> {
        if model.blocking.len() > RULES_MAX {
            let message =
                format!("{} blocking rules; at most {RULES_MAX} can be spread", model.blocking.len());
            return Err(Error::Model { message });
        }
        let empty = |(name, known): &(String, std::sync::Arc<crate::frequency::ColumnFrequencies>)| {
            let column = Column { name: name.clone(), kind: known.kind, dict: Vec::new(), codes: Vec::new() };
            Feature::empty(column, known.clone())
        };
        let features: Vec<Feature> = frequencies.columns.iter().map(empty).collect();
        let mut parts: Vec<(usize, Part)> = Vec::new();
        let mut place = |key: &crate::block::Key| {
            let slot = features.iter().position(|f| f.column.name == key.column)?;
            let known = parts.iter().position(|p| *p == (slot, key.part));
            Some(known.unwrap_or_else(|| {
                parts.push((slot, key.part));
                parts.len() - 1
            }))
        };
        let rules = model.blocking.iter().map(|rule| rule.keys.iter().map(&mut place).collect()).collect();
        let scorer = Scorer::new(&features, model)?.with_sources(model, &options.sources);
        let floor = weight_bits(options.probability_min) as f32;
        let (nicknames, link_only) = (Nicknames::builtin(), options.link_only);
        Ok(Kernel { frequencies, nicknames, scorer, rules, parts, floor, link_only })
    }

    /// The names of the columns, in the order in which shards take them.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.frequencies.columns.iter().map(|(name, _)| name.as_str())
    }

    /// How many blocking rules there are.
    pub fn rules(&self) -> usize {
        self.rules.len()
    }

    /// Encodes some records: the texts of each column in the order of [`Kernel::columns`], and their sources.
    pub fn shard<'t>(
        &self,
        columns: impl Iterator<Item = Vec<Option<&'t str>>>,
        source: Option<Vec<u16>>,
        len: usize,
    ) -> Result<Shard<'_>, Error> {
        let columns: Vec<Column> = self
            .frequencies
            .columns
            .iter()
            .zip(columns)
            .map(|((name, known), texts)| Column::from_values(name.clone(), known.kind, texts.into_iter()))
            .collect();
        if columns.len() != self.frequencies.columns.len() {
            let column = self.columns().nth(columns.len()).unwrap_or_default().to_string();
            return Err(Error::MissingColumn { column });
        }
        let records = Records { columns, source, keys: None, len };
        records.check()?;
        let width = records.columns.len();
        let mut rows = vec![0u32; len * width];
        let mut features = Vec::with_capacity(width);
        for (slot, mut column) in records.columns.into_iter().enumerate() {
            for (record, code) in std::mem::take(&mut column.codes).into_iter().enumerate() {
                rows[record * width + slot] = code;
            }
            features.push(Feature::new(column, &self.nicknames, Some(&self.frequencies.columns[slot].1)));
        }
        Ok(Shard { kernel: self, features, rows, source: records.source, len })
    }

    /// What remembers comparisons; one shard's, since codes are a shard's own.
    fn cache(&self) -> Vec<Cache> {
        self.scorer.bound.iter().map(|_| Cache::new()).collect()
    }
}

/// Some records, encoded. They are named by their place in it.
pub struct Shard<'k> {
    kernel: &'k Kernel,
    features: Vec<Feature>,
    rows: Vec<u32>,
    source: Option<Vec<u16>>,
    len: usize,
}

/// What speaks for, or against, two records of a component being one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tie {
    /// An edge.
    Edge,
    /// Somebody said that they are one, with this confidence.
    Joined(f32),
    /// Somebody said that they never are.
    Apart,
}

/// A component: its records, ascending, and what ties them, `(a, b, tie)` with `a < b`.
pub type Component = (Vec<u32>, Vec<(u32, u32, Tie)>);

impl Shard<'_> {
    fn view(&self) -> View<'_> {
        let (source, apart) = (self.source.as_deref(), self.kernel.link_only);
        View { features: &self.features, rows: &self.rows, source, apart }
    }

    /// Each record's key under each rule, record by record; 0 = in no block.
    pub fn keys(&self) -> Vec<u64> {
        let hashes: Vec<(usize, Vec<u64>)> = self
            .kernel
            .parts
            .iter()
            .map(|(slot, part)| {
                let feature = &self.features[*slot];
                let codes = 0..=feature.column.dict.len() as u32;
                (*slot, codes.map(|code| part_hash(feature, *part, code)).collect())
            })
            .collect();
        let view = self.view();
        let mut keys = Vec::with_capacity(self.len * self.kernel.rules.len());
        for record in 0..self.len as u32 {
            let row = view.row(record);
            let hash = |at: &usize| {
                let (slot, hashes) = &hashes[*at];
                hashes[row[*slot] as usize]
            };
            let key = |rule: &Option<Vec<usize>>| rule.as_ref().map_or(0, |r| rule_key(r.iter().map(hash)));
            keys.extend(self.kernel.rules.iter().map(key));
        }
        keys
    }

    /// The pairs of each block worth keeping, and how many pairs its rule was the first to make. A block is a rule and
    /// its records, ascending. Bit `r` of a record's mask says that its block under rule `r` is within the limit.
    pub fn edges(&self, masks: &[u64], blocks: &[(usize, Vec<u32>)]) -> Vec<(u64, Vec<Edge>)> {
        let rules = self.kernel.rules.len();
        let mut keys = self.keys();
        for (at, key) in keys.iter_mut().enumerate() {
            let mask = masks.get(at / rules.max(1)).copied().unwrap_or(0);
            *key = if mask >> (at % rules) & 1 == 1 { *key } else { 0 };
        }
        let made_before = |rule: usize, a: u32, b: u32| {
            let (x, y) = (a as usize * rules, b as usize * rules);
            keys[x..x + rule].iter().zip(&keys[y..y + rule]).any(|(p, q)| p == q && *p != 0)
        };
        let (view, scorer, mut cache) = (self.view(), &self.kernel.scorer, self.kernel.cache());
        let one = |(rule, records): &(usize, Vec<u32>)| {
            let (mut made, mut found) = (0, Vec::new());
            for (i, a) in records.iter().enumerate() {
                for b in &records[i + 1..] {
                    if view.one_source(*a, *b) || made_before(*rule, *a, *b) {
                        continue;
                    }
                    made += 1;
                    let (x, y) = (view.row(*a), view.row(*b));
                    let sources = scorer.source_bits(view.sources(*a, *b));
                    let floor = self.kernel.floor;
                    if let Some(weight) = scorer.weight_from(sources, view.features, x, y, floor, &mut cache)
                    {
                        found.push(Edge { a: *a, b: *b, weight });
                    }
                }
            }
            (made, found)
        };
        blocks.iter().map(one).collect()
    }

    /// The merges of each component.
    pub fn merges(&self, components: &[Component]) -> Vec<Vec<Merge>> {
        let mut cache = self.kernel.cache();
        let mut one = |(records, ties): &Component| {
            let at = |record: u32| records.binary_search(&record).unwrap_or_default() as u32;
            let (mut links, mut apart) = (Vec::new(), Vec::new());
            for (a, b, tie) in ties.iter().map(|(a, b, tie)| (at(*a), at(*b), tie)) {
                match tie {
                    Tie::Edge => links.push(Link { a, b, said: None }),
                    Tie::Joined(confidence) => links.push(Link { a, b, said: Some(*confidence) }),
                    Tie::Apart => apart.push((a, b)),
                }
            }
            links.sort_by_key(|l| (l.a, l.b, l.said.is_some()));
            let (scorer, floor) = (&self.kernel.scorer, self.kernel.floor);
            let mut merges = merge_component(self.view(), scorer, records, &links, &apart, floor, &mut cache);
            merges.iter_mut().for_each(|m| (m.a, m.b) = (records[m.a as usize], records[m.b as usize]));
            merges
        };
        components.iter().map(&mut one).collect()
    }
}
