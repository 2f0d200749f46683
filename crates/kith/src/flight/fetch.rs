//! Rows on their way to a client, and queries that it can end.

use super::admit::{Admitted, owner, random};
use super::ticket::sent;
use super::{Flight, refusal};
use arrow_flight::FlightData;
use arrow_flight::encode::FlightDataEncoderBuilder;
use arrow_flight::error::FlightError;
use futures::{Stream, StreamExt, stream};
use kith_core::govern::{Door, Subject};
use kith_engine::arrow::array::{ArrayRef, RecordBatch};
use kith_engine::exec::Rows;
use kith_engine::{Limits, Session};
use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tonic::{Response, Status};

/// What a ticket gives.
pub type Sent = Pin<Box<dyn Stream<Item = Result<FlightData, Status>> + Send>>;

/// As over the wire.
const TIME_MAX: Duration = Duration::from_secs(60 * 60);

/// The queries that run, by the name that their ticket gave them.
#[derive(Default)]
pub struct Fetching(Mutex<HashMap<String, (String, String)>>);

impl Fetching {
    fn all(&self) -> std::sync::MutexGuard<'_, HashMap<String, (String, String)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The engine's name of a query, for whoever began it.
    pub(super) fn running(&self, name: &str, user: &str) -> Option<String> {
        self.all().get(name).filter(|(began, _)| owner(began, user)).map(|(_, query)| query.clone())
    }
}

/// Takes a query out of those that run when its rows are dropped.
struct Entry {
    fetching: Arc<Fetching>,
    name: String,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.fetching.all().remove(&self.name);
    }
}

/// A name for a query, by which it can be ended.
pub(super) fn name() -> Result<String, Status> {
    let bytes = random::<16>().ok_or_else(|| Status::internal("the system gives no random numbers"))?;
    Ok(kith_core::hex(bytes))
}

impl Flight {
    pub(super) fn subject(&self, who: &Admitted) -> Subject {
        let tenant = self.app.project().config().project.tenant.clone();
        Subject { purpose: who.purpose.clone(), ..who.standing.subject(&who.name, tenant, Door::Flight) }
    }

    pub(super) fn session(&self, who: &Admitted) -> Result<Session, Status> {
        self.app.project().session(&self.subject(who)).map_err(|e| refusal::of(&e))
    }

    /// Begins a query and sends its rows as they come. The stream, dropped, ends it.
    pub(super) async fn fetch(
        &self,
        user: &Admitted,
        name: String,
        sql: &str,
        values: Vec<ArrayRef>,
    ) -> Result<Response<Sent>, Status> {
        let limits = Limits { rows_max: usize::MAX, time_max: TIME_MAX, ..Limits::default() };
        let rows =
            self.session(user)?.stream_with(sql, values, &limits).await.map_err(|e| refusal::of(&e))?;
        self.fetching.all().insert(name.clone(), (user.name.clone(), rows.id().to_string()));
        let entry = Entry { fetching: self.fetching.clone(), name };
        let schema = Arc::new(sent(rows.schema()));
        let batches = stream::unfold((rows, entry), |(mut rows, entry): (Rows, Entry)| async move {
            let next = rows.next().await?;
            Some((next.map_err(|e| FlightError::from(refusal::of(&e))), (rows, entry)))
        });
        Ok(Response::new(encoded(FlightDataEncoderBuilder::new().with_schema(schema).build(batches))))
    }
}

fn encoded(data: impl Stream<Item = Result<FlightData, FlightError>> + Send + 'static) -> Sent {
    data.map(|part| part.map_err(Status::from)).boxed()
}

/// One batch that was computed here.
pub(super) fn whole(batch: RecordBatch) -> Response<Sent> {
    let schema = batch.schema();
    let batches = stream::iter([Ok(batch)]);
    Response::new(encoded(FlightDataEncoderBuilder::new().with_schema(schema).build(batches)))
}
