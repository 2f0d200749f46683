//! What clients ask for, request by request.
//!
//! A ticket holds a random name, by which the query can be ended, and the query's text: whoever brings it asks as himself, so it
//! lets nobody read what he may not read anyway.

use super::fetch::{self, Sent, whole};
use super::ticket::{built, encoded, info, parts, sent};
use super::{Flight, catalog, prepared, refusal};
use arrow_flight::decode::FlightRecordBatchStream;
use arrow_flight::error::FlightError;
use arrow_flight::flight_service_server::FlightService;
use arrow_flight::sql::server::{FlightSqlService, PeekableFlightDataStream};
use arrow_flight::sql::{
    ActionClosePreparedStatementRequest, ActionCreatePreparedStatementRequest,
    ActionCreatePreparedStatementResult, CommandGetCatalogs, CommandGetDbSchemas, CommandGetSqlInfo,
    CommandGetTableTypes, CommandGetTables, CommandPreparedStatementQuery, CommandPreparedStatementUpdate,
    CommandStatementIngest, CommandStatementQuery, CommandStatementUpdate, DoPutPreparedStatementResult,
    ProstMessageExt, SqlInfo, TicketStatementQuery,
};
use arrow_flight::{
    Action, ActionType, CancelFlightInfoRequest, CancelFlightInfoResult, CancelStatus, FlightDescriptor,
    FlightInfo, HandshakeRequest, HandshakeResponse, Ticket,
};
use futures::{Stream, StreamExt, TryStreamExt};
use prost::Message;
use std::pin::Pin;
use tonic::metadata::MetadataValue;
use tonic::{Request, Response, Status, Streaming};

/// Ends a query whose ticket is known.
const CANCEL: &str = "CancelFlightInfo";

type Handshaken = Pin<Box<dyn Stream<Item = Result<HandshakeResponse, Status>> + Send>>;

#[tonic::async_trait]
impl FlightSqlService for Flight {
    type FlightService = Flight;

    async fn do_handshake(
        &self,
        request: Request<Streaming<HandshakeRequest>>,
    ) -> Result<Response<Handshaken>, Status> {
        let token = self.admission.sign_in(request.metadata()).await?;
        let answer = HandshakeResponse { protocol_version: 0, payload: token.clone().into() };
        let mut response: Response<Handshaken> = Response::new(futures::stream::iter([Ok(answer)]).boxed());
        let value = MetadataValue::try_from(format!("Bearer {token}")).map_err(built)?;
        response.metadata_mut().insert("authorization", value);
        Ok(response)
    }

    async fn get_flight_info_statement(
        &self,
        query: CommandStatementQuery,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        let user = self.who(request.metadata()).await?;
        let described =
            self.session(&user)?.describe(&query.query, Vec::new()).await.map_err(|e| refusal::of(&e))?;
        let handle = format!("{} {}", fetch::name()?, query.query).into_bytes().into();
        let ticket = TicketStatementQuery { statement_handle: handle };
        info(&sent(&described.schema), ticket.as_any().encode_to_vec(), request.into_inner())
    }

    async fn do_get_statement(
        &self,
        ticket: TicketStatementQuery,
        request: Request<Ticket>,
    ) -> Result<Response<Sent>, Status> {
        let user = self.who(request.metadata()).await?;
        let (name, sql) = parts(&ticket.statement_handle)?;
        self.fetch(&user, name, &sql, Vec::new()).await
    }

    async fn do_action_create_prepared_statement(
        &self,
        query: ActionCreatePreparedStatementRequest,
        request: Request<Action>,
    ) -> Result<ActionCreatePreparedStatementResult, Status> {
        let user = self.who(request.metadata()).await?;
        let described =
            self.session(&user)?.describe(&query.query, Vec::new()).await.map_err(|e| refusal::of(&e))?;
        let (dataset_schema, parameters) =
            (encoded(&sent(&described.schema))?, prepared::parameters(&described));
        let parameter_schema = encoded(&parameters)?;
        let handle = fetch::name()?;
        self.kept.keep(&user.name, handle.clone(), query.query, described)?;
        let prepared_statement_handle = handle.into_bytes().into();
        Ok(ActionCreatePreparedStatementResult {
            prepared_statement_handle,
            dataset_schema,
            parameter_schema,
        })
    }

    async fn do_action_close_prepared_statement(
        &self,
        query: ActionClosePreparedStatementRequest,
        request: Request<Action>,
    ) -> Result<(), Status> {
        let user = self.who(request.metadata()).await?;
        self.kept.close(&user.name, &query.prepared_statement_handle);
        Ok(())
    }

    async fn do_put_prepared_statement_query(
        &self,
        query: CommandPreparedStatementQuery,
        request: Request<PeekableFlightDataStream>,
    ) -> Result<DoPutPreparedStatementResult, Status> {
        let user = self.who(request.metadata()).await?;
        let handle = query.prepared_statement_handle;
        let kept = self.kept.get(&user.name, &handle)?;
        let data = request.into_inner().map_err(FlightError::from);
        // Two batches are enough to see that there is more than one row.
        let batches: Vec<_> = FlightRecordBatchStream::new_from_flight_data(data)
            .take(2)
            .try_collect()
            .await
            .map_err(Status::from)?;
        self.kept.bind(&user.name, &handle, prepared::values(&kept.described, &batches)?)?;
        Ok(DoPutPreparedStatementResult { prepared_statement_handle: Some(handle) })
    }

