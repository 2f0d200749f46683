//! An entry as bytes, and back.
//!
//! A record, of which there are millions, is a small binary envelope around the row's own JSON: texts keep their
//! length in front, and a value's original is not said twice where it is the row's cell. Everything else is JSON. All
//! texts are UTF-8, so the marker that begins a frame (see `frame`) can not occur inside a payload.

use kith_core::entry::{Entry, RecordEntry};
use kith_core::event::derive::Geo;
use kith_core::event::{Call, Event};
use kith_core::field::{Field, FieldValue};
use kith_core::id::SourceName;
use serde_json::Value;

const EVENT: u8 = 10;

/// The kind of an entry, as one byte of its frame.
pub(crate) fn kind(entry: &Entry) -> u8 {
    match entry {
        Entry::Record(_) => 1,
        Entry::Removed(_) => 2,
        Entry::Rejected(_) => 3,
        Entry::Pulled(_) => 4,
        Entry::Model(_) => 5,
        Entry::Identity(_) => 6,
        Entry::Resolved(_) => 7,
        Entry::Decision(_) => 8,
        Entry::Withdrawn(_) => 9,
        Entry::Event(_) => EVENT,
        Entry::RefusedEvent(_) => 11,
        Entry::Duplicates(_) => 12,
        Entry::Settled(_) => 13,
        Entry::Items(_) => 14,
    }
}

/// The oldest format of the log in which an entry can be read: an older Kith would take it for damage.
pub(crate) fn format(entry: &Entry) -> u32 {
    match entry {
        Entry::Event(event) if event.geo.is_some() => 2,
        Entry::Settled(_) => 2,
        Entry::Items(_) => 3,
        _ => 1,
    }
}

/// Writes the payload of an entry; `Err` says in words why it could not be read back.
pub(crate) fn encode(entry: &Entry, into: &mut Vec<u8>) -> Result<(), String> {
    if let Entry::Record(record) = entry {
        return encode_record(record, into);
    }
    if let Entry::Event(event) = entry {
        encode_event(event, into);
        return Ok(());
    }
    if let Entry::Resolved(resolved) = entry
        && !resolved.confidence.is_finite()
    {
        return Err(format!("its confidence is {}", resolved.confidence));
    }
    serde_json::to_writer(into, entry).map_err(|e| e.to_string())
}

/// Reads a payload of the given kind.
pub(crate) fn decode(kind: u8, payload: &[u8]) -> Result<Entry, String> {
    if kind == 1 {
        return decode_record(payload).map(Entry::Record);
    }
    if kind == EVENT {
        return decode_event(payload).map(Entry::Event);
    }
    let entry: Entry = serde_json::from_slice(payload).map_err(|e| e.to_string())?;
    if self::kind(&entry) == kind {
        Ok(entry)
    } else {
        Err(format!("the kind {kind} does not fit the content"))
    }
}

const SAME_AS_CELL: u8 = 1;
const SAME_AS_ORIGINAL: u8 = 2;

/// Writes a record.
pub(crate) fn encode_record(record: &RecordEntry, into: &mut Vec<u8>) -> Result<(), String> {
    put_text(into, record.source.as_str());
    put_text(into, &record.key);
    put_number(into, zigzag(record.received_at_ms));
    match record.updated_at_ms {
        None => into.push(0),
        Some(at) => {
            into.push(1);
            put_number(into, zigzag(at));
        }
    }
    let row = serde_json::to_vec(&record.row).map_err(|e| e.to_string())?;
    put_number(into, row.len() as u64);
    into.extend_from_slice(&row);
    put_number(into, record.values.len() as u64);
    for value in &record.values {
        put_text(into, value.field.name());
        put_text(into, &value.column);
        let cell = record.row.get(&value.column).and_then(Value::as_str);
        let same_cell = cell == Some(value.original.as_str());
        let same_text = value.normal == value.original;
        into.push(if same_cell { SAME_AS_CELL } else { 0 } | if same_text { SAME_AS_ORIGINAL } else { 0 });
        if !same_cell {
            put_text(into, &value.original);
        }
        if !same_text {
            put_text(into, &value.normal);
        }
    }
    Ok(())
}

