//! Kafka: librdkafka's brokers, which share no code with the client.

use crate::brokers::{Kafka, until};
use crate::follower::{Follower, Wrong, each_once, kept, numbered};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

const TOPIC: &str = "orders";
const PARTITIONS: usize = 3;

fn toml(kafka: &Kafka, more: &str) -> String {
    let brokers = &kafka.brokers;
    format!(
        "[project]\nname = \"t\"\n[[source]]\nname = \"shop\"\nkind = \"kafka\"\nbrokers = \"{brokers}\"\ntopics = \"{TOPIC}\"\n{more}\n"
    )
}

fn started() -> Kafka {
    let mut kafka = Kafka::start();
    kafka.create(TOPIC, PARTITIONS as u32);
    kafka
}

fn send(kafka: &mut Kafka, numbers: std::ops::Range<u64>, compression: &str) {
    kafka.send(TOPIC, PARTITIONS, &numbers.map(numbered).collect::<Vec<_>>(), compression);
}

fn offsets(dir: &Path) -> std::path::PathBuf {
    dir.join("streams/shop.json")
}

#[test]
fn messages_arrive_once_in_whatever_way_they_are_packed() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut kafka = started();
    let ways = ["none", "gzip", "snappy", "lz4", "zstd"];
    for (way, n) in ways.iter().zip((0..).step_by(40)) {
        send(&mut kafka, n..n + 40, way);
    }
    let list = format!("[{},{}]", numbered(200), numbered(201));
    kafka.ask(&json!({"send": [[TOPIC, 0, list], [TOPIC, 0, {"hex": "fffe"}], [TOPIC, 1, "{ broken"], [TOPIC, 1, numbered(202)]]}));
    let follower = Follower::start(dir.path(), &toml(&kafka, ""), Wrong::Nothing);
    until("they are there", || follower.said()["events"] == 205);
    follower.caught_up();
    follower.stop();
    let found = kept(dir.path());
    each_once(&found, 0..203);
    let refused: Vec<_> = found.refused.iter().map(|(_, original)| original.as_str()).collect();
    assert!(
        refused.len() == 2 && refused.contains(&"hex:fffe") && refused.contains(&"{ broken"),
        "{refused:?}"
    );
    let written: Value =
        serde_json::from_slice(&std::fs::read(offsets(dir.path())).expect("offsets")).expect("JSON");
    let all: u64 =
        written["next"][TOPIC].as_object().expect("partitions").values().filter_map(Value::as_u64).sum();
    assert_eq!(all, 204, "{written}");
}