    async fn get_flight_info_prepared_statement(
        &self,
        query: CommandPreparedStatementQuery,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        let user = self.who(request.metadata()).await?;
        let kept = self.kept.get(&user.name, &query.prepared_statement_handle)?;
        info(&sent(&kept.described.schema), query.as_any().encode_to_vec(), request.into_inner())
    }

    async fn do_get_prepared_statement(
        &self,
        query: CommandPreparedStatementQuery,
        request: Request<Ticket>,
    ) -> Result<Response<Sent>, Status> {
        let user = self.who(request.metadata()).await?;
        let kept = self.kept.get(&user.name, &query.prepared_statement_handle)?;
        self.fetch(&user, fetch::name()?, &kept.sql, kept.values).await
    }

    async fn get_flight_info_catalogs(
        &self,
        query: CommandGetCatalogs,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        self.who(request.metadata()).await?;
        info(&query.into_builder().schema(), query.as_any().encode_to_vec(), request.into_inner())
    }

    async fn do_get_catalogs(
        &self,
        query: CommandGetCatalogs,
        request: Request<Ticket>,
    ) -> Result<Response<Sent>, Status> {
        self.who(request.metadata()).await?;
        let mut builder = query.into_builder();
        builder.append(catalog::CATALOG);
        Ok(whole(builder.build().map_err(built)?))
    }

    async fn get_flight_info_schemas(
        &self,
        query: CommandGetDbSchemas,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        self.who(request.metadata()).await?;
        let ticket = query.as_any().encode_to_vec();
        info(&query.into_builder().schema(), ticket, request.into_inner())
    }

    async fn do_get_schemas(
        &self,
        query: CommandGetDbSchemas,
        request: Request<Ticket>,
    ) -> Result<Response<Sent>, Status> {
        let user = self.who(request.metadata()).await?;
        self.schemas(&user, query).await.map(whole)
    }

    async fn get_flight_info_tables(
        &self,
        query: CommandGetTables,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        self.who(request.metadata()).await?;
        let ticket = query.as_any().encode_to_vec();
        info(&query.into_builder().schema(), ticket, request.into_inner())
    }

    async fn do_get_tables(
        &self,
        query: CommandGetTables,
        request: Request<Ticket>,
    ) -> Result<Response<Sent>, Status> {
        let user = self.who(request.metadata()).await?;
        self.tables(&user, query).await.map(whole)
    }

    async fn get_flight_info_table_types(
        &self,
        query: CommandGetTableTypes,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        self.who(request.metadata()).await?;
        info(&query.into_builder().schema(), query.as_any().encode_to_vec(), request.into_inner())
    }

    async fn do_get_table_types(
        &self,
        query: CommandGetTableTypes,
        request: Request<Ticket>,
    ) -> Result<Response<Sent>, Status> {
        self.who(request.metadata()).await?;
        let mut builder = query.into_builder();
        catalog::TABLE_TYPES.iter().for_each(|kind| builder.append(kind));
        Ok(whole(builder.build().map_err(built)?))
    }

    async fn get_flight_info_sql_info(
        &self,
        query: CommandGetSqlInfo,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        self.who(request.metadata()).await?;
        let ticket = query.as_any().encode_to_vec();
        info(&query.into_builder(&catalog::about()?).schema(), ticket, request.into_inner())
    }

    async fn do_get_sql_info(
        &self,
        query: CommandGetSqlInfo,
        request: Request<Ticket>,
    ) -> Result<Response<Sent>, Status> {
        self.who(request.metadata()).await?;
        Ok(whole(query.into_builder(&catalog::about()?).build().map_err(built)?))
    }

    async fn do_put_statement_update(
        &self,
        _: CommandStatementUpdate,
        request: Request<PeekableFlightDataStream>,
    ) -> Result<i64, Status> {
        self.who(request.metadata()).await?;
        Err(refusal::read_only())
    }

    async fn do_put_statement_ingest(
        &self,
        _: CommandStatementIngest,
        request: Request<PeekableFlightDataStream>,
    ) -> Result<i64, Status> {
        self.who(request.metadata()).await?;
        Err(refusal::read_only())
    }

    async fn do_put_prepared_statement_update(
        &self,
        _: CommandPreparedStatementUpdate,
        request: Request<PeekableFlightDataStream>,
    ) -> Result<i64, Status> {
        self.who(request.metadata()).await?;
        Err(refusal::read_only())
    }

    async fn do_action_fallback(
        &self,
        request: Request<Action>,
    ) -> Result<Response<<Self as FlightService>::DoActionStream>, Status> {
        let user = self.who(request.metadata()).await?;
        let action = request.into_inner();
        if action.r#type != CANCEL {
            return Err(Status::invalid_argument(format!("there is no action {:?} here", action.r#type)));
        }
        let asked = CancelFlightInfoRequest::decode(&*action.body)
            .map_err(|_| Status::invalid_argument("the request to end a query can not be read"))?;
        let ended = asked.info.map_or(CancelStatus::NotCancellable, |info| self.cancel(&user, &info));
        let body = CancelFlightInfoResult { status: ended as i32 }.encode_to_vec().into();
        Ok(Response::new(futures::stream::iter([Ok(arrow_flight::Result { body })]).boxed()))
    }

    async fn list_custom_actions(&self) -> Option<Vec<Result<ActionType, Status>>> {
        let description = "Ends a query.\nRequest message: CancelFlightInfoRequest\nResponse message: CancelFlightInfoResult";
        Some(vec![Ok(ActionType { r#type: CANCEL.into(), description: description.into() })])
    }

    async fn register_sql_info(&self, _: i32, _: &SqlInfo) {}
}
