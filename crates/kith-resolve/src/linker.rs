//! The records, encoded once; the way in to training, resolving and explaining.
//!
//! Inside, records stand in an order that follows from their content alone, and dictionaries are numbered in that
//! order. So whatever is sampled, summed or tied by number gives the same result however the records came in.

use crate::block::mix;
use crate::candidates::Edge;
use crate::cluster::{Constraints, Joined};
use crate::error::Error;
use crate::feature::Feature;
use crate::frequency::{Frequencies, text_hash};
use crate::model::Model;
use crate::nickname::Nicknames;
use crate::prepare::prepare;
use crate::records::{Column, Kind, Records};
use crate::score::Scorer;
pub use crate::view::View;
use rayon::prelude::*;

/// How to work.
#[derive(Clone, Debug)]
pub struct Options {
    /// Only pairs from different sources are compared; each source is taken to be free of duplicates.
    pub link_only: bool,
    /// How many candidate pairs may be scored per record. More finds more; time grows with it.
    pub pairs_per_record: f64,
    /// Records of larger blocks are left to other rules.
    pub block_size_max: usize,
    /// Pairs below this probability are not kept as edges.
    pub probability_min: f64,
    /// The names of the sources that [`Records::source`] numbers. With them sources are evidence ([`crate::sources`]);
    /// without, they only matter to `link_only`.
    pub sources: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            link_only: false,
            pairs_per_record: 30.0,
            block_size_max: 400,
            probability_min: 0.05,
            sources: Vec::new(),
        }
    }
}

/// Records ready to be matched. Codes stand record by record, so that a pair costs two cache lines.
pub struct Linker {
    features: Vec<Feature>,
    rows: Vec<u32>,
    source: Option<Vec<u16>>,
    source_names: Vec<String>,
    link_only: bool,
    len: usize,
    /// The caller's number of each record.
    order: Vec<u32>,
}

impl Linker {
    /// Encodes the records; how often their values occur is counted.
    pub fn new(records: Records, options: &Options) -> Result<Linker, Error> {
        Linker::encode(records, None, options)
    }

    /// Encodes the records under the frequencies of a model, so that every pair weighs what it weighed when the model
    /// was trained. Columns that the frequencies do not know take no part, and those that are missing are empty.
    pub fn with_frequencies(
        mut records: Records,
        frequencies: &Frequencies,
        options: &Options,
    ) -> Result<Linker, Error> {
        records.columns.retain(|c| c.kind == Kind::FullName || frequencies.column(&c.name).is_some());
        Linker::encode(records, Some(frequencies), options)
    }

    fn encode(records: Records, frozen: Option<&Frequencies>, options: &Options) -> Result<Linker, Error> {
        records.check()?;
        let order = content_order(&records);
        let Records { columns, source, len, .. } = arrange(records, &order);
        let mut columns = prepare(columns, len);
        for (name, known) in frozen.into_iter().flat_map(|f| &f.columns) {
            if !columns.iter().any(|c| c.name == *name) {
                let (name, codes) = (name.clone(), vec![0; len]);
                columns.push(Column { name, kind: known.kind, dict: Vec::new(), codes });
            }
        }
        let nicknames = Nicknames::builtin();
        let mut features: Vec<Feature> = columns
            .into_par_iter()
            .map(|column| {
                let frozen = frozen.and_then(|f| f.column(&column.name));
                Feature::new(column, &nicknames, frozen)
            })
            .collect();
        if frozen.is_none() {
            // What never varies says nothing, unless nothing varies; but a former name is compared with other columns, and one
            // address in all of a few records is rather one person's than chance.
            let varies = features.iter().any(|f| f.column.dict.len() > 1);
            let tells =
                |kind| matches!(kind, Kind::FormerName | Kind::Email | Kind::Phone | Kind::Identifier);
            let helps = |f: &Feature| tells(f.column.kind) && !f.column.dict.is_empty();
            features.retain(|f| f.column.dict.len() > usize::from(varies) || helps(f));
        }
        if features.is_empty() {
            return Err(Error::NothingToCompare);
        }
        let width = features.len();
        let mut rows = vec![0u32; len * width];
        for (slot, feature) in features.iter_mut().enumerate() {
            let Column { codes, .. } = &mut feature.column;
            for (record, code) in std::mem::take(codes).into_iter().enumerate() {
                rows[record * width + slot] = code;
            }
        }
        Ok(Linker {
            features,
            rows,
            source,
            source_names: options.sources.clone(),
            link_only: options.link_only,
            len,
            order,
        })
    }

    /// How often the values occur that weights are computed from: keep them with a model that was trained on this.
    pub fn frequencies(&self) -> Frequencies {
        let mut columns: Vec<_> =
            self.features.iter().map(|f| (f.column.name.clone(), f.frequencies.clone())).collect();
        columns.sort_by(|a, b| a.0.cmp(&b.0));
        Frequencies { columns }
    }

    /// Features and codes, for a set of records that goes on living.
    pub(crate) fn into_parts(self) -> (Vec<Feature>, Vec<u32>) {
        (self.features, self.rows)
    }

