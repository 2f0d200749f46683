//! One table of a ClickHouse server: its rows come in Arrow's stream format.

use super::super::fault;
use super::super::meter::Allowance;
use super::super::rest::Pieces;
use super::super::rows::{Counts, Going, Rows, RowsScan, fitted};
use super::schema::{Clickhouse, Facts, quoted};
use crate::error::Result;
use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::buffer::Buffer;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::ipc::reader::{StreamDecoder, StreamReader};
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::Result as Planned;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use std::fmt;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// The schema of an answer without rows.
pub(super) fn decoded(answer: &[u8]) -> Option<SchemaRef> {
    Some(StreamReader::try_new(answer, None).ok()?.schema())
}

/// What the server is asked. Rows without columns are counted by the first one.
pub(super) fn question(facts: &Facts, select: &[usize], limit: Option<usize>) -> String {
    let select = if select.is_empty() { &[0][..] } else { select };
    let column = |place: &usize| {
        let column = facts.columns.get(*place)?;
        Some(format!("{} AS {}", column.asked, quoted(&column.name)))
    };
    let columns: Vec<String> = select.iter().filter_map(column).collect();
    let limit = limit.map(|limit| format!(" LIMIT {limit}")).unwrap_or_default();
    format!("SELECT {} FROM {}{limit} FORMAT ArrowStream", columns.join(", "), quoted(&facts.name))
}

/// See the module.
#[derive(Debug)]
pub(super) struct ServerTable {
    server: Arc<Clickhouse>,
    facts: Arc<Facts>,
    schema: SchemaRef,
}

impl ServerTable {
    pub fn new(server: Arc<Clickhouse>, facts: Facts, schema: SchemaRef) -> ServerTable {
        ServerTable { server, facts: Arc::new(facts), schema }
    }
}

#[async_trait]
impl TableProvider for ServerTable {
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
        let select = projection.cloned().unwrap_or_else(|| (0..self.schema.fields().len()).collect());
        let schema = Arc::new(self.schema.project(&select)?);
        let asked = question(&self.facts, &select, limit);
        let table = format!("{}.{}", self.server.api.name, self.facts.name);
        Ok(Arc::new(RowsScan::new(Doing { server: self.server.clone(), table, asked }, schema)))
    }
}

/// What a scan does.
#[derive(Clone, Debug)]
struct Doing {
    server: Arc<Clickhouse>,
    table: String,
    asked: String,
}

#[async_trait]
impl Rows for Doing {
    fn name(&self) -> &'static str {
        "ClickhouseScan"
    }

    fn say(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "ClickhouseScan: {}, asked=[{}]", self.table, self.asked)
    }

    async fn begin(&self, schema: SchemaRef, counts: Counts) -> Result<Box<dyn Going>> {
        Ok(Box::new(Reader::begin(self.clone(), schema, counts).await?))
    }
}

struct Reader {
    doing: Doing,
    schema: SchemaRef,
    counts: Counts,
    pieces: Pieces,
    decoder: StreamDecoder,
    /// What has come and is not decoded yet.
    buffer: Buffer,
    allowance: Allowance,
    bytes_left: u64,
    _place: OwnedSemaphorePermit,
}

impl Reader {
    async fn begin(doing: Doing, schema: SchemaRef, counts: Counts) -> Result<Reader> {
        let api = doing.server.api.clone();
        let mut allowance = Allowance::new(&api.name, api.limits);
        let place = allowance.wait(api.place()).await??;
        counts.requests.add(1);
        let pieces = doing.server.ask(doing.asked.clone(), &mut allowance).await?;
        let (decoder, buffer) = (StreamDecoder::new(), Buffer::from_vec(Vec::<u8>::new()));
        let bytes_left = api.limits.bytes;
        Ok(Reader { doing, schema, counts, pieces, decoder, buffer, allowance, bytes_left, _place: place })
    }
}

#[async_trait]
impl Going for Reader {
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        let api = self.doing.server.api.clone();
        let broken = || fault::down(&api.name, "its answer breaks off, or is not one of Arrow");
        loop {
            while !self.buffer.is_empty() {
                let Some(batch) = self.decoder.decode(&mut self.buffer).map_err(|_| broken())? else { break };
                if batch.num_rows() == 0 {
                    continue;
                }
                self.allowance.rows(batch.num_rows())?;
                return fitted(&batch, &self.schema).map(Some).ok_or_else(|| fault::changed(&api.name));
            }
            let Some(piece) = self.pieces.next(&api, &mut self.allowance).await? else {
                // An end in the middle of a message is none.
                return self.decoder.finish().map(|()| None).map_err(|_| broken());
            };
            self.counts.bytes.add(piece.len());
            let left = self.bytes_left.checked_sub(piece.len() as u64);
            self.bytes_left = left.ok_or_else(|| fault::too_many_rows(&api.name, &api.limits))?;
            self.buffer = Buffer::from(piece);
        }
    }
}