/// Reads a record.
pub(crate) fn decode_record(payload: &[u8]) -> Result<RecordEntry, String> {
    let mut rest = Bytes(payload);
    let source = SourceName::try_from(rest.text()?).map_err(|e| e.to_string())?;
    let key = rest.text()?.to_string();
    let received_at_ms = unzigzag(rest.number()?);
    let updated_at_ms = if rest.byte()? == 0 { None } else { Some(unzigzag(rest.number()?)) };
    let row_len = rest.number()?;
    let row: serde_json::Map<String, Value> =
        serde_json::from_slice(rest.take(row_len)?).map_err(|e| e.to_string())?;
    let count = rest.number()?;
    let mut values = Vec::with_capacity(count.min(64) as usize);
    for _ in 0..count {
        let field: Field = rest.text()?.parse().map_err(|e: kith_core::field::UnknownField| e.to_string())?;
        let column = rest.text()?.to_string();
        let flags = rest.byte()?;
        let original = if flags & SAME_AS_CELL == 0 {
            rest.text()?.to_string()
        } else {
            let cell = row.get(&column).and_then(Value::as_str);
            cell.ok_or_else(|| format!("the row has no text in {column:?}"))?.to_string()
        };
        let normal = if flags & SAME_AS_ORIGINAL == 0 { rest.text()?.to_string() } else { original.clone() };
        values.push(FieldValue { field, normal, original, column });
    }
    if rest.0.is_empty() {
        Ok(RecordEntry { source, key, row, values, updated_at_ms, received_at_ms })
    } else {
        Err(format!("{} bytes too many", rest.0.len()))
    }
}

/// What may follow the body, by one byte in front. Since format 2.
const GEO: u8 = 1;

fn encode_event(event: &Event, into: &mut Vec<u8>) {
    put_text(into, event.source.as_str());
    into.push(Call::ALL.iter().position(|call| *call == event.call).unwrap_or(0) as u8);
    put_text(into, &event.message_id);
    put_text(into, &event.name);
    // An empty id is no id.
    put_text(into, event.user_id.as_deref().unwrap_or(""));
    put_text(into, event.anonymous_id.as_deref().unwrap_or(""));
    put_number(into, zigzag(event.timestamp_ms));
    put_number(into, zigzag(event.received_at_ms));
    put_text(into, &event.body);
    if let Some(geo) = &event.geo {
        into.push(GEO);
        [&geo.country, &geo.region, &geo.city].into_iter().for_each(|name| put_text(into, name));
    }
}

fn decode_event(payload: &[u8]) -> Result<Event, String> {
    let mut rest = Bytes(payload);
    let source = SourceName::try_from(rest.text()?).map_err(|e| e.to_string())?;
    let call = rest.byte()?;
    let call = *Call::ALL.get(usize::from(call)).ok_or_else(|| format!("there is no call {call}"))?;
    let message_id = rest.text()?.to_string();
    let name = rest.text()?.to_string();
    let id = |text: &str| Some(text.to_string()).filter(|id| !id.is_empty());
    let user_id = id(rest.text()?);
    let anonymous_id = id(rest.text()?);
    let (timestamp_ms, received_at_ms) = (unzigzag(rest.number()?), unzigzag(rest.number()?));
    let body = rest.text()?.to_string();
    let geo = match rest.0.first() {
        Some(&GEO) => {
            rest.byte()?;
            let (country, region, city) = (rest.text()?.into(), rest.text()?.into(), rest.text()?.into());
            Some(Box::new(Geo { country, region, city }))
        }
        _ => None,
    };
    if rest.0.is_empty() {
        Ok(Event {
            source,
            call,
            message_id,
            name,
            user_id,
            anonymous_id,
            timestamp_ms,
            received_at_ms,
            body,
            geo,
        })
    } else {
        Err(format!("{} bytes too many", rest.0.len()))
    }
}

pub(crate) fn put_number(into: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        into.push(n as u8 | 0x80);
        n >>= 7;
    }
    into.push(n as u8);
}

pub(crate) fn put_text(into: &mut Vec<u8>, text: &str) {
    put_number(into, text.len() as u64);
    into.extend_from_slice(text.as_bytes());
}

fn zigzag(n: i64) -> u64 {
    ((n << 1) ^ (n >> 63)) as u64
}

fn unzigzag(n: u64) -> i64 {
    (n >> 1) as i64 ^ -((n & 1) as i64)
}

/// What is left to read.
pub(crate) struct Bytes<'a>(pub &'a [u8]);

impl<'a> Bytes<'a> {
    pub(crate) fn byte(&mut self) -> Result<u8, String> {
        let (first, rest) = self.0.split_first().ok_or("it ends early")?;
        self.0 = rest;
        Ok(*first)
    }

    pub(crate) fn number(&mut self) -> Result<u64, String> {
        let mut n = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            n |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(n);
            }
        }
        Err("a number is too long".into())
    }

    pub(crate) fn take(&mut self, len: u64) -> Result<&'a [u8], String> {
        let len = usize::try_from(len).map_err(|_| "a length is too large")?;
        let (head, rest) = self.0.split_at_checked(len).ok_or("it ends early")?;
        self.0 = rest;
        Ok(head)
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, String> {
        let len = self.number()?;
        std::str::from_utf8(self.take(len)?).map_err(|e| e.to_string())
    }
}

#[cfg(test)]
#[path = "codec/tests.rs"]
mod tests;
