//! Between entries and rows.

use crate::error::{Error, Result};
use crate::lake::sheet::{Cell, Sheet};
use datafusion::arrow::array::{Array, AsArray, RecordBatch, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type, TimeUnit, TimestampMicrosecondType};
use kith_core::entry::Entry;
use kith_core::event::derive::Geo;
use kith_core::event::{Call, Event};
use kith_core::id::{Position, SourceName};
use std::fmt::Write;

/// The kind of a ledger's row that stands for positions which the log had lost.
pub(super) const LOST: &str = "lost";

/// Entries on their way into the tables.
pub(super) struct Step {
    /// The last position that is in it or before it.
    pub last: Position,
    /// How many entries it has.
    pub entries: usize,
    /// About how much memory it takes.
    pub bytes: usize,
    in_ledger: Position,
    events: Sheet,
    ledger: Sheet,
}

impl Step {
    /// Nothing yet, behind `last`; the ledger has its rows up to `in_ledger` already.
    pub fn new(last: Position, in_ledger: Position) -> Step {
        let (events, ledger) = (Sheet::of("event.event"), Sheet::of("event.ledger"));
        Step { last, entries: 0, bytes: 0, in_ledger, events, ledger }
    }

    pub fn push(&mut self, position: Position, entry: &Entry) -> Result<()> {
        let missing = position.0 - self.last.0 - 1;
        if missing > 0 {
            self.lost(Position(self.last.0 + 1), missing);
        }
        match entry {
            Entry::Event(event) => self.event(position, event),
            other if position > self.in_ledger => self.other(position, other)?,
            _ => {}
        }
        self.last = position;
        self.entries += 1;
        self.bytes += super::bytes(entry);
        Ok(())
    }

    fn event(&mut self, position: Position, event: &Event) {
        let place =
            |part: fn(&Geo) -> &str| event.geo.as_deref().map(part).filter(|name| !name.is_empty()).into();
        self.events.push(&[
            position.0.into(),
            Cell::Text(&day(event.received_at_ms)),
            Cell::Text(event.source.as_str()),
            Cell::Text(event.call.name()),
            Some(event.name.as_str()).filter(|name| !name.is_empty()).into(),
            Cell::Text(&event.message_id),
            event.user_id.as_deref().into(),
            event.anonymous_id.as_deref().into(),
            Cell::Time(event.timestamp_ms),
            Cell::Time(event.received_at_ms),
            place(|geo| &geo.country),
            place(|geo| &geo.region),
            place(|geo| &geo.city),
            Cell::Text(&event.body),
        ]);
    }

    fn other(&mut self, position: Position, entry: &Entry) -> Result<()> {
        let json = serde_json::to_string(entry).map_err(|e| Error::internal("an entry is no JSON", e))?;
        let value: serde_json::Value = serde_json::from_str(&json).unwrap_or_default();
        let text = |key: &str| value.get(key).and_then(serde_json::Value::as_str);
        let at = value.get("received_at_ms").and_then(serde_json::Value::as_i64);
        let count = value.get("count").and_then(serde_json::Value::as_i64).unwrap_or(1);
        self.ledger.push(&[
            position.0.into(),
            Cell::Text(&at.map_or_else(|| "undated".into(), day)),
            text("type").into(),
            text("source").into(),
            text("code").into(),
            text("field").into(),
            Cell::Integer(count),
            at.map_or(Cell::Null, Cell::Time),
            Cell::Text(&json),
        ]);
        Ok(())
    }

    fn lost(&mut self, first: Position, count: u64) {
        if first > self.in_ledger {
            let (day, none) = (Cell::Text("undated"), Cell::Null);
            let row = [first.0.into(), day, Cell::Text(LOST), none, none, none, count.into(), none, none];
            self.ledger.push(&row);
        }
    }

    /// The rows of both tables.
    pub fn finish(self) -> Result<(RecordBatch, RecordBatch)> {
        let failed = |e| Error::internal("rows can not be made of events", e);
        Ok((self.events.finish().map_err(failed)?, self.ledger.finish().map_err(failed)?))
    }
}

