//! `catalog.<name>` in SQL: the items as they are at the moment of the query, streamed from the store.

use crate::tabular::value_text;
use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::catalog::TableProvider;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use kith_core::id::SourceName;
use kith_live::{ColumnKind, Item, Live, LiveError};
use serde_json::Value;
use std::fmt;
use std::sync::Arc;

/// Items of one batch.
const BATCH: usize = 4_096;
/// Kith's own columns, before the catalogue's.
const OWN: [&str; 4] = ["_key", "_gone", "_changed_at", "_position"];

/// The name of the schema.
pub(crate) const SCHEMA: &str = "catalog";

/// The table of a catalogue, empty where it has no item yet.
pub(crate) fn provider(live: &Live, name: &SourceName) -> Result<Arc<dyn TableProvider>> {
    let columns = live.catalog(name).map_err(external)?.unwrap_or_default().columns;
    // A column of the catalogue that is called like one of ours is in its rows, and not in SQL.
    let columns: Vec<_> = columns.into_iter().filter(|(name, _)| !OWN.contains(&name.as_str())).collect();
    let time = DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()));
    let own = [DataType::Utf8, DataType::Boolean, time, DataType::Int64];
    let mut fields: Vec<Field> =
        OWN.iter().zip(own).map(|(name, kind)| Field::new(*name, kind, false)).collect();
    fields.extend(columns.iter().map(|(name, kind)| Field::new(name, data_type(*kind), true)));
    let schema = Arc::new(Schema::new(fields));
    let items = Items { live: live.clone(), name: name.clone(), schema: schema.clone(), columns };
    Ok(Arc::new(StreamingTable::try_new(schema, vec![Arc::new(items)])?))
}

fn data_type(kind: ColumnKind) -> DataType {
    match kind {
        ColumnKind::Truth => DataType::Boolean,
        ColumnKind::Whole => DataType::Int64,
        ColumnKind::Number => DataType::Float64,
        ColumnKind::Text | ColumnKind::Nothing => DataType::Utf8,
    }
}

fn external(error: LiveError) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

struct Items {
    live: Live,
    name: SourceName,
    schema: SchemaRef,
    columns: Vec<(String, ColumnKind)>,
}

impl fmt::Debug for Items {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the items of {}", self.name.as_str())
    }
}

impl PartitionStream for Items {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let mut items = self.live.items(&self.name);
        let (schema, columns) = (self.schema.clone(), self.columns.clone());
        let batches = std::iter::from_fn(move || {
            let next: std::result::Result<Vec<Item>, LiveError> = items.by_ref().take(BATCH).collect();
            match next {
                Ok(items) if items.is_empty() => None,
                Ok(items) => Some(batch(&schema, &columns, &items)),
                Err(error) => Some(Err(external(error))),
            }
        });
        Box::pin(RecordBatchStreamAdapter::new(self.schema.clone(), futures::stream::iter(batches)))
    }
}

fn batch(schema: &SchemaRef, columns: &[(String, ColumnKind)], items: &[Item]) -> Result<RecordBatch> {
    let changed = items.iter().map(|item| item.changed_at_ms);
    let mut arrays: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(items.iter().map(|item| &item.id))),
        Arc::new(items.iter().map(|item| Some(item.gone)).collect::<BooleanArray>()),
        Arc::new(TimestampMillisecondArray::from_iter_values(changed).with_timezone("UTC")),
        Arc::new(Int64Array::from_iter_values(items.iter().map(|item| item.position.0 as i64))),
    ];
    for (name, kind) in columns {
        let values = items.iter().map(|item| item.row.get(name));
        arrays.push(match kind {
            ColumnKind::Truth => Arc::new(values.map(|v| v?.as_bool()).collect::<BooleanArray>()),
            ColumnKind::Whole => Arc::new(values.map(|v| v?.as_i64()).collect::<Int64Array>()),
            ColumnKind::Number => Arc::new(values.map(|v| v?.as_f64()).collect::<Float64Array>()),
            ColumnKind::Text | ColumnKind::Nothing => {
                let texts = values.map(|v: Option<&Value>| v.and_then(value_text));
                Arc::new(texts.collect::<StringArray>())
            }
        });
    }
    Ok(RecordBatch::try_new(schema.clone(), arrays)?)
}
