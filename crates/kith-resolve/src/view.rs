//! Records as comparing and clustering see them.

use crate::feature::Feature;

/// What comparing and clustering look at: features, codes record by record, and the source of each record.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The columns with their features.
    pub features: &'a [Feature],
    /// All codes, record by record.
    pub rows: &'a [u32],
    /// The source of each record, where known.
    pub source: Option<&'a [u16]>,
    /// True if two records of one source are never one entity.
    pub apart: bool,
}

impl<'a> View<'a> {
    /// One record's codes.
    pub fn row(&self, record: u32) -> &'a [u32] {
        let width = self.features.len();
        &self.rows[record as usize * width..][..width]
    }

    /// How many records.
    pub fn len(&self) -> usize {
        self.rows.len() / self.features.len().max(1)
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The first records. They stand in the order of a hash of their content, so these are as good as any.
    pub fn first(self, records: usize) -> View<'a> {
        let records = records.min(self.len());
        View {
            rows: &self.rows[..records * self.features.len()],
            source: self.source.map(|source| &source[..records]),
            ..self
        }
    }

    /// True if both records are of one source, where that keeps them apart.
    pub fn one_source(&self, a: u32, b: u32) -> bool {
        self.apart && self.source.is_some_and(|source| source[a as usize] == source[b as usize])
    }

    /// The sources of two records, where known.
    pub fn sources(&self, a: u32, b: u32) -> Option<(u16, u16)> {
        self.source.map(|source| (source[a as usize], source[b as usize]))
    }
}
