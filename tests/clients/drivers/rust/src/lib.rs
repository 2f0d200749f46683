//! What the two drivers in Rust share: the arguments, the story of story.py, and the account of what was sent.
//!
//! `DRIVER BASE_URL WRITE_KEY PEOPLE [PAUSE_MS]`. Neither SDK keeps what could not be delivered: `send` says so, and an
//! application that cares sends the same message again. So do the drivers ([`until_taken`]), and since neither SDK gives
//! messages an id, the same time in it is what makes it the same message.

use serde_json::{Map, Value, json};
use std::process::Command;
use std::time::Duration;

/// Tries before a message counts as lost: a minute.
const TRIES: u32 = 240;

/// What the driver was asked to do.
pub struct Args {
    pub url: String,
    pub key: String,
    pub people: Vec<Value>,
    pub pause: Duration,
    /// Messages in a batch.
    pub together: usize,
}

/// Reads the arguments, and the story of this client.
pub fn args(client: &str) -> Args {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let [url, key, count, pause @ ..] = given.as_slice() else {
        panic!("usage: BASE_URL WRITE_KEY PEOPLE [PAUSE_MS]");
    };
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".into());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../story.py");
    let told = Command::new(python).args([script, client, count]).output().expect("story.py runs");
    Args {
        url: url.trim_end_matches('/').into(),
        key: key.clone(),
        people: serde_json::from_slice(&told.stdout).expect("a story"),
        pause: Duration::from_millis(pause.first().and_then(|ms| ms.parse().ok()).unwrap_or(0)),
        // In kill mode small batches, so that a request is always under way.
        together: if std::env::var_os("BUSY").is_some() { 2 } else { 20 },
    }
}

/// A text of the story.
pub fn text(from: &Value, name: &str) -> String {
    from[name].as_str().unwrap_or_default().into()
}

/// The properties of a page or screen, with its category, which neither SDK has a place for.
pub fn properties(call: &Value) -> Value {
    let mut properties = call["properties"].clone();
    if let Some(category) = call.get("category") {
        properties["category"] = category.clone();
    }
    properties
}

/// Sends until it is taken; `Err` = it never was.
pub fn until_taken<E: ToString>(mut send: impl FnMut() -> Result<(), E>) -> Result<(), String> {
    let mut tries = 0;
    loop {
        match send() {
            Ok(()) => return Ok(()),
            Err(error) if tries == TRIES => return Err(error.to_string()),
            Err(_) => tries += 1,
        }
        std::thread::sleep(Duration::from_millis(250));
    }
}

/// What was sent, and what of it was never reported as delivered.
pub struct Outcome {
    client: &'static str,
    version: String,
    people: Vec<Value>,
    calls: Map<String, Value>,
    unconfirmed: u64,
    cents: u64,
    errors: Vec<String>,
}

impl Outcome {
    pub fn new(client: &'static str, package: &str) -> Outcome {
        let (people, calls, errors) = (Vec::new(), Map::new(), Vec::new());
        Outcome { client, version: version(package), people, calls, unconfirmed: 0, cents: 0, errors }
    }

    /// Somebody whose story begins; their place.
    pub fn person(&mut self, who: &Value) -> usize {
        self.people.push(json!({
            "user_id": who["user_id"], "anonymous_id": who["anonymous_id"], "previous_id": who["previous_id"],
            "sent": {}, "unconfirmed": {}, "cents": 0,
        }));
        self.people.len() - 1
    }

    /// A call that was made.
    pub fn sent(&mut self, row: usize, call: &Value) {
        let kind = text(call, "call");
        let seen = self.calls.get(&kind).and_then(Value::as_u64).unwrap_or(0);
        self.calls.insert(kind, json!(seen + 1));
        let cents = cents(call);
        self.cents += cents;
        let row = &mut self.people[row];
        add(&mut row["cents"], cents);
        add(&mut row["sent"][key(call)], 1);
    }

    /// A call that the server never took.
    pub fn lost(&mut self, row: usize, call: &Value, error: &str) {
        self.unconfirmed += 1;
        add(&mut self.people[row]["unconfirmed"][key(call)], 1);
        self.errors.push(error.chars().take(300).collect());
    }

    /// The account, as the last line.
    pub fn print(mut self) {
        for row in &mut self.people {
            let cents = row["cents"].as_u64().unwrap_or(0);
            if let Some(row) = row.as_object_mut() {
                row.remove("cents");
                row.insert("total".into(), money(cents).into());
            }
        }
        let events: u64 = self.calls.values().filter_map(Value::as_u64).sum();
        self.errors.truncate(5);
        println!(
            "{}",
            json!({
                "client": self.client, "version": self.version, "calls": self.calls, "events": events,
                "unconfirmed": self.unconfirmed, "total": money(self.cents), "errors": self.errors, "people": self.people,
            })
        );
    }
}

fn add(to: &mut Value, more: u64) {
    *to = json!(to.as_u64().unwrap_or(0) + more);
}

/// The name under which an event is counted: `identify`, `track Order Completed`.
fn key(call: &Value) -> String {
    match call["name"].as_str() {
        Some(name) => format!("{} {name}", text(call, "call")),
        None => text(call, "call"),
    }
}

fn cents(call: &Value) -> u64 {
    match key(call) == "track Order Completed" {
        true => (call["properties"]["total"].as_f64().unwrap_or(0.0) * 100.0).round() as u64,
        false => 0,
    }
}

fn money(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// The version that the lock file names.
fn version(package: &str) -> String {
    let lock = include_str!("../Cargo.lock");
    let at = lock.split("[[package]]").find(|one| one.contains(&format!("name = \"{package}\"\n")));
    let line = at.and_then(|one| one.lines().find_map(|line| line.strip_prefix("version = ")));
    line.unwrap_or("?").trim_matches('"').into()
}
