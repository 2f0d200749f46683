//! Tickets, and what goes with them.

use super::admit::Admitted;
use super::{Flight, refusal};
use arrow_flight::sql::{Any, TicketStatementQuery};
use arrow_flight::{
    CancelStatus, FlightDescriptor, FlightEndpoint, FlightInfo, IpcMessage, SchemaAsIpc, Ticket,
};
use kith_engine::arrow::datatypes::{DataType, Field, FieldRef, Schema};
use kith_engine::arrow::ipc::writer::IpcWriteOptions;
use prost::Message;
use tonic::metadata::MetadataMap;
use tonic::{Response, Status};

/// Columns as they are sent, the same in every message, since clients compare: each may hold NULL, and no dictionaries.
pub(super) fn sent(schema: &Schema) -> Schema {
    let field = |field: &FieldRef| match field.data_type() {
        DataType::Dictionary(_, value) => Field::new(field.name(), value.as_ref().clone(), true),
        kind => Field::new(field.name(), kind.clone(), true),
    };
    Schema::new(schema.fields().iter().map(field).collect::<Vec<_>>())
}

/// What a query gives, and where: here, for this ticket.
pub(super) fn info(
    schema: &Schema,
    ticket: Vec<u8>,
    asked: FlightDescriptor,
) -> Result<Response<FlightInfo>, Status> {
    let endpoint = FlightEndpoint::new().with_ticket(Ticket::new(ticket));
    let info = FlightInfo::new().try_with_schema(schema).map_err(|e| refusal::unwritable(&e))?;
    Ok(Response::new(info.with_endpoint(endpoint).with_descriptor(asked)))
}

pub(super) fn encoded(schema: &Schema) -> Result<prost::bytes::Bytes, Status> {
    let message: Result<IpcMessage, _> = SchemaAsIpc::new(schema, &IpcWriteOptions::default()).try_into();
    message.map(|message| message.0).map_err(|e| refusal::unwritable(&e))
}

/// A ticket's parts: the query's name and its text.
pub(super) fn parts(handle: &[u8]) -> Result<(String, String), Status> {
    let text = std::str::from_utf8(handle).ok().and_then(|text| text.split_once(' '));
    let (name, sql) =
        text.ok_or_else(|| Status::invalid_argument("this ticket is not one of this server"))?;
    Ok((name.to_string(), sql.to_string()))
}

pub(super) fn built<E: std::fmt::Display>(error: E) -> Status {
    Status::internal(error.to_string())
}

impl Flight {
    pub(super) async fn who(&self, head: &MetadataMap) -> Result<Admitted, Status> {
        self.admission.of(head).await
    }

    /// Ends the query of a ticket, if it is this user's.
    pub(super) fn cancel(&self, user: &Admitted, info: &FlightInfo) -> CancelStatus {
        let tickets = info.endpoint.iter().filter_map(|endpoint| endpoint.ticket.as_ref());
        let mut ended = CancelStatus::NotCancellable;
        for ticket in tickets {
            let statement = Any::decode(&*ticket.ticket).ok();
            let statement = statement.and_then(|any| any.unpack::<TicketStatementQuery>().ok().flatten());
            let Some((name, _)) = statement.and_then(|ticket| parts(&ticket.statement_handle).ok()) else {
                continue;
            };
            if let Some(query) = self.fetching.running(&name, &user.name)
                && self.app.project().end_query(&self.subject(user), &query).is_ok()
            {
                ended = CancelStatus::Cancelled;
            }
        }
        ended
    }
}
