//! Files of lines as DataFusion reads files: a source, whose decoder is ours. A file is read from its beginning to its end by one
//! reader, since a line break may stand within a value.

use super::csv::{CsvLines, Dialected};
use super::fault;
use super::ndjson::{Holds, JsonLines};
use crate::error::Result;
use bytes::Bytes;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileOpenFuture, FileOpener, FileScanConfig, FileSource};
use datafusion::datasource::projection::{ProjectionOpener, SplitProjection};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::{DataFusionError, Result as Planned};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::projection::ProjectionExprs;
use datafusion::physical_plan::apply_expression_roots;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use object_store::{ObjectStore, ObjectStoreExt};
use std::sync::Arc;

/// How lines are written.
#[derive(Clone, Debug)]
pub(super) enum Written {
    Csv(Dialected),
    /// What the columns hold, in the order of the table's.
    Json(Arc<Vec<Holds>>),
}

/// Turns bytes into rows.
pub(super) trait Lines: Send {
    /// Takes bytes; gives how many it took. Less than all = it is full.
    fn take(&mut self, bytes: &[u8]) -> Result<usize>;

    /// There is no more.
    fn end(&mut self) -> Result<()>;

    /// The rows that it has; `None` = none.
    fn flush(&mut self) -> Result<Option<RecordBatch>>;
}

/// See the module.
#[derive(Clone)]
pub(super) struct TextSource {
    connection: String,
    written: Written,
    line_max: usize,
    table_schema: TableSchema,
    projection: SplitProjection,
    batch_rows: usize,
    metrics: ExecutionPlanMetricsSet,
}

impl TextSource {
    pub fn new(connection: &str, written: Written, line_max: usize, table_schema: TableSchema) -> TextSource {
        TextSource {
            connection: connection.into(),
            written,
            line_max,
            projection: SplitProjection::unprojected(&table_schema),
            table_schema,
            batch_rows: 8_192,
            metrics: ExecutionPlanMetricsSet::new(),
        }
    }
}

impl FileSource for TextSource {
    fn create_file_opener(
        &self,
        store: Arc<dyn ObjectStore>,
        _: &FileScanConfig,
        _: usize,
    ) -> Planned<Arc<dyn FileOpener>> {
        let places = self.projection.file_indices.clone();
        let opener = Opener {
            connection: self.connection.clone(),
            written: self.written.clone(),
            line_max: self.line_max,
            schema: self.table_schema.file_schema().clone(),
            places,
            batch_rows: self.batch_rows,
            store,
        };
        ProjectionOpener::try_new(self.projection.clone(), Arc::new(opener), self.table_schema.file_schema())
    }

    fn table_schema(&self) -> &TableSchema {
        &self.table_schema
    }

    fn with_batch_size(&self, batch_rows: usize) -> Arc<dyn FileSource> {
        Arc::new(TextSource { batch_rows, ..self.clone() })
    }

    fn try_pushdown_projection(&self, projection: &ProjectionExprs) -> Planned<Option<Arc<dyn FileSource>>> {
        let merged = self.projection.source.try_merge(projection)?;
        let projection = SplitProjection::new(self.table_schema.file_schema(), &merged);
        Ok(Some(Arc::new(TextSource { projection, ..self.clone() })))
    }

    fn projection(&self) -> Option<&ProjectionExprs> {
        Some(&self.projection.source)
    }

    fn metrics(&self) -> &ExecutionPlanMetricsSet {
        &self.metrics
    }

    fn file_type(&self) -> &str {
        match self.written {
            Written::Csv(_) => "csv",
            Written::Json(_) => "ndjson",
        }
    }

    fn supports_repartitioning(&self) -> bool {
        false
    }

    fn apply_expressions(
        &self,
        visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Planned<TreeNodeRecursion>,
    ) -> Planned<TreeNodeRecursion> {
        apply_expression_roots(self.projection.source.iter(), visit)
    }
}

struct Opener {
    connection: String,
    written: Written,
    line_max: usize,
    /// Of the whole file.
    schema: SchemaRef,
    /// The columns that are wanted of it.
    places: Vec<usize>,
    batch_rows: usize,
    store: Arc<dyn ObjectStore>,
}

impl Opener {
    fn lines(&self, file: &str) -> Planned<Box<dyn Lines>> {
        let place = (self.connection.clone(), file.to_string());
        Ok(match &self.written {
            Written::Csv(dialect) => {
                let lines = CsvLines::new(place, *dialect, &self.schema, &self.places, self.batch_rows);
                Box::new(lines)
            }
            Written::Json(holds) => {
                let schema = Arc::new(self.schema.project(&self.places)?);
                let holds = self.places.iter().filter_map(|place| holds.get(*place).copied()).collect();
                Box::new(JsonLines::new(place, schema, holds, self.batch_rows, self.line_max))
            }
        })
    }
}

impl FileOpener for Opener {
    fn open(&self, file: PartitionedFile) -> Planned<FileOpenFuture> {
        let (store, connection) = (self.store.clone(), self.connection.clone());
        let location = file.object_meta.location.clone();
        let lines = self.lines(location.as_ref())?;
        Ok(Box::pin(async move {
            let failed = move |e: object_store::Error| fault::of_store(&connection, location.as_ref(), &e);
            let got = store.get(&file.object_meta.location).await.map_err(|e| external(failed(e)))?;
            let bytes = got.into_stream().map_err(failed).boxed();
            Ok(batches(bytes, lines).map_err(external).boxed())
        }))
    }
}

fn external(error: crate::error::Error) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

/// Where the decoding of a file stands.
struct Going {
    bytes: BoxStream<'static, Result<Bytes>>,
    lines: Box<dyn Lines>,
    left: Bytes,
    over: bool,
}

fn batches(
    bytes: BoxStream<'static, Result<Bytes>>,
    lines: Box<dyn Lines>,
) -> BoxStream<'static, Result<RecordBatch>> {
    let going = Going { bytes, lines, left: Bytes::new(), over: false };
    stream::try_unfold(going, |mut going| async move {
        loop {
            if going.left.is_empty() && !going.over {
                match going.bytes.next().await {
                    Some(piece) => going.left = piece?,
                    None => {
                        going.over = true;
                        going.lines.end()?;
                    }
                }
                if !going.over && going.left.is_empty() {
                    continue;
                }
            }
            let taken = going.lines.take(&going.left)?;
            going.left = going.left.slice(taken..);
            if going.left.is_empty() && !going.over {
                continue;
            }
            match going.lines.flush()? {
                Some(batch) => return Ok(Some((batch, going))),
                None if going.over && going.left.is_empty() => return Ok(None),
                None => {}
            }
        }
    })
    .boxed()
}
