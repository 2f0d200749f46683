//! The event that a row of a table is: a CSV or Parquet file of the past.
//!
//! - Columns that the tracking API names (`type`, `event`, `userId`, `user_id`, `timestamp`, …) are those members, however
//!   they are written: `User ID`, `user_id` and `userId` are one.
//! - `properties.total`, `traits.plan`, `context.page.path` stand where their path says.
//! - Any other column is a property, or a trait where the call is identify or group.
//! - Without a `type`, a row with an `event` is a track call.
//! - A text that is a number as it would be written, or `true` or `false`, is one, but in ids and names.

use crate::mix;
use serde_json::{Map, Number, Value};
use std::collections::HashMap;

/// Members that hold ids, names and times: texts, whatever they look like.
const MEMBERS: [&str; 11] = [
    "type",
    "event",
    "name",
    "userId",
    "anonymousId",
    "messageId",
    "groupId",
    "previousId",
    "timestamp",
    "receivedAt",
    "sentAt",
];

/// Turns rows into events. Rows of one file go through one of them.
#[derive(Debug, Default)]
pub struct Rows {
    /// How often each row without a message id came.
    came: HashMap<u64, u32>,
}

impl Rows {
    /// The event of a row, as the tracking API takes it. A row without a message id gets one from its content and from how
    /// often the file had it before, so that a file that is read again counts once.
    pub fn event(&mut self, row: Map<String, Value>) -> Value {
        let hash = mix::bytes(0, Value::Object(row.clone()).to_string().as_bytes());
        let (mut event, mut rest) = (Map::new(), Map::new());
        for (column, value) in row.into_iter().filter(|(_, value)| !value.is_null()) {
            let plain = plain(&column);
            match MEMBERS.iter().find(|member| member.eq_ignore_ascii_case(&plain)) {
                Some(member) => _ = event.insert((*member).into(), as_text(value)),
                None => match column.split_once('.') {
                    Some((root @ ("properties" | "traits" | "context"), path)) => {
                        put(&mut event, root, path, value)
                    }
                    _ => _ = rest.insert(column, typed(value)),
                },
            }
        }
        if !event.contains_key("type") && event.contains_key("event") {
            event.insert("type".into(), "track".into());
        }
        let of_a_person = matches!(event.get("type").and_then(Value::as_str), Some("identify" | "group"));
        if !rest.is_empty() {
            let root = if of_a_person { "traits" } else { "properties" };
            if let Value::Object(known) = event.entry(root).or_insert_with(|| Map::new().into()) {
                rest.into_iter().for_each(|(name, value)| _ = known.entry(name).or_insert(value));
            }
        }
        if !event.contains_key("messageId") {
            let came = self.came.entry(hash).or_default();
            *came += 1;
            event.insert("messageId".into(), format!("row-{hash:016x}-{came}").into());
        }
        Value::Object(event)
    }
}

/// `User ID` and `user_id` as `userid`.
fn plain(column: &str) -> String {
    column.chars().filter(|c| !matches!(c, '_' | ' ' | '-')).collect()
}

fn as_text(value: Value) -> Value {
    match value {
        Value::Number(number) => number.to_string().into(),
        other => other,
    }
}

fn typed(value: Value) -> Value {
    let Value::String(text) = &value else { return value };
    match text.as_str() {
        "true" => true.into(),
        "false" => false.into(),
        _ => match text.parse::<Number>() {
            // Not 007, and not 1e3.
            Ok(number) if number.to_string() == *text => number.into(),
            _ => value,
        },
    }
}

/// Puts a value where a path says; a value in the way stays.
fn put(event: &mut Map<String, Value>, root: &str, path: &str, value: Value) {
    let mut at = event.entry(root).or_insert_with(|| Map::new().into());
    let mut parts = path.split('.').peekable();
    while let Some(part) = parts.next() {
        let Value::Object(object) = at else { return };
        if parts.peek().is_none() {
            object.insert(part.into(), typed(value));
            return;
        }
        at = object.entry(part).or_insert_with(|| Map::new().into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn row(value: Value) -> Map<String, Value> {
        value.as_object().cloned().expect("an object")
    }

    #[test]
    fn columns_become_members_properties_and_traits() {
        let mut rows = Rows::default();
        let order = row(
            json!({ "Event": "Order Completed", "user_id": "007", "Message ID": "m1", "timestamp": "2026-11-01",
            "properties.address.zip": "01067", "properties.address.floor": "3", "total": "12.5", "gift": "true", "note": null }),
        );
        assert_eq!(
            rows.event(order),
            json!({ "event": "Order Completed", "userId": "007", "messageId": "m1", "timestamp": "2026-11-01",
                "properties": { "address": { "zip": "01067", "floor": 3 }, "total": 12.5, "gift": true }, "type": "track" })
        );
        let person = row(
            json!({ "type": "identify", "userId": 7, "messageId": "m2", "email": "a@x.org", "traits.plan": "b" }),
        );
        assert_eq!(
            rows.event(person),
            json!({ "type": "identify", "userId": "7", "messageId": "m2", "traits": { "plan": "b", "email": "a@x.org" } })
        );
    }

    #[test]
    fn a_row_without_an_id_gets_the_same_one_each_time_the_file_is_read() {
        let one = || row(json!({ "event": "Visit", "userId": "u" }));
        let ids =
            |mut rows: Rows| [rows.event(one()), rows.event(one())].map(|event| event["messageId"].clone());
        let first = ids(Rows::default());
        assert_eq!(first, ids(Rows::default()));
        assert_ne!(first[0], first[1], "two equal rows are two events");
    }

    #[test]
    fn strange_rows_do_not_panic() {
        let strange =
            row(json!({ "properties": "text", "properties.a": "1", "context.": "x", "total": "2", "": "y" }));
        let event = Rows::default().event(strange);
        assert!(event["messageId"].is_string());
    }
}
