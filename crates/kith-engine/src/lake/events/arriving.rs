//! What the tables of events do not hold yet, as rows: read from the log when a query runs.

use super::rows::Step;
use crate::error::{Error, Result};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::error::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use kith_core::id::Position;
use kith_live::LiveError;
use kith_live::events::Events;
use std::fmt;
use std::sync::Arc;

/// Entries of one batch.
const BATCH: usize = 4_096;

/// The rows of `event.event`, or of `event.ledger`, behind a position.
pub(crate) fn arriving(events: &Events, table: &str, since: Position) -> Result<Arc<dyn TableProvider>> {
    let ledger = table == super::ledger().name;
    let schema = of(Step::new(since, since), ledger)?.schema();
    let stream = Arriving { events: events.clone(), ledger, since, schema: schema.clone() };
    let table = StreamingTable::try_new(schema, vec![Arc::new(stream)]);
    Ok(Arc::new(table.map_err(|e| Error::internal("arriving events are no table", e))?))
}

fn of(step: Step, ledger: bool) -> Result<RecordBatch> {
    let (events, others) = step.finish()?;
    Ok(if ledger { others } else { events })
}

struct Arriving {
    events: Events,
    ledger: bool,
    since: Position,
    schema: SchemaRef,
}

impl fmt::Debug for Arriving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "events behind {}", self.since.0)
    }
}

impl Arriving {
    /// The log may have given up what the tables had taken over, after the table was opened and before it is read.
    fn gap(&self) -> Option<Error> {
        (self.events.log_first().0 > self.since.0 + 1).then(|| {
            let message = "the tables of events were written while the query began".to_string();
            Error::data("K-EVENT-PAST", message, "Ask again.")
        })
    }
}

fn external(error: Error) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

impl PartitionStream for Arriving {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let (ledger, mut last) = (self.ledger, self.since);
        let mut log = self.events.log_behind(last);
        let mut failed = self.gap();
        let batches = std::iter::from_fn(move || {
            if let Some(error) = failed.take() {
                return Some(Err(external(error)));
            }
            let mut step = Step::new(last, last);
            while step.entries < BATCH {
                match log.next() {
                    None if step.entries == 0 => return None,
                    None => break,
                    Some(Ok((position, entry))) => {
                        if let Err(error) = step.push(position, &entry) {
                            return Some(Err(external(error)));
                        }
                    }
                    // Found since opening: the ledger says so, with the entry behind it.
                    Some(Err(LiveError::Corrupt { .. })) => {}
                    Some(Err(error)) => return Some(Err(external(error.into()))),
                }
            }
            last = step.last;
            Some(of(step, ledger).map_err(external))
        });
        Box::pin(RecordBatchStreamAdapter::new(self.schema.clone(), futures::stream::iter(batches)))
    }
}
