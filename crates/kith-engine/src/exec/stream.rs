//! A query's rows as they come.

use super::running::{FallsWithMe, Place, Watch, late, stopped};
use super::{Answer, Limits, sql_error};
use crate::error::{Error, Result};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::prelude::DataFrame;
use futures::StreamExt;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Batches that wait for whoever fetches them.
const WAITING_MAX: usize = 2;

enum Part {
    Begun(SchemaRef),
    Batch(RecordBatch),
    Truncated,
    Failed(Error),
}

/// The rows of a query that runs. Dropped, it stops.
#[derive(Debug)]
pub struct Rows {
    id: String,
    schema: SchemaRef,
    parts: mpsc::Receiver<Part>,
    truncated: bool,
    _falls: FallsWithMe,
}

impl std::fmt::Debug for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a part of an answer")
    }
}

impl Rows {
    /// The query's name, by which it can be ended.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The columns.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// True, once all rows have come, if there were more than the limit.
    pub fn truncated(&self) -> bool {
        self.truncated
    }

    /// The next rows; `None` = these were all.
    pub async fn next(&mut self) -> Option<Result<RecordBatch>> {
        match self.parts.recv().await? {
            Part::Batch(batch) => Some(Ok(batch)),
            Part::Failed(error) => Some(Err(error)),
            Part::Truncated => {
                self.truncated = true;
                None
            }
            Part::Begun(_) => Some(Err(Error::internal("a query began twice", "in its own channel"))),
        }
    }

    /// All of them.
    pub async fn collect(mut self) -> Result<Answer> {
        let mut batches = Vec::new();
        while let Some(batch) = self.next().await {
            batches.push(batch?);
        }
        Ok(Answer { schema: self.schema, batches, truncated: self.truncated })
    }
}

/// Begins a query on the engine's threads and waits until it is planned. It is watched from another thread, since those of the
/// engine may all be busy with what is to be ended.
pub(crate) async fn begin(
    runtime: &Runtime,
    watch: &Watch,
    frame: impl Future<Output = Result<DataFrame>> + Send + 'static,
    place: Place,
    falls: FallsWithMe,
    limits: &Limits,
) -> Result<Rows> {
    let (send, mut parts) = mpsc::channel(WAITING_MAX);
    let (id, stop, time_max) = (place.id().to_string(), falls.0.clone(), limits.time_max);
    let work = runtime.spawn(feed(frame, place, limits.rows_max, send.clone()));
    watch.spawn(async move {
        let mut work = AbortedWithMe(work);
        let ended = tokio::select! {
            done = &mut work.0 => done.unwrap_or_else(|panic| Err(Error::internal("a query ended by a panic", panic))),
            why = stop.fallen() => Err(stopped(why)),
            () = tokio::time::sleep(time_max) => Err(late(time_max)),
        };
        drop(work);
        if let Err(error) = ended {
            // Nobody there to hear it is no harm.
            let _ = send.send(Part::Failed(error)).await;
        }
    });
    match parts.recv().await {
        Some(Part::Begun(schema)) => Ok(Rows { id, schema, parts, truncated: false, _falls: falls }),
        Some(Part::Failed(error)) => Err(error),
        _ => Err(Error::internal("a query gave no answer", "its channel was closed")),
    }
}

struct AbortedWithMe(JoinHandle<Result<()>>);

impl Drop for AbortedWithMe {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn feed(
    frame: impl Future<Output = Result<DataFrame>>,
    place: Place,
    rows_max: usize,
    send: mpsc::Sender<Part>,
) -> Result<()> {
    let mut batches = frame.await?.execute_stream().await.map_err(|e| sql_error::convert(&e))?;
    let gone = |_| stopped(super::running::Reason::Left);
    send.send(Part::Begun(batches.schema())).await.map_err(gone)?;
    let mut room = rows_max;
    while let Some(batch) = batches.next().await {
        let batch = batch.map_err(|e| sql_error::convert(&e))?;
        let rows = batch.num_rows().min(room);
        place.gave(rows);
        let cut = rows < batch.num_rows();
        if rows > 0 {
            send.send(Part::Batch(if cut { batch.slice(0, rows) } else { batch })).await.map_err(gone)?;
        }
        if cut {
            return send.send(Part::Truncated).await.map_err(gone);
        }
        room -= rows;
    }
    Ok(())
}
