//! A scan of a resource: page after page, until there is none or nobody wants more.

use super::super::meter::Allowance;
use super::super::rows::{Counts, Going, Rows};
use super::fault;
use super::http::Caller;
use super::page::rows;
use super::paging::{Walk, first};
use super::schema::Api;
use crate::error::Result;
use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use kith_core::config::{Paging, Resource};
use reqwest::Url;
use std::fmt;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// What a scan does.
#[derive(Clone, Debug)]
pub(super) struct Doing {
    pub api: Arc<Api>,
    pub resource: Arc<Resource>,
    /// Columns by their place in the resource.
    pub select: Vec<usize>,
    /// Parameters and their values.
    pub asked: Vec<(String, String)>,
    /// Rows after which no more are asked for.
    pub limit: Option<usize>,
}

#[async_trait]
impl Rows for Doing {
    fn name(&self) -> &'static str {
        "RestScan"
    }

    /// The request without its values.
    fn say(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Doing { api, resource, asked, limit, .. } = self;
        write!(f, "RestScan: {}.{}, asked=[GET {}", api.name, resource.table, resource.path)?;
        for (i, (param, _)) in asked.iter().enumerate() {
            write!(f, "{}{param}=${}", if i == 0 { '?' } else { '&' }, i + 1)?;
        }
        let paging = match resource.paging {
            Paging::None => "none",
            Paging::Page(..) => "page",
            Paging::Offset(..) => "offset",
            Paging::Cursor(..) => "cursor",
            Paging::Link => "link",
        };
        write!(f, "], paging={paging}")?;
        limit.iter().try_for_each(|limit| write!(f, ", limit={limit}"))
    }

    async fn begin(&self, schema: SchemaRef, counts: Counts) -> Result<Box<dyn Going>> {
        Ok(Box::new(Reader::begin(self.clone(), schema, counts).await?))
    }
}

struct Reader {
    doing: Doing,
    schema: SchemaRef,
    caller: Caller,
    walk: Walk,
    /// The page that comes next.
    next: Option<Url>,
    allowance: Allowance,
    bytes_left: u64,
    rows_left: usize,
    counts: Counts,
    _place: OwnedSemaphorePermit,
}

impl Reader {
    async fn begin(doing: Doing, schema: SchemaRef, counts: Counts) -> Result<Reader> {
        let api = &doing.api;
        let mut allowance = Allowance::new(&api.name, api.limits);
        let place = allowance.wait(api.place()).await??;
        let caller = Caller::open(api)?;
        let url = first(api, &doing.resource, &doing.asked)?;
        let (walk, bytes_left) = (Walk::new(url.clone()), api.limits.bytes);
        let rows_left = doing.limit.unwrap_or(usize::MAX);
        let next = Some(url).filter(|_| rows_left > 0);
        Ok(Reader {
            doing,
            schema,
            caller,
            walk,
            next,
            allowance,
            bytes_left,
            rows_left,
            counts,
            _place: place,
        })
    }
}

#[async_trait]
impl Going for Reader {
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        while let Some(url) = self.next.take() {
            let Doing { api, resource, select, .. } = &self.doing;
            let answer = self.caller.get(api, url.clone(), &mut self.allowance).await?;
            self.counts.requests.add(1);
            self.counts.bytes.add(answer.body.len());
            let left = self.bytes_left.checked_sub(answer.body.len() as u64);
            self.bytes_left =
                left.ok_or_else(|| fault::limit(&api.name, "bytes", api.limits.bytes, "bytes"))?;
            let (batch, found) = rows(api, resource, select, &self.schema, &answer.body, self.rows_left)?;
            self.allowance.rows(batch.num_rows())?;
            self.rows_left -= batch.num_rows();
            if self.rows_left > 0 {
                self.next = self.walk.next(api, resource, &url, &answer, found)?;
            }
            if batch.num_rows() > 0 {
                return Ok(Some(batch));
            }
        }
        Ok(None)
    }
}