/// The day of a moment, UTC: `2026-11-22`.
fn day(at_ms: i64) -> String {
    let mut day = String::new();
    let at = jiff::Timestamp::from_millisecond(at_ms).unwrap_or_default();
    // Writing to a String can not fail.
    let _ = write!(day, "{}", at.strftime("%Y-%m-%d"));
    day
}

/// A row that is not what was written.
#[derive(Debug)]
pub(super) struct Strange(pub String);

/// The entries that a batch of `event.event` holds.
pub(super) fn events(batch: &RecordBatch) -> std::result::Result<Vec<(Position, Entry)>, Strange> {
    let (positions, times) = (integers(batch, "position")?, times(batch, "timestamp")?);
    let received = self::times(batch, "received_at")?;
    let text = |name| texts(batch, name);
    let (source, call, name) = (text("source")?, text("call")?, text("name")?);
    let (message_id, user, visitor) = (text("message_id")?, text("user_id")?, text("anonymous_id")?);
    let (body, country) = (text("body")?, text("country")?);
    let (region, city) = (text("region")?, text("city")?);
    let owned = |column: &StringArray, row| column.is_valid(row).then(|| column.value(row).to_string());
    let one = |row: usize| {
        let event = Event {
            source: named(source.value(row))?,
            call: Call::of(call.value(row)).ok_or_else(|| Strange("a call that is none".into()))?,
            message_id: message_id.value(row).to_string(),
            name: owned(&name, row).unwrap_or_default(),
            user_id: owned(&user, row),
            anonymous_id: owned(&visitor, row),
            timestamp_ms: times[row].div_euclid(1000),
            received_at_ms: received[row].div_euclid(1000),
            body: body.value(row).to_string(),
            geo: country.is_valid(row).then(|| {
                let part = |column: &StringArray| Box::from(owned(column, row).unwrap_or_default());
                Box::new(Geo { country: part(&country), region: part(&region), city: part(&city) })
            }),
        };
        Ok((Position(positions[row]), Entry::Event(event)))
    };
    (0..batch.num_rows()).map(one).collect()
}

/// The entries that a batch of `event.ledger` holds.
pub(super) fn others(batch: &RecordBatch) -> std::result::Result<Vec<(Position, Entry)>, Strange> {
    let (positions, kinds, entries) =
        (integers(batch, "position")?, texts(batch, "kind")?, texts(batch, "entry")?);
    let kept = (0..batch.num_rows()).filter(|row| kinds.value(*row) != LOST);
    kept.map(|row| {
        let entry = serde_json::from_str(entries.value(row)).map_err(|e| Strange(e.to_string()))?;
        Ok((Position(positions[row]), entry))
    })
    .collect()
}

/// How many lost entries the rows of a batch stand for.
pub(super) fn lost(batch: &RecordBatch) -> std::result::Result<u64, Strange> {
    Ok(integers(batch, "count")?.into_iter().sum())
}

fn named(name: &str) -> std::result::Result<SourceName, Strange> {
    SourceName::try_from(name).map_err(|e| Strange(e.to_string()))
}

fn column(
    batch: &RecordBatch,
    name: &str,
    kind: &DataType,
) -> std::result::Result<datafusion::arrow::array::ArrayRef, Strange> {
    let column = batch.column_by_name(name).ok_or_else(|| Strange(format!("no column {name}")))?;
    cast(column, kind).map_err(|e| Strange(e.to_string()))
}

fn texts(batch: &RecordBatch, name: &str) -> std::result::Result<StringArray, Strange> {
    Ok(column(batch, name, &DataType::Utf8)?.as_string::<i32>().clone())
}

fn integers(batch: &RecordBatch, name: &str) -> std::result::Result<Vec<u64>, Strange> {
    let column = column(batch, name, &DataType::Int64)?;
    let numbers = column.as_primitive::<Int64Type>().values();
    Ok(numbers.iter().map(|number| u64::try_from(*number).unwrap_or_default()).collect())
}

fn times(batch: &RecordBatch, name: &str) -> std::result::Result<Vec<i64>, Strange> {
    let column = column(batch, name, &DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())))?;
    Ok(column.as_primitive::<TimestampMicrosecondType>().values().to_vec())
}
