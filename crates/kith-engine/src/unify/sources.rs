//! `source.<name>`: the rows as landed, with their key, node and log position; and `land.reject`.

use crate::error::{Error, Result};
use crate::lake::sheet::{Cell, FoundColumns, Sheet};
use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{Field, Schema};
use kith_core::entry::RejectedEntry;
use kith_core::id::{NodeId, Position, SourceName};
use kith_live::{Live, Node};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// One source's live rows while they are collected.
#[derive(Default)]
struct Rows {
    columns: FoundColumns,
    keys: Vec<String>,
    nodes: Vec<i64>,
    versions: Vec<i64>,
}

impl Rows {
    fn push(&mut self, node: &Node) {
        self.columns.push(&node.row);
        self.keys.push(node.key.clone());
        self.nodes.push(node.id.0 as i64);
        self.versions.push(node.version.0 as i64);
    }

    /// Kith's own columns first; the source's after them, in the order in which they were seen.
    fn finish(self) -> Result<RecordBatch> {
        let mut columns: Vec<(String, ArrayRef)> = vec![
            ("_key".into(), Arc::new(StringArray::from(self.keys))),
            ("_node_id".into(), Arc::new(Int64Array::from(self.nodes))),
            ("_position".into(), Arc::new(Int64Array::from(self.versions))),
        ];
        let failed = |e| Error::internal("a source's lake table can not be built", e);
        columns.extend(self.columns.finish().map_err(failed)?);
        let fields: Vec<Field> =
            columns.iter().map(|(name, array)| Field::new(name, array.data_type().clone(), true)).collect();
        let arrays = columns.into_iter().map(|(_, array)| array).collect();
        RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(failed)
    }
}

/// The tables of the given sources, in one walk over the nodes. A source without a row gets an empty table.
pub(super) fn compute(live: &Live, wanted: &[SourceName]) -> Result<Vec<(SourceName, RecordBatch)>> {
    let mut rows: FxHashMap<&SourceName, Rows> = wanted.iter().map(|s| (s, Rows::default())).collect();
    if !wanted.is_empty() {
        for node in live.nodes() {
            let node = node?;
            if let Some(rows) = rows.get_mut(&node.source) {
                rows.push(&node);
            }
        }
    }
    wanted.iter().filter_map(|s| rows.remove(s).map(|r| Ok((s.clone(), r.finish()?)))).collect()
}

/// The same of some nodes only, of whatever source each is.
pub(super) fn of_nodes(live: &Live, nodes: &[NodeId]) -> Result<Vec<(SourceName, RecordBatch)>> {
    let mut rows: FxHashMap<SourceName, Rows> = FxHashMap::default();
    for node in live.alive(nodes)? {
        rows.entry(node.source.clone()).or_default().push(&node);
    }
    rows.into_iter().map(|(source, rows)| Ok((source, rows.finish()?))).collect()
}

/// Rejected rows as a batch of `land.reject`.
pub(super) fn rejects(found: &[(Position, RejectedEntry)]) -> Result<RecordBatch> {
    let mut sheet = Sheet::of("land.reject");
    for (position, reject) in found {
        sheet.push(&[
            position.0.into(),
            Cell::Text(reject.source.as_str()),
            Cell::Text(&reject.place),
            Cell::Text(&reject.code),
            Cell::Text(&reject.reason),
            Cell::Text(&reject.original_hex),
            reject.original_bytes.into(),
            Cell::Time(reject.received_at_ms),
        ]);
    }
    sheet.finish().map_err(|e| Error::internal("land.reject can not be built", e))
}
