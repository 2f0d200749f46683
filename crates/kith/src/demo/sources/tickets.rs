//! The help desk: nested NDJSON, one ticket a line.

use super::super::records::{Record, Source};
use super::super::rng::Rng;
use super::super::{Error, noise, words};
use super::{SourceSummary, full_name, instant, save, scatter};
use serde_json::{Map, Value, json};
use std::path::Path;

/// Writes `tickets.ndjson`, with two lines that are no JSON.
pub fn write(dir: &Path, rows: &mut [&mut Record], rng: &mut Rng) -> Result<SourceSummary, Error> {
    let mut lines = Vec::with_capacity(rows.len());
    for (i, row) in rows.iter_mut().enumerate() {
        row.key = format!("TCK-{:05}", 10_001 + i);
        lines.push(format!("{}\n", ticket(row, rng)).into_bytes());
    }
    // The mail gateway was stopped while it wrote.
    let broken: Vec<Vec<u8>> = [
        &b"{\"id\":\"TCK-99001\",\"opened_at\":\"2024-02-03T10:11:12Z\",\"requester\":{\"name\":\"Guinev\n"[..],
        &b"{\"id\":\"TCK-99002\",\"opened_at\":\n"[..],
    ]
    .map(<[u8]>::to_vec)
    .to_vec();
    let mut summary = SourceSummary::new(Source::Tickets, "tickets.ndjson", rows);
    summary.reject("K-LAND-JSON", broken.len());
    scatter(&mut lines, broken, rng);
    save(dir, "tickets.ndjson", &lines.concat())?;
    Ok(summary)
}

fn ticket(row: &Record, rng: &mut Rng) -> Value {
    let mut requester = Map::new();
    let phone = noise::phone_shape(&row.phone, rng);
    for (name, text) in [("name", full_name(row)), ("email", row.email.clone()), ("phone", phone)] {
        let value = if text.is_empty() { Value::Null } else { Value::String(text) };
        requester.insert(name.into(), value);
    }
    if !row.city.is_empty() {
        let mut address = json!({"city": row.city, "state": row.state, "postcode": row.postcode});
        if !row.street.is_empty() {
            address["street"] = Value::String(row.street.clone());
        }
        requester.insert("address".into(), address);
    }
    let (subject, body) = rng.pick(&words::TICKETS);
    json!({
        "id": row.key,
        "opened_at": instant(row.modified, row.second),
        "requester": requester,
        "channel": rng.pick(&["mail", "mail", "phone", "chat"]),
        "subject": subject,
        "body": body,
    })
}