/// Sends while followers are killed, and their offsets lost in some rounds; how much.
fn killed_while_messages_come(dir: &Path, wrong: Wrong, lose_offsets: bool) -> u64 {
    let kafka = Mutex::new(started());
    let toml = toml(&kafka.lock().expect("a lock"), "");
    let (stop, sent) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut n = 0;
            while !stop.load(Ordering::Relaxed) {
                let mut kafka = kafka.lock().expect("a lock");
                send(&mut kafka, n..n + 50, "lz4");
                kafka.ask(&json!({"send": [[TOPIC, 1, format!("{{ broken {n}")]]}));
                n += 50;
                sent.store(n, Ordering::Relaxed);
                drop(kafka);
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        for round in 0..4u64 {
            let follower = Follower::start(dir, &toml, wrong);
            let begin = sent.load(Ordering::Relaxed);
            until("some came", || {
                follower.said()["events"].as_u64() > Some(100) && sent.load(Ordering::Relaxed) > begin + 200
            });
            // Longer than it takes until offsets are written.
            std::thread::sleep(Duration::from_millis(600 + 37 * round));
            follower.kill();
            if lose_offsets && round % 2 == 1 {
                std::fs::remove_file(offsets(dir)).expect("there were offsets");
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
    let follower = Follower::start(dir, &toml, wrong);
    until("it follows", || follower.said()["events"].as_u64() > Some(0) || follower.said()["lag"] == 0);
    follower.caught_up();
    follower.kill();
    sent.load(Ordering::Relaxed)
}

#[test]
fn kill_nine_while_messages_come_counts_each_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let sent = killed_while_messages_come(dir.path(), Wrong::Nothing, true);
    let found = kept(dir.path());
    each_once(&found, 0..sent);
    assert_eq!(found.refused.len() as u64, sent / 50, "poison too");
    assert!(found.counted.duplicate > 0, "some were read again: {:?}", found.counted);
}

#[test]
fn control_who_knows_nothing_counts_twice() {
    let dir = tempfile::tempdir().expect("a folder");
    let sent = killed_while_messages_come(dir.path(), Wrong::KnowsNothing, true);
    let found = kept(dir.path());
    assert!(
        found.events.values().any(|count| *count > 1) && found.counted.accepted > sent,
        "{:?}",
        found.counted
    );
}

#[test]
fn control_offsets_before_the_disk_lose() {
    let dir = tempfile::tempdir().expect("a folder");
    let sent = killed_while_messages_come(dir.path(), Wrong::SaysSoEarly, false);
    assert!((kept(dir.path()).events.len() as u64) < sent, "the test above can see a loss");
}

#[test]
fn brokers_that_go_away_are_followed_again() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut kafka = started();
    send(&mut kafka, 0..90, "none");
    let follower = Follower::start(dir.path(), &toml(&kafka, ""), Wrong::Nothing);
    until("they came", || follower.said()["events"] == 90);
    kafka.ask(&json!({"down": true}));
    until("it says so", || follower.said()["state"] == "away");
    assert_eq!(follower.said()["problem"], "K-STREAM-AWAY");
    kafka.ask(&json!({"down": false}));
    send(&mut kafka, 90..180, "none");
    until("it goes on", || follower.said()["events"].as_u64() >= Some(180));
    follower.caught_up();
    follower.stop();
    each_once(&kept(dir.path()), 0..180);
}

#[test]
fn a_batch_that_can_not_be_decoded_is_noted_and_stepped_over() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut kafka = started();
    // The client library does not know headers without a value, which Kafka allows.
    let bad = |n: u64| json!([TOPIC, 0, numbered(n), {"header": null}]);
    let good = |n: u64| json!([TOPIC, 0, numbered(n)]);
    kafka.ask(&json!({"send": [good(0), good(1)]}));
    kafka.ask(&json!({"send": [bad(100), bad(101)]}));
    kafka.ask(&json!({"send": [good(2), good(3)]}));
    let follower = Follower::start(dir.path(), &toml(&kafka, ""), Wrong::Nothing);
    until("it is past them", || follower.said()["events"].as_u64() >= Some(4) && follower.said()["lag"] == 0);
    follower.stop();
    // Read again from the beginning, nothing is noted twice.
    std::fs::remove_file(offsets(dir.path())).expect("offsets");
    let follower = Follower::start(dir.path(), &toml(&kafka, ""), Wrong::Nothing);
    until("it is past them", || follower.said()["events"].as_u64() >= Some(4) && follower.said()["lag"] == 0);
    follower.stop();
    let found = kept(dir.path());
    each_once(&found, 0..4);
    let codes: Vec<_> = found.refused.iter().map(|(code, _)| code.as_str()).collect();
    assert!(
        (1..=2).contains(&codes.len()) && codes.iter().all(|code| *code == "K-STREAM-UNREADABLE"),
        "{codes:?}"
    );
}

#[test]
fn messages_that_kafka_gave_up_are_noted() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut kafka = started();
    send(&mut kafka, 0..3, "none");
    let follower = Follower::start(dir.path(), &toml(&kafka, ""), Wrong::Nothing);
    until("they came", || follower.said()["events"] == 3);
    follower.stop();
    // A partition keeps 5 MB.
    let text = format!(
        r#"{{"type":"track","event":"E{{n}}","userId":"u","properties":{{"x":"{}"}}}}"#,
        "x".repeat(20_000)
    );
    kafka.ask(&json!({"fill": TOPIC, "partitions": PARTITIONS, "from": 3, "to": 1203, "text": text}));
    let follower = Follower::start(dir.path(), &toml(&kafka, ""), Wrong::Nothing);
    until("the rest came", || follower.said()["events"].as_u64() > Some(100) && follower.said()["lag"] == 0);
    follower.stop();
    let found = kept(dir.path());
    assert!(found.events.values().all(|count| *count == 1) && found.events.len() < 1203);
    assert_eq!(
        found.refused.iter().map(|(code, _)| code.as_str()).collect::<Vec<_>>(),
        ["K-STREAM-GAP"; PARTITIONS]
    );
    assert!(found.events.contains_key("E1202"), "the last one is there");
}

#[test]
fn the_latest_is_where_it_begins_and_stays_so() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut kafka = started();
    send(&mut kafka, 1000..1030, "none");
    let toml = toml(&kafka, "from = \"latest\"");
    let follower = Follower::start(dir.path(), &toml, Wrong::Nothing);
    until("it knows where it begins", || follower.said()["lag"] == 0 && offsets(dir.path()).exists());
    follower.kill();
    // Nobody follows now.
    send(&mut kafka, 0..30, "none");
    let follower = Follower::start(dir.path(), &toml, Wrong::Nothing);
    until("they came", || follower.said()["events"] == 30);
    follower.stop();
    each_once(&kept(dir.path()), 0..30);
}
