//! One table of a server of Flight SQL.

use super::super::fault;
use super::super::meter::Allowance;
use super::super::rows::{Counts, Going, Rows, RowsScan, fitted};
use super::reach::Client;
use super::schema::{Facts, FlightServer};
use crate::error::Result;
use arrow_flight::Ticket;
use arrow_flight::decode::FlightRecordBatchStream;
use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::Result as Planned;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use futures::StreamExt;
use std::fmt;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// See the module.
#[derive(Debug)]
pub(super) struct FlightTable {
    server: Arc<FlightServer>,
    facts: Arc<Facts>,
}

impl FlightTable {
    pub fn new(server: Arc<FlightServer>, facts: Facts) -> FlightTable {
        FlightTable { server, facts: Arc::new(facts) }
    }
}

#[async_trait]
impl TableProvider for FlightTable {
    fn schema(&self) -> SchemaRef {
        self.facts.schema.clone()
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
        let schema = &self.facts.schema;
        let select = projection.cloned().unwrap_or_else(|| (0..schema.fields().len()).collect());
        let schema = Arc::new(schema.project(&select)?);
        let doing = Doing { server: self.server.clone(), facts: self.facts.clone(), select, limit };
        Ok(Arc::new(RowsScan::new(doing, schema)))
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// What a scan does.
#[derive(Clone, Debug)]
struct Doing {
    server: Arc<FlightServer>,
    facts: Arc<Facts>,
    /// Columns by their place in the table.
    select: Vec<usize>,
    limit: Option<usize>,
}

impl Doing {
    /// The question. Rows without columns are counted by the first one.
    fn sql(&self) -> String {
        let first = [0];
        let select = if self.select.is_empty() { &first[..] } else { &self.select };
        let columns: Vec<String> =
            select.iter().map(|place| quoted(self.facts.schema.field(*place).name())).collect();
        let (schema, table) = &self.facts.place;
        let of =
            if schema.is_empty() { quoted(table) } else { format!("{}.{}", quoted(schema), quoted(table)) };
        let limit = self.limit.map(|limit| format!(" LIMIT {limit}")).unwrap_or_default();
        format!("SELECT {} FROM {of}{limit}", columns.join(", "))
    }
}

#[async_trait]
impl Rows for Doing {
    fn name(&self) -> &'static str {
        "FlightScan"
    }

    fn say(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "FlightScan: {}.{}, asked=[{}]", self.server.name, self.facts.name, self.sql())
    }

    async fn begin(&self, schema: SchemaRef, counts: Counts) -> Result<Box<dyn Going>> {
        Ok(Box::new(Reader::begin(self.clone(), schema, counts).await?))
    }
}

struct Reader {
    doing: Doing,
    schema: SchemaRef,
    counts: Counts,
    client: Client,
    /// Parts of the answer that are still to be fetched.
    tickets: std::vec::IntoIter<Ticket>,
    rows: Option<FlightRecordBatchStream>,
    allowance: Allowance,
    bytes_left: u64,
    _place: OwnedSemaphorePermit,
}

impl Reader {
    async fn begin(doing: Doing, schema: SchemaRef, counts: Counts) -> Result<Reader> {
        let server = &doing.server;
        let mut allowance = Allowance::new(&server.name, server.limits);
        let place = allowance.wait(server.place()).await??;
        let mut client = allowance.wait(server.client()).await??;
        counts.requests.add(1);
        let info = allowance.wait(client.execute(doing.sql(), None)).await?;
        let info = info.map_err(|e| server.failed(&e))?;
        let tickets: Vec<Ticket> = info.endpoint.into_iter().filter_map(|endpoint| endpoint.ticket).collect();
        let (tickets, bytes_left) = (tickets.into_iter(), server.limits.bytes);
        Ok(Reader {
            doing,
            schema,
            counts,
            client,
            tickets,
            rows: None,
            allowance,
            bytes_left,
            _place: place,
        })
    }
}

#[async_trait]
impl Going for Reader {
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        let server = self.doing.server.clone();
        loop {
            let Some(rows) = &mut self.rows else {
                let Some(ticket) = self.tickets.next() else { return Ok(None) };
                let rows = self.allowance.wait(self.client.do_get(ticket)).await?;
                self.rows = Some(rows.map_err(|e| server.failed(&e))?);
                continue;
            };
            let Some(batch) = self.allowance.wait(rows.next()).await? else {
                self.rows = None;
                continue;
            };
            let batch = batch.map_err(|e| server.failed(&e))?;
            if batch.num_rows() == 0 {
                continue;
            }
            self.allowance.rows(batch.num_rows())?;
            let bytes = batch.get_array_memory_size();
            self.counts.bytes.add(bytes);
            let left = self.bytes_left.checked_sub(bytes as u64);
            self.bytes_left = left.ok_or_else(|| fault::too_many_rows(&server.name, &server.limits))?;
            return fitted(&batch, &self.schema).map(Some).ok_or_else(|| fault::changed(&server.name));
        }
    }
}
