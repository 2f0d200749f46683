//! Frames into one table of texts: a union by column name, each distinct text once.
//!
//! The members of a struct become columns with dotted names, as in a Parquet file. A column whose values have no text
//! (lists, maps, durations) is left out and reported.

use crate::error::Fault;
use crate::texts;
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchReader};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, SchemaRef};
use kith_dedupe::{DictColumn, Interner, Table};
use std::collections::{BTreeMap, HashMap};

/// A frame as it came: nothing is copied.
pub struct Frame {
    /// What it is called among several.
    pub name: String,
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
}

impl Frame {
    /// Reads a stream to its end.
    pub fn read(name: String, reader: impl RecordBatchReader) -> Result<Frame, Fault> {
        let schema = reader.schema();
        let mut seen = HashMap::new();
        for field in schema.fields() {
            if seen.insert(field.name().clone(), ()).is_some() {
                let message = format!("there are two columns {:?}", field.name());
                return Err(Fault::new("K-DEDUPE-FRAME", message, "Rename one of them, or leave it out."));
            }
        }
        let batches = reader.collect::<Result<_, _>>().map_err(|e| {
            let help = "Look at the frame's own message; a copy without the column in question will work.";
            Fault::new("K-DEDUPE-FRAME", format!("the frame can not be read: {e}"), help)
        })?;
        Ok(Frame { name, schema, batches })
    }

    fn rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// The arrays of a column, as they came.
    pub fn arrays(&self, name: &str) -> Option<Vec<ArrayRef>> {
        let at = self.schema.index_of(name).ok()?;
        Some(self.batches.iter().map(|batch| batch.column(at).clone()).collect())
    }
}

/// What was read.
pub struct Read {
    /// The texts.
    pub table: Table,
    /// The columns that have no texts, with their types.
    pub unread: BTreeMap<String, String>,
}

/// Takes the texts of all frames.
pub fn read(frames: &[Frame]) -> Result<Read, Fault> {
    let mut columns = Columns::default();
    let mut part_of = Vec::new();
    for (part, frame) in frames.iter().enumerate() {
        let part = u16::try_from(part).map_err(|_| {
            let help = "Put them together in one frame, with a column `source`.";
            Fault::new("K-DEDUPE-FRAME", "there are more than 65,535 frames", help)
        })?;
        // Also without any row a column has a name, and that is something to go by.
        for field in frame.schema.fields().iter().filter(|f| !matches!(f.data_type(), DataType::Struct(_))) {
            columns.column(field.name());
        }
        for batch in &frame.batches {
            for (field, array) in frame.schema.fields().iter().zip(batch.columns()) {
                columns.add(field.name(), array, None);
            }
            columns.rows += batch.num_rows();
        }
        part_of.resize(part_of.len() + frame.rows(), part);
    }
    let names = frames.iter().map(|frame| frame.name.clone()).collect();
    Ok(columns.finish(names, part_of))
}

#[derive(Default)]
struct Columns {
    names: Vec<String>,
    by_name: HashMap<String, usize>,
    columns: Vec<(Interner, Vec<u32>)>,
    unread: BTreeMap<String, String>,
    rows: usize,
}

impl Columns {
    fn column(&mut self, name: &str) -> usize {
        if let Some(at) = self.by_name.get(name) {
            return *at;
        }
        self.by_name.insert(name.into(), self.names.len());
        self.names.push(name.into());
        self.columns.push(Default::default());
        self.names.len() - 1
    }

    /// Adds a batch's cells of one column behind the `rows` that are there; `outer` are the rows that are missing as a
    /// whole.
    fn add(&mut self, name: &str, array: &ArrayRef, outer: Option<&NullBuffer>) {
        let nulls = NullBuffer::union(outer, array.logical_nulls().as_ref());
        if let DataType::Struct(fields) = array.data_type() {
            for (field, member) in fields.iter().zip(array.as_struct().columns()) {
                self.add(&format!("{name}.{}", field.name()), member, nulls.as_ref());
            }
            return;
        }
        let at = self.column(name);
        let (interner, codes) = &mut self.columns[at];
        codes.resize(self.rows, 0);
        let has_text = texts::each(array, nulls.as_ref(), &mut |text| {
            codes.push(text.map_or(0, |text| interner.intern(text)));
        });
        if !has_text {
            self.unread.insert(name.into(), array.data_type().to_string());
        }
    }

    fn finish(self, parts: Vec<String>, part_of: Vec<u16>) -> Read {
        let columns = self.columns.into_iter().map(|(interner, mut codes)| {
            codes.resize(self.rows, 0);
            DictColumn { dict: interner.finish(), codes }
        });
        let table = Table { names: self.names, columns: columns.collect(), rows: self.rows, parts, part_of };
        Read { table, unread: self.unread }
    }
}
