//! A stream that is being read: rows and states in the program's order, within the limits of the connection.

use super::super::meter::Allowance;
use super::program::{Program, Told};
use super::schema::Tap;
use super::{Line, Stream, fault};
use crate::error::Result;
use serde_json::Value;
use serde_json::value::RawValue;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// How much of a stream is read.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way<'a> {
    /// All of it.
    Whole,
    /// What has changed, by a column that grows.
    From {
        /// The column.
        column: &'a str,
        /// Where the last reading ended; `None` = there was none.
        state: Option<&'a Value>,
    },
}

/// What was read.
pub(crate) enum Said {
    /// A row, an object.
    Row(Box<RawValue>),
    /// All rows so far are behind this state.
    State(Value),
}

/// See the module.
pub(crate) struct Reading {
    tap: Arc<Tap>,
    said: String,
    program: Program,
    allowance: Allowance,
    bytes_left: u64,
    state: Option<Value>,
    /// The last error that the program told of itself.
    words: Option<String>,
    _place: OwnedSemaphorePermit,
}

impl Reading {
    /// Begins. `tell` = errors say what the program says of itself.
    pub async fn begin(tap: Arc<Tap>, wanted: &Stream, way: Way<'_>, tell: bool) -> Result<Reading> {
        let mut allowance = Allowance::new(&tap.name, tap.limits);
        let place = allowance.wait(tap.place()).await??;
        let all = tap.streams(tell).await?;
        let (told, config) = Told::of(&tap)?;
        let catalog = match tap.settings.catalog {
            true => Some(told.write("catalog.json", &tap.protocol.catalog(&all, wanted, &way))?),
            false => None,
        };
        let state = match way {
            Way::From { state: Some(state), .. } => Some(state),
            _ => None,
        };
        let path = state.map(|state| told.write("state.json", state)).transpose()?;
        let arguments = tap.protocol.read(&config, catalog.as_deref(), path.as_deref());
        let program = Program::start(&tap, told, &arguments, tell)?;
        let (bytes_left, said, state) = (tap.limits.bytes, wanted.said.clone(), state.cloned());
        Ok(Reading { tap, said, program, allowance, bytes_left, state, words: None, _place: place })
    }

    /// The next row or state; `None` = that was all. What comes before an error is whole rows, but not all.
    pub async fn next(&mut self) -> Result<Option<Said>> {
        loop {
            let line = self.allowance.wait(self.program.line()).await?;
            let line = match line {
                Ok(Some(line)) => line,
                // What it has told of its end is better than how it ended.
                Ok(None) if self.words.is_some() => {
                    return Err(self.program.failed("gave up", self.words.take()));
                }
                Err(_) if self.words.is_some() => {
                    return Err(self.program.failed("gave up", self.words.take()));
                }
                Ok(None) => return Ok(None),
                Err(error) => return Err(error),
            };
            let (limits, length) = (&self.tap.limits, line.len() as u64);
            let left = self.bytes_left.checked_sub(length);
            self.bytes_left =
                left.ok_or_else(|| fault::limit(&self.tap.name, "bytes", limits.bytes, "too much"))?;
            match self.tap.protocol.line(line) {
                Ok(Line::Record { stream, row }) if stream == self.said => {
                    self.allowance.rows(1)?;
                    return Ok(Some(Said::Row(row.to_owned())));
                }
                Ok(Line::State(said)) => {
                    let state = self.tap.protocol.state(self.state.take(), said);
                    self.state = Some(state.clone());
                    return Ok(Some(Said::State(state)));
                }
                Ok(Line::Failed(words)) => self.words = Some(words),
                Ok(Line::Record { .. } | Line::Other) => {}
                Err(why) => return Err(self.program.confused(&why)),
            }
        }
    }
}
