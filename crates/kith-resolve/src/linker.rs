//! The records, encoded once; the way in to training, resolving and explaining.

use crate::error::Error;
use crate::feature::Feature;
use crate::nickname::Nicknames;
use crate::prepare::prepare;
use crate::records::{Column, Records};
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
}

impl Default for Options {
    fn default() -> Self {
        Options { link_only: false, pairs_per_record: 60.0, block_size_max: 400, probability_min: 0.05 }
    }
}

/// Records ready to be matched. Codes stand record by record, so that a pair costs two cache lines.
pub struct Linker {
    features: Vec<Feature>,
    rows: Vec<u32>,
    source: Option<Vec<u16>>,
    link_only: bool,
    len: usize,
}

impl Linker {
    /// Encodes the records.
    pub fn new(records: Records, options: &Options) -> Result<Linker, Error> {
        records.check()?;
        let columns = prepare(&records);
        let Records { source, len, .. } = records;
        let nicknames = Nicknames::builtin();
        let mut features: Vec<Feature> =
            columns.into_par_iter().map(|column| Feature::new(column, &nicknames)).collect();
        features.retain(|f| f.column.dict.len() > 1);
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
        Ok(Linker { features, rows, source, link_only: options.link_only, len })
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

    /// False for pairs that the options rule out.
    pub fn comparable(&self, a: u32, b: u32) -> bool {
        match (&self.source, self.link_only) {
            (Some(source), true) => source[a as usize] != source[b as usize],
            _ => true,
        }
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
