//! One stream of a program, as a table. It is read whole by each query that names it.

use super::super::fault::{large_cell, misfit};
use super::super::json::{Column, data_type};
use super::super::rows::{Counts, Going, Rows, RowsScan};
use super::reading::{Reading, Said, Way};
use super::schema::Tap;
use super::{Stream, fault};
use crate::error::{Error, Result};
use async_trait::async_trait;
use datafusion::arrow::array::{RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::Result as Planned;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use kith_core::config::JsonKind;
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// Rows of a batch.
const BATCH: usize = 8192;
/// Bytes of the rows of a batch, after which it is full.
const BATCH_BYTES: usize = 8 << 20;

/// See the module.
#[derive(Debug)]
pub(super) struct StreamTable {
    tap: Arc<Tap>,
    stream: Arc<Stream>,
    schema: SchemaRef,
}

impl StreamTable {
    pub fn new(tap: Arc<Tap>, stream: Stream) -> StreamTable {
        let field = |(name, kind): &(String, JsonKind)| Field::new(name, data_type(*kind), true);
        let schema = Arc::new(Schema::new(stream.columns.iter().map(field).collect::<Vec<_>>()));
        StreamTable { tap, stream: Arc::new(stream), schema }
    }
}

#[async_trait]
impl TableProvider for StreamTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        limit: Option<usize>,
    ) -> Planned<Arc<dyn ExecutionPlan>> {
        let select = projection.cloned().unwrap_or_else(|| (0..self.stream.columns.len()).collect());
        let schema = Arc::new(self.schema.project(&select)?);
        let doing = Doing { tap: self.tap.clone(), stream: self.stream.clone(), select, limit };
        Ok(Arc::new(RowsScan::new(doing, schema)))
    }
}

/// What a scan does.
#[derive(Clone, Debug)]
struct Doing {
    tap: Arc<Tap>,
    stream: Arc<Stream>,
    /// Columns by their place in the stream.
    select: Vec<usize>,
    /// Rows after which the program is ended.
    limit: Option<usize>,
}

#[async_trait]
impl Rows for Doing {
    fn name(&self) -> &'static str {
        "ProgramScan"
    }

    fn say(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "ProgramScan: {}.{}, asked=[the whole stream]", self.tap.name, self.stream.name)?;
        self.limit.iter().try_for_each(|limit| write!(f, ", limit={limit}"))
    }

    async fn begin(&self, schema: SchemaRef, counts: Counts) -> Result<Box<dyn Going>> {
        Ok(Box::new(Reader::begin(self.clone(), schema, counts).await?))
    }
}

struct Reader {
    doing: Doing,
    schema: SchemaRef,
    counts: Counts,
    /// `None` = the program has given all that is wanted.
    reading: Option<Reading>,
    rows_left: usize,
}

impl Reader {
    async fn begin(doing: Doing, schema: SchemaRef, counts: Counts) -> Result<Reader> {
        let rows_left = doing.limit.unwrap_or(usize::MAX);
        let reading = match rows_left {
            0 => None,
            _ => {
                counts.requests.add(1);
                Some(Reading::begin(doing.tap.clone(), &doing.stream, Way::Whole, false).await?)
            }
        };
        Ok(Reader { doing, schema, counts, reading, rows_left })
    }
}

#[async_trait]
impl Going for Reader {
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        let Doing { tap, stream, select, .. } = &self.doing;
        let wanted: Vec<_> = select.iter().filter_map(|place| stream.columns.get(*place)).collect();
        let mut columns: Vec<Column> = wanted.iter().map(|(_, kind)| Column::of(*kind)).collect();
        let (mut rows, mut bytes) = (0, 0);
        let table = format!("{}.{}", tap.name, stream.name);
        while let Some(reading) = self.reading.as_mut().filter(|_| rows < BATCH && bytes < BATCH_BYTES) {
            let row = match reading.next().await? {
                Some(Said::Row(row)) => row,
                Some(Said::State(_)) => continue,
                None => {
                    self.reading = None;
                    break;
                }
            };
            push(&mut columns, &wanted, &row, tap, &table)?;
            (rows, bytes, self.rows_left) = (rows + 1, bytes + row.get().len(), self.rows_left - 1);
            if self.rows_left == 0 {
                self.reading = None;
            }
        }
        if rows == 0 {
            return Ok(None);
        }
        self.counts.bytes.add(bytes);
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let arrays = columns.iter_mut().map(Column::finish).collect();
        let batch = RecordBatch::try_new_with_options(self.schema.clone(), arrays, &options);
        batch.map(Some).map_err(|e| Error::internal("rows of a program do not fit together", e))
    }
}

fn push(
    columns: &mut [Column],
    wanted: &[&(String, JsonKind)],
    row: &RawValue,
    tap: &Tap,
    table: &str,
) -> Result<()> {
    let row: HashMap<String, &RawValue> =
        serde_json::from_str(row.get()).map_err(|_| fault::answer(&tap.name, "a row is not an object"))?;
    let cell = usize::try_from(tap.limits.cell_bytes).unwrap_or(usize::MAX);
    for (column, (name, _)) in columns.iter_mut().zip(wanted) {
        let raw = row.get(name).map(|raw| raw.get());
        if let Some(raw) = raw.filter(|raw| raw.len() > cell) {
            return Err(large_cell(table, name, raw.len(), cell));
        }
        column.push(raw).map_err(|kind| misfit(table, name, kind))?;
    }
    Ok(())
}
