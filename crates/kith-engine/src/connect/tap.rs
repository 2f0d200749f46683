//! A stream of a Singer tap or of a source of Airbyte as a source: rows as the program gives them out, whole or from where the last
//! pull ended.
//!
//! Without `updated_at` each pull reads the whole stream, so what is gone is seen. With it the program is told to give what has changed
//! by that column, and is handed the state that it said last: what it never says again, rows that were removed, is then not seen.

use super::connection::alone;
use super::{Connector, PullEnd, Pulled, Sink, error, too_large};
use crate::remote::{Reading, Said, Stream, Tap, Way};
use crate::tabular::{Limits, Reject, flatten};
use crate::{Error, Result};
use kith_core::config::Connection;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};

/// Rows that are read before they are landed.
const AHEAD: usize = 4096;

/// See the module.
pub(super) struct Rows {
    source: String,
    tap: Arc<Tap>,
    name: String,
    updated_at: Option<String>,
    limits: Limits,
}

impl Rows {
    pub fn new(
        source: &str,
        connection: &Connection,
        stream: &str,
        updated_at: Option<String>,
        base: &Path,
        limits: Limits,
    ) -> Rows {
        let tap = Arc::new(Tap::new(connection, base));
        Rows { source: source.into(), tap, name: stream.into(), updated_at, limits }
    }

    async fn stream(&self) -> Result<Stream> {
        if let Some(stream) = self.tap.stream(&self.name).await? {
            return Ok(stream);
        }
        let what = format!("The program has no stream {:?}.", self.name);
        let help = format!("It has: {}.", self.tap.names().await?.join(", "));
        let problem = format!("could not read source {}", self.source);
        Err(error::fault("K-SOURCE-TABLE", &self.source, problem, what, help))
    }

    fn described(&self) -> Result<Stream> {
        let found = std::thread::scope(|scope| scope.spawn(|| alone(self.stream())).join());
        found.unwrap_or_else(|_| Err(Error::internal("a thread ended", "reading a stream")))
    }

    /// Where the last pull ended, if it read by the same column.
    fn state<'a>(&self, cursor: Option<&'a Value>) -> Option<&'a Value> {
        let cursor = cursor?;
        let same = cursor.get("column").and_then(Value::as_str) == self.updated_at.as_deref();
        cursor.get("state").filter(|state| same && !state.is_null())
    }

    /// Sends rows until there are no more, or nobody takes them.
    async fn read(&self, state: Option<&Value>, to: &SyncSender<Result<Said>>) -> Result<()> {
        let way = match &self.updated_at {
            Some(column) => Way::From { column, state },
            None => Way::Whole,
        };
        let mut reading = Reading::begin(self.tap.clone(), &self.stream().await?, way, true).await?;
        while let Some(said) = reading.next().await? {
            if to.send(Ok(said)).is_err() {
                break;
            }
        }
        Ok(())
    }

    fn pulled(&self, number: u64, row: &RawValue) -> Pulled {
        let (place, text) = (format!("row {number}"), row.get().as_bytes());
        if text.len() > self.limits.row_bytes {
            let reject = Reject { place, ..too_large("(the whole row)", text, self.limits) };
            return Pulled::Reject { reject, row: Map::new() };
        }
        match serde_json::from_str::<Map<String, Value>>(row.get()) {
            Ok(object) => {
                let original = Some(text.to_vec());
                Pulled::Row { place, row: flatten(object), original }
            }
            Err(_) => {
                let reason = "the record is not an object. Look at what the program writes.".to_string();
                let reject = Reject::new(place, "K-LAND-JSON", reason, text, text.len() as u64);
                Pulled::Reject { reject, row: Map::new() }
            }
        }
    }
}

impl Connector for Rows {
    /// Each row says its own: within objects there is more than what a program says of its streams.
    fn columns(&mut self) -> Result<Option<Vec<String>>> {
        Ok(None)
    }

    fn key(&mut self) -> Result<Vec<String>> {
        Ok(self.described()?.key)
    }

    fn pull(&mut self, cursor: Option<&Value>, sink: Sink) -> Result<PullEnd> {
        let (rows, before) = (&*self, self.state(cursor));
        std::thread::scope(|scope| {
            let (to, from) = sync_channel(AHEAD);
            scope.spawn(move || {
                if let Err(error) = alone(rows.read(before, &to)) {
                    // Whoever has left does not want to know.
                    let _ = to.send(Err(error));
                }
            });
            let (mut number, mut state) = (0, before.cloned());
            for said in from {
                match said? {
                    Said::State(said) => state = Some(said),
                    Said::Row(row) => {
                        number += 1;
                        if sink(rows.pulled(number, &row))?.is_break() {
                            return Ok(PullEnd { cursor: Value::Null, whole: false });
                        }
                    }
                }
            }
            let cursor = match &rows.updated_at {
                Some(column) => json!({ "column": column, "state": state }),
                None => Value::Null,
            };
            Ok(PullEnd { cursor, whole: before.is_none() })
        })
    }
}