    /// What comparing and clustering look at.
    pub fn view(&self) -> View<'_> {
        let source = self.source.as_deref();
        View { features: &self.features, rows: &self.rows, source, apart: self.link_only }
    }

    /// Binds a model to the columns and sources.
    pub fn scorer(&self, model: &Model) -> Result<Scorer, Error> {
        Ok(Scorer::new(&self.features, model)?.with_sources(model, &self.source_names))
    }

    /// The sources' names, where given.
    pub fn source_names(&self) -> &[String] {
        &self.source_names
    }

    /// How many records.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The columns with their features.
    pub fn features(&self) -> &[Feature] {
        &self.features
    }

    /// Codes per record.
    pub fn width(&self) -> usize {
        self.features.len()
    }

    /// All codes, record by record.
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// One record's codes.
    pub fn row(&self, record: u32) -> &[u32] {
        let width = self.width();
        &self.rows[record as usize * width..][..width]
    }

    /// The caller's number of a record.
    pub fn outside(&self, record: u32) -> u32 {
        self.order[record as usize]
    }

    /// Names edges by the caller's numbers, in their order.
    pub(crate) fn name_outside(&self, edges: &mut [Edge]) {
        for edge in edges.iter_mut() {
            let (a, b) = (self.outside(edge.a), self.outside(edge.b));
            (edge.a, edge.b) = (a.min(b), a.max(b));
        }
        edges.sort_unstable_by_key(|e| (e.a, e.b));
    }

    /// The number in here of the caller's record.
    pub fn inside(&self, record: u32) -> Option<u32> {
        self.order.iter().position(|r| *r == record).map(|at| at as u32)
    }

    /// Constraints that name records by the caller's numbers, by the numbers in here.
    pub(crate) fn inside_constraints(&self, from: &Constraints) -> Result<Constraints, Error> {
        if from.joined.is_empty() && from.apart.is_empty() {
            return Ok(Constraints::default());
        }
        let mut inside = vec![0u32; self.len];
        self.order.iter().enumerate().for_each(|(at, record)| inside[*record as usize] = at as u32);
        let of = |record: u32| {
            let found = inside.get(record as usize).copied();
            found.ok_or(Error::NoRecord { record, records: self.len })
        };
        let joined = from.joined.iter().map(|j| Ok(Joined { a: of(j.a)?, b: of(j.b)?, ..*j }));
        let apart = from.apart.iter().map(|(a, b)| Ok((of(*a)?, of(*b)?)));
        Ok(Constraints { joined: joined.collect::<Result<_, _>>()?, apart: apart.collect::<Result<_, _>>()? })
    }

    /// False for pairs that the options rule out, and for two records of one clean source, by the sources' numbers.
    pub fn comparable(&self, a: u32, b: u32, clean: &[bool]) -> bool {
        let one = self.source.as_ref().map(|s| (s[a as usize], s[b as usize])).filter(|(s, t)| s == t);
        one.is_none_or(|(s, _)| !self.link_only && !clean.get(usize::from(s)).is_some_and(|clean| *clean))
    }

    /// The source of a record, if there are several.
    pub fn source(&self, record: u32) -> Option<u16> {
        self.source.as_ref().map(|s| s[record as usize])
    }

    /// True if each source is taken to be free of duplicates.
    pub fn link_only(&self) -> bool {
        self.link_only && self.source.is_some()
    }
}

/// The records' numbers, sorted by a hash of their values. Records that are equal in every value are told apart by
/// their key, else by their source and number.
fn content_order(records: &Records) -> Vec<u32> {
    let mut hashes: Vec<(u64, u64, u32)> = (0..records.len as u32).map(|i| (0, 0, i)).collect();
    for column in &records.columns {
        let name = text_hash(&column.name);
        let values: Vec<u64> = column.dict.par_iter().map(|value| cell_hash(name, value)).collect();
        for ((hash, _, _), code) in hashes.iter_mut().zip(&column.codes) {
            let value = (*code as usize).checked_sub(1).map_or(0, |at| values[at]);
            *hash = hash.wrapping_add(value);
        }
    }
    match (&records.keys, &records.source) {
        (Some(keys), _) => hashes.iter_mut().zip(keys).for_each(|((_, tie, _), key)| *tie = *key),
        (None, Some(source)) => hashes.iter_mut().zip(source).for_each(|((_, tie, _), s)| *tie = (*s).into()),
        (None, None) => {}
    }
    hashes.par_sort_unstable();
    hashes.into_iter().map(|(_, _, record)| record).collect()
}

/// A value's share in the hash of its record; the sum of all is the record's, whatever the order of the columns.
pub(crate) fn cell_hash(column: u64, value: &str) -> u64 {
    mix(column ^ text_hash(value))
}

/// Puts the records into an order and numbers each dictionary by first sight in it.
fn arrange(records: Records, order: &[u32]) -> Records {
    let columns = records.columns.into_par_iter().map(|column| {
        let Column { name, kind, mut dict, codes } = column;
        let mut renamed = vec![0u32; dict.len() + 1];
        let mut sorted = Vec::with_capacity(dict.len());
        let codes = order
            .iter()
            .map(|record| match codes[*record as usize] as usize {
                0 => 0,
                code => {
                    if renamed[code] == 0 {
                        sorted.push(std::mem::take(&mut dict[code - 1]));
                        renamed[code] = sorted.len() as u32;
                    }
                    renamed[code]
                }
            })
            .collect();
        Column { name, kind, dict: sorted, codes }
    });
    let source = records.source.as_ref().map(|s| order.iter().map(|r| s[*r as usize]).collect());
    Records { columns: columns.collect(), source, keys: None, len: records.len }
}
