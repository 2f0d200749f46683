//! Blocks: the records that a rule brings together.
//!
//! 1. Each key that some rule uses is one column of codes, so that a record's codes lie in one or two cache lines.
//! 2. A rule's blocks are made when its turn comes, and forgotten when its pairs are scored.
//! 3. What is kept of a rule is which records stood in blocks over the size limit: so it can be said of any pair whether
//!    an earlier rule has made it.

use crate::block::{Codes, Part, part_codes, rule_key};
use crate::feature::Feature;
use crate::groups::{Marks, repeated};
use crate::model::Rule;
use rayon::prelude::*;

/// The rules and the records' codes for their keys.
pub(crate) struct Blocks {
    rules: Vec<Keys>,
    width: usize,
    codes: Vec<u32>,
    size_max: usize,
}

/// One rule.
struct Keys {
    /// Its columns among the codes; `None` = it makes no block.
    columns: Option<Vec<usize>>,
    /// The records that it leaves out because their block is too large.
    oversize: Marks,
}

/// The blocks of a rule.
#[derive(Default)]
pub(crate) struct Members {
    /// The records, block by block, ascending in each.
    pub records: Vec<u32>,
    /// Where each block begins; one more than there are blocks.
    pub starts: Vec<u32>,
}

impl Blocks {
    /// Looks up every record's codes. Blocks of more than `size_max` records are left out.
    pub(crate) fn new(features: &[Feature], rows: &[u32], rules: &[Rule], size_max: usize) -> Blocks {
        let mut keys: Vec<(usize, Part)> = Vec::new();
        let mut bound = Vec::new();
        for rule in rules {
            let columns = rule.keys.iter().map(|key| {
                let slot = features.iter().position(|f| f.column.name == key.column)?;
                Some(keys.iter().position(|k| *k == (slot, key.part)).unwrap_or_else(|| {
                    keys.push((slot, key.part));
                    keys.len() - 1
                }))
            });
            // Without one of its columns a rule would be looser than was meant: it makes no block then.
            bound.push(Keys { columns: columns.collect(), oversize: Marks::default() });
        }
        let tables: Vec<(usize, Codes)> =
            keys.par_iter().map(|(slot, part)| (*slot, part_codes(&features[*slot], *part))).collect();
        let (width, columns) = (keys.len(), features.len().max(1));
        let mut codes = vec![0; rows.len() / columns * width];
        codes.par_chunks_mut(width.max(1)).zip(rows.par_chunks(columns)).for_each(|(codes, row)| {
            for (code, (slot, table)) in codes.iter_mut().zip(&tables) {
                *code = table.of(row[*slot]);
            }
        });
        Blocks { rules: bound, width, codes, size_max }
    }

    /// How many rules.
    pub(crate) fn len(&self) -> usize {
        self.rules.len()
    }

    /// Makes the blocks of some rules.
    pub(crate) fn make(&mut self, rules: std::ops::Range<usize>, records: usize) -> Vec<Members> {
        let made: Vec<(Members, Marks)> =
            rules.clone().into_par_iter().map(|rule| self.of(rule, records)).collect();
        rules
            .zip(made)
            .map(|(rule, (members, oversize))| {
                self.rules[rule].oversize = oversize;
                members
            })
            .collect()
    }

    fn of(&self, rule: usize, records: usize) -> (Members, Marks) {
        let mut members = Members { records: Vec::new(), starts: vec![0] };
        let mut oversize = Marks::default();
        let Some(columns) = &self.rules[rule].columns else { return (members, oversize) };
        if columns.is_empty() {
            members.records = (0..records as u32).collect();
            members.starts.push(records as u32);
            return (members, oversize);
        }
        let key = |row: &[u32]| rule_key(columns.iter().map(|column| row[*column].into()));
        let keys: Vec<u64> = self.codes.par_chunks_exact(self.width).map(key).collect();
        for block in repeated(&keys).chunk_by(|a, b| a.0 == b.0) {
            if block.len() > self.size_max {
                block.iter().for_each(|(_, record)| oversize.add(*record, records));
            } else if block.len() > 1 {
                members.records.extend(block.iter().map(|(_, record)| record));
                members.starts.push(members.records.len() as u32);
            }
        }
        (members, oversize)
    }

    /// One record's codes.
    pub(crate) fn row(&self, record: u32) -> &[u32] {
        &self.codes[record as usize * self.width..][..self.width]
    }

    /// Codes per record.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// True if an earlier rule than `rule` makes the pair too; `x` and `y` are the records' codes.
    pub(crate) fn made_before(&self, rule: usize, record: u32, x: &[u32], y: &[u32]) -> bool {
        let agree = |column: &usize| x[*column] == y[*column] && x[*column] != 0;
        self.rules[..rule].iter().any(|keys| {
            keys.columns.as_ref().is_some_and(|columns| columns.iter().all(agree))
                && !keys.oversize.has(record)
        })
    }
}
